//! Owns which network addresses may be connected to, whatever name led there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How a host came to be contacted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trust {
    /// The trusted configuration names it: it may be in a private network.
    Named,
    /// Somebody else does: a registry's answer (a redirect, a token server of the built-in table), a rule file of the tree. Public addresses only,
    /// and no credential.
    Implied,
}

/// Whether an address is never to be contacted under this trust. Link-local addresses, where clouds serve machine credentials, never are.
pub(super) fn is_refused(address: IpAddr, trust: Trust) -> bool {
    let address = unmapped(address);
    is_never(address) || (trust == Trust::Implied && is_private(address))
}

/// An IPv4 address in an IPv6 one is judged as what it is: mapped and compatible (RFC 4291, 2.5.5), by 6to4 (RFC 3056), through a NAT64 gateway
/// (RFC 6052, and RFC 8215 for a network's own).
fn unmapped(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let (high, low) = match v6.segments() {
        // The unspecified address and loopback are no IPv4 addresses.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => return address,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x64, 0xff9b, 1, _, _, _, high, low] => {
            (high, low)
        }
        [0x2002, high, low, ..] => (high, low),
        _ => return address,
    };
    let [h1, h2] = high.to_be_bytes();
    let [l1, l2] = low.to_be_bytes();
    IpAddr::V4(Ipv4Addr::new(h1, h2, l1, l2))
}

fn is_never(address: IpAddr) -> bool {
    match address {
        // 100.100.100.200 and fd00:ec2::254 are metadata services outside the link-local ranges.
        IpAddr::V4(v4) => {
            v4.is_link_local() || v4.is_multicast() || v4.is_broadcast() || v4.octets()[0] == 0 || v4 == Ipv4Addr::new(100, 100, 100, 200)
        }
        IpAddr::V6(v6) => {
            v6.is_unicast_link_local()
                || v6.is_multicast()
                || v6.is_unspecified()
                || v6 == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)
        }
    }
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            // RFC 6598 (shared), RFC 6890 (protocol assignments), RFC 2544 (benchmarks), and class E.
            v4.is_private()
                || v4.is_loopback()
                || (a == 100 && b & 0xc0 == 64)
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && b & 0xfe == 18)
                || a >= 240
        }
        // Site-local addresses (RFC 3879), and Teredo (RFC 4380), in which anything may be hidden.
        IpAddr::V6(v6) => {
            v6.is_loopback() || v6.is_unique_local() || v6.segments()[0] & 0xffc0 == 0xfec0 || v6.segments()[..2] == [0x2001, 0]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str, trust: Trust) -> bool {
        is_refused(text.parse().unwrap(), trust)
    }

    #[test]
    fn machine_credentials_are_out_of_reach_under_any_trust() {
        for address in [
            "169.254.169.254",
            "fe80::1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "::169.254.169.254",
            "100.100.100.200",
            "fd00:ec2::254",
            "0.0.0.0",
            "::",
        ] {
            assert!(refused(address, Trust::Named), "{address}");
        }
    }

    #[test]
    fn private_networks_need_a_name_in_the_configuration() {
        for address in [
            "10.1.2.3",
            "127.0.0.1",
            "::1",
            "192.168.0.1",
            "172.16.0.1",
            "fd12::1",
            "100.64.0.1",
            "::ffff:10.0.0.1",
            "2002:7f00:1::",
            "::127.0.0.1",
            "64:ff9b:1:2::10.0.0.1",
            "fec0::1",
            "2001:0:1::1",
        ] {
            assert!(refused(address, Trust::Implied), "{address}");
            assert!(!refused(address, Trust::Named), "{address}");
        }
        assert!(!refused("1.1.1.1", Trust::Implied));
        assert!(!refused("2606:4700::1111", Trust::Implied));
    }
}
