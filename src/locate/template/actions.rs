//! Owns the actions of a Go template: where each stands, of what kind it is, and its string literals.

use std::ops::Range;

use memchr::memmem;

/// One `{{ … }}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Action {
    /// Its bytes, braces included.
    pub(crate) range: Range<usize>,
    /// Of what kind it is.
    pub(crate) kind: ActionKind,
}

/// What an action does with the text around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ActionKind {
    /// It prints a value.
    Value,
    /// It decides which text counts (`if`, `else`, `end`, `range`, `with`, `define`, `block`).
    Control,
    /// It prints nothing: an assignment.
    Silent,
    /// It says nothing: `/* */`.
    Comment,
}

/// The actions of `text`, in order. One that is not closed ends the search.
pub(crate) fn actions(text: &str) -> Vec<Action> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = memmem::find(&text.as_bytes()[at..], b"{{").map(|start| at + start) {
        let Some(end) = action_end(text, start) else { break };
        found.push(Action { range: start..end, kind: kind(&text[start..end]) });
        at = end;
    }
    found
}

/// The text up to an action that is not closed, its actions, and where the one that is not closed starts.
pub(crate) fn closed(text: &str) -> (&str, Vec<Action>, Option<usize>) {
    let actions = actions(text);
    let end = actions.last().map_or(0, |action| action.range.end);
    let open = memmem::find(&text.as_bytes()[end..], b"{{").map(|start| end + start);
    (&text[..open.unwrap_or(text.len())], actions, open)
}

/// Where the action that starts at `start` ends; braces inside comments and string literals do not count.
fn action_end(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let body = start + 2;
    let trimmed = text[body..].trim_start_matches('-').trim_start();
    if trimmed.starts_with("/*") {
        let comment = memmem::find(&bytes[body..], b"*/")?;
        let close = memmem::find(&bytes[body + comment..], b"}}")?;
        return Some(body + comment + close + 2);
    }
    let mut at = body;
    loop {
        at += memchr::memchr3(b'"', b'`', b'}', bytes.get(at..)?)?;
        match bytes.get(at..)? {
            [b'}', b'}', ..] => return Some(at + 2),
            [b'}', ..] => at += 1,
            [quote, ..] => at = string_end(bytes, at, *quote)?,
            [] => return None,
        }
    }
}

/// Past the closing quote of the string literal that opens at `at`.
fn string_end(bytes: &[u8], at: usize, quote: u8) -> Option<usize> {
    let mut at = at + 1;
    loop {
        match bytes.get(at)? {
            b'\\' if quote == b'"' => at += 2,
            byte if *byte == quote => return Some(at + 1),
            b'\n' if quote == b'"' => return None,
            _ => at += 1,
        }
    }
}

/// What an action does, by its first word.
pub(super) fn kind(action: &str) -> ActionKind {
    let inner = action.trim_start_matches("{{").trim_start_matches('-').trim_start();
    let word = inner.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
    match word {
        "if" | "else" | "end" | "range" | "with" | "define" | "block" | "break" | "continue" => ActionKind::Control,
        _ if inner.starts_with("/*") => ActionKind::Comment,
        _ if inner.starts_with('$')
            && (inner.contains(":=") || inner.split_once('=').is_some_and(|(name, _)| !name.contains(['(', '|', '"']))) =>
        {
            ActionKind::Silent
        }
        _ => ActionKind::Value,
    }
}

/// The contents of the string literals of an action that stand in it byte for byte, quotes excluded.
pub(crate) fn strings(text: &str, action: &Action) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = action.range.start + 2;
    while at < action.range.end {
        match bytes.get(at) {
            Some(&quote @ (b'"' | b'`')) => {
                let Some(end) = string_end(bytes, at, quote) else { break };
                let content = at + 1..end - 1;
                if quote == b'`' || !text[content.clone()].contains('\\') {
                    found.push(content);
                }
                at = end;
            }
            Some(_) => at += 1,
            None => break,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_in_strings_and_comments_do_not_end_an_action() {
        let text = r#"a {{ print "}}" }} b {{/* }} */}} c {{ if .x }}"#;
        let found: Vec<(&str, ActionKind)> = actions(text).into_iter().map(|a| (&text[a.range], a.kind)).collect();
        assert_eq!(
            found,
            [(r#"{{ print "}}" }}"#, ActionKind::Value), ("{{/* }} */}}", ActionKind::Comment), ("{{ if .x }}", ActionKind::Control)]
        );
    }

    #[test]
    fn finds_string_literals_that_stand_byte_for_byte() {
        let text = r#"{{ default "docker.io/a:1" .x | printf `%s` "q\"" }}"#;
        let action = &actions(text)[0];
        let found: Vec<&str> = strings(text, action).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["docker.io/a:1", "%s"]);
    }
}
