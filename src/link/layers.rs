//! Owns what releases of a set lay over charts: each release of a chart in sight is a stack, and what is for a chart elsewhere says so.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use crate::format::{Format, FormatRole, Formats, How, Shape};
use crate::locate::{File, Linked, Tree, documents, locate_as, same_length_text};
use crate::occurrence::{Caution, Occurrence, Role};
use crate::source::TreePath;
use crate::text::{FileId, Span};

use super::chart::{ChartFile, Inline, Layer};
use super::reach::Reader;
use super::taken::{Layered, Object, Taken};

/// The releases of the chart whose `Chart.yaml` lies at `head`, each with what it lays over the chart's values.
pub(super) fn stacks<'a>(head: &str, readers: &[Reader<'_>], files: &[File<'a>]) -> Vec<Vec<Layer<'a>>> {
    let mut found = Vec::new();
    for (reader, taken) in releases(readers).filter(|(_, taken)| taken.found && taken.paths().iter().any(|path| path.as_str() == head)) {
        let Some(own) = files.iter().find(|file| file.path == reader.path.as_str()) else { continue };
        let stack: Vec<Layer<'a>> = taken.layers.iter().filter_map(|layer| resolved(layer, own, taken.document, files)).collect();
        if !stack.is_empty() {
            found.push(stack);
        }
    }
    found
}

/// The files of values that lie beside the chart of these files, and in no other.
pub(super) fn beside<'a>(own: &[File<'a>], all: &[File<'a>], formats: &Formats) -> Vec<ChartFile<'a>> {
    let folders = chart_folders(all.iter().map(|file| file.path));
    let root = own.iter().filter_map(|file| file.path.strip_suffix("Chart.yaml")).min_by_key(|folder| folder.len());
    let near = |file: &&File<'a>| {
        formats.of_name(file.path).any(is_values) && nearest(file.path, &folders).is_some_and(|folder| Some(folder) == root)
    };
    all.iter().filter(near).map(|file| ChartFile { path: file.path, file: file.id, bytes: file.bytes }).collect()
}

/// The folders of outermost charts, each with a slash behind it.
pub(super) fn chart_folders<'p>(paths: impl Iterator<Item = &'p str>) -> BTreeSet<&'p str> {
    let is_folder = |folder: &&str| folder.is_empty() || folder.ends_with('/');
    let all: BTreeSet<&str> = paths.filter_map(|path| path.strip_suffix("Chart.yaml")).filter(is_folder).collect();
    // A folder comes right before those inside of it.
    let mut outermost = BTreeSet::new();
    for folder in all {
        if !outermost.last().is_some_and(|last: &&str| folder.starts_with(last)) {
            outermost.insert(folder);
        }
    }
    outermost
}

/// How far above a file of values the folder may be in which its chart lies.
const FAR: usize = 4;

/// The chart that a file outside of charts lies beside: the only one below the nearest folder around the file that has any.
pub(super) fn nearest<'p>(path: &str, folders: &BTreeSet<&'p str>) -> Option<&'p str> {
    let above = || path.match_indices('/').map(|(at, _)| &path[..=at]).rev().chain([""]);
    if above().any(|folder| folders.contains(folder)) {
        return None;
    }
    let below = |folder: &str| -> Vec<&'p str> {
        let from = folders.range::<str, _>((Bound::Included(folder), Bound::Unbounded));
        from.take_while(|chart| chart.starts_with(folder)).take(2).copied().collect()
    };
    match above().take(FAR).map(below).find(|charts| !charts.is_empty())?.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

fn releases<'r>(readers: &'r [Reader<'r>]) -> impl Iterator<Item = (&'r Reader<'r>, &'r Taken<'r>)> {
    readers.iter().flat_map(|reader| reader.takes.iter().filter(|taken| taken.how() == How::Chart).map(move |taken| (reader, taken)))
}

fn resolved<'a>(layer: &Layered, own: &File<'a>, document: usize, files: &[File<'a>]) -> Option<Layer<'a>> {
    match layer {
        Layered::Inline(_, inline) | Layered::Parameters(inline) => Some(Layer::Inline(inline.standing(own.id, document))),
        Layered::File(places) => places.iter().find_map(|place| file_at(place, files)),
        Layered::Object(wanted) => files.iter().find_map(|file| object(file, wanted)).map(Layer::Inline),
    }
}

fn file_at<'a>(place: &TreePath, files: &[File<'a>]) -> Option<Layer<'a>> {
    let file = files.iter().find(|file| file.path == place.as_str())?;
    Some(Layer::File(ChartFile { path: file.path, file: file.id, bytes: file.bytes }))
}

/// The values in an object of the file.
fn object(file: &File<'_>, wanted: &Object) -> Option<Inline> {
    memchr::memmem::find(file.bytes, wanted.kind.as_bytes())?;
    let text = same_length_text(file.bytes);
    documents(&text).into_iter().find_map(|range| {
        let document = &text[range.clone()];
        let tree = Tree::read(document).ok()?;
        let root = tree.root()?;
        let said = |path: &[&str]| path.iter().try_fold(root, |node, key| tree.get(node, key));
        let is = |path: &[&str], wanted: &str| said(path).and_then(|node| tree.scalar(node)).is_some_and(|scalar| scalar.text == wanted);
        if !is(&["kind"], &wanted.kind) || !is(&["metadata", "name"], &wanted.name) {
            return None;
        }
        let node = said(&["data", &wanted.key]).filter(|_| wanted.kind == "ConfigMap").or_else(|| said(&["stringData", &wanted.key]))?;
        let inline = match &wanted.target {
            Some(target) => Inline::parameters(std::iter::once((target.as_str(), node)), &tree, document),
            None => Inline::text(&tree, node, document)?,
        };
        Some(inline.standing(file.id, range.start))
    })
}

