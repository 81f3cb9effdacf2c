//! Owns a reference as patterns see it: its canonical name, and what its holes may stand for.
//!
//! What a hole may stand for: in the domain, anything without a slash; where it fills a segment between two slashes, that one segment;
//! elsewhere in the path anything, slashes included; at the end of a text without tag or digest, a tag and a digest too; in a tag or a
//! digest, anything that has no separator.

use std::borrow::Cow;

use super::meet::could_equal;
use crate::reference::{DOCKER_HUB, HOLE, HUB_DOMAINS, Name, Part, Reference};

/// A reference prepared for matching.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) reference: &'a Reference,
    /// The canonical name; holes stand in it where they stood.
    pub(crate) name: String,
    /// What the canonical name may be instead, when a hole hides it: without `library/`, or on Docker Hub.
    pub(crate) others: Vec<String>,
    /// Whether `name` has a hole.
    pub(crate) holed: bool,
}

/// What is known of a tag or a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known<'a> {
    /// There is none.
    Absent,
    /// It is there; it may hold holes.
    Present(&'a str),
    /// A hole at the end of the path may hold one.
    Unknown,
}

impl<'a> Subject<'a> {
    pub(crate) fn new(reference: &'a Reference) -> Self {
        let path = reference.path();
        let name = answering(reference);
        let holed = name.contains(HOLE);
        let mut others = Vec::new();
        if holed {
            if reference.is_docker_hub() && !path.contains('/') {
                others.push(format!("{DOCKER_HUB}/{path}"));
            }
            let domain = reference.domain().unwrap_or(DOCKER_HUB);
            if domain.contains(HOLE) && HUB_DOMAINS.iter().any(|hub| could_equal(domain, hub)) {
                others.push(format!("{DOCKER_HUB}/{path}"));
                if !path.contains('/') {
                    others.push(format!("{DOCKER_HUB}/library/{path}"));
                }
            }
        }
        Self { reference, name, others, holed }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.others.iter().map(String::as_str))
    }

    /// The part that has the name's first hole.
    pub(crate) fn hidden(&self) -> Part {
        if self.reference.has_hole(Part::Domain) { Part::Domain } else { Part::Path }
    }

    fn ends_in_hole(&self) -> bool {
        self.reference.path().ends_with(HOLE) && self.reference.tag().is_none()
    }

    pub(crate) fn tag(&self) -> Known<'a> {
        match self.reference.tag() {
            Some(tag) => Known::Present(tag),
            None if self.ends_in_hole() => Known::Unknown,
            None => Known::Absent,
        }
    }

    pub(crate) fn digest(&self) -> Known<'a> {
        match self.reference.digest() {
            Some(digest) => Known::Present(digest),
            None if self.ends_in_hole() => Known::Unknown,
            None => Known::Absent,
        }
    }
}

/// The canonical name by who answers to it: names of hosts know no case, and 443 is the port that is meant where none is written.
fn answering(reference: &Reference) -> String {
    let typed = reference.domain().unwrap_or(DOCKER_HUB);
    match host(typed) {
        Cow::Borrowed(same) if same == typed => reference.name().to_string(),
        host => Name::new(Some(&host), reference.path()).to_string(),
    }
}

/// A domain as who answers to it is known.
pub(crate) fn host(domain: &str) -> Cow<'_, str> {
    let plain = domain.strip_suffix(":443").unwrap_or(domain);
    if plain.bytes().any(|byte| byte.is_ascii_uppercase()) { plain.to_ascii_lowercase().into() } else { plain.into() }
}

/// Whether a segment of a name may in truth be several: it has a hole that does not fill it between two slashes. `index` counts from the domain.
pub(crate) fn may_hold_slash(segments: &[&str], index: usize) -> bool {
    let Some(segment) = segments.get(index) else { return false };
    let whole = segment.chars().eq([HOLE]);
    let middle = index > 0 && index + 1 < segments.len();
    index > 0 && segment.contains(HOLE) && !(whole && middle)
}
