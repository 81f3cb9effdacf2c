//! Owns which files outside of charts are values for which of them, though nothing says so: by where they lie, how they are called, and what they
//! have in common with the chart's own.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Bound;

use crate::format::{FormatRole, Formats};
use crate::locate::File;
use crate::source::TreePath;

use super::fit::Fit;
use super::layers::{chart_folders, is_called_so};
use super::many::lines;
use super::reach::Reader;
use super::taken::{Layered, Taken};

/// How far above a file the folder may be in which its chart lies.
const FAR: usize = 4;

/// Of how many charts near a file the keys are looked at.
const NEAR: usize = 64;

/// Over how many of them a file is laid that may belong to any.
const LAID: usize = 8;

/// The names of values at the top, each with what stands behind it.
type Keys = BTreeMap<String, Kind>;

/// What stands behind a key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    /// A mapping or a list.
    Nested,
    /// What does not say which of them it is.
    Any,
}

/// The values that the chart in a folder may have: those of its `values.yaml`, also where they are only shown behind a comment's sign, and those for
/// its dependencies.
fn keys_of_chart<'t>(folder: &str, read: &dyn Fn(&str) -> Option<Cow<'t, [u8]>>) -> Keys {
    let text = |name: &str| read(&format!("{folder}{name}")).unwrap_or_default();
    let (values, lists) = (text("values.yaml"), ["Chart.yaml", "requirements.yaml"].map(text));
    let said = |line: &str| {
        let line = line.trim_start().trim_start_matches("- ");
        let name = line.strip_prefix("name:").or_else(|| line.strip_prefix("alias:"))?;
        Some((name.trim().trim_matches(['"', '\'']).to_owned(), Kind::Nested))
    };
    let mut keys: Keys = lists.iter().flat_map(|list| lines(list).filter_map(said)).collect();
    keys.insert("global".to_owned(), Kind::Nested);
    keys.extend(top(lines(&values).map(|line| line.strip_prefix("# ").or_else(|| line.strip_prefix('#')).unwrap_or(line))));
    keys
}

/// The keys at the top of a file; none where it may be no file of values.
fn keys_of_file(text: &[u8]) -> Keys {
    let keys: Keys = top(lines(text)).collect();
    if keys.contains_key("apiVersion") { Keys::new() } else { keys }
}

/// The keys of lines at the top.
fn top<'t>(lines: impl Iterator<Item = &'t str>) -> impl Iterator<Item = (String, Kind)> {
    let mut lines = lines.peekable();
    std::iter::from_fn(move || {
        let line = lines.next()?;
        // Most lines stand further down.
        if line.starts_with([' ', '#', '-']) {
            return Some(None);
        }
        let Some((key, rest)) = line.split_once(':').filter(|(_, rest)| rest.is_empty() || rest.starts_with([' ', '\t', '\r'])) else {
            return Some(None);
        };
        let (key, rest) = (key.trim_matches(['"', '\'']), rest.trim());
        let is_key = key.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
        let kind = match rest.bytes().next() {
            None | Some(b'#') if lines.peek().is_some_and(|next| next.starts_with([' ', '-'])) => Kind::Nested,
            Some(b'{' | b'[') => Kind::Nested,
            None | Some(b'#' | b'&' | b'*' | b'!' | b'~') => Kind::Any,
            _ if rest == "null" => Kind::Any,
            _ => Kind::Text,
        };
        Some(is_key.then(|| (key.to_owned(), kind)))
    })
    .flatten()
}

/// Whether more than half of a file's keys are a chart's, and none of these stands for a text in one and for more in the other.
fn fits(file: &Keys, chart: &Keys) -> bool {
    let shared = || file.iter().filter_map(|(key, kind)| Some((*kind, *chart.get(key)?)));
    shared().count() * 2 > file.len() && shared().all(|(own, other)| own == other || own == Kind::Any || other == Kind::Any)
}

