//! Owns the question how sure it is that a text is a reference, by what it is and what its name says.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::doc::NO_TEXT;
use super::official::is_official;
use crate::format::{Guard, Interpolation};
use crate::occurrence::{Confidence, Occurrence};
use crate::reference::{HOLE, Invalid, Naming, Reference};

/// Endings of files that are no images of containers.
static FILES: LazyLock<HashSet<&str>> = LazyLock::new(|| include_str!("../../rules/lists/files.txt").split_whitespace().collect());

/// Folders of files, before anything else in a path.
const FOLDERS: [&str; 17] = [
    "assets",
    "bin",
    "dist",
    "docs",
    "hack",
    "icons",
    "images",
    "img",
    "media",
    "node_modules",
    "pictures",
    "public",
    "resources",
    "scripts",
    "src",
    "static",
    "uploads",
];

/// Where source code is served.
const SOURCES: [&str; 5] = ["github.com", "www.github.com", "gitlab.com", "bitbucket.org", "codeberg.org"];

/// What switches are set to.
const SWITCHES: [&str; 8] = ["true", "false", "yes", "no", "on", "off", "null", "none"];

/// Systems and machines, of which platforms are made.
const SYSTEMS: [&str; 4] = ["linux", "windows", "darwin", "freebsd"];
const MACHINES: [&str; 12] =
    ["amd64", "arm64", "arm", "386", "i386", "x86_64", "aarch64", "ppc64le", "s390x", "riscv64", "loong64", "mips64le"];

/// How sure it is that what the pieces spell is a reference, judged as strictly as the site asks; `None`: it is none.
pub(super) fn evidence(occurrence: &Occurrence, guard: Guard, interpolation: Interpolation, name: &str) -> Option<Confidence> {
    let text = occurrence.joined().text;
    match Reference::parse_with_holes(&text) {
        Ok(found) => of_reference(&found, &text, guard, name),
        // No name has the sign that stands for bytes that are no text.
        Err(Invalid::Hidden) if text.contains(NO_TEXT) => None,
        Err(Invalid::Hidden) => of_hidden(&text, guard, interpolation, name),
        Err(_) => None,
    }
}

/// Whether what a reference is called, and how it is written, make sure that it is one.
#[must_use]
pub fn is_sure_by_name(name: &str, found: &Reference) -> bool {
    of_reference(found, found.as_str(), Guard::Named, name) == Some(Confidence::High)
}

fn of_reference(found: &Reference, text: &str, guard: Guard, name: &str) -> Option<Confidence> {
    let sure = |sure: bool| sure.then_some(Confidence::High);
    match guard {
        _ if is_id(found) || is_another_word(found) => None,
        Guard::Name => sure(true),
        _ if is_no_image(found) || is_source(found) => None,
        Guard::WellFormed => sure(true),
        Guard::ReferenceLike => sure(is_more_than_a_word(text)),
        Guard::HostQualified => sure(has_host(found)),
        Guard::Domain => sure(has_host(found) && found.path().trim_matches(HOLE).is_empty()),
        Guard::Versioned => sure(has_host(found) && (found.tag().is_some() || found.digest().is_some())),
        Guard::Named => of_named(found, text, Naming::of(name)),
        Guard::NamedPath => {
            let is_known = || text.contains('/') || is_official(found.path()) && !is_service_with_port(found);
            of_named(found, text, Naming::of(name)).map(|sure| if is_known() { sure } else { Confidence::Low })
        }
    }
}

/// What the name says, and what the text shows by itself, together.
fn of_named(found: &Reference, text: &str, naming: Naming) -> Option<Confidence> {
    let (host, version) = (has_host(found), found.tag().is_some() || found.digest().is_some());
    if !host && !found.path().contains(|c: char| c.is_alphabetic() || c == HOLE) {
        return None;
    }
    let port = is_service_with_port(found);
    match naming {
        Naming::Image if port => Some(Confidence::Low),
        Naming::Image => is_more_than_a_word(text).then_some(Confidence::High),
        _ if port => None,
        Naming::Suggests => (host || version).then_some(Confidence::High),
        Naming::Around if version && text.contains('/') => Some(Confidence::High),
        Naming::Nothing if host && version => Some(Confidence::High),
        Naming::Around | Naming::Nothing => (host || version).then_some(Confidence::Low),
        Naming::Otherwise => (host && version).then_some(Confidence::Low),
    }
}

/// Of a text that begins with something unknown.
fn of_hidden(text: &str, guard: Guard, interpolation: Interpolation, name: &str) -> Option<Confidence> {
    // A template that prints the whole name says nothing here: the name stands in the values.
    let name_is_known = text.split(':').next().is_some_and(|name| name.contains(|c: char| c.is_ascii_alphanumeric()));
    let is_path = name_is_known && text.contains('/');
    let has_version = text.rsplit('/').next().is_some_and(|last| last.contains([':', '@']));
    match guard {
        Guard::Name | Guard::WellFormed => (interpolation != Interpolation::Template || name_is_known).then_some(Confidence::High),
        Guard::ReferenceLike => is_path.then_some(Confidence::High),
        Guard::HostQualified | Guard::Versioned | Guard::Domain => None,
        Guard::Named | Guard::NamedPath => match Naming::of(name) {
            Naming::Image | Naming::Suggests => is_path.then_some(Confidence::High),
            Naming::Around | Naming::Nothing => (is_path && has_version).then_some(Confidence::Low),
            Naming::Otherwise => None,
        },
    }
}

