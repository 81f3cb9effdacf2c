//! Owns the script of `skopeo copy` commands, which expresses every row.

use super::plan::commands;
use super::product::before;
use super::script::{CERTS_D, Script, domains, listed, quote};
use super::{Engine, Options, Profile, Purpose, Row, Written};

pub(super) const ENGINE: Profile =
    Profile::new("skopeo-copy", Purpose::Copy, write, "a script of `skopeo copy`: every row, all platforms, digests kept");

/// Another file of credentials than the usual one, as arguments in `auth`.
pub(super) const AUTHFILE: &str = r#"auth=(); if [ -n "${TRANSSHIP_AUTHFILE:-}" ]; then auth=(--authfile "$TRANSSHIP_AUTHFILE"); fi"#;

fn write(rows: &[Row], options: &Options) -> Written {
    let mut script = Script::new(
        Engine::SkopeoCopy,
        options,
        &[
            "Copies images with all their platforms and keeps their digests. It may be run again: what is there already is not sent twice.",
            &format!("Log in first where needed (skopeo login): {}", listed(&domains(rows))),
            "or set TRANSSHIP_AUTHFILE to a file that skopeo login has written.",
            CERTS_D,
        ],
    );
    script.comments(&before(rows, options));
    script.define_attempt();
    script.line(AUTHFILE);
    script.line(r#"copy() { attempt skopeo copy --all --preserve-digests --retry-times 3 ${auth[@]+"${auth[@]}"} "$@"; }"#);
    for row in commands(rows) {
        script.about(&row);
        let mut flags = String::new();
        if options.plain_http.contains(&row.source_domain()) {
            flags.push_str("--src-tls-verify=false ");
        }
        if options.plain_http.contains(&row.target_domain()) {
            flags.push_str("--dest-tls-verify=false ");
        }
        let address = |reference: String| quote(&format!("docker://{reference}"));
        script.line(&format!("copy {flags}{} {}", address(row.copy_from()), address(row.copy_to())));
    }
    let mut written = Written::default();
    written.script("mirror.sh", script.finish());
    written
}
