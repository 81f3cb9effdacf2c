//! Owns what holds between the references of kustomizations and of the files that they reach.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::link::{Bond, Link, Reader, Together};
use crate::locate::{Fault, File};
use crate::occurrence::{Caution, Class, Confidence, Keep, Occurrence, Origin, Piece, Role, Spelling};
use crate::reference::HOLE;
use crate::source::TreePath;
use crate::text::{FileId, Span};

use super::graph::{EntryId, Fate, Graph};
use super::overlay::{Entry, Overlay, without_version};

/// Joins what was found in kustomizations and in what they reach: the names that must go on matching, and the images that are placeholders.
pub(in crate::link) fn join(files: &[File<'_>], readers: &[Reader<'_>], together: &mut Together) {
    let read = |reader: &Reader<'_>| {
        let file = files.iter().find(|file| file.path == reader.path.as_str());
        file.map(|file| Overlay::read(file, reader)).unwrap_or_default()
    };
    let graph = Graph::new(readers.iter().flat_map(read).collect());
    if graph.overlays().is_empty() {
        return;
    }
    let paths = files.iter().filter_map(|file| Some((file.id, TreePath::new(file.path).ok()?)));
    let paths: BTreeMap<FileId, TreePath> = paths.collect();
    let fate = |occurrence: &Occurrence| fate(&graph, occurrence, paths.get(&occurrence.place.file)?);
    let fates = Fates::new(&graph, together.located.occurrences.iter().map(|occurrence| fate(occurrence).unwrap_or_default()).collect());
    if graph.is_cut() {
        return leave(&graph, together);
    }
    let mut matchers: BTreeMap<EntryId, usize> = BTreeMap::new();
    for (index, fate) in fates.all.iter().enumerate() {
        if fate.replaced {
            if let Some(occurrence) = together.located.occurrences.get_mut(index) {
                occurrence.cautions.push(Caution::Keep(Keep::Placeholder));
            }
            continue;
        }
        if let Some(occurrence) = together.located.occurrences.get_mut(index).filter(|_| fate.follows) {
            occurrence.cautions.push(Caution::Replaced);
        }
        for entry in fate.matched.keys() {
            let matcher = *matchers.entry(*entry).or_insert_with(|| matcher(&graph, *entry, &fates, together));
            together.links.push(Link { matcher, matched: index, bond: Bond::Finds });
        }
    }
    for (index, fate) in fates.all.iter().enumerate().filter(|(_, fate)| !fate.replaced) {
        let spared = fate.spared.iter().filter_map(|entry| matchers.get(entry));
        together.links.extend(spared.map(|&matcher| Link { matcher, matched: index, bond: Bond::Spares }));
    }
    let entries =
        graph.overlays().iter().enumerate().flat_map(|(overlay, found)| (0..found.entries.len()).map(move |entry| (overlay, entry)));
    for entry in entries.filter(|entry| !fates.matched.contains_key(entry)) {
        write_new_name(&graph, entry, together);
    }
    follow_tested(&graph, &paths, together);
}

/// Nobody knows which names have to go on matching which: all stay, and that is told.
fn leave(graph: &Graph, together: &mut Together) {
    for occurrence in &mut together.located.occurrences {
        occurrence.cautions.push(Caution::Keep(Keep::Matcher));
    }
    let message = "there are more ways through these kustomizations than are followed; nothing of what they take in is edited".to_owned();
    let first = graph.overlays().iter().map(|overlay| Span::new(overlay.file, 0..0)).min();
    together.located.faults.extend(first.map(|span| Fault { span, message }));
}

