//! Owns the way from a decoded value back to its bytes: which runs of it stand in the document byte for byte.

use std::cell::OnceCell;
use std::ops::Range;

use super::notation::Notation;
use super::tree::Scalar;
use crate::format::Interpolation;
use crate::locate::interpolate::{Segment, segments};
use crate::occurrence::{Origin, Piece, Spelling};
use crate::text::{FileId, Span};

/// A decoded text and where its bytes stand.
#[derive(Clone, Debug)]
pub(crate) struct Decoded<'a> {
    /// The decoded text.
    pub(crate) text: &'a str,
    /// Runs that stand in the file as they are, in order. What lies between two of them is spelled some other way.
    runs: Vec<Run>,
    /// All the bytes that spell it, quotes excluded.
    content: Range<usize>,
    spelling: Spelling,
    /// Its stretches, once somebody asked: each word of a script asks for those around it.
    segments: OnceCell<Vec<Segment>>,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    text: usize,
    raw: usize,
    len: usize,
}

impl<'a> Decoded<'a> {
    /// The value of `scalar`, a node of `document`.
    pub(crate) fn new(scalar: &'a Scalar<'_>, document: &str) -> Self {
        let text = &*scalar.text;
        let written = document.get(scalar.raw.clone()).unwrap_or_default();
        let content = scalar.notation.content(written, scalar.raw.start);
        let raw = document.get(content.clone()).unwrap_or_default();
        let runs = if raw == text {
            vec![Run { text: 0, raw: content.start, len: text.len() }]
        } else {
            align(scalar.notation, raw, content.start, text, document)
        };
        Self { text, runs, content, spelling: scalar.notation.spelling(), segments: OnceCell::new() }
    }

    /// The stretches of the text in a document with that interpolation.
    pub(crate) fn segments(&self, interpolation: Interpolation) -> &[Segment] {
        self.segments.get_or_init(|| segments(self.text, interpolation))
    }

    /// The pieces of `range` of the text, each of one spelling. A stretch that is spelled some other way becomes one piece that can only be
    /// replaced as a whole.
    pub(crate) fn pieces(&self, range: Range<usize>, origin: &Origin, file: FileId) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut at = range.start;
        let piece = |text: &str, raw: Range<usize>, spelling| Piece {
            text: text.to_owned(),
            span: Span::new(file, raw),
            origin: origin.clone(),
            spelling,
        };
        let first = self.runs.partition_point(|run| run.text + run.len < at);
        for run in self.runs.iter().skip(first).take_while(|run| run.text <= range.end) {
            let (from, to) = (run.text.max(at), (run.text + run.len).min(range.end));
            if from > to || (from == to && !range.is_empty()) {
                continue;
            }
            let raw = run.raw + (from - run.text);
            if from > at {
                pieces.push(piece(&self.text[at..from], self.raw_before(at)..raw, Spelling::Encoded));
            }
            pieces.push(piece(&self.text[from..to], raw..raw + (to - from), self.spelling));
            at = to;
            if at >= range.end {
                break;
            }
        }
        if at < range.end {
            let from = self.raw_before(at);
            let next = self.runs.get(self.runs.partition_point(|run| run.text < range.end));
            let to = next.map_or(self.content.end, |run| run.raw);
            pieces.push(piece(&self.text[at..range.end], from..to.max(from), Spelling::Encoded));
        }
        pieces
    }

    /// Where the byte `raw` of the document stands in the decoded text.
    pub(crate) fn text_at(&self, raw: usize) -> Option<usize> {
        let run = self.runs.get(self.runs.partition_point(|run| run.raw + run.len <= raw)).filter(|run| run.raw <= raw)?;
        Some(run.text + (raw - run.raw))
    }

    /// The byte where the decoded offset `at` stands, when what precedes it is a run.
    fn raw_before(&self, at: usize) -> usize {
        let before = self.runs.partition_point(|run| run.text + run.len <= at).checked_sub(1);
        let run = before.and_then(|before| self.runs.get(before));
        run.map_or(self.content.start, |run| run.raw + run.len)
    }

    /// All bytes of `range` of the text.
    pub(crate) fn span(&self, range: Range<usize>, file: FileId) -> Span {
        let pieces = self.pieces(range, &Origin::Literal, file);
        let start = pieces.first().map_or(self.content.start, |piece| piece.span.start);
        let end = pieces.last().map_or(start, |piece| piece.span.end);
        Span::new(file, start..end.max(start))
    }

    /// Carries a piece, found in the decoded text as in a file of its own, back to the document.
    pub(crate) fn carry(&self, piece: &Piece, file: FileId) -> Vec<Piece> {
        if piece.span.file != file {
            return vec![piece.clone()];
        }
        let mut carried = self.pieces(piece.span.range(), &piece.origin, file);
        match carried.as_mut_slice() {
            [one] => {
                one.text.clone_from(&piece.text);
                // What the inner document spells some other way stays so in the outer one.
                if piece.spelling != Spelling::Verbatim && one.spelling != Spelling::Encoded {
                    one.spelling = piece.spelling;
                }
                carried
            }
            _ if piece.spelling == Spelling::Encoded || piece.text.len() != piece.span.len() => {
                let span = self.span(piece.span.range(), file);
                vec![Piece { span, spelling: Spelling::Encoded, ..piece.clone() }]
            }
            _ => carried,
        }
    }
}

