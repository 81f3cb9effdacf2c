//! Owns the search for an image's text in one file.

use std::path::PathBuf;

use crate::locate::{Node, NodeId, Tree, documents, same_length_text};
use crate::reference::Reference;
use crate::text::Lines;

/// One file with its scalars and lines.
pub(super) struct TracedFile {
    pub(super) path: PathBuf,
    scalars: Vec<Scalar>,
    lines: Vec<String>,
}

/// A scalar of one line, its key, and what stands beside it.
struct Scalar {
    line: usize,
    key: String,
    text: String,
    beside: Vec<String>,
}

/// A place that spells an image, or a part of it.
pub(super) struct Clue {
    pub(super) line: usize,
    pub(super) key: Option<String>,
    /// The more the better: 100 for the whole reference.
    pub(super) weight: usize,
}

/// Depth of keys that are followed.
const DEEPEST: usize = 64;
/// Scalars of a file that are kept.
const MOST: usize = 50_000;

impl TracedFile {
    /// Reads a file: the scalars of its YAML documents (a template is none), and its lines.
    pub(super) fn read(path: PathBuf, bytes: &[u8]) -> Self {
        let text = same_length_text(bytes);
        let mut scalars = Vec::new();
        if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") || path.ends_with("Kustomization") {
            let lines = Lines::new(text.as_bytes());
            for range in documents(&text) {
                let Some(Ok(tree)) = text.get(range.clone()).map(Tree::read) else { continue };
                let mut gather = Gather { tree: &tree, lines: &lines, start: range.start, into: &mut scalars };
                if let Some(root) = tree.root() {
                    gather.node(root, "", &[], 0);
                }
            }
        }
        Self { path, scalars, lines: text.lines().map(str::to_owned).collect() }
    }

    /// The best clue for an image in this file; the first of equal ones.
    pub(super) fn clue(&self, image: &Reference) -> Option<Clue> {
        let keyed = self.scalars.iter().filter_map(|scalar| Some((weight(scalar, image)?, scalar.line, Some(scalar.key.as_str()))));
        let spellings = Spellings::of(image);
        let lined = self.lines.iter().zip(1..).filter_map(|(text, line)| Some((spellings.weight(text)?, line, None)));
        let (weight, line, key) = keyed.chain(lined).reduce(|best, found| if found.0 > best.0 { found } else { best })?;
        Some(Clue { line, key: key.map(str::to_owned), weight })
    }
}

struct Gather<'a, 't> {
    tree: &'a Tree<'t>,
    lines: &'a Lines<'a>,
    start: usize,
    into: &'a mut Vec<Scalar>,
}

impl Gather<'_, '_> {
    fn node(&mut self, at: NodeId, key: &str, beside: &[String], depth: usize) {
        // What an alias stands for is found where it is written.
        if depth > DEEPEST || self.into.len() >= MOST || self.tree.is_alias(at) {
            return;
        }
        match self.tree.node(at) {
            Node::Scalar(scalar) if !scalar.text.is_empty() && !scalar.text.contains('\n') => {
                let line = self.lines.position(self.start + scalar.raw.start).line;
                self.into.push(Scalar { line, key: key.to_owned(), text: scalar.text.clone().into_owned(), beside: beside.to_vec() });
            }
            Node::Mapping(_) => {
                let pairs = self.tree.pairs(at);
                let texts = pairs.iter().filter_map(|&(_, value)| self.tree.scalar(value)).filter(|scalar| scalar.text.len() < 256);
                let beside: Vec<String> =
                    if pairs.len() <= 16 { texts.map(|scalar| scalar.text.clone().into_owned()).collect() } else { Vec::new() };
                for &(name, value) in pairs {
                    let Some(name) = self.tree.scalar(name) else { continue };
                    let below = if key.is_empty() { name.text.clone().into_owned() } else { format!("{key}.{}", name.text) };
                    self.node(value, &below, &beside, depth + 1);
                }
            }
            Node::Sequence(_) => {
                for (index, &item) in self.tree.items(at).iter().enumerate() {
                    self.node(item, &format!("{key}[{index}]"), &[], depth + 1);
                }
            }
            Node::Scalar(_) | Node::Alias(_) | Node::Dangling => {}
        }
    }
}

