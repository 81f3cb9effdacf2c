//! Owns the script that removes the old images from a node.

use std::collections::{BTreeMap, BTreeSet};

use super::node_pull::pull;
use super::script::{Script, quote};
use super::{Engine, Options, Row, Runtime, Written};

pub(super) fn write(rows: &[Row], options: &Options) -> Written {
    let mut script = Script::new(
        Engine::NodeClean,
        options,
        &["Run on each node, once nothing runs from the old images. What a container still uses stays and is reported."],
    );
    script.define_attempt();
    script.line(remove(options.runtime));
    let mut written = Written::default();
    let wanted: BTreeSet<String> = rows.iter().map(|row| row.target().pull()).collect();
    let mut sources: BTreeMap<String, BTreeMap<String, &Row>> = BTreeMap::new();
    for row in rows {
        if wanted.contains(&row.source().pull()) {
            written.leave(row, "the old image is the target of another row");
            continue;
        }
        sources.entry(row.source().pull()).or_default().entry(row.target().pull()).or_insert(row);
    }
    if sources.is_empty() {
        return written;
    }
    if options.runtime == Runtime::Crictl {
        script.comment("crictl removes an image under all its names. A copy is the same image, so the new names are pulled again.");
    }
    for (source, targets) in sources {
        script.line(&format!("attempt remove {}", quote(&source)));
        if options.runtime == Runtime::Crictl {
            for (target, row) in targets {
                script.line(&format!("attempt {}", pull(&target, row, options)));
            }
        }
    }
    written.script("clean.sh", script.finish());
    written
}

/// `remove IMAGE`: nothing to do when it is not there, an error when it is in use.
const fn remove(runtime: Runtime) -> &'static str {
    match runtime {
        // Without --force docker refuses to remove what a container uses.
        Runtime::Docker => r#"remove() { if docker image inspect "$1" >/dev/null 2>&1; then docker image rm "$1"; fi; }"#,
        Runtime::Crictl => {
            r#"remove() { if crictl inspecti --quiet "$1" >/dev/null 2>&1; then used=$(crictl ps --quiet --image "$1") && [ -z "$used" ] && crictl rmi "$1"; fi; }"#
        }
        // ctr removes the name alone; containerd keeps the content that a container's snapshot holds.
        Runtime::Ctr => {
            r#"remove() { if [ -n "$(ctr --namespace k8s.io images list --quiet "name==$1")" ]; then ctr --namespace k8s.io images remove "$1"; fi; }"#
        }
    }
}
