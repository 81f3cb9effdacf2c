//! An occurrence: one reference found in the scanned files, made of pieces. Every format reduces to it, so there is one rewriter.

mod addition;
mod chart;
mod piece;
mod plain;
mod words;

pub use addition::{Addition, Adds, Home, Style, additions};
pub use chart::{ChartAddress, Mark};
pub use piece::{Origin, Piece, Spelling};
pub use words::{Class, Confidence, Role};

use std::ops::Range;
use std::sync::Arc;

use crate::platform::Platform;
use crate::reference::{HOLE, Invalid, Part, Reference, looks_meant};
use crate::text::Span;

/// One reference found, in the order of its pieces.
///
/// ```
/// use transship::format::Formats;
/// use transship::locate::{File, Surroundings, locate};
/// use transship::text::FileId;
///
/// let bytes = b"ARG REGISTRY=docker.io\nFROM ${REGISTRY}/acme/web:1\n";
/// let file = File { id: FileId(0), path: "Dockerfile", bytes, surroundings: Surroundings::Plain };
/// let found = locate(&file, &Formats::builtin()).occurrences;
/// assert_eq!(found[0].expanded(), "docker.io/acme/web:1");
/// // The registry is a piece that stands in another line.
/// assert_eq!(&bytes[found[0].pieces[0].span.range()], b"docker.io");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The format's id (`compose`).
    pub format: Arc<str>,
    /// The site's id in the format (`service-image`).
    pub site: Arc<str>,
    /// What the reference is used for there.
    pub role: Role,
    /// Why the text is there.
    pub class: Class,
    /// How sure the position is that this is an image.
    pub confidence: Confidence,
    /// Where it is shown to people: the value as typed at the site (`$IMG` in `FROM $IMG`).
    pub place: Span,
    /// The text in pieces. Joined, they spell the reference.
    pub pieces: Vec<Piece>,
    /// The platform that it is pulled for, where the file says one (`FROM --platform=`, Compose's `platform`).
    pub platform: Option<Platform>,
    /// What an edit of it must mind.
    pub cautions: Vec<Caution>,
}

/// How many places that use a value are told: nobody reads more, and each image that is made of the value tells them.
pub const USES: usize = 32;

/// Something about an occurrence that a plan must mind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caution {
    /// A value that feeds the reference is used elsewhere too, where nothing tells what it means (an ARG re-declared and used in a stage).
    /// A fix that changes the value is Unsafe.
    AlsoUsed {
        /// The variable.
        variable: Arc<str>,
        /// Where it is used, the first [`USES`] of them: its name, or the name of its file where a container gets that whole.
        places: Vec<Span>,
    },
    /// A value that feeds the reference is also printed where no image stands, by the templates of its chart. A fix that changes it is Unsafe.
    Printed {
        /// The value's bytes.
        value: Span,
        /// Its name (`.Values.registry`).
        variable: Arc<str>,
        /// Beside which texts of templates it is printed, the first [`USES`] of them.
        places: Vec<Span>,
    },
    /// It is the value of a variable under which something is built or pushed as well. A fix is Unsafe, since that goes elsewhere with it.
    AlsoPushed {
        /// The variable.
        variable: Arc<str>,
        /// Where, the first [`USES`] of them.
        places: Vec<Span>,
    },
    /// What is put before it is not known, since the chart that the value is for is not in sight. A fix that writes a registry into it is Unsafe.
    ChartElsewhere {
        /// The chart, as it is named; empty where only its values are in sight.
        chart: Arc<str>,
    },
    /// Nothing that can be edited says some of it: a chart that is packed, or elsewhere, brings it.
    Unwritten {
        /// The values of that chart that say it (`image.registry`), as whoever deploys the chart can say them.
        keys: Vec<String>,
        /// The chart, as it is named, where it lies outside of the tree. What is added for it is Unsafe, unless the run is asked to add.
        chart: Option<Arc<str>>,
    },
    /// Every root that reaches the image replaces it: nobody pulls it as it stands here.
    Replaced,
    /// Nobody deploys it: it belongs to a chart's dependency that no values in sight turn on. What it shares with others changes with those.
    NotDeployed,
    /// Somewhere else something that is not known is put before it, so it does not say by itself which image it is.
    Preceded {
        /// The value's name there (`.Values.image.repository`).
        variable: Arc<str>,
        /// Where it is used.
        at: Span,
    },
    /// It is an address of charts: what serves them may change with it, and what that takes.
    Chart(Arc<ChartAddress>),
    /// The occurrence must not be edited; the reason is shown.
    Keep(Keep),
}

/// A chart that is not in sight, in words, by how it is named.
#[must_use]
pub fn chart_out_of_sight(named: &str) -> String {
    if named.is_empty() {
        "the chart of these values, which is not in sight,".to_owned()
    } else {
        format!("the chart `{named}`, which is not in sight,")
    }
}

/// Why an occurrence is reported, but never edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// The file is made by a program (a lock file, generated manifests).
    Generated,
    /// The text repeats another file's or field's content (`last-applied-configuration`).
    Copy,
    /// The text must go on matching something else.
    Matcher,
    /// Every root that reaches the image replaces it.
    Placeholder,
}

/// The pieces' texts in one string, and where each lies in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The text; each value that is not known is one [`HOLE`].
    pub text: String,
    /// One range of `text` for each piece, in order.
    pub ranges: Vec<Range<usize>>,
}

