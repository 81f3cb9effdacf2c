//! Owns what was read of a chart's files and of the texts that they print, so that nothing is read twice.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::syntax::{self, Template};
use super::value::{Value, from_tree, unknown};
use super::{Chart, ChartFile, Layer};
use crate::locate::{Located, Tree, documents, same_length_text};
use crate::text::FileId;

/// What was read of a chart. A chart of which some files have other bytes is read with it, too: the others are the same.
#[derive(Debug, Default)]
pub struct Readings<'a> {
    templates: BTreeMap<FileId, (&'a [u8], Rc<Template>)>,
    values: BTreeMap<FileId, (&'a [u8], Value)>,
    /// What was located in documents that templates printed, by their texts.
    printed: RefCell<HashMap<String, Located>>,
}

impl<'a> Readings<'a> {
    /// Reads all files of a chart.
    #[must_use]
    pub fn of(chart: &Chart<'a>) -> Self {
        let mut readings = Self::default();
        readings.add(chart);
        readings
    }

    /// Reads all files of one more chart.
    pub fn add(&mut self, chart: &Chart<'a>) {
        let layers = chart.stacks.iter().flatten().map(|layer| if let Layer::File(file) = layer { Some(*file) } else { None });
        for (file, path) in layers.chain([chart.values]).map(|file| (file, VALUES)).chain([(chart.metadata, METADATA)]) {
            self.values.extend(file.map(|file| (file.file, (file.bytes, read_values(file, path)))));
        }
        self.templates.extend(chart.templates.iter().map(|file| (file.file, (file.bytes, read_template(*file)))));
        chart.subcharts.iter().for_each(|subchart| self.add(subchart));
    }

    pub(super) fn template(&self, file: ChartFile<'_>) -> Rc<Template> {
        let known = self.templates.get(&file.file).filter(|(bytes, _)| *bytes == file.bytes);
        known.map_or_else(|| read_template(file), |(_, template)| Rc::clone(template))
    }

    /// The values of `values.yaml` or `Chart.yaml`.
    pub(super) fn values(&self, file: ChartFile<'_>, path: &str) -> Value {
        let known = self.values.get(&file.file).filter(|(bytes, _)| *bytes == file.bytes);
        known.map_or_else(|| read_values(file, path), |(_, value)| value.clone())
    }

    pub(super) fn printed(&self, document: &str, locate: impl FnOnce() -> Located) -> Located {
        if let Some(known) = self.printed.borrow().get(document) {
            return known.clone();
        }
        let located = locate();
        self.printed.borrow_mut().insert(document.to_owned(), located.clone());
        located
    }
}

/// The name of what `values.yaml` says.
pub(super) const VALUES: &str = ".Values";
/// The name of what `Chart.yaml` says.
pub(super) const METADATA: &str = ".Chart";

fn read_template(file: ChartFile<'_>) -> Rc<Template> {
    Rc::new(syntax::read(&same_length_text(file.bytes), file.file))
}

fn read_values(file: ChartFile<'_>, path: &str) -> Value {
    let text = same_length_text(file.bytes);
    // Helm reads the first document.
    let Some(range) = documents(&text).into_iter().next() else { return Value::Map(Rc::default()) };
    let document = &text[range.clone()];
    let Ok(tree) = Tree::read(document) else { return unknown(path) };
    let value = tree.root().map_or(Value::Nil, |root| from_tree(&tree, root, document, file.file, path, 64));
    debug_assert_eq!(range.start, 0, "the first document starts the file");
    value
}
