//! Helm charts: their templates are executed in memory by an interpreter that knows where each byte of the output comes from. The images of
//! what is printed are occurrences whose pieces stand in values, helpers and templates.

mod about_images;
mod beside;
mod branch;
mod budget;
mod candidates;
mod changes;
mod combine;
mod cost;
mod course;
mod dependencies;
mod dot;
mod evidence;
mod failing;
mod filled;
mod functions;
mod held;
mod job;
mod joins;
mod layer;
mod names;
mod numbers;
mod output;
mod preceded;
mod readings;
mod reads;
mod run;
mod schema;
mod syntax;
mod texts;
mod unseen;
mod value;
mod whole;
mod word;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use about_images::AboutImages;
pub use beside::{Beside, Guessed};
pub(super) use beside::{tell, tell_guessed};
pub use budget::Budget;
pub use combine::combine;
use course::{Course, Known, Swap};
use dependencies::Dependency;
use dot::{files_of, root};
pub use evidence::Evidence;
pub(super) use evidence::spelled_together;
pub(super) use filled::is_template;
use held::Held;
use job::{Deployment, Job, Prints};
pub(super) use layer::Filled;
pub use layer::{Context, Inline, Layer};
use output::Output;
pub use preceded::{Preceded, preceded};
pub use readings::Readings;
use readings::{METADATA, VALUES};
use reads::Executed;
use run::Machine;
pub(super) use schema::SCHEMA;
use syntax::{Node, Template};
use unseen::Unseen;
use value::Value;
pub use whole::Wholes;
pub use word::Word;

use super::distinct::Distinct;

use crate::format::{FormatRole, Formats};
use crate::locate::Failure;
use crate::occurrence::{Caution, Occurrence};
use crate::reference::{HOLE, Part};
use crate::text::{FileId, Span};

/// A file of a chart.
#[derive(Clone, Copy, Debug, Hash)]
pub struct ChartFile<'a> {
    /// Its path in the chart, with `/`.
    pub path: &'a str,
    /// Its number in this run.
    pub file: FileId,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// A chart with its subcharts, as far as they are in the tree.
#[derive(Clone, Debug, Default, Hash)]
pub struct Chart<'a> {
    /// `Chart.yaml`.
    pub metadata: Option<ChartFile<'a>>,
    /// `requirements.yaml`: the dependencies of charts of old.
    pub requirements: Option<ChartFile<'a>>,
    /// `values.yaml`.
    pub values: Option<ChartFile<'a>>,
    /// `values.schema.json`.
    pub schema: Option<ChartFile<'a>>,
    /// Files of `templates/`.
    pub templates: Vec<ChartFile<'a>>,
    /// Charts in `charts/`.
    pub subcharts: Vec<Chart<'a>>,
    /// What is laid over its values in a deployment; each stack is one, from the bottom to the top. The chart is deployed without any, too.
    pub stacks: Vec<Vec<Layer<'a>>>,
    /// Files of values in its folder, and others that its templates may read.
    pub others: Vec<ChartFile<'a>>,
    /// Where it is named, if it lies outside of the tree: it is deployed only with its stacks, and what its own values say can be added to those.
    pub named: Option<Span>,
    /// Files in or beside its folder that may be laid over its values, though nothing says so: they are, when they have a key of its own.
    pub candidates: Vec<ChartFile<'a>>,
}

impl Images {
    /// Takes in those of another deployment.
    pub(in crate::link) fn add(&mut self, other: Self) {
        for (own, more) in [(&mut self.on, other.on), (&mut self.off, other.off)] {
            let mut all = Distinct::by(has_pieces_of);
            all.add(std::mem::take(own));
            all.add(more);
            *own = all.into_all();
        }
        self.beside.extend(other.beside);
        self.words.extend(other.words);
        word::settle(&mut self.words);
        self.preceded.extend(other.preceded);
        preceded::settle(&mut self.preceded);
        self.guessed.extend(other.guessed);
        self.elsewhere.extend(other.elsewhere);
        self.printed.extend(other.printed);
        self.failures.extend(other.failures);
        self.told = if other.told == Told::Part { Told::Part } else { self.told };
    }
}

