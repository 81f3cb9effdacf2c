//! Owns registries.conf (containers-registries.conf(5), version 2): mirrors that serve old repositories under their old names.

use std::fmt::Write as _;

use super::prefix::{agreed, found_alike};
use super::script::header;
use super::{Engine, Options, Profile, Purpose, Row, Written};
use crate::text::harmless;

pub(super) const ENGINE: Profile = Profile::new(
    "registries-conf",
    Purpose::Use,
    write,
    "registries.conf for Podman, CRI-O, Buildah and skopeo: old names served by the new registry",
)
.of_repositories();

fn write(rows: &[Row], options: &Options) -> Written {
    let (mut written, fitting) =
        Written::sift(rows, |row| found_alike(row).map(|()| (row.source().name().to_string(), row.target().name().to_string(), row)));
    let mirrors = agreed(fitting, &mut written, |_, mirror: &String| {
        format!("a repository has one mirror, and most of its images are in `{mirror}`")
    });
    if mirrors.is_empty() {
        return written;
    }
    let mut text = header(Engine::RegistriesConf, options, include_str!("../../rules/engines/registries-conf.toml"), &[]);
    for (source, (target, rows)) in mirrors {
        let plain = |domain: Option<String>| domain.is_some_and(|domain| options.plain_http.contains(&domain));
        text.push_str("\n[[registry]]\n");
        for place in rows.iter().flat_map(|row| row.places()) {
            let _ = writeln!(text, "# {}:{}", harmless(&place.path), place.line);
        }
        let _ = writeln!(text, "prefix = {}\nlocation = {}", string(&source), string(&source));
        if plain(rows.first().map(|row| row.source_domain())) {
            text.push_str("insecure = true\n");
        }
        let _ = writeln!(text, "\n[[registry.mirror]]\nlocation = {}", string(&target));
        if plain(rows.first().map(|row| row.target_domain())) {
            text.push_str("insecure = true\n");
        }
    }
    written.data("registries.conf", text);
    written
}

/// A TOML basic string; names have no character that would need more than quotes.
pub(super) fn string(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
