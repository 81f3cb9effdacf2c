//! Owns the sets of a run: which of the files met hold together.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use crate::format::{Engine, Format, FormatRole, Formats, From, Holds, How, LinkTable};
use crate::source::{Files, InSight, Met, Named, Scope, TreePath, Unclaimed};
use crate::text::FileId;

use super::fit::Fit;
use super::reach::{Starts, reach};
use super::taken::{Layered, Looked, Taken};
use super::{beside, layers};

/// Files that are looked at together; nearly always one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// The files, in order, each with its number in the run.
    pub members: Vec<(FileId, Met)>,
    /// Whether a format claims one of them.
    pub claimed: Claimed,
}

/// Whether a format claims a file by its name, or somebody named it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Claimed {
    /// It is read.
    #[default]
    Yes,
    /// No format reads it: it is only looked through.
    No,
}

impl Set {
    fn first(&self) -> Option<&TreePath> {
        self.members.first().map(|(_, met)| met.path())
    }
}

/// The sets of what `scope` holds, completed from what lies in the folders of `around`: a hook is given the files of one commit, and half a
/// chart reads as something else than the whole. Sets in which nothing was asked for are left out.
#[must_use]
pub fn sets(files: &dyn Files, scope: &Scope, around: &[TreePath], formats: &Formats) -> Vec<Set> {
    sets_of(files, scope, around, formats, &mut |starts| starts)
}

/// The same for a host that has threads: `narrow` is asked which files [may take in](super::may_take) others, so that it can look into many at once.
#[must_use]
pub fn sets_of<'f>(
    files: &dyn Files,
    scope: &Scope,
    around: &[TreePath],
    formats: &'f Formats,
    narrow: &mut dyn FnMut(Starts<'f>) -> Starts<'f>,
) -> Vec<Set> {
    let met = files.list(scope);
    if around.is_empty() && !scope.leaves_any() {
        return gather(met, scope, formats, files, narrow);
    }
    let mut all: BTreeMap<TreePath, Met> = met.into_iter().map(|met| (met.path().clone(), met)).collect();
    // Those in folders that cannot be read are told wherever they lie.
    let is_met = |met: &&Met| matches!(met, Met::Unread { .. }) || scope.asks(met.path());
    let asked: BTreeSet<TreePath> = all.values().filter(is_met).map(|met| met.path().clone()).collect();
    // What cannot be read there was not asked for.
    let others = if around.is_empty() { Vec::new() } else { files.list(&Scope { roots: around.to_vec(), ..scope.clone() }) };
    for met in others.into_iter().filter(|met| matches!(met, Met::File { .. })) {
        all.entry(met.path().clone()).or_insert(met);
    }
    let is_asked = |set: &Set| set.members.iter().any(|(_, met)| asked.contains(met.path()));
    gather(all.into_values(), scope, formats, files, narrow).into_iter().filter(is_asked).collect()
}

