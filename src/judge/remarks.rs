//! Owns comments of ours that come in above findings, or go where they hold nothing back: proved, as fixes are, to change nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::lint::suppression::{MARK, Suppressions};
use crate::lint::unused_suppression;
use crate::locate::{File, Value, comment_sign};
use crate::plan::{Again, Applicability, Before, Fix, SpanEdit, prove};
use crate::source::Owner;
use crate::text::{Edit, Edits, FileId, Lines, Span};

use super::proof::proving;
use super::{Reading, Rules};

/// Lines whose comments are proved one by one, where those of all together do something else.
const FEW: usize = 64;

/// Bytes that proofs of comments that go read at most, all together, after the first proof.
const PROVED: usize = 1 << 22;

/// A comment that holds nothing back.
struct Unused {
    /// The index of its finding.
    finding: usize,
    /// Its words, then the bytes that go.
    range: Range<usize>,
}

/// The lints to be held back in each line of a file.
type Codes = BTreeMap<usize, BTreeSet<&'static str>>;

impl Reading<'_> {
    /// The edits that write a comment with `reason` above each of the findings, by file; what cannot be proved is left out.
    #[must_use]
    pub fn remarked<'d>(&self, rules: &Rules, found: impl Iterator<Item = &'d Diagnostic>, reason: &str) -> Vec<(FileId, Edits)> {
        let mut wanted: BTreeMap<FileId, Codes> = BTreeMap::new();
        for one in found {
            let Some(file) = self.file(one.place.file).filter(|file| *self.owner(file.id) == Owner::Tree) else { continue };
            let line = Lines::new(file.bytes).position(one.place.start).line;
            wanted.entry(file.id).or_default().entry(line).or_default().insert(one.lint);
        }
        let edited: BTreeSet<FileId> = wanted.keys().copied().collect();
        if edited.is_empty() {
            return Vec::new();
        }
        proving(self, rules, &edited, |before, again, unlisted| {
            let listed = wanted.iter().filter(|(file, _)| unlisted.iter().all(|(lacking, _)| lacking != *file));
            let edits = listed.filter_map(|(file, codes)| {
                let file = self.file(*file)?;
                Some((file.id, self.proved(file, comment_sign(file.path, file.bytes)?, codes, reason, (before, again))?))
            });
            edits.collect()
        })
    }

    /// Gives findings of comments that hold nothing back the fix that removes these, where that is proved. It is Unsafe: a run by other mappings may
    /// need them.
    pub(super) fn removing(&self, rules: &Rules, found: &mut [Diagnostic]) {
        let mut unused: BTreeMap<FileId, Vec<Unused>> = BTreeMap::new();
        for (finding, one) in found.iter().enumerate().filter(|(_, one)| one.lint == unused_suppression::LINT.code) {
            unused.entry(one.place.file).or_default().push(Unused { finding, range: one.place.range() });
        }
        for (id, mut unused) in unused {
            let Some(file) = self.file(id).filter(|file| *self.owner(file.id) == Owner::Tree) else { continue };
            let lines = Lines::new(file.bytes);
            unused.retain_mut(|one| removed(file.bytes, &lines, one.range.clone()).map(|range| one.range = range).is_some());
            for Unused { finding, range } in self.removable(rules, file, &unused) {
                let edits = vec![SpanEdit { span: Span::new(id, range.clone()), text: String::new() }];
                let caution = Some("a run by other mappings may need it".to_owned());
                if let Some(one) = found.get_mut(*finding) {
                    one.fix = Some(Arc::new(Fix { edits, applicability: Applicability::Unsafe, caution }));
                }
            }
        }
    }

    /// Those of a file's comments that go without changing anything else: all at once, or the halves and their halves for which that holds, as many
    /// as may be tried.
    fn removable<'u>(&self, rules: &Rules, file: &File<'_>, unused: &'u [Unused]) -> Vec<&'u Unused> {
        let read: usize = self.files.iter().map(|file| file.bytes.len()).sum();
        proving(self, rules, &BTreeSet::from([file.id]), |before, again, unlisted| {
            let mut good = Vec::new();
            let mut rest = vec![unused];
            for _ in 0..(PROVED / read.max(1)).clamp(1, FEW) {
                let Some(some) = rest.pop().filter(|_| unlisted.is_empty()) else { break };
                let going = some.iter().map(|one| Edit { range: one.range.clone(), text: String::new() }).collect();
                let holds = |edits: &Edits| self.changes_nothing(file, edits, &edits.apply(file.bytes), (before, again));
                if Edits::new(going).is_ok_and(|edits| holds(&edits)) {
                    good.extend(some);
                } else if some.len() > 1 {
                    let (first, second) = some.split_at(some.len() / 2);
                    rest.extend([second, first]);
                }
            }
            good
        })
    }

    /// The comments for a file: all, or those that hold by themselves and together.
    fn proved(&self, file: &File<'_>, sign: &str, codes: &Codes, reason: &str, proof: (&Before<'_>, &Again<'_>)) -> Option<Edits> {
        let holds = |codes: &Codes| self.are_only_comments(file, &written(file, sign, codes, reason)?, codes, proof);
        if let Some(edits) = holds(codes) {
            return Some(edits);
        }
        let alone = |(line, lints): &(&usize, &BTreeSet<&'static str>)| holds(&Codes::from([(**line, (*lints).clone())])).is_some();
        let good: Codes = codes.iter().take(FEW).filter(alone).map(|(line, lints)| (*line, lints.clone())).collect();
        if good.is_empty() { None } else { holds(&good) }
    }

    /// Whether edits of a file, which make that text of it, change no reference and no value: a comment in a text of many lines is part of a value.
    fn changes_nothing(&self, file: &File<'_>, edits: &Edits, text: &[u8], (before, again): (&Before<'_>, &Again<'_>)) -> bool {
        let all: Vec<Edits> = self.files.iter().map(|other| if other.id == file.id { edits.clone() } else { Edits::default() }).collect();
        let after: Vec<&[u8]> = self.files.iter().map(|other| if other.id == file.id { text } else { other.bytes }).collect();
        let wanted: Vec<String> = self.located.occurrences.iter().map(|one| one.joined().text).collect();
        let (_, values) = again(&after, &all);
        let mut own = before.files.iter().zip(&values).filter(|(own, _)| own.file == file.id);
        let is_same = |was: &Value, is: &Value| was.path == is.path && was.text == is.text;
        let are_same = |was: &[Value], is: &[Value]| was.len() == is.len() && was.iter().zip(is).all(|(was, is)| is_same(was, is));
        own.all(|(own, values)| are_same(own.values, values)) && prove(before, &wanted, &all, &after, again).is_ok()
    }

    /// The edits, where they hold the lints back and change nothing else.
    fn are_only_comments(
        &self,
        file: &File<'_>,
        edits: &Edits,
        codes: &Codes,
        (before, again): (&Before<'_>, &Again<'_>),
    ) -> Option<Edits> {
        let text = edits.apply(file.bytes);
        if !self.changes_nothing(file, edits, &text, (before, again)) {
            return None;
        }
        let comments = Suppressions::read(&text, &Lines::new(&text));
        // Each comment moves the lines below it.
        let hold = codes.iter().enumerate().all(|(above, (line, lints))| lints.iter().all(|lint| comments.holds(lint, line + above + 1)));
        hold.then(|| edits.clone())
    }
}

