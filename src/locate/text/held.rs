//! Owns files that stand in a document under their names (`config.toml: |` in a ConfigMap): what they say is theirs, not the document's.

use std::ops::Range;

use super::sight::Sight;

/// The files of one document that were met, the last one at hand.
#[derive(Default)]
pub(super) struct Held {
    /// The last one's bytes, and what it is there for.
    last: Option<(Range<usize>, Sight)>,
    /// A line in none.
    none: usize,
}

impl Held {
    /// What the file around a line is there for, of a document that begins at byte `top`.
    pub(super) fn around(&mut self, text: &[u8], top: usize, line: usize) -> Option<&Sight> {
        if !self.last.as_ref().is_some_and(|(range, _)| range.contains(&line)) {
            self.last = self.find(text, top, line);
        }
        if self.last.is_none() {
            self.none = line;
        }
        self.last.as_ref().map(|(_, sight)| sight)
    }

    fn find(&self, text: &[u8], top: usize, line: usize) -> Option<(Range<usize>, Sight)> {
        let mut least = indent(text.get(line..)?)?;
        let mut at = line;
        // Above a line that is in none, there is none with less before it either.
        while at > top && (at != self.none || at == line) && least > 0 {
            let end = at - 1;
            at = memchr::memrchr(b'\n', text.get(..end)?).map_or(0, |line| line + 1);
            let here = text.get(at..end)?;
            let Some(own) = indent(here).filter(|own| *own < least) else { continue };
            least = own;
            if let Some(name) = named(here) {
                let body = end + 1;
                let length = below(text.get(body..)?, own);
                let sight = Sight::of(name, text.get(body..body + length)?);
                return Some((at..body + length, sight));
            }
        }
        None
    }
}

/// The blanks that a line begins with; `None` for a blank line.
fn indent(line: &[u8]) -> Option<usize> {
    let blanks = line.iter().position(|byte| *byte != b' ')?;
    (!matches!(line.get(blanks), Some(b'\n' | b'\r'))).then_some(blanks)
}

/// The bytes of the lines at the start that are indented by more than that.
fn below(text: &[u8], least: usize) -> usize {
    let mut at = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if indent(line).is_some_and(|own| own <= least) {
            break;
        }
        at += line.len();
    }
    at
}

/// The name of the file whose text begins behind a line: a key of a block, that has an ending or is called as files are. What are documents of their own
/// are read as such.
fn named(line: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(line).ok()?.trim_end();
    let key = line.trim_end_matches(['+', '-', '1', '2', '3', '4', '5', '6', '7', '8', '9']).strip_suffix(['|', '>'])?;
    let name = key.trim_end().strip_suffix(':')?.trim_start().trim_start_matches("- ").trim_matches(['"', '\'']);
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let is_file = !stem.is_empty() && !ending.is_empty() || Sight::knows(name);
    (is_file && name.chars().all(is_word) && !matches!(ending, "yaml" | "yml" | "json")).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::occurrence::Class;

    fn class(text: &str) -> Option<Class> {
        let line = text[..text.find("HERE").unwrap()].rfind('\n').map_or(0, |at| at + 1);
        Held::default().around(text.as_bytes(), 0, line).map(Sight::class)
    }

    #[test]
    fn a_file_is_known_by_its_name_above() {
        assert_eq!(class("data:\n  a.toml: |\n    [b]\n\n      HERE\n"), Some(Class::Config));
        assert_eq!(class("data:\n  'a.sh': |-\n    HERE\n"), Some(Class::Script));
        assert_eq!(class("data:\n  README.md: >\n    HERE\n"), Some(Class::Docs));
        for none in
            ["data:\n  a.toml: |\n    b\n  c: HERE\n", "data:\n  a: |\n    HERE\n", "data:\n  a.yaml: |\n    HERE", "HERE", "a.b:\n  HERE"]
        {
            assert_eq!(class(none), None, "{none}");
        }
    }

    #[test]
    fn each_line_is_asked_once() {
        let text = format!("a:\n{}", "  - HERE\n".repeat(20_000));
        let mut held = Held::default();
        for line in 0..20_000 {
            assert!(held.around(text.as_bytes(), 0, 3 + 9 * line).is_none());
        }
    }
}