/// Puts what was met into sets, in the order of their first files: the files of units, of which each may belong to several, and what is reached
/// wherever it lies. Files that no format claims stand alone, or are left out, unless the user named them, or a link does.
fn gather<'f>(
    met: impl IntoIterator<Item = Met>,
    scope: &Scope,
    formats: &'f Formats,
    files: &dyn Files,
    narrow: &mut dyn FnMut(Starts<'f>) -> Starts<'f>,
) -> Vec<Set> {
    let mut groups = Groups::default();
    let mut others: Vec<Met> = Vec::new();
    let mut claimed: Vec<(TreePath, &Arc<Format>)> = Vec::new();
    let mut callers: Vec<(TreePath, &Arc<Format>)> = Vec::new();
    for met in met {
        if let Met::File { path, named } = &met {
            let of_name: Vec<&Arc<Format>> = formats.of_name(path.as_str()).collect();
            callers.extend(formats.callers(path.as_str()).map(|format| (path.clone(), format)));
            if of_name.is_empty() && *named == Named::No && !formats.is_packed(path.as_str()) {
                others.extend((scope.unclaimed == Unclaimed::Include).then_some(met));
                continue;
            }
            let holds_others = |format: &&Arc<Format>| format.table.units.is_some() || !format.table.links.is_empty();
            claimed.extend(of_name.into_iter().filter(holds_others).map(|format| (path.clone(), format)));
        }
        groups.add(met);
    }
    let heads = || claimed.iter().filter(|(path, format)| format.is_head(path.as_str()));
    let holds_folder = |format: &Format| format.table.units.as_ref().is_some_and(|units| units.holds == Holds::Folder);
    let folders: BTreeSet<TreePath> = heads().filter(|(_, format)| holds_folder(format)).map(|(path, _)| path.folder()).collect();
    groups.by_path = groups.met.iter().enumerate().filter_map(Groups::place).collect();
    groups.join_folders(&folders);
    groups.join_values(formats, files);
    let names: HashSet<&str> = folders.iter().map(TreePath::as_str).collect();
    let is_free = |path: &TreePath| {
        let above = path.as_str().match_indices('/').filter_map(|(at, _)| path.as_str().get(..at));
        !above.chain([""]).any(|folder| names.contains(folder))
    };
    let mut units: BTreeSet<&str> =
        heads().filter(|(path, format)| holds_folder(format) || is_free(path)).map(|(_, format)| &*format.id).collect();
    // Of units that may lie packed, others may be in sight than those of the tree.
    let elsewhere = |format: &&Arc<Format>| format.table.units.as_ref().is_some_and(|units| !units.packed.is_empty());
    if scope.charts == InSight::Elsewhere {
        units.extend(formats.iter().filter(elsewhere).map(|format| &*format.id));
    }
    // A file that only applies units of others is asked only where there are any, outside of folders that are units themselves.
    let may_hold = |link: &LinkTable| link.holds == Holds::Folder || link.unit.as_deref().is_none_or(|unit| units.contains(unit));
    let applies = |format: &Format| format.table.links.iter().any(may_hold);
    let starts = claimed.iter().filter(|(path, format)| {
        // Manifests inside of charts are templates, and far too many.
        let is_asked = || applies(format) && (format.table.is != Some(FormatRole::Manifest) || is_free(path));
        !format.table.links.is_empty() && (format.table.units.is_some() || is_asked())
    });
    let callers = callers.into_iter().filter(|(_, format)| applies(format));
    let mut readers = reach(narrow(starts.cloned().chain(callers).collect()), files, formats);
    let charts: Vec<String> =
        layers::chart_folders(groups.by_path.keys().map(TreePath::as_str)).iter().map(|folder| format!("{folder}Chart.yaml")).collect();
    layers::recognise(&mut readers, &charts.iter().map(String::as_str));
    // What kustomizations put into objects, by their folders.
    let data: Vec<(TreePath, TreePath)> = readers
        .iter()
        .filter(|reader| reader.format.table.is == Some(FormatRole::Kustomization))
        .flat_map(|reader| reader.takes.iter().map(move |taken| (reader, taken)))
        .filter(|(_, taken)| taken.how() == How::Data && taken.is_found())
        .flat_map(|(reader, taken)| taken.paths().iter().map(|path| (reader.path.folder(), path.clone())))
        .collect();
    for reader in readers {
        if formats.get(&reader.format.id).is_some_and(|format| format.table.engine == Engine::Calls)
            && reader.looked == Looked::AtAll
            && reader.takes.iter().all(|taken| taken.all_layers().next().is_none() && taken.arguments.is_empty() && !is_read_in(taken))
        {
            continue;
        }
        groups.meet(&reader.path);
        let charts = reader.takes.iter().filter(|taken| taken.how() == How::Chart && taken.is_found()).flat_map(Taken::paths);
        charts.for_each(|head| groups.enter(head, scope, (files, formats)));
        for taken in reader.takes.iter().filter(|taken| holds(taken)) {
            // A folder is taken in with all it holds only where a tool makes something of it.
            let is_taken = taken.how() != How::Chart || taken.is_found();
            let places = taken.paths().iter().filter(|_| is_taken).chain(&taken.variables);
            places.for_each(|path| groups.join(&reader.path, path, taken.link.table.from, files));
            let fits = taken.like.iter().filter(|_| taken.how() != How::Chart);
            fits.for_each(|fit| groups.join_fitting(&reader.path, fit, files));
            if !taken.objects.is_empty() {
                groups.join_beside(&reader.path, files);
            }
            for layer in taken.all_layers() {
                match layer {
                    Layered::File(places) => {
                        let place = places.iter().find(|place| files.is_file(place));
                        if let Some(path) = place {
                            groups.join(&reader.path, path, From::Folder, files);
                        }
                    }
                    Layered::Like(fit) => {
                        groups.join_fitting(&reader.path, fit, files);
                    }
                    Layered::Object(_) => {
                        groups.join_beside(&reader.path, files);
                        let folder = reader.path.folder();
                        let made = data.iter().filter(|(of, _)| *of == folder);
                        made.for_each(|(_, path)| groups.join(&reader.path, path, From::Folder, files));
                    }
                    Layered::Inline(..) | Layered::Parameters(_) => {}
                }
            }
        }
    }
    let alone: Vec<Met> = others.into_iter().filter(|met| !groups.by_path.contains_key(met.path())).collect();
    groups.into_sets(alone)
}