fn is_more_than_a_word(text: &str) -> bool {
    text.trim_end_matches([':', HOLE]).contains(['/', ':', '@'])
}

fn has_host(found: &Reference) -> bool {
    found.domain().is_some_and(|domain| domain.contains(['.', ':']) || domain == "localhost")
}

/// What the grammar would take for an image, and whose words say that it is something else.
pub(super) fn is_no_image(found: &Reference) -> bool {
    is_another_word(found) || names_a_file(found) || is_of_a_machine(found)
}

/// A picture, a document or an archive (`acme/logo.png`), or what lies in a folder of files (`assets/logo`).
fn names_a_file(found: &Reference) -> bool {
    if has_host(found) || is_versioned(found) {
        return false;
    }
    let ending = found.path().rsplit('/').next().and_then(|last| last.rsplit_once('.')).map(|(_, ending)| ending);
    let folder = found.path().split_once('/').map(|(first, _)| first);
    ending.is_some_and(|ending| FILES.contains(ending)) || folder.is_some_and(|folder| FOLDERS.contains(&folder))
}

/// A switch that is on or off, or a platform (`linux/amd64`): words that stand beside images, and that the grammar would take for one.
fn is_another_word(found: &Reference) -> bool {
    if found.domain().is_some() || is_versioned(found) {
        return false;
    }
    match found.path().trim_end_matches(HOLE).split_once('/') {
        None => SWITCHES.contains(&found.path().trim_end_matches(HOLE)),
        // Which machine may be a variable (`linux/$(ARCH)`).
        Some((system, "")) => SYSTEMS.contains(&system),
        Some((system, machine)) => SYSTEMS.contains(&system) && MACHINES.contains(&machine.split('/').next().unwrap_or_default()),
    }
}

/// Whether it says a version; a tag that nobody knows may stand in a key beside, or nowhere.
fn is_versioned(found: &Reference) -> bool {
    found.tag().is_some_and(|tag| !tag.contains(HOLE)) || found.digest().is_some()
}

/// The image of a machine as clouds name them: by the number of an account (`099720109477/ubuntu/images/…`), or by a project and a family
/// (`debian-cloud/debian-12`, `projects/acme/global/images/debian-12`).
fn is_of_a_machine(found: &Reference) -> bool {
    if has_host(found) || is_versioned(found) {
        return false;
    }
    let owner = found.path().split_once('/').map_or("", |(owner, _)| owner);
    let is_account = owner.len() == 12 && owner.bytes().all(|byte| byte.is_ascii_digit());
    is_account || owner.ends_with("-cloud") || found.path().contains("global/images/")
}

/// Source code (`github.com/acme/web`), which has tags as well.
fn is_source(found: &Reference) -> bool {
    found.domain().is_some_and(|domain| SOURCES.contains(&domain))
        || found.path().rsplit_once('.').is_some_and(|(_, ending)| ending == "git")
}

/// `sha256:…`: an image's id, or a digest without its repository.
fn is_id(found: &Reference) -> bool {
    found.as_str().len() == 71 && found.path() == "sha256" && found.tag().is_some_and(|tag| tag.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// `redis:6379`: what looks like a tag is a port.
fn is_service_with_port(found: &Reference) -> bool {
    let number = |tag: &str| matches!(tag.len(), 4 | 5) && tag.bytes().all(|b| b.is_ascii_digit());
    !has_host(found) && !found.path().contains('/') && found.digest().is_none() && found.tag().is_some_and(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, text: &str) -> Option<Confidence> {
        of_reference(&Reference::parse(text).unwrap(), text, Guard::Named, name)
    }

    #[test]
    fn name_and_text_count_together() {
        let (sure, unsure) = (Some(Confidence::High), Some(Confidence::Low));
        for (text, says, suggests, around, nothing, otherwise) in [
            ("acme/web", sure, None, None, None, None),
            ("acme/web:1", sure, sure, sure, unsure, None),
            ("web:1", sure, sure, unsure, unsure, None),
            ("quay.io/acme/web", sure, sure, unsure, unsure, None),
            ("quay.io/acme/web:1", sure, sure, sure, sure, unsure),
            ("redis:6379", unsure, None, None, None, None),
            ("1000:1000", None, None, None, None, None),
            ("images/logo.png", None, None, None, None, None),
            ("projects/acme/global/images/debian-12", None, None, None, None, None),
            ("nginx", None, None, None, None, None),
            ("sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", None, None, None, None, None),
        ] {
            let found = ["APP_IMAGE", "BASE", "IMAGE_WEB", "APP", "APP_URL"].map(|name| named(name, text));
            assert_eq!(found, [says, suggests, around, nothing, otherwise], "{text}");
        }
    }

    #[test]
    fn a_place_that_is_sure_asks_for_nothing() {
        let found = Reference::parse("acme/logo.png").unwrap();
        assert_eq!(of_reference(&found, found.as_str(), Guard::Name, ""), Some(Confidence::High));
        assert_eq!(of_reference(&found, found.as_str(), Guard::WellFormed, ""), None);
    }
}
