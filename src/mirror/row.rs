//! Owns one row of a copy plan: an image that exists, and where it shall be.

use std::fmt;

use crate::platform::Platform;
use crate::reference::{Any, HOLE, Invalid, Part, Reference, parse_any};

/// A content digest with its algorithm, `sha256:…`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(String);

impl Digest {
    /// Reads `algorithm:hex`; the algorithm may be sha256, sha384 or sha512.
    ///
    /// # Errors
    /// [`Invalid`] when it is something else.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match parse_any(text) {
            Ok(Any::Identifier(digest)) if digest == text => Ok(Self(digest)),
            Ok(_) => Err(Invalid::Grammar(Part::Digest)),
            Err(invalid) => Err(invalid),
        }
    }

    /// `algorithm:hex`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where the source is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file as walked, with `/`.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
}

/// Why two references make no row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A part of the reference is not known, so that no command can name it.
    #[error("the {part} of `{}` is not known", .reference.replace(HOLE, "{?}"))]
    Hole {
        /// The reference; each unknown value is one [`HOLE`].
        reference: String,
        /// Its first part with a hole.
        part: Part,
    },
    /// The canonical name breaks the grammar: it was not read as docker reads references.
    #[error("`{reference}` is no reference: {invalid}")]
    Invalid {
        /// The reference as typed.
        reference: String,
        /// The rule that it breaks.
        invalid: Invalid,
    },
    /// Nothing to copy.
    #[error("`{reference}` is its own target")]
    Same {
        /// The canonical reference.
        reference: String,
    },
    /// A copy has its source's digest, so no copy can satisfy this target.
    #[error("`{target}` cannot be a copy of `{origin}`: their digests differ")]
    OtherDigest {
        /// The source.
        origin: String,
        /// The target, or the digest that was found.
        target: String,
    },
}

/// How a copy is named in the target's registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Naming {
    /// By the target's tag (`latest` when it has neither tag nor digest).
    Tag,
    /// By its digest alone: the target has no tag, or another row needs the tag.
    Digest,
    /// By a tag that nobody knows here: no copy can be made, but the repository can be redirected.
    Unknown,
}

/// What is asked of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Wish {
    /// The target has it already.
    Satisfied,
    /// It is to be made.
    Needed,
}

/// An image that exists (or is believed to), and the reference under which it is wanted. Both are whole, but for the tag, and digests agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    source: Reference,
    target: Reference,
    digest: Option<Digest>,
    replaces: Option<Digest>,
    platforms: Vec<Platform>,
    takes_any: bool,
    places: Vec<Place>,
    pub(super) naming: Naming,
    pub(super) wish: Wish,
}

impl Row {
    /// A row that copies `source` to `target`. Their tags may have holes: such a row is no copy, and only engines that redirect whole
    /// repositories take it.
    ///
    /// # Errors
    /// [`Refused`] when one of them has another hole or breaks the grammar, when they are the same, or when both have a digest and these differ.
    pub fn new(source: Reference, target: Reference) -> Result<Self, Refused> {
        for reference in [&source, &target] {
            check(reference)?;
        }
        if source.canonical() == target.canonical() {
            return Err(Refused::Same { reference: source.canonical() });
        }
        let other = || Refused::OtherDigest { origin: source.to_string(), target: target.to_string() };
        let digest = match (source.digest(), target.digest()) {
            (Some(from), Some(to)) if from != to => return Err(other()),
            (Some(text), _) | (None, Some(text)) => Some(Digest::parse(text).map_err(|_| other())?),
            (None, None) => None,
        };
        let naming = if [&source, &target].iter().any(|reference| reference.has_hole(Part::Tag)) {
            Naming::Unknown
        } else if target.tag().is_none() && target.digest().is_some() {
            Naming::Digest
        } else {
            Naming::Tag
        };
        Ok(Self {
            source,
            target,
            digest,
            replaces: None,
            platforms: Vec::new(),
            takes_any: false,
            places: Vec::new(),
            naming,
            wish: Wish::Needed,
        })
    }

    /// Says which digest the source has, as its registry answered.
    ///
    /// # Errors
    /// [`Refused::OtherDigest`] when source or target is pinned to another.
    pub fn with_digest(mut self, digest: Digest) -> Result<Self, Refused> {
        if self.digest.as_ref().is_some_and(|known| *known != digest) {
            return Err(Refused::OtherDigest { origin: self.source.to_string(), target: format!("{} ({digest})", self.target) });
        }
        self.digest = Some(digest);
        Ok(self)
    }

    /// Says that the target has what is wanted: nothing is planned for the row, and no other row may undo it.
    #[must_use]
    pub fn satisfied(self) -> Self {
        Self { wish: Wish::Satisfied, ..self }
    }

    /// Says what the target holds now, and will hold no longer.
    #[must_use]
    pub fn with_replaced(self, digest: Digest) -> Self {
        Self { replaces: Some(digest), ..self }
    }

