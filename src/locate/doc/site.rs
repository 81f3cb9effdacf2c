//! Owns the reading of one value at one site: its shape, its siblings and its guards make an occurrence of it, or not.

use std::borrow::Cow;
use std::sync::Arc;

use super::defined::MOST;
use super::keys::{Mappings, Spelling, Value, has_host};
use super::parts::{Part, Whole};
use super::scalar::Decoded;
use super::scope::Scope;
use super::source::Source;
use super::tree::{NodeId, Scalar, TagKind};
use crate::format::{Guard, Interpolation, Parts, Shape, Site};
use crate::locate::engine::Context;
use crate::locate::evidence::evidence;
use crate::locate::interpolate::{Kind, LONGEST, Segment};
use crate::locate::official::begins_names_of_hub;
use crate::locate::{Fault, inside};
use crate::occurrence::{Caution, ChartAddress, Confidence, Keep, Occurrence, Origin, Piece, Role};
use crate::platform::Platform;
use crate::reference::{HOLE, KeyPart, Naming, Reference, holds_a_machine};
use crate::text::Span;

/// A value at a site.
pub(super) struct Place<'p, 's> {
    pub(super) scope: Scope<'p, 's>,
    pub(super) mappings: &'p Mappings<'s>,
    pub(super) site: &'p Site,
    pub(super) scalar: NodeId,
    /// The mapping that holds the value.
    pub(super) parent: Option<NodeId>,
    /// The sequence that holds it.
    pub(super) list: Option<NodeId>,
}

impl<'p, 's> Place<'p, 's> {
    /// Reads the value; whether the site has it, so that no other is asked.
    pub(super) fn look(&self, found: &mut Vec<Occurrence>, faults: &mut Vec<Fault>) -> bool {
        let Some(scalar) = self.scope.source.tree.scalar(self.scalar) else { return false };
        let is_read = |tag: &str| self.scope.source.format.table.read_tags.iter().any(|read| read == tag);
        // Many programs read a text whatever its tag says; of what a tag computes nobody knows the name.
        let names_registry = || Reference::parse(&scalar.text).is_ok_and(|name| name.domain().is_some());
        let is_other = scalar.tag == TagKind::Custom && !self.scope.source.tree.tag(self.scalar).is_some_and(is_read) && !names_registry();
        if is_other || scalar.is_null() || scalar.text.trim().is_empty() || !self.stands_beside() {
            return false;
        }
        if self.scope.source.format.table.placeholders.iter().any(|word| *word == scalar.text) {
            return true;
        }
        let decoded = Decoded::new(scalar, self.scope.source.text);
        if scalar.tag == TagKind::Binary {
            let span = decoded.span(0..0, self.scope.source.context.file);
            faults.push(Fault { span, message: "a value in base64 (`!!binary`); it is not read".to_owned() });
            return true;
        }
        if self.site.table.shape == Shape::Embedded {
            return self.embedded(&decoded, found, faults);
        }
        let spelled = self.spelled(&decoded);
        if spelled.is_none() && matches!(self.site.table.shape, Shape::Keys | Shape::Chart) {
            return false;
        }
        let spelled = spelled.unwrap_or_default();
        let mut whole = Whole { text: decoded.text, uses: Vec::new(), item_after: None };
        if matches!(self.site.table.parts, Parts::Argv | Parts::Shell) {
            let uses = decoded.segments(self.interpolation()).iter().filter(|segment| segment.kind != Kind::Literal);
            whole.uses = uses.map(|segment| segment.range.clone()).collect();
            whole.item_after = self.item_before();
        }
        let is_one = self.site.table.parts == Parts::Whole && self.interpolation() != Interpolation::None;
        if is_one && decoded.text.len() > LONGEST && decoded.text.contains('$') && !has_blank(decoded.text) {
            let message = format!("a value of more than {LONGEST} bytes; it is not read for variables");
            let span = decoded.span(0..decoded.text.len(), self.scope.source.context.file);
            faults.push(Fault { span: Span { end: span.start, ..span }, message });
        }
        let before = found.len();
        let (spelled, overridden) = self.overridden(spelled, decoded.text);
        for part in whole.parts(self.site) {
            for spelled in [Some(&spelled), overridden.as_ref()].into_iter().flatten() {
                self.part(&decoded, scalar, &part, spelled, found);
            }
        }
        found.len() > before
    }

