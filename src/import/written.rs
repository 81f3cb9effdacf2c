//! Owns what was imported, and the rule file that it becomes.

use std::fmt::Write as _;

/// What was read of another tool's list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Whose list it is, for the head of the file.
    pub(super) of: &'static str,
    moves: Vec<Move>,
    denied: Vec<String>,
    /// What a mapping cannot say, or not so: each in a line.
    pub left: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Move {
    from: String,
    to: Vec<String>,
    /// A condition on the tag.
    tag: Option<String>,
    rebuilt: Rebuilt,
}

/// Whether a target has the bytes of its source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Rebuilt {
    /// It is a copy.
    #[default]
    No,
    /// It is another image, so that no digest of the source fits.
    Yes,
}

impl Imported {
    pub(super) fn of(of: &'static str) -> Self {
        Self { of, ..Self::default() }
    }

    /// How many mappings came out.
    #[must_use]
    pub fn moves(&self) -> usize {
        self.moves.len()
    }

    pub(super) fn copy(&mut self, from: impl Into<String>, to: Vec<String>) {
        self.add(Move { from: from.into(), to, ..Move::default() });
    }

    pub(super) fn copy_of_tags(&mut self, from: impl Into<String>, tag: String, to: Vec<String>) {
        self.add(Move { from: from.into(), to, tag: Some(tag), rebuilt: Rebuilt::No });
    }

    pub(super) fn successor(&mut self, from: impl Into<String>, to: Vec<String>) {
        self.add(Move { from: from.into(), to, tag: None, rebuilt: Rebuilt::Yes });
    }

    fn add(&mut self, new: Move) {
        if !self.moves.contains(&new) {
            self.moves.push(new);
        }
    }

    pub(super) fn deny(&mut self, registry: &str) {
        if !self.denied.iter().any(|known| known == registry) {
            self.denied.push(registry.to_owned());
        }
    }

    /// Says that something does not become a mapping.
    pub(super) fn leave(&mut self, what: &str, why: &str) {
        self.left.push(format!("`{what}`: {why}"));
    }

    /// The rule file.
    #[must_use]
    pub fn rules(&self) -> String {
        let mut out = format!("# Made by `transship import` from {}. `transship rules lint` checks it.\n", self.of);
        for line in &self.left {
            let _ = writeln!(out, "# left out: {}", line.replace('\n', " "));
        }
        out.push_str(if self.moves.is_empty() { "mappings: []\n" } else { "mappings:\n" });
        for one in &self.moves {
            let _ = writeln!(out, "  - from: {}", quoted(&one.from));
            match one.to.as_slice() {
                [only] => _ = writeln!(out, "    to: {}", quoted(only)),
                several => {
                    let all: Vec<String> = several.iter().map(|to| quoted(to)).collect();
                    let _ = writeln!(out, "    to: [{}]", all.join(", "));
                }
            }
            if let Some(tag) = &one.tag {
                let _ = writeln!(out, "    when: {{tag: {}}}", quoted(tag));
            }
            if one.rebuilt == Rebuilt::Yes {
                out.push_str("    digest: drop\n");
            }
        }
        if !self.denied.is_empty() {
            let all: Vec<String> = self.denied.iter().map(|registry| quoted(registry)).collect();
            let _ = writeln!(out, "registries:\n  deny: [{}]", all.join(", "));
        }
        out
    }
}

/// A text as YAML reads it, in double quotes as JSON has them.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
