//! Owns the script of docker pull, tag and push, for machines that have nothing else.

use std::collections::BTreeSet;

use super::plan::commands;
use super::product::before;
use super::script::{Script, domains, listed, quote};
use super::{Engine, Options, Profile, Purpose, Row, Written};

pub(super) const ENGINE: Profile = Profile::new("docker", Purpose::Copy, write, "a script of docker pull, tag and push: one platform only");

fn write(rows: &[Row], options: &Options) -> Written {
    let (mut written, kept) = Written::sift(rows, |row| impossible(row).map_or(Ok(row), Err));
    if kept.is_empty() {
        return written;
    }
    let domains = domains(kept.iter().copied());
    let plain: BTreeSet<String> = domains.intersection(&options.plain_http).cloned().collect();
    let plain = if plain.is_empty() { Vec::new() } else { vec![listed(&plain)] };
    let words = [("domains", vec![listed(&domains)]), ("plain", plain), ("before", before(kept.iter().copied(), options))];
    let mut script = Script::new(Engine::Docker, options, include_str!("../../rules/engines/docker.sh"), &words);
    for row in commands(kept) {
        script.about(&row);
        let platform = row.platforms().first().map(|platform| format!(" --platform {}", quote(&platform.to_string())));
        script.line(&format!("attempt copy {} {}{}", quote(&row.copy_from()), quote(&row.copy_to()), platform.unwrap_or_default()));
    }
    written.script("mirror.sh", script.finish());
    written
}

fn impossible(row: &Row) -> Option<&'static str> {
    if row.target().digest().is_some() {
        Some("the target is pinned to a digest, and docker push may change it")
    } else if row.platforms().len() > 1 {
        Some("several platforms are wanted, and docker pulls one")
    } else if row.takes_any() && !row.platforms().is_empty() {
        Some("one place names a platform and another takes all that there are, and docker pulls one")
    } else {
        None
    }
}
