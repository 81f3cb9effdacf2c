//! Owns what is not pulled since it is built here, or since something else stands in for it.

use std::collections::{BTreeMap, BTreeSet};

use super::reach::Reader;
use crate::locate::File;
use crate::occurrence::{Caution, Keep, Occurrence, Role};
use crate::reference::Reference;
use crate::text::FileId;

/// What the same files build under a name is not pulled by that name: whoever else uses it there gets what was built, with any tag where the one who
/// builds it says none.
pub(super) fn stay(occurrences: &mut [Occurrence]) {
    let built = occurrences.iter().filter(|one| one.role == Role::Push).filter_map(|one| one.reference().ok());
    let built: BTreeSet<String> = built.map(|reference| reference.canonical()).collect();
    if built.is_empty() {
        return;
    }
    let is_built = |reference: Reference| built.contains(&reference.whole()) || built.contains(&reference.name().to_string());
    let uses = occurrences.iter_mut().filter(|one| one.role == Role::Pull);
    uses.filter(|one| one.reference().is_ok_and(is_built)).for_each(|one| one.role = Role::Push);
}

/// What something else stands in for is not pulled either, and is found by its name: the name of a context of BuildKit. Where one build of several gives it
/// one, it stays for all.
pub(super) fn stand_in(readers: &[Reader<'_>], files: &[File<'_>], occurrences: &mut [Occurrence]) {
    let all = readers.iter().flat_map(|reader| &reader.takes).filter(|taken| !taken.stand_ins.is_empty());
    let mut by_path: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (path, names) in all.flat_map(|taken| taken.paths().iter().map(move |path| (path, &taken.stand_ins))) {
        by_path.entry(path.as_str()).or_default().extend(names.iter().map(String::as_str));
    }
    let named: BTreeMap<FileId, BTreeSet<&str>> = files.iter().filter_map(|file| Some((file.id, by_path.remove(file.path)?))).collect();
    let is_named = |one: &Occurrence| {
        let names = named.get(&one.place.file);
        names.is_some_and(|names| one.reference().is_ok_and(|reference| names.contains(reference.whole().as_str())))
    };
    for one in occurrences.iter_mut().filter(|one| one.role == Role::Pull && is_named(one)) {
        one.cautions.extend([Caution::Keep(Keep::Matcher), Caution::Replaced]);
    }
}
