//! `broken-document`: a part of a file that its format cannot read.

use super::{Lint, Told};
use crate::diagnostic::{Diagnostic, Severity};
use crate::locate::Fault;

/// What it is.
pub const LINT: Lint = Lint {
    code: "broken-document",
    severity: Severity::Warning,
    told: Told::Always,
    about: "A document, or a part of it, breaks its format's grammar; the rest of the file was read. The run ends with exit code 2.",
};

/// The finding for one fault.
pub fn report(fault: &Fault) -> Diagnostic {
    let found = Diagnostic::new(LINT.code, LINT.severity, fault.message.clone(), fault.span);
    Diagnostic { label: Some("not read from here".to_owned()), ..found }
}
