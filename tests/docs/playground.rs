//! Owns links to the playground: the files that it opens with stand in the address, as JSON in percent signs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::fences::Document;

/// The rule file of the playground.
const RULES: &str = ".transship.yaml";

/// What the address of the playground ends with, so that it opens with these files.
pub(crate) fn fragment(files: &BTreeMap<String, String>) -> String {
    let json = serde_json::to_string(files).unwrap();
    let mut out = String::new();
    for byte in json.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").unwrap();
        }
    }
    out
}

/// The files that such an address holds.
pub(crate) fn files(fragment: &str) -> Option<BTreeMap<String, String>> {
    let mut bytes = Vec::new();
    let mut rest = fragment.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        if *first == b'%' {
            let (digits, more) = more.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = more;
        } else {
            bytes.push(*first);
            rest = more;
        }
    }
    serde_json::from_slice(&bytes).ok()
}

/// The files that a page shows, with a rule file that says what the options of its first command say. None where it shows none.
pub(crate) fn of_page(page: &Document) -> Option<BTreeMap<String, String>> {
    let fences = page.all_fences();
    let mut files: BTreeMap<String, String> =
        fences.iter().filter_map(|fence| Some((fence.word("file")?.to_owned(), fence.body.clone()))).collect();
    let first = fences
        .iter()
        .filter(|fence| fence.language() == "console")
        .find_map(|fence| fence.body.lines().find(|line| line.contains(" check")))?;
    let rules = rules_of(first);
    if !rules.is_empty() {
        files.entry(RULES.to_owned()).or_default().push_str(&rules);
    }
    (files.len() > 1).then_some(files)
}

/// The options of a command, as a rule file has them.
fn rules_of(command: &str) -> String {
    let words: Vec<&str> = command.split_whitespace().collect();
    let mut out = String::new();
    for pair in words.windows(2) {
        match (pair[0], pair[1].split_once('=')) {
            ("--map", Some((from, to))) => writeln!(out, "mappings:\n  - {{from: {from}, to: {to}}}").unwrap(),
            ("--lint", Some((lint, level))) => writeln!(out, "lints: {{{lint}: {level}}}").unwrap(),
            ("--pack", None) => writeln!(out, "extends: [{}]", pair[1]).unwrap(),
            _ => {}
        }
    }
    out
}

#[test]
fn what_an_address_holds_is_read_again() {
    let some = BTreeMap::from([("a b".to_owned(), "x: \"ü\"\n%".to_owned())]);
    assert_eq!(files(&fragment(&some)), Some(some));
    assert_eq!(files("a-heading"), None);
}

#[test]
fn the_options_of_a_command_are_rules() {
    let rules = rules_of("$ transship check --map quay.io/=m.example.com/ --lint unpinned=warn --pack minio --at 2026-01-01");
    assert_eq!(rules, "mappings:\n  - {from: quay.io/, to: m.example.com/}\nlints: {unpinned: warn}\nextends: [minio]\n");
}
