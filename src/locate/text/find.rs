//! Owns making occurrences of the names that stand in texts, as far as their classes are edited, and reading them again.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::built::{BUILT, Built, Sharing, built};
use super::key::called;
use super::name::Address;
use super::owned::Owned;
use super::page::{self, PAGE};
use super::pieces::pieces;
use super::rows::{self, ROW, Registry};
use super::{Cover, Met, MetInFile, Stands, TEXT, name};
use crate::config::Classes;
use crate::format::{Engine, Format, Formats, Site};
use crate::locate::{Fault, File, Located, PLACES};
use crate::occurrence::{Caution, ChartAddress, Class, Confidence, Occurrence, Origin, Piece, Role, USES};
use crate::reference::{HOLE, Invalid, Scheme};
use crate::text::{Edits, FileId, Span};

/// What becomes an occurrence of the names that were met in texts.
#[derive(Clone, Copy)]
pub(crate) struct Search<'s> {
    /// What was met in each file.
    pub(crate) met: &'s [MetInFile],
    /// Where an edit is right, by the path of the file.
    pub(crate) classes: &'s dyn Fn(&str) -> &'s Classes,
    /// Which files are read by what.
    pub(crate) formats: &'s Formats,
}

impl Search<'_> {
    /// The names met in `files` that belong to none of the occurrences that are `known`. Where one of these was not sure to be an image, a name that
    /// spells out its registry makes it sure.
    pub(crate) fn occurrences(&self, files: &[File<'_>], known: &mut [Occurrence], sharing: &Sharing) -> Located {
        let Some(format) = self.formats.get(TEXT) else { return Located::default() };
        let mut known_spans: Option<Owned<usize>> = None;
        let on_variables = built(files, self.met, sharing);
        let (mut located, mut spelled) = (Located::default(), BTreeSet::new());
        for (file, met) in files.iter().zip(self.met) {
            located.faults.extend(met.cut.map(|at| beyond(file.id, at)));
            for one in &met.names {
                let place = Span::new(file.id, one.name.range.clone());
                if one.role == Role::Push {
                    // A document may say only that it is an image.
                    let owner = known_spans.get_or_insert_with(|| owned(known)).at(place).and_then(|owner| known.get_mut(*owner));
                    owner.into_iter().filter(|owner| owner.role == Role::Pull).for_each(|owner| owner.role = Role::Push);
                }
                let classes = (self.classes)(file.path);
                let is_edited = match one.stands {
                    // A command pulls it whoever runs it.
                    Stands::Undeclared if one.site == "command" && one.class == Class::Deploy && one.cover == Cover::Name => {
                        classes.edit(file.path, one.class)
                    }
                    Stands::Undeclared => classes.name(file.path, one.class),
                    Stands::Alone => classes.edit(file.path, one.class),
                };
                let rows = if is_edited { in_rows(file.bytes, one) } else { None };
                if let (Some((registry, repository)), Some(site)) = (rows, format.site_at(ROW)) {
                    let place = Span::new(file.id, repository.clone());
                    let pieces = rows::pieces(file.bytes, file.id, registry, repository);
                    located.occurrences.extend(spelled.insert(place).then(|| occurrence(format, site, one, place, pieces)));
                    continue;
                }
                if !is_edited
                    || matches!(one.cover, Cover::Hidden | Cover::Part)
                    || one.role == Role::Config
                    || !stands_as_value(file.bytes, one)
                {
                    continue;
                }
                let owner = known_spans.get_or_insert_with(|| owned(known)).at(place).copied();
                if let Some(owner) = owner.filter(|&owner| {
                    one.cover != Cover::Name || !known.get_mut(owner).is_some_and(|owner| self.lets_go(owner, place, file.bytes))
                }) {
                    let spells = one.name.reads.contains('.') && matches!(one.site, "name" | "registry");
                    known.get_mut(owner).into_iter().filter(|_| spells).for_each(|owner| make_sure(owner, place, one.cover));
                    continue;
                }
                let Some(site) = format.site_at(one.site) else { continue };
                let mut pieces = pieces(file.bytes, place, &one.name.holes);
                if one.site == PAGE {
                    pieces.insert(0, page::registry(place));
                }
                if one.cover == Cover::Below {
                    pieces.push(below(place));
                }
                located.occurrences.push(occurrence(format, site, one, place, pieces));
            }
        }
        for all in on_variables {
            let path = |file: FileId| files.iter().find(|one| one.id == file).map_or("", |file| file.path);
            let owned = known_spans.get_or_insert_with(|| owned(known));
            // What a document says of its own variables it says better, and of what is left alone nobody knows whether it agrees.
            let is_free = |one: &Built<'_>| {
                let class = one.holder.class;
                (self.classes)(path(one.place.file)).edit(path(one.place.file), class)
                    && owned.at(one.place).is_none()
                    && one.pieces.iter().all(|piece| owned.at(piece.span).is_none())
            };
            if let (Some(site), true) = (format.site_at(BUILT), all.iter().all(is_free)) {
                located.occurrences.extend(all.into_iter().map(|one| Occurrence {
                    format: Arc::clone(&format.id),
                    site: Arc::clone(&site.id),
                    role: one.role,
                    class: one.holder.class,
                    confidence: site.table.confidence,
                    place: one.place,
                    pieces: one.pieces,
                    platform: None,
                    cautions: one.caution.into_iter().collect(),
                }));
            }
        }
        located
    }
}

