//! Owns the script of `skopeo copy` commands, which expresses every row.

use super::plan::commands;
use super::product::before;
use super::script::{Script, domains, listed, quote};
use super::{Engine, Options, Profile, Purpose, Row, Written};

pub(super) const ENGINE: Profile =
    Profile::new("skopeo-copy", Purpose::Copy, write, "a script of `skopeo copy`: every row, all platforms, digests kept");

fn write(rows: &[Row], options: &Options) -> Written {
    let words = [("domains", vec![listed(&domains(rows))]), ("before", before(rows, options))];
    let mut script = Script::new(Engine::SkopeoCopy, options, include_str!("../../rules/engines/skopeo-copy.sh"), &words);
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
