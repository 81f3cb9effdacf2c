//! Owns the `index.yaml` of a repository of charts: what it says of one of them (Helm, "The Chart Repository Guide").

use crate::locate::{NodeId, Tree};
use crate::version::chosen;

/// The most bytes of an index: those of the largest public repositories have some twenty million.
pub(super) const LARGEST: usize = 64 << 20;

/// The most bytes that are read as one document.
const READ: usize = 16 << 20;

/// A version of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) version: String,
    /// Where its archive lies, seen from the index.
    pub(super) addresses: Vec<String>,
    /// The SHA-256 of the archive in hexadecimal digits, where the index says it.
    pub(super) digest: Option<String>,
}

/// What an index says of a chart, in the version that is taken where `wanted` is asked for.
///
/// # Errors
/// Why there is none, or nobody knows.
pub(super) fn listed(text: &str, name: &str, wanted: &str) -> Result<Listed, Unlisted> {
    let part = entry(text, name);
    let (text, is_part) = part.map_or((text, false), |part| (part, true));
    if text.len() > READ {
        return Err(Unlisted::Unread);
    }
    let tree = Tree::read(text).map_err(|_| Unlisted::Unread)?;
    let root = tree.root().ok_or(if is_part { Unlisted::Chart } else { Unlisted::Unread })?;
    let list = if is_part {
        root
    } else {
        let entries = tree.get(root, "entries").ok_or(Unlisted::Unread)?;
        tree.get(entries, name).ok_or(Unlisted::Chart)?
    };
    let text = |node: NodeId, key: &str| tree.get(node, key).and_then(|node| tree.scalar(node)).map(|scalar| scalar.text.to_string());
    let versions: Vec<(String, NodeId)> = tree.items(list).iter().filter_map(|item| Some((text(*item, "version")?, *item))).collect();
    let version = chosen(wanted, versions.iter().map(|(version, _)| version.as_str())).ok_or(Unlisted::Version(versions.len()))?;
    let (version, item) = versions.iter().find(|(own, _)| own == version).ok_or(Unlisted::Chart)?;
    let addresses = tree.get(*item, "urls").map(|list| tree.items(list)).unwrap_or_default();
    let addresses = addresses.iter().filter_map(|node| tree.scalar(*node)).map(|scalar| scalar.text.to_string()).collect();
    let digest = text(*item, "digest").map(|digest| digest.trim_start_matches("sha256:").to_ascii_lowercase());
    Ok(Listed { version: version.clone(), addresses, digest: digest.filter(|digest| !digest.is_empty()) })
}

/// Why an index says nothing of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unlisted {
    /// It is no index, or too long.
    Unread,
    /// It does not have the chart.
    Chart,
    /// It has the chart in so many versions, of which none is asked for.
    Version(usize),
}

/// The lines of one chart in an index that is written as Helm writes it, so that the rest need not be read.
fn entry<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let begin = if text.starts_with("entries:") { 0 } else { text.find("\nentries:")? + 1 };
    let rest = text.get(begin..)?;
    let (_, rest) = rest.split_once('\n').filter(|(line, _)| line.trim_end() == "entries:")?;
    let depth = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let is_empty = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let indent = rest.lines().find(|line| !is_empty(line)).map(depth).filter(|indent| *indent > 0)?;
    let ends = |line: &str| !is_empty(line) && (depth(line) < indent || depth(line) == indent && !line.trim_start().starts_with('-'));
    let (mut at, mut start) = (0, None);
    for line in rest.split_inclusive('\n') {
        let own = line.trim_end();
        match start {
            None if depth(own) < indent && !is_empty(own) => break,
            None if ends(own) && own.trim_start().strip_suffix(':').is_some_and(|key| key.trim_matches(['"', '\'']) == name) => {
                start = Some(at + line.len());
            }
            Some(start) if ends(own) => return rest.get(start..at),
            _ => {}
        }
        at += line.len();
    }
    start.and_then(|start| rest.get(start..))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = "apiVersion: v1\nentries:\n  other:\n  - version: 9.0.0\n  redis:\n  - description: |-\n      entries:\n        redis:\n    \
                         urls: [redis-2.0.0.tgz]\n    version: 2.0.0\n  - urls:\n    - https://c.example/redis-1.2.0.tgz\n    digest: ABC\n    \
                         version: \"1.2.0\"\n  zeta:\n  - version: 1.0.0\ngenerated: \"x\"\n";

    #[test]
    fn one_chart_is_read_and_nothing_else() {
        let one = listed(INDEX, "redis", "^1").unwrap();
        assert_eq!((one.version.as_str(), one.digest.as_deref()), ("1.2.0", Some("abc")));
        assert_eq!(one.addresses, ["https://c.example/redis-1.2.0.tgz"]);
        assert_eq!(listed(INDEX, "redis", "").unwrap().version, "2.0.0");
        assert!(!entry(INDEX, "redis").unwrap().contains("zeta") && entry(INDEX, "zeta").unwrap().starts_with("  - version"));
    }

    #[test]
    fn an_index_of_another_style_is_read_as_a_whole() {
        let flow = r#"{"apiVersion":"v1","entries":{"redis":[{"version":"1.0.0","urls":["a.tgz"]}]}}"#;
        assert_eq!(listed(flow, "redis", "1.x").unwrap().addresses, ["a.tgz"]);
        assert_eq!(listed("entries: {redis: [{version: 1.0.0}]}\n", "redis", "").unwrap().version, "1.0.0");
    }

    #[test]
    fn what_is_not_listed_is_told_apart_from_what_is_no_index() {
        assert_eq!(listed(INDEX, "mysql", ""), Err(Unlisted::Chart));
        assert_eq!(listed(INDEX, "redis", "3"), Err(Unlisted::Version(2)));
        assert_eq!(listed("<html>", "redis", ""), Err(Unlisted::Unread));
    }
}
