//! Owns telling text from other bytes, for files of every tree alike.

use super::{Files, TreePath};

/// Longest file that is read, in bytes. No configuration that a person keeps is longer, and a file is held whole.
pub const LIMIT: usize = 64 << 20;

/// Bytes at a file's begin in which a NUL tells that it is no text, as git and ripgrep do it.
const SNIFFED: usize = 8 << 10;

/// A buffer that grew beyond this for one long file is given back before the next.
const KEPT: usize = 1 << 20;

/// What a file holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// Text, or what passes for it: whether it is UTF-8 is the engines' concern.
    Text(&'a [u8]),
    /// Something else.
    Binary,
    /// It could not be read.
    Unread(Unread),
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// There is none.
    #[error("there is no such file")]
    Missing,
    /// It is longer than [`LIMIT`].
    #[error("it is longer than {} MiB", LIMIT >> 20)]
    TooLong,
    /// It is in an encoding that is not read.
    #[error("it is UTF-16; only UTF-8 and other supersets of ASCII are read")]
    Utf16,
    /// The tree's own reason, lower case.
    #[error("{0}")]
    Other(String),
}

/// Reads a file of `files` into `buffer`.
pub fn content<'a>(files: &dyn Files, path: &TreePath, buffer: &'a mut Vec<u8>) -> Content<'a> {
    buffer.clear();
    buffer.shrink_to(KEPT);
    match files.read(path, buffer) {
        Err(unread) => Content::Unread(unread),
        Ok(()) => of_bytes(buffer),
    }
}

/// What bytes are.
fn of_bytes(bytes: &[u8]) -> Content<'_> {
    if bytes.len() > LIMIT {
        return Content::Unread(Unread::TooLong);
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Content::Unread(Unread::Utf16);
    }
    let head = bytes.get(..SNIFFED).unwrap_or(bytes);
    // Text of two bytes a character has a NUL in each that is of ASCII, on one side only.
    let nuls = |side: usize| head.iter().skip(side).step_by(2).filter(|byte| **byte == 0).count();
    let (first, second) = (nuls(0), nuls(1));
    if first.max(second) * 4 > head.len() && first.min(second) == 0 {
        return Content::Unread(Unread::Utf16);
    }
    if memchr::memchr(0, head).is_some() { Content::Binary } else { Content::Text(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_or_a_mark_of_utf_16_is_no_text() {
        assert_eq!(of_bytes(b"FROM a\n"), Content::Text(b"FROM a\n"));
        assert_eq!(of_bytes(b"\x7fELF\0"), Content::Binary);
        assert_eq!(of_bytes(b"\xff\xfea\0"), Content::Unread(Unread::Utf16));
        assert_eq!(of_bytes(b"F\0R\0O\0M\0 \0a\0"), Content::Unread(Unread::Utf16));
        assert_eq!(of_bytes(b"\0F\0R\0O\0M\0 \0a"), Content::Unread(Unread::Utf16));
        let late = [vec![b'a'; SNIFFED], vec![0]].concat();
        assert!(matches!(of_bytes(&late), Content::Text(_)));
    }
}
