//! Owns the file of old findings: sorted JSON, a line for each entry, so that two branches merge and a review shows what left it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZeroU32;

use serde::Deserialize;
use serde_json::json;

use super::Key;
use crate::mapping::Date;
use crate::source::TreePath;
use crate::text::conflict;

/// The version of the file; another one is not read.
const VERSION: u32 = 1;

/// Old findings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<Key, Entry>,
}

/// What is said of the findings of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// How many of them are old.
    pub count: NonZeroU32,
    /// Why they stay.
    pub reason: Option<String>,
    /// The day from which on they are new again.
    pub until: Option<Date>,
}

/// Why a text is no baseline.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoBaseline {
    /// It is not JSON of the right form.
    #[error("{0}")]
    Form(String),
    /// Two branches were merged, and nobody has said which lines count.
    #[error("line {0} is the mark of a merge conflict")]
    Conflict(usize),
    /// A later version of the tool wrote it.
    #[error("its version is {0}, and this program knows version {VERSION}")]
    Later(u32),
    /// An entry names no file of the repository.
    #[error("the path `{0}` is none in the repository")]
    Path(String),
    /// An entry names no day.
    #[error("`until: {0}` is no day; expected YYYY-MM-DD")]
    Until(String),
}

/// What every version of the file has.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "version")]
    _version: u32,
    entries: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    path: String,
    lint: String,
    repository: String,
    count: NonZeroU32,
    reason: Option<String>,
    until: Option<String>,
}

impl Baseline {
    /// A baseline of these entries.
    #[must_use]
    pub const fn new(entries: BTreeMap<Key, Entry>) -> Self {
        Self { entries }
    }

    /// The entries, in order.
    #[must_use]
    pub const fn entries(&self) -> &BTreeMap<Key, Entry> {
        &self.entries
    }

    /// How many findings are old by it.
    #[must_use]
    pub fn findings(&self) -> usize {
        self.entries.values().map(|entry| entry.count.get() as usize).sum()
    }

    /// Reads a baseline. Of two lines of one key the smaller number counts: a merge of two branches can leave both.
    ///
    /// # Errors
    /// [`NoBaseline`], with line and column where the text is not of the right form.
    pub fn parse(text: &str) -> Result<Self, NoBaseline> {
        if let Some(line) = conflict(text) {
            return Err(NoBaseline::Conflict(line));
        }
        let form = |fault: serde_json::Error| NoBaseline::Form(fault.to_string());
        // A later version may have other words, so it is asked for first.
        let Version { version } = serde_json::from_str(text).map_err(form)?;
        if version != VERSION {
            return Err(NoBaseline::Later(version));
        }
        let document: Document = serde_json::from_str(text).map_err(form)?;
        let mut entries: BTreeMap<Key, Entry> = BTreeMap::new();
        for Line { path, lint, repository, count, reason, until } in document.entries {
            if TreePath::new(&path).is_err() || path.is_empty() {
                return Err(NoBaseline::Path(path));
            }
            let until = until.map(|day| Date::parse(&day).ok_or(NoBaseline::Until(day))).transpose()?;
            let entry = Entry { count, reason, until };
            let known = entries.entry(Key { path, lint, repository }).or_insert_with(|| entry.clone());
            if entry.count < known.count {
                *known = entry;
            }
        }
        Ok(Self { entries })
    }

    /// The text of the file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = format!("{{\n  \"version\": {VERSION},\n  \"entries\": [");
        for (number, (Key { path, lint, repository }, Entry { count, reason, until })) in self.entries.iter().enumerate() {
            let comma = if number == 0 { "" } else { "," };
            let (path, lint, repository) = (json!(path), json!(lint), json!(repository));
            let _ = write!(out, "{comma}\n    {{\"path\": {path}, \"lint\": {lint}, \"repository\": {repository}, \"count\": {count}");
            if let Some(reason) = reason {
                let _ = write!(out, ", \"reason\": {}", json!(reason));
            }
            if let Some(until) = until {
                let _ = write!(out, ", \"until\": \"{until}\"");
            }
            out.push('}');
        }
        out.push_str(if self.entries.is_empty() { "]\n}\n" } else { "\n  ]\n}\n" });
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[&str]) -> Result<Baseline, NoBaseline> {
        Baseline::parse(&format!("{{\"version\": 1, \"entries\": [{}]}}", lines.join(",")))
    }

    #[test]
    fn what_is_read_is_written_the_same_sorted_a_line_an_entry() {
        let (b, a) = (
            r#"{"path": "b", "lint": "old-registry", "repository": "quay.io/x", "count": 2, "reason": "a \"why\"", "until": "2027-01-31"}"#,
            r#"{"path": "a", "lint": "old-registry", "repository": "quay.io/x", "count": 1}"#,
        );
        let read = of(&[b, a]).unwrap();
        let want = format!("{{\n  \"version\": 1,\n  \"entries\": [\n    {a},\n    {b}\n  ]\n}}\n");
        assert_eq!((read.text(), read.findings()), (want, 3));
        assert_eq!(Baseline::parse(&read.text()), Ok(read));
        assert_eq!(Baseline::parse(&Baseline::default().text()), Ok(Baseline::default()));
    }

    #[test]
    fn of_two_lines_of_one_key_the_smaller_number_counts() {
        let line = |count| format!(r#"{{"path": "a", "lint": "x", "repository": "r", "count": {count}}}"#);
        assert_eq!(of(&[&line(3), &line(2), &line(4)]).unwrap().findings(), 2);
    }

    #[test]
    fn other_texts_are_refused() {
        let line = |path: &str, more: &str| format!(r#"{{"path": "{path}", "lint": "x", "repository": "r", "count": 1{more}}}"#);
        assert_eq!(of(&[&line("../a", "")]), Err(NoBaseline::Path("../a".to_owned())));
        assert_eq!(of(&[&line("/etc/passwd", "")]), Err(NoBaseline::Path("/etc/passwd".to_owned())));
        assert_eq!(of(&[&line("a", r#", "until": "soon""#)]), Err(NoBaseline::Until("soon".to_owned())));
        assert!(matches!(of(&[&line("a", r#", "line": 7"#)]), Err(NoBaseline::Form(_))));
        assert_eq!(Baseline::parse("{\"version\": 2}"), Err(NoBaseline::Later(2)));
        assert_eq!(Baseline::parse("{\n<<<<<<< ours\n"), Err(NoBaseline::Conflict(2)));
    }
}