impl Occurrence {
    /// Carries every span to where its bytes stand in another text: from a document to its file, from a value to the document that holds it.
    pub fn map_spans(&mut self, to: impl Fn(Span) -> Span) {
        self.place = to(self.place);
        self.pieces.iter_mut().for_each(|piece| piece.span = to(piece.span));
        for caution in &mut self.cautions {
            match caution {
                Caution::AlsoUsed { places, .. } | Caution::AlsoPushed { places, .. } => {
                    for place in places {
                        *place = to(*place);
                    }
                }
                Caution::Printed { value, places, .. } => {
                    *value = to(*value);
                    for place in places {
                        *place = to(*place);
                    }
                }
                Caution::Preceded { at, .. } => *at = to(*at),
                Caution::Chart(address) => Arc::make_mut(address).map_spans(&to),
                Caution::ChartElsewhere { .. }
                | Caution::Unwritten { .. }
                | Caution::Replaced
                | Caution::NotDeployed
                | Caution::Keep(_) => {}
            }
        }
    }

    /// How the address is written, where it is one of charts.
    #[must_use]
    pub fn chart(&self) -> Option<&ChartAddress> {
        self.cautions.iter().find_map(|caution| if let Caution::Chart(address) = caution { Some(&**address) } else { None })
    }

    /// Joins the pieces.
    #[must_use]
    pub fn joined(&self) -> Joined {
        let mut text = String::with_capacity(self.pieces.iter().map(|p| p.text.len()).sum());
        let ranges = self.pieces.iter().map(|piece| {
            let start = text.len();
            text.push_str(&piece.text);
            start..text.len()
        });
        let ranges = ranges.collect();
        Joined { text, ranges }
    }

    /// Whether it is a registry, or the beginning of names: what is pulled by it stands elsewhere.
    #[must_use]
    pub fn is_beginning(&self) -> bool {
        self.pieces.last().is_some_and(|piece| piece.is_elsewhere() && piece.text.starts_with('/'))
    }

    /// The reference that the pieces spell, holes included.
    ///
    /// # Errors
    /// [`Invalid`] when the joined text is no reference.
    pub fn reference(&self) -> Result<Reference, Invalid> {
        Reference::parse_with_holes(&self.joined().text)
    }

    /// Why the text is no reference although the place is sure to be an image and nothing of the text is unknown. None for a reference, for a
    /// text that something else gives its sense, for a variable's empty value, which waits to be given, and for what nobody meant as a reference.
    #[must_use]
    pub fn misspelled(&self) -> Option<Invalid> {
        let is_kept = self.cautions.iter().any(|caution| matches!(caution, Caution::Keep(_)));
        if is_kept || self.has_empty_default() || self.confidence != Confidence::High || !self.role.is_image() {
            return None;
        }
        let text: String = self.pieces.iter().filter(|piece| !piece.is_elsewhere()).map(|piece| piece.text.as_str()).collect();
        Reference::parse(&text).err().filter(|_| looks_meant(&text))
    }

    /// Whether it is no reference while a variable waits for its value: `ARG COMMIT=` and `FROM acme/web:${COMMIT}-slim`.
    #[must_use]
    pub fn waits_for_value(&self) -> bool {
        self.has_empty_default() && self.reference().is_err()
    }

    fn has_empty_default(&self) -> bool {
        self.pieces.iter().any(|piece| piece.text.is_empty() && matches!(piece.origin, Origin::Default { .. }))
    }

    /// Whether its tag comes from elsewhere (the chart's template, the base of an overlay) and nobody knows it. What only matches takes any tag.
    #[must_use]
    pub fn lacks_tag(&self) -> bool {
        self.pieces.iter().any(Piece::is_elsewhere) && !self.cautions.contains(&Caution::Keep(Keep::Matcher))
    }

    /// Whether whoever deploys, builds or runs what stands there pulls the image by this text: it is sure to be one, and neither repeats nor finds
    /// another text, nor does anything take its place.
    #[must_use]
    pub fn is_pulled(&self) -> bool {
        let is_another =
            |caution: &Caution| matches!(caution, Caution::Keep(_) | Caution::Replaced | Caution::NotDeployed | Caution::Preceded { .. });
        let is_sure = self.role == Role::Pull && self.confidence == Confidence::High && self.class.is_in_use();
        is_sure && !self.cautions.iter().any(is_another)
    }

    /// Whether its text tells all of its tag and digest, or that it has none.
    #[must_use]
    pub fn says_its_tag(&self, reference: &Reference) -> bool {
        let end = reference.range(Part::Path).map_or(0, |path| path.end);
        let (name, rest) = reference.as_str().split_at_checked(end).unwrap_or_default();
        !self.lacks_tag() && !rest.contains(HOLE) && !name.ends_with(HOLE)
    }

    /// The reference for people: what is known, and each hole as `{variable}`.
    #[must_use]
    pub fn expanded(&self) -> String {
        self.pieces.iter().map(Piece::shown).collect()
    }

    /// The variables whose value is not known, in order.
    pub fn holes(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter(|p| p.text.contains(HOLE)).filter_map(|p| match &p.origin {
            Origin::Unset { variable } | Origin::Modified { variable, .. } | Origin::Default { variable } => Some(&**variable),
            _ => None,
        })
    }
}