impl<'a> Chart<'a> {
    /// The files that may be laid over its values.
    fn files_of_layers(&self) -> impl Iterator<Item = ChartFile<'a>> {
        self.stacks.iter().flatten().filter_map(Layer::of_file).chain(self.candidates.iter().copied())
    }
}

/// The images of a chart.
#[derive(Clone, Debug, Default)]
pub struct Images {
    /// Those that it renders.
    pub on: Vec<Occurrence>,
    /// Those that it would render if what its values turn off were on, less those that it renders as it is.
    pub off: Vec<Occurrence>,
    /// Where values are printed that are no part of an image there.
    pub beside: Vec<Beside>,
    /// Words that are printed where no image stands and that values are part of, in the order of these.
    pub words: Vec<Word>,
    /// Values that branches print behind something else which the values leave out.
    pub preceded: Vec<Preceded>,
    /// Values that decide what is printed of images, in a way that is not known.
    pub guessed: Vec<Guessed>,
    /// Values for dependencies that are not in sight, by their names.
    pub elsewhere: Vec<(Arc<str>, Inline)>,
    /// Of each template and deployment, a number for what it prints of its own beside images.
    pub printed: Vec<u64>,
    /// Where its templates refuse the values.
    pub failures: Vec<Failure>,
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
    deployments: usize,
    /// Whether one of its templates may refuse the values.
    may_fail: bool,
    /// Where schemas refuse values.
    refused: Vec<Failure>,
    patterns: schema::Patterns,
    elsewhere: Vec<(Arc<str>, Inline)>,
    /// The values of each chart in each deployment.
    merged: Vec<Inline>,
    /// The candidates that are laid over its values.
    pub(in crate::link) laid: Vec<FileId>,
    /// The files that hold layers, and more.
    around: BTreeSet<FileId>,
}

impl<'r> Rendering<'r> {
    /// Takes the templates and values of a chart from what was read of it, or reads those with other bytes.
    #[must_use]
    pub fn new(chart: &Chart<'_>, readings: &'r Readings<'r>) -> Self {
        let mut rendering = Self {
            readings,
            templates: Vec::new(),
            defines: BTreeMap::new(),
            jobs: Vec::new(),
            deployments: 0,
            may_fail: false,
            refused: Vec::new(),
            patterns: schema::Patterns::new(),
            elsewhere: Vec::new(),
            merged: Vec::new(),
            laid: Vec::new(),
            around: chart.stacks.iter().flatten().filter(|layer| layer.of_file().is_none()).flat_map(Layer::files).collect(),
        };
        let parts = rendering.parts(chart, 4);
        let by = Given { keys: Vec::new(), place: chart.named };
        if chart.named.is_none() {
            rendering.deploy_whole(&parts, &|below| below, &by, Deployment::Bare);
        }
        for stack in &chart.stacks {
            let layers: Vec<Value> = stack.iter().map(|layer| layer.values(readings)).collect();
            // Of what a layer says that cannot be read, everything may be said otherwise.
            let lay =
                |below: Value, layer: &Value| if let Value::Unknown(what) = layer { below.covered(what) } else { below.overlaid(layer) };
            rendering.deploy_whole(&parts, &|below| layers.iter().fold(below, lay), &by, Deployment::Layered);
        }
        let asked = if chart.candidates.is_empty() { BTreeSet::new() } else { candidates::asked(chart) };
        for file in &chart.candidates {
            let layer = readings.values(*file, VALUES);
            if parts.may_lie_below(&layer, &asked) {
                rendering.deploy_whole(&parts, &|below| below.overlaid(&layer), &by, Deployment::Layered);
                rendering.laid.push(file.file);
            }
        }
        rendering
    }

