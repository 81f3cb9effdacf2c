//! Owns the writing of bash scripts: header, quoting, comments, and one attempt a row.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Engine, Options, Place, Row};
use crate::text::harmless;

/// How many places a comment lists before it counts the rest.
const PLACES: usize = 3;

/// `attempt COMMAND…`: a failure is counted and the next row is tried, for one missing image should not hold up the others.
const ATTEMPT: &str = r#"failed=0
attempt() { "$@" || { printf 'failed: %s\n' "$*" >&2; failed=$((failed + 1)); }; }"#;

/// A bash script in the making.
pub(super) struct Script(String);

impl Script {
    /// A script that begins as `template` says.
    pub(super) fn new(engine: Engine, options: &Options, template: &str, words: Words<'_>) -> Self {
        Self("#!/usr/bin/env bash\n".to_owned() + &header(engine, options, template, words))
    }

    /// A line as it is.
    pub(super) fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    /// A comment on one line. Paths come from scanned trees: a line break would end the comment, and other characters deceive whoever reads it.
    pub(super) fn comment(&mut self, text: &str) {
        let _ = writeln!(self.0, "# {}", harmless(text));
    }

    /// Where the row's source is written.
    pub(super) fn places(&mut self, row: &Row) {
        if let Some(shown) = shown(row.places()) {
            self.comment(&shown);
        }
    }

    /// What there is to say of a copy.
    pub(super) fn about(&mut self, row: &Row) {
        for note in notes(row) {
            self.comment(&note);
        }
    }

    /// The end: exit 1 when an attempt failed.
    pub(super) fn finish(mut self) -> String {
        self.line(r#"if [ "$failed" -gt 0 ]; then printf '%s failed\n' "$failed" >&2; exit 1; fi"#);
        self.0
    }

    /// The text so far, for scripts that stop at the first failure.
    pub(super) fn text(self) -> String {
        self.0
    }
}

/// The first places on one line, and how many more there are; `None` when there is none.
pub(super) fn shown<'a>(places: impl IntoIterator<Item = &'a Place>) -> Option<String> {
    let places: BTreeSet<&Place> = places.into_iter().collect();
    let shown: Vec<String> = places.iter().take(PLACES).map(|place| format!("{}:{}", place.path, place.line)).collect();
    let rest = places.len().saturating_sub(PLACES);
    let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    (!shown.is_empty()).then(|| shown.join(", ") + &rest)
}

/// What comments say of a copy: where its source is written, and what it replaces.
pub(super) fn notes(row: &Row) -> Vec<String> {
    shown(row.places()).into_iter().chain(row.replaces().map(|digest| format!("replaces {digest}"))).collect()
}

/// Who made a file, for its header: one line each.
pub(super) fn made_by(engine: Engine, options: &Options) -> Vec<String> {
    let mut lines = vec![format!("made by transship {}: mirror --engine {engine}", env!("CARGO_PKG_VERSION"))];
    lines.extend(options.rules.as_ref().map(|rules| harmless(&format!("rules: {rules}"))));
    lines
}

/// What stands for the words of a template: a line with `{word}` comes once for each text.
pub(super) type Words<'a> = &'a [(&'a str, Vec<String>)];

/// How a file begins: who made it, and the lines of a template (`rules/engines`).
pub(super) fn header(engine: Engine, options: &Options, template: &str, words: Words<'_>) -> String {
    let mut text = String::new();
    for line in made_by(engine, options) {
        let _ = writeln!(text, "# {}", harmless(&line));
    }
    for line in template.lines() {
        let word = words.iter().find(|(word, _)| line.contains(&format!("{{{word}}}")));
        let _ = match word {
            _ if line == "{attempt}" => writeln!(text, "{ATTEMPT}"),
            Some((word, texts)) => {
                texts.iter().try_for_each(|said| writeln!(text, "{}", line.replace(&format!("{{{word}}}"), &harmless(said))))
            }
            None => writeln!(text, "{line}"),
        };
    }
    text
}

/// A word that the shell takes as it is. References need no quotes by their grammar; they get them all the same.
pub(super) fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The name of an environment variable for something about `domain`: `TRANSSHIP_CR_BACKEND_AI_PASSWORD`. Two domains never share one, or a
/// password could go to the wrong place: `.` is one underscore, `-` two, `:` three, and labels neither begin nor end with `-`.
pub(super) fn variable(domain: &str, what: &str) -> String {
    let name = domain.to_ascii_uppercase().replace('.', "_").replace('-', "__").replace(':', "___").replace('[', "V6_").replace(']', "");
    format!("TRANSSHIP_{name}_{what}")
}

/// All domains of the rows, for the note on who must be logged in.
pub(super) fn domains<'a>(rows: impl IntoIterator<Item = &'a Row>) -> BTreeSet<String> {
    rows.into_iter().flat_map(|row| [row.source_domain(), row.target_domain()]).collect()
}

/// "a, b" for a comment.
pub(super) fn listed(words: &BTreeSet<String>) -> String {
    words.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}
