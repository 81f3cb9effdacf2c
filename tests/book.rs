//! The documents as a book: it is built, and each of its links leads to something in it, or in the repository.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The book, built once.
static BOOK: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let folder = tempfile::Builder::new().prefix("book-").tempdir().unwrap();
    let built = Command::new(root().join("scripts/book")).arg(folder.path()).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    folder
});

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages of a folder and of those in it, from the book's top.
fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|end| end == "html") && path.file_name().is_some_and(|name| name != "404.html") {
            found.push(path);
        }
    }
}

/// The values of an attribute.
fn values<'a>(page: &'a str, attribute: &str) -> impl Iterator<Item = &'a str> {
    let opening = format!(" {attribute}=\"");
    let rest: Vec<&str> = page.split(opening.as_str()).skip(1).collect();
    rest.into_iter().filter_map(|rest| rest.split_once('"')).map(|(value, _)| value)
}

#[test]
fn every_link_of_the_book_leads_somewhere() {
    let book = BOOK.path();
    let mut files = Vec::new();
    pages(book, &mut files);
    let texts: BTreeMap<PathBuf, String> = files.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect();
    let ids: BTreeMap<&PathBuf, BTreeSet<&str>> = texts.iter().map(|(path, text)| (path, values(text, "id").collect())).collect();
    let repository = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/");
    let mut faults = Vec::new();
    let mut followed = 0;
    for (page, text) in &texts {
        for link in values(text, "href").chain(values(text, "src")) {
            let (file, part) = link.split_once('#').map_or((link, None), |(file, part)| (file, Some(part)));
            let fault = if let Some(path) = file.strip_prefix(repository) {
                (!root().join(path).exists()).then_some("the repository has no such file")
            } else if file.contains("://") || file.starts_with("mailto:") {
                None
            } else {
                let target = if file.is_empty() { page.clone() } else { normal(&page.parent().unwrap().join(file)) };
                // What the playground is opened with is no heading.
                let known = |part: &str| part.starts_with("%7B") || ids.get(&target).is_none_or(|ids| ids.contains(part));
                if target.exists() {
                    part.filter(|part| !known(part)).map(|_| "the page has no such heading")
                } else {
                    Some("nothing is there")
                }
            };
            followed += 1;
            faults.extend(fault.map(|fault| format!("{}: {link}: {fault}", page.strip_prefix(book).unwrap().display())));
        }
    }
    assert!(followed > 1000, "{followed} links: the book has another form than is read here");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A path without `..`.
fn normal(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |path, part| match part {
        std::path::Component::ParentDir => path.parent().unwrap().to_owned(),
        part => path.join(part),
    })
}

#[test]
fn the_book_can_be_searched_for_what_people_look_for() {
    let mut files = fs::read_dir(BOOK.path()).unwrap().map(|entry| entry.unwrap().path());
    let index = files.find(|path| path.file_name().unwrap().to_str().unwrap().starts_with("searchindex")).unwrap();
    let index = fs::read_to_string(index).unwrap().to_lowercase();
    let words = [
        "allowlist",
        "baseline",
        "monorepo",
        "rate limit",
        "private registry",
        "air-gapped",
        "renovate",
        "ci gate",
        "bitnami",
        "imagepullbackoff",
    ];
    let missing: Vec<&str> = words.into_iter().filter(|word| !index.contains(word)).collect();
    assert!(missing.is_empty(), "no page says {missing:?}");
}
