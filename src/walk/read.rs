//! Owns reading one file's bytes into a buffer that is used again, and telling text from other bytes.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Longest file that is read, in bytes. No configuration that a person keeps is longer, and a worker holds a file whole.
pub const LIMIT: u64 = 64 << 20;

/// Bytes at a file's begin in which a NUL tells that it is no text, as git and ripgrep do it.
const SNIFFED: usize = 8 << 10;

/// A buffer that grew beyond this for one long file is given back before the next.
const KEPT: usize = 1 << 20;

/// A worker's buffer.
#[derive(Debug, Default)]
pub struct Reader {
    buffer: Vec<u8>,
}

/// What a file holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// Text, or what passes for it: whether it is UTF-8 is the engines' concern.
    Text(&'a [u8]),
    /// Something else.
    Binary,
    /// It could not be read; why, lower case.
    Unread(String),
}

impl Reader {
    /// Reads the file at `path`.
    pub fn read(&mut self, path: &Path) -> Content<'_> {
        match File::open(path) {
            Ok(file) => self.read_from(file),
            Err(error) => Content::Unread(crate::diagnostic::reason(&error)),
        }
    }

    /// Reads `input` to its end.
    pub fn read_from(&mut self, input: impl Read) -> Content<'_> {
        self.buffer.clear();
        self.buffer.shrink_to(KEPT);
        if let Err(error) = input.take(LIMIT + 1).read_to_end(&mut self.buffer) {
            return Content::Unread(crate::diagnostic::reason(&error));
        }
        if self.buffer.len() as u64 > LIMIT {
            return Content::Unread(format!("it is longer than {} MiB", LIMIT >> 20));
        }
        if self.buffer.starts_with(b"\xff\xfe") || self.buffer.starts_with(b"\xfe\xff") {
            return Content::Unread("it is UTF-16; only UTF-8 and other supersets of ASCII are read".to_owned());
        }
        let head = self.buffer.get(..SNIFFED).unwrap_or(&self.buffer);
        if memchr::memchr(0, head).is_some() { Content::Binary } else { Content::Text(&self.buffer) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_text_from_other_bytes() {
        let mut reader = Reader::default();
        assert_eq!(reader.read_from(&b"FROM a\xff"[..]), Content::Text(b"FROM a\xff"));
        assert_eq!(reader.read_from(&b"\x7fELF\0"[..]), Content::Binary);
        assert!(matches!(reader.read_from(&b"\xff\xfeF\0"[..]), Content::Unread(reason) if reason.contains("UTF-16")));
    }

    #[test]
    fn a_file_beyond_the_limit_is_told() {
        let mut reader = Reader::default();
        assert!(matches!(reader.read_from(std::io::repeat(b'a').take(LIMIT + 9)), Content::Unread(reason) if reason.contains("64 MiB")));
    }
}
