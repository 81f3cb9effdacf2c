//! Owns what a chart prints where no image stands: lines of its own, of which an edit of images changes none, and values that images are made of,
//! which mean something else there.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hasher};
use std::ops::Range;
use std::sync::Arc;

use super::output::Output;
use super::readings::VALUES;
use super::value::{Run, Value};
use super::word::Word;
use crate::occurrence::{Caution, Occurrence, Origin, USES};
use crate::reference::{HOLE, Part};
use crate::text::{FileId, Span};

/// A value that is printed where no image stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Beside {
    /// The value's bytes.
    pub value: Span,
    /// Its name (`.Values.registry`).
    pub variable: Arc<str>,
    /// The template's text that it stands behind.
    pub at: Span,
    /// The word that it is part of there.
    word: String,
}

/// A value that decides what is printed, in a way that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guessed {
    /// The value's bytes.
    pub value: Span,
    /// The function that reads it.
    pub by: Arc<str>,
}

impl Guessed {
    /// What a condition that is not known was made of.
    pub(super) fn of(condition: &Value) -> Vec<Self> {
        let Value::Text(runs) = condition else { return Vec::new() };
        let one = |run: &Run| match &run.origin {
            Origin::Modified { by, .. } if run.span.file != FileId::NONE => Some(Self { value: run.span, by: Arc::clone(by) }),
            _ => None,
        };
        runs.iter().filter(|_| condition.is_hidden()).filter_map(one).collect()
    }
}

impl Beside {
    /// What it means for a reference that is made of the value.
    fn caution(uses: &[&Self]) -> Option<Caution> {
        let first = uses.first()?;
        let places = uses.iter().map(|one| one.at).collect::<BTreeSet<_>>().into_iter().take(USES).collect();
        Some(Caution::Printed { value: first.value, variable: Arc::clone(&first.variable), places })
    }
}

impl Output {
    /// Notes the values that stand outside of `images`; gives a number for the keys that are printed, and for what the template chose to print
    /// beside images.
    pub(super) fn beside(&self, images: &[Occurrence], found: &mut Vec<Beside>, words: &mut Vec<Word>) -> u64 {
        let mut covered: Vec<Range<usize>> = images.iter().flat_map(|image| image.pieces.iter().map(|piece| piece.span.range())).collect();
        covered.sort_unstable_by_key(|range| range.start);
        let is_covered = |start: usize, end: usize| {
            let next = covered.partition_point(|range| range.end <= start);
            covered.get(next).is_some_and(|range| range.start < end.max(start + 1))
        };
        let mut hasher = DefaultHasher::new();
        let mut lines = Lines { text: &self.text, at: 0 };
        let (mut behind, mut last) = (Span::NOWHERE, String::new());
        for (piece, &start) in self.pieces.iter().zip(&self.starts) {
            let end = start + piece.text.len();
            match &piece.origin {
                // What a packed chart says besides images changes with a value that is added for one.
                Origin::Choice | Origin::Absent { .. } if !is_covered(start, end) => hasher.write(piece.text.as_bytes()),
                // So does what was made of it, known or not, and what a template finds out of any value.
                _ if (piece.is_made() || matches!(piece.origin, Origin::Unset { .. }))
                    && !is_covered(start, end)
                    && lines.says(piece, start) =>
                {
                    hasher.write(piece.text.as_bytes());
                }
                Origin::Default { variable } | Origin::Modified { variable, .. }
                    if piece.span.file != FileId::NONE && !is_covered(start, end) && lines.says(piece, start) =>
                {
                    // A function that leaves the old text as it is may change the new one.
                    if matches!(piece.origin, Origin::Modified { .. }) {
                        hasher.write(variable.as_bytes());
                    }
                    let word = self.word(start..end).to_owned();
                    if !piece.text.is_empty() {
                        words.push(self.word_around(piece, start, behind));
                    }
                    found.push(Beside { value: piece.span, variable: Arc::clone(variable), at: behind, word });
                }
                // An image that is made of other values is another image, though each of the two is right.
                Origin::Default { .. } | Origin::Absent { .. } if is_covered(start, end) => {
                    let name = match &piece.origin {
                        Origin::Absent { at } => format!("{VALUES}.{}", at.keys.join(".")),
                        Origin::Default { variable } => variable.to_string(),
                        _ => String::new(),
                    };
                    if name != last {
                        hasher.write(name.as_bytes());
                        last = name;
                    }
                }
                _ => {}
            }
            if piece.origin == Origin::Literal && piece.span.file != FileId::NONE {
                behind = last_line(piece);
            }
        }
        for line in self.text.lines() {
            let key = line.split_once(": ").map(|(key, _)| key).or_else(|| line.trim_end().strip_suffix(':'));
            hasher.write(key.unwrap_or_default().as_bytes());
            hasher.write_u8(b'\n');
        }
        hasher.finish()
    }