    /// Reads one text of the value, in each way that it may be read.
    fn part(&self, decoded: &Decoded<'_>, scalar: &Scalar<'_>, part: &Part<'_>, spelled: &Spelled, found: &mut Vec<Occurrence>) {
        let alternatives = self.scope.alternatives(decoded, scalar, part.range.clone());
        let forked = alternatives.len() > 1 && !self.scope.source.actions.is_empty();
        // Of a text that is chosen by an action nothing else says that it is an image.
        // What keys spell together is as strict as they say, and as the site wants.
        let wanted = self.site.table.guard;
        let is_host_wanted = forked || wanted == Guard::HostQualified;
        let guard = if is_host_wanted { Guard::HostQualified } else { spelled.guard.unwrap_or(wanted) };
        let name = part.name.map_or_else(|| self.name(), Arc::from);
        let is_alone = self.site.table.siblings.is_empty() && self.site.table.shape != Shape::Keys;
        let origin = if is_alone { Origin::Literal } else { Origin::Sibling { key: self.key() } };
        for segments in alternatives {
            let own = || Some(segments.first()?.range.start..segments.last()?.range.end);
            let Some(place) = (if forked { own() } else { Some(part.range.clone()) }) else { continue };
            let mut place = decoded.span(place, self.scope.source.context.file);
            place.start = spelled.address.as_ref().map_or(place.start, |address| address.written.start);
            for pieces in self.scope.readings(decoded, &segments, &origin) {
                found.extend(self.occurrence(pieces, place, guard, &name, spelled));
            }
        }
    }

