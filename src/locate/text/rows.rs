//! Owns names that tables of documents spell in two rows: that of a chart's `image.registry`, and that of its `image.repository`.

use std::ops::Range;

use crate::occurrence::{Origin, Piece, Spelling};
use crate::reference::{KeyPart, Naming};
use crate::text::{FileId, Span};

/// The site of names in a row of a table that tells of an image's key.
pub(super) const ROW: &str = "row";

/// Lines on both sides of a row among which the other one may stand, and bytes.
const LINES: usize = 40;
const NEAR: usize = 16 << 10;

/// Whether a cell of a table before a word names an image's key.
pub(super) fn is_one(before: &str) -> bool {
    before.contains('|') && before.split('|').any(|cell| Naming::of(bare(cell)) == Naming::Image)
}

/// What stands in the row of the registry that a repository's row belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Registry {
    /// There is no such row.
    None,
    /// Nothing that could be one.
    Unknown,
    /// A registry, at these bytes.
    At(Range<usize>),
}

/// The registry of the repository at these bytes.
pub(super) fn registry(text: &[u8], repository: &Range<usize>) -> Registry {
    let Some(own) = row_of(text, repository) else { return Registry::None };
    let found = around(text, repository.start).find(|row| row.part == Some(KeyPart::Registry) && row.group == own.group);
    match found {
        None => Registry::None,
        Some(row) => row.value.filter(|value| is_domain(text, value)).map_or(Registry::Unknown, Registry::At),
    }
}

/// The repository of the registry at these bytes.
pub(super) fn repository(text: &[u8], registry: &Range<usize>) -> Option<Range<usize>> {
    let own = row_of(text, registry).filter(|row| row.part == Some(KeyPart::Registry))?;
    let is_its = |row: &Row<'_>| row.group == own.group && matches!(row.part, Some(KeyPart::Repository | KeyPart::Name | KeyPart::Image));
    around(text, registry.start).find(is_its)?.value
}

/// The name that both rows spell.
pub(super) fn pieces(text: &[u8], file: FileId, registry: Range<usize>, repository: Range<usize>) -> Vec<Piece> {
    let piece = |range: Range<usize>, key: &str| Piece {
        text: String::from_utf8_lossy(text.get(range.clone()).unwrap_or_default()).into_owned(),
        span: Span::new(file, range),
        origin: Origin::Sibling { key: key.into() },
        spelling: Spelling::Verbatim,
    };
    let at = Span::new(file, repository.start..repository.start);
    vec![piece(registry, "registry"), Piece::implied("/", at), piece(repository, "repository")]
}

/// A row of a table of keys.
struct Row<'t> {
    /// What its key has before the last dot.
    group: &'t str,
    part: Option<KeyPart>,
    /// The value, where there is one in quotes.
    value: Option<Range<usize>>,
}

/// The row in which a value stands.
fn row_of<'t>(text: &'t [u8], value: &Range<usize>) -> Option<Row<'t>> {
    let line = memchr::memrchr(b'\n', text.get(..value.start)?).map_or(0, |at| at + 1);
    row(text, line).filter(|row| row.value.as_ref().is_some_and(|own| own.start <= value.start && value.end <= own.end))
}

/// The rows around a byte.
fn around(text: &[u8], at: usize) -> impl Iterator<Item = Row<'_>> {
    let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at..).unwrap_or_default());
    let is_row = |line: &usize| {
        text.get(*line..).is_some_and(|line| line.split(|byte| *byte == b'\n').next().is_some_and(|line| line.contains(&b'|')))
    };
    let above = memchr::memrchr_iter(b'\n', before).take(LINES).map(|end| end + 1).take_while(move |line| at - line < NEAR);
    let below = memchr::memchr_iter(b'\n', after).take(LINES).take_while(|end| *end < NEAR).map(move |end| at + end + 1);
    above.take_while(is_row).chain(below.take_while(is_row)).filter_map(|line| row(text, line))
}

/// The row that begins at a byte.
fn row(text: &[u8], line: usize) -> Option<Row<'_>> {
    let rest = text.get(line..)?;
    let rest = std::str::from_utf8(rest.get(..memchr::memchr(b'\n', rest).unwrap_or(rest.len()).min(NEAR))?).ok()?;
    let mut at = line;
    let mut cells = rest.split('|').map(|cell| {
        let start = at;
        at += cell.len() + 1;
        (cell, start)
    });
    let key = bare(cells.find(|(cell, _)| !cell.trim().is_empty())?.0);
    let (group, last) = key.rsplit_once('.').unwrap_or(("", key));
    let is_key = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'[' | b']'));
    let value = cells.find_map(|(cell, start)| {
        let text = bare(cell);
        let at = start + cell.find(text)?;
        let is_quoted = text.len() < cell.trim().len() && !text.is_empty() && !text.contains(char::is_whitespace);
        is_quoted.then(|| at..at + text.len())
    });
    is_key.then_some(Row { group, part: KeyPart::of(last), value })
}

/// What a cell holds, without blanks and quotes around it.
fn bare(cell: &str) -> &str {
    cell.trim_matches([' ', '\t', '\r', '`', '"', '\'', '*'])
}

fn is_domain(text: &[u8], value: &Range<usize>) -> bool {
    text.get(value.clone()).is_some_and(|value| value.contains(&b'.') || value.contains(&b':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "| Key | Type | Default |\n|---|---|---|\n| image.registry | string | `\"quay.io\"` | The registry. |\n\
        | image.repository | string | `\"acme/web\"` | The image. |\n| log.image.repository | string | `\"acme/log\"` | |\n\
        | none.registry | string | `\"\"` | |\n| none.repository | string | `\"acme/none\"` | |\n";

    fn at(text: &str, word: &str) -> Range<usize> {
        let at = text.find(word).unwrap();
        at..at + word.len()
    }

    #[test]
    fn two_rows_spell_a_name() {
        let bytes = TABLE.as_bytes();
        assert_eq!(registry(bytes, &at(TABLE, "acme/web")), Registry::At(at(TABLE, "quay.io")));
        assert_eq!(repository(bytes, &at(TABLE, "quay.io")), Some(at(TABLE, "acme/web")));
        assert_eq!(registry(bytes, &at(TABLE, "acme/log")), Registry::None);
        assert_eq!(registry(bytes, &at(TABLE, "acme/none")), Registry::Unknown);
    }

    #[test]
    fn a_table_may_have_no_bars_at_its_sides() {
        let text = "Parameter | Description | Default\n--- | --- | ---\n`image.registry` | Registry | `quay.io`\n`image.name` | Name | `acme/web`\n";
        assert_eq!(registry(text.as_bytes(), &at(text, "acme/web")), Registry::At(at(text, "quay.io")));
    }
}
