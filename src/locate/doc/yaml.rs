//! Owns the reading of YAML: the parser's events as a tree of nodes.

use granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, Tag};

use super::notation::Notation;
use super::tree::{Broken, MOST, Node, NodeId, Scalar, TagKind, Tree};

impl From<ScanError> for Broken {
    fn from(error: ScanError) -> Self {
        let message = error.to_string();
        // The parser appends its own place; ours is shown with the snippet.
        let message = message.split(" at char ").next().unwrap_or(&message).to_owned();
        Self { at: error.marker().byte_offset().unwrap_or(0), message }
    }
}

impl From<ScalarStyle> for Notation {
    fn from(style: ScalarStyle) -> Self {
        match style {
            ScalarStyle::SingleQuoted => Self::Single,
            ScalarStyle::DoubleQuoted => Self::Double,
            ScalarStyle::Literal => Self::Literal,
            ScalarStyle::Folded => Self::Folded,
            ScalarStyle::Plain => Self::Plain,
        }
    }
}

/// A key with more signs is one of YAML no more (YAML 1.2.2, section 7.4.2).
const LONG_LINE: usize = 1024;

/// The most signs of a key that is read all the same.
const LONGEST_KEY: usize = 64 << 10;

/// About how many bytes stand for each key and value of usual files.
const BYTES_A_NODE: usize = 32;

impl<'a> Tree<'a> {
    /// Reads one YAML document. The grammar allows no key of more than 1,024 signs; JSON does, and so do we where nothing else can be read.
    ///
    /// # Errors
    /// [`Broken`] when the parser refuses it; nothing is said of the part before.
    pub(crate) fn read(text: &'a str) -> Result<Self, Broken> {
        let options = granit_parser::options! { emit_comments: false, emit_unresolved_aliases: true };
        let long = granit_parser::options! { emit_comments: false, emit_unresolved_aliases: true, simple_key_max_lookahead: LONGEST_KEY };
        Self::read_by(text, options).or_else(|broken| {
            let is_long = text.lines().any(|line| line.len() > LONG_LINE);
            Some(long).filter(|_| is_long).and_then(|long| Self::read_by(text, long).ok()).ok_or(broken)
        })
    }

    fn read_by(text: &'a str, options: Options) -> Result<Self, Broken> {
        let mut tree = Tree::with_room(text.len() / BYTES_A_NODE);
        // The collections around, each with the place of its first child among the children that wait for their parents.
        let (mut open, mut children): (Vec<(NodeId, usize)>, Vec<NodeId>) = (Vec::new(), Vec::new());
        let mut anchors: Vec<Option<NodeId>> = Vec::new();
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, span) = event?;
            let raw = span.byte_range().unwrap_or(0..0);
            if tree.len() > MOST {
                return Err(Broken { at: raw.start, message: format!("it has more than {MOST} keys and values, and was not read") });
            }
            let is_mapping = matches!(event, Event::MappingStart(..));
            let done = match event {
                Event::Scalar(value, style, anchor, tag) => {
                    let own = tag.filter(|tag| tag.is_custom());
                    let tag = own.as_ref().map_or(TagKind::Core, |tag| kind(tag));
                    let id = tree.add(Node::Scalar(Scalar { text: value, notation: style.into(), raw, tag }));
                    if let Some(tag) = own {
                        tree.set_tag(id, format!("{}{}", tag.handle(), tag.suffix()));
                    }
                    remember(&mut anchors, anchor, id);
                    Some(id)
                }
                Event::Alias(anchor) => Some(tree.add(anchors.get(anchor).copied().flatten().map_or(Node::Dangling, Node::Alias))),
                Event::UnresolvedAlias(_) => Some(tree.add(Node::Dangling)),
                Event::MappingStart(_, anchor, tag) | Event::SequenceStart(_, anchor, tag) => {
                    let node = if is_mapping { Node::Mapping(0..0) } else { Node::Sequence(0..0) };
                    let id = tree.add(node);
                    if let Some(tag) = tag.filter(|tag| tag.is_custom()) {
                        tree.set_tag(id, format!("{}{}", tag.handle(), tag.suffix()));
                    }
                    remember(&mut anchors, anchor, id);
                    open.push((id, children.len()));
                    None
                }
                Event::MappingEnd | Event::SequenceEnd => open.pop().map(|(id, first)| {
                    let id = tree.close(id, children.get(first..).unwrap_or_default());
                    children.truncate(first);
                    id
                }),
                Event::DocumentEnd if tree.root().is_some() => break,
                _ => None,
            };
            match done {
                Some(id) if open.is_empty() => tree.set_root(id),
                done => children.extend(done),
            }
        }
        Ok(tree)
    }
}

fn kind(tag: &Tag) -> TagKind {
    if !tag.is_custom() {
        return TagKind::Core;
    }
    let is_binary = tag.suffix_in_namespace("tag:yaml.org,2002:").is_some_and(|name| name == "binary");
    if is_binary { TagKind::Binary } else { TagKind::Custom }
}

fn remember(anchors: &mut Vec<Option<NodeId>>, anchor: usize, id: NodeId) {
    // Zero says that the node has no anchor; the parser numbers anchors from one.
    if anchor == 0 {
        return;
    }
    if anchors.len() <= anchor {
        anchors.resize(anchor + 1, None);
    }
    if let Some(slot) = anchors.get_mut(anchor) {
        *slot = Some(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_any_length_that_people_write_is_read() {
        let text = |length: usize| format!("{{\"{}\": 1, \"b\": 2}}", "k".repeat(length));
        for length in [1, 1_020, 1_030, 60_000] {
            let text = text(length);
            let tree = Tree::read(&text).unwrap();
            assert!(tree.get(tree.root().unwrap(), "b").is_some(), "{length}");
        }
        assert!(Tree::read(&text(70_000)).is_err());
    }
}
