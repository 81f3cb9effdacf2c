//! Owns the way from a text to the parts of a reference, each with its range of bytes.

use std::fmt;
use std::ops::Range;

use serde::Serialize;

use super::grammar;
use super::name::{HUB_DOMAINS, Name};
use crate::text::shown_as_in_json;

/// Stands in a text where a value is not known (an unset variable, a template action). No reference can contain it.
pub const HOLE: char = '\u{FFFC}';

/// A part of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The registry's host and port.
    Domain,
    /// The repository's path in its registry.
    Path,
    /// What follows the colon.
    Tag,
    /// What follows the at sign.
    Digest,
}

shown_as_in_json!(Part);

impl Part {
    /// All parts, in the order of the text.
    pub const ALL: [Self; 4] = [Self::Domain, Self::Path, Self::Tag, Self::Digest];
}

/// A reference as typed: `[domain/]path[:tag][@digest]`, with the range of bytes of each part. Parts may hold [`HOLE`]s when it was made by
/// [`Reference::parse_with_holes`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    text: String,
    domain_end: Option<usize>,
    path_end: usize,
    tag_end: Option<usize>,
    digest: Option<usize>,
}

/// Why a text is no reference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Invalid {
    /// Nothing there.
    #[error("a reference cannot be empty")]
    Empty,
    /// The repository's path has a capital letter.
    #[error("the path of a reference must be lower case")]
    Uppercase,
    /// 64 hex digits are an image ID.
    #[error("64 hex digits are an image ID, not a reference")]
    Identifier,
    /// The path is longer than 255 bytes.
    #[error("the path of a reference has at most 255 characters")]
    TooLong,
    /// A part breaks the grammar.
    #[error("not a valid reference: its {0} breaks the grammar of distribution/reference")]
    Grammar(Part),
    /// A hole stands where the domain ends or begins, so that nothing can be said of the name.
    #[error("an unknown value hides where the name begins")]
    Hidden,
}

/// What [`parse_any`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Any {
    /// A reference.
    Reference(Reference),
    /// An image ID: `sha256:` and 64 hex digits.
    Identifier(String),
}

/// Reads a reference, or an image ID with or without its algorithm (distribution/reference `ParseAnyReference`).
///
/// # Errors
/// [`Invalid`] when it is neither.
pub fn parse_any(text: &str) -> Result<Any, Invalid> {
    if grammar::is_identifier(text) {
        return Ok(Any::Identifier(format!("sha256:{text}")));
    }
    if grammar::is_digest(text) {
        return Ok(Any::Identifier(text.to_owned()));
    }
    Reference::parse(text).map(Any::Reference)
}

