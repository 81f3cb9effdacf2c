//! Owns the sets of a run: which of the files met hold together.

use std::collections::{BTreeMap, BTreeSet};

use crate::format::Formats;
use crate::source::{Content, Files, Met, Named, Scope, TreePath, content};
use crate::text::FileId;

use super::compose;
use super::kustomize::{How, Overlay, is_kustomization};
use super::set::Bond;

/// Files that are looked at together; nearly always one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// What holds them together.
    pub bond: Bond,
    /// The files, in order, each with its number in the run.
    pub members: Vec<(FileId, Met)>,
}

/// The sets of what `scope` holds, completed from what lies in the folders of `around`: a hook is given the files of one commit, and half a
/// chart reads as something else than the whole. Sets in which nothing was asked for are left out.
#[must_use]
pub fn sets(files: &dyn Files, scope: &Scope, around: &[TreePath], formats: &Formats) -> Vec<Set> {
    let mut all: BTreeMap<TreePath, Met> = files.list(scope).into_iter().map(|met| (met.path().clone(), met)).collect();
    if around.is_empty() {
        return gather(all.into_values(), formats, files);
    }
    let asked: BTreeSet<TreePath> = all.keys().cloned().collect();
    // What cannot be read there was not asked for.
    let others = files.list(&Scope::new(around.to_vec(), scope.vendored));
    for met in others.into_iter().filter(|met| matches!(met, Met::File { .. })) {
        all.entry(met.path().clone()).or_insert(met);
    }
    let is_asked = |set: &Set| set.members.iter().any(|(_, met)| asked.contains(met.path()));
    gather(all.into_values(), formats, files).into_iter().filter(is_asked).collect()
}

/// Puts what was met into sets, in the order of their first files. Files that no format claims are left out, unless the user named them.
fn gather(met: impl Iterator<Item = Met>, formats: &Formats, files: &dyn Files) -> Vec<Set> {
    let met: Vec<Met> = met.filter(|met| is_ours(met, formats)).collect();
    let paths: Vec<Option<TreePath>> = met.iter().map(path_of).collect();
    let mut groups = Groups { leader: (0..met.len()).collect(), bonds: BTreeMap::new() };
    by_chart(&paths, &mut groups);
    let named = by_overlay(&paths, files, &mut groups);
    let envs = by_env(&paths, formats, files, &mut groups);
    // A file belongs to one set.
    let named = named.into_iter().filter(|(path, _)| !envs.iter().any(|(_, env)| env == path)).map(|(path, index)| (index, path));
    let others: Vec<(usize, TreePath)> = named.chain(envs.iter().cloned()).collect();
    let mut sets: BTreeMap<usize, Set> = BTreeMap::new();
    for (index, met) in met.into_iter().enumerate() {
        let leader = groups.of(index);
        let bond = groups.bonds.get(&leader).copied().unwrap_or_default();
        sets.entry(leader).or_insert_with(|| Set { bond, members: Vec::new() }).members.push((number(index), met));
    }
    for (count, (index, path)) in others.into_iter().enumerate() {
        let leader = groups.of(index);
        if let Some(set) = sets.get_mut(&leader) {
            set.members.push((number(paths.len() + count), Met::File { path, named: Named::Yes }));
        }
    }
    sets.into_values().collect()
}

fn number(index: usize) -> FileId {
    // More than four thousand million files are not walked in the life of a process.
    FileId(u32::try_from(index).unwrap_or(u32::MAX))
}

fn is_ours(met: &Met, formats: &Formats) -> bool {
    match met {
        Met::File { path, named: Named::No } => formats.claims(path.as_str()),
        Met::File { .. } | Met::Unread { .. } => true,
    }
}

fn path_of(met: &Met) -> Option<TreePath> {
    match met {
        Met::File { path, .. } => Some(path.clone()),
        Met::Unread { .. } => None,
    }
}

/// Disjoint groups of files; the first file stands for its group.
struct Groups {
    leader: Vec<usize>,
    bonds: BTreeMap<usize, Bond>,
}

impl Groups {
    fn of(&self, mut index: usize) -> usize {
        while let Some(&above) = self.leader.get(index).filter(|above| **above != index) {
            index = above;
        }
        index
    }

    fn join(&mut self, a: usize, b: usize, bond: Bond) {
        let (a, b) = (self.of(a), self.of(b));
        let (first, last) = (a.min(b), a.max(b));
        if let Some(slot) = self.leader.get_mut(last) {
            *slot = first;
        }
        self.bonds.remove(&last);
        self.bonds.insert(first, bond);
    }

    fn is_free(&self, index: usize) -> bool {
        !self.bonds.contains_key(&self.of(index))
    }
}

/// Everything in the folder of an outermost `Chart.yaml`.
fn by_chart(paths: &[Option<TreePath>], groups: &mut Groups) {
    let charts: BTreeSet<TreePath> = paths.iter().flatten().filter(|path| path.name() == "Chart.yaml").map(TreePath::folder).collect();
    if charts.is_empty() {
        return;
    }
    let mut first: BTreeMap<TreePath, usize> = BTreeMap::new();
    for (index, path) in paths.iter().enumerate() {
        let Some(outermost) = path.as_ref().and_then(|path| path.above().filter(|folder| charts.contains(folder)).last()) else { continue };
        let first = *first.entry(outermost).or_insert(index);
        groups.join(first, index, Bond::Chart);
    }
}

