//! Owns what files take in, and what that takes in: one way for sets of a run, for single files, and for the proof by rendering.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use crate::format::{Engine, Format, Formats, Holds, How};
use crate::source::{Content, Files, TreePath, content};

use super::calls::called;
use super::look::taken;
use super::place::{To, is_remote};
use super::taken::{Looked, Taken};

/// Bytes of a file that is read at most: what says how things hang together is never longer.
const LONGEST: usize = 4 << 20;

/// A file that was read for what it takes in.
#[derive(Clone, Debug)]
pub struct Reader<'f> {
    /// The file.
    pub path: TreePath,
    /// As what it was read.
    pub format: &'f Arc<Format>,
    /// What it takes in, in order; places of something that is there come alone.
    pub takes: Vec<Taken<'f>>,
    /// Whether that is all.
    pub looked: Looked,
}

/// Files that may take others in, each with the format that it is read as for that.
pub type Starts<'f> = Vec<(TreePath, &'f Arc<Format>)>;

/// Whether a file may take in others by the links of a format, by its content alone.
#[must_use]
pub fn may_take(content: &Content<'_>, format: &Format) -> bool {
    let by_name = || format.table.links.iter().any(|link| link.beside.is_some());
    match (Bytes::of(content), content) {
        (Bytes::Read, Content::Text(bytes)) => format.may_link(bytes) || by_name(),
        (Bytes::TooLong, _) => true,
        _ => by_name(),
    }
}

/// Follows what the files `starts`, each read as a format, take in. Each is read once a format; what is not there is named all the same.
#[must_use]
pub fn reach<'f>(
    starts: impl IntoIterator<Item = (TreePath, &'f Arc<Format>)>,
    files: &dyn Files,
    formats: &'f Formats,
) -> Vec<Reader<'f>> {
    let mut open: VecDeque<_> = starts.into_iter().map(|(path, format)| (path.folder(), path, format)).collect();
    files.announce(&mut open.iter().map(|(_, path, _)| path));
    let mut seen: BTreeSet<(TreePath, &str)> = BTreeSet::new();
    let (mut found, mut buffer) = (Vec::new(), Vec::new());
    // What several formats read comes one behind the other.
    let mut last: Option<(TreePath, Bytes)> = None;
    while let Some((folder, path, format)) = open.pop_front() {
        if !seen.insert((path.clone(), &format.id)) {
            continue;
        }
        let held = match last.take().filter(|(of, _)| *of == path) {
            Some((_, held)) => held,
            None => Bytes::of(&content(files, &path, &mut buffer)),
        };
        let bytes = if held == Bytes::Read { &buffer[..] } else { &[] };
        let name = path.as_str().rsplit('/').next().unwrap_or_default();
        let (mut takes, looked) = match format.table.engine {
            Engine::Calls => called(&folder, bytes, format),
            _ => taken(name, &folder, bytes, format),
        };
        let looked = if held == Bytes::TooLong { Looked::AtSome } else { looked };
        last = Some((path.clone(), held));
        for taken in &mut takes {
            let next = find(taken, files, formats);
            let next = next.into_iter().filter(|(_, format)| !format.table.links.is_empty());
            open.extend(next.map(|(path, format)| (taken.within.clone().unwrap_or_else(|| path.folder()), path, format)));
        }
        found.push(Reader { path, format, takes, looked });
    }
    found
}

/// What of a file is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bytes {
    /// All of it.
    Read,
    /// Nothing, since it is longer than is read for that.
    TooLong,
    /// Nothing: what cannot be read is told when its turn comes.
    Unread,
}

impl Bytes {
    const fn of(content: &Content<'_>) -> Self {
        match content {
            Content::Text(bytes) if bytes.len() <= LONGEST => Self::Read,
            Content::Text(_) => Self::TooLong,
            Content::Binary | Content::Unread(_) => Self::Unread,
        }
    }
}

