//! Owns the proof: a file with its edits made, located again, says what was planned, and nothing else changed.

use std::ops::Range;

use crate::locate::Value;
use crate::occurrence::Occurrence;
use crate::text::{Edits, FileId, Span};

use super::verdict::shown;

/// A file as it was located before its edits.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The file.
    pub file: FileId,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Its occurrences, in order; their pieces may stand in other files.
    pub occurrences: &'a [Occurrence],
    /// What each of them must read as afterwards, as [`Plan::wanted`](super::Plan::wanted) says.
    pub wanted: &'a [String],
    /// Its values, in order; empty for formats without structure.
    pub values: &'a [Value],
}

/// Locates the file anew when it has these bytes: its occurrences and its values.
pub type Again<'a> = dyn Fn(&[u8]) -> (Vec<Occurrence>, Vec<Value>) + 'a;

/// Why edits may not be written: made in memory, they did something else than planned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unproved {
    /// What differs, lower case, no full stop.
    pub message: String,
    /// Where, in the file as it was.
    pub place: Span,
}

/// Proves that `after` is the file with `edits` made and nothing else: bytes outside of them are identical, `again` (which locates a file of
/// these bytes, linked files edited as planned) finds the same occurrences in the same order, each reading as wanted, and every value that no
/// edit touches is unchanged.
///
/// # Errors
/// [`Unproved`] with the first difference.
pub fn prove(seen: &Seen<'_>, edits: &Edits, after: &[u8], again: &Again<'_>) -> Result<(), Unproved> {
    outside(seen, edits, after)?;
    let (occurrences, values) = again(after);
    readings(seen, &occurrences)?;
    unchanged(seen, edits, &values)
}

/// Walks the edits: each run of bytes between two of them must stand unchanged behind the text of the first.
fn outside(seen: &Seen<'_>, edits: &Edits, after: &[u8]) -> Result<(), Unproved> {
    let fault = |range: Range<usize>, what: &str| Unproved { message: what.to_owned(), place: Span::new(seen.file, range) };
    let (mut rest, mut done) = (after, 0);
    for edit in edits.as_slice() {
        let run = seen.bytes.get(done..edit.range.start).filter(|_| edit.range.end <= seen.bytes.len());
        let run = run.ok_or_else(|| fault(edit.range.clone(), "an edit lies beyond the end of the file"))?;
        let text = rest.strip_prefix(run).ok_or_else(|| fault(done..edit.range.start, "bytes outside the edits changed"))?;
        rest = text.strip_prefix(edit.text.as_bytes()).ok_or_else(|| fault(edit.range.clone(), "an edit was not made as planned"))?;
        done = edit.range.end;
    }
    let last = seen.bytes.get(done..).unwrap_or_default();
    if rest == last { Ok(()) } else { Err(fault(done..seen.bytes.len(), "bytes outside the edits changed")) }
}

fn readings(seen: &Seen<'_>, now: &[Occurrence]) -> Result<(), Unproved> {
    for ((was, wanted), is) in seen.occurrences.iter().zip(seen.wanted).zip(now) {
        let fault = |message| Err(Unproved { message, place: was.place });
        if (&is.format, &is.site) != (&was.format, &was.site) {
            return fault(format!("`{}` would stand where `{}` stood, in another position", is.expanded(), was.expanded()));
        }
        if is.joined().text != *wanted {
            let (reads, wanted) = (is.expanded(), shown(wanted, was));
            return fault(format!("`{}` would read as `{reads}`, not as `{wanted}`", was.expanded()));
        }
    }
    let (before, after) = (seen.occurrences.len().min(seen.wanted.len()), now.len());
    if before == after {
        return Ok(());
    }
    let place = seen.occurrences.get(after).map_or(Span::new(seen.file, 0..0), |lost| lost.place);
    Err(Unproved { message: format!("the file would have {after} references instead of {before}"), place })
}

fn unchanged(seen: &Seen<'_>, edits: &Edits, now: &[Value]) -> Result<(), Unproved> {
    for (was, is) in seen.values.iter().zip(now) {
        let fault = |message| Err(Unproved { message, place: was.span });
        if was.path != is.path {
            return fault(format!("`{}` would stand where `{}` stood", is.path, was.path));
        }
        if was.text != is.text && !is_edited(was.span, seen.file, edits) {
            return fault(format!("the value of `{}` would change", was.path));
        }
    }
    let (before, after) = (seen.values.len(), now.len());
    if before == after {
        return Ok(());
    }
    let place = seen.values.get(after).map_or(Span::new(seen.file, 0..0), |lost| lost.span);
    Err(Unproved { message: format!("the file would have {after} values instead of {before}"), place })
}

/// Whether an edit lies in the value, or inserts at one of its ends.
fn is_edited(value: Span, file: FileId, edits: &Edits) -> bool {
    let inserts = |at: usize| value.start <= at && at <= value.end;
    let own =
        |range: &Range<usize>| if range.is_empty() { inserts(range.start) } else { range.start < value.end && value.start < range.end };
    value.file == file && edits.as_slice().iter().any(|edit| own(&edit.range))
}
