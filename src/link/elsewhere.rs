//! Owns charts that lie outside of the tree and that a host lets us see: which of them the files of a set lack, where they stand beside these, and
//! who deploys them.

use std::collections::BTreeMap;

use super::chart::is_template;
use super::fetched::{Locks, Sources, all, is_dependency_of};
use super::layers;
use super::reach::{Reader, reach};
use super::said::Fetched;
use super::taken::{Layered, Taken};
use crate::format::{Formats, How};
use crate::locate::File;
use crate::occurrence::Home;
use crate::source::{Held, TreePath};
use crate::text::Span;

/// The folder, beside all that a tree can have, in which charts stand that nobody has packed into another one.
const OUTSIDE: &str = "\u{0}charts";

/// A chart that a set lacks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lacking {
    /// Its name.
    pub name: String,
    /// The version that is asked for.
    pub version: String,
    /// The folder that its own folder stands in when it is there.
    pub folder: TreePath,
}

/// The charts that the files of a set lack: dependencies, and those that are deployed from elsewhere.
#[must_use]
pub fn lacking(files: &[File<'_>], formats: &Formats) -> Vec<Lacking> {
    let named: Vec<(TreePath, &File<'_>)> = files.iter().filter_map(|file| Some((TreePath::new(file.path).ok()?, file))).collect();
    let starts = named.iter().flat_map(|(path, file)| {
        let fetching = formats.of_name(file.path).filter(|format| format.table.links.iter().any(|link| link.fetched.is_some()));
        fetching.filter(|format| format.may_link(file.bytes)).map(|format| (path.clone(), format))
    });
    let starts: Vec<_> = starts.collect();
    if starts.is_empty() {
        return Vec::new();
    }
    let held = Held(named.into_iter().map(|(path, file)| (path, file.bytes)).collect());
    let mut readers = reach(starts, &held, formats);
    layers::recognise(&mut readers, &files.iter().map(|file| file.path).filter(|path| path.ends_with("/Chart.yaml")));
    let (sources, mut locks) = (Sources::of(&readers), Locks::default());
    let mut found: Vec<Lacking> = Vec::new();
    for (reader, taken, fetched) in all(&readers, How::Chart).filter(|(_, taken, _)| !taken.is_found()) {
        let Some(wanted) = sources.locked(reader, taken, fetched, &held, formats, &mut locks) else { continue };
        let folder =
            if is_dependency_of(reader, formats) { reader.path.folder().join("charts") } else { folder(&wanted.name, &wanted.version) };
        found.extend(folder.ok().map(|folder| Lacking { name: wanted.name, version: wanted.version, folder }));
    }
    found.sort();
    found.dedup();
    found
}

/// Where a chart stands that is deployed from elsewhere.
fn folder(name: &str, version: &str) -> Result<TreePath, crate::source::BadPath> {
    TreePath::new(&format!("{OUTSIDE}/{}", [name, version].map(|text| text.replace(['/', '.'], "_")).join("/")))
}

/// Leads those who deploy charts from elsewhere to these, where they are in sight among the files `packed`.
pub(super) fn bind(readers: &mut [Reader<'_>], packed: &[File<'_>]) {
    if !packed.iter().any(|file| file.path.starts_with(OUTSIDE)) {
        return;
    }
    let sources = Sources::of(readers);
    // Each lies in a folder of its own in that of its name and version.
    let mut at: BTreeMap<TreePath, TreePath> = BTreeMap::new();
    for path in packed.iter().filter_map(|file| TreePath::new(file.path).ok()).filter(|path| path.name() == "Chart.yaml") {
        at.entry(path.folder().folder()).or_insert(path);
    }
    let head = |reader: &Reader<'_>, taken: &Taken<'_>, fetched: &Fetched| {
        let wanted = sources.chart(reader, taken, fetched)?;
        at.get(&folder(&wanted.name, &wanted.version).ok()?).cloned()
    };
    let mut heads: Vec<(usize, usize, TreePath)> = Vec::new();
    for (number, reader) in readers.iter().enumerate() {
        for (index, taken) in reader.takes.iter().enumerate().filter(|(_, taken)| taken.how() == How::Chart && !taken.is_found()) {
            let found = taken.fetched.as_ref().and_then(|fetched| head(reader, taken, fetched));
            heads.extend(found.map(|head| (number, index, head)));
        }
    }
    for (number, index, head) in heads {
        if let Some(taken) = readers.get_mut(number).and_then(|reader| reader.takes.get_mut(index)) {
            taken.lead_to(head);
        }
    }
}

/// The files of each chart from elsewhere that is in sight.
pub(super) fn charts<'a>(packed: &[File<'a>]) -> Vec<Vec<File<'a>>> {
    let outside = || packed.iter().filter(|file| file.path.starts_with(OUTSIDE));
    let folders = layers::chart_folders(outside().map(|file| file.path));
    folders.iter().map(|folder| outside().filter(|file| file.path.starts_with(folder)).copied().collect()).collect()
}

/// Who deploys the chart whose `Chart.yaml` lies at `head`, each with where its chart is named.
pub(super) fn releases<'r>(head: &str, readers: &'r [Reader<'r>], files: &[File<'_>]) -> Vec<(&'r Reader<'r>, &'r Taken<'r>, Span)> {
    let is_its = |taken: &Taken<'_>| taken.paths().iter().any(|path| path.as_str() == head);
    let place = |reader: &Reader<'_>, taken: &Taken<'_>, fetched: &Fetched| {
        let file = files.iter().find(|file| file.path == reader.path.as_str())?;
        Some(Span::new(file.id, fetched.at..fetched.at + taken.typed.len()))
    };
    let found = all(readers, How::Chart).filter(|(_, taken, _)| taken.is_found() && is_its(taken));
    found.filter_map(|(reader, taken, fetched)| Some((reader, taken, place(reader, taken, fetched)?))).collect()
}

/// Where values for the chart of a release, which is named at byte `at`, are added: in the uppermost of its layers that is a mapping, or where its document can have one.
pub(super) fn home(reader: &Reader<'_>, taken: &Taken<'_>, at: usize, files: &[File<'_>]) -> Option<Home> {
    let own = files.iter().find(|file| file.path == reader.path.as_str())?;
    let of = |layer: &Layered| match layer {
        Layered::File(places) => {
            let file = places.iter().find_map(|place| files.iter().find(|file| file.path == place.as_str()));
            file.filter(|file| !is_template(file.path)).map(Home::of_file)
        }
        // One that is empty has no bytes of its own, and is found by its keys.
        Layered::Inline(range, inline) if inline.bytes().is_some() => Home::at(own, taken.document, range.clone()),
        _ => None,
    };
    let made = || taken.link.table.layers.iter().find_map(|layer| Home::made(own, taken.document, layer.made.as_deref()?, at));
    taken.layers.iter().rev().find_map(of).or_else(made)
}