    /// Of an item of a sequence, the one before it; nothing but empty for the first.
    fn item_before(&self) -> Option<&'p str> {
        let tree = self.scope.source.tree;
        let items = self.list.map(|list| tree.items(list))?;
        let at = items.iter().position(|item| tree.target(*item) == tree.target(self.scalar))?;
        let before = at.checked_sub(1).and_then(|before| items.get(before)).and_then(|before| tree.scalar(*before));
        Some(before.map_or("", |before| before.text.as_ref()))
    }

    fn stands_beside(&self) -> bool {
        let table = &self.site.table;
        let there = |key: &String| self.sibling_node(key).is_some();
        table.beside.iter().all(there)
            && (table.beside_any.is_empty() || table.beside_any.iter().any(there))
            && !table.not_beside.iter().any(|key| self.is_set(key))
    }

    /// Whether a key stands beside the value, with a value of its own.
    pub(super) fn is_set(&self, key: &str) -> bool {
        let scalar = |id| self.scope.source.tree.scalar(id);
        self.sibling_node(key).is_some_and(|id| scalar(id).is_none_or(|value| !value.is_null() && !value.text.is_empty()))
    }

    pub(super) fn sibling_node(&self, key: &str) -> Option<NodeId> {
        self.scope.source.tree.get(self.parent?, key)
    }

    fn interpolation(&self) -> Interpolation {
        self.scope.source.format.table.interpolation
    }

    fn occurrence(&self, mut pieces: Vec<Piece>, place: Span, guard: Guard, name: &str, spelled: &Spelled) -> Option<Occurrence> {
        // The beginning of names is found in the text, as it is wherever no format looks.
        let is_alone = spelled.front.is_empty() && spelled.tag.is_none() && spelled.digest.is_none();
        if is_alone && matches!(self.site.table.shape, Shape::Reference | Shape::Keys) && begins_names_of_hub(name, &joined(&pieces)) {
            return None;
        }
        match self.site.table.shape {
            Shape::Repository | Shape::Keys => add_siblings(&mut pieces, place, spelled),
            Shape::Chart => self.add_chart(&mut pieces, place),
            // What is pulled from there stands elsewhere.
            Shape::Registry => pieces.push(Piece::implied(format!("/{HOLE}"), Span { start: place.end, ..place })),
            _ => {}
        }
        let mut occurrence = Occurrence {
            format: Arc::clone(&self.scope.source.format.id),
            site: Arc::clone(&self.site.id),
            role: self.role(),
            class: self.scope.source.format.table.class,
            confidence: self.site.table.confidence.max(spelled.confidence),
            place,
            pieces,
            platform: self.platform(),
            cautions: self.keep().map(Caution::Keep).into_iter().chain(spelled.preceded.clone()).collect(),
        };
        occurrence.cautions.extend(spelled.address.clone().map(|address| Caution::Chart(Arc::new(address))));
        match evidence(&occurrence, guard, self.interpolation(), name) {
            Some(sure) => occurrence.confidence = occurrence.confidence.max(sure),
            None if guard == Guard::Name && occurrence.misspelled().is_some() => {}
            None => return None,
        }
        occurrence.cautions.extend(self.around(guard, &occurrence));
        Some(occurrence)
    }

    /// What is said of a whole name without a registry, where only its key tells that it is an image, and a registry for all of them stands around it.
    fn around(&self, guard: Guard, one: &Occurrence) -> Option<Caution> {
        let is_guess = matches!(guard, Guard::Named | Guard::NamedPath | Guard::ReferenceLike | Guard::WellFormed);
        if self.site.table.shape != Shape::Reference || !is_guess || one.reference().is_ok_and(|reference| reference.domain().is_some()) {
            return None;
        }
        let (tree, file) = (self.scope.source.tree, self.scope.source.context.file);
        let (path, root, key) = (self.scope.path, self.scope.source.root, self.key());
        let text = &tree.scalar(self.scalar)?.text;
        let value = Value { tree, mappings: self.mappings, path, root, mapping: self.parent?, key: &key, text };
        let (key, registry) = value.registry_around()?;
        Some(Caution::Preceded { variable: Arc::from(key), at: Span::new(file, tree.scalar(registry)?.raw.clone()) })
    }

    /// What the value is called: the `name` beside a `value`, or its key, behind one that means an image not far around it.
    fn name(&self) -> Arc<str> {
        let key = self.key();
        let name = matches!(&*key, "value" | "default").then(|| self.scope.source.tree.scalar(self.sibling_node("name")?)).flatten();
        if let Some(name) = name {
            return Arc::from(name.text.as_ref());
        }
        let mut above = self.scope.path.iter().rev().skip(1).filter_map(|step| step.key).take(2).peekable();
        if self.is_of_a_machine(&key) {
            return Arc::from("");
        }
        let is_list = |around: &&str| Naming::of(around) == Naming::Image && (key.is_empty() || around.ends_with(['s', 'S']));
        if let Some(list) = above.peek().filter(|around| is_list(around)) {
            return Arc::from(*list);
        }
        let is_part =
            matches!(KeyPart::of(&key), Some(KeyPart::Registry | KeyPart::Host | KeyPart::Namespace | KeyPart::Tag | KeyPart::Digest));
        match above.find(|around| Naming::has_image(around)).filter(|_| !(is_part || Naming::has_image(&key))) {
            Some(around) => Arc::from(format!("{around}.{key}")),
            None => key,
        }
    }

    /// Whether the key around the image is a machine's or its disk's.
    fn is_of_a_machine(&self, key: &str) -> bool {
        let mut above = self.scope.path.iter().rev().skip(1).filter_map(|step| step.key);
        let around = if Naming::has_image(key) { above.next() } else { above.find(|key| Naming::has_image(key)).and(above.next()) };
        around.is_some_and(holds_a_machine)
    }

    /// The platform that the key beside the value names.
    fn platform(&self) -> Option<Platform> {
        let pieces = self.first_beside(&self.site.table.platform)?;
        pieces.iter().map(|piece| piece.text.as_str()).collect::<String>().parse().ok()
    }

    fn role(&self) -> Role {
        let table = &self.site.table;
        table
            .role_beside
            .iter()
            .find(|beside| self.is_set(&beside.key) || self.is_set_elsewhere(&beside.key))
            .map_or(table.role, |beside| beside.role)
    }

    /// Whether a file that is laid over this one, or under it, sets a key beside the value.
    fn is_set_elsewhere(&self, key: &str) -> bool {
        let keys = &self.scope.source.context.linked.keys;
        let above = || self.scope.path.iter().rev().skip(1).rev().filter_map(|step| step.key);
        !keys.is_empty() && keys.contains(&above().chain([key]).collect::<Vec<_>>().join("."))
    }

    fn keep(&self) -> Option<Keep> {
        self.site.table.keep.or(self.scope.source.format.table.keep).or(self.scope.source.context.keep)
    }

    fn key(&self) -> Arc<str> {
        let tree = self.scope.source.tree;
        let key = self.parent.and_then(|parent| tree.pairs(parent).iter().find(|(_, value)| *value == self.scalar));
        Arc::from(key.and_then(|(key, _)| tree.scalar(*key)).map_or("", |key| key.text.as_ref()))
    }

    /// What stands around the value, as the site's table or the keys' own words say; `None` where they spell no reference.
    fn spelled(&self, decoded: &Decoded<'_>) -> Option<Spelled> {
        let (siblings, text) = (&self.site.table.siblings, decoded.text);
        match self.site.table.shape {
            Shape::Chart => Some(Spelled { address: Some(self.chart_address(decoded)?), ..Spelled::default() }),
            Shape::Keys => {
                let key = self.key();
                let tree = self.scope.source.tree;
                let (path, root) = (self.scope.path, self.scope.source.root);
                let value = Value { tree, mappings: self.mappings, path, root, mapping: self.parent?, key: &key, text };
                Some(self.spelled_by_keys(&value.spelling()?))
            }
            Shape::Repository => {
                let named = |keys: &[String], top: &[String]| self.first_beside(keys).or_else(|| self.first_at(top));
                let registry = named(&siblings.registry, &siblings.registry_default);
                let namespace = named(&siblings.namespace, &siblings.namespace_default);
                Some(Spelled {
                    front: [registry, namespace].into_iter().flatten().collect(),
                    tag: self.first_beside(&siblings.tag),
                    digest: self.first_beside(&siblings.digest),
                    ..Spelled::default()
                })
            }
            _ => None,
        }
    }

    fn spelled_by_keys(&self, spelling: &Spelling<'s>) -> Spelled {
        let beside = |(key, node): (&str, NodeId)| self.sibling(node, key);
        let siblings = &self.site.table.siblings;
        let mut front: Vec<_> = spelling.front.iter().copied().filter_map(beside).collect();
        if front.is_empty() {
            front.extend(self.first_at(&siblings.registry_default));
            front.extend(self.first_at(&siblings.namespace_default));
        }
        Spelled {
            front,
            tag: spelling.tag.and_then(beside),
            digest: spelling.digest.and_then(beside),
            address: None,
            preceded: None,
            guard: Some(spelling.guard),
            confidence: spelling.confidence,
            no_registry: spelling.no_registry.and_then(|node| {
                let raw = self.scope.source.tree.scalar(node)?.raw.clone();
                Some(Span::new(self.scope.source.context.file, raw))
            }),
        }
    }

    fn first_beside(&self, keys: &[String]) -> Option<Vec<Piece>> {
        keys.iter().find_map(|key| self.sibling(self.sibling_node(key)?, key))
    }

    /// The ways in which a value is spelled where a registry for all images is set: behind that one, and behind its own if it has one, since only who uses
    /// them says which of the two it is. Before a whole name nobody knows whether it stands.
    fn overridden(&self, spelled: Spelled, text: &str) -> (Spelled, Option<Spelled>) {
        let Some(registry) = self.first_at(&self.site.table.siblings.registry_override) else { return (spelled, None) };
        let Some(piece) = registry.first().cloned() else { return (spelled, None) };
        if has_host(text) {
            let preceded = if let Origin::Sibling { key } = &piece.origin { Some(key) } else { None };
            let preceded = preceded.map(|key| Caution::Preceded { variable: Arc::clone(key), at: piece.span });
            return (Spelled { preceded, ..spelled }, None);
        }
        let is_registry = |part: &Vec<Piece>| {
            let key =
                part.first().and_then(|piece| if let Origin::Sibling { key } = &piece.origin { key.rsplit('.').next() } else { None });
            key.and_then(KeyPart::of).is_some_and(|part| matches!(part, KeyPart::Registry | KeyPart::Host))
        };
        let own = spelled.front.iter().take(1).filter(|part| is_registry(part)).count();
        let is_same = spelled.front.first().and_then(|part| part.first()).is_some_and(|own| own.span == piece.span);
        let front = std::iter::once(registry).chain(spelled.front.iter().skip(own).cloned()).collect();
        let overridden = Spelled { front, no_registry: None, ..spelled.clone() };
        match (is_same, own) {
            (true, _) => (spelled, None),
            (false, 0) => (overridden, None),
            (false, _) => (spelled, Some(overridden)),
        }
    }

    /// The first of the paths from the outermost key that leads to a value.
    fn first_at(&self, paths: &[String]) -> Option<Vec<Piece>> {
        let tree = self.scope.source.tree;
        paths.iter().find_map(|path| {
            let node = path.split('.').try_fold(self.scope.source.root?, |node, key| tree.get(node, key))?;
            self.sibling(node, path)
        })
    }

    /// The pieces of a value that is set.
    pub(super) fn sibling(&self, node: NodeId, key: &str) -> Option<Vec<Piece>> {
        self.scope.source.tree.scalar(node).filter(|value| !value.text.is_empty())?;
        self.scope.text(node, &Origin::Sibling { key: Arc::from(key) })
    }

    /// The text of a value with the actions in it as they were before they were masked, as far as each stands in it byte for byte.
    fn with_actions<'d>(&self, decoded: &Decoded<'d>) -> Cow<'d, str> {
        let mut text = Cow::Borrowed(decoded.text);
        let raw = self.scope.source.tree.scalar(self.scalar).map(|scalar| scalar.raw.clone()).unwrap_or_default();
        let inside = self.scope.source.actions.iter().filter(|action| raw.start <= action.range.start && action.range.end <= raw.end);
        for action in inside {
            let range = decoded.text_at(action.range.start).zip(decoded.text_at(action.range.end - 1)).map(|(start, last)| start..last + 1);
            let written = self.scope.source.original.get(action.range.clone());
            if let (Some(range), Some(written)) = (range, written)
                && range.len() == written.len()
                && text.is_char_boundary(range.start)
                && text.is_char_boundary(range.end)
            {
                text.to_mut().replace_range(range, written);
            }
        }
        text
    }

    /// Looks into the document that the value holds, and carries what is found there back to this one; whether there is anything. A document of
    /// which the format knows nothing may be of another one.
    fn embedded(&self, decoded: &Decoded<'s>, found: &mut Vec<Occurrence>, faults: &mut Vec<Fault>) -> bool {
        let Some(name) = self.variable(decoded) else { return self.document(decoded, found, faults) };
        let Source { tree, text, .. } = *self.scope.source;
        let format = self.site.table.format.as_deref().and_then(|id| self.scope.source.context.formats.get(id));
        let is_new = |node: &NodeId| format.is_some_and(|format| self.scope.defined.is_new_document(*node, &format.id));
        let scalars = self.scope.definitions(&name).into_iter().take(MOST).filter(is_new).filter_map(|node| tree.scalar(node));
        let of_text = scalars.filter(|scalar| scalar.tag == TagKind::Core && !scalar.is_null());
        let mut is_any = false;
        for value in of_text.map(|scalar| Decoded::new(scalar, text)).filter(|value| self.variable(value).is_none()) {
            is_any |= self.document(&value, found, faults);
        }
        is_any
    }

    /// The variable that the whole value is.
    fn variable(&self, decoded: &Decoded<'_>) -> Option<Arc<str>> {
        match decoded.segments(self.interpolation()) {
            [Segment { range, kind: Kind::Hole(name) }] if *range == (0..decoded.text.len()) => Some(Arc::clone(name)),
            _ => None,
        }
    }

    /// The same of a text that is the document.
    fn document(&self, decoded: &Decoded<'s>, found: &mut Vec<Occurrence>, faults: &mut Vec<Fault>) -> bool {
        let context = self.scope.source.context;
        let format = self.site.table.format.as_deref().and_then(|id| context.formats.get(id));
        let (Some(format), Some(depth)) = (format, context.depth.checked_add(1).filter(|depth| *depth <= 3)) else { return true };
        let file = self.scope.source.context.file;
        // At a place that may hold anything, what is no document is another text.
        let is_sure = self.site.table.guard == Guard::Name;
        let text = self.with_actions(decoded);
        let inner = inside(&text, format, Context { depth, ..context });
        if !is_sure && !inner.faults.is_empty() {
            return false;
        }
        let keep = self.keep();
        let is_any = !inner.occurrences.is_empty() || !inner.faults.is_empty();
        let to = |span: Span| if span.file == file { decoded.span(span.range(), file) } else { span };
        found.extend(inner.occurrences.into_iter().map(|mut occurrence| {
            let pieces = occurrence.pieces.iter().flat_map(|piece| decoded.carry(piece, file)).collect();
            occurrence.map_spans(to);
            occurrence.pieces = pieces;
            occurrence.cautions.extend(keep.map(Caution::Keep));
            occurrence
        }));
        faults.extend(inner.faults.into_iter().map(|fault| Fault { span: to(fault.span), ..fault }));
        is_any
    }
}

