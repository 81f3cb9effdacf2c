//! Owns what releases of a set lay over charts: each release of a chart in sight is a stack, and what is for a chart elsewhere says so.

use std::collections::BTreeSet;
use std::sync::Arc;

use regex::{Regex, RegexBuilder};

use crate::format::{Format, FormatRole, Formats, How, LayerTable, Shape};
use crate::locate::{Fault, File, Linked, Tree, documents, locate_as, same_length_text};
use crate::occurrence::{Caution, Occurrence, Origin, Piece, Role};
use crate::source::TreePath;
use crate::text::{FileId, Span};

use super::chart::{ChartFile, Inline, Layer, is_template, spelled_together};
use super::contexts;
use super::fit::{Fit, Values};
use super::many::{MANY, has_key_of_images};
use super::place::To;
use super::reach::Reader;
use super::resolve::resolved;
use super::taken::{Layered, Taken};

/// Stacks that one release may be, when what it names is not all known.
const WAYS: usize = 64;
/// Stacks of one chart: it is executed with each.
pub(super) const STACKS: usize = 512;
/// Bytes that the expression of a patch may become.
const COMPILED: usize = 64 << 10;

/// The releases of the chart whose `Chart.yaml` lies at `head`, each with what it lays over the chart's values; of many of which no key may be an
/// image's the first.
pub(super) fn stacks<'a>(
    head: &str,
    readers: &[Reader<'_>],
    (files, formats): (&[File<'a>], &Formats),
    overrides: &[Vec<Override>],
) -> (Vec<Vec<Layer<'a>>>, Vec<Fault>) {
    let (mut found, mut faults, mut left) = (Vec::new(), Vec::new(), MANY);
    let values = formats.by_role(FormatRole::Values);
    let mut is_worth_it = |stack: &Vec<Layer<'a>>| {
        let may_be = |layer: &Layer<'a>| values.is_none_or(|values| has_key_of_images(layer, values));
        !stack.is_empty() && (stack.iter().any(may_be) || left.checked_sub(1).map(|less| left = less).is_some())
    };
    for (reader, taken) in releases(readers).filter(|(_, taken)| taken.found && taken.paths().iter().any(|path| path.as_str() == head)) {
        if found.len() >= STACKS {
            break;
        }
        let folder = head.strip_suffix("/Chart.yaml").unwrap_or_default();
        let more = stacks_of(folder, (reader, taken), (readers, files), overrides, &mut faults);
        found.extend(more.into_iter().filter(&mut is_worth_it));
    }
    (found, faults)
}

/// What one release lays over the values of the chart in `folder`: a stack for each way in which it may be deployed, be it empty.
pub(super) fn stacks_of<'a>(
    folder: &str,
    (reader, taken): (&Reader<'_>, &Taken<'_>),
    (readers, files): (&[Reader<'_>], &[File<'a>]),
    overrides: &[Vec<Override>],
    faults: &mut Vec<Fault>,
) -> Vec<Vec<Layer<'a>>> {
    let Some(own) = files.iter().find(|file| file.path == reader.path.as_str()) else { return Vec::new() };
    let known = taken.like.iter().find_map(|fit| fit.values(folder, &Values::new())).unwrap_or_default();
    let mut lay = |ways: Vec<(Values, Vec<Layer<'a>>)>, layers: &[Layered]| {
        let mut ways = ways;
        for layer in layers {
            if let Layered::Like(fit) = layer {
                ways = ways.into_iter().flat_map(|way| fitting(fit, &way, files)).collect();
            } else if let Some(layer) = resolved(layer, own, taken.document, (readers, files)) {
                for (_, stack) in &mut ways {
                    stack.push(layer.clone());
                }
            }
            if ways.len() > WAYS {
                let message = format!("`{}` may be deployed in {} ways; {WAYS} of them were looked at", taken.typed, ways.len());
                faults.push(Fault { span: Span::new(own.id, taken.document..taken.document), message });
                ways.truncate(WAYS);
            }
        }
        ways
    };
    let mut ways = lay(vec![(known, Vec::new())], &taken.layers);
    let more: Vec<_> = taken.variants.iter().flat_map(|layers| lay(ways.clone(), layers)).collect();
    ways.extend(more);
    let ways = contexts::each(ways, reader, readers, files);
    let mut found = Vec::new();
    for changes in overrides {
        let over: Vec<Layer<'a>> =
            changes.iter().filter(|one| one.is_for(taken)).flat_map(|one| one.layers(&taken.link.table.layers)).collect();
        if !over.is_empty() {
            found.extend(ways.iter().map(|(_, stack)| stack.iter().chain(&over).cloned().collect()));
        }
    }
    found.extend(ways.into_iter().map(|(_, stack)| stack));
    found
}

