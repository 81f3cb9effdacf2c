//! Owns the sets of a run: which of the files met hold together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::format::Formats;
use crate::link::compose;
use crate::link::kustomize::{How, Overlay, is_kustomization};
use crate::text::FileId;
use crate::walk::{Content, Met, Named, Reader, shown};

use super::bond::Bond;

/// Files that are looked at together; nearly always one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// What holds them together.
    pub bond: Bond,
    /// The files, in order, each with its number in the run.
    pub members: Vec<(FileId, Met)>,
}

/// Puts what was met into sets, in the order of their first files. Files that no format claims are left out, unless the user named them.
#[must_use]
pub fn gather(met: impl Iterator<Item = Met>, formats: &Formats, start: &Path) -> Vec<Set> {
    let met: Vec<Met> = met.filter(|met| is_ours(met, formats)).collect();
    let paths: Vec<Option<String>> = met.iter().map(path_of).collect();
    let mut groups = Groups { leader: (0..met.len()).collect(), bonds: BTreeMap::new() };
    by_chart(&paths, &mut groups);
    let named = by_overlay(&paths, start, &mut groups);
    let envs = by_env(&paths, formats, start, &mut groups);
    // A file belongs to one set.
    let named = named.into_iter().filter(|(path, _)| !envs.iter().any(|(_, env)| env == path)).map(|(path, index)| (index, path));
    let others: Vec<(usize, PathBuf)> = named.chain(envs.iter().cloned()).collect();
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
        Met::File { path, named: Named::No } => formats.claims(&shown(path)),
        Met::File { .. } | Met::Unread { .. } => true,
    }
}

fn path_of(met: &Met) -> Option<String> {
    match met {
        Met::File { path, .. } => Some(shown(path)),
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

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Everything in the folder of an outermost `Chart.yaml`.
fn by_chart(paths: &[Option<String>], groups: &mut Groups) {
    let charts: BTreeSet<&str> =
        paths.iter().flatten().filter(|path| path.rsplit('/').next() == Some("Chart.yaml")).map(|path| folder_of(path)).collect();
    if charts.is_empty() {
        return;
    }
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, path) in paths.iter().enumerate() {
        let Some(path) = path else { continue };
        let mut outermost = None;
        let mut folder = folder_of(path);
        loop {
            outermost = charts.get(folder).copied().or(outermost);
            if folder.is_empty() {
                break;
            }
            folder = folder_of(folder);
        }
        if let Some(chart) = outermost {
            let first = *first.entry(chart).or_insert(index);
            groups.join(first, index, Bond::Chart);
        }
    }
}

/// Kustomizations and what they take in; with the files of variables and values that were not met, since no format has their names, and of
/// each the file that it belongs to.
fn by_overlay(paths: &[Option<String>], start: &Path, groups: &mut Groups) -> BTreeMap<PathBuf, usize> {
    let mut reader = Reader::default();
    let mut overlays = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        // A kustomization inside a chart is the chart's own business.
        let Some(path) = path.as_deref().filter(|path| is_kustomization(path) && groups.is_free(index)) else { continue };
        // One that cannot be read is told when its turn comes.
        if let Content::Text(bytes) = reader.read(&start.join(path))
            && let Some(overlay) = Overlay::read(path, bytes, number(index))
        {
            overlays.push((index, overlay));
        }
    }
    let mut unmet = BTreeMap::new();
    if overlays.is_empty() {
        return unmet;
    }
    overlays.extend(applied(paths, start));
    let by_path: BTreeMap<&str, usize> =
        paths.iter().enumerate().filter_map(|(index, path)| Some((path.as_deref()?.trim_start_matches('/'), index))).collect();
    let named = || overlays.iter().filter(|(_, overlay)| is_kustomization(&overlay.path));
    let by_folder: BTreeMap<&str, usize> = named().map(|(index, overlay)| (folder_of(&overlay.path), *index)).collect();
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
        let root = paths.get(*index).and_then(Option::as_deref).filter(|path| path.starts_with('/')).map_or("", |_| "/");
        for taken in overlay.takes.iter().filter(|taken| matches!(taken.how, How::Values | How::Variables)) {
            let path = PathBuf::from(format!("{root}{}", taken.path));
            if !by_path.contains_key(taken.path.as_str()) && start.join(&path).is_file() {
                let first = *unmet.entry(path).or_insert(*index);
                groups.join(first, *index, Bond::Overlays);
            }
        }
    }
    unmet
}

/// The kustomizations that Flux and Argo CD make of folders. Their files have no names of their own, so every YAML file is asked; only where
/// there are kustomizations at all, since it is their images that these replace.
fn applied(paths: &[Option<String>], start: &Path) -> Vec<(usize, Overlay)> {
    let is_yaml = |path: &str| path.rsplit('.').next().is_some_and(|ending| matches!(ending, "yaml" | "yml"));
    let asked = paths.par_iter().enumerate().filter_map(|(index, path)| Some((index, path.as_deref().filter(|path| is_yaml(path))?)));
    let read = |reader: &mut Reader, (index, path): (usize, &str)| match reader.read(&start.join(path)) {
        Content::Text(bytes) => Overlay::read_applied(path, bytes, number(index)).into_iter().map(|overlay| (index, overlay)).collect(),
        Content::Binary | Content::Unread(_) => Vec::new(),
    };
    asked.map_init(Reader::default, read).flatten().collect()
}

/// Compose files beside a `.env`. The files of variables are no format's, so they are not met: they are found here.
fn by_env(paths: &[Option<String>], formats: &Formats, start: &Path, groups: &mut Groups) -> Vec<(usize, PathBuf)> {
    // A folder is asked once, and only where it has variables are the names of its files looked at.
    let mut env_of: BTreeMap<&str, Option<PathBuf>> = BTreeMap::new();
    let mut projects = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        let Some(path) = path.as_deref() else { continue };
        let folder = folder_of(path);
        let env = env_of.entry(folder).or_insert_with(|| {
            let env = if folder.is_empty() { PathBuf::from(".env") } else { PathBuf::from(format!("{folder}/.env")) };
            start.join(&env).is_file().then_some(env)
        });
        if env.is_some() && groups.is_free(index) && formats.may_be(path, "compose") {
            projects.push((index, path, folder));
        }
    }
    if projects.is_empty() {
        return Vec::new();
    }
    let by_path: BTreeMap<&str, usize> = paths.iter().enumerate().filter_map(|(index, path)| Some((path.as_deref()?, index))).collect();
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    let mut envs = Vec::new();
    let mut reader = Reader::default();
    for (index, path, folder) in projects {
        let leader = *first.entry(folder).or_insert_with(|| {
            envs.extend(env_of.get(folder).cloned().flatten().map(|env| (index, env)));
            index
        });
        groups.join(leader, index, Bond::Compose);
        let Content::Text(bytes) = reader.read(&start.join(path)) else { continue };
        for other in compose::included(bytes, folder).iter().filter_map(|path| by_path.get(path.as_str())) {
            if groups.is_free(*other) {
                groups.join(index, *other, Bond::Compose);
            }
        }
    }
    envs
}