fn joined(pieces: &[Piece]) -> String {
    pieces.iter().map(|piece| piece.text.as_str()).collect()
}

/// What stands around a value.
#[derive(Clone, Debug, Default)]
struct Spelled {
    /// What stands before it, with a slash between each.
    front: Vec<Vec<Piece>>,
    tag: Option<Vec<Piece>>,
    digest: Option<Vec<Piece>>,
    /// How the address is written that it is.
    address: Option<ChartAddress>,
    /// What may stand before it, for all that is known.
    preceded: Option<Caution>,
    /// What the whole must look like, where the site does not say it.
    guard: Option<Guard>,
    confidence: Confidence,
    /// Where it is said that there is no registry.
    no_registry: Option<Span>,
}

/// Puts the registry and the namespace before the value, the tag and the digest after it.
fn add_siblings(pieces: &mut Vec<Piece>, place: Span, spelled: &Spelled) {
    let at_start = Span { end: place.start, ..place };
    let at_end = Span { start: place.end, ..place };
    let mut front = Vec::new();
    for part in &spelled.front {
        let slash = part.last().is_some_and(|piece| piece.text.ends_with('/'));
        front.extend(part.iter().cloned());
        if !slash {
            front.push(Piece::implied("/", at_start));
        }
    }
    pieces.splice(0..0, front);
    pieces.splice(0..0, spelled.no_registry.map(|at| Piece::implied("", at)));
    let value = joined(pieces);
    let last = value.rsplit('/').next().unwrap_or_default();
    if !last.contains([':', '@']) {
        if let Some(tag) = &spelled.tag {
            pieces.push(Piece::implied(":", at_end));
            pieces.extend(tag.iter().cloned());
        } else if !last.ends_with(HOLE) {
            // The tag comes from elsewhere (the chart's appVersion, the base of an overlay): unknown, and nothing to show.
            pieces.push(Piece::implied(format!(":{HOLE}"), at_end));
        }
    }
    if !last.contains('@')
        && let Some(digest) = &spelled.digest
    {
        let bare = !digest.iter().any(|piece| piece.text.contains(':') || piece.text.contains(HOLE));
        pieces.push(Piece::implied(if bare { "@sha256:" } else { "@" }, at_end));
        pieces.extend(digest.iter().cloned());
    }
}

/// Whether a text has a blank or a line break that is no variable's: then it is no reference, whatever its variables are.
fn has_blank(text: &str) -> bool {
    let mut open = 0_usize;
    let mut before = b' ';
    text.trim().bytes().any(|byte| {
        match byte {
            b'{' if before == b'$' => open += 1,
            b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        before = byte;
        open == 0 && byte.is_ascii_whitespace()
    })
}
