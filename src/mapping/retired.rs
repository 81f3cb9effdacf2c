//! Owns entries of `retired`: images that nobody keeps any more, and that have no successor which a mapping could name.

use std::sync::Arc;

use super::fault::Voice;
use super::node::{Content, Node};
use super::one::{Cover, Digest, Mapping, Retirement};
use super::pattern::{Fit, Pattern};
use super::read::Compiler;
use super::{Context, Date, Fault, MappingSet, RuleFile, Standing, Subject, Vars};
use crate::reference::Reference;

impl RuleFile {
    /// The entries of `retired`, as mappings that cover and lead nowhere; those with a fault are left out.
    pub(crate) fn retired(&self, vars: &Vars, standing: Standing, faults: &mut Vec<Fault>) -> Vec<Mapping> {
        let entries = self.root.get("retired").map(Node::items).unwrap_or_default();
        entries.iter().filter_map(|node| Compiler { file: self, vars, faults }.retired(node, standing)).collect()
    }
}

impl Compiler<'_> {
    fn retired(&mut self, node: &Node, standing: Standing) -> Option<Mapping> {
        // Where something else stands in its place, the shape has said so.
        let Content::Mapping(_) = &node.value else { return None };
        let image = node.text_at("image")?;
        let pattern = self.filled(&image, "image", Pattern::parse)?;
        let (exceptions, except) = self.exceptions(node);
        let when = self.when(node);
        let text = |key| node.text_at(key).map(|text| text.text);
        let retirement = Retirement {
            since: Date::parse(&text("since")?)?,
            why: text("why")?.trim().to_owned(),
            alternatives: node.texts_at("alternatives").into_iter().map(|text| text.text).collect(),
            link: text("link"),
        };
        Some(Mapping {
            id: text("id").unwrap_or_else(|| image.text.clone()).into(),
            place: self.file.place(&image.span),
            from: image.text,
            to: Vec::new(),
            except,
            about: None,
            message: None,
            link: None,
            until: None,
            digest: Digest::default(),
            flatten: None,
            charts: None,
            retired: Some(Arc::new(retirement)),
            layer: standing.layer,
            file: standing.file,
            voices: (Voice::default(), Vec::new()),
            cover: Cover::Pattern(pattern),
            templates: Vec::new(),
            targets: Vec::new(),
            exceptions,
            when,
        })
    }
}

impl MappingSet {
    /// The entry that says most closely that an image is retired, where nothing that is not known hides it.
    pub fn ending(&self, reference: &Reference, context: &Context<'_>) -> Option<(&Mapping, &Retirement)> {
        if self.is_empty() {
            return None;
        }
        let subject = Subject::new(reference);
        let (_, first) = self.near(&subject).find(|(_, entry)| matches!(entry.covers(&subject, Some(context)), Fit::Yes(_)))?;
        Some((first, first.retired.as_deref()?))
    }
}
