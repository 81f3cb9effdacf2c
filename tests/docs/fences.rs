//! Owns a document: its fenced blocks, its generated parts, its headings and links.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A Markdown file.
pub(crate) struct Document {
    /// From the project's root.
    pub(crate) path: String,
    text: String,
    read: String,
}

/// One fenced block.
pub(crate) struct Fence {
    /// The line of its opening, from 1.
    pub(crate) line: usize,
    /// What stands behind the opening marks: a language, then words.
    pub(crate) info: String,
    /// Its lines.
    pub(crate) body: String,
    /// How many headings precede it: blocks under one heading belong together. None does where the page is one session.
    pub(crate) section: usize,
    /// Why its commands are not run, from `<!-- not run: REASON -->` above it.
    pub(crate) not_run: Option<String>,
    range: std::ops::Range<usize>,
}

/// Stands on a page whose blocks all belong together.
const ONE_SESSION: &str = "<!-- one session -->\n";

impl Fence {
    pub(crate) fn language(&self) -> &str {
        self.info.split_whitespace().next().unwrap_or_default()
    }

    /// The value of `KEY=VALUE` behind the language.
    pub(crate) fn word(&self, key: &str) -> Option<&str> {
        self.info.split_whitespace().skip(1).find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    }
}

impl Document {
    pub(crate) fn read(root: &Path, path: &str) -> Self {
        let text = fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        Self { path: path.to_owned(), read: text.clone(), text }
    }

    /// A document that is on no disk yet.
    pub(crate) fn of(path: &str, text: String) -> Self {
        Self { path: path.to_owned(), read: String::new(), text }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Writes it, when it was changed.
    pub(crate) fn write(&self, root: &Path) {
        if self.text != self.read {
            fs::write(root.join(&self.path), &self.text).unwrap();
        }
    }

    /// Every fenced block, in order.
    pub(crate) fn all_fences(&self) -> Vec<Fence> {
        let mut found = Vec::new();
        let (mut at, mut section, mut open): (usize, usize, Option<(usize, usize, String)>) = (0, 0, None);
        let is_one = self.text.contains(ONE_SESSION);
        let mut not_run: Option<String> = None;
        for (number, line) in self.text.split_inclusive('\n').enumerate() {
            match (&open, line.trim_start().strip_prefix("```")) {
                (None, Some(info)) => open = Some((number + 1, at + line.len(), info.trim().to_owned())),
                (Some((line, start, info)), Some("" | "\n")) => {
                    let range = *start..at;
                    let body = self.text[range.clone()].to_owned();
                    let section = if is_one { 0 } else { section };
                    found.push(Fence { line: *line, info: info.clone(), body, section, not_run: not_run.take(), range });
                    open = None;
                }
                (None, None) if line.starts_with('#') => section += 1,
                (None, None) if !line.trim().is_empty() => {
                    let reason = line.trim().strip_prefix("<!-- not run: ").and_then(|rest| rest.strip_suffix(" -->"));
                    not_run = reason.map(str::to_owned);
                }
                _ => {}
            }
            at += line.len();
        }
        assert!(open.is_none(), "{}: a block is not closed", self.path);
        found
    }

    /// Puts another text into a block. Blocks are to be replaced from the last to the first: their places stay right only then.
    pub(crate) fn replace(&mut self, fence: &Fence, body: &str) {
        self.text.replace_range(fence.range.clone(), body);
    }

    fn between_range(&self, name: &str) -> Option<std::ops::Range<usize>> {
        let opening = format!("<!-- {name} -->\n");
        let start = self.text.find(&opening)? + opening.len();
        let length = self.text[start..].find(&format!("<!-- end {name} -->"))?;
        Some(start..start + length)
    }

    /// What stands between `<!-- NAME -->` and `<!-- end NAME -->`.
    pub(crate) fn between(&self, name: &str) -> Option<&str> {
        self.between_range(name).map(|range| &self.text[range])
    }

    pub(crate) fn replace_between(&mut self, name: &str, text: &str) {
        if let Some(range) = self.between_range(name) {
            self.text.replace_range(range, text);
        }
    }

    /// Its text without blocks: what is shown there are no headings and no links.
    fn prose(&self) -> String {
        let mut prose = self.text.clone();
        for fence in self.all_fences().iter().rev() {
            prose.replace_range(fence.range.clone(), "");
        }
        prose
    }

    /// What its headings are reached by: lower case, blanks as hyphens, no other signs.
    pub(crate) fn anchors(&self) -> BTreeSet<String> {
        let prose = self.prose();
        let headings = prose.lines().filter_map(|line| line.strip_prefix('#')).map(|line| line.trim_start_matches('#').trim());
        let anchor = |heading: &str| {
            let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.collect::<String>().to_lowercase().replace(' ', "-")
        };
        headings.map(anchor).collect()
    }

    /// The targets of its links that are files of the project.
    pub(crate) fn links(&self) -> Vec<String> {
        let prose = self.prose();
        let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned());
        targets.filter(|target| !target.contains("://")).collect()
    }
}
