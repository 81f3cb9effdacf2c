//! Owns the reading of YAML: the parser's events as a tree of nodes.

use granit_parser::{Event, Parser, ScalarStyle, ScanError};

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

/// About how many bytes stand for each key and value of usual files.
const BYTES_A_NODE: usize = 32;

impl<'a> Tree<'a> {
    /// Reads one YAML document.
    ///
    /// # Errors
    /// [`Broken`] when the parser refuses it; nothing is said of the part before.
    pub(crate) fn read(text: &'a str) -> Result<Self, Broken> {
        let options = granit_parser::options! { emit_comments: false, emit_unresolved_aliases: true };
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
                    let tag = if own.is_some() { TagKind::Custom } else { TagKind::Core };
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
