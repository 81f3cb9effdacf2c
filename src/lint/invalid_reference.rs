//! `invalid-reference`: a text in the place of an image that breaks the grammar of references.

use super::{Lint, Told};
use crate::diagnostic::{Diagnostic, Severity};
use crate::occurrence::Occurrence;
use crate::reference::{Invalid, Part};

/// What it is.
pub const LINT: Lint = Lint {
    code: "invalid-reference",
    severity: Severity::Warning,
    told: Told::Usually,
    about: "A text in the place of an image is no valid reference: nothing can be pulled by it, and no mapping is asked.",
};

/// The finding for an occurrence that `invalid` says is no reference.
pub fn report(occurrence: &Occurrence, invalid: &Invalid) -> Diagnostic {
    let text = occurrence.expanded();
    let message = format!("`{text}` is no valid reference: {}", breaks(invalid));
    let mut found = Diagnostic::new(LINT.code, LINT.severity, message, occurrence.place);
    found.help = Some(format!("{}, or allow it with `transship: ignore[{}] reason`", mend(invalid), LINT.code));
    found.reference = Some(text);
    found
}

/// What of it breaks which rule.
fn breaks(invalid: &Invalid) -> String {
    match invalid {
        Invalid::Grammar(part) => format!("its {part} breaks the grammar"),
        other => other.to_string(),
    }
}

/// What to write instead.
const fn mend(invalid: &Invalid) -> &'static str {
    match invalid {
        Invalid::Empty | Invalid::Hidden | Invalid::Identifier => "write the image's name",
        Invalid::Uppercase => "write the path in lower case",
        Invalid::TooLong => "write a shorter path",
        Invalid::Grammar(Part::Domain) => "write a host name, and a port if it needs one",
        Invalid::Grammar(Part::Path) => "write words of `a-z` and `0-9`, joined by `/`, `.`, `_` or `-`",
        Invalid::Grammar(Part::Tag) => "write a tag of letters, digits, `_`, `.` and `-`, that begins with none of the last two",
        Invalid::Grammar(Part::Digest) => "write the whole digest, `sha256:` and 64 hex digits in lower case",
    }
}
