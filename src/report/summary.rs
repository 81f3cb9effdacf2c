//! Owns the closing lines of a run for people.

use std::fmt::Write as _;

use crate::diagnostic::Tally;
use crate::text::count;

/// The summary, with its last line feed. Numbers that are zero and say nothing are left out.
pub fn of(tally: &Tally) -> String {
    let mut out = format!("{}, {}", count(tally.files, "file"), count(tally.occurrences, "occurrence"));
    if tally.parsed < tally.files {
        let _ = write!(out, " in the {} that may concern the mappings", tally.parsed);
    }
    let _ = write!(out, ": {}, {} fixable", count(tally.findings, "finding"), tally.fixable);
    let rest: [(usize, &str); 12] = [
        (tally.not_safe, "fixable with `--unsafe`"),
        (tally.refused, "refused"),
        (tally.undecided, "undecided"),
        (tally.warnings, if tally.warnings == 1 { "warning" } else { "warnings" }),
        (tally.old, "old"),
        (tally.stale, if tally.stale == 1 { "stale baseline entry" } else { "stale baseline entries" }),
        (tally.suppressed, "suppressed"),
        (tally.unresolved, "unresolved"),
        (tally.binary, "not text"),
        (tally.unwritten, "not written"),
        (tally.left_out, if tally.left_out == 1 { "folder left out" } else { "folders left out" }),
        (tally.unreadable, "unreadable"),
    ];
    for (number, what) in rest.into_iter().filter(|(number, what)| *number > 0 || matches!(*what, "refused" | "unreadable")) {
        let _ = write!(out, ", {number} {what}");
    }
    out.push('\n');
    out
}

/// What a fix did, with its line feed.
pub fn of_fix(tally: &Tally, verb: &str) -> String {
    format!("{verb} {} in {}\n", count(tally.edits, "place"), count(tally.changed, "file"))
}

/// The first line of a text.
pub fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_the_six_numbers_always_and_others_when_there_are_some() {
        let tally = Tally { files: 3, parsed: 3, occurrences: 1, findings: 2, fixable: 1, ..Tally::default() };
        assert_eq!(of(&tally), "3 files, 1 occurrence: 2 findings, 1 fixable, 0 refused, 0 unreadable\n");
        let more = Tally { parsed: 1, suppressed: 4, ..tally };
        assert_eq!(
            of(&more),
            "3 files, 1 occurrence in the 1 that may concern the mappings: 2 findings, 1 fixable, 0 refused, 4 suppressed, 0 unreadable\n"
        );
    }
}
