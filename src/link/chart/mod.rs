//! Helm charts: their templates are executed in memory by an interpreter that knows where each byte of the output comes from. The images of
//! what is printed are occurrences whose pieces stand in values, helpers and templates.

mod about_images;
mod branch;
mod budget;
mod combine;
mod cost;
mod course;
mod functions;
mod held;
mod output;
mod preceded;
mod readings;
mod run;
mod syntax;
mod value;

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use about_images::AboutImages;
pub use combine::combine;
use course::{Course, Known, Swap};
use held::Held;
use output::Output;
pub use preceded::{Preceded, preceded};
pub use readings::Readings;
use readings::{METADATA, VALUES};
use run::Machine;
use syntax::{Node, Template};
use value::{Value, computed, unknown};

use crate::format::Formats;
use crate::occurrence::Occurrence;
use crate::reference::{HOLE, Part};
use crate::text::{FileId, Span};

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

/// The images of a chart.
#[derive(Clone, Debug, Default)]
pub struct Images {
    /// Those that it renders.
    pub on: Vec<Occurrence>,
    /// Those that it would render if what its values turn off were on, less those that it renders as it is.
    pub off: Vec<Occurrence>,
    /// Whether that is all.
    pub told: Told,
}

/// Whether all of a chart was executed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Told {
    /// It was.
    #[default]
    All,
    /// It asks for more than a chart may cost.
    Part,
}

/// A chart whose templates are read and can be executed: each with the chart's own values, those of a subchart with the values that the chart
/// gives it.
pub struct Rendering<'r> {
    readings: &'r Readings<'r>,
    templates: Vec<Rc<Template>>,
    defines: BTreeMap<String, Rc<Vec<Node>>>,
    jobs: Vec<Job>,
}

impl<'r> Rendering<'r> {
    /// Takes the templates and values of a chart from what was read of it, or reads those with other bytes.
    #[must_use]
    pub fn new(chart: &Chart<'_>, readings: &'r Readings<'r>) -> Self {
        let mut rendering = Self { readings, templates: Vec::new(), defines: BTreeMap::new(), jobs: Vec::new() };
        rendering.collect(chart, None, 4);
        rendering
    }

    /// The images that the chart renders. One of which no byte can be found in a file is left out.
    #[must_use]
    pub fn images(&self, formats: &Formats) -> Images {
        let mut about = AboutImages::new(&self.defines);
        let speak: Vec<bool> = self.templates.iter().map(|template| about.speak(&template.nodes)).collect();
        let mut known = Known { speaking: about.branches, ..Known::default() };
        let jobs = || self.jobs.iter().filter_map(|job| Some((self.templates.get(job.template)?, &job.dot, *speak.get(job.template)?)));
        let (mut on, mut off) = (Vec::new(), Vec::new());
        for (template, dot, _) in jobs() {
            let pieces = Machine::new(&self.defines, Course::Chosen, &known).print(&template.nodes, dot);
            add(&mut on, Output::new(pieces).images(formats, self.readings));
        }
        known.add(&on);
        for (template, dot, _) in jobs().filter(|(_, _, speaks)| *speaks) {
            add(&mut off, self.left_out_of(template, dot, &mut known, formats));
        }
        let seen = Seen::of(&on);
        off.retain(|image: &Occurrence| !seen.has(image, &on) && is_told_whole(image));
        let told = if known.budget.is_cut() { Told::Part } else { Told::All };
        Images { on, off, told }
    }