/// What a patch tests changes together with what it finds in sight: the same text, on a way through the kustomization that makes the patch.
fn follow_tested(graph: &Graph, paths: &BTreeMap<FileId, TreePath>, together: &mut Together) {
    let occurrences = &mut together.located.occurrences;
    let is_kept = |occurrence: &Occurrence| occurrence.cautions.iter().any(|caution| matches!(caution, Caution::Keep(_)));
    let tested = |occurrence: &&Occurrence| is_tested(graph, occurrence);
    let ways = |occurrence: &Occurrence| paths.get(&occurrence.place.file).map(|path| ways(graph, occurrence, path)).unwrap_or_default();
    let mut followed = Vec::new();
    for (matcher, test) in occurrences.iter().enumerate().filter(|(_, occurrence)| tested(occurrence)) {
        let makers: BTreeSet<usize> = ways(test).iter().filter_map(|way| way.first().copied()).collect();
        let text = test.joined().text;
        let same = occurrences.iter().enumerate().take(together.shown);
        let same = same.filter(|(_, found)| !is_kept(found) && found.joined().text == text);
        let found = same.filter(|(_, found)| ways(found).iter().flatten().any(|overlay| makers.contains(overlay)));
        followed.extend(found.map(|(matched, _)| Link { matcher, matched, bond: Bond::Finds }));
    }
    for link in &followed {
        if let Some(occurrence) = occurrences.get_mut(link.matcher) {
            occurrence.cautions.retain(|caution| *caution != Caution::Keep(Keep::Matcher));
        }
    }
    together.links.append(&mut followed);
}

/// Whether a text must match an image, and is no entry's name.
fn is_tested(graph: &Graph, occurrence: &Occurrence) -> bool {
    occurrence.cautions.contains(&Caution::Keep(Keep::Matcher)) && !is_entry(graph, occurrence)
}

/// Whether a text is an entry's name, which finds images and is none.
fn is_entry(graph: &Graph, occurrence: &Occurrence) -> bool {
    graph.overlays().iter().flat_map(|overlay| &overlay.entries).any(|entry| entry.span == occurrence.place)
}

/// The ways of an image to the roots, be it in a file or in a kustomization.
fn ways(graph: &Graph, occurrence: &Occurrence, path: &TreePath) -> Rc<Vec<Vec<usize>>> {
    graph.overlay_in(occurrence.place.file).map_or_else(|| graph.ways(path), |overlay| graph.ways_out(overlay))
}

/// What becomes of the images of a set, all considered.
struct Fates {
    /// One for each image.
    all: Vec<Fate>,
    /// All entries that match something in sight, with the overlays on whose behalf they do.
    matched: BTreeMap<EntryId, BTreeSet<usize>>,
}

impl Fates {
    fn new(graph: &Graph, mut all: Vec<Fate>) -> Self {
        // A name that moves with one image no longer matches another, which then has to move too, though everything replaces it. An
        // expression never moves.
        let moves = |entry: &EntryId| entry_of(graph, *entry).is_some_and(Entry::matches_as_text);
        let mut moving: BTreeSet<EntryId> = BTreeSet::new();
        loop {
            let before = moving.len();
            for fate in &mut all {
                fate.replaced &= !fate.matched.keys().any(|entry| moving.contains(entry));
                if !fate.replaced {
                    moving.extend(fate.matched.keys().copied().filter(moves));
                }
            }
            if moving.len() == before {
                break;
            }
        }
        let mut matched: BTreeMap<EntryId, BTreeSet<usize>> = BTreeMap::new();
        for (entry, hosts) in all.iter().flat_map(|fate| &fate.matched) {
            matched.entry(*entry).or_default().extend(hosts);
        }
        Self { all, matched }
    }
}

fn entry_of(graph: &Graph, (overlay, entry): EntryId) -> Option<&Entry> {
    graph.overlays().get(overlay).and_then(|overlay| overlay.entries.get(entry))
}

