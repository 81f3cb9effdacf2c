//! Owns telling text from other bytes, for files of every tree alike.

use super::{Files, TreePath};

/// Longest file that is read, in bytes. No configuration that a person keeps is longer, and a file is held whole.
pub const LIMIT: usize = 64 << 20;

/// Bytes at a file's begin in which a NUL tells that it is no text, as git and ripgrep do it.
const SNIFFED: usize = 8 << 10;

/// Bytes of a file's begin that tell UTF-16 without its mark.
const WIDE: usize = 16;

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
        // Of what is no text nobody wants to know that it is long.
        Err(Unread::TooLong) if is_binary(buffer) => Content::Binary,
        Err(unread) => Content::Unread(unread),
        Ok(()) => of_bytes(buffer),
    }
}

/// Endings of files that hold no text, whatever bytes they begin with.
const NO_TEXT: &str = include_str!("../../rules/lists/no-text.txt");

/// Whether a file is by its name none of text.
pub(crate) fn is_never_text(path: &TreePath) -> bool {
    let ending = path.name().rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| NO_TEXT.lines().any(|one| one.eq_ignore_ascii_case(ending)))
}

/// The text of bytes that are one but for their encoding, or for a NUL in it; `None` for what is none at all.
pub(crate) fn decoded(bytes: &[u8]) -> Option<String> {
    let wide = |bytes: &[u8], of: fn([u8; 2]) -> u16| {
        let pairs = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok()).map(of);
        char::decode_utf16(pairs).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>()
    };
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return Some(wide(rest, u16::from_le_bytes));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return Some(wide(rest, u16::from_be_bytes));
    }
    // Without a mark, letters of ASCII are themselves beside NULs. Programs and pictures hold other signs that no text has.
    let is_sign = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace() && !matches!(byte, 0 | 0x0b | 0x1b);
    if bytes.iter().any(is_sign) {
        return None;
    }
    let letters: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
    Some(String::from_utf8_lossy(&letters).into_owned())
}

/// What bytes are.
fn of_bytes(bytes: &[u8]) -> Content<'_> {
    if bytes.len() > LIMIT {
        return Content::Unread(Unread::TooLong);
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Content::Unread(Unread::Utf16);
    }
    match is_binary(bytes) {
        true if is_wide(bytes) => Content::Unread(Unread::Utf16),
        true => Content::Binary,
        false => Content::Text(bytes),
    }
}

fn is_binary(bytes: &[u8]) -> bool {
    memchr::memchr(0, bytes.get(..SNIFFED).unwrap_or(bytes)).is_some()
}

/// Whether the first letters are ASCII in UTF-16: each beside a NUL, always on the same side.
fn is_wide(bytes: &[u8]) -> bool {
    let pairs = bytes.get(..WIDE).unwrap_or(bytes).chunks_exact(2);
    let is_all = |low: usize| {
        pairs.clone().all(|pair| pair.get(low).is_some_and(u8::is_ascii) && pair.get(low) != Some(&0) && pair.get(1 - low) == Some(&0))
    };
    pairs.len() > 0 && (is_all(0) || is_all(1))
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
        let wide: Vec<u8> = "FROM a/b:1".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(of_bytes(&wide), Content::Unread(Unread::Utf16));
        let read = |bytes: &[u8]| decoded(bytes).is_some_and(|text| text.contains("FROM a/b:1"));
        assert!(read(&wide) && read(&[b"\xff\xfe".to_vec(), wide.clone()].concat()) && read(b"FROM a/b:1\n\0\n"));
        assert!(!read(b"\x7fELF\x02\x01\0FROM a/b:1\0"));
        let late = [vec![b'a'; SNIFFED], vec![0]].concat();
        assert!(matches!(of_bytes(&late), Content::Text(_)));
    }
}