/// Finds what is taken in among the places where it may lie; gives what of it takes in more, and as what that is read.
fn find<'f>(taken: &mut Taken<'f>, files: &dyn Files, formats: &'f Formats) -> Vec<(TreePath, &'f Arc<Format>)> {
    let To::Paths(paths) = &mut taken.to else { return Vec::new() };
    let of = |id: &Option<String>| id.as_deref().and_then(|id| formats.get(id));
    let (unit, format) = (of(&taken.link.table.unit), of(&taken.link.table.format));
    let mut next = Vec::new();
    let mut there = Vec::new();
    for path in paths.iter() {
        if files.is_file(path) {
            next.extend(format.map(|format| (path.clone(), format)));
            there.push(path.clone());
        } else if let Some((head, unit)) = unit.and_then(|unit| Some((head_in(path, unit, files)?, unit))) {
            next.push((head.clone(), unit));
            there.push(head);
        }
    }
    if !there.is_empty() {
        taken.found = true;
        *paths = there;
    } else if taken.link.table.call.is_some() && taken.link.table.r#as != How::Chart {
        // Nobody named these folders: they are only those in which a script may be.
        taken.to = To::Vague;
    } else if is_remote(&taken.typed) {
        taken.to = To::Remote;
    } else if unit.is_some() {
        // A tool of another kind makes something of that folder.
        let folders = formats.iter().filter(|format| format.table.units.as_ref().is_some_and(|units| units.holds == Holds::Folder));
        let others: Vec<_> = folders.collect();
        paths.retain(|path| others.iter().all(|other| head_in(path, other, files).is_none()));
    }
    next
}

/// The head of a unit of that format in a folder: the first of its names that is there.
#[must_use]
pub fn head_in(folder: &TreePath, format: &Format, files: &dyn Files) -> Option<TreePath> {
    let named = format.table.units.iter().flat_map(|units| &units.heads).filter_map(|name| folder.join(name).ok());
    named.into_iter().find(|path| files.is_file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::source::Memory;

    /// What the first file takes in, and what that does: `how path`, and what lies elsewhere in brackets.
    fn reached(id: &str, files: &[(&str, &str)]) -> Vec<String> {
        let (formats, mut tree) = (Formats::builtin(), Memory::default());
        let path = |text: &str| TreePath::new(text).unwrap();
        for (name, text) in files {
            tree.put(path(name), text.as_bytes().to_vec());
        }
        let start = (path(files[0].0), formats.get(id).unwrap());
        let readers = reach([start], &tree, &formats);
        let tell = |taken: &Taken<'_>| match &taken.to {
            To::Paths(paths) => paths.iter().chain(&taken.variables).map(|path| format!("{:?} {path}", taken.how())).collect(),
            other => vec![format!("{:?} [{other:?}] {}", taken.how(), taken.typed)],
        };
        readers.iter().flat_map(|reader| &reader.takes).filter(|taken| taken.link.table.beside.is_none()).flat_map(tell).collect()
    }

    #[test]
    fn a_project_names_what_it_includes_extends_and_builds() {
        let text = "include:\n  - db/a.yaml\n  - {path: [x.yaml], env_file: x.env, project_directory: x}\n  - oci://r.io/x\n\
                    services:\n  a: {extends: {file: $BASE}, build: ../up}\n  b: {build: {context: app, args: {A: b}}}\n\
                    \x20 c: {build: {context: app, dockerfile: ../c.build}}\n  d: {build: {context: app, dockerfile_inline: FROM x}}\n";
        let inner = "services: {e: {env_file: [{path: e.env}]}}\n";
        let found = reached("compose", &[("compose.yaml", text), ("x.yaml", inner), ("db/a.yaml", "services: {f: {env_file: f.env}}\n")]);
        let wanted = [
            "Document db/a.yaml",
            "Document x.yaml",
            "Document x.env",
            "Document [Remote] oci://r.io/x",
            "Document [Vague] $BASE",
            "Build [Outside] ../up",
            "Build app/Dockerfile",
            "Build c.build",
            "Data db/f.env",
            "Data x/e.env",
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_kustomization_leads_to_heads_of_folders_and_to_files_in_two_notations() {
        let text = "resources: [../base, github.com/x/y, missing]\npatches: [{path: p.yaml}]\npatchesStrategicMerge:\n  - |-\n    a: 1\n    b: 2\n\
                    configMapGenerator: [{files: [k=a.txt, b.txt], envs: [c.env]}]\n";
        let found = reached("kustomization", &[("over/kustomization.yaml", text), ("base/kustomization.yml", "components: [../../c]\n")]);
        let wanted = [
            "Resource base/kustomization.yml",
            "Resource [Remote] github.com/x/y",
            "Resource over/missing",
            "Patch over/p.yaml",
            "Override over/p.yaml",
            "Override [Here] a: 1\nb: 2",
            "Data over/a.txt",
            "Data over/b.txt",
            "Environment over/c.env",
            "Component [Outside] ../../c",
        ];
        assert_eq!(found, wanted);
    }
}
