//! Owns what a text looks like that may stand in a file in parts: escaped, quoted within a word, continued on the next line, or made of variables.
//!
//! A literal in parts has a last seam: either what stands behind the seam is written there and ends the literal, or it is a value.

use regex::bytes::{Regex, RegexBuilder};

/// Where one of `literals` stands in another case, or has a seam beside text of its own.
pub(super) fn pieces(literals: &[String]) -> Option<Regex> {
    let each = literals.iter().map(|literal| {
        let (whole, ends) = (regex::escape(literal), ends(literal, |_| true));
        // A name of a variable that is not in braces goes on as far as it can.
        let behind_name = ends_or_none(literal, |first| !(first.is_ascii_alphanumeric() || first == '_'));
        let inner: String = literal.chars().filter(|c| !c.is_ascii_alphanumeric()).map(|c| regex::escape(&c.to_string())).collect();
        let own: String = literal.chars().map(|c| if c == '-' { "\\-".to_owned() } else { regex::escape(&c.to_string()) }).collect();
        // The text before a variable, the text behind one, and the text behind quotes or escapes within a word.
        let quoted = format!(r#"[A-Za-z0-9_}}{}]["'\\`]+(?:\r?\n[ \t]*)?(?:{ends})"#, inner.replace('-', "\\-"));
        format!(r"{whole}|[{own}](?:\$|\{{\{{|%[a-z])|(?:\}}|%[a-z])(?:{ends})|\$[A-Za-z0-9_]+(?:{behind_name})|{quoted}")
    });
    let each = each.collect::<Vec<_>>().join("|");
    // Escapes by number, and values that are changed on their way.
    compiled(&format!(r#"{each}|\\[xuU][0-9a-f]|\$\{{[A-Za-z0-9_]+/|\breplace +"[^"]*" +"[^"]*[a-z0-9.]"#))
}

/// Where values are joined to each other.
pub(super) fn joins() -> Option<Regex> {
    compiled(r#"(?:\}|\$[A-Za-z0-9_]+)["'`]*(?:\$|\{\{)|\{\{[^}]*\b(?:print|printf|join|cat)\b"#)
}

/// Where a value is the end of one of `literals`.
pub(super) fn parts(literals: &[String]) -> Option<Regex> {
    let all = literals.iter().map(|literal| ends(literal, |_| true)).collect::<Vec<_>>().join("|");
    compiled(&format!(r#"(?:^|[=:\-,\[( \t])["'`]?(?:{all})(?:["'`)}},\] \t\r\n|]|$)"#))
}

/// The ends of a text, but for the whole, of which the first character is `wanted`.
fn ends(text: &str, wanted: impl Fn(char) -> bool) -> String {
    let starts = text.char_indices().skip(1).filter(|(_, first)| wanted(*first));
    starts.filter_map(|(at, _)| text.get(at..)).map(regex::escape).collect::<Vec<_>>().join("|")
}

fn ends_or_none(text: &str, wanted: impl Fn(char) -> bool) -> String {
    Some(ends(text, wanted)).filter(|ends| !ends.is_empty()).unwrap_or_else(|| "[^\\s\\S]".to_owned())
}

fn compiled(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).unicode(false).case_insensitive(true).multi_line(true).build().ok()
}