/// Whether it is a file that a script reads as if it stood in it.
fn is_read_in(taken: &Taken<'_>) -> bool {
    taken.how() == How::Script && taken.is_found()
}

/// Whether what is taken in is looked into.
fn holds(taken: &Taken<'_>) -> bool {
    !matches!(taken.how(), How::Data | How::Config | How::Repository)
}

/// Disjoint groups of files; the first file stands for its group.
#[derive(Default)]
struct Groups {
    met: Vec<Met>,
    leader: Vec<usize>,
    by_path: BTreeMap<TreePath, usize>,
}

impl Groups {
    fn add(&mut self, met: Met) -> usize {
        let index = self.met.len();
        self.met.push(met);
        self.leader.push(index);
        index
    }

    fn place((index, met): (usize, &Met)) -> Option<(TreePath, usize)> {
        matches!(met, Met::File { .. }).then(|| (met.path().clone(), index))
    }

    fn of(&self, mut index: usize) -> usize {
        while let Some(&above) = self.leader.get(index).filter(|above| **above != index) {
            index = above;
        }
        index
    }

    fn unite(&mut self, a: usize, b: usize) {
        let (a, b) = (self.of(a), self.of(b));
        if let Some(slot) = self.leader.get_mut(a.max(b)) {
            *slot = a.min(b);
        }
    }

    /// Puts everything in a folder of `heads` together, with the folders of heads inside of it.
    fn join_folders(&mut self, heads: &BTreeSet<TreePath>) {
        let outermost = |head: &&TreePath| !head.above().any(|above| heads.contains(&above));
        for folder in heads.iter().filter(outermost) {
            let below = self.indices_below(folder);
            let Some((first, others)) = below.split_first() else { continue };
            for other in others {
                self.unite(*first, *other);
            }
        }
    }

    /// Takes in a file that no format claims.
    fn meet(&mut self, path: &TreePath) {
        if !self.by_path.contains_key(path) {
            let index = self.add(Met::File { path: path.clone(), named: Named::Linked });
            self.by_path.insert(path.clone(), index);
        }
    }

    /// Takes in the chart with that head, where it lies in a folder that is passed by: only the whole of it says what it renders.
    fn enter(&mut self, head: &TreePath, scope: &Scope, (files, formats): (&dyn Files, &Formats)) {
        let is_passed_by = head.folder().as_str().split('/').any(|folder| scope.vendored.skips(folder));
        if !is_passed_by || self.by_path.contains_key(head) {
            return;
        }
        self.meet(head);
        let held = files.list(&Scope { roots: vec![head.folder()], ..scope.clone() });
        let held = held.into_iter().filter_map(|met| if let Met::File { path, .. } = met { Some(path) } else { None });
        let is_read = |path: &TreePath| formats.of_name(path.as_str()).next().is_some() || formats.is_packed(path.as_str());
        for path in held.filter(is_read) {
            self.meet(&path);
            self.join(head, &path, From::Folder, files);
        }
    }