/// How much a scalar says: the whole reference, its name, its path, or the last word of its path under a key that is made for it.
fn weight(scalar: &Scalar, image: &Reference) -> Option<usize> {
    let text = scalar.text.as_str();
    // Nearly every scalar is something else.
    let last = last_word(image);
    if !text.contains(last) {
        return None;
    }
    let key = scalar.key.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_made_for_it = ["image", "repository", "newname", "repo"].iter().any(|word| key.ends_with(word));
    let parsed = Reference::parse(text).ok();
    let base = match parsed {
        Some(found) if found.canonical() == image.canonical() && (is_made_for_it || text.contains([':', '/'])) => 100,
        Some(found) if found.name() == image.name() && (is_made_for_it || text.contains('/')) => 88,
        Some(found) if found.path() == image.path() && (is_made_for_it || text.contains('/')) => 84,
        _ if is_made_for_it && image.path().strip_suffix(text).is_some_and(|before| before.ends_with('/')) => 60,
        _ if key == "name" && text == last => 40,
        _ => return None,
    };
    let has = |part: Option<&str>| part.is_some_and(|part| scalar.beside.iter().any(|beside| beside == part));
    Some(base + 2 * usize::from(is_made_for_it) + 4 * usize::from(has(image.tag())) + 4 * usize::from(has(image.domain())))
}

/// The texts that a line may spell an image by.
struct Spellings<'a> {
    image: &'a Reference,
    whole: [String; 3],
    names: [String; 2],
}

impl<'a> Spellings<'a> {
    fn of(image: &'a Reference) -> Self {
        let name = image.name();
        let whole = [image.as_str().to_owned(), image.canonical(), image.familiar()];
        Self { image, whole, names: [name.to_string(), name.familiar()] }
    }

    /// How much a line says: the whole reference as typed, or its name.
    fn weight(&self, line: &str) -> Option<usize> {
        if !line.contains(last_word(self.image)) {
            return None;
        }
        if self.whole.iter().any(|text| holds_word(line, text)) {
            return Some(if self.image.tag().or(self.image.digest()).is_some() { 96 } else { 80 });
        }
        if line.trim_start().starts_with('#') {
            return None;
        }
        if self.names.iter().any(|text| text.contains('/') && holds_word(line, text)) {
            return Some(74);
        }
        (self.image.path().contains('/') && holds_word(line, self.image.path())).then_some(64)
    }
}

fn last_word(image: &Reference) -> &str {
    image.path().rsplit('/').next().unwrap_or_default()
}

/// Whether `line` holds `word` with nothing of a reference right before or behind it, but for the tag behind a name.
fn holds_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    line.match_indices(word).any(|(at, _)| {
        // The word of `${IMAGE:-redis:7}` begins behind the dash.
        let before = line.get(..at).filter(|text| !text.ends_with(":-")).and_then(|text| text.chars().next_back());
        let behind = line.get(at + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(is_part) && !behind.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clue(name: &str, text: &str, image: &str) -> Option<(usize, Option<String>)> {
        let file = TracedFile::read(PathBuf::from(name), text.as_bytes());
        file.clue(&Reference::parse(image).unwrap()).map(|clue| (clue.line, clue.key))
    }

    #[test]
    fn the_group_of_keys_with_the_right_tag_is_found() {
        let text = "a:\n  image: {registry: docker.io, repository: x/redis, tag: 1}\nb:\n  image:\n    registry: docker.io\n    repository: x/redis\n    tag: 2\n";
        assert_eq!(clue("values.yaml", text, "docker.io/x/redis:2"), Some((6, Some("b.image.repository".into()))));
    }

    #[test]
    fn a_literal_in_a_template_is_found_by_its_line() {
        let text = "{{- if .Values.x }}\n  image: busybox:1.36\n{{- end }}\n";
        assert_eq!(clue("templates/x.yaml", text, "busybox:1.36"), Some((2, None)));
    }

    #[test]
    fn a_longer_name_is_another_image() {
        assert_eq!(clue("x.tpl", "image: my/busybox:1.36\nimage: busybox:1.36-glibc\n", "busybox:1.36"), None);
    }
}