    /// Says that the target's tag is not to be taken: the copy is named by its digest alone, which must be known.
    #[must_use]
    pub fn without_tag(self) -> Self {
        Self { naming: if self.digest.is_some() { Naming::Digest } else { self.naming }, ..self }
    }

    /// Says that a place takes whatever the source has, whichever platforms others name.
    #[must_use]
    pub fn with_any_platform(self) -> Self {
        Self { takes_any: true, ..self }
    }

    /// Says which platforms the target must have; sorted, distinct.
    #[must_use]
    pub fn with_platforms(mut self, platforms: impl IntoIterator<Item = Platform>) -> Self {
        self.platforms.extend(platforms);
        self.platforms.sort();
        self.platforms.dedup();
        self
    }

    /// Says where the source is written; sorted, distinct.
    #[must_use]
    pub fn with_places(mut self, places: impl IntoIterator<Item = Place>) -> Self {
        self.places.extend(places);
        self.places.sort();
        self.places.dedup();
        self
    }

    /// The image as it is.
    pub fn source(&self) -> &Reference {
        &self.source
    }

    /// The image as it shall be.
    pub fn target(&self) -> &Reference {
        &self.target
    }

    /// The digest of both, when one of the references has it or a registry said so.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_ref().map(Digest::as_str)
    }

    /// What the target holds now and the copy replaces.
    pub fn replaces(&self) -> Option<&str> {
        self.replaces.as_ref().map(Digest::as_str)
    }

    /// The platforms that places name; empty means that nobody names one.
    pub fn platforms(&self) -> &[Platform] {
        &self.platforms
    }

    /// Whether a place takes whatever the source has.
    pub fn takes_any(&self) -> bool {
        self.takes_any || self.platforms.is_empty()
    }

    /// Where the source is written.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// What to read: the canonical name, pinned to the digest when it is known, else with its tag.
    pub fn copy_from(&self) -> String {
        match self.digest() {
            Some(digest) => format!("{}@{digest}", self.source.name()),
            None => self.source.pull(),
        }
    }

    /// What to write: the canonical name with its tag, or with its digest when it has no tag of its own.
    pub fn copy_to(&self) -> String {
        match (self.target_tag(), self.digest()) {
            (Some(tag), _) => format!("{}:{tag}", self.target.name()),
            (None, Some(digest)) => format!("{}@{digest}", self.target.name()),
            (None, None) => self.target.pull(),
        }
    }

    /// The source's tag; `latest` when it has neither tag nor digest.
    pub fn source_tag(&self) -> Option<&str> {
        match self.naming {
            Naming::Unknown => None,
            _ => self.source.tag().or_else(|| self.source.digest().is_none().then_some("latest")),
        }
    }

    /// The tag that the copy gets; `None` when it is to be named by its digest alone.
    pub fn target_tag(&self) -> Option<&str> {
        match self.naming {
            Naming::Tag => Some(self.target.tag().unwrap_or("latest")),
            Naming::Digest | Naming::Unknown => None,
        }
    }

    /// Whether source and target are whole, so that a command can name them.
    pub fn is_tag_known(&self) -> bool {
        self.naming != Naming::Unknown
    }

    /// The source's domain in canonical form.
    pub fn source_domain(&self) -> String {
        self.source.name().domain.into_owned()
    }

    /// The target's domain in canonical form.
    pub fn target_domain(&self) -> String {
        self.target.name().domain.into_owned()
    }

    /// The source's path in canonical form (`library/` where it belongs).
    pub fn source_path(&self) -> String {
        self.source.name().path.into_owned()
    }

    /// The target's path in canonical form.
    pub fn target_path(&self) -> String {
        self.target.name().path.into_owned()
    }

    /// Takes over what another row for the same copy knows; `None` when their digests differ.
    pub(super) fn merge(self, other: Self) -> Option<Self> {
        let digest = match (&self.digest, &other.digest) {
            (Some(one), Some(two)) if one != two => return None,
            (one, two) => one.clone().or_else(|| two.clone()),
        };
        let merged = Self {
            digest,
            replaces: self.replaces.clone().or(other.replaces),
            takes_any: self.takes_any() || other.platforms.is_empty() || other.takes_any,
            wish: self.wish.max(other.wish),
            ..self
        };
        Some(merged.with_platforms(other.platforms).with_places(other.places))
    }
}

/// Shell scripts and configurations are made of canonical references, so these must be whole and obey the grammar themselves.
fn check(reference: &Reference) -> Result<(), Refused> {
    let parts = [Part::Domain, Part::Path, Part::Digest];
    if let Some(part) = parts.into_iter().find(|&part| reference.has_hole(part)) {
        return Err(Refused::Hole { reference: reference.to_string(), part });
    }
    let canonical = reference.canonical().replace(HOLE, "0");
    match Reference::parse(&canonical) {
        Ok(again) if again.canonical() == canonical => Ok(()),
        Ok(_) => Err(Refused::Invalid { reference: reference.to_string(), invalid: Invalid::Grammar(Part::Domain) }),
        Err(invalid) => Err(Refused::Invalid { reference: reference.to_string(), invalid }),
    }
}
