//! Owns which files git keeps, by its index alone: no program is started to look at a stranger's repository.
//!
//! Rules: gitformat-index(5), versions 2 to 4. What has another form says nothing.

use std::path::{Path, PathBuf};

/// The most bytes of an index that are read.
const LARGEST: u64 = 1 << 30;
/// Bytes of an entry before its name's flags, without the object's name.
const STAT: usize = 40;

/// The names of the regular files in the index of the repository at `root`; none where there is no index.
pub(super) fn tracked(root: &Path) -> Vec<Vec<u8>> {
    let Some(folder) = git_folder(root) else { return Vec::new() };
    let index = folder.join("index");
    let is_read = index.metadata().is_ok_and(|about| about.is_file() && about.len() <= LARGEST);
    let bytes = if is_read { std::fs::read(index).unwrap_or_default() } else { Vec::new() };
    // The configuration of a linked work tree is that of its repository.
    let config = [folder.join("config"), folder.join("../../config")];
    let is_long = |config: &PathBuf| {
        let text = std::fs::read_to_string(config).unwrap_or_default().to_ascii_lowercase();
        text.lines().filter_map(|line| line.split_once('=')).any(|(key, value)| key.trim() == "objectformat" && value.trim() == "sha256")
    };
    entries(&bytes, if config.iter().any(is_long) { 32 } else { 20 }).unwrap_or_default()
}

/// Where git keeps what it knows of a repository.
fn git_folder(root: &Path) -> Option<PathBuf> {
    let git = root.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    let text = git.metadata().is_ok_and(|about| about.is_file() && about.len() < 4_096).then(|| std::fs::read_to_string(&git).ok())??;
    Some(root.join(text.trim().strip_prefix("gitdir:")?.trim()))
}

/// The paths in an index whose objects have names of `hash` bytes.
fn entries(bytes: &[u8], hash: usize) -> Option<Vec<Vec<u8>>> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let version = number(4).filter(|version| bytes.starts_with(b"DIRC") && (2..=4).contains(version))?;
    let (mut found, mut name, mut at) = (Vec::new(), Vec::new(), 12);
    for _ in 0..number(8)? {
        let (mode, flags) = (number(at + 24)?, bytes.get(at + STAT + hash)?);
        // A flag says that there are more of them.
        let start = at + STAT + hash + if flags & 0x40 == 0 { 2 } else { 4 };
        let mut from = start;
        if version == 4 {
            let (cut, read) = varint(bytes.get(start..)?)?;
            name.truncate(name.len().checked_sub(cut)?);
            from += read;
        } else {
            name.clear();
        }
        let length = memchr::memchr(0, bytes.get(from..)?)?;
        name.extend_from_slice(bytes.get(from..from + length)?);
        at = if version == 4 { from + length + 1 } else { at + (from + length - at) / 8 * 8 + 8 };
        let is_file = mode & 0o170_000 == 0o100_000;
        found.extend(is_file.then(|| name.clone()));
    }
    Some(found)
}

/// A number as version 4 writes it, and how many bytes it takes (git, `varint.c`).
fn varint(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0_usize;
    for (index, byte) in bytes.iter().enumerate().take(8) {
        value = (value << 7) | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
        value += 1;
    }
    None
}
