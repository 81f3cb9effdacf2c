//! Owns the ways through a template's conditions: its text with one branch of each, where all of them together are no document.

use std::ops::Range;

use super::actions::{Action, ActionKind};
use super::mask::mask;

/// The most texts that are made of one: a condition with more branches is not seen whole.
const MOST: usize = 4;

/// The branches of one condition: what stands between its tags.
type Branches = Vec<Range<usize>>;

/// The masked texts of a template with one branch of each condition: the first of all, the second of all, and so on, so that each branch stands in
/// one of them. None where no condition has two branches, or more than there are texts, or where its tags do not belong together.
pub(crate) fn branches(text: &str, tags: &[Action], word: u8) -> Vec<String> {
    let Some(conditions) = conditions(text, tags) else { return Vec::new() };
    let most = conditions.iter().map(Vec::len).max().unwrap_or_default();
    if !(2..=MOST).contains(&most) {
        return Vec::new();
    }
    let masked = mask(text, tags, word);
    let way = |taken: usize| {
        let mut way = masked.clone().into_bytes();
        for condition in &conditions {
            let taken = taken.min(condition.len() - 1);
            for (_, range) in condition.iter().enumerate().filter(|(number, _)| *number != taken) {
                let left_out = way.get_mut(range.clone()).unwrap_or_default().iter_mut();
                left_out.filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
            }
        }
        String::from_utf8(way).unwrap_or_default()
    };
    (0..most).map(way).collect()
}

/// The conditions and loops of a template; `None` where a tag ends what none begins, or does not end.
fn conditions(text: &str, tags: &[Action]) -> Option<Vec<Branches>> {
    let mut open: Vec<(Branches, usize)> = Vec::new();
    let mut found = Vec::new();
    for tag in tags.iter().filter(|tag| tag.kind == ActionKind::Control) {
        match part(&text[tag.range.clone()]) {
            Part::Begin => open.push((Vec::new(), tag.range.end)),
            Part::Next => {
                let (branches, start) = open.last_mut()?;
                branches.push(*start..tag.range.start);
                *start = tag.range.end;
            }
            Part::End => {
                let (mut branches, start) = open.pop()?;
                branches.push(start..tag.range.start);
                found.push(branches);
            }
            Part::Other => {}
        }
    }
    open.is_empty().then_some(found)
}

/// What a tag does to the text around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Begin,
    Next,
    End,
    Other,
}

/// By its first word (Go's text/template, Jinja, Liquid, ERB).
fn part(tag: &str) -> Part {
    let inner = tag.trim_matches(|c: char| matches!(c, '{' | '}' | '%' | '<' | '>' | '-' | '+' | '~') || c.is_whitespace());
    let word = inner.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
    match word {
        "if" | "unless" | "for" | "range" | "with" | "define" | "block" | "macro" | "case" | "call" | "filter" | "raw" => Part::Begin,
        "else" | "elif" | "elsif" | "elseif" | "when" => Part::Next,
        _ if word.starts_with("end") => Part::End,
        // `<% list.each do |x| %>`
        _ if inner.ends_with(" do") || (inner.ends_with('|') && inner.contains(" do |")) => Part::Begin,
        _ => Part::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tags;
    use super::*;

    fn ways(text: &str) -> Vec<String> {
        branches(text, &tags(text), b'x')
    }

    #[test]
    fn each_branch_stands_in_one_text() {
        let text = "a: [{% if x %}\"b\"{% elif y %}\"c\"{% else %}\"d\"{% endif %}]\n{% for z in w %}\n{{ z }}: 1\n{% else %}\ne: 1\n{% endfor %}\n";
        let ways = ways(text);
        assert!(ways.iter().all(|way| way.len() == text.len() && way.matches('\n').count() == 6), "{ways:?}");
        let words: Vec<Vec<&str>> = ways.iter().map(|way| way.split_whitespace().collect()).collect();
        assert_eq!(
            words,
            [
                vec!["a:", "[", "\"b\"", "]", "xxxxxxx:", "1"],
                vec!["a:", "[", "\"c\"", "]", "e:", "1"],
                vec!["a:", "[", "\"d\"", "]", "e:", "1"],
            ]
        );
    }

    #[test]
    fn tags_that_do_not_belong_together_have_no_ways() {
        for text in ["{% if x %}a", "a{% endif %}", "{% if x %}a{% endif %}", "a", "<% x.each do |y| %>a<% end %>", "{% else %}"] {
            assert_eq!(ways(text), [""; 0], "{text}");
        }
        assert_eq!(ways("<% x.each do |y| %>a<% if y %>b<% else %>c<% end %><% end %>").len(), 2);
    }
}