/// How an address of charts is written in a text: before its name stands what serves them.
fn in_text(scheme: Scheme, place: Span) -> Caution {
    let begins = scheme.prefix();
    let written = Span { start: place.start.saturating_sub(begins.len()), end: place.start, ..place };
    // Helm takes `oci://` neither there nor there (Helm, "Use OCI-based registries").
    let told =
        "what takes a repository may take no registry: `helm repo add` and `--repo` take none, and charts are named by their whole address";
    Caution::Chart(Arc::new(ChartAddress {
        scheme,
        written,
        slashes: Span { start: place.end, end: place.end, ..place },
        registry: Scheme::Registry.prefix().into(),
        mark: None,
        doubts: Vec::new(),
        told: Some(told.into()),
    }))
}

impl Search<'_> {
    /// Lets go of the bytes of an expression whose value nobody knows (`{{ image | default('quay.io/acme/web') }}`), if a name is a text in it: that may
    /// be what comes of it. Charts are executed.
    fn lets_go(&self, owner: &mut Occurrence, name: Span, text: &[u8]) -> bool {
        let is_around = |piece: &&mut Piece| {
            // Another text of the same expression may have been let go before.
            let is_open = || {
                let between = text.get(piece.span.start..name.start).unwrap_or_default();
                piece.span.is_empty() && !between.is_empty() && memchr::memmem::find(between, b"}}").is_none() && !between.contains(&b'\n')
            };
            let is_around = piece.span.file == name.file && piece.span.start < name.start && (name.end < piece.span.end || is_open());
            // What goes on is changed on its way.
            let goes_on = || text.get(name.end..piece.span.end).is_some_and(|rest| rest.contains(&b'|'));
            is_around && matches!(piece.origin, Origin::Unset { .. }) && !goes_on()
        };
        if self.formats.get(&owner.format).is_some_and(|format| format.table.engine == Engine::Template) {
            return false;
        }
        let Some(around) = owner.pieces.iter_mut().find(is_around) else { return false };
        around.span.end = around.span.start;
        true
    }
}

/// That names are not looked at from a byte on.
fn beyond(file: FileId, at: usize) -> Fault {
    let message = format!("names of what is moved stand here more than {PLACES} times; from here on texts are not looked through");
    Fault { span: Span::new(file, at..at), message }
}

/// What was met as an occurrence.
fn occurrence(format: &Format, site: &Site, one: &Met, place: Span, pieces: Vec<Piece>) -> Occurrence {
    Occurrence {
        format: Arc::clone(&format.id),
        site: Arc::clone(&site.id),
        role: one.role,
        class: one.class,
        confidence: one.confidence.max(site.table.confidence),
        place,
        pieces,
        platform: None,
        cautions: one.charts.map(|scheme| in_text(scheme, place)).into_iter().chain(also_pushed(one, place.file)).collect(),
    }
}

/// The registry and the repository that two rows of a table say of the image of which one was met, where that alone does not say what becomes of it.
fn in_rows(text: &[u8], one: &Met) -> Option<(Range<usize>, Range<usize>)> {
    let own = one.name.range.clone();
    match one.site {
        ROW => match rows::registry(text, &own) {
            Registry::At(registry) => Some((registry, own)),
            Registry::None | Registry::Unknown => None,
        },
        _ if one.class == Class::Docs && matches!(one.cover, Cover::Hidden | Cover::Part) => {
            Some((own.clone(), rows::repository(text, &own)?))
        }
        _ => None,
    }
}

/// What is built or pushed under a value goes elsewhere with it.
fn also_pushed(one: &Met, file: FileId) -> Option<Caution> {
    let pushed = one.pushed.as_ref()?;
    let places = pushed.at.iter().take(USES).map(|at| Span::new(file, at.clone())).collect();
    Some(Caution::AlsoPushed { variable: Arc::clone(&pushed.variable), places })
}