impl Reference {
    /// Reads a reference as docker, compose and `BuildKit` do (distribution/reference `ParseNormalizedNamed`).
    ///
    /// # Errors
    /// [`Invalid`] with the first rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if grammar::is_identifier(text) {
            return Err(Invalid::Identifier);
        }
        let found = Self::split(text)?;
        found.check(str::to_owned)?;
        Ok(found)
    }

    /// Reads a reference in which some stretches are not known: each is one [`HOLE`]. A hole is taken to hold no `/`, `:` or `@` of its own
    /// where one stands beside it in the text; where that guess would decide which part is the domain, the answer is [`Invalid::Hidden`].
    ///
    /// # Errors
    /// [`Invalid`], as for [`Reference::parse`].
    pub fn parse_with_holes(text: &str) -> Result<Self, Invalid> {
        if !text.contains(HOLE) {
            return Self::parse(text);
        }
        let found = Self::split(text)?;
        let first = found.name_text().split('/').next().unwrap_or_default();
        let known_domain = found.domain_end.is_some() && first.contains(['.', ':']);
        if first.contains(HOLE) && !known_domain {
            return Err(Invalid::Hidden);
        }
        // A hole can hold anything, so what is known of a part is judged as if the hole were one letter.
        found.check(|part| part.replace(HOLE, "0"))?;
        Ok(found)
    }

    /// Reads a reference by the grammar alone, without Docker's defaults (distribution/reference `Parse`): the first segment is the domain
    /// wherever it could be one.
    ///
    /// # Errors
    /// [`Invalid`], as for [`Reference::parse`].
    pub fn parse_strict(text: &str) -> Result<Self, Invalid> {
        let mut found = Self::split(text)?;
        found.domain_end = text[..found.path_end].find('/').filter(|&slash| grammar::is_domain(&text[..slash]));
        found.check(str::to_owned)?;
        if found.path().len() > 255 { Err(Invalid::TooLong) } else { Ok(found) }
    }

    /// Finds the parts by the separators alone.
    fn split(text: &str) -> Result<Self, Invalid> {
        if text.is_empty() {
            return Err(Invalid::Empty);
        }
        let digest = text.find('@');
        let rest = &text[..digest.unwrap_or(text.len())];
        // A tag may follow a port: in localhost:5000/a the colon belongs to the domain, so look after the last slash.
        let last = rest.rfind('/').map_or(0, |slash| slash + 1);
        let path_end = rest[last..].find(':').map_or(rest.len(), |colon| last + colon);
        let tag_end = (path_end < rest.len()).then_some(rest.len());
        let domain_end = text[..path_end].find('/').filter(|&slash| grammar::is_domain_word(&text[..slash]));
        Ok(Self { text: text.to_owned(), domain_end, path_end, tag_end, digest })
    }

    /// Judges each part by the grammar, after `known` has filled the holes.
    fn check(&self, known: impl Fn(&str) -> String) -> Result<(), Invalid> {
        let path = known(self.path());
        if path.bytes().any(|b| b.is_ascii_uppercase()) && grammar::is_path(&path.to_ascii_lowercase()) {
            return Err(Invalid::Uppercase);
        }
        if !grammar::is_path(&path) {
            return Err(Invalid::Grammar(Part::Path));
        }
        if self.domain().is_some_and(|domain| !grammar::is_domain(&known(domain))) {
            return Err(Invalid::Grammar(Part::Domain));
        }
        if self.tag().is_some_and(|tag| !grammar::is_tag(&known(tag))) {
            return Err(Invalid::Grammar(Part::Tag));
        }
        if self.digest().is_some_and(|digest| !digest.contains(HOLE) && !grammar::is_digest(digest)) {
            return Err(Invalid::Grammar(Part::Digest));
        }
        if self.name().path.len() > 255 { Err(Invalid::TooLong) } else { Ok(()) }
    }

    /// The whole text, as typed.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn name_text(&self) -> &str {
        &self.text[..self.path_end]
    }

    /// The range of bytes of a part in the text; `None` when the reference has no such part.
    pub fn range(&self, part: Part) -> Option<Range<usize>> {
        match part {
            Part::Domain => self.domain_end.map(|end| 0..end),
            Part::Path => Some(self.domain_end.map_or(0, |end| end + 1)..self.path_end),
            Part::Tag => self.tag_end.map(|end| self.path_end + 1..end),
            Part::Digest => self.digest.map(|at| at + 1..self.text.len()),
        }
    }

    fn part(&self, part: Part) -> Option<&str> {
        self.range(part).map(|range| &self.text[range])
    }

    /// The domain as typed; none means Docker Hub.
    pub fn domain(&self) -> Option<&str> {
        self.part(Part::Domain)
    }

    /// The path as typed.
    pub fn path(&self) -> &str {
        self.part(Part::Path).unwrap_or_default()
    }

    /// The tag.
    pub fn tag(&self) -> Option<&str> {
        self.part(Part::Tag)
    }

    /// The digest with its algorithm.
    pub fn digest(&self) -> Option<&str> {
        self.part(Part::Digest)
    }

    /// Whether `part` holds a value that is not known.
    pub fn has_hole(&self, part: Part) -> bool {
        self.part(part).is_some_and(|text| text.contains(HOLE))
    }

    /// The repository in canonical form.
    pub fn name(&self) -> Name<'_> {
        Name::new(self.domain(), self.path())
    }

    /// Whether Docker Hub serves it, under any of its names.
    pub fn is_docker_hub(&self) -> bool {
        self.domain().is_none_or(|domain| HUB_DOMAINS.contains(&domain))
    }

    /// Canonical name with tag and digest as typed.
    pub fn canonical(&self) -> String {
        format!("{}{}", self.name(), &self.text[self.path_end..])
    }

    /// Canonical name with tag and digest, and with the tag that is implied where there is neither.
    pub fn whole(&self) -> String {
        let implied = if self.tag().is_none() && self.digest().is_none() { ":latest" } else { "" };
        format!("{}{implied}", self.canonical())
    }

    /// Familiar name with tag and digest as typed.
    pub fn familiar(&self) -> String {
        format!("{}{}", self.name().familiar(), &self.text[self.path_end..])
    }

    /// What a runtime pulls: canonical, with `:latest` when nothing is said, without the tag when there is a digest (`ParseDockerRef`).
    pub fn pull(&self) -> String {
        let name = self.name();
        match (self.tag(), self.digest()) {
            (_, Some(digest)) => format!("{name}@{digest}"),
            (Some(tag), None) => format!("{name}:{tag}"),
            (None, None) => format!("{name}:latest"),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