/// Finds the runs of `text` in `raw`, which spells it in `notation`. Where the two cannot be brought together the rest has no run, and so is
/// never edited in part.
fn align(notation: Notation, raw: &str, base: usize, text: &str, document: &str) -> Vec<Run> {
    let block = notation.is_block();
    let indent = if block { column(document, base) } else { 0 };
    let (raw, text) = (raw.as_bytes(), text.as_bytes());
    let mut runs: Vec<Run> = Vec::new();
    let (mut r, mut t) = (0, 0);
    // Up to where white space was looked through, and whether its line ends there.
    let (mut looked, mut ends) = (0, false);
    let folds_lines = !matches!(notation, Notation::Lines | Notation::Verbatim);
    // The parser leaves blank lines at the start of a block scalar out of its span.
    while block && text.get(t) == Some(&b'\n') && raw.get(r).is_some_and(|b| *b != b'\n' && *b != b'\r') {
        t += 1;
    }
    while let (Some(&have), Some(&want)) = (raw.get(r), text.get(t)) {
        let breaks = folds_lines && matches!(have, b'\n' | b'\r');
        let is_blank = folds_lines && !block && matches!(have, b' ' | b'\t');
        if is_blank && r >= looked {
            looked = raw.iter().skip(r).position(|b| !matches!(b, b' ' | b'\t')).map_or(raw.len(), |blanks| r + blanks);
            ends = matches!(raw.get(looked), Some(b'\n' | b'\r'));
        }
        let folds = have == b' ' && is_blank && ends;
        if have == want && !(breaks || folds || notation.escapes(have)) {
            match runs.last_mut() {
                Some(run) if run.raw + run.len == base + r && run.text + run.len == t => run.len += 1,
                _ => runs.push(Run { text: t, raw: base + r, len: 1 }),
            }
            (r, t) = (r + 1, t + 1);
        } else if breaks || (is_blank && ends) {
            let (next, lines) = after_fold(raw, r, if block { Some(indent) } else { None });
            t += decoded_fold(text, t, lines, notation);
            r = next;
        } else if let Some((raw_len, text_len)) = escape(notation, &raw[r..], &text[t..]) {
            (r, t) = (r + raw_len, t + text_len);
        } else {
            return runs;
        }
    }
    runs
}

fn column(document: &str, at: usize) -> usize {
    at - document[..at].rfind('\n').map_or(0, |line| line + 1)
}

/// Past the line break(s) and indentation that start at `at`, and how many line breaks that were. In a block scalar one line at a time.
fn after_fold(raw: &[u8], mut at: usize, indent: Option<usize>) -> (usize, usize) {
    let mut lines = 0;
    loop {
        while indent.is_none() && matches!(raw.get(at), Some(b' ' | b'\t')) {
            at += 1;
        }
        match raw.get(at) {
            Some(b'\r') if raw.get(at + 1) == Some(&b'\n') => at += 2,
            Some(b'\n' | b'\r') => at += 1,
            _ => return (at, lines),
        }
        lines += 1;
        if let Some(indent) = indent {
            at += raw[at..].iter().take(indent).take_while(|b| **b == b' ').count();
            return (at, lines);
        }
    }
}

/// How many decoded bytes a fold of `lines` line breaks left: a space for one, a line feed for each further one; in a folded block any.
fn decoded_fold(text: &[u8], at: usize, lines: usize, notation: Notation) -> usize {
    match notation {
        Notation::Literal => lines,
        Notation::Folded => usize::from(matches!(text.get(at), Some(b' ' | b'\n'))),
        _ if lines == 1 => usize::from(text.get(at) == Some(&b' ')),
        _ => text[at..].iter().take(lines - 1).take_while(|b| **b == b'\n').count(),
    }
}

/// The bytes of the first character. No more is looked at than that: a value may be a thousand escapes.
fn first_character(text: &[u8]) -> Option<usize> {
    let near = text.get(..4).unwrap_or(text);
    let valid = std::str::from_utf8(near).map_or_else(|error| error.valid_up_to(), str::len);
    std::str::from_utf8(near.get(..valid)?).ok()?.chars().next().map(char::len_utf8)
}

/// An escape sequence at the start of `raw`: its length, and the length of what it stands for at the start of `text`.
fn escape(notation: Notation, raw: &[u8], text: &[u8]) -> Option<(usize, usize)> {
    match (notation, raw) {
        (Notation::Single, [b'\'', b'\'', ..]) => Some((2, 1)),
        // An escaped line break joins the lines without a space.
        (Notation::Double, [b'\\', b'\n' | b'\r', ..]) | (Notation::Lines, [b'\\', b'\n' | b'\r' | b' ' | b'\t', ..]) => {
            // The blanks of the next line go with it, but in Starlark, Python and Groovy.
            let only_break = if raw.get(1..3) == Some(b"\r\n") { 3 } else { 2 };
            let stays = matches!(text.first(), Some(b' ' | b'\t' | b'\n' | b'\r')) && raw.get(only_break) == text.first();
            Some((if stays { only_break } else { after_fold(raw, 1, None).0 }, 0))
        }
        (Notation::Double | Notation::Lines, [b'\\', letter, ..]) => {
            let raw_len = match letter {
                b'x' => 4,
                b'u' => 6,
                b'U' => 10,
                _ => 2,
            };
            (raw_len <= raw.len()).then_some((raw_len, first_character(text)?))
        }
        _ => None,
    }
}