/// Nothing was sure of a value but its text, and that spells out a registry that is moved.
fn make_sure(one: &mut Occurrence, name: Span, cover: Cover) {
    if one.role != Role::Pull || one.confidence == Confidence::High || one.place != name {
        return;
    }
    one.confidence = Confidence::High;
    if cover == Cover::Below {
        one.pieces.push(below(name));
    }
}

/// What is pulled from a registry stands elsewhere.
fn below(name: Span) -> Piece {
    Piece::implied(format!("/{HOLE}"), Span { start: name.end, ..name })
}

/// Whether a name stands where a value does. A registry or a prefix alone may as well be a key, a word of a sentence, or a part of a pattern.
fn stands_as_value(text: &[u8], one: &Met) -> bool {
    let range = &one.name.range;
    let (before, after) = (text.get(..range.start).unwrap_or_default(), text.get(range.end..).unwrap_or_default());
    if one.name.address != Address::Image || after.first() == Some(&b'\\') && !(one.cover == Cover::Name && is_escape(after)) {
        return false;
    }
    if one.cover == Cover::Name {
        return true;
    }
    if is_login(text, range) {
        return false;
    }
    // What goes on as a path is one, whatever its last segments are.
    let after = after.strip_prefix(b"/").unwrap_or(after);
    let is_key = match after {
        [b'"' | b'\'', rest @ ..] => rest.trim_ascii_start().starts_with(b":"),
        [b':', rest @ ..] => rest.first().is_none_or(u8::is_ascii_whitespace),
        _ => false,
    };
    let is_prose = matches!(one.class, Class::Docs | Class::Comment);
    let opens = match before.last() {
        Some(b'=' | b'"' | b'\'' | b'`' | b'-' | b',' | b'(' | b':' | b'[' | b'{' | b'/') => true,
        Some(b' ' | b'\t') => {
            let bare = before.trim_ascii_end();
            // The item of a list before it is a path as well.
            let is_item = || bare.rsplit(u8::is_ascii_whitespace).next().is_some_and(|item| item.contains(&b'/') && item.contains(&b'.'));
            !is_prose && (bare.last().is_some_and(|byte| !byte.is_ascii_alphabetic()) || is_item())
        }
        _ => false,
    };
    let line = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let is_flag = || {
        std::str::from_utf8(before.get(line..).unwrap_or_default()).ok().and_then(called).is_some_and(|called| called.name.starts_with('-'))
    };
    !is_key && (opens || is_flag())
}

/// Whether the backslashes at the start of a text spell the end of a line, a tabulator or a quote in a text of a program, or let its line go on; in
/// patterns they stand before signs.
fn is_escape(text: &[u8]) -> bool {
    let spelled = text.iter().find(|byte| **byte != b'\\');
    matches!(spelled, Some(b'n' | b'r' | b't' | b'"' | b'\'' | b'\n' | b'\r'))
}

/// Bytes around a registry within which a user's name makes a login of it: its secret belongs to that registry.
const LOGIN: usize = 128;

/// Whether a registry stands beside a user's name or a password.
fn is_login(text: &[u8], range: &Range<usize>) -> bool {
    let (start, end) = (range.start.saturating_sub(LOGIN), (range.end + LOGIN).min(text.len()));
    let (before, after) = (text.get(start..range.start).unwrap_or_default(), text.get(range.end..end).unwrap_or_default());
    let own = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    // Other lines say nothing of a command's argument: `make push REGISTRY=quay.io`.
    let near = if is_argument(before.get(own..).unwrap_or_default()) {
        start + own..range.end + after.iter().position(|byte| *byte == b'\n').unwrap_or(after.len())
    } else {
        start..end
    };
    let near = text.get(near).unwrap_or_default();
    let words = ["username", "Username", "USERNAME", "password", "Password", "PASSWORD", "user:", "user =", "user=", "\"user\""];
    words.iter().any(|word| memchr::memmem::find(near, word.as_bytes()).is_some())
}

