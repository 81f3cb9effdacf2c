//! Helm charts: their templates are executed in memory by an interpreter that knows where each byte of the output comes from. The images of
//! what is printed are occurrences whose pieces stand in values, helpers and templates.

mod about_images;
mod combine;
mod course;
mod functions;
mod output;
mod preceded;
mod run;
mod syntax;
mod value;

use std::collections::BTreeMap;
use std::rc::Rc;

use about_images::AboutImages;
pub use combine::{combine, is_open, needs_rest};
use course::{Course, Known, Swap};
use output::Output;
pub use preceded::{Preceded, preceded};
use run::Machine;
use syntax::{Node, Template};
use value::{Value, computed, from_tree, unknown};

use crate::format::Formats;
use crate::locate::{Tree, documents, same_length_text};
use crate::occurrence::Occurrence;
use crate::reference::{HOLE, Part};
use crate::text::FileId;

/// A file of a chart.
#[derive(Clone, Copy, Debug)]
pub struct ChartFile<'a> {
    /// Its path in the chart, with `/`.
    pub path: &'a str,
    /// Its number in this run.
    pub file: FileId,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// A chart with its subcharts, as far as they are in the tree.
#[derive(Clone, Debug, Default)]
pub struct Chart<'a> {
    /// `Chart.yaml`.
    pub metadata: Option<ChartFile<'a>>,
    /// `values.yaml`.
    pub values: Option<ChartFile<'a>>,
    /// Files of `templates/`.
    pub templates: Vec<ChartFile<'a>>,
    /// Charts in `charts/`.
    pub subcharts: Vec<Chart<'a>>,
}

/// Which templates of a chart are executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All that print something.
    All,
    /// Those that speak of images. Others may still print one that stands in the values as a whole.
    AboutImages,
}

/// A chart whose templates are read and can be executed: each with the chart's own values, those of a subchart with the values that the chart
/// gives it.
pub struct Rendering {
    templates: Vec<Template>,
    defines: BTreeMap<String, Rc<Vec<Node>>>,
    jobs: Vec<Job>,
}

impl Rendering {
    /// Reads the templates of a chart.
    #[must_use]
    pub fn new(chart: &Chart<'_>) -> Self {
        let (mut templates, mut defines, mut jobs) = (Vec::new(), BTreeMap::new(), Vec::new());
        collect(chart, None, &mut templates, &mut defines, &mut jobs, 4);
        Self { templates, defines, jobs }
    }

    /// The images that the chart renders. One of which no byte can be found in a file is left out.
    #[must_use]
    pub fn images(&self, formats: &Formats, extent: Extent) -> Vec<Occurrence> {
        let (mut found, known) = (Vec::new(), Known::default());
        let mut about = AboutImages::new(&self.defines);
        for job in &self.jobs {
            let Some(template) = self.templates.get(job.template) else { continue };
            if extent == Extent::All || about.speak(&template.nodes) {
                let pieces = Machine::new(&self.defines, Course::Chosen, &known).print(&template.nodes, &job.dot);
                add(&mut found, Output::new(pieces).images(formats));
            }
        }
        found
    }

    /// The images that it would render if what its values turn off were on, less those in `chosen`, which it renders as it is.
    #[must_use]
    pub fn left_out(&self, formats: &Formats, chosen: &[Occurrence]) -> Vec<Occurrence> {
        let mut about = AboutImages::new(&self.defines);
        let mut known = Known::default();
        known.add(chosen);
        let defined = self.defines.values().map(|nodes| nodes.as_slice());
        for nodes in self.templates.iter().map(|template| template.nodes.as_slice()).chain(defined) {
            about.note(nodes, &mut known.speaking);
        }
        let mut found = Vec::new();
        for job in &self.jobs {
            if let Some(template) = self.templates.get(job.template).filter(|template| about.speak(&template.nodes)) {
                add(&mut found, self.left_out_of(template, &job.dot, &mut known, formats));
            }
        }
        found.retain(|image: &Occurrence| !chosen.iter().any(|have| have.pieces == image.pieces) && is_told_whole(image));
        found
    }

    fn left_out_of(&self, template: &Template, dot: &Value, known: &mut Known, formats: &Formats) -> Vec<Occurrence> {
        let execute = |course: Course, known: &Known| {
            let mut machine = Machine::new(&self.defines, course, known);
            let pieces = machine.print(&template.nodes, dot);
            // What prints as the values have it is known.
            let is_known = course == Course::Added && !machine.met.added;
            let images = if is_known { Vec::new() } else { Output::new(pieces).images(formats) };
            (images, machine.met)
        };
        let (mut found, mut met) = execute(Course::Added, known);
        // The words of the images that were off until now are known only now; a branch that asked for one of them says nothing.
        known.add(&found);
        if known.is_own(&met.asked) {
            (found, met) = execute(Course::Added, known);
        }
        for (is_met, swap) in [(met.lines, Swap::Lines), (met.words, Swap::Words)] {
            if is_met {
                add(&mut found, execute(Course::Swapped(swap), known).0);
            }
        }
        found
    }
}

