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

/// Bytes at a file's begin in which its maker says that it wrote it.
pub(super) const HEAD: usize = 1 << 10;

/// Whether a program wrote a file, as Go's tools say it of theirs in any language: in one line of its head, or by its name.
pub(super) fn is_generated(path: &str, text: &[u8]) -> bool {
    let says = |line: &[u8]| {
        let begin = memchr::memmem::find(line, b"Code generated ");
        begin.and_then(|at| line.get(at..)).is_some_and(|rest| memchr::memmem::find(rest, b"DO NOT EDIT").is_some())
    };
    let head = text.get(..HEAD).unwrap_or(text);
    path.rsplit('/').next().is_some_and(|name| name.starts_with("zz_generated")) || head.split(|byte| *byte == b'\n').any(says)
}
