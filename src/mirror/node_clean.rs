//! Owns the script that removes the old images from a node.

use std::collections::{BTreeMap, BTreeSet};

use super::node_pull::pull;
use super::prefix::pattern;
use super::script::{Script, quote};
use super::spelling::{spellings, tails};
use super::{Engine, Options, Profile, Purpose, Row, Runtime, Written};

pub(super) const ENGINE: Profile = Profile::new("node-clean", Purpose::Leave, write, "a script that removes the old images from a node");

fn write(rows: &[Row], options: &Options) -> Written {
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
    let mut script = Script::new(Engine::NodeClean, options, head(options.runtime), &[]);
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

/// Every way to write the old name, as an extended regular expression.
fn names(row: &Row) -> String {
    let tails = match row.source().digest() {
        // Beside a digest a tag says nothing.
        Some(digest) => format!("(:[A-Za-z0-9_.-]+)?@{digest}"),
        None => format!("({})", tails(row.source()).iter().map(|tail| pattern(tail)).collect::<Vec<_>>().join("|")),
    };
    spellings(row.source()).replace("(?:", "(") + &tails
}

/// How the script begins. `remove IMAGE NAMES` does nothing when the image is not there, and fails when it is in use. The names are those by which
/// containers may have it: the new name is the same image, so its ID does not tell who uses the old one.
const fn head(runtime: Runtime) -> &'static str {
    match runtime {
        // docker itself refuses to remove a name that a container uses only while no other repository names the image (`isSingleReference` in moby's
        // `daemon/images/image_delete.go`). The filter `ancestor` goes by the image's ID. What `ps` shows is the name that the container was made
        // with, or the ID where that name has moved to another image (`daemon/list.go`).
        Runtime::Docker => include_str!("../../rules/engines/node-clean-docker.sh"),
        // The kubelet creates containers by the image's ID and tells the pod's own words as `userSpecifiedImage` (`ImageSpec` of the runtime
        // interface, since 1.28). Where no container has any, only the ID can tell, and whatever uses the image keeps it. A container that has ended
        // counts: it may be started again.
        Runtime::Crictl => include_str!("../../rules/engines/node-clean-crictl.sh"),
        // ctr removes the name alone; containerd keeps the content that a container's snapshot holds.
        Runtime::Ctr => include_str!("../../rules/engines/node-clean-ctr.sh"),
    }
}