/// The files outside of charts that may be laid over one of them, each with the chart's folder: the chart that lies below the nearest folder around
/// the file that has any. Where there is one, what is called as values are belongs to it, and what is called otherwise where it fits; of several, the
/// only one that it fits, or whose folder its path names of those; else any of these may be meant.
///
/// `read` gives the text of a file.
pub(super) fn pairs<'p, 't>(
    paths: impl Iterator<Item = &'p str>,
    folders: &BTreeSet<&'p str>,
    formats: &Formats,
    read: &dyn Fn(&str) -> Option<Cow<'t, [u8]>>,
) -> Vec<(&'p str, &'p str)> {
    if folders.is_empty() {
        return Vec::new();
    }
    let values = formats.by_role(FormatRole::Values);
    let mut known: BTreeMap<&'p str, Keys> = BTreeMap::new();
    // Files come folder by folder, and what is near one is near all of its folder.
    let (mut folder, mut near) = (None, Vec::new());
    let of = |path: &'p str| {
        if folder.replace(split(path).0) != Some(split(path).0) {
            near = charts_near(path, folders);
        }
        if let [only] = near.as_slice()
            && is_called_so(path, formats)
        {
            return vec![(path, *only)];
        }
        let may_fit =
            (1..=NEAR).contains(&near.len()) && (matches!(path.rsplit_once('.'), Some((_, "yaml" | "yml"))) || is_called_so(path, formats));
        // What no file of values would be read for need not be laid over others.
        let text = may_fit.then(|| read(path)).flatten().filter(|text| values.is_none_or(|values| values.may_be_in(text)));
        let Some(file) = text.map(|text| keys_of_file(&text)).filter(|keys| !keys.is_empty()) else { return Vec::new() };
        let mut fitting = near.clone();
        fitting.retain(|folder| fits(&file, known.entry(folder).or_insert_with(|| keys_of_chart(folder, read))));
        let is_named = |folder: &&str| path.split(['/', '.']).any(|word| word == split(folder.trim_end_matches('/')).1);
        let mut named = fitting.iter().filter(|folder| is_named(folder));
        if let Some(only) = named.next().copied()
            && named.next().is_none()
        {
            return vec![(path, only)];
        }
        if fitting.len() > LAID { Vec::new() } else { fitting.into_iter().map(|folder| (path, folder)).collect() }
    };
    paths.flat_map(of).collect()
}

/// The charts below the nearest folder around a file that has any; none of a file in a chart.
fn charts_near<'p>(path: &str, folders: &BTreeSet<&'p str>) -> Vec<&'p str> {
    if above(path).any(|folder| folders.contains(folder)) {
        return Vec::new();
    }
    let below = |folder: &str| -> Vec<&'p str> {
        let from = folders.range::<str, _>((Bound::Included(folder), Bound::Unbounded));
        from.take_while(|chart| chart.starts_with(folder)).take(NEAR + 1).copied().collect()
    };
    above(path).take(FAR).map(below).find(|charts| !charts.is_empty()).unwrap_or_default()
}

/// The same of the files of a set. What another file names is for whoever names it, which may be another chart, unless it is called as values are.
pub(super) fn of<'a>(files: &[File<'a>], readers: &[Reader<'_>], formats: &Formats) -> Vec<(&'a str, &'a str)> {
    let folders = chart_folders(files.iter().map(|file| file.path));
    let texts: BTreeMap<&str, &'a [u8]> = files.iter().map(|file| (file.path, file.bytes)).collect();
    let mut found = pairs(files.iter().map(|file| file.path), &folders, formats, &|path| texts.get(path).map(|text| Cow::Borrowed(*text)));
    let others: BTreeSet<&str> = found.iter().map(|(path, _)| *path).filter(|path| !is_called_so(path, formats)).collect();
    if !others.is_empty() {
        let named = named(&others, &texts, readers);
        found.retain(|(path, _)| !named.contains(path));
    }
    found
}

