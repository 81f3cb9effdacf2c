//! Owns what was read of a chart's files and of the texts that they print, so that nothing is read twice.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::budget::Budget;
use super::held::Held;
use super::schema;
use super::syntax::{self, Template};
use super::value::{Value, from_tree, unknown};
use super::{Chart, ChartFile, Told};
use crate::locate::{Known, Located, Tree, documents, same_length_text};
use crate::occurrence::Occurrence;
use crate::text::FileId;

/// What was read of a chart. A chart of which some files have other bytes is read with it, too: the others are the same.
#[derive(Debug, Default)]
pub struct Readings<'a> {
    templates: BTreeMap<FileId, (&'a [u8], Rc<Template>)>,
    values: BTreeMap<FileId, (&'a [u8], Value)>,
    /// Files of which not all values were read: they stand for more than a file may.
    cut: BTreeSet<FileId>,
    /// What was located in documents that templates printed, by their texts.
    printed: RefCell<HashMap<String, Located>>,
    /// The bytes that these take.
    held: Cell<usize>,
}

/// Bytes of what was located in printed documents that are held: each proof prints others, and large ones are few.
const HELD: usize = 4 << 20;

impl<'a> Readings<'a> {
    /// Reads all files of a chart.
    #[must_use]
    pub fn of(chart: &Chart<'a>) -> Self {
        let mut readings = Self::default();
        readings.add(chart, &mut BTreeMap::new());
        readings
    }

    /// Reads all files of one more chart; the documents that its values stand in are put into `known`.
    pub(crate) fn add(&mut self, chart: &Chart<'a>, known: &mut BTreeMap<FileId, Known<'a>>) {
        let layers = chart.files_of_layers().map(Some);
        let schema = chart.schema.filter(|file| schema::speaks(file.bytes));
        for (file, path) in layers
            .chain([chart.values, schema])
            .map(|file| (file, VALUES))
            .chain([(chart.metadata, METADATA), (chart.requirements, METADATA)])
        {
            // Many stacks may lay one file over a chart.
            let Some(file) = file.filter(|file| !self.is_read(file)) else { continue };
            let (value, told, document) = match same_length_text(file.bytes) {
                Cow::Borrowed(text) => value_of(text, file.file, path),
                Cow::Owned(text) => {
                    let (value, told, _) = value_of(&text, file.file, path);
                    (value, told, None)
                }
            };
            self.cut.extend((told == Told::Part).then_some(file.file));
            self.values.insert(file.file, (file.bytes, value));
            known.extend(document.map(|document| (file.file, document)));
        }
        self.templates.extend(chart.templates.iter().map(|file| (file.file, (file.bytes, read_template(*file)))));
        chart.subcharts.iter().for_each(|subchart| self.add(subchart, known));
    }

    fn is_read(&self, file: &ChartFile<'_>) -> bool {
        self.values.get(&file.file).is_some_and(|(bytes, _)| *bytes == file.bytes)
    }

    /// Whether all values of a file were read.
    pub(crate) fn told(&self, file: FileId) -> Told {
        if self.cut.contains(&file) { Told::Part } else { Told::All }
    }

    pub(super) fn template(&self, file: ChartFile<'_>) -> Rc<Template> {
        let known = self.templates.get(&file.file).filter(|(bytes, _)| *bytes == file.bytes);
        known.map_or_else(|| read_template(file), |(_, template)| Rc::clone(template))
    }

    /// The values of `values.yaml` or `Chart.yaml`.
    pub(super) fn values(&self, file: ChartFile<'_>, path: &str) -> Value {
        let known = self.values.get(&file.file).filter(|_| self.is_read(&file));
        known.map_or_else(|| value_of(&same_length_text(file.bytes), file.file, path).0, |(_, value)| value.clone())
    }

    pub(super) fn printed(&self, document: &str, locate: impl FnOnce() -> Located) -> Located {
        if let Some(known) = self.printed.borrow().get(document) {
            return known.clone();
        }
        let located = locate();
        let held = self.held.get() + document.len() + located.occurrences.len() * size_of::<Occurrence>();
        if held <= HELD {
            self.held.set(held);
            self.printed.borrow_mut().insert(document.to_owned(), located.clone());
        }
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

/// The values in a text, and the document that they stand in: Helm reads the first.
fn value_of<'t>(text: &'t str, file: FileId, path: &str) -> (Value, Told, Option<Known<'t>>) {
    let Some(range) = documents(text).into_iter().next() else { return (Value::Map(Held::default()), Told::All, None) };
    debug_assert_eq!(range.start, 0, "the first document starts the file");
    let text = &text[range];
    let Ok(tree) = Tree::read(text) else { return (unknown(path), Told::All, None) };
    let budget = Budget::of_file();
    let value = tree.root().map_or(Value::Nil, |root| from_tree(&tree, root, text, file, path, &budget));
    let told = if budget.is_cut() { Told::Part } else { Told::All };
    (value, told, Some(Known { text, tree }))
}
