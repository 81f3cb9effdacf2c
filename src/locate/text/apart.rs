//! Owns what is named like an image's registry and is none: addresses of charts.

use std::ops::Range;

use super::name::Name;
use crate::occurrence::Class;

/// Bytes of its line before a name that are looked at: a file may be one line.
const NEAR: usize = 4 << 10;

/// The class of a name in the line with the bytes `line`, where what it stands in says that it is no image.
pub(super) fn class(text: &[u8], line: &Range<usize>, name: &Name) -> Option<Class> {
    let start = line.start.max(name.range.start.saturating_sub(NEAR));
    let before = String::from_utf8_lossy(text.get(start..name.range.start)?);
    is_chart(&before, name).then_some(Class::Url)
}

/// Whether it is an address of charts that is the value of something, or names no chart: mappings of images cover none. As a word of a command it may
/// be any artifact.
fn is_chart(before: &str, name: &Name) -> bool {
    let Some(outer) = before.strip_suffix("oci://") else { return false };
    let outer = outer.trim_end_matches(['"', '\'', '`', '\\', ' ', '\t']);
    outer.ends_with([':', '=', '[', ',', '(', '{', '>']) || name.reads.matches('/').count() < 2
}
