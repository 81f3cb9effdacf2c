//! Owns what a text looks like that may stand in a file in parts: escaped, quoted within a word, continued on the next line, or made of variables.
//!
//! A literal in parts has a last seam: either what stands behind the seam is written there and ends the literal, or it is a value.

use std::collections::BTreeSet;

use regex::bytes::{Regex, RegexBuilder};

/// Where one of `literals` stands in another spelling, or a part of it beside a variable.
pub(super) fn pieces(literals: &[String]) -> Option<Regex> {
    let each = literals.iter().map(|literal| {
        let (whole, starts, ends) = (spelled(literal), starts(literal), ends(literal));
        let before = format!(r"{BEGIN}{starts}{SEAM}(?:\$|\{{\{{|%[a-z])");
        // A name of a variable that is not in braces goes on as far as it can.
        let behind = format!(r"(?:\}}|%[a-z]|\$[A-Za-z0-9_]+\b){SEAM}{ends}(?:{END})");
        format!("{whole}|{before}|{behind}")
    });
    let each = each.collect::<Vec<_>>().join("|");
    let all = letters_of(literals);
    let numbers: Vec<String> = all.iter().map(|letter| format!("{letter:02x}")).collect();
    let own = all.iter().map(|letter| format!(r"\x{letter:02x}")).collect::<Vec<_>>().concat();
    // Letters by their numbers, and values in which others are put, or from which some are taken.
    let numbers = format!(r"\\(?:x|u00|U000000)(?:{})", numbers.join("|"));
    let changed = format!(r#"\$\{{[A-Za-z0-9_]+//?[^/}}]+(?:/[{own}]*)?\}}|\breplace +"[^"]*" +"[{own}]+""#);
    compiled(&format!("{each}|{numbers}|{changed}"))
}

/// The letters of all literals, large and small.
fn letters_of(literals: &[String]) -> BTreeSet<u8> {
    literals
        .iter()
        .flat_map(|literal| literal.bytes())
        .flat_map(|letter| [letter.to_ascii_lowercase(), letter.to_ascii_uppercase()])
        .collect()
}

/// Where values are joined to each other.
pub(super) fn joins() -> Option<Regex> {
    compiled(r#"(?:\}|\$[A-Za-z0-9_]+)["'`]*(?:\$|\{\{)|\{\{[^}]*\b(?:print|printf|join|cat)\b"#)
}

/// Where a value is the beginning of one of `literals`.
pub(super) fn heads(literals: &[String]) -> Option<Regex> {
    values(literals.iter().map(|literal| starts(literal)))
}

/// Where a value is the end of one of `literals`.
pub(super) fn tails(literals: &[String]) -> Option<Regex> {
    values(literals.iter().map(|literal| ends(literal)))
}

fn values(texts: impl Iterator<Item = String>) -> Option<Regex> {
    let all = texts.collect::<Vec<_>>().join("|");
    compiled(&format!("{BEGIN}(?:{all})(?:{END})"))
}

/// What stands before the first part of a name, and behind the last of its domain.
const BEGIN: &str = r#"(?:^|[=:/\-,\[( \t"'`])"#;
const END: &str = r#"["'`)},\] \t\r\n|/:@]|$"#;
/// What may stand between two letters of one word: quotes, a backslash, the end of a line that goes on.
const SEAM: &str = r#"(?:["'`]|\\(?:\r?\n[ \t]*)?)*"#;

/// The text with any seams in it.
fn spelled(text: &str) -> String {
    letters(text).collect::<Vec<_>>().join(SEAM)
}

/// Any beginning of the text.
fn starts(text: &str) -> String {
    let all: Vec<String> = letters(text).collect();
    all.iter().rev().fold(String::new(), |rest, letter| match rest.as_str() {
        "" => letter.clone(),
        rest => format!("{letter}(?:{SEAM}{rest})?"),
    })
}

/// Any end of the text.
fn ends(text: &str) -> String {
    letters(text).fold(String::new(), |before, letter| match before.as_str() {
        "" => letter,
        before => format!("(?:{before}{SEAM})?{letter}"),
    })
}

fn letters(text: &str) -> impl Iterator<Item = String> {
    text.chars().map(|letter| regex::escape(letter.encode_utf8(&mut [0; 4])))
}

fn compiled(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).unicode(false).case_insensitive(true).multi_line(true).build().ok()
}
