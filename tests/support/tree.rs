//! Owns a folder of files in memory, and the variants of it that must make no difference.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Files by their path, with `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tree(pub(crate) BTreeMap<String, Vec<u8>>);

/// A way to write the same files that changes no reference.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Variant {
    AsWritten,
    WindowsLineEnds,
    ByteOrderMark,
    NoFinalNewline,
}

impl Variant {
    pub(crate) const ALL: [Self; 4] = [Self::AsWritten, Self::WindowsLineEnds, Self::ByteOrderMark, Self::NoFinalNewline];

    fn of(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::AsWritten => bytes.to_vec(),
            Self::WindowsLineEnds => windows_line_ends(bytes),
            Self::ByteOrderMark if bytes.starts_with(BYTE_ORDER_MARK) => bytes.to_vec(),
            Self::ByteOrderMark => [BYTE_ORDER_MARK, bytes].concat(),
            Self::NoFinalNewline => {
                let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
                line.strip_suffix(b"\r").unwrap_or(line).to_vec()
            }
        }
    }
}

fn windows_line_ends(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 16);
    for (at, &byte) in bytes.iter().enumerate() {
        if byte == b'\n' && !(at > 0 && bytes[at - 1] == b'\r') {
            out.push(b'\r');
        }
        out.push(byte);
    }
    out
}

impl Tree {
    pub(crate) fn read(folder: &Path) -> Self {
        let mut files = BTreeMap::new();
        read_into(folder, "", &mut files);
        Self(files)
    }

    pub(crate) fn write(&self, folder: &Path) {
        for (path, bytes) in &self.0 {
            let file = folder.join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, bytes).unwrap();
        }
    }

    pub(crate) fn variant(&self, variant: Variant) -> Self {
        Self(self.0.iter().map(|(path, bytes)| (path.clone(), variant.of(bytes))).collect())
    }

    /// How many lines a file has; none if there is no such file.
    pub(crate) fn lines(&self, path: &str) -> usize {
        self.0.get(path).map_or(0, |bytes| bytes.split(|&byte| byte == b'\n').count())
    }

    /// The line and column (from 1, in characters) of a byte. A byte order mark stands before the first column.
    pub(crate) fn line_and_column(&self, path: &str, byte: usize) -> Option<(usize, usize)> {
        let before = std::str::from_utf8(self.0.get(path)?.get(..byte)?).ok()?;
        let line = before.rsplit('\n').next().unwrap_or_default();
        Some((before.matches('\n').count() + 1, line.trim_start_matches('\u{feff}').chars().count() + 1))
    }
}

fn read_into(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            read_into(&entry.path(), &format!("{path}/"), files);
        } else {
            files.insert(path, fs::read(entry.path()).unwrap());
        }
    }
}
