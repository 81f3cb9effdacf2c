//! Owns files that stand in a document under their names (`config.toml: |` in a ConfigMap): what they say is theirs, not the document's.

use super::sight::Sight;
use crate::locate::class::HEAD;

/// The files around a line of one document; lines are asked for in order, and each is read once.
#[derive(Default)]
pub(super) struct Held {
    /// The document's first byte.
    top: usize,
    /// The first byte that was not passed.
    next: usize,
    /// The files that are not ended by then, the outermost first: the blanks before their names, and what they are there for.
    open: Vec<(usize, Sight)>,
}

impl Held {
    /// What the file around a line is there for, of a document that begins at byte `top`.
    pub(super) fn around(&mut self, text: &[u8], top: usize, line: usize) -> Option<&Sight> {
        if self.top != top || line < self.next || self.next < top {
            *self = Self { top, next: top, open: Vec::new() };
        }
        for above in text.get(self.next..line)?.split_inclusive(|byte| *byte == b'\n') {
            self.next += above.len();
            self.pass(text, above);
        }
        let own = indent(text.get(line..)?)?;
        let inner = self.open.partition_point(|(indent, _)| *indent < own).checked_sub(1)?;
        self.open.get(inner).map(|(_, sight)| sight)
    }

    /// Passes a line, which ends before the next byte.
    fn pass(&mut self, text: &[u8], line: &[u8]) {
        let Some(own) = indent(line) else { return };
        self.open.truncate(self.open.partition_point(|(indent, _)| *indent < own));
        if let Some(name) = named(line) {
            let head = text.get(self.next..text.len().min(self.next + HEAD)).unwrap_or_default();
            let head = head.get(..below(head, own)).unwrap_or_default();
            self.open.push((own, Sight::of(name, head)));
        }
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

    #[test]
    fn files_in_files_are_passed_once() {
        let many = 800;
        let names = (1..many).fold(String::new(), |all, deep| all + &format!("{}a{deep}.sh: |\n", " ".repeat(deep)));
        let lines = (1..many).rev().fold(String::new(), |all, deep| all + &format!("{}HERE\n", " ".repeat(deep + 1)));
        let (text, mut held) = (format!("{names}b.toml: |\n{lines}"), Held::default());
        let at = text.find("b.toml").unwrap();
        for (line, _) in text.match_indices('\n').filter(|(line, _)| *line > at && line + 1 < text.len()) {
            assert_eq!(held.around(text.as_bytes(), 0, line + 1).map(Sight::class), Some(Class::Config));
        }
    }

    #[test]
    fn the_innermost_file_counts_and_the_next_document_has_none() {
        let text = "a.sh: |\n  b.toml: |\n    ONE\n  TWO\n---\n  THREE\n";
        let mut held = Held::default();
        let at = |word: &str| text[..text.find(word).unwrap()].rfind('\n').unwrap() + 1;
        assert_eq!(held.around(text.as_bytes(), 0, at("ONE")).map(Sight::class), Some(Class::Config));
        assert_eq!(held.around(text.as_bytes(), 0, at("TWO")).map(Sight::class), Some(Class::Script));
        assert_eq!(held.around(text.as_bytes(), at("---"), at("THREE")).map(Sight::class), None);
    }
}
