//! Owns the ways through a template's conditions: its text with one branch of each, where all of them together are no document.

use std::ops::Range;

use super::actions::{Action, ActionKind};
use super::mask::mask;

/// The most texts that are made of one.
const MOST: usize = 16;

/// The most bytes of all of them together.
const BYTES: usize = 16 << 20;

/// A condition or a loop.
struct Condition {
    /// How many stand around it.
    depth: u32,
    /// What stands between its tags.
    branches: Vec<Range<usize>>,
}

/// The masked texts of a template with one branch of each condition, so that each branch stands in one of them. None where no condition has two
/// branches, where there would be too many of them, or where tags do not belong together.
pub(crate) fn branches(text: &str, tags: &[Action], word: u8) -> Vec<String> {
    let Some(conditions) = conditions(text, tags) else { return Vec::new() };
    let several = || conditions.iter().filter(|condition| condition.branches.len() > 1);
    let (Some(most), Some(depth)) = (several().map(|one| one.branches.len()).max(), several().map(|one| one.depth).max()) else {
        return Vec::new();
    };
    // Conditions within each other choose apart: each depth has a digit of its own.
    let count =
        depth.checked_add(1).and_then(|digits| most.checked_pow(digits)).filter(|count| *count <= MOST && count * text.len() <= BYTES);
    let masked = mask(text, tags, word);
    let way = |number: usize| {
        let mut way = masked.clone().into_bytes();
        for Condition { depth, branches } in &conditions {
            let taken = (number / most.checked_pow(*depth).unwrap_or(usize::MAX) % most).min(branches.len() - 1);
            for (_, range) in branches.iter().enumerate().filter(|(number, _)| *number != taken) {
                let left_out = way.get_mut(range.clone()).unwrap_or_default().iter_mut();
                left_out.filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
            }
        }
        String::from_utf8(way).unwrap_or_default()
    };
    (0..count.unwrap_or_default()).map(way).collect()
}

/// The conditions and loops of a template; `None` where a tag ends what none begins, or does not end.
fn conditions(text: &str, tags: &[Action]) -> Option<Vec<Condition>> {
    let mut open: Vec<(Vec<Range<usize>>, usize)> = Vec::new();
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
                found.push(Condition { depth: u32::try_from(open.len()).unwrap_or(u32::MAX), branches });
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
    fn a_condition_in_a_branch_chooses_apart() {
        let ways = ways("{% if x %} a {% else %} {% if y %} b {% else %} c {% endif %} {% endif %}");
        for branch in ["a", "b", "c"] {
            assert!(ways.iter().any(|way| way.trim() == branch), "{branch}: {ways:?}");
        }
    }

    #[test]
    fn tags_that_do_not_belong_together_have_no_ways() {
        for text in ["{% if x %}a", "a{% endif %}", "{% if x %}a{% endif %}", "a", "<% x.each do |y| %>a<% end %>", "{% else %}"] {
            assert_eq!(ways(text), [""; 0], "{text}");
        }
        assert_eq!(ways("<% x.each do |y| %>a<% if y %>b<% else %>c<% end %><% end %>").len(), 4);
    }
}