    /// The word around a range: what may be one reference. Of a longer word than any reference only a part is given, which is none either.
    fn word(&self, range: Range<usize>) -> &str {
        let is_of_word = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | '@');
        let start = range.start - self.text[..range.start].chars().rev().take(LONGEST).take_while(is_of_word).count();
        let end = range.end + self.text[range.end..].chars().take(LONGEST).take_while(is_of_word).count();
        self.text.get(start..end).unwrap_or_default()
    }
}

/// The most bytes of a word around a value.
const LONGEST: usize = 1 << 10;

/// The lines of a text, walked from its beginning on.
struct Lines<'t> {
    text: &'t str,
    /// Where the line begins that was asked for last.
    at: usize,
}

/// Words in a key whose value changes with all that is deployed, and shall.
const CHECKSUMS: [&str; 4] = ["checksum", "hash", "sha256", "sha1"];

impl Lines<'_> {
    /// Whether what a template prints at a byte says anything: it stands in no comment, and is no checksum.
    fn says(&mut self, piece: &Run, byte: usize) -> bool {
        !(self.is_comment(byte) || piece.text.contains(HOLE) && self.is_checksum(byte))
    }

    /// Whether the line that holds a byte, which was asked for last, is a checksum: an edit of images changes it as it should.
    fn is_checksum(&self, byte: usize) -> bool {
        let key = self.text[self.at..byte].to_ascii_lowercase();
        CHECKSUMS.iter().any(|word| key.contains(word))
    }

    /// Whether the line that holds a byte is a comment; no byte before one that was asked for before is asked for.
    fn is_comment(&mut self, byte: usize) -> bool {
        self.at += self.text[self.at..byte].rfind('\n').map_or(0, |line| line + 1);
        self.text[self.at..].trim_start().starts_with('#')
    }
}

/// The last line of a template's text, where a value stands behind it.
fn last_line(piece: &Run) -> Span {
    let text = piece.text.trim_end();
    let start = text.rfind('\n').map_or(0, |line| line + 1);
    let start = start + text[start..].len() - text[start..].trim_start().len();
    if piece.text.len() == piece.span.len() { piece.span.slice(start, text.len()) } else { piece.span }
}

/// Drops what names an image there, too: it goes on naming it.
pub(super) fn settle(found: &mut Vec<Beside>, images: &[Occurrence]) {
    if found.is_empty() {
        return;
    }
    let mut names = BTreeSet::new();
    for image in images {
        let text = image.joined().text;
        names.extend(image.reference().ok().and_then(|reference| Some(text.get(..reference.range(Part::Path)?.end)?.to_owned())));
        names.insert(text);
    }
    found.retain(|one| !names.contains(one.word.trim_end_matches(':')));
    found.sort();
    found.dedup();
}

/// Says of each reference which of its values are printed where no image stands.
pub(in crate::link) fn tell(found: &[Beside], occurrences: &mut [Occurrence]) {
    if found.is_empty() {
        return;
    }
    let longest = found.iter().map(|one| one.value.len()).max().unwrap_or_default();
    for occurrence in occurrences {
        let mut spans: Vec<Span> = occurrence
            .pieces
            .iter()
            .filter(|piece| piece.is_editable() && piece.span.file != FileId::NONE)
            .map(|piece| piece.span)
            .collect();
        spans.dedup();
        for span in spans {
            // They are in order.
            let from = found.partition_point(|one| (one.value.file, one.value.start + longest) < (span.file, span.start));
            let near = found.iter().skip(from).take_while(|one| (one.value.file, one.value.start) <= (span.file, span.end));
            let uses: Vec<&Beside> = near.filter(|one| one.value.overlaps(span) || one.value == span).take(USES).collect();
            occurrence.cautions.extend(Beside::caution(&uses));
        }
    }
}

/// Says of each reference which of its values decide, by a function that is not executed, what is printed of images.
pub(in crate::link) fn tell_guessed(guessed: &[Guessed], occurrences: &mut [Occurrence]) {
    for occurrence in occurrences.iter_mut().filter(|_| !guessed.is_empty()) {
        let is_its = |one: &&Guessed| occurrence.pieces.iter().any(|piece| piece.is_editable() && piece.span.overlaps(one.value));
        let found = guessed.iter().find(is_its).map(|one| Caution::Preceded { variable: Arc::clone(&one.by), at: one.value });
        occurrence.cautions.extend(found);
    }
}