/// Those of `paths` that others take in, by a name that is known or not, or whose name stands in a file that takes in others, in their folder or
/// above it.
fn named<'p>(paths: &BTreeSet<&'p str>, texts: &BTreeMap<&str, &[u8]>, readers: &[Reader<'_>]) -> BTreeSet<&'p str> {
    fn places(layer: &Layered) -> &[TreePath] {
        match layer {
            Layered::File(places) => places,
            _ => &[],
        }
    }
    let takes = || readers.iter().flat_map(|reader| &reader.takes);
    let taken: BTreeSet<&str> =
        takes().flat_map(|taken| taken.paths().iter().chain(taken.all_layers().flat_map(places))).map(TreePath::as_str).collect();
    let like: Vec<&Fit> =
        takes().flat_map(Taken::all_layers).filter_map(|layer| if let Layered::Like(fit) = layer { Some(fit) } else { None }).collect();
    let names: HashSet<&[u8]> = paths.iter().map(|path| split(path).1.as_bytes()).collect();
    let is_of_names = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let mut said: HashSet<(&str, &[u8])> = HashSet::new();
    for path in readers.iter().map(|reader| reader.path.as_str()).collect::<BTreeSet<_>>() {
        let words = texts.get(path).into_iter().flat_map(|text| text.split(|byte| !is_of_names(byte)));
        said.extend(words.filter(|word| names.contains(word)).map(|word| (split(path).0, word)));
    }
    let is_said = |path: &str| {
        let (folder, name) = split(path);
        above(folder).any(|folder| said.contains(&(folder, name.as_bytes())))
    };
    paths.iter().copied().filter(|path| taken.contains(path) || like.iter().any(|fit| fit.is(path)) || is_said(path)).collect()
}

/// The folder of a path, with the slash behind it, and the name in it.
fn split(path: &str) -> (&str, &str) {
    path.split_at(path.rfind('/').map_or(0, |at| at + 1))
}

/// The folders around a path, each with the slash behind it, from the innermost on.
fn above(path: &str) -> impl Iterator<Item = &str> + Clone {
    path.match_indices('/').map(|(at, _)| &path[..=at]).rev().chain([""])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which charts the last of the files is laid over.
    fn charts(texts: &[(&str, &str)]) -> Vec<String> {
        let texts: BTreeMap<&str, &str> = texts.iter().copied().collect();
        let folders = chart_folders(texts.keys().copied());
        let read = |path: &str| texts.get(path).map(|text| Cow::Borrowed(text.as_bytes()));
        let found = pairs(texts.keys().copied(), &folders, &Formats::builtin(), &read);
        found.into_iter().map(|(path, folder)| format!("{path} {folder}")).collect()
    }

    const MILL: (&str, &str) = ("c/mill/values.yaml", "image: acme/mill\nport: 80\n# sieve: acme/sieve\n");
    const QUAY: (&str, &str) = ("c/quay/values.yaml", "image:\n  name: acme/crane\nport: 81\n");
    const HEADS: [(&str, &str); 2] =
        [("c/mill/Chart.yaml", "name: mill\ndependencies:\n- name: 'belt'\n"), ("c/quay/Chart.yaml", "name: quay\n")];

    fn with(path: &str, text: &str) -> Vec<String> {
        charts(&[MILL, QUAY, HEADS[0], HEADS[1], (path, text)])
    }

    #[test]
    fn a_file_goes_over_the_chart_that_it_fits() {
        assert_eq!(with("env/a.yaml", "image: acme/x\n"), ["env/a.yaml c/mill/"]);
        assert_eq!(with("env/a.yml", "\"image\":\n  name: acme/x\nport: 1\n"), ["env/a.yml c/quay/"]);
        assert_eq!(
            with("env/a.yaml", "belt:\n  image: x\nsieve: acme/y\n"),
            ["env/a.yaml c/mill/"],
            "dependencies, and what is only shown"
        );
        assert_eq!(with("env/a.yaml", "image: acme/x\nhour: 1\n"), Vec::<String>::new(), "half of its keys");
        assert_eq!(with("env/a.yaml", "image: acme/x\nport: 1\napiVersion: v1\n"), Vec::<String>::new());
        assert_eq!(with("env/a.txt", "image: acme/x\n"), Vec::<String>::new());
        assert_eq!(with("c/mill/a.yaml", "image: acme/x\n"), Vec::<String>::new(), "inside of a chart it is its own");
    }

    #[test]
    fn a_file_that_fits_several_goes_over_the_one_that_it_names_or_over_all() {
        assert_eq!(with("env/a.yaml", "image:\nport: 1\n"), ["env/a.yaml c/mill/", "env/a.yaml c/quay/"]);
        assert_eq!(with("env/quay/a.yaml", "image: ~\nport: 1\n"), ["env/quay/a.yaml c/quay/"]);
        assert_eq!(with("env/mill.yaml", "image:\nport: 1\n"), ["env/mill.yaml c/mill/"], "a key without a value says nothing");
    }

    #[test]
    fn what_is_called_so_goes_over_the_only_chart_whatever_it_says() {
        let found = |path: &str| charts(&[MILL, HEADS[0], (path, "hour: 1\n")]);
        assert_eq!(found("env/values-a.yaml"), ["env/values-a.yaml c/mill/"]);
        assert_eq!(found("env/a.yaml"), Vec::<String>::new());
        assert_eq!(with("env/values-a.yaml", "image: {}\nhour: 1\nday: 1\n"), Vec::<String>::new());
    }
}