    /// The images that the chart renders, as far as the account pays for it. One of which no byte can be found in a file is left out.
    #[must_use]
    pub fn images(&self, formats: &Formats, budget: &Budget) -> Images {
        let mut about = AboutImages::new(&self.defines);
        let speak: Vec<bool> = self.templates.iter().map(|template| about.speak(&template.nodes)).collect();
        let mut known = Known { speaking: about.branches, budget: budget.clone(), ..Known::default() };
        let of = |prints| move |job: &&Job| job.prints == prints;
        let of = |prints| {
            self.jobs.iter().filter(of(prints)).filter_map(|job| Some((job, self.templates.get(job.template)?, *speak.get(job.template)?)))
        };
        let jobs = || of(Prints::Manifests);
        let mut unseen = Unseen::default();
        let (mut on, mut off) = (Distinct::by(has_pieces_of), Distinct::by(has_pieces_of));
        let (mut beside, mut words) = (Vec::new(), Vec::new());
        let mut preceded = Vec::new();
        let (mut printed, mut guessed, mut failures) = (Vec::new(), Vec::new(), self.refused.clone());
        let mut executed = Executed::of(&self.jobs);
        for (job, template, _) in jobs().filter(|(job, _, _)| job.of != Deployment::Off) {
            known.changes.enter(job.deployment);
            if let Some(as_before) = executed.like(job, &known.changes) {
                printed.push(as_before);
                continue;
            }
            let mut machine = Machine::new(&self.defines, Course::Chosen, &known);
            machine.reads = executed.reads(job, &known.changes);
            let output = Output::new(machine.print(&template.nodes, &job.dot));
            guessed.append(&mut machine.met.guessed);
            unseen.append(std::mem::take(&mut machine.met.unseen));
            failures.extend(job.failures(&mut machine.met));
            let found = output.find(formats, self.readings);
            let own = output.beside(&found, &mut beside, &mut words);
            printed.push(own);
            executed.add(job, machine.reads.take(), &known.changes, own);
            let found = found.into_iter().filter_map(|image| output.carried(image, job.place)).collect();
            drop(output);
            on.add(found);
        }
        if let Some(format) = formats.by_role(FormatRole::Values) {
            let spelled = unseen.told(on.all()).flat_map(|value| Inline::of(value.clone()).located(format, formats)).collect();
            on.add(spelled);
        }
        beside::settle(&mut beside, on.all());
        word::settle(&mut words);
        known.add(on.all());
        for (job, template, _) in jobs().filter(|(job, _, speaks)| *speaks && job.of == Deployment::Bare) {
            known.changes.enter(job.deployment);
            off.add(self.left_out_of(template, &job.dot, &mut known, (formats, &mut preceded)));
        }
        for (job, template, _) in jobs().filter(|(job, _, speaks)| *speaks && job.of == Deployment::Off) {
            known.changes.enter(job.deployment);
            let mut machine = Machine::new(&self.defines, Course::Chosen, &known);
            let output = Output::new(machine.print(&template.nodes, &job.dot));
            output.preceded(&mut preceded);
            let mut images = output.images(formats, self.readings);
            drop(output);
            known.add(&images);
            images.append(&mut self.left_out_of(template, &job.dot, &mut known, (formats, &mut preceded)));
            for image in &mut images {
                image.cautions.push(Caution::NotDeployed);
            }
            off.add(images);
        }
        let mut off = off.into_all();
        off.retain(|image| !on.has(image) && is_told_whole(image));
        preceded::settle(&mut preceded);
        let told = if known.budget.is_cut() { Told::Part } else { Told::All };
        for (job, template, _) in of(Prints::Notes).filter(|(job, _, _)| self.may_fail && job.of != Deployment::Off) {
            known.changes.enter(job.deployment);
            let mut machine = Machine::new(&self.defines, Course::Chosen, &known);
            machine.print(&template.nodes, &job.dot);
            failures.extend(job.failures(&mut machine.met));
        }
        Images { on: on.into_all(), off, beside, words, preceded, guessed, printed, failures, elsewhere: self.elsewhere.clone(), told }
    }

