//! Owns what a plan says of each occurrence: kept, fixed, refused and why, unresolved.

use std::sync::Arc;

use crate::locate::Failure;
use crate::mapping::Held;
use crate::occurrence::{Keep, Occurrence, Origin, Role};
use crate::reference::{HOLE, Part};
use crate::text::Span;

/// The code of a refusal that a registry's silence is to blame for: the same run may succeed later.
pub const UNDECIDED: &str = "undecided";

/// What shall happen to one occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not covered by a mapping, or already what its mapping makes of it.
    Kept,
    /// It becomes `target` by fix number `fix` of the plan.
    Fixed {
        /// Index in [`Plan::fixes`](super::Plan::fixes).
        fix: usize,
        /// The reference afterwards, as it will be typed; holes stand where they stood.
        target: String,
        /// The mapping's id.
        mapping: Arc<str>,
    },
    /// Nobody deploys it, or can as it stands, and fix number `fix` changes bytes that it shares with others.
    Altered {
        /// Index in [`Plan::fixes`](super::Plan::fixes).
        fix: usize,
        /// What it reads as afterwards.
        reads: String,
        /// What its mapping makes of it and the mapping's id, where one covers it.
        wish: Option<(String, Arc<str>)>,
    },
    /// A mapping covers it, or may cover it, and it is left alone.
    Refused {
        /// Why.
        refusal: Refusal,
        /// What it should become, where that can be said.
        target: Option<String>,
        /// The mapping's id.
        mapping: Arc<str>,
    },
    /// A value that is not known hides where its name begins, so that no mapping can be asked.
    Unresolved {
        /// The variable, or the template action.
        variable: Arc<str>,
        /// Its use.
        at: Span,
    },
}

/// Why an occurrence that a mapping covers is left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A value that is not known hides the part that would be changed, or that decides what it becomes.
    Hidden {
        /// The variable, or the template action.
        variable: Arc<str>,
        /// Its use.
        at: Span,
        /// The part of the reference that it hides.
        part: Part,
    },
    /// The text to change is changed on its way from its bytes to the reference.
    Modified {
        /// The variable.
        variable: Arc<str>,
        /// The operation as typed.
        by: Arc<str>,
        /// Its use.
        at: Span,
    },
    /// The bytes to change are used by others that would not come out as they should.
    Shared {
        /// Every use: the place of each occurrence that has the bytes, and what it must read as. One list for all of them: a thousand aliases of
        /// one anchor would else be a million uses.
        uses: Arc<[Use]>,
        /// The bytes.
        at: Span,
    },
    /// No piece can hold the new text: it would fall between two pieces, or on a separator that the format puts there.
    Split,
    /// The occurrence is of a kind that is never edited.
    Keep(Keep),
    /// The site's role is reported, not rewritten.
    Role(Role),
    /// The position does not say for sure that this is an image.
    Uncertain,
    /// The mapping itself refuses (`digest: refuse`).
    Mapping(String),
    /// What would have to change beside it is left to people, for this reason.
    Told(Arc<str>),
    /// A registry does not have the target, or could not say so.
    Held(Held),
    /// Another file would have to change with it, and is not there to be changed.
    Beyond {
        /// What would have to change there.
        at: Span,
    },
    /// It would have to change in a file that ignore files keep out of what people share.
    Ignored {
        /// What would have to change there.
        at: Span,
    },
    /// It stands in another repository, which lies in the folder.
    Foreign {
        /// What would have to change there.
        at: Span,
        /// The folder of that repository.
        repository: Arc<str>,
    },
    /// Whoever was asked said no.
    Declined,
    /// The chart would refuse its values.
    Fails(Arc<Failure>),
    /// The edits were made in memory and the file, read again, did not say what it should; nothing is written.
    Unproved(String),
}

/// One use of shared bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The occurrence's place.
    pub place: Span,
    /// What it reads as now.
    pub reads: String,
    /// What it must read as afterwards; the same when no mapping covers it.
    pub wanted: String,
}

impl Refusal {
    /// A short, stable code (`hidden`, `shared`, …) for machines and fixtures.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Hidden { .. } => "hidden",
            Self::Modified { .. } => "modified",
            Self::Shared { .. } => "shared",
            Self::Split => "split",
            Self::Keep(Keep::Generated) => "generated",
            Self::Keep(Keep::Copy) => "copy",
            Self::Keep(Keep::Matcher) => "matcher",
            Self::Keep(Keep::Placeholder) => "placeholder",
            Self::Role(_) => "role",
            Self::Uncertain => "uncertain",
            Self::Mapping(_) => "mapping",
            Self::Told(_) => "told",
            Self::Held(Held::NotThere(_)) => "held",
            Self::Held(Held::Undecided(_)) => UNDECIDED,
            Self::Beyond { .. } => "beyond",
            Self::Ignored { .. } => "ignored",
            Self::Foreign { .. } => "foreign",
            Self::Declined => "declined",
            Self::Fails(_) => "fails",
            Self::Unproved(_) => "unproved",
        }
    }
}

impl Verdict {
    /// What a mapping makes of the occurrence, whether or not a fix carries it out.
    pub fn target(&self) -> Option<&str> {
        match self {
            Self::Fixed { target, .. } => Some(target),
            Self::Refused { target, .. } => target.as_deref(),
            Self::Altered { wish, .. } => wish.as_ref().map(|(target, _)| target.as_str()),
            Self::Kept | Self::Unresolved { .. } => None,
        }
    }

    /// The id of the mapping that covers the occurrence, or may.
    pub fn mapping(&self) -> Option<&Arc<str>> {
        match self {
            Self::Fixed { mapping, .. } | Self::Refused { mapping, .. } => Some(mapping),
            Self::Altered { wish, .. } => wish.as_ref().map(|(_, mapping)| mapping),
            Self::Kept | Self::Unresolved { .. } => None,
        }
    }
}

/// `text` with each hole as `{variable}`: the holes of a reference, and of what becomes of it, come in the order of the occurrence's. A tag that
/// the format takes from elsewhere shows as nothing, as in [`Occurrence::expanded`].
pub fn shown(text: &str, occurrence: &Occurrence) -> String {
    let mut holes = occurrence.pieces.iter().flat_map(|piece| {
        let name = match &piece.origin {
            Origin::Unset { variable } | Origin::Modified { variable, .. } | Origin::Default { variable } => Some(&**variable),
            _ => None,
        };
        piece.text.matches(HOLE).map(move |_| name)
    });
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c != HOLE {
            out.push(c);
        } else if let Some(name) = holes.next().flatten() {
            out.push('{');
            out.push_str(name);
            out.push('}');
        } else if out.ends_with([':', '@']) {
            out.pop();
        }
    }
    out
}
