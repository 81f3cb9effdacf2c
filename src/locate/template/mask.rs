//! Owns the mask: a template's text with every action replaced at equal length, so that it parses as YAML.

use std::ops::Range;

use super::actions::{Action, ActionKind};
use super::tags::tags;

/// What stands for a printed value: part of any word.
pub(crate) const WORD: u8 = b'x';

/// The text with its actions masked. A line of nothing but actions becomes blank; an action that prints indented lines (`nindent`) becomes
/// blank, since what it prints stands below; any other becomes a run of `word`, which is a sign that may stand in any value.
pub(crate) fn mask(text: &str, actions: &[Action], word: u8) -> String {
    let mut masked = text.as_bytes().to_vec();
    let mut last = Line { range: 0..0, is_alone: false };
    for action in actions {
        if !last.holds(action) {
            last = Line::of(text, action, actions);
        }
        let alone = last.is_alone;
        let action_text = &text[action.range.clone()];
        let indented = action.kind == ActionKind::Value && (action_text.contains("indent") || action_text.contains("toYaml"));
        let blank = alone || indented || (action.kind != ActionKind::Value && !is_in_word(&masked, &action.range));
        // No line before the first one of a block may be indented further (YAML 1.2.2, 8.1.1.1): there a blank line is many empty ones.
        let space = if alone && begins_block(masked.get(..action.range.start).unwrap_or_default()) { b'\n' } else { b' ' };
        for byte in masked.get_mut(action.range.clone()).unwrap_or_default() {
            // Line breaks of an action that goes blank stay, so that the lines below keep their place.
            if !(blank && *byte == b'\n') {
                *byte = if blank { space } else { word };
            }
        }
    }
    // Only ASCII was put in place of whole characters.
    String::from_utf8(masked).unwrap_or_default()
}

/// Marks of tags that may stand in lines of their own, whatever the text between them is written in.
const MARKS: [&str; 4] = ["{{", "{%", "{#", "<%"];

/// Whether a text may hold such tags.
pub(crate) fn has_marks(text: &str) -> bool {
    text.contains(MARKS[0]) || text.contains(MARKS[1]) || text.contains(MARKS[3])
}

/// A text of lines with such tags masked, at equal length: one that stands in lines of its own, or decides which text counts, becomes blank; any
/// other becomes one word.
pub(crate) fn mask_lines(text: &str) -> String {
    let is_mark = |tag: &Action| MARKS.iter().any(|mark| text[tag.range.start..].starts_with(mark));
    let tags: Vec<Action> = tags(text).into_iter().filter(is_mark).collect();
    let mut masked = text.as_bytes().to_vec();
    for tag in &tags {
        let blank = tag.kind != ActionKind::Value || stands_alone(text, tag, &tags).1;
        for byte in masked.get_mut(tag.range.clone()).unwrap_or_default() {
            match byte {
                b'\n' if blank => {}
                byte if blank => *byte = b' ',
                byte if byte.is_ascii_whitespace() => *byte = b'_',
                _ => {}
            }
        }
    }
    String::from_utf8(masked).unwrap_or_else(|_| text.to_owned())
}

/// Whether a word goes on through an action: blanks in it would end the word, or make a key of what stands before them.
fn is_in_word(text: &[u8], action: &Range<usize>) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"./:_-@".contains(byte);
    let before = action.start.checked_sub(1).and_then(|at| text.get(at));
    before.is_some_and(is_word) && text.get(action.end).is_some_and(is_word)
}

/// Bytes before an action that are asked what they end with.
const NEAR: usize = 4 << 10;

/// Whether the line before ends with what opens a block of text (`|`, `>-`), but for blank lines.
fn begins_block(before: &[u8]) -> bool {
    let near = before.get(before.len().saturating_sub(NEAR)..).unwrap_or_default().trim_ascii_end();
    let header = near.strip_suffix(b"-").or_else(|| near.strip_suffix(b"+")).unwrap_or(near);
    header.ends_with(b"|") || header.ends_with(b">")
}

/// The lines that an action stands in.
struct Line {
    /// Their bytes; none where there are several, which the next action does not share.
    range: Range<usize>,
    /// Whether they hold nothing but actions and white space.
    is_alone: bool,
}

impl Line {
    fn of(text: &str, action: &Action, actions: &[Action]) -> Self {
        let (range, is_alone) = stands_alone(text, action, actions);
        Self { range: if text[range.clone()].contains('\n') { 0..0 } else { range }, is_alone }
    }

    fn holds(&self, action: &Action) -> bool {
        self.range.start <= action.range.start && action.range.end <= self.range.end
    }
}

/// The action's lines, and whether they hold nothing but actions and white space.
fn stands_alone(text: &str, action: &Action, actions: &[Action]) -> (Range<usize>, bool) {
    let start = text[..action.range.start].rfind('\n').map_or(0, |line| line + 1);
    let end = text[action.range.end..].find('\n').map_or(text.len(), |line| action.range.end + line);
    let first = actions.partition_point(|other| other.range.end <= start);
    let mut at = start;
    for other in actions.iter().skip(first).take_while(|other| other.range.start < end) {
        if other.range.start > at && !text[at..other.range.start].trim().is_empty() {
            return (start..end, false);
        }
        at = at.max(other.range.end);
    }
    (start..end, at >= end || text[at..end].trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::actions;
    use super::*;

    #[test]
    fn lines_of_any_template_go_blank_and_values_are_words() {
        let lines = |text: &str| {
            let got = mask_lines(text);
            assert_eq!(got.len(), text.len());
            got.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(lines("FROM {{ a b }}:1\n{{- if y }}\nRUN z {{if q}}w{{end}}\n"), ["FROM {{_a_b_}}:1", "", "RUN z         w"]);
        // Where statements have marks of their own, no value is one.
        assert_eq!(lines("{% if x %}\nFROM {{ block }}:1{% endif %}\n"), ["", "FROM {{_block_}}:1"]);
    }

    fn masked(text: &str) -> String {
        mask(text, &actions(text), WORD)
    }

    #[test]
    fn keeps_the_length_and_the_structure() {
        let text = "{{- if .x }}\na: {{ .y }}\nb:\n  {{- toYaml .z | nindent 2 }}\n{{ end }}\nc: \"q/{{ .t }}\"\n";
        let got = masked(text);
        assert_eq!(got.len(), text.len());
        let lines: Vec<&str> = got.lines().map(str::trim_end).collect();
        assert_eq!(lines, ["", "a: xxxxxxxx", "b:", "", "", "c: \"q/xxxxxxxx\""]);
    }

    #[test]
    fn a_word_goes_on_through_an_action() {
        assert_eq!(masked("a: b:{{if x}}1{{else}}2{{end}}\n"), "a: b:xxxxxxxx1xxxxxxxx2       \n");
        assert_eq!(masked("{{if x}}a: b{{else}}, c{{end}}\n"), "        a: b        , c       \n");
    }

    #[test]
    fn a_block_may_begin_with_actions() {
        for header in ["|", ">-", "|+"] {
            let text = format!("a: {header}\n  {{{{- if .x }}}}\n\n  {{{{- $y := .z }}}}\n  b\nc: d\n");
            let got = masked(&text);
            assert_eq!(got.len(), text.len());
            let tree = crate::locate::Tree::read(&got).unwrap();
            let value = tree.root().and_then(|root| tree.get(root, "a")).and_then(|id| tree.scalar(id)).unwrap();
            assert_eq!(value.text.trim(), "b", "{header}");
        }
    }
}