/// Adds the images that are not there yet.
fn add(found: &mut Vec<Occurrence>, more: Vec<Occurrence>) {
    for occurrence in more {
        if !found.iter().any(|have| have.pieces == occurrence.pieces) {
            found.push(occurrence);
        }
    }
}

/// Whether the whole name is known: what nobody has turned on yet says nothing with half a name.
fn is_told_whole(image: &Occurrence) -> bool {
    let reference = image.reference().ok();
    reference.as_ref().and_then(|found| Some(&found.as_str()[..found.range(Part::Path)?.end])).is_some_and(|name| !name.contains(HOLE))
}

/// A template to be executed, and with what.
struct Job {
    template: usize,
    dot: Value,
}

fn collect(
    chart: &Chart<'_>,
    above: Option<&Value>,
    templates: &mut Vec<Template>,
    defines: &mut BTreeMap<String, Rc<Vec<Node>>>,
    jobs: &mut Vec<Job>,
    depth: u8,
) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let own = chart.values.map_or_else(|| Value::Map(Rc::default()), |file| read_values(file, ".Values"));
    let values = above.map_or_else(|| own.clone(), |above| own.overlaid(above));
    let metadata = chart.metadata.map_or(Value::Nil, |file| read_values(file, ".Chart"));
    for file in &chart.templates {
        let text = same_length_text(file.bytes);
        let mut template = syntax::read(&text, file.file);
        for (name, nodes) in template.defines.drain(..) {
            defines.insert(name, nodes);
        }
        // Files whose name begins with an underscore print nothing, and notes are no manifests.
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let is_manifest = name.rsplit('.').next().is_some_and(|ending| matches!(ending, "yaml" | "yml" | "tpl"));
        if is_manifest && !name.starts_with('_') {
            jobs.push(Job { template: templates.len(), dot: root(&values, &metadata, file.path) });
        }
        templates.push(template);
    }
    for subchart in &chart.subcharts {
        let name = subchart.metadata.map_or(Value::Nil, |file| read_values(file, ".Chart")).get("name").plain();
        let mut given = vec![("global".to_owned(), values.get("global"))];
        if let Value::Map(pairs) = values.get(&alias(&metadata, &name)) {
            given.extend(pairs.iter().cloned());
        }
        collect(subchart, Some(&Value::Map(Rc::new(given))), templates, defines, jobs, depth);
    }
}

/// The key under which a chart gives values to a dependency: its alias, or its name.
fn alias(metadata: &Value, name: &str) -> String {
    let Value::List(dependencies) = metadata.get("dependencies") else { return name.to_owned() };
    let dependency = dependencies.iter().find(|dependency| dependency.get("name").plain() == name);
    dependency.map(|dependency| dependency.get("alias").plain()).filter(|alias| !alias.is_empty()).unwrap_or_else(|| name.to_owned())
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

/// `.` of a template.
fn root(values: &Value, metadata: &Value, path: &str) -> Value {
    let map = |pairs: Vec<(&str, Value)>| Value::Map(Rc::new(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()));
    let text = |value: Value| computed(value.plain());
    let chart = map(vec![
        ("Name", text(metadata.get("name"))),
        ("Version", text(metadata.get("version"))),
        ("AppVersion", text(metadata.get("appVersion"))),
        ("Annotations", metadata.get("annotations")),
        ("Type", text(metadata.get("type"))),
    ]);
    let release = map(vec![
        ("Name", computed("release-name")),
        ("Namespace", computed("default")),
        ("Service", computed("Helm")),
        ("IsInstall", Value::Bool(true)),
        ("IsUpgrade", Value::Bool(false)),
        ("Revision", functions::number(1)),
    ]);
    let version = map(vec![
        ("Version", computed("v1.35.0")),
        ("GitVersion", computed("v1.35.0")),
        ("Major", computed("1")),
        ("Minor", computed("35")),
    ]);
    let capabilities = map(vec![("KubeVersion", version), ("APIVersions", unknown("APIVersions"))]);
    let template = map(vec![("Name", computed(path)), ("BasePath", computed("templates"))]);
    map(vec![
        ("Values", values.clone()),
        ("Chart", chart),
        ("Release", release),
        ("Capabilities", capabilities),
        ("Template", template),
        ("Files", unknown("Files")),
    ])
}

#[cfg(test)]
mod tests;
