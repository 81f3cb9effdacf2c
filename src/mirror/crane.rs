//! Owns the script of `crane copy` commands.

use std::net::Ipv4Addr;

use super::plan::commands;
use super::product::before;
use super::script::{Script, domains, listed, quote};
use super::{Engine, Options, Profile, Purpose, Row, Written};

pub(super) const ENGINE: Profile = Profile::new("crane", Purpose::Copy, write, "a script of `crane copy`: all platforms, digests kept");

fn write(rows: &[Row], options: &Options) -> Written {
    let (mut written, kept) = Written::sift(rows, |row| {
        if needs_insecure(row, options) && !ends(row).iter().all(|domain| options.plain_http.contains(domain)) {
            return Err("`crane --insecure` would also stop checking the certificate of the other end, which is not plain HTTP");
        }
        Ok(row)
    });
    if kept.is_empty() {
        return written;
    }
    let words = [("domains", vec![listed(&domains(kept.iter().copied()))]), ("before", before(kept.iter().copied(), options))];
    let mut script = Script::new(Engine::Crane, options, include_str!("../../rules/engines/crane.sh"), &words);
    for row in commands(kept) {
        script.about(&row);
        let flags = if needs_insecure(&row, options) { "--insecure " } else { "" };
        script.line(&format!("attempt crane copy {flags}{} {}", quote(&row.copy_from()), quote(&row.copy_to())));
    }
    written.script("mirror.sh", script.finish());
    written
}

fn ends(row: &Row) -> [String; 2] {
    [row.source_domain(), row.target_domain()]
}

/// crane knows one switch for both ends. It allows plain HTTP and stops checking certificates (cmd/crane/cmd/root.go).
fn needs_insecure(row: &Row, options: &Options) -> bool {
    ends(row).iter().any(|domain| options.plain_http.contains(domain) && !is_local(domain))
}

/// Where crane tries plain HTTP by itself (`Registry.Scheme` in pkg/name/registry.go of go-containerregistry).
fn is_local(domain: &str) -> bool {
    let (host, port) = domain.rsplit_once(':').filter(|(_, port)| !port.contains(']')).unwrap_or((domain, ""));
    let is_private = |address: Ipv4Addr| address.is_private() || address == Ipv4Addr::LOCALHOST;
    match host {
        "localhost" => !port.is_empty(),
        "[::1]" => true,
        _ => host.ends_with(".localhost") || host.parse().is_ok_and(is_private),
    }
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn plain_http_is_tried_where_crane_tries_it() {
        let local =
            ["localhost:5000", "127.0.0.1", "127.0.0.1:5000", "10.1.2.3:80", "172.16.0.1", "192.168.1.1:5000", "a.localhost", "[::1]:5000"];
        for domain in local {
            assert!(is_local(domain), "{domain}");
        }
        for domain in ["localhost", "127.0.0.2:5000", "172.32.0.1", "registry.example.com:5000", "[fe80::1]:5000", "8.8.8.8"] {
            assert!(!is_local(domain), "{domain}");
        }
    }
}
