//! Owns the texts of paths whose bytes are no text: no two paths have the same.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::ops::RangeInclusive;
use std::path::Path;

/// The signs that stand for bytes from 0x80 on, which nobody's names have. Whoever has one all the same is told by its own bytes.
const SIGNS: RangeInclusive<char> = '\u{F780}'..='\u{F7FF}';

/// The text of a path, with `/`: its own, or one in which each byte that is no text is a sign.
pub(super) fn text_of(path: &Path) -> Cow<'_, str> {
    let text = match path.to_str() {
        Some(text) if !text.contains(|c| SIGNS.contains(&c)) => Cow::Borrowed(text),
        _ => Cow::Owned(signed(path.as_os_str().as_encoded_bytes())),
    };
    if std::path::MAIN_SEPARATOR == '/' { text } else { text.replace(std::path::MAIN_SEPARATOR, "/").into() }
}

fn signed(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 3);
    let sign = |byte: u8| char::from_u32(u32::from(*SIGNS.start()) - 0x80 + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER);
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            if SIGNS.contains(&letter) {
                text.extend(letter.encode_utf8(&mut [0; 4]).bytes().map(sign));
            } else {
                text.push(letter);
            }
        }
        text.extend(chunk.invalid().iter().copied().map(sign));
    }
    text
}

/// The path that git keeps under these bytes.
pub(crate) fn path_of(bytes: &[u8]) -> Cow<'_, Path> {
    #[cfg(unix)]
    let path = Cow::Borrowed(Path::new(<OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes)));
    #[cfg(not(unix))]
    let path = Cow::Owned(std::path::PathBuf::from(String::from_utf8_lossy(bytes).into_owned()));
    path
}