/// Kustomizations and what they take in; with the files of variables and values that were not met, since no format has their names, and of
/// each the file that it belongs to.
fn by_overlay(paths: &[Option<TreePath>], files: &dyn Files, groups: &mut Groups) -> BTreeMap<TreePath, usize> {
    let mut buffer = Vec::new();
    let mut overlays = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        // A kustomization inside a chart is the chart's own business.
        let Some(path) = path.as_ref().filter(|path| is_kustomization(path.as_str()) && groups.is_free(index)) else { continue };
        // One that cannot be read is told when its turn comes.
        if let Content::Text(bytes) = content(files, path, &mut buffer)
            && let Some(overlay) = Overlay::read(path.as_str(), bytes, number(index))
        {
            overlays.push((index, overlay));
        }
    }
    let mut unmet = BTreeMap::new();
    if overlays.is_empty() {
        return unmet;
    }
    overlays.extend(applied(paths, files));
    let by_path: BTreeMap<&str, usize> =
        paths.iter().enumerate().filter_map(|(index, path)| Some((path.as_ref()?.as_str(), index))).collect();
    let named = overlays.iter().filter_map(|(index, overlay)| Some((overlay.folder()?, *index)));
    let by_folder: BTreeMap<&str, usize> = named.collect();
    for (index, overlay) in &overlays {
        let takes = overlay.takes.iter().map(|taken| &taken.path);
        let taken = takes.flat_map(|path| match by_path.get(path.as_str()).or_else(|| by_folder.get(path.as_str())) {
            Some(index) => vec![*index],
            None if is_kustomization(&overlay.path) || path.is_empty() => Vec::new(),
            None => {
                let folder = format!("{path}/");
                by_path.range(folder.as_str()..).take_while(|(path, _)| path.starts_with(&folder)).map(|(_, index)| *index).collect()
            }
        });
        for other in taken.chain([*index]) {
            let is_overlay = |index: usize| groups.bonds.get(&groups.of(index)).is_none_or(|bond| *bond == Bond::Overlays);
            if is_overlay(*index) && is_overlay(other) {
                groups.join(*index, other, Bond::Overlays);
            }
        }
        for taken in overlay.takes.iter().filter(|taken| matches!(taken.how, How::Values | How::Variables)) {
            let Ok(path) = TreePath::new(&taken.path) else { continue };
            if !by_path.contains_key(path.as_str()) && files.is_file(&path) {
                let first = *unmet.entry(path).or_insert(*index);
                groups.join(first, *index, Bond::Overlays);
            }
        }
    }
    unmet
}

/// The kustomizations that Flux and Argo CD make of folders. Their files have no names of their own, so every YAML file is asked; only where
/// there are kustomizations at all, since it is their images that these replace.
fn applied(paths: &[Option<TreePath>], files: &dyn Files) -> Vec<(usize, Overlay)> {
    let is_yaml = |path: &TreePath| path.name().rsplit('.').next().is_some_and(|ending| matches!(ending, "yaml" | "yml"));
    let mut buffer = Vec::new();
    let mut found = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        if let Some(path) = path.as_ref().filter(|path| is_yaml(path))
            && let Content::Text(bytes) = content(files, path, &mut buffer)
        {
            found.extend(Overlay::read_applied(path.as_str(), bytes, number(index)).into_iter().map(|overlay| (index, overlay)));
        }
    }
    found
}

/// Compose files beside a `.env`. The files of variables are no format's, so they are not met: they are found here.
fn by_env(paths: &[Option<TreePath>], formats: &Formats, files: &dyn Files, groups: &mut Groups) -> Vec<(usize, TreePath)> {
    // A folder is asked once, and only where it has variables are the names of its files looked at.
    let mut env_of: BTreeMap<TreePath, Option<TreePath>> = BTreeMap::new();
    let mut projects = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        let Some(path) = path.as_ref() else { continue };
        let folder = path.folder();
        let env = env_of.entry(folder.clone()).or_insert_with(|| folder.join(".env").ok().filter(|env| files.is_file(env)));
        if env.is_some() && groups.is_free(index) && formats.may_be(path.as_str(), "compose") {
            projects.push((index, path, folder));
        }
    }
    if projects.is_empty() {
        return Vec::new();
    }
    let by_path: BTreeMap<&str, usize> =
        paths.iter().enumerate().filter_map(|(index, path)| Some((path.as_ref()?.as_str(), index))).collect();
    let mut first: BTreeMap<TreePath, usize> = BTreeMap::new();
    let mut envs = Vec::new();
    let mut buffer = Vec::new();
    for (index, path, folder) in projects {
        let leader = *first.entry(folder.clone()).or_insert_with(|| {
            envs.extend(env_of.get(&folder).cloned().flatten().map(|env| (index, env)));
            index
        });
        groups.join(leader, index, Bond::Compose);
        let Content::Text(bytes) = content(files, path, &mut buffer) else { continue };
        for other in compose::included(bytes, folder.as_str()).iter().filter_map(|path| by_path.get(path.as_str())) {
            if groups.is_free(*other) {
                groups.join(index, *other, Bond::Compose);
            }
        }
    }
    envs
}
