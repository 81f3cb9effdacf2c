//! Owns `transship: ignore` comments: where they stand, what they hold back, and whether they did.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Range;

use crate::text::Lines;

/// What every comment of ours starts with; files without it have none.
pub const MARK: &str = "transship:";

/// One comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// Its bytes, from [`MARK`] to the closing bracket.
    pub range: Range<usize>,
    /// What it holds back.
    pub codes: Codes,
    /// Where.
    pub reach: Reach,
    /// Why, as written.
    pub reason: Option<String>,
    used: Cell<bool>,
}

/// Which lints a comment holds back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Codes {
    /// All of them.
    All,
    /// Those in brackets.
    Only(Vec<String>),
}

/// Which lines a comment speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// These, from 1: its own line and, when nothing else stands there, the next one.
    Lines(std::ops::RangeInclusive<usize>),
    /// The whole file.
    File,
}

/// The comments of one file.
#[derive(Clone, Debug, Default)]
pub struct Suppressions {
    /// Those that speak of lines, by the first of them; the last ones are in order then, too.
    lines: Vec<Suppression>,
    /// Those that speak of the file.
    file: Vec<Suppression>,
    /// What was held back, so that it is looked for once.
    known: RefCell<BTreeMap<(String, usize), bool>>,
}

impl Suppressions {
    /// Finds the comments of `text`. A comment begins with one of the usual signs, anywhere in its line; what is a string and what is a
    /// comment is not asked of each language, since nobody writes our mark in a string by chance.
    pub fn read(text: &[u8], lines: &Lines<'_>) -> Self {
        let mut found = Self::default();
        let mut end = 0;
        for at in memchr::memmem::find_iter(text, MARK) {
            let line = lines.position(at).line;
            let range = lines.range(line);
            let before = text.get(range.start..at).unwrap_or_default();
            let after = String::from_utf8_lossy(text.get(at + MARK.len()..range.end).unwrap_or_default()).into_owned();
            let Some(own) = sign(before) else { continue };
            let Some(mut comment) = parse(&after, at) else { continue };
            if comment.reach == Reach::File {
                found.file.push(comment);
                continue;
            }
            let last = match own {
                // Those that stand below each other are all above the same line.
                Own::Line if line < end => end,
                Own::Line => below(lines, line),
                Own::Tail => line,
            };
            end = end.max(last);
            comment.reach = Reach::Lines(line..=last);
            found.lines.push(comment);
        }
        found
    }

    /// Whether a finding of lint `code` that begins in line `line` (from 1) is held back; the comment counts as used then.
    pub fn holds(&self, code: &str, line: usize) -> bool {
        if let Some(known) = self.known.borrow().get(&(code.to_owned(), line)) {
            return *known;
        }
        let first = self.lines.partition_point(|comment| matches!(&comment.reach, Reach::Lines(lines) if *lines.end() < line));
        let there =
            self.lines.iter().skip(first).take_while(|comment| matches!(&comment.reach, Reach::Lines(lines) if *lines.start() <= line));
        let mut held = false;
        for comment in there.chain(&self.file).filter(|comment| comment.speaks_of(code, line)) {
            comment.used.set(true);
            held = true;
        }
        self.known.borrow_mut().insert((code.to_owned(), line), held);
        held
    }

    /// Why a finding of lint `code` in line `line` is held back, as far as a comment says.
    pub fn reason(&self, code: &str, line: usize) -> Option<&str> {
        self.iter().filter(|comment| comment.speaks_of(code, line)).find_map(|comment| comment.reason.as_deref())
    }

    /// The comments that held nothing back.
    pub fn unused(&self) -> impl Iterator<Item = &Suppression> {
        self.iter().filter(|comment| !comment.used.get())
    }

    /// All comments.
    pub fn iter(&self) -> impl Iterator<Item = &Suppression> {
        self.lines.iter().chain(&self.file)
    }
}

impl Suppression {
    fn speaks_of(&self, code: &str, line: usize) -> bool {
        let there = match &self.reach {
            Reach::File => true,
            Reach::Lines(lines) => lines.contains(&line),
        };
        there
            && match &self.codes {
                Codes::All => true,
                Codes::Only(codes) => codes.iter().any(|c| c == code),
            }
    }
}

/// Whether a comment has its line for itself.
enum Own {
    Line,
    Tail,
}

