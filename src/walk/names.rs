//! Owns the folder names that are not entered, and why.

use std::ffi::OsStr;

/// Whether vendored trees are entered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Vendored {
    /// They are not: somebody else's files come back with the next update.
    #[default]
    Skip,
    /// They are.
    Include,
}

/// Stores of version control and of tools: whatever they hold is a copy that nobody edits. Never entered, unless given as a path.
const STORES: [&str; 24] = [
    ".bzr",
    ".cache",
    ".direnv",
    ".eggs",
    ".git",
    ".gradle",
    ".hg",
    ".ipynb_checkpoints",
    ".jj",
    ".mypy_cache",
    ".next",
    ".nox",
    ".npm",
    ".nuxt",
    ".parcel-cache",
    ".pnpm-store",
    ".pytest_cache",
    ".ruff_cache",
    ".svn",
    ".terraform",
    ".terragrunt-cache",
    ".tox",
    ".turbo",
    "__pycache__",
];

/// Trees that a package manager or a build fills. Entered with [`Vendored::Include`].
const VENDORED: [&str; 9] =
    [".venv", "bower_components", "node_modules", "site-packages", "target", "third-party", "third_party", "vendor", "venv"];

/// Whether a folder with this name is passed by.
pub(super) fn is_skipped(name: &OsStr, vendored: Vendored) -> bool {
    let Some(name) = name.to_str() else { return false };
    STORES.binary_search(&name).is_ok() || (vendored == Vendored::Skip && VENDORED.binary_search(&name).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_for_the_search() {
        assert!(STORES.is_sorted() && VENDORED.is_sorted());
    }

    #[test]
    fn folders_of_ci_are_entered() {
        for name in
            [".github", ".gitlab", ".circleci", ".devcontainer", ".buildkite", ".tekton", ".woodpecker", ".azure-pipelines", ".forgejo"]
        {
            assert!(!is_skipped(OsStr::new(name), Vendored::Skip), "{name}");
        }
    }

    #[test]
    fn vendored_trees_are_entered_when_asked() {
        assert!(is_skipped(OsStr::new("vendor"), Vendored::Skip));
        assert!(!is_skipped(OsStr::new("vendor"), Vendored::Include));
        assert!(is_skipped(OsStr::new(".git"), Vendored::Include));
    }
}