/// Whether what stands behind a part of its line is a variable that is given to a program behind other words.
fn is_argument(before: &[u8]) -> bool {
    let given = before.strip_suffix(b"=").map(<[u8]>::trim_ascii_end);
    let name = given.map_or(0, |name| name.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count());
    let words = given.and_then(|given| given.get(..given.len() - name)).filter(|_| name > 0).unwrap_or_default();
    let mut last = words.rsplit(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let is_setting = |word: &[u8]| matches!(word, b"export" | b"ENV" | b"ARG" | b"set" | b"readonly" | b"local" | b"-" | b"override");
    last.next().is_some_and(|word| !is_setting(word) && word.last().is_some_and(u8::is_ascii_alphanumeric)) && last.next().is_some()
}

/// The bytes that belong to occurrences, by their numbers.
fn owned(known: &[Occurrence]) -> Owned<usize> {
    let told = known.iter().enumerate().filter(|(_, one)| is_told(one));
    let spans = told.flat_map(|(number, one)| {
        let written = one.pieces.iter().filter(|piece| piece.is_editable() && !piece.span.is_empty()).map(|piece| piece.span);
        written.chain([one.place]).map(move |span| (span, number))
    });
    spans.collect()
}

/// Whether anything is said of an occurrence, if only that it stays.
fn is_told(one: &Occurrence) -> bool {
    is_said(one, one.reference().as_ref().err())
}

/// The same, of one whose text is no reference for that reason.
pub(crate) fn is_said(one: &Occurrence, fault: Option<&Invalid>) -> bool {
    matches!(fault, None | Some(Invalid::Hidden)) || one.misspelled().is_some()
}

/// What was found in texts, read again in the bytes `after` that the edits make of each file (both in the order of `files`): each where it
/// stood, as long as its ends are still the ends of a name.
pub(crate) fn reread(found: &[Occurrence], files: &[File<'_>], edits: &[Edits], after: &[&[u8]]) -> Vec<Occurrence> {
    let shifts: BTreeMap<FileId, (Shifts, &[u8])> =
        files.iter().zip(edits).zip(after).map(|((file, edits), after)| (file.id, (Shifts::of(edits), *after))).collect();
    let again = |one: &Occurrence| {
        let begins_elsewhere = one.pieces.first().is_some_and(|piece| !one.place.contains(piece.span));
        if begins_elsewhere && &*one.site != PAGE {
            return reread_joined(one, &shifts);
        }
        let (shifts, text) = shifts.get(&one.place.file)?;
        let place = Span { start: shifts.start(one.place.start), end: shifts.end(one.place.end), ..one.place };
        let is_page = &*one.site == PAGE;
        let (end, _, holes) = if is_page { (place.end, String::new(), Vec::new()) } else { name::forward(text, place.start) };
        let mut pieces = pieces(text, place, &holes);
        pieces.splice(..0, is_page.then(|| page::registry(place)));
        pieces.extend(
            one.pieces
                .last()
                .filter(|piece| piece.is_elsewhere())
                .map(|piece| Piece { span: Span { start: place.end, end: place.end, ..place }, ..piece.clone() }),
        );
        (end == place.end).then(|| Occurrence { place, pieces, ..one.clone() })
    };
    found.iter().filter_map(again).collect()
}

/// A name that begins elsewhere, with a variable's value or in another row, read again where its pieces stood.
fn reread_joined(one: &Occurrence, shifts: &BTreeMap<FileId, (Shifts, &[u8])>) -> Option<Occurrence> {
    let moved = |span: Span| {
        let (shifts, text) = shifts.get(&span.file)?;
        Some((Span { start: shifts.start(span.start), end: shifts.end(span.end), ..span }, *text))
    };
    let again = |piece: &Piece| {
        let (span, text) = moved(piece.span)?;
        let text = if piece.is_editable() { String::from_utf8_lossy(text.get(span.range())?).into_owned() } else { piece.text.clone() };
        Some(Piece { text, span, ..piece.clone() })
    };
    let (place, text) = moved(one.place)?;
    let pieces: Vec<Piece> = one.pieces.iter().map(again).collect::<Option<_>>()?;
    let (end, ..) = name::forward(text, pieces.get(1)?.span.start);
    (end == place.end).then(|| Occurrence { place, pieces, ..one.clone() })
}

/// Where bytes stand once edits are made.
struct Shifts {
    /// Each edit's range, and by how much what follows it has grown and shrunk.
    edits: Vec<(Range<usize>, usize, usize)>,
}

impl Shifts {
    fn of(edits: &Edits) -> Self {
        let (mut grown, mut shrunk) = (0, 0);
        let each = edits.as_slice().iter().map(|edit| {
            grown += edit.text.len();
            shrunk += edit.range.len();
            (edit.range.clone(), grown, shrunk)
        });
        Self { edits: each.collect() }
    }

    /// The first byte of what began at `at`; what is inserted there belongs to it.
    fn start(&self, at: usize) -> usize {
        self.after(self.edits.partition_point(|(range, ..)| range.end <= at && range.start < at), at)
    }

    /// The end of what ended at `at`; what is inserted there belongs to it.
    fn end(&self, at: usize) -> usize {
        self.after(self.edits.partition_point(|(range, ..)| range.end <= at), at)
    }

    fn after(&self, edits: usize, at: usize) -> usize {
        let last = edits.checked_sub(1).and_then(|last| self.edits.get(last));
        last.map_or(at, |(_, grown, shrunk)| (at + grown).saturating_sub(*shrunk))
    }
}