    /// Puts a file together with what it takes in, which is met here when it is in the tree.
    fn join(&mut self, by: &TreePath, taken: &TreePath, from: From, files: &dyn Files) {
        let Some(&by) = self.by_path.get(by) else { return };
        let found = match self.by_path.get(taken) {
            Some(found) => vec![*found],
            None if from == From::Above && !taken.is_root() => self.indices_below(taken),
            None if files.is_file(taken) => {
                let index = self.add(Met::File { path: taken.clone(), named: Named::Linked });
                self.by_path.insert(taken.clone(), index);
                vec![index]
            }
            None => Vec::new(),
        };
        for found in found {
            self.unite(by, found);
        }
    }

    /// Puts a file together with all those met that fit.
    fn join_fitting(&mut self, by: &TreePath, fit: &Fit, files: &dyn Files) {
        let top = fit.folder().cloned().unwrap_or_default();
        let fitting: Vec<TreePath> = self.below(&top).map(|(path, _)| path).filter(|path| fit.is(path.as_str())).cloned().collect();
        for path in &fitting {
            self.join(by, path, From::Folder, files);
        }
    }

    /// Puts files of values together with the chart that they lie beside.
    fn join_values(&mut self, formats: &Formats, files: &dyn Files) {
        let read = |path: &str| {
            let mut text = Vec::new();
            files.read(&TreePath::new(path).ok()?, &mut text).ok().map(|()| Cow::Owned(text))
        };
        let charts = layers::chart_folders(self.by_path.keys().map(TreePath::as_str));
        let pairs = beside::pairs(self.by_path.keys().map(TreePath::as_str), &charts, formats, &read);
        let of = |path: &str| self.by_path.get(&TreePath::new(path).ok()?).copied();
        let pairs: Vec<(usize, usize)> =
            pairs.into_iter().filter_map(|(file, folder)| of(file).zip(of(&format!("{folder}Chart.yaml")))).collect();
        for (file, chart) in pairs {
            self.unite(file, chart);
        }
    }

    /// Puts a file together with the manifests beside it.
    fn join_beside(&mut self, path: &TreePath, files: &dyn Files) {
        let folder = path.folder();
        let beside: Vec<TreePath> = self.by_path.keys().filter(|other| other.folder() == folder).cloned().collect();
        for other in &beside {
            self.join(path, other, From::Folder, files);
        }
    }

    fn below(&self, folder: &TreePath) -> impl Iterator<Item = (&TreePath, &usize)> {
        self.by_path.range(folder.clone()..).take_while(|(path, _)| path.below(folder).is_some())
    }

    fn indices_below(&self, folder: &TreePath) -> Vec<usize> {
        self.below(folder).map(|(_, index)| *index).collect()
    }

    /// The groups, and the files that stand `alone`, in the order of their first files.
    fn into_sets(self, alone: Vec<Met>) -> Vec<Set> {
        let number = |index: usize| FileId(u32::try_from(index).unwrap_or(u32::MAX));
        let grouped = self.met.len();
        let leaders: Vec<usize> = (0..self.met.len()).map(|index| self.of(index)).collect();
        let mut sets: Vec<Set> = Vec::new();
        // The first file of a group leads it, so that its set is there when the others come.
        let mut places: Vec<usize> = Vec::with_capacity(leaders.len());
        for (index, (met, leader)) in self.met.into_iter().zip(leaders).enumerate() {
            let place = places.get(leader).copied().unwrap_or(sets.len());
            places.push(place);
            // More than four thousand million files are not walked in the life of a process.
            let member = (number(index), met);
            match sets.get_mut(place) {
                Some(set) => set.members.push(member),
                None => sets.push(Set { members: vec![member], claimed: Claimed::Yes }),
            }
        }
        if alone.is_empty() {
            return sets;
        }
        let alone = alone.into_iter().enumerate();
        sets.extend(alone.map(|(index, met)| Set { members: vec![(number(grouped + index), met)], claimed: Claimed::No }));
        sets.sort_by(|a, b| a.first().cmp(&b.first()));
        sets
    }
}