/// Finds the comment's sign before the mark.
fn sign(before: &[u8]) -> Option<Own> {
    const SIGNS: [&str; 11] = ["{{- /*", "{{-/*", "{{/*", "<!--", "//", "/*", "--", "#", ";", "*", "%"];
    let text = String::from_utf8_lossy(before);
    let text = text.trim_start_matches('\u{feff}').trim();
    let stripped = SIGNS.iter().find_map(|sign| text.strip_prefix(sign));
    match stripped {
        Some(_) => Some(Own::Line),
        None => SIGNS.iter().any(|sign| text.ends_with(sign)).then_some(Own::Tail),
    }
}

/// Reads what follows the mark: `ignore`, `ignore-file`, brackets, a reason.
fn parse(after: &str, at: usize) -> Option<Suppression> {
    let trimmed = after.trim_start();
    let mut length = MARK.len() + after.len() - trimmed.len();
    let (rest, reach, word) = match trimmed.strip_prefix("ignore-file") {
        Some(rest) => (rest, Reach::File, "ignore-file".len()),
        None => (trimmed.strip_prefix("ignore")?, Reach::Lines(0..=0), "ignore".len()),
    };
    if rest.starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_') {
        return None;
    }
    length += word;
    let (codes, reason) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((codes, reason)) => {
            length += codes.len() + 2;
            (Codes::Only(codes.split(',').map(|code| code.trim().to_owned()).filter(|code| !code.is_empty()).collect()), reason)
        }
        None => (Codes::All, rest),
    };
    let reason = reason.trim().trim_end_matches(['-', '>', '*', '/', '}', '%', '#']).trim_start_matches([':', '-']).trim();
    let reason = (!reason.is_empty()).then(|| reason.to_owned());
    Some(Suppression { range: at..at + length, codes, reach, reason, used: Cell::new(false) })
}

/// The line that a comment in line `line` is above: the next one that is not itself one of our comments.
fn below(lines: &Lines<'_>, line: usize) -> usize {
    let mut next = line + 1;
    while memchr::memmem::find(lines.line(next), MARK.as_bytes()).is_some_and(|at| {
        let before = lines.line(next).get(..at).unwrap_or_default();
        matches!(sign(before), Some(Own::Line))
    }) {
        next += 1;
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Suppressions {
        Suppressions::read(text.as_bytes(), &Lines::new(text.as_bytes()))
    }

    #[test]
    fn a_comment_above_speaks_of_the_next_line_only() {
        let found = read("# transship: ignore[old-registry] pinned by the vendor\nFROM a\nFROM b\n");
        assert!(found.holds("old-registry", 2));
        assert!(!found.holds("old-registry", 3));
        assert!(!found.holds("denied-registry", 2));
        assert_eq!(found.iter().next().unwrap().reason.as_deref(), Some("pinned by the vendor"));
    }

    #[test]
    fn a_comment_at_the_end_speaks_of_its_own_line_only() {
        let found = read("image: a # transship: ignore\nimage: b\n");
        assert!(found.holds("old-registry", 1));
        assert!(!found.holds("old-registry", 2));
    }

    #[test]
    fn stacked_comments_speak_of_the_line_below_them() {
        let found = read("# transship: ignore[a] x\n# transship: ignore[b] y\nimage: c\n");
        assert!(found.holds("a", 3) && found.holds("b", 3));
    }

    #[test]
    fn several_codes_and_a_closing_sign() {
        let found = read("<!-- transship: ignore[a, b] because -->\nx\n");
        assert!(found.holds("b", 2));
        assert_eq!(found.iter().next().unwrap().reason.as_deref(), Some("because"));
        assert_eq!(read("{{/* transship: ignore */}}\nx").iter().next().unwrap().reason, None);
    }

    #[test]
    fn a_file_comment_speaks_of_every_line() {
        let found = read("a\nb // transship: ignore-file[old-registry]\n");
        assert!(found.holds("old-registry", 1));
        assert!(!found.holds("denied-registry", 1));
    }

    #[test]
    fn other_words_and_strings_are_no_comments() {
        assert_eq!(read("# transship: ignored\n# transship: ignore-all\nx: 'transship: ignore'\n").iter().count(), 0);
    }

    #[test]
    fn what_held_nothing_back_is_unused() {
        let found = read("# transship: ignore[a]\nx\n# transship: ignore[b]\ny\n");
        assert!(found.holds("a", 2));
        assert_eq!(found.unused().map(|s| s.range.start).collect::<Vec<_>>(), [27]);
    }
}
