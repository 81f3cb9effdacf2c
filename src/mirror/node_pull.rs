//! Owns the script that pulls the new images on a node before anything asks for them.

use std::collections::BTreeMap;

use super::script::{Script, quote, variable};
use super::{Engine, Options, Profile, Purpose, Row, Runtime, Written};

pub(super) const ENGINE: Profile = Profile::new("node-pull", Purpose::Use, write, "a script that pulls the new images on a node");

fn write(rows: &[Row], options: &Options) -> Written {
    let mut script = Script::new(Engine::NodePull, options, head(options.runtime), &[]);
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
            let domain = row.target_domain();
            let flags = if options.plain_http.contains(&domain) { " --plain-http" } else { "" };
            format!("pull {} {} {target}{flags}", variable(&domain, "USERNAME"), variable(&domain, "PASSWORD"))
        }
    }
}

/// How the script begins: what to do, and where the runtime finds credentials and certificate authorities. `pull USER-VARIABLE PASSWORD-VARIABLE
/// IMAGE [FLAG]` is for ctr.
const fn head(runtime: Runtime) -> &'static str {
    match runtime {
        Runtime::Docker => include_str!("../../rules/engines/node-pull-docker.sh"),
        Runtime::Crictl => include_str!("../../rules/engines/node-pull-crictl.sh"),
        Runtime::Ctr => include_str!("../../rules/engines/node-pull-ctr.sh"),
    }
}
