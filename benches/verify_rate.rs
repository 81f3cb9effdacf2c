//! How many references a second are verified at one registry: by the client alone, and by the whole command with its start. `benches/verify`
//! runs it beside `ab`.
//!
//! usage: `verify_rate DOMAIN REPOSITORY TAGS`, where the repository has the tags `t0` to `tTAGS-1`.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use transship::credentials::Credentials;
use transship::reference::Reference;
use transship::registry::verify::{Options, Wanted, all};
use transship::registry::{Client, Hosts, Limits, Settings, Verdict};

/// As many requests in flight as `ab -c 8` has.
const IN_FLIGHT: usize = 8;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // cargo bench adds a flag of its own.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    // `cargo bench` and `cargo test --benches` run it without a registry: nothing is measured then.
    let [domain, repository, tags] = arguments.as_slice() else { return Ok(()) };
    let references: Vec<String> = (0..tags.parse::<usize>()?).map(|number| format!("{domain}/{repository}:t{number}")).collect();
    let (client, command) = (by_client(domain, &references)?, by_command(domain, &references)?);
    #[allow(clippy::cast_precision_loss, reason = "a rate is no exact number")]
    let rate = |seconds: f64| references.len() as f64 / seconds;
    writeln!(std::io::stdout(), "{:.0} {:.0}", rate(client), rate(command))?;
    Ok(())
}

/// Seconds that the client takes.
fn by_client(domain: &str, references: &[String]) -> Result<f64, Box<dyn std::error::Error>> {
    let mut wanted = Vec::new();
    for reference in references {
        wanted.push(Wanted::of(Reference::parse(reference)?));
    }
    let options = Options { jobs: IN_FLIGHT, per_host: IN_FLIGHT, ..Options::default() };
    let settings = Settings {
        hosts: Hosts::only([domain]),
        plain_http: [domain.to_owned()].into(),
        limits: Limits { per_host: IN_FLIGHT, ..Limits::default() },
        ..Settings::default()
    };
    let client = Client::new(settings, Arc::new(Credentials::none()))?;
    let start = Instant::now();
    let checks = all(&client, &wanted, &options, &|_, _| {});
    let seconds = start.elapsed().as_secs_f64();
    if checks.verdict() != Verdict::Good {
        return Err("not every reference exists".into());
    }
    Ok(seconds)
}

/// Seconds that the command takes, from its start to its end.
fn by_command(domain: &str, references: &[String]) -> Result<f64, Box<dyn std::error::Error>> {
    let number = IN_FLIGHT.to_string();
    let start = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_transship"));
    command.args(["verify", "--refs", "-", "--no-cache", "--jobs", &number, "--per-host", &number, "--plain-http", domain]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(references.join("\n").as_bytes())?;
    }
    let status = child.wait()?;
    let seconds = start.elapsed().as_secs_f64();
    if !status.success() {
        return Err(format!("the command ended with {status}").into());
    }
    Ok(seconds)
}
