//! Owns the script of `crane copy` commands, which expresses every row.

use super::script::{Script, domains, listed, quote};
use super::{Engine, Options, Row, Written};

pub(super) fn write(rows: &[Row], options: &Options) -> Written {
    let mut script = Script::new(
        Engine::Crane,
        options,
        &[
            "Copies images with all their platforms and keeps their digests. It may be run again: what is there already is not sent twice.",
            &format!("Log in first where needed (crane auth login): {}", listed(&domains(rows))),
        ],
    );
    script.define_attempt();
    for row in rows {
        script.places(row);
        // crane knows one switch for both ends; it only allows plain HTTP, TLS is still tried first.
        let plain = [row.source_domain(), row.target_domain()].iter().any(|domain| options.plain_http.contains(domain));
        let flags = if plain { "--insecure " } else { "" };
        script.line(&format!("attempt crane copy {flags}{} {}", quote(&row.copy_from()), quote(&row.copy_to())));
    }
    let mut written = Written::default();
    written.script("mirror.sh", script.finish());
    written
}
