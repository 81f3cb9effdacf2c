//! Owns whether a name of Docker Hub in a text is the beginning of other names (`docker.io/acme`), and no image of `library/`.

use super::built;
use super::key::{By, called};
use super::name::Name;
use crate::locate::official::{begins_names_of_hub, is_official, segment_of_hub};

/// Bytes on both sides of a name in which uses of its variable are looked for.
const NEAR: usize = 16 << 10;

/// Whether what a name is called says so, or names are built on it: `$REGISTRY/web`.
pub(super) fn is_one(text: &[u8], name: &Name) -> bool {
    match segment_of_hub(&name.reads) {
        None => return false,
        // Docker Hub has no such image of its own.
        Some(segment) if !is_official(segment) => return true,
        Some(_) => {}
    }
    let before = text.get(..name.range.start).unwrap_or_default();
    let near = before.len().saturating_sub(NEAR)..text.len().min(name.range.end + NEAR);
    let line = before.get(near.start..).and_then(|before| memchr::memrchr(b'\n', before)).map_or(near.start, |at| near.start + at + 1);
    let Ok(before) = std::str::from_utf8(before.get(line..).unwrap_or_default()) else { return false };
    let Some(called) = called(before).filter(|called| called.by == By::Value) else { return false };
    begins_names_of_hub(called.name, &name.reads) || is_built_on(text.get(near).unwrap_or_default(), called.name)
}

/// Whether a name begins with a use of the variable.
fn is_built_on(text: &[u8], variable: &str) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'$' | b'{' | b'_');
    !variable.is_empty()
        && built::uses(text, variable).iter().any(|used| text.get(used.end) == Some(&b'/') && text.get(used.end + 1).is_some_and(is_word))
}
