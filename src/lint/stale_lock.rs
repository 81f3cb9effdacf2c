//! `stale-lock`: a lock file that does not say what the file says which it locks.

use super::{Lint, Told};
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::Span;

/// What it is.
pub const LINT: Lint = Lint {
    code: "stale-lock",
    severity: Severity::Warning,
    told: Told::Usually,
    about: "`Chart.lock` (`requirements.lock`) locks a dependency that its chart does not name so: another repository, a version that is not asked for, or none of that name. \
            Helm refuses to build the dependencies of such a chart.",
};

/// The finding at a place of the lock; `what` it says that is not so, and the command that renews it.
pub fn report(place: Span, what: String, command: &str) -> Diagnostic {
    let mut found = Diagnostic::new(LINT.code, LINT.severity, what, place);
    found.help = Some(format!("renew it: `{command}`"));
    found
}
