//! Owns how findings are judged: by the lint, and by the file in which they are found.

use globset::GlobSet;
use serde::{Deserialize, Serialize};

use super::files::Files;
use super::globs::globs;
use crate::mapping::Node;
use crate::text::{read_as_in_json, shown_as_in_json};

/// What is made of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// It is not told.
    Allow,
    /// It is told, and does not fail a check.
    Warn,
    /// It fails a check.
    Deny,
}

read_as_in_json!(Level);
shown_as_in_json!(Level);

/// What rule files and the command line say of lints; of a lint that they do not name its own usual level counts.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    /// In the order in which they decide.
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    lint: String,
    /// Where it holds; everywhere without.
    files: Option<GlobSet>,
    level: Level,
    /// The rule file or pack that says it.
    by: String,
}

impl Levels {
    /// What is said of a lint in the file at `path`.
    #[must_use]
    pub fn of(&self, lint: &str, path: &str) -> Option<Level> {
        let mut said = self.rows.iter().filter(|row| row.lint == lint);
        said.find(|row| row.files.as_ref().is_none_or(|files| files.is_match(path))).map(|row| row.level)
    }

    /// Whether somebody wants to be told of a lint, in some file.
    #[must_use]
    pub fn ask_for(&self, lint: &str) -> bool {
        self.rows.iter().any(|row| row.lint == lint && row.level != Level::Allow)
    }

    /// What is said, in the order in which it decides: lint, level, and by whom.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Level, &str)> {
        self.rows.iter().map(|row| (row.lint.as_str(), row.level, row.by.as_str()))
    }

    /// Whether nothing is said.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The same, but these decide first, in every file.
    #[must_use]
    pub fn behind<'l>(mut self, first: impl IntoIterator<Item = (&'l str, Level)>) -> Self {
        let first = first.into_iter().map(|(lint, level)| Row { lint: lint.to_owned(), files: None, level, by: "--lint".to_owned() });
        self.rows.splice(0..0, first);
        self
    }
}

/// `lints:` of all rule files, the outer ones first.
pub(super) fn levels(files: &mut Files<'_>) -> Levels {
    let mut rows = Vec::new();
    let mut faults = Vec::new();
    let level = |node: &Node| node.text().and_then(|word| word.text.parse().ok());
    for index in files.outwards_in() {
        let Some(loaded) = files.all.get(index) else { continue };
        for (lint, said) in loaded.file.root.get("lints").map(Node::entries).unwrap_or_default() {
            let mut everywhere = Vec::new();
            for entry in said.items() {
                let by = &loaded.file.source.name;
                let row = |files, level| Row { lint: lint.text.clone(), files, level, by: by.clone() };
                match (entry.get("level").and_then(level), level(entry)) {
                    (Some(level), _) => rows.push(row(Some(globs(&loaded.file, &entry.texts_at("files"), &mut faults)), level)),
                    (None, Some(level)) => everywhere.push(row(None, level)),
                    (None, None) => {}
                }
            }
            rows.append(&mut everywhere);
        }
    }
    files.faults.extend(faults);
    Levels { rows }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Options, load};
    use crate::source::{Memory, TreePath};

    fn levels(files: [(&str, &str); 2]) -> Levels {
        let memory = Memory::from(files);
        let options = Options { config: TreePath::new(".transship.yaml").ok(), ..Options::default() };
        load(&options, &memory).unwrap().unwrap().levels
    }

    #[test]
    fn the_outer_file_decides_and_in_it_what_names_the_file() {
        let outer = "extends: [team.yaml]\nlints:\n  unpinned: [warn, {level: deny, files: 'prod/**'}, {level: allow, files: 'prod/**'}]\n";
        let inner = "lints: {unpinned: allow, floating-tag: [{level: warn, files: [a, b]}]}\n";
        let levels = levels([(".transship.yaml", outer), ("team.yaml", inner)]);
        assert_eq!(levels.of("unpinned", "prod/a"), Some(Level::Deny));
        assert_eq!(levels.of("unpinned", "dev/a"), Some(Level::Warn));
        assert_eq!((levels.of("floating-tag", "b"), levels.of("floating-tag", "c")), (Some(Level::Warn), None));
        assert!(levels.ask_for("floating-tag") && !levels.ask_for("residue"));
        assert_eq!(levels.behind([("unpinned", Level::Allow)]).of("unpinned", "prod/a"), Some(Level::Allow));
    }
}
