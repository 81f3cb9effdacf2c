//! Owns the mask: a template's text with every action replaced at equal length, so that it parses as YAML.

use std::ops::Range;

use super::actions::{Action, ActionKind};

/// What stands for a printed value: part of any word.
const VALUE: u8 = b'x';

/// The text with its actions masked. A line of nothing but actions becomes blank; an action that prints indented lines (`nindent`) becomes
/// blank, since what it prints stands below; any other becomes a run of letters.
pub(crate) fn mask(text: &str, actions: &[Action]) -> String {
    let mut masked = text.as_bytes().to_vec();
    let mut last = Line { range: 0..0, is_alone: false };
    for action in actions {
        if !last.holds(action) {
            last = Line::of(text, action, actions);
        }
        let alone = last.is_alone;
        let action_text = &text[action.range.clone()];
        let indented = action.kind == ActionKind::Value && (action_text.contains("indent") || action_text.contains("toYaml"));
        let blank = alone || indented || action.kind != ActionKind::Value;
        for byte in masked.get_mut(action.range.clone()).unwrap_or_default() {
            // Line breaks of an action that goes blank stay, so that the lines below keep their place.
            if !(blank && *byte == b'\n') {
                *byte = if blank { b' ' } else { VALUE };
            }
        }
    }
    // Only ASCII was put in place of whole characters.
    String::from_utf8(masked).unwrap_or_default()
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

    fn masked(text: &str) -> String {
        mask(text, &actions(text))
    }

    #[test]
    fn keeps_the_length_and_the_structure() {
        let text = "{{- if .x }}\na: {{ .y }}\nb:\n  {{- toYaml .z | nindent 2 }}\n{{ end }}\nc: \"q/{{ .t }}\"\n";
        let got = masked(text);
        assert_eq!(got.len(), text.len());
        let lines: Vec<&str> = got.lines().map(str::trim_end).collect();
        assert_eq!(lines, ["", "a: xxxxxxxx", "b:", "", "", "c: \"q/xxxxxxxx\""]);
    }
}