    /// The references that the values of its deployments spell, each read as one.
    #[must_use]
    pub fn spelled(&self, formats: &Formats) -> Vec<Occurrence> {
        // What no other deployment lays anything over is what its file says.
        if self.merged.len() < 2 {
            return Vec::new();
        }
        evidence::spelled_by(self.merged.iter().map(|values| evidence::mixed(values, &self.around, formats)), formats)
    }

    /// The images of a template in branches that the values leave out; the values that it prints behind something else there are noted.
    fn left_out_of(
        &self,
        template: &Template,
        dot: &Value,
        known: &mut Known,
        (formats, preceded): (&Formats, &mut Vec<Preceded>),
    ) -> Vec<Occurrence> {
        let mut execute = |course: Course, known: &Known| {
            let mut machine = Machine::new(&self.defines, course, known);
            let pieces = machine.print(&template.nodes, dot);
            // What prints as the values have it is known.
            let is_known = course == Course::Added && !machine.met.added;
            if is_known {
                return (Vec::new(), machine.met);
            }
            let output = Output::new(pieces);
            output.preceded(preceded);
            (output.images(formats, self.readings), machine.met)
        };
        let (mut found, mut met) = execute(Course::Added, known);
        // The words of the images that were off until now are known only now; a branch that asked for one of them says nothing.
        known.add(&found);
        if known.is_own(&met.asked) {
            (found, met) = execute(Course::Added, known);
        }
        let mut all = Distinct::by(has_pieces_of);
        all.add(found);
        for (is_met, swap) in [(met.lines, Swap::Lines), (met.words, Swap::Words)] {
            if is_met {
                all.add(execute(Course::Swapped(swap), known).0);
            }
        }
        all.into_all()
    }

    /// Reads a chart and its subcharts.
    fn parts(&mut self, chart: &Chart<'_>, depth: u8) -> Parts {
        let read = |file: Option<ChartFile<'_>>, name, none| file.map_or(none, |file| self.readings.values(file, name));
        let (values, metadata) = (read(chart.values, VALUES, Value::Map(Held::default())), read(chart.metadata, METADATA, Value::Nil));
        let mut manifests = Vec::new();
        for file in &chart.templates {
            let template = self.readings.template(*file);
            self.defines.extend(template.defines.iter().map(|(name, nodes)| (name.clone(), Rc::clone(nodes))));
            self.may_fail |= memchr::memmem::find(file.bytes, b"fail ").is_some();
            if let Some(prints) = Prints::of(file.path) {
                manifests.push((self.templates.len(), file.path.to_owned(), prints));
            }
            self.templates.push(template);
        }
        let below = chart.subcharts.iter().filter(|_| depth > 1);
        let subcharts = below.map(|subchart| self.parts(subchart, depth - 1)).collect();
        let is_packed = chart.metadata.is_some_and(|file| file.file.is_packed());
        // Helm lays the one over the other (`pkg/chart/loader`, `LoadFiles`).
        let listed = chart.requirements.map(|file| metadata.overlaid(&self.readings.values(file, METADATA)));
        let dependencies = Dependency::all(listed.as_ref().unwrap_or(&metadata));
        let schema = chart.schema.filter(|file| schema::speaks(file.bytes)).map(|file| self.readings.values(file, VALUES));
        Parts { values, metadata, schema, dependencies, manifests, subcharts, files: files_of(chart), is_packed }
    }

    /// Notes what is executed of the outermost chart, with what `lay` lays over its values.
    fn deploy_whole(&mut self, chart: &Parts, lay: &dyn Fn(Value) -> Value, by: &Given, of: Deployment) {
        let tags = lay(chart.values.clone()).get("tags");
        let values = chart.laid(&chart.own(&by.keys), lay, &tags, &by.keys);
        self.deploy(chart, &values, &tags, by, of);
    }

