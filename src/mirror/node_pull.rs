//! Owns the script that pulls the new images on a node before anything asks for them.

use std::collections::BTreeMap;

use super::script::{Script, quote};
use super::{Engine, Options, Row, Runtime, Written};

pub(super) fn write(rows: &[Row], options: &Options) -> Written {
    let mut script = Script::new(Engine::NodePull, options, &["Run on each node, once the copies are made."]);
    script.define_attempt();
    let mut targets: BTreeMap<String, &Row> = BTreeMap::new();
    for row in rows {
        targets.entry(row.target().pull()).or_insert(row);
    }
    for (target, row) in targets {
        script.line(&format!("attempt {}", pull(&target, row, options)));
    }
    let mut written = Written::default();
    written.script("pull.sh", script.finish());
    written
}

/// The command that pulls `target` as the runtime's users would.
pub(super) fn pull(target: &str, row: &Row, options: &Options) -> String {
    let target = quote(target);
    match options.runtime {
        Runtime::Docker => format!("docker pull {target}"),
        Runtime::Crictl => format!("crictl pull {target}"),
        Runtime::Ctr => {
            let flags = if options.plain_http.contains(&row.target_domain()) { "--plain-http " } else { "" };
            format!("ctr --namespace k8s.io images pull {flags}{target}")
        }
    }
}