/// What a kind or a name must be.
enum Meant {
    Word(String),
    Like(Regex),
    /// An expression that is too long to be run may mean anything.
    Any,
}

impl Meant {
    fn new(text: String) -> Self {
        if regex::escape(&text) == text || text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Self::Word(text);
        }
        RegexBuilder::new(&format!("^(?:{text})$")).size_limit(COMPILED).build().map_or(Self::Any, Self::Like)
    }
}

/// A change of an object that deploys a chart.
pub(super) struct Override {
    /// What its kind and its name must be. kustomize reads both as regular expressions.
    object: [Option<Meant>; 2],
    change: Inline,
}

impl Override {
    /// Whether it changes what is taken in there. What it does not say fits everything.
    fn is_for(&self, taken: &Taken<'_>) -> bool {
        let fits = |own: &Option<Meant>, other: &Option<String>| match (own, other) {
            (Some(Meant::Word(own)), Some(other)) => own == other,
            (Some(Meant::Like(own)), Some(other)) => own.is_match(other),
            (None | Some(Meant::Any), _) => true,
            (_, None) => false,
        };
        self.object.iter().zip(&taken.object).all(|(own, other)| fits(own, other))
    }

    fn layers<'a>(&self, tables: &[LayerTable]) -> Vec<Layer<'a>> {
        self.change.amended(tables).into_iter().map(Layer::Inline).collect()
    }
}

/// The changes of objects in the set, those of one document together.
pub(super) fn overrides(readers: &[Reader<'_>], files: &[File<'_>]) -> Vec<Vec<Override>> {
    let named = |taken: &Taken<'_>, change: Inline| {
        let own = [change.said(&["kind"]), change.said(&["metadata", "name"])];
        // A list of operations says nothing of its own.
        let [target, own] = [taken.object.clone(), own].map(Vec::from);
        let mut said = target.into_iter().zip(own).map(|(target, own)| target.or(own).map(Meant::new));
        Override { object: [said.next().flatten(), said.next().flatten()], change }
    };
    let all = readers.iter().map(|reader| {
        let takes = reader.takes.iter().filter(|taken| taken.how() == How::Override);
        let of = |taken: &Taken<'_>| -> Vec<Override> {
            let file = |path: &str| files.iter().find(|file| file.path == path);
            let changes: Vec<Inline> = match taken.layers.as_slice() {
                [Layered::Inline(_, inline)] => {
                    file(reader.path.as_str()).map(|own| inline.standing(own.id, taken.document)).into_iter().collect()
                }
                _ => taken.paths().iter().filter_map(|path| file(path.as_str())).flat_map(whole).collect(),
            };
            changes.into_iter().map(|change| named(taken, change)).collect()
        };
        takes.flat_map(of).collect::<Vec<_>>()
    });
    all.filter(|all| !all.is_empty()).collect()
}

/// The documents of a file.
fn whole(file: &File<'_>) -> Vec<Inline> {
    let text = same_length_text(file.bytes);
    let read = |range: std::ops::Range<usize>| {
        let document = &text[range.clone()];
        let tree = Tree::read(document).ok()?;
        Some(Inline::tree(&tree, tree.root()?, document).standing(file.id, range.start))
    };
    documents(&text).into_iter().filter_map(read).collect()
}

/// A stack with each of the files that fit over it; the stack itself, where none does. What a chart has by itself is no other's.
fn fitting<'a>(fit: &Fit, (known, stack): &(Values, Vec<Layer<'a>>), files: &[File<'a>]) -> Vec<(Values, Vec<Layer<'a>>)> {
    let is_own = |path: &str| {
        path.strip_suffix("values.yaml").is_some_and(|folder| files.iter().any(|file| file.path.strip_suffix("Chart.yaml") == Some(folder)))
    };
    let is_of_values = |path: &str| matches!(path.rsplit_once('.'), Some((_, "yaml" | "yml" | "json"))) || is_template(path);
    let is_values = |file: &&File<'a>| is_of_values(file.path) && !is_own(file.path);
    let over = |file: &File<'a>| {
        let values = fit.values(file.path, known)?;
        let layer = Layer::File(ChartFile { path: file.path, file: file.id, bytes: file.bytes });
        Some((values, stack.iter().cloned().chain([layer]).collect()))
    };
    let found: Vec<_> = files.iter().filter(is_values).filter_map(over).collect();
    if found.is_empty() { vec![(known.clone(), stack.clone())] } else { found }
}