    /// Notes what is executed of a chart: its own templates with these values, and its subcharts' with what they give them.
    fn deploy(&mut self, chart: &Parts, values: &Value, tags: &Value, by: &Given, of: Deployment) {
        if let Some(schema) = chart.schema.as_ref().filter(|_| of != Deployment::Off) {
            self.refused
                .extend(schema::refused(schema, values, &mut self.patterns).into_iter().map(|place| Failure::of_schema(&by.keys, &place)));
        }
        let (dot, deployment) = (root(values, &chart.metadata, &chart.files), self.deployments);
        self.deployments += 1;
        self.merged.push(Inline::of(values.clone()));
        // The deepest first, and of those the last: what one changes of the values the next ones see (Helm `pkg/engine`, `sortTemplates`).
        let mut manifests: Vec<&(usize, String, Prints)> = chart.manifests.iter().collect();
        manifests.sort_by_key(|(_, path, _)| std::cmp::Reverse((path.matches('/').count(), path)));
        let keys: Rc<[String]> = by.keys.as_slice().into();
        self.jobs.extend(manifests.into_iter().map(|(template, _, prints)| Job {
            template: *template,
            prints: *prints,
            keys: Rc::clone(&keys),
            dot: dot.clone(),
            of,
            deployment,
            place: by.place,
        }));
        for one in chart.missing() {
            self.elsewhere.push((one.name.plain().into(), Inline::of(values.get(&one.key))));
        }
        for one in chart.deployed(values, tags) {
            let by = by.below(chart, &one.key);
            let tags = one.chart.tags(tags);
            let values = one.chart.laid(&one.chart.own(&by.keys), &|below| below.overlaid(&one.given), &tags, &by.keys);
            self.deploy(one.chart, &values, &tags, &by, if one.is_on { of } else { Deployment::Off });
        }
    }
}

/// Whether both are made of the same bytes in the same way.
fn has_pieces_of(one: &Occurrence, other: &Occurrence) -> bool {
    one.pieces == other.pieces
}

/// Whether the whole name is known: what nobody has turned on yet says nothing with half a name.
fn is_told_whole(image: &Occurrence) -> bool {
    let reference = image.reference().ok();
    reference.as_ref().and_then(|found| Some(&found.as_str()[..found.range(Part::Path)?.end])).is_some_and(|name| !name.contains(HOLE))
}

/// What was read of a chart.
struct Parts {
    values: Value,
    metadata: Value,
    /// What its values may be, where it says so.
    schema: Option<Value>,
    dependencies: Vec<Dependency>,
    /// The templates that are executed by themselves, by their numbers, and their paths.
    manifests: Vec<(usize, String, Prints)>,
    subcharts: Vec<Parts>,
    /// What `.Files` has, by the paths in the chart.
    files: Value,
    is_packed: bool,
}

/// By whom a chart is deployed as a dependency.
#[derive(Clone, Default)]
struct Given {
    /// The keys of its values, from those of the outermost chart.
    keys: Vec<String>,
    /// Where its name stands.
    place: Option<Span>,
}

impl Given {
    /// By whom the dependency of `chart` with the key `key` is. One that the chart does not name is shown where it says its own name.
    fn below(&self, chart: &Parts, key: &str) -> Self {
        let keys = self.keys.iter().cloned().chain([key.to_owned()]).collect();
        let place =
            |name: &Value| name.pieces().iter().map(|run| run.span).find(|span| !span.file.is_packed() && span.file != FileId::NONE);
        let named = chart.dependencies.iter().find(|one| one.key == key).and_then(|one| place(&one.name));
        Self { keys, place: named.or(self.place).or_else(|| place(&chart.metadata.get("name"))) }
    }
}

#[cfg(test)]
mod tests;