/// What becomes of an image, of one in a patch that a kustomization has in itself, or of a kustomization's new name, on its way to the roots.
fn fate(graph: &Graph, occurrence: &Occurrence, path: &TreePath) -> Option<Fate> {
    let reference = occurrence.reference().ok()?;
    let name = reference.as_str();
    let entry = graph.overlays().iter().enumerate().find_map(|(overlay, found)| {
        let is_its = |entry: &Entry| entry.new_name.as_ref().is_some_and(|(_, span)| *span == occurrence.place);
        found.entries.iter().position(is_its).map(|entry| (overlay, entry))
    });
    let own = graph.overlay_in(occurrence.place.file);
    // What kubectl keeps as a copy is no image to kustomize.
    if occurrence.cautions.contains(&Caution::Keep(Keep::Copy)) {
        return None;
    }
    let is_its_own = own.and_then(|own| graph.overlays().get(own)).is_some_and(|own| own.format == occurrence.format);
    if is_its_own && entry.is_none() || is_entry(graph, occurrence) || is_tested(graph, occurrence) {
        return None;
    }
    let mut fate = match entry {
        Some(entry) => graph.fate_of_entry(entry),
        None => match own {
            Some(overlay) => graph.fate_inside(overlay, name),
            None => graph.fate(path, name),
        },
    };
    let is_seen = |((overlay, _), hosts): (&EntryId, &BTreeSet<usize>)| !graph.acts_unseen(*overlay, hosts);
    fate.follows = fate.replaced && reference.domain().is_some() && fate.matched.iter().all(is_seen);
    fate.replaced &= !fate.follows;
    Some(fate)
}

/// An entry without a new name that matches nothing in sight: the base is elsewhere, and its name stays. The new name can be written.
fn write_new_name(graph: &Graph, entry: EntryId, together: &mut Together) {
    let Some(entry) = entry_of(graph, entry).filter(|entry| entry.new_name.is_none()) else { return };
    let Some((at, before)) = &entry.room else { return };
    let is_its = |occurrence: &&mut Occurrence| occurrence.place == entry.span;
    let Some(occurrence) = together.located.occurrences.iter_mut().find(is_its) else { return };
    let Some(first) = occurrence.pieces.first_mut().filter(|first| first.text.starts_with(&entry.name)) else { return };
    // What stands behind the room stays where it is.
    let taken = entry.name.len() + at.len();
    if first.text.len() < taken || first.text.len() != first.span.len() {
        return;
    }
    let rest = Piece { text: first.text.split_off(taken), span: first.span.slice(taken, first.span.len()), ..first.clone() };
    first.span = *at;
    first.origin = Origin::Unwritten { before: before.as_str().into() };
    first.spelling = Spelling::Encoded;
    if !rest.text.is_empty() {
        occurrence.pieces.insert(1, rest);
    }
    occurrence.cautions.retain(|caution| *caution != Caution::Keep(Keep::Matcher));
}

/// The occurrence of an entry's `name`, which has to follow what it matches: the one that was found, or a new one that is not shown. It stays
/// where it also acts on images that nobody sees.
fn matcher(graph: &Graph, id: EntryId, fates: &Fates, together: &mut Together) -> usize {
    let entry = entry_of(graph, id);
    let seen = fates.matched.get(&id).cloned().unwrap_or_default();
    let stays = graph.acts_unseen(id.0, &seen).then_some(Caution::Keep(Keep::Matcher));
    let place = entry.map_or(Span::NOWHERE, |entry| entry.span);
    let occurrences = &mut together.located.occurrences;
    if let Some(index) = occurrences.iter().position(|occurrence| occurrence.place == place) {
        if let Some(occurrence) = occurrences.get_mut(index) {
            occurrence.cautions.retain(|caution| *caution != Caution::Keep(Keep::Matcher));
            occurrence.cautions.extend(stays);
        }
        return index;
    }
    let name = entry.map(|entry| entry.name.clone()).unwrap_or_default();
    let version = (without_version(&name) == name).then(|| Piece::implied(format!(":{HOLE}"), Span { start: place.end, ..place }));
    let piece = Piece { text: name, span: place, origin: Origin::Sibling { key: "name".into() }, spelling: Spelling::Plain };
    occurrences.push(Occurrence {
        format: graph.overlays().get(id.0).map_or_else(|| "".into(), |overlay| Arc::clone(&overlay.format)),
        site: "image-name".into(),
        role: Role::Pull,
        class: Class::Deploy,
        confidence: Confidence::High,
        place,
        pieces: [Some(piece), version].into_iter().flatten().collect(),
        platform: None,
        cautions: stays.into_iter().collect(),
    });
    occurrences.len() - 1
}
