//! Owns what a path says about why a file is there.

use crate::occurrence::Class;

/// The class that a file's folders give it; `None` when its format decides.
pub(crate) fn of_path(path: &str) -> Option<Class> {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    folders.split('/').rev().find_map(|folder| match folder {
        "test" | "tests" | "testdata" | "test-data" | "e2e" | "fixtures" | "__tests__" => Some(Class::Test),
        "doc" | "docs" | "documentation" | "examples" | "example" | "samples" => Some(Class::Docs),
        ".github" | ".gitlab" | ".circleci" | ".buildkite" | ".tekton" | ".woodpecker" | ".gitea" | ".forgejo" => Some(Class::Ci),
        _ => None,
    })
}
