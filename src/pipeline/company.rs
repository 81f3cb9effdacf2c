//! Owns the files that nobody asked for and without which what was asked for cannot be judged: the rest of a chart, the overlays of a base.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::format::Formats;
use crate::walk::{Met, Named, Scope, normal, walk};

use super::gather::{Set, gather};

/// The sets of what `scope` holds, completed from the repository around it: a hook is given the files of one commit, and half a chart reads as
/// something else than the whole. Sets in which nothing was asked for are left out.
#[must_use]
pub fn complete(scope: &Scope, formats: &Formats, start: &Path) -> Vec<Set> {
    let tops: BTreeSet<PathBuf> = scope.roots.iter().filter_map(|root| top(&normal(&start.join(root)), start)).collect();
    if tops.is_empty() {
        return gather(walk(scope), formats, start);
    }
    let mut asked: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    let mut all: BTreeMap<PathBuf, Met> = BTreeMap::new();
    for met in walk(scope) {
        let whole = normal(&start.join(met.path()));
        asked.insert(whole.clone(), met.path().to_owned());
        all.insert(whole.clone(), at(met, whole));
    }
    for top in tops {
        // What cannot be read there was not asked for.
        let around = walk(&Scope { roots: vec![top], vendored: scope.vendored }).filter(|met| matches!(met, Met::File { .. }));
        for met in around {
            let whole = met.path().to_owned();
            all.entry(whole.clone()).or_insert(Met::File { path: whole, named: Named::No });
        }
    }
    let is_asked = |met: &Met| asked.contains_key(met.path());
    let sets = gather(all.into_values(), formats, start).into_iter().filter(|set| set.members.iter().any(|(_, met)| is_asked(met)));
    sets.map(|set| spelled(set, &asked, start)).collect()
}

/// The folder that a root has to be seen in: its repository, or where there is none the outermost chart or kustomization above it. `None` when
/// the root is that folder.
fn top(root: &Path, start: &Path) -> Option<PathBuf> {
    let above: Vec<&Path> = root.ancestors().collect();
    let repository = above.iter().find(|folder| folder.join(".git").exists());
    let holds = |folder: &Path| ["Chart.yaml", "kustomization.yaml"].iter().any(|name| folder.join(name).is_file());
    let outermost = || above.iter().take_while(|folder| folder.starts_with(start)).filter(|folder| holds(folder)).last();
    let top = repository.or_else(outermost)?;
    (*top != root).then(|| top.to_path_buf())
}

fn at(met: Met, path: PathBuf) -> Met {
    match met {
        Met::File { named, .. } => Met::File { path, named },
        Met::Unread { reason, .. } => Met::Unread { path, reason },
    }
}

/// The set with its paths as they were asked for, or, where there are others among them, from the current folder; from the root when one of
/// them lies outside of it. Paths of one set begin alike, since that is how it is seen what lies in what.
fn spelled(set: Set, asked: &BTreeMap<PathBuf, PathBuf>, start: &Path) -> Set {
    let as_asked = set.members.iter().all(|(_, met)| asked.contains_key(met.path()));
    let is_below = set.members.iter().all(|(_, met)| met.path().starts_with(start));
    let spell = |path: &Path| match asked.get(path) {
        Some(given) if as_asked => given.clone(),
        _ if is_below => path.strip_prefix(start).unwrap_or(path).to_owned(),
        _ => path.to_owned(),
    };
    let members = set.members.into_iter().map(|(id, met)| {
        let path = spell(met.path());
        (id, at(met, path))
    });
    Set { bond: set.bond, members: members.collect() }
}
