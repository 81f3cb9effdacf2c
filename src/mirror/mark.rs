//! Owns how the files of a plan are known again: by a mark in those that can hold a comment, and by digests beside the mark for the rest.

use std::collections::BTreeSet;

use super::digest::sha256;
use super::{File, Kind, Written};

/// What every file begins with that can hold a comment.
const MARK: &str = "made by transship ";

/// Whether a file says that transship has made it.
pub fn is_marked(text: &str) -> bool {
    text.contains(MARK)
}

/// Whether a marked file says that the file `name` beside it was written with these bytes.
pub fn vouches(marked: &str, name: &str, bytes: &[u8]) -> bool {
    is_marked(marked) && marked.lines().any(|line| line.ends_with(&line_for(name, bytes)))
}

fn line_for(name: &str, bytes: &[u8]) -> String {
    format!(" with {name} {}", sha256(bytes))
}

/// Folder, with its `/`, and name.
fn split(name: &str) -> (&str, &str) {
    name.split_at(name.rfind('/').map_or(0, |at| at + 1))
}

/// Writes what is not marked, and what is to be filled in, into the header of the first marked file of its folder: else nobody could tell a file
/// that an earlier plan wrote from one that somebody has worked on.
pub(super) fn vouch(written: &mut Written) {
    let stands_for_itself = |file: &File| is_marked(&file.text) && file.kind != Kind::Skeleton;
    let (marked, others): (Vec<File>, Vec<File>) = written.files.iter().cloned().partition(stands_for_itself);
    for other in &others {
        let (folder, name) = split(&other.name);
        let Some(header) = marked.iter().find(|file| split(&file.name).0 == folder) else { continue };
        let header = written.files.iter_mut().find(|file| file.name == header.name);
        if let Some(file) = header {
            file.text = with_line(&file.text, &line_for(name, other.text.as_bytes()));
        }
    }
}

/// `text` with one more line after the header, commented as the mark is.
fn with_line(text: &str, line: &str) -> String {
    let Some(at) = text.find(MARK) else { return text.to_owned() };
    let (before, rest) = text.split_at(at);
    let comment = before.rsplit('\n').next().unwrap_or_default().trim_end();
    let (own, after) = rest.split_once('\n').unwrap_or((rest, ""));
    format!("{before}{own}\n{comment}{line}\n{after}")
}

/// The keys of what a plan wants to be filled in that a file has no entry for; `None` when the file cannot be read.
pub fn lacking(there: &str, wanted: &str) -> Option<BTreeSet<String>> {
    let keys = |text: &str| match serde_yaml::from_str(text) {
        Ok(serde_json::Value::Object(entries)) => Some(entries.into_iter().map(|(key, _)| key).collect::<BTreeSet<String>>()),
        _ => None,
    };
    Some(keys(wanted)?.difference(&keys(there)?).cloned().collect())
}
