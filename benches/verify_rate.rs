//! How many references a second are verified at one registry; `benches/verify` runs it beside `ab`.
//!
//! usage: `verify_rate DOMAIN REPOSITORY TAGS`, where the repository has the tags `t0` to `tTAGS-1`.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use transship::credentials::Credentials;
use transship::reference::Reference;
use transship::registry::verify::{Options, Wanted, all};
use transship::registry::{Client, Hosts, Settings, Verdict};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // cargo bench adds a flag of its own.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    // `cargo bench` and `cargo test --benches` run it without a registry: nothing is measured then.
    let [domain, repository, tags] = arguments.as_slice() else { return Ok(()) };
    let mut wanted = Vec::new();
    for number in 0..tags.parse::<usize>()? {
        let target = Reference::parse(&format!("{domain}/{repository}:t{number}"))?;
        wanted.push(Wanted { target, source: None, platforms: Vec::new() });
    }
    let options = Options::default();
    let settings = Settings { hosts: Hosts::only([domain.as_str()]), plain_http: [domain.clone()].into(), ..Settings::default() };
    let client = Client::new(settings, Arc::new(Credentials::none()))?;
    let start = Instant::now();
    let checks = all(&client, &wanted, &options, &|_, _| {});
    let seconds = start.elapsed().as_secs_f64();
    if checks.verdict() != Verdict::Good {
        return Err("not every reference exists".into());
    }
    #[allow(clippy::cast_precision_loss, reason = "a rate is no exact number")]
    let rate = checks.distinct().len() as f64 / seconds;
    writeln!(std::io::stdout(), "{rate:.0}")?;
    Ok(())
}
