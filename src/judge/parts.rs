//! Owns what a text looks like that may stand in a file in parts: escaped, quoted within a word, continued on the next line, or made of variables.
//!
//! A literal in parts has a last seam: either what stands behind the seam is written there and ends the literal, or it is a value.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

/// Where one of `literals` stands in another spelling, or what is left of one at a dot, beside a value that nobody may know.
pub(super) fn spellings(literals: &[String]) -> String {
    let each = literals.iter().map(|literal| {
        let whole = spelled(literal);
        let (starts, ends): (Vec<_>, Vec<_>) = cuts(literal).map(|(start, end)| (spelled(start), spelled(end))).unzip();
        if starts.is_empty() {
            return whole;
        }
        // A domain is known by one of its dots, so a value may stand in any word behind the first, and in any before the last.
        let (starts, ends) = (starts.into_iter().chain(from_first_dot(literal)), ends.into_iter().chain(to_last_dot(literal)));
        let (starts, ends): (Vec<String>, Vec<String>) = (starts.collect(), ends.collect());
        let before = format!(r"{BEGIN}(?:{}){SEAM}(?:\$|\{{\{{|%[a-z])", starts.join("|"));
        // A name of a variable that is not in braces goes on as far as it can.
        let behind = format!(r"(?:\}}|%[a-z]|\$[A-Za-z0-9_]+\b){SEAM}(?:{})(?:{END})", ends.join("|"));
        format!("{whole}|{before}|{behind}")
    });
    let each = each.collect::<Vec<_>>().join("|");
    let all = letters_of(literals);
    let numbers: Vec<String> = all.iter().map(|letter| format!("{letter:02x}")).collect();
    let octal: Vec<String> = all.iter().map(|letter| format!("{letter:03o}")).collect();
    let own = own(literals);
    // Letters by their numbers, the sign that reads as a value nobody knows, and values in which others are put.
    let numbers = format!(r"\\(?:(?:x|u00|U000000)(?:{})|{})|\\(?:u|U0000)fffc|\xef\xbf\xbc", numbers.join("|"), octal.join("|"));
    // One sign in the place of another is known by its letters.
    let replaced = format!(
        r#"\breplace +"(?:[^"]{{2,}}|[^"{SIGNS}]|)" +"[{own}]+"|\breplace +"[{SIGNS}]" +"(?:[{own}]{{2,}}|[[{own}]&&[A-Za-z0-9]])""#
    );
    format!("{each}|{numbers}|{BASE64}|{replaced}")
}

/// The signs of names, in a set of an expression.
const SIGNS: &str = r"._/:@=\-";

/// Where any text may stand in base64: a tag says so, or the name of such a tag is made up.
pub(super) const BASE64: &str = r"![!<a-z0-9:.,-]*binary\b|^%TAG\b";

/// Where letters of `literals` are put into the value of a variable, or some are taken from it.
pub(super) fn changes(literals: &[String]) -> String {
    format!(r"\$\{{[A-Za-z0-9_]+//?[^/}}\n]+(?:/[{}]*)?\}}", own(literals))
}

/// The same where the value may be an image's: in a Dockerfile.
pub(super) fn changes_of_images(literals: &[String]) -> String {
    let (change, from) = (changes(literals), r"^[ \t]*FROM[ \t]");
    format!("(?s){from}.*{change}|{change}.*{from}")
}

/// The letters of all literals, and their other signs, as a set of an expression.
fn own(literals: &[String]) -> String {
    letters_of(literals).iter().map(|letter| format!(r"\x{letter:02x}")).collect::<Vec<_>>().concat()
}

/// The text in two, at each side of each of its dots and slashes.
fn cuts(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let cuts = memchr::memchr2_iter(b'.', b'/', text.as_bytes()).flat_map(|at| [at, at + 1]);
    cuts.filter_map(|at| text.split_at_checked(at)).filter(|(start, end)| !start.is_empty() && !end.is_empty())
}

/// The letters of all literals, large and small.
fn letters_of(literals: &[String]) -> BTreeSet<u8> {
    literals
        .iter()
        .flat_map(|literal| literal.bytes())
        .flat_map(|letter| [letter.to_ascii_lowercase(), letter.to_ascii_uppercase()])
        .collect()
}

