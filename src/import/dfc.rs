//! Reads the list of images of dfc: Docker Hub's names with those of Chainguard (`pkg/dfc/mappings.yaml` of chainguard-dev/dfc).

use serde_json::Value;

use super::{Imported, is_name};

/// Where Chainguard serves its images; those of an organization have its name in place of `chainguard`.
const ROOT: &str = "cgr.dev/chainguard";

pub(super) fn import(images: &Value) -> Imported {
    let mut imported = Imported::of("dfc's list of images");
    for (name, to) in images.as_object().into_iter().flatten() {
        let Some(to) = to.as_str() else { continue };
        let from = name.trim_end_matches('*');
        if from.contains('*') || !is_name(from.trim_end_matches('-')) {
            imported.leave(name, "this pattern is not read; write a mapping by hand");
            continue;
        }
        let target = if to.contains(':') { format!("{ROOT}/{to}") } else { format!("{ROOT}/{to}:latest") };
        // A name that ends in a star means all that start so: here it is a glob of the last segment.
        imported.successor(if from == name { from.to_owned() } else { format!("docker.io/library/{from}*") }, vec![target]);
    }
    imported
}