    fn left_out_of(&self, template: &Template, dot: &Value, known: &mut Known, formats: &Formats) -> Vec<Occurrence> {
        let execute = |course: Course, known: &Known| {
            let mut machine = Machine::new(&self.defines, course, known);
            let pieces = machine.print(&template.nodes, dot);
            // What prints as the values have it is known.
            let is_known = course == Course::Added && !machine.met.added;
            let images = if is_known { Vec::new() } else { Output::new(pieces).images(formats, self.readings) };
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

    fn collect(&mut self, chart: &Chart<'_>, above: Option<&Value>, depth: u8) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let own = chart.values.map_or_else(|| Value::Map(Held::default()), |file| self.readings.values(file, VALUES));
        let values = above.map_or_else(|| own.clone(), |above| own.overlaid(above));
        let metadata = chart.metadata.map_or(Value::Nil, |file| self.readings.values(file, METADATA));
        for file in &chart.templates {
            let template = self.readings.template(*file);
            self.defines.extend(template.defines.iter().map(|(name, nodes)| (name.clone(), Rc::clone(nodes))));
            // Files whose name begins with an underscore print nothing, and notes are no manifests.
            let name = file.path.rsplit('/').next().unwrap_or_default();
            let is_manifest = name.rsplit('.').next().is_some_and(|ending| matches!(ending, "yaml" | "yml" | "tpl"));
            if is_manifest && !name.starts_with('_') {
                self.jobs.push(Job { template: self.templates.len(), dot: root(&values, &metadata, file.path) });
            }
            self.templates.push(template);
        }
        for subchart in &chart.subcharts {
            let name = subchart.metadata.map_or(Value::Nil, |file| self.readings.values(file, METADATA)).get("name").plain();
            let mut given = vec![("global".into(), values.get("global"))];
            if let Value::Map(pairs) = values.get(&alias(&metadata, &name)) {
                given.extend(pairs.iter().cloned());
            }
            self.collect(subchart, Some(&Value::Map(Held::new(given))), depth);
        }
    }
}

/// Adds the images that are not there yet.
fn add(found: &mut Vec<Occurrence>, more: Vec<Occurrence>) {
    let mut known = Seen::of(found);
    for occurrence in more {
        if !known.has(&occurrence, found) {
            known.add(&occurrence, found.len());
            found.push(occurrence);
        }
    }
}

/// Images by where they begin.
struct Seen(HashMap<(Option<Span>, String), Vec<usize>>);

impl Seen {
    fn of(all: &[Occurrence]) -> Self {
        let mut seen = Self(HashMap::new());
        all.iter().enumerate().for_each(|(index, one)| seen.add(one, index));
        seen
    }

    fn key(one: &Occurrence) -> (Option<Span>, String) {
        (one.pieces.first().map(|piece| piece.span), one.joined().text)
    }

    fn add(&mut self, one: &Occurrence, index: usize) {
        self.0.entry(Self::key(one)).or_default().push(index);
    }

    /// Whether one of `all`, which are those that were added, is made of the same pieces.
    fn has(&self, one: &Occurrence, all: &[Occurrence]) -> bool {
        let same = |index: &usize| all.get(*index).is_some_and(|have| have.pieces == one.pieces);
        self.0.get(&Self::key(one)).is_some_and(|found| found.iter().any(same))
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

/// The key under which a chart gives values to a dependency: its alias, or its name.
fn alias(metadata: &Value, name: &str) -> String {
    let Value::List(dependencies) = metadata.get("dependencies") else { return name.to_owned() };
    let dependency = dependencies.iter().find(|dependency| dependency.get("name").plain() == name);
    dependency.map(|dependency| dependency.get("alias").plain()).filter(|alias| !alias.is_empty()).unwrap_or_else(|| name.to_owned())
}

/// `.` of a template.
fn root(values: &Value, metadata: &Value, path: &str) -> Value {
    let map = |pairs: Vec<(&str, Value)>| Value::Map(Held::new(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect()));
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
        ("Revision", value::number(1)),
    ]);
    let version = map(vec![
        ("Version", computed("v1.35.0")),
        ("GitVersion", computed("v1.35.0")),
        ("Major", computed("1")),
        ("Minor", computed("35")),
    ]);
    let capabilities = map(vec![("KubeVersion", version), ("APIVersions", unknown("APIVersions"))]);
    let template = map(vec![("Name", computed(path.to_owned())), ("BasePath", computed("templates"))]);
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
