//! Memory under registries that answer without end. It has a process of its own, since memory is counted by process.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "registry/kit.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod kit;
#[path = "support/registry/mod.rs"]
mod support;

use kit::{client_with, reference, settings};
use support::{INDEX, Manner, Reply, Server};
use transship::registry::verify::{Options, Wanted, all};
use transship::registry::{Depth, Outcome};

/// The most memory that the process ever had, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().trim_end_matches(" kB").parse().ok()).unwrap()
}

/// Names the registry to the process that is measured.
const DOMAIN: &str = "TRANSSHIP_TEST_MEMORY_DOMAIN";

/// The registry would count, if it were in the process that is measured; so the test runs itself once more, as the client.
#[test]
fn endless_answers_and_a_thousand_references_stay_under_64_mib() {
    if let Some(domain) = std::env::var_os(DOMAIN) {
        return as_client(domain.to_str().unwrap());
    }
    // A million entries in three bytes each.
    let bomb = format!(r#"{{"schemaVersion":2,"manifests":[{}{{}}]}}"#, "{},".repeat(1_000_000));
    let server = Server::start(move |seen| match (seen.method.as_str(), seen.path.split('/').nth(2).unwrap_or_default()) {
        ("HEAD", _) => Reply::new(405),
        (_, "bomb") => Reply::new(200).body(INDEX, bomb.clone()),
        (_, "endless") => Reply { manner: Manner::Endless, ..Reply::new(200).header("Content-Type", INDEX) },
        _ => Reply { status: 404, ..Reply::manner(Manner::Endless) },
    });
    let mut client = std::process::Command::new(std::env::current_exe().unwrap());
    client.args(["--exact", "endless_answers_and_a_thousand_references_stay_under_64_mib", "--nocapture"]).env(DOMAIN, server.domain());
    let output = client.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(server.lines().len() >= 1_000);
}

fn as_client(domain: &str) {
    let name = |n: usize| match n % 100 {
        0 => "endless",
        50 => "bomb",
        _ => "gone",
    };
    let wanted: Vec<Wanted> = (0..1_000).map(|n| Wanted::of(reference(&format!("{domain}/{}/x:{n}", name(n))))).collect();
    let options = Options { jobs: 16, per_host: 16, depth: Depth::Hash, ..Options::default() };
    let mut wide = settings(&[domain]);
    wide.limits.per_host = 16;
    let checks = all(&client_with(wide, transship::credentials::Credentials::none()), &wanted, &options, &|_, _| {});
    let count = |outcome| checks.distinct().iter().filter(|checked| checked.presence.outcome() == outcome).count();
    assert_eq!((count(Outcome::ProtocolError), count(Outcome::MissingUnconfirmed)), (20, 980));
    assert!(peak() < 64 * 1024, "peak memory is {} KiB", peak());
}