/// The references among values that releases give one by one, read together as a file of values would be, and in files that they name.
pub(super) fn given(readers: &[Reader<'_>], files: &[File<'_>], formats: &Formats) -> Vec<Occurrence> {
    let mut found = Vec::new();
    let Some(values) = formats.by_role(FormatRole::Values) else { return found };
    for (reader, taken) in releases(readers) {
        let Some(own) = files.iter().find(|file| file.path == reader.path.as_str()) else { continue };
        for layer in &taken.layers {
            match layer {
                Layered::Parameters(inline) => found.append(&mut inline.standing(own.id, taken.document).located(values, formats)),
                // A file of values need not be called so. That for a chart in sight is rendered with it.
                Layered::File(places) if !taken.found => {
                    let file = places.iter().find_map(|place| files.iter().find(|file| file.path == place.as_str()));
                    let file = file.filter(|file| !formats.of_name(file.path).any(is_values));
                    let located = file.map(|file| locate_as(file, formats, &Linked::default(), &values.id));
                    found.extend(located.unwrap_or_default().occurrences);
                }
                _ => {}
            }
        }
    }
    found
}

/// Drops a registry that stands alone where references are made of it: they say what becomes of it.
pub(super) fn drop_parts(found: &mut Vec<Occurrence>) {
    let is_alone = |one: &Occurrence| {
        one.role == Role::Pull && one.pieces.last().is_some_and(|piece| piece.is_elsewhere() && piece.text.starts_with('/'))
    };
    let alone: BTreeSet<Span> = found.iter().filter(|one| is_alone(one)).map(|one| one.place).collect();
    if alone.is_empty() {
        return;
    }
    let pieces = found.iter().filter(|one| !is_alone(one)).flat_map(|one| &one.pieces).filter(|piece| piece.is_editable());
    // They do not overlap each other: whichever begins last before the piece's end is the only one that may reach into it.
    let near = |span: Span| {
        alone.range(..Span { start: span.end, end: span.end, ..span }).next_back().copied().filter(|place| place.overlaps(span))
    };
    let used: BTreeSet<Span> = pieces.filter_map(|piece| near(piece.span)).collect();
    found.retain(|one| !(used.contains(&one.place) && is_alone(one)));
}

/// Whether it is a registry in a chart's values: what is pulled from it stands elsewhere.
pub(super) fn is_registry(one: &Occurrence, formats: &Formats) -> bool {
    has_shape(one, formats, Shape::Registry)
}

/// Whether it is in a chart's values, at a site of that shape.
fn has_shape(one: &Occurrence, formats: &Formats, shape: Shape) -> bool {
    let format = formats.get(&one.format).filter(|format| is_values(format));
    format.is_some_and(|format| format.sites.iter().any(|site| site.id == one.site && site.table.shape == shape))
}

/// Says of repositories in values whose chart is not in sight that a registry may be put before them: of those that a release holds for a chart
/// elsewhere, and of all others that are laid over no chart in sight. `in_sight` are the files of values that are.
pub(super) fn tell_elsewhere(readers: &[Reader<'_>], files: &[File<'_>], formats: &Formats, in_sight: &[FileId], found: &mut [Occurrence]) {
    let whole = |file: &File<'_>| Span::new(file.id, 0..file.bytes.len());
    let mut laid: Vec<Span> = files.iter().filter(|file| in_sight.contains(&file.id)).map(whole).collect();
    let mut elsewhere: Vec<(Span, &str)> = Vec::new();
    for (reader, taken) in releases(readers) {
        let Some(own) = files.iter().find(|file| file.path == reader.path.as_str()) else { continue };
        for layer in &taken.layers {
            let place = match layer {
                Layered::Inline(range, _) => Some(Span::new(own.id, taken.document + range.start..taken.document + range.end)),
                Layered::File(places) => places.iter().find_map(|place| files.iter().find(|file| file.path == place.as_str())).map(whole),
                Layered::Parameters(inline) => inline.standing(own.id, taken.document).bytes(),
                Layered::Object(_) => None,
            };
            match place {
                Some(place) if taken.found => laid.push(place),
                place => elsewhere.extend(place.map(|place| (place, taken.typed.as_str()))),
            }
        }
    }
    for one in found.iter_mut().filter(|one| is_bare(one, formats)) {
        if laid.iter().any(|place| place.contains(one.place)) {
            continue;
        }
        let chart = elsewhere.iter().find(|(place, _)| place.contains(one.place)).map_or("of these values", |(_, chart)| chart);
        one.cautions.push(Caution::ChartElsewhere { chart: chart.into() });
    }
}

fn is_values(format: &Arc<Format>) -> bool {
    format.table.is == Some(FormatRole::Values)
}

/// Says the same of values for dependencies that are not in sight.
pub(super) fn tell_missing(elsewhere: &[(Arc<str>, Inline)], formats: &Formats, found: &mut [Occurrence]) {
    if elsewhere.is_empty() {
        return;
    }
    for one in found.iter_mut().filter(|one| is_bare(one, formats)) {
        let chart = elsewhere.iter().find(|(_, values)| values.holds(one.place));
        one.cautions.extend(chart.map(|(chart, _)| Caution::ChartElsewhere { chart: Arc::clone(chart) }));
    }
}

/// Whether it is a repository without a registry, in a chart's values.
fn is_bare(one: &Occurrence, formats: &Formats) -> bool {
    let is_name = has_shape(one, formats, Shape::Repository) || has_shape(one, formats, Shape::Keys);
    is_name && one.reference().is_ok_and(|reference| reference.domain().is_none())
}
