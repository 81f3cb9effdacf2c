//! Owns names of which only parts are known: every path of the tree that fits one may be meant.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use regex::Regex;

use crate::source::TreePath;

/// What stands for a text that is known only when the script runs: variables of shells, of Make and of pipelines, and what a command prints.
static USES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let all = [
        r"\$?\{\{[^{}]*\}\}",
        r"\$\((?:[^()]|\([^()]*\))*\)",
        r"\$\{[^{}]*\}",
        r"\$\[\[[^\]]*\]\]",
        r"\$+[A-Za-z_][A-Za-z0-9_]*",
        r"\$[0-9@*#]",
        r"`[^`\n]*`",
        r"<[A-Za-z][^<>\s]*>",
        r"%[A-Za-z_][A-Za-z0-9_]*%",
    ];
    Regex::new(&all.join("|")).ok()
});

/// Variables in one text that are told apart; what stands behind so many is one that is not known.
pub(super) const USES_AT_MOST: usize = 128;
/// Folders above one's own from which a name may be seen.
const HIGHEST: usize = 64;

/// The folders from which a name may be seen that stands in a file of `folder`: that one, and those above.
pub(super) fn tops(folder: &TreePath) -> Arc<[TreePath]> {
    std::iter::once(folder.clone()).chain(folder.above()).take(HIGHEST).collect()
}

/// Where variables stand in a text.
pub(super) fn uses(text: &str) -> Vec<Range<usize>> {
    if !text.contains(['$', '{', '`', '<', '%']) {
        return Vec::new();
    }
    let found = USES.as_ref().map(|uses| uses.find_iter(text).map(|found| found.range()).take(USES_AT_MOST).collect());
    let mut found: Vec<Range<usize>> = found.unwrap_or_default();
    // Each look for the next may go through all that follows.
    if found.len() == USES_AT_MOST {
        found.last_mut().into_iter().for_each(|last| last.end = text.len());
    }
    found
}

/// The name of a file or a folder, in texts and variables.
#[derive(Clone, Debug, Default)]
pub(super) struct Name<'t>(Vec<Part<'t>>);

#[derive(Clone, Copy, Debug)]
enum Part<'t> {
    Text(&'t str),
    Variable(&'t str),
}

/// What a path must look like that is meant by a name.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The folders below which the path lies; none where it may lie anywhere.
    tops: Arc<[TreePath]>,
    shape: Regex,
    /// The variable of each group.
    variables: Vec<String>,
}

/// What variables stand for.
pub(super) type Values = BTreeMap<String, String>;

impl<'t> Name<'t> {
    /// The name in a text; `known` says what a variable stands for, where that is one text.
    pub(super) fn read(text: &'t str, known: &dyn Fn(&str) -> Option<&'t str>) -> Self {
        let (mut name, mut from) = (Self::default(), 0);
        for held in uses(text) {
            name.text(&text[from..held.start]);
            let variable = &text[held.clone()];
            match known(variable) {
                Some(value) => name.text(value),
                None => name.0.push(Part::Variable(variable)),
            }
            from = held.end;
        }
        name.text(&text[from..]);
        name
    }

    fn text(&mut self, text: &'t str) {
        if !text.is_empty() {
            self.0.push(Part::Text(text));
        }
    }

    /// The name, where it is known.
    pub(super) fn literal(&self) -> Option<String> {
        let text = |part: &Part<'t>| if let Part::Text(text) = part { Some(*text) } else { None };
        self.0.iter().map(text).collect()
    }

    /// What fits it, seen from one of `tops`. None where it is known, or nothing of it is.
    pub(super) fn fit(&self, tops: &Arc<[TreePath]>) -> Option<Fit> {
        let has_variable = self.0.iter().any(|part| matches!(part, Part::Variable(_)));
        let says = |part: &Part<'_>| matches!(part, Part::Text(text) if text.contains(|c: char| c.is_ascii_alphanumeric()));
        // An ending alone fits everything.
        let is_told = self.0.iter().any(|part| says(part) && !matches!(part, Part::Text(".yaml" | ".yml" | "/")));
        if !has_variable || !is_told {
            return None;
        }
        let segments = self.segments();
        let begins_anywhere = matches!(segments.first().map(Vec::as_slice), Some([Part::Variable(_)]));
        let (mut variables, mut shape) = (Vec::new(), String::from(if begins_anywhere { "^(?:.*/)?" } else { "^" }));
        for (index, segment) in segments.iter().enumerate().skip(usize::from(begins_anywhere)) {
            if index > usize::from(begins_anywhere) {
                shape.push('/');
            }
            for part in segment {
                match part {
                    Part::Text(text) => shape.push_str(&regex::escape(text)),
                    Part::Variable(name) => {
                        variables.push((*name).to_owned());
                        shape.push_str(if segment.len() == 1 { "(.+)" } else { "([^/]*)" });
                    }
                }
            }
        }
        shape.push('$');
        let tops = if begins_anywhere { Arc::default() } else { Arc::clone(tops) };
        Some(Fit { tops, shape: Regex::new(&shape).ok()?, variables })
    }

