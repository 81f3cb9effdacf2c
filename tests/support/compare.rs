//! Owns the comparisons and how a difference is shown.

use similar::TextDiff;

use super::tree::Tree;

/// The difference between two texts, or nothing.
pub(crate) fn texts(what: &str, expected: &str, got: &str) -> Option<String> {
    if expected == got {
        return None;
    }
    let diff = TextDiff::from_lines(expected, got);
    let shown = diff.unified_diff().context_radius(2).header("expected", "got").to_string();
    Some(format!("{what}\n{}", visible(&shown)))
}

/// The difference between two folders, or nothing.
pub(crate) fn trees(what: &str, expected: &Tree, got: &Tree) -> Option<String> {
    if expected == got {
        return None;
    }
    let mut paths: Vec<&String> = expected.0.keys().chain(got.0.keys()).collect();
    paths.sort();
    paths.dedup();
    let text = |tree: &Tree, path: &String| tree.0.get(path).map_or(String::new(), |bytes| String::from_utf8_lossy(bytes).into_owned());
    let differences: Vec<String> =
        paths.into_iter().filter_map(|path| texts(&format!("{what}: {path}"), &text(expected, path), &text(got, path))).collect();
    Some(differences.join("\n"))
}

/// What is invisible and may be the whole difference.
fn visible(text: &str) -> String {
    text.replace('\r', "␍").replace('\u{feff}', "␂").replace('\t', "␉")
}
