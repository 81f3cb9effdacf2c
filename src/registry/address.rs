//! Owns which network addresses may be connected to, whatever name led there.

use std::net::{IpAddr, Ipv4Addr};

/// How a host came to be contacted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trust {
    /// The trusted configuration names it: it may be in a private network.
    Named,
    /// Somebody else does: a registry's answer (a redirect, a token server of the built-in table), a rule file of the tree. Public addresses only,
    /// and no credential.
    Implied,
}

/// This host under no name, link-local addresses, multicast, broadcast; and the metadata services that lie elsewhere (Alibaba's, Amazon's).
#[rustfmt::skip]
const NEVER: [&str; 9] = [
    "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32", "::/128", "fe80::/10", "ff00::/8",
    "100.100.100.200/32", "fd00:ec2::254/128",
];

/// RFC 1918 and loopback; RFC 6598 (shared), RFC 6890 (protocol assignments), RFC 2544 (benchmarks), class E; the same of IPv6, with RFC 3879
/// (site-local), and RFC 4380 (Teredo, in which anything may be hidden).
#[rustfmt::skip]
const PRIVATE: [&str; 12] = [
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4",
    "::1/128", "fc00::/7", "fec0::/10", "2001::/32",
];

/// Whether an address is never to be contacted under this trust. Link-local addresses, where clouds serve machine credentials, never are.
pub(super) fn is_refused(address: IpAddr, trust: Trust) -> bool {
    let address = unmapped(address);
    let is_in = |networks: &[&str]| networks.iter().any(|network| is_in(address, network));
    is_in(&NEVER) || (trust == Trust::Implied && is_in(&PRIVATE))
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

/// Whether an address lies in a network, as `10.0.0.0/8` is written; in a text that is none lies nothing.
pub(super) fn is_in(address: IpAddr, network: &str) -> bool {
    let parsed = network.split_once('/').and_then(|(network, bits)| Some((network.parse().ok()?, bits.parse::<u32>().ok()?)));
    match (address, parsed) {
        (IpAddr::V4(a), Some((IpAddr::V4(n), bits @ 0..=32))) => (u32::from(a) ^ u32::from(n)).checked_shr(32 - bits).unwrap_or(0) == 0,
        (IpAddr::V6(a), Some((IpAddr::V6(n), bits @ 0..=128))) => (u128::from(a) ^ u128::from(n)).checked_shr(128 - bits).unwrap_or(0) == 0,
        _ => false,
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