    /// Its segments, without those that say nothing or take one back.
    fn segments(&self) -> Vec<Vec<Part<'t>>> {
        let mut found: Vec<Vec<Part<'t>>> = vec![Vec::new()];
        for part in &self.0 {
            let Part::Text(text) = part else {
                found.last_mut().into_iter().for_each(|last| last.push(*part));
                continue;
            };
            for (index, text) in text.split('/').enumerate() {
                if index > 0 {
                    found.push(Vec::new());
                }
                if let Some(last) = found.last_mut().filter(|_| !text.is_empty()) {
                    last.push(Part::Text(text));
                }
            }
        }
        let mut kept: Vec<Vec<Part<'t>>> = Vec::new();
        for segment in found {
            match segment.as_slice() {
                [] | [Part::Text(".")] => {}
                [Part::Text("..")] => {
                    // What a variable stands for at the beginning may lie anywhere, and so does what lies above it.
                    if kept.last().is_some_and(|last| matches!(last.as_slice(), [Part::Text(_)])) {
                        kept.pop();
                    }
                }
                _ => kept.push(segment),
            }
        }
        kept
    }
}

/// What a name must look like that is written with signs for any others: as many as there may be, or one.
fn pattern_of(name: &str) -> String {
    let texts = name.split('*').map(|text| text.split('?').map(regex::escape).collect::<Vec<_>>().join("[^/]"));
    texts.collect::<Vec<_>>().join("[^/]*")
}

impl Fit {
    /// The files that a pattern means, seen from a folder: those that it names, and all in folders that it names.
    pub(super) fn files(pattern: &str, folder: &TreePath) -> Option<Self> {
        let whole = folder.join(pattern).ok().filter(|whole| !whole.is_root())?;
        let segments: Vec<&str> = whole.segments().collect();
        let (last, above) = segments.split_last()?;
        let known = above.iter().take_while(|segment| !segment.contains(['*', '?'])).count();
        let top = TreePath::new(&above.get(..known)?.join("/")).ok()?;
        let mut shape = String::from("^");
        for segment in above.iter().skip(known) {
            shape.push_str(&if *segment == "**" { "(?:.+/)?".to_owned() } else { pattern_of(segment) + "/" });
        }
        shape.push_str(&pattern_of(last));
        // A star alone would mean folders of any name.
        shape.push_str(if last.contains('*') { "$" } else { "(?:/.+)?$" });
        Some(Self { tops: [top].into(), shape: Regex::new(&shape).ok()?, variables: Vec::new() })
    }

    /// The folder below which all lies that is meant, where there is one.
    pub(super) fn folder(&self) -> Option<&TreePath> {
        if let [top] = &*self.tops { Some(top) } else { None }
    }

    /// What its variables stand for where the path is meant, which is no other than `known` says; none where it is not.
    pub(super) fn values(&self, path: &str, known: &Values) -> Option<Values> {
        let found = self.below(path).find_map(|below| self.shape.captures(below))?;
        let mut values = known.clone();
        for (variable, group) in self.variables.iter().zip(found.iter().skip(1)) {
            let text = group.map_or("", |group| group.as_str());
            if values.entry(variable.clone()).or_insert_with(|| text.to_owned()) != text {
                return None;
            }
        }
        Some(values)
    }

    /// Whether the path is meant.
    pub(super) fn is(&self, path: &str) -> bool {
        self.below(path).any(|below| self.shape.is_match(below))
    }

    /// The path as it is seen from each folder that it lies below.
    fn below<'p>(&self, path: &'p str) -> impl Iterator<Item = &'p str> {
        let seen = self.tops.iter().filter_map(
            move |top| {
                if top.is_root() { Some(path) } else { path.strip_prefix(top.as_str())?.strip_prefix('/') }
            },
        );
        seen.chain(self.tops.is_empty().then_some(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_files_and_all_in_folders_that_it_names() {
        let meant = |pattern: &str, path: &str| Fit::files(pattern, &TreePath::new("app").unwrap()).unwrap().is(path);
        assert!(
            meant("k8s/*.yaml", "app/k8s/web.yaml")
                && !meant("k8s/*.yaml", "app/k8s/more/web.yaml")
                && !meant("k8s/*.yaml", "k8s/web.yaml")
        );
        assert!(meant("k8s", "app/k8s/more/web.yaml") && meant("./k8s/", "app/k8s/web.yaml") && !meant("k8s", "app/k8s-old/web.yaml"));
        assert!(meant("k8s/**/*.yaml", "app/k8s/a/b/web.yaml") && meant("k8s/**/*.yaml", "app/k8s/web.yaml"));
        assert!(meant("../k8s/web-?.yml", "k8s/web-1.yml") && !meant("../k8s/web-?.yml", "k8s/web-12.yml"));
        assert!(meant("*/web.yaml", "app/a/web.yaml") && !meant("*/web.yaml", "app/web.yaml"));
    }
}
