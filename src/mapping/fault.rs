//! Owns what is wrong with rule files: each fault with its place, shown with the source line.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::text::{Lines, Position, distance, harmless, without_commands};

/// Who says what a text says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Voice {
    /// The user: the command line, a file that they name, a pack of the binary.
    #[default]
    User,
    /// A file of the tree that is looked through, which a stranger may have changed.
    Tree,
}

/// A text that mappings were written in: a rule file, a built-in pack, an option of the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Its place in the order of loading; faults are shown in this order.
    pub order: usize,
    /// How people call it: a path, `pack NAME`, or an option's name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Who says it.
    pub voice: Voice,
}

/// A run of bytes in a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The source.
    pub source: Arc<Source>,
    /// Its bytes.
    pub span: Range<usize>,
}

impl Place {
    /// Line and column of its first byte.
    pub fn position(&self) -> Position {
        Lines::new(self.source.text.as_bytes()).position(self.span.start)
    }
}

/// How much of the text at a place is quoted: what is not the language's own may be anything, also a secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Quote {
    /// Its lines.
    #[default]
    Lines,
    /// Its own bytes.
    Word,
    /// What stands before it in its line.
    Before,
    /// Nothing.
    Nothing,
}

/// One thing that is wrong with a rule file, or worth a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What, lower case, no full stop.
    pub message: String,
    /// Where.
    pub place: Place,
    /// What was expected there, or what stands there.
    pub label: Option<String>,
    /// Other places that belong to it, each with what it is.
    pub related: Vec<(Place, String)>,
    /// What to do.
    pub help: Option<String>,
    pub(crate) quote: Quote,
}

/// How many words that begin alike are shown.
const LONGER: usize = 4;

impl Fault {
    pub(crate) fn new(place: Place, message: impl Into<String>) -> Self {
        Self { message: message.into(), place, label: None, related: Vec::new(), help: None, quote: Quote::default() }
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn quoting(self, quote: Quote) -> Self {
        Self { quote, ..self }
    }

    pub(crate) fn related(mut self, place: Place, what: impl Into<String>) -> Self {
        self.related.push((place, what.into()));
        self
    }

    /// The same with the known words that may have been meant, where one is near, or a few begin with what is written.
    pub(crate) fn meant<'k>(self, word: &str, known: impl Iterator<Item = &'k str> + Clone) -> Self {
        let begun = known.clone().filter(|known| known.starts_with(word)).take(LONGER).map(|known| format!("`{known}`"));
        match nearest(word, known) {
            Some(near) => self.help(format!("did you mean `{near}`?")),
            None => match begun.collect::<Vec<_>>().join(" or ") {
                none if none.is_empty() => self,
                longer => self.help(format!("did you mean {longer}?")),
            },
        }
    }

    /// The fault as people read it. Whatever a rule file says in it steers nothing.
    fn render(&self, level: Level<'_>, renderer: &Renderer) -> String {
        let mut group = Group::with_title(level.primary_title(harmless(&self.message)));
        if self.place.source.text.is_empty() {
            group = group.element(Origin::path(harmless(&self.place.source.name)));
        } else {
            group = group.element(snippet(&self.place, AnnotationKind::Primary, self.label.as_deref(), self.quote));
        }
        for (place, what) in &self.related {
            group = group.element(snippet(place, AnnotationKind::Context, Some(what), self.quote));
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(harmless(help)));
        }
        renderer.render(&[group])
    }
}

/// The known word that differs least, when it differs in no more than a third of its letters.
pub(crate) fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    known
        .map(|known| (distance(word, known), known))
        .filter(|(edits, known)| *edits * 3 <= known.len().max(3))
        .min()
        .map(|(_, known)| known)
}

fn snippet<'a>(
    place: &'a Place,
    kind: AnnotationKind,
    label: Option<&'a str>,
    quote: Quote,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let text = &place.source.text;
    // A place past the end, or inside a character, would be cut by the renderer in ways that say nothing.
    let start = floor(text, place.span.start);
    let end = floor(text, place.span.end).max(start);
    let (text, span) = quoted(text, start..end, quote);
    let mut annotation = kind.span(span);
    if let Some(label) = label {
        annotation = annotation.label(harmless(label));
    }
    Snippet::source(text).path(harmless(&place.source.name)).annotation(annotation)
}

/// The text without what is not to be quoted in the lines of a place, and the place in it.
fn quoted(text: &str, place: Range<usize>, quote: Quote) -> (String, Range<usize>) {
    // A place behind the last line is shown as one in it.
    let last = text.trim_end().len();
    let cut = |range: Range<usize>| text.get(range).unwrap_or_default();
    let from = cut(0..place.start.min(last)).rfind('\n').map_or(0, |at| at + 1);
    let end = place.end.min(last);
    let to = cut(end..text.len()).find('\n').map_or(text.len(), |at| end + at);
    let (kept, place) = match quote {
        Quote::Lines => (from..to, place),
        Quote::Word => (place.clone(), place),
        Quote::Before => (from..place.start, place.start..place.start),
        Quote::Nothing => (from..from, from..from),
    };
    let blank: String = cut(from..kept.start).chars().map(|c| " ".repeat(c.len_utf8())).collect();
    (without_commands(&[cut(0..from), &blank, cut(kept), cut(to..text.len())].concat()), place)
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or_default()
}

/// Everything that is wrong with the rule files, in order of file and place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Sorts the faults by file and place; those that say the same of the same place count once.
    pub fn new(mut faults: Vec<Fault>) -> Self {
        faults.sort_by(|a, b| {
            let key = |fault: &Fault| (fault.place.source.order, fault.place.span.start, fault.place.span.end);
            key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
        });
        faults.dedup_by(|a, b| (&a.place, &a.message, &a.label) == (&b.place, &b.message, &b.label));
        Self(faults)
    }

    /// These and others.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self::new(self.0.into_iter().chain(others.0).collect())
    }

    /// The faults in order.
    pub fn as_slice(&self) -> &[Fault] {
        &self.0
    }

    /// Whether nothing is wrong.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The faults as warnings, for `rules lint`.
    pub fn as_warnings(&self) -> String {
        self.render(&Level::WARNING, Renderer::plain())
    }

    /// The faults with colours, for a stream that takes them out where nobody sees them.
    pub fn styled(&self) -> String {
        self.render(&Level::ERROR, Renderer::styled())
    }

    fn render(&self, level: &Level<'static>, renderer: Renderer) -> String {
        let renderer = renderer.decor_style(DecorStyle::Ascii);
        self.0.iter().map(|fault| fault.render(level.clone(), &renderer)).collect::<Vec<_>>().join("\n\n")
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(&Level::ERROR, Renderer::plain()))
    }
}

impl std::error::Error for Faults {}
