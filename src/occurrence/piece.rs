//! Owns a piece: a run of a reference's text, the bytes it comes from, and how.

use std::borrow::Cow;
use std::sync::Arc;

use super::addition::Addition;
use super::plain;
use crate::reference::HOLE;
use crate::text::Span;

/// A run of a reference's text with one origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it contributes to the reference; [`HOLE`] when its value is not known.
    pub text: String,
    /// The bytes that it comes from, in whatever file. For [`Origin::Implied`] the place between its neighbours, for [`Origin::Unset`] the
    /// variable's use.
    pub span: Span,
    /// How the bytes come to be part of the reference.
    pub origin: Origin,
    /// How the bytes spell the text.
    pub spelling: Spelling,
}

/// How a piece comes to be part of a reference.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// It stands in the value at the site.
    Literal,
    /// It is the value of a variable: an ARG default, a `:-` word, a line of `.env`. The span is the value's, wherever it stands.
    Default {
        /// The variable's name.
        variable: Arc<str>,
    },
    /// A template chooses it among other texts of its own: what stands beside it is shared with those others.
    Choice,
    /// It is the scalar of a key beside the others (`registry`, `repository`, `tag`).
    Sibling {
        /// The key's name.
        key: Arc<str>,
    },
    /// It is not written, but can be: at the (empty) span, behind `before` (a kustomization's `newName` that an entry lacks).
    Unwritten {
        /// What goes before it when it is written.
        before: Arc<str>,
    },
    /// It is not written, but can be: as a key that is added (a chart's value for a chart that is packed in it, whose own values say the text).
    Absent {
        /// Where, and below which keys.
        at: Arc<Addition>,
    },
    /// The format puts it there; no byte spells it (the `/` between `registry` and `repository`, `sha256:` before a bare `sha`).
    Implied,
    /// A variable's value that is changed on its way (`${V#prefix}`, a template function): known or not, its bytes may not be edited.
    Modified {
        /// The variable's name.
        variable: Arc<str>,
        /// The operation as typed (`${V%-*}`).
        by: Arc<str>,
    },
    /// Nothing gives it a value: a hole.
    Unset {
        /// The variable's name, or the template action as typed.
        variable: Arc<str>,
    },
}

impl Origin {
    /// Whether an edit may change the bytes.
    #[must_use]
    pub const fn is_editable(&self) -> bool {
        matches!(
            self,
            Self::Literal | Self::Default { .. } | Self::Choice | Self::Sibling { .. } | Self::Unwritten { .. } | Self::Absent { .. }
        )
    }
}

/// How the bytes of a span spell a piece's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spelling {
    /// Byte for byte, wherever it is cut.
    Verbatim,
    /// Byte for byte, and the span is (part of) a YAML plain scalar, which must still read as a string when it is edited.
    Plain,
    /// The bytes are an encoding of the text (`\/`, a folded line, a line continuation inside a word): they may be replaced as a whole only.
    Encoded,
}

impl Spelling {
    /// How `new` is written as a whole value where `old` stands, if not as it reads: in quotes where it would no longer be a text.
    #[must_use]
    pub fn written(self, old: &str, new: &str) -> Option<String> {
        (self == Self::Plain && plain::is_string(old) && !plain::is_string(new)).then(|| format!("\"{new}\""))
    }
}

impl Piece {
    /// A run of literal text.
    #[must_use]
    pub fn literal(text: impl Into<String>, span: Span) -> Self {
        Self { text: text.into(), span, origin: Origin::Literal, spelling: Spelling::Verbatim }
    }

    /// Text that the format puts between two pieces, at byte `span.start`.
    #[must_use]
    pub fn implied(text: impl Into<String>, at: Span) -> Self {
        Self { text: text.into(), span: Span { end: at.start, ..at }, origin: Origin::Implied, spelling: Spelling::Verbatim }
    }

    /// A value that is not known; `span` is the variable's use.
    #[must_use]
    pub fn hole(variable: impl Into<Arc<str>>, span: Span) -> Self {
        Self { text: HOLE.to_string(), span, origin: Origin::Unset { variable: variable.into() }, spelling: Spelling::Encoded }
    }

    /// Whether it is a tag that the format takes from elsewhere: no byte of it stands here.
    #[must_use]
    pub fn is_elsewhere(&self) -> bool {
        self.origin == Origin::Implied && self.text.contains(HOLE)
    }

    /// Whether an edit may change the piece's bytes.
    #[must_use]
    pub const fn is_editable(&self) -> bool {
        self.origin.is_editable()
    }

    /// The text for people: a hole shows as `{variable}`; a tag that the format takes from elsewhere shows as nothing.
    #[must_use]
    pub fn shown(&self) -> Cow<'_, str> {
        match &self.origin {
            Origin::Unset { variable } | Origin::Modified { variable, .. } if self.text.contains(HOLE) => {
                Cow::Owned(format!("{{{variable}}}"))
            }
            _ if self.is_elsewhere() => Cow::Borrowed(""),
            _ => Cow::Borrowed(&self.text),
        }
    }
}