/// A comment above each line, as far in as the line.
fn written(file: &File<'_>, sign: &str, codes: &Codes, reason: &str) -> Option<Edits> {
    let lines = Lines::new(file.bytes);
    let edit = |(line, lints): (&usize, &BTreeSet<&'static str>)| {
        let (start, bytes) = (lines.range(*line).start, lines.line(*line));
        let blank = bytes.len() - bytes.trim_ascii_start().len();
        let indent = String::from_utf8_lossy(bytes.get(..blank).unwrap_or_default()).into_owned();
        let end = if file.bytes.get(lines.range(*line)).is_some_and(|line| line.ends_with(b"\r\n")) { "\r\n" } else { "\n" };
        let lints = lints.iter().copied().collect::<Vec<_>>().join(", ");
        Edit { range: start..start, text: format!("{indent}{sign} {MARK} ignore[{lints}] {reason}{end}") }
    };
    Edits::new(codes.iter().map(edit).collect()).ok()
}

/// The bytes of the comment whose words stand at `words`, with its sign: the line, where nothing else stands in it. None where it may not end with
/// its line, or says something else as well.
fn removed(text: &[u8], lines: &Lines<'_>, words: Range<usize>) -> Option<Range<usize>> {
    let line = lines.range(lines.position(words.start).line);
    let before = text.get(line.start..words.start)?.trim_ascii_end();
    let before = [&b"#"[..], b"//", b"--"].iter().find_map(|sign| before.strip_suffix(*sign))?;
    let rest = text.get(words.end..line.end)?;
    if memchr::memmem::find(rest, MARK.as_bytes()).is_some() {
        return None;
    }
    let end = line.start + text.get(line.clone())?.trim_ascii_end().len();
    match before.trim_ascii_end().len() {
        0 => Some(line),
        kept if kept < before.len() => Some(line.start + kept..end),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_goes_with_its_sign_and_its_line() {
        let after = |text: &str| {
            let start = text.find(MARK).unwrap();
            let words = start..text[start..].find(']').map_or(text.len(), |at| start + at + 1);
            removed(text.as_bytes(), &Lines::new(text.as_bytes()), words)
                .map(|range| format!("{}{}", &text[..range.start], &text[range.end..]))
        };
        assert_eq!(after("a\n  # transship: ignore[x] why\nb\n").as_deref(), Some("a\nb\n"));
        assert_eq!(after("a: b # transship: ignore[x] why\r\nb\n").as_deref(), Some("a: b\r\nb\n"));
        assert_eq!(after("a // transship: ignore[x]").as_deref(), Some("a"));
        assert_eq!(after("# see transship: ignore[x]\n"), None);
        assert_eq!(after("a# transship: ignore[x]\n"), None);
        assert_eq!(after("<!-- transship: ignore[x] -->\n"), None);
    }
}
