//! Owns the script that removes the old images from a node.

use std::collections::{BTreeMap, BTreeSet};

use super::node_pull::pull;
use super::prefix::pattern;
use super::script::{Script, quote};
use super::spelling::{spellings, tails};
use super::{Engine, Options, Profile, Purpose, Row, Runtime, Written};

pub(super) const ENGINE: Profile = Profile::new("node-clean", Purpose::Leave, write, "a script that removes the old images from a node");

fn write(rows: &[Row], options: &Options) -> Written {
    let mut script =
        Script::new(Engine::NodeClean, options, &["Run on each node, once nothing runs from the old images.", uses(options.runtime)]);
    script.define_attempt();
    script.line(remove(options.runtime));
    let mut written = Written::default();
    let wanted: BTreeSet<String> = rows.iter().map(|row| row.target().pull()).collect();
    let mut sources: BTreeMap<String, (&Row, BTreeMap<String, &Row>)> = BTreeMap::new();
    for row in rows {
        if wanted.contains(&row.source().pull()) {
            written.leave(row, "the old image is the target of another row");
            continue;
        }
        let (_, targets) = sources.entry(row.source().pull()).or_insert_with(|| (row, BTreeMap::new()));
        targets.entry(row.target().pull()).or_insert(row);
    }
    if sources.is_empty() {
        return written;
    }
    if options.runtime == Runtime::Crictl {
        script.comment("crictl removes an image under all its names. A copy is the same image, so the new names are pulled again.");
    }
    for (source, (row, targets)) in sources {
        let names = if options.runtime == Runtime::Ctr { String::new() } else { format!(" {}", quote(&names(row))) };
        script.line(&format!("attempt remove {}{names}", quote(&source)));
        if options.runtime == Runtime::Crictl {
            for (target, row) in targets {
                script.line(&format!("attempt {}", pull(&target, row, options)));
            }
        }
    }
    written.script("clean.sh", script.finish());
    written
}

/// What becomes of an image that is in use.
const fn uses(runtime: Runtime) -> &'static str {
    match runtime {
        Runtime::Docker | Runtime::Crictl => "What a container still has by its old name, running or ended, stays and is reported.",
        Runtime::Ctr => "ctr takes the old name away. containerd keeps the content that a container's snapshot holds.",
    }
}

/// Every way to write the old name, as an extended regular expression.
fn names(row: &Row) -> String {
    let tails = match row.source().digest() {
        // Beside a digest a tag says nothing.
        Some(digest) => format!("(:[A-Za-z0-9_.-]+)?@{digest}"),
        None => format!("({})", tails(row.source()).iter().map(|tail| pattern(tail)).collect::<Vec<_>>().join("|")),
    };
    spellings(row.source()).replace("(?:", "(") + &tails
}

/// `remove IMAGE NAMES`: nothing to do when it is not there, an error when it is in use. The names are those by which containers may have it: the
/// new name is the same image, so its ID does not tell who uses the old one.
const fn remove(runtime: Runtime) -> &'static str {
    match runtime {
        Runtime::Docker => DOCKER,
        Runtime::Crictl => CRICTL,
        // ctr removes the name alone; containerd keeps the content that a container's snapshot holds.
        Runtime::Ctr => {
            r#"remove() { if [ -n "$(ctr --namespace k8s.io images list --quiet "name==$1")" ]; then ctr --namespace k8s.io images remove "$1"; fi; }"#
        }
    }
}

/// docker itself refuses to remove a name that a container uses only while no other repository names the image (`isSingleReference` in moby's
/// `daemon/images/image_delete.go`). The filter `ancestor` goes by the image's ID. What `ps` shows is the name that the container was made with, or
/// the ID where that name has moved to another image (`daemon/list.go`).
const DOCKER: &str = r#"remove() {
  local used
  docker image inspect "$1" >/dev/null 2>&1 || return 0
  used=$(docker ps --all --no-trunc --format '{{.Image}}') || return 1
  if grep --quiet --extended-regexp --line-regexp "$2" <<<"$used"; then printf '%s is in use\n' "$1" >&2; return 1; fi
  docker image rm "$1"
}"#;

/// The kubelet creates containers by the image's ID and tells the pod's own words as `userSpecifiedImage` (`ImageSpec` of the runtime interface,
/// since 1.28). Where no container has any, only the ID can tell, and whatever uses the image keeps it. A container that has ended counts: it may be
/// started again.
const CRICTL: &str = r#"remove() {
  local containers used
  crictl inspecti --quiet "$1" >/dev/null 2>&1 || return 0
  containers=$(crictl ps --all --output json) || return 1
  if grep --quiet --extended-regexp '"userSpecifiedImage": *"[^"]' <<<"$containers"; then
    used=$(grep --max-count=1 --extended-regexp "\"(userSpecifiedImage|image)\": *\"$2\"" <<<"$containers") || true
  else
    used=$(crictl ps --all --quiet --image "$1") || return 1
  fi
  if [ -n "$used" ]; then printf '%s is in use\n' "$1" >&2; return 1; fi
  crictl rmi "$1"
}"#;