/// Finds the charts that releases mean by names that are not all known, among those whose `Chart.yaml` lie at `heads`.
pub(super) fn recognise<'p>(readers: &mut [Reader<'_>], heads: &(impl Iterator<Item = &'p str> + Clone)) {
    for taken in readers.iter_mut().flat_map(|reader| &mut reader.takes).filter(|taken| taken.how() == How::Chart && !taken.like.is_empty())
    {
        let is_meant = |head: &&str| taken.like.iter().any(|fit| head.strip_suffix("/Chart.yaml").is_some_and(|folder| fit.is(folder)));
        let found: Vec<TreePath> = heads.clone().filter(is_meant).filter_map(|head| TreePath::new(head).ok()).collect();
        if found.is_empty() {
            continue;
        }
        match &mut taken.to {
            To::Paths(paths) if taken.found => paths.extend(found),
            to => *to = To::Paths(found),
        }
        taken.found = true;
    }
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

fn releases<'r>(readers: &'r [Reader<'r>]) -> impl Iterator<Item = (&'r Reader<'r>, &'r Taken<'r>)> {
    readers.iter().flat_map(|reader| reader.takes.iter().filter(|taken| taken.how() == How::Chart).map(move |taken| (reader, taken)))
}

/// The references among values that releases give one by one, read together as a file of values would be, and in files that they name.
pub(super) fn given(readers: &[Reader<'_>], files: &[File<'_>], formats: &Formats) -> Vec<Occurrence> {
    let mut found = Vec::new();
    let Some(values) = formats.by_role(FormatRole::Values) else { return found };
    for (reader, taken) in releases(readers) {
        let Some(own) = files.iter().find(|file| file.path == reader.path.as_str()) else { continue };
        for layer in taken.all_layers() {
            match layer {
                Layered::Parameters(inline) => found.append(&mut inline.standing(own.id, taken.document).located(values, formats)),
                // A file of values need not be called so. That for a chart in sight is rendered with it.
                Layered::File(places) if !taken.found => {
                    let file = places.iter().find_map(|place| files.iter().find(|file| file.path == place.as_str()));
                    let file = file.filter(|file| !is_called_so(file.path, formats));
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
pub(super) fn drop_parts(formats: &Formats, found: &mut Vec<Occurrence>) {
    let is_below = |piece: &Piece| piece.is_elsewhere() && piece.text.starts_with('/');
    let is_prefix = |one: &Occurrence| one.role == Role::Pull && one.pieces.last().is_some_and(is_below);
    let is_alone = |one: &Occurrence| is_prefix(one) || is_registry(one, formats);
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

/// Whether it is a registry: what is pulled from it stands elsewhere.
pub(super) fn is_registry(one: &Occurrence, formats: &Formats) -> bool {
    formats.get(&one.format).is_some_and(|format| has_shape(one, format, Shape::Registry))
}

/// Whether it is at a site of that shape.
fn has_shape(one: &Occurrence, format: &Format, shape: Shape) -> bool {
    format.sites().iter().any(|site| site.id == one.site && site.table.shape == shape)
}

/// Lets references in values whose chart is not in sight be what all layers of their releases spell together.
pub(super) fn spell_elsewhere(
    (readers, overrides): (&[Reader<'_>], &[Vec<Override>]),
    files: &[File<'_>],
    formats: &Formats,
    found: &mut Vec<Occurrence>,
) {
    let mut stacks: Vec<Vec<Layer<'_>>> = Vec::new();
    for (reader, taken) in releases(readers).filter(|(_, taken)| !taken.found) {
        let room = STACKS.saturating_sub(stacks.len());
        stacks.extend(stacks_of("", (reader, taken), (readers, files), overrides, &mut Vec::new()).into_iter().take(room));
    }
    // What nothing is laid over anywhere is what its file says.
    if stacks.iter().all(|stack| stack.len() < 2) {
        return;
    }
    let (alone, others): (Vec<_>, Vec<_>) = std::mem::take(found).into_iter().partition(|one| is_registry(one, formats));
    *found = spelled_together(others, &stacks, formats);
    found.extend(alone);
}

/// Says of repositories in values whose chart is not in sight that a registry may be put before them: of those that a release holds for a chart
/// elsewhere, and of all others that are laid over no chart in sight. `in_sight` are the files of values that are.
pub(super) fn tell_elsewhere(readers: &[Reader<'_>], files: &[File<'_>], formats: &Formats, in_sight: &[FileId], found: &mut [Occurrence]) {
    let whole = |file: &File<'_>| Span::new(file.id, 0..file.bytes.len());
    let mut laid: Vec<Span> = files.iter().filter(|file| in_sight.contains(&file.id)).map(whole).collect();
    let mut elsewhere: Vec<(Span, &str)> = Vec::new();
    for (reader, taken) in releases(readers) {
        let Some(own) = files.iter().find(|file| file.path == reader.path.as_str()) else { continue };
        for layer in taken.all_layers() {
            let place = match layer {
                Layered::Inline(range, _) => Some(Span::new(own.id, taken.document + range.start..taken.document + range.end)),
                Layered::File(places) => places.iter().find_map(|place| files.iter().find(|file| file.path == place.as_str())).map(whole),
                Layered::Parameters(inline) => inline.standing(own.id, taken.document).bytes(),
                Layered::Object(_) | Layered::Like(_) => None,
            };
            match place {
                Some(place) if taken.found => laid.push(place),
                place => elsewhere.extend(place.map(|place| (place, taken.typed.as_str()))),
            }
        }
    }
    let is_used = |one: &Override| releases(readers).any(|(_, taken)| taken.found && one.is_for(taken));
    laid.extend(overrides(readers, files).iter().flatten().filter(|one| is_used(one)).filter_map(|one| one.change.bytes()));
    let is_of_values = |one: &Occurrence| formats.get(&one.format).is_some_and(is_values);
    for one in found.iter_mut().filter(|one| has_no_domain(one, formats) || is_of_values(one) && is_registry(one, formats)) {
        let is_alone = is_registry(one, formats);
        if laid.iter().any(|place| place.contains(one.place)) {
            // What its chart pulls from there is known.
            one.role = if is_alone { Role::Config } else { one.role };
            continue;
        }
        let chart =
            elsewhere.iter().find(|(place, _)| place.contains(one.place)).filter(|_| is_alone || may_go_on(one)).map(|(_, chart)| *chart);
        let chart = chart.or_else(|| (is_alone || is_repository(one, formats)).then_some(""));
        one.cautions.extend(chart.map(|chart| Caution::ChartElsewhere { chart: chart.into() }));
    }
}

/// Whether a file is called as values are.
pub(super) fn is_called_so(path: &str, formats: &Formats) -> bool {
    formats.of_name(path).any(is_values)
}

fn is_values(format: &Arc<Format>) -> bool {
    format.table.is == Some(FormatRole::Values)
}

/// Says the same of values for dependencies that are not in sight.
pub(super) fn tell_missing(elsewhere: &[(Arc<str>, Inline)], formats: &Formats, found: &mut [Occurrence]) {
    if elsewhere.is_empty() {
        return;
    }
    for one in found.iter_mut().filter(|one| has_no_domain(one, formats) && (is_repository(one, formats) || may_go_on(one))) {
        let chart = elsewhere.iter().find(|(_, values)| values.holds(one.place));
        one.cautions.extend(chart.map(|(chart, _)| Caution::ChartElsewhere { chart: Arc::clone(chart) }));
    }
}

/// Whether it stands in a chart's values, without a registry.
fn has_no_domain(one: &Occurrence, formats: &Formats) -> bool {
    // Where the values say that there is no registry, none is put before it.
    let says_none = one.pieces.first().is_some_and(|piece| piece.text.is_empty() && piece.origin == Origin::Implied);
    let is_of_values = formats.get(&one.format).is_some_and(is_values);
    is_of_values && !says_none && one.reference().is_ok_and(|reference| reference.domain().is_none())
}

/// Whether keys of its own spell it.
fn is_repository(one: &Occurrence, formats: &Formats) -> bool {
    let has = |format: &Arc<Format>| has_shape(one, format, Shape::Repository) || has_shape(one, format, Shape::Keys);
    formats.get(&one.format).is_some_and(has)
}

/// Whether it is no whole reference: its chart has to put a version behind it, and may put something before it as well.
fn may_go_on(one: &Occurrence) -> bool {
    one.reference().is_ok_and(|reference| reference.tag().is_none() && reference.digest().is_none())
}
