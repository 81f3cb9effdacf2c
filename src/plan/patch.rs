//! Owns the patch that shows a change: bytes as they are, in the form that `git apply` takes.

use std::fmt::Write as _;
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// The unified diff from `before` to `after`; empty when they are the same.
///
/// `path` is relative to the top of the repository, and the head has git's own line: `git apply` then takes the path as it is, from whatever
/// folder of the repository it is called. Without that line it guesses how much of the path to strip, and errs in `a/a/file`.
pub fn diff(path: &str, before: &[u8], after: &[u8]) -> Vec<u8> {
    let (old, new) = (lines(before), lines(after));
    let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
    let mut out = Vec::new();
    for hunk in group_diff_ops(ops, CONTEXT) {
        if hunk.iter().all(|op| matches!(op, DiffOp::Equal { .. })) {
            continue;
        }
        if out.is_empty() {
            let (a, b) = (name("a/", path), name("b/", path));
            out.extend_from_slice(format!("diff --git {a} {b}\n--- {a}{tab}\n+++ {b}{tab}\n", tab = tab(path)).as_bytes());
        }
        head(&mut out, &hunk);
        for op in &hunk {
            if matches!(op, DiffOp::Equal { .. }) {
                put(&mut out, b' ', old.get(op.old_range()));
            } else {
                put(&mut out, b'-', old.get(op.old_range()));
                put(&mut out, b'+', new.get(op.new_range()));
            }
        }
    }
    out
}

/// Lines with their line feeds. A carriage return is part of the line, so that it stays.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|&b| b == b'\n').collect()
}

fn put(out: &mut Vec<u8>, sign: u8, lines: Option<&[&[u8]]>) {
    for line in lines.unwrap_or_default() {
        out.push(sign);
        out.extend_from_slice(line);
        if !line.ends_with(b"\n") {
            out.extend_from_slice(b"\n\\ No newline at end of file\n");
        }
    }
}

fn head(out: &mut Vec<u8>, hunk: &[DiffOp]) {
    let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { return };
    let old = first.old_range().start..last.old_range().end;
    let new = first.new_range().start..last.new_range().end;
    out.extend_from_slice(format!("@@ -{} +{} @@\n", range(&old), range(&new)).as_bytes());
}

/// A hunk's range: an empty one names the line before it, and the length 1 is left out (POSIX `diff -u`).
fn range(range: &Range<usize>) -> String {
    match range.len() {
        0 => format!("{},0", range.start),
        1 => (range.start + 1).to_string(),
        length => format!("{},{length}", range.start + 1),
    }
}

/// A file name as git writes it: in double quotes with escapes when it holds bytes that would break the line.
fn name(prefix: &str, path: &str) -> String {
    // An absolute path has no place to be relative to; `git apply` wants `a/` all the same.
    let path = path.trim_start_matches('/');
    if !path.bytes().any(|b| b < 0x20 || b == 0x7f || b == b'"' || b == b'\\') {
        return format!("{prefix}{path}");
    }
    let mut out = format!("\"{prefix}");
    for c in path.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_ascii_control() => {
                let _ = write!(out, "\\{:03o}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// What ends a file name that holds a blank, since other programs take a date to follow.
fn tab(path: &str) -> &'static str {
    if path.contains(' ') { "\t" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: &[u8], after: &[u8]) -> String {
        String::from_utf8_lossy(&diff("a b", before, after)).into_owned()
    }

    #[test]
    fn nothing_for_nothing() {
        assert_eq!(shown(b"a\n", b"a\n"), "");
    }

    #[test]
    fn a_missing_line_feed_at_the_end_is_said() {
        let want = "diff --git a/a b b/a b\n--- a/a b\t\n+++ b/a b\t\n@@ -1,2 +1,2 @@\n x\n-FROM a\n\\ No newline at end of file\n+FROM b\n\\ No newline at end of file\n";
        assert_eq!(shown(b"x\nFROM a", b"x\nFROM b"), want);
    }

    #[test]
    fn other_bytes_and_carriage_returns_pass_as_they_are() {
        let patch = diff("x", b"\xff\r\na\r\n", b"\xff\r\nb\r\n");
        assert!(patch.ends_with(b" \xff\r\n-a\r\n+b\r\n"));
    }

    #[test]
    fn far_changes_get_hunks_of_their_own() {
        let before = "a\n1\n2\n3\n4\n5\n6\n7\n8\nb\n";
        let patch = shown(before.as_bytes(), before.replace('a', "A").replace('b', "B").as_bytes());
        assert_eq!(patch.matches("@@ -").count(), 2);
        assert!(patch.contains("@@ -1,4 +1,4 @@") && patch.contains("@@ -7,4 +7,4 @@"));
    }

    #[test]
    fn odd_names_are_quoted() {
        assert_eq!(name("a/", "x\ty\"z"), "\"a/x\\ty\\\"z\"");
        assert_eq!(name("a/", "/abs/x"), "a/abs/x");
    }
}