/// Where a value is the beginning of one of `literals`.
pub(super) fn beginnings(literals: &[String]) -> String {
    let all = literals.iter().map(|literal| starts(literal)).collect::<Vec<_>>().join("|");
    format!("(?:{VALUE})(?:{all}){SEAM}(?:{VALUE_END})|=[\"'`]?(?:{all}){SEAM}[ \t]")
}

/// Where a value begins that may be the beginning of a name.
const VALUE: &str = r#"^[ \t]*|[=:\-/,\[(|{][ \t]*|["'`]|\b(?:ENV|ARG)[ \t]+\S+[ \t]+|[&!]\S*[ \t]+"#;
/// Where it ends.
const VALUE_END: &str = r#"["'`,)\}\]|]|[ \t]*(?:\\|[ \t]#[^\n]*)?\r?$"#;
/// What stands before the first part of a name, and behind the last of its domain.
const BEGIN: &str = r#"(?:^|[=:/\-,\[( \t"'`])"#;
const END: &str = r#"["'`)},\] \t\r\n|/:@]|$"#;
/// What may stand in the place of a sign that is no letter.
const OTHER: &str = r#"[^A-Za-z0-9 \t\r\n\"'`\\\\$]{1,2}"#;
/// What may stand between two letters of one word: quotes, a sign that escapes, the end of a line that goes on, with lines behind it that a Dockerfile
/// passes over.
const SEAM: &str = r#"(?:["'`]|\\|[\\`][ \t]*\r?\n(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*)*"#;

/// The text with any seams in it, and whatever other signs stand where it has its dots and dashes: a template may change these.
fn spelled(text: &str) -> String {
    let loose = |letter: String| if letter.ends_with(char::is_alphanumeric) { letter } else { OTHER.to_owned() };
    letters(text).map(loose).collect::<Vec<_>>().join(SEAM)
}

/// Any beginning of the text in which its first dot stands.
fn from_first_dot(text: &str) -> Option<String> {
    let (known, rest) = text.split_at_checked(text.find('.')? + 1)?;
    (!rest.is_empty()).then(|| format!("{}(?:{SEAM}{})?", spelled(known), starts(rest)))
}

/// Any end of the text in which the last dot of its domain stands.
fn to_last_dot(text: &str) -> Option<String> {
    let domain = text.split('/').next().unwrap_or_default();
    let (rest, known) = text.split_at_checked(domain.rfind('.')?)?;
    let before = letters(rest).reduce(|before, letter| format!("(?:{before}{SEAM})?{letter}"))?;
    Some(format!("(?:{before}{SEAM})?{}", spelled(known)))
}

/// Any beginning of the text, whatever signs stand in the place of others.
fn starts(text: &str) -> String {
    let loose = |letter: String| if letter.ends_with(char::is_alphanumeric) { letter } else { format!("[{SIGNS}]") };
    let all: Vec<String> = letters(text).map(loose).collect();
    all.iter().rev().fold(String::new(), |rest, letter| match rest.as_str() {
        "" => letter.clone(),
        rest => format!("{letter}(?:{SEAM}{rest})?"),
    })
}

fn letters(text: &str) -> impl Iterator<Item = String> {
    text.chars().map(|letter| regex::escape(letter.encode_utf8(&mut [0; 4])))
}

/// An expression that is compiled when the first text is asked: in most runs none is.
#[derive(Clone, Debug)]
pub(super) struct Late {
    pattern: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Late {
    pub(super) const fn new(pattern: String) -> Self {
        Self { pattern, compiled: OnceLock::new() }
    }

    /// Whether it is found in a text; of one that does not compile nobody can say that it is not.
    pub(super) fn may_be_in(&self, text: &[u8]) -> bool {
        self.compiled.get_or_init(|| compiled(&self.pattern)).as_ref().is_none_or(|regex| regex.is_match(text))
    }
}

pub(super) fn compiled(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).unicode(false).case_insensitive(true).multi_line(true).build().ok()
}
