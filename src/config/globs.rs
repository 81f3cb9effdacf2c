//! Owns the reading of globs in rule files.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use crate::mapping::{Fault, RuleFile, Text};

/// The set of the globs; those that cannot be read are faults of the file.
pub(super) fn globs(file: &RuleFile, all: &[Text], faults: &mut Vec<Fault>) -> GlobSet {
    let mut globs = GlobSetBuilder::new();
    for glob in all {
        match glob_of(&glob.text) {
            Ok(read) => _ = globs.add(read),
            Err(error) => {
                let message = format!("the glob `{}` cannot be read: {}", glob.text, error.kind());
                faults.push(Fault::new(file.place(&glob.span), message));
            }
        }
    }
    globs.build().unwrap_or_default()
}

/// The set of globs of the command line.
///
/// # Errors
/// Which cannot be read, and why.
pub(super) fn globs_of(all: &[String]) -> Result<GlobSet, String> {
    let mut globs = GlobSetBuilder::new();
    for glob in all {
        globs.add(glob_of(glob).map_err(|error| format!("the glob `{glob}` cannot be read: {}", error.kind()))?);
    }
    globs.build().map_err(|error| error.to_string())
}

fn glob_of(glob: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(glob).literal_separator(true).empty_alternates(true).build()
}
