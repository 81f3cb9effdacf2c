//! Owns the script that pulls the new images on a node before anything asks for them.

use std::collections::BTreeMap;

use super::script::{Script, quote, variable};
use super::{Engine, Options, Profile, Purpose, Row, Runtime, Written};

pub(super) const ENGINE: Profile = Profile::new("node-pull", Purpose::Use, write, "a script that pulls the new images on a node");

fn write(rows: &[Row], options: &Options) -> Written {
    let mut script = Script::new(Engine::NodePull, options, about(options.runtime));
    script.define_attempt();
    if options.runtime == Runtime::Ctr {
        script.line(HOSTS);
        script.line(CTR);
    }
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

/// What to do, and where the runtime finds credentials and certificate authorities.
const fn about(runtime: Runtime) -> &'static [&'static str] {
    match runtime {
        Runtime::Docker => &[
            "Run on each node, once the copies are made.",
            "Credentials are those of docker login. Certificate authorities of your own: /etc/docker/certs.d/HOST/ca.crt.",
        ],
        Runtime::Crictl => &[
            "Run on each node, once the copies are made.",
            "Credentials and certificate authorities are those of the runtime's configuration; pods may bring other credentials.",
        ],
        Runtime::Ctr => &[
            "Run on each node, once the copies are made. ctr does not read containerd's configuration:",
            "TRANSSHIP_HOSTS_DIR names a folder of HOST/hosts.toml, such as /etc/containerd/certs.d, where certificate authorities stand, and the",
            "variables in the commands below a user and a password, which others on the machine see while it pulls.",
        ],
    }
}

/// Another folder of hosts.toml files than none, as arguments in `hosts`.
const HOSTS: &str = r#"hosts=(); if [ -n "${TRANSSHIP_HOSTS_DIR:-}" ]; then hosts=(--hosts-dir "$TRANSSHIP_HOSTS_DIR"); fi"#;

/// `pull USER-VARIABLE PASSWORD-VARIABLE IMAGE [FLAG]`.
const CTR: &str = r#"pull() {
  local user=()
  if [ -n "${!1:-}" ]; then user=(--user "${!1}:${!2:-}"); fi
  ctr --namespace k8s.io images pull ${hosts[@]+"${hosts[@]}"} ${user[@]+"${user[@]}"} "${@:4}" "$3"
}"#;
