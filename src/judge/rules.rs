//! Owns everything that a run judges by, compiled once.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::config::{Allowance, ChartOptions, Config, Governed, Judgement, Level, Levels, Options, Reason, Registries, load};
use crate::format::Formats;
use crate::lint::{self, Lint, Told, floating_tag, mixed_registry, stale_lock, unpinned, unqualified};
use crate::mapping::{ChartMappings, Context, Date, Decision, Mapping, MappingSet, Retirement, Target};
use crate::occurrence::Class;
use crate::platform::Platform;
use crate::reference::{Reference, Scheme};
use crate::source::{Charts, Forced, InSight, Left, Memory, TreePath};

use super::{Meeting, Meetings, Names, Prefilter};
use crate::config::{Allowed, BASELINE, Classes, Covered};

/// What a run judges by.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Where references stand.
    pub formats: Formats,
    /// Which files can concern a check.
    pub prefilter: Prefilter,
    /// The classes of places whose old names are findings.
    pub residue_fails: BTreeSet<Class>,
    /// With what charts are rendered.
    pub chart_options: Vec<ChartOptions>,
    /// Whether comments in files hold anything back.
    pub comments: Obeyed,
    /// The file of old findings, as people would type it.
    pub baseline: Option<String>,
    /// Files that say on purpose what is old.
    pub ours: BTreeSet<TreePath>,
    /// Which references are moved.
    only: Only,
    /// What each file is judged by.
    files: Governed<FileRules>,
    today: Date,
    chooser: Option<Arc<dyn Chooser>>,
    charts: Option<Arc<dyn Charts>>,
    overrides: Overrides,
    meetings: Option<Arc<Meetings>>,
}

/// What one rule file says, with all that it extends, of the files that it governs.
#[derive(Clone, Debug)]
pub struct FileRules {
    /// What the mappings take from, in files of any kind.
    pub names: Names,
    /// In which classes of texts names are edited.
    pub classes: Classes,
    /// Whether a suppression must say why.
    pub suppression_reason: Reason,
    /// What becomes of references.
    pub mappings: MappingSet,
    /// What becomes of addresses of charts.
    pub(super) chart_mappings: ChartMappings,
    /// What the mappings of charts take from, by what serves them.
    pub(super) chart_names: Vec<(Scheme, Names)>,
    allowed: Allowed,
    /// What spells out a name that leaves its registry out, where somebody wants that.
    spelling: Option<MappingSet>,
    retired: MappingSet,
    levels: Levels,
    registries: Registries,
    covered: Covered,
    /// What a file must hold for them to say something of it; `None` when they speak of every reference.
    literals: Option<BTreeSet<String>>,
}

/// Which references are moved; the others stay as if no mapping covered them. What is empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Only {
    /// Those that one of these mappings covers.
    pub mappings: BTreeSet<String>,
    /// Those in these files, and below these folders.
    pub paths: Vec<TreePath>,
}

impl Only {
    fn means(&self, decision: &Decision, path: &str) -> bool {
        let by = || decision.mapping().is_some_and(|mapping| self.mappings.contains(&**mapping));
        let path = || TreePath::new(path).is_ok_and(|path| self.paths.iter().any(|only| path.below(only).is_some()));
        (self.mappings.is_empty() || by()) && (self.paths.is_empty() || path())
    }
}

/// Lints that speak of references that no mapping has to know.
const ABOUT_ALL: [&Lint; 5] = [&floating_tag::LINT, &mixed_registry::LINT, &stale_lock::LINT, &unpinned::LINT, &unqualified::LINT];

/// The rule of the pack that spells names out.
fn qualify() -> Option<MappingSet> {
    let options = Options { packs: vec!["qualify".to_owned()], ..Options::default() };
    load(&options, &Memory::default()).ok().flatten().map(|config| config.mappings)
}

/// Whether comments of ours in files hold findings back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Obeyed {
    /// They do.
    #[default]
    Yes,
    /// They are comments like others.
    No,
}

/// What becomes of images that only a chart outside of the tree says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overrides {
    /// They are told, and what is added for them is Unsafe.
    #[default]
    Told,
    /// What is missing is added.
    Added,
}

/// Says which candidate of a target is taken, and whether it may be written, by what is known beyond the mappings.
pub trait Chooser: std::fmt::Debug + Send + Sync {
    /// The target as it shall be: the candidate that is taken first, or the reason why none may be written.
    fn choose(&self, target: Target, need: Need<'_>) -> Target;
}

/// What a place needs of its target, beyond its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need<'a> {
    /// Where its tag is.
    pub tag: Tag,
    /// The platform that the place names.
    pub platform: Option<&'a Platform>,
}

/// Where a reference has its tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// In its own text, or nowhere.
    Own,
    /// Elsewhere: the text is a name that matches other references, or that the format completes.
    Elsewhere,
}

impl Rules {
    /// Whether the rule file allows findings of a lint in the file at `path`, of the repository by its canonical name.
    pub(super) fn allows(&self, lint: &str, path: &str, repository: impl FnOnce() -> String) -> Option<Allowance> {
        let allowed = &self.of(path).allowed;
        if allowed.is_empty() { None } else { allowed.holds(path, lint, &repository(), self.today) }
    }

    /// Whether a file says on purpose what is old.
    pub(super) fn is_ours(&self, path: &str) -> bool {
        path.rsplit('/').next() == Some(BASELINE) || self.ours.iter().any(|ours| ours.as_str() == path)
    }

    /// The rules of a configuration for all files, on the day `today`.
    pub fn new(config: Config, today: Date) -> Self {
        Self::governed(Governed::all(config), today)
    }

    /// The rules of configurations that hold in folders each, on the day `today`. Where references stand, and how charts are rendered, says the
    /// configuration of the whole.
    pub fn governed(configs: Governed<Config>, today: Date) -> Self {
        let whole = configs.whole();
        let (formats, chart_options, baseline) = (whole.formats.clone(), whole.charts.clone(), whole.baseline.clone());
        let ours = configs.iter().flat_map(|config| config.ours.iter().cloned()).collect();
        // Nobody asks for addresses of charts as long as none of them moves.
        let moves_charts = configs.iter().any(|config| !config.chart_mappings.is_empty());
        let formats = if moves_charts { formats.with_charts() } else { formats };
        let files = configs.map(FileRules::new);
        let literals = files.iter().map(|rules| rules.literals.as_ref());
        let literals: Option<BTreeSet<String>> =
            literals.collect::<Option<Vec<_>>>().map(|all| all.into_iter().flatten().cloned().collect());
        Self {
            formats,
            prefilter: Prefilter::new(literals.map(|literals| literals.into_iter().collect())),
            residue_fails: BTreeSet::new(),
            chart_options,
            comments: Obeyed::Yes,
            baseline,
            ours,
            only: Only::default(),
            files,
            today,
            chooser: None,
            charts: None,
            overrides: Overrides::Told,
            meetings: None,
        }
    }

    /// What the file at `path` is judged by.
    pub fn of(&self, path: &str) -> &FileRules {
        self.files.of(path)
    }

    /// The same rules, with candidates chosen by `chooser`.
    #[must_use]
    pub fn choosing(self, chooser: Arc<dyn Chooser>) -> Self {
        Self { chooser: Some(chooser), ..self }
    }

    /// The same rules, with charts in sight that are not in the tree.
    #[must_use]
    pub fn seeing(self, charts: Arc<dyn Charts>) -> Self {
        Self { charts: Some(charts), ..self }
    }

    /// The charts in sight that are not in the tree.
    pub fn charts(&self) -> Option<&dyn Charts> {
        self.charts.as_deref()
    }

    /// The same rules, by which images that only a chart outside of the tree says become what `overrides` says.
    #[must_use]
    pub fn with_overrides(self, overrides: Overrides) -> Self {
        Self { overrides, ..self }
    }

    /// What becomes of images that only a chart outside of the tree says.
    pub const fn overrides(&self) -> Overrides {
        self.overrides
    }

    /// Which charts are in sight.
    pub fn in_sight(&self) -> InSight {
        if self.charts.is_some() { InSight::Elsewhere } else { InSight::OfTree }
    }

    /// The same rules, by which two images that would come under one name are both refused.
    #[must_use]
    pub fn keeping_apart(self, meetings: Arc<Meetings>) -> Self {
        Self { meetings: Some(meetings), ..self }
    }

    /// The same rules, by which only some references are moved.
    #[must_use]
    pub fn moving(self, only: Only) -> Self {
        Self { only, ..self }
    }

    /// What the mappings make of a reference.
    pub fn decide(&self, reference: &Reference, context: &Context<'_>) -> Decision {
        self.decide_for(reference, context, Need { tag: Tag::Own, platform: None })
    }

    /// As [`Rules::decide`], for a place with needs of its own.
    pub(super) fn decide_for(&self, reference: &Reference, context: &Context<'_>, need: Need<'_>) -> Decision {
        let mut decision = self.of(context.path).mappings.decide(reference, context);
        if !self.only.means(&decision, context.path) {
            return Decision::Unchanged;
        }
        if let (Decision::Mapped(target), Some(meetings)) = (&mut decision, &self.meetings)
            && let Some(meeting) = meetings.at(target, &self.of(context.path).mappings)
        {
            match meeting {
                Meeting::Refused(reason) => return Decision::Refused { mapping: Arc::clone(&target.mapping), reason },
                Meeting::Doubted(doubt) => target.doubt = Some(doubt),
            }
        }
        match (decision, &self.chooser) {
            (Decision::Mapped(target), Some(chooser)) => Decision::Mapped(chooser.choose(target, need)),
            (decision, _) => decision,
        }
    }

    /// The files that are passed by, though they are asked about.
    pub fn left(&self, forced: Forced) -> Left {
        if self.files.iter().all(|rules| rules.covered.is_everything()) {
            return Left::default();
        }
        let files = self.files.clone().map(|rules| rules.covered);
        Left::new(Arc::new(move |path| files.of(path).leaves(path)), forced)
    }

    /// What the mappings make of an address of charts. What serves an index serves no images.
    pub(super) fn decide_chart(&self, scheme: Scheme, reference: &Reference, context: &Context<'_>, need: Need<'_>) -> Decision {
        match self.of(context.path).chart_mappings.decide(scheme, reference, context) {
            decision if !self.only.means(&decision, context.path) => Decision::Unchanged,
            Decision::Unchanged if scheme == Scheme::Registry => self.decide_for(reference, context, need),
            decision => decision,
        }
    }

    /// The mappings of images of each rule file.
    pub fn mappings(&self) -> impl Iterator<Item = &MappingSet> {
        self.files.iter().map(|rules| &rules.mappings)
    }

    /// The mappings of charts of each rule file.
    pub fn chart_mappings(&self) -> impl Iterator<Item = &ChartMappings> {
        self.files.iter().map(|rules| &rules.chart_mappings)
    }

    /// Whether there is a mapping, of images or of charts.
    pub fn moves_anything(&self) -> bool {
        !(self.have_no_mappings() && self.chart_mappings().all(ChartMappings::is_empty))
    }

    /// Whether no image becomes anything.
    pub fn have_no_mappings(&self) -> bool {
        self.mappings().all(MappingSet::is_empty)
    }

    /// What a name becomes that leaves its registry out and that no mapping covers, where somebody wants it in the file at `context`.
    pub(super) fn spelled_out(&self, reference: &Reference, context: &Context<'_>) -> Decision {
        let told = self.of(context.path).spelling.as_ref().filter(|_| self.tells(unqualified::LINT.code, context.path));
        let decision = told.map_or(Decision::Unchanged, |spelling| spelling.decide(reference, context));
        if matches!(decision, Decision::Mapped(_)) { decision } else { Decision::Unchanged }
    }

    /// What is said of an image that is retired.
    pub(super) fn retirement(&self, reference: &Reference, context: &Context<'_>) -> Option<(&Mapping, &Retirement)> {
        self.of(context.path).retired.ending(reference, context)
    }

    /// How findings of a lint are judged in the file at `path`; none where the lint itself says it.
    pub(super) fn level(&self, lint: &str, path: &str) -> Option<Level> {
        let usual = || (lint::of(lint)?.told == Told::WhenAsked).then_some(Level::Allow);
        self.of(path).levels.of(lint, path).or_else(usual)
    }

    /// Whether findings of a lint are told in the file at `path`.
    pub fn tells(&self, lint: &str, path: &str) -> bool {
        self.level(lint, path) != Some(Level::Allow)
    }

    /// The day that `until` and `since` are compared with.
    pub const fn today(&self) -> Date {
        self.today
    }

    /// What `registries:` says of a reference in the file at `path`.
    pub fn standing(&self, reference: &Reference, path: &str) -> Judgement {
        self.of(path).registries.judge(reference, self.today)
    }
}

impl FileRules {
    fn new(config: Config) -> Self {
        let lists_registries = !config.registries.allow.is_empty() || !config.registries.deny.is_empty();
        // They speak of references that no mapping knows, so every file must be looked into.
        let is_about_all = lists_registries || ABOUT_ALL.iter().any(|lint| config.levels.ask_for(lint.code));
        let of_charts = [Scheme::Index, Scheme::Registry].map(|scheme| (scheme, config.chart_mappings.of(scheme)));
        let all = of_charts.iter().map(|(_, mappings)| *mappings).chain([&config.mappings, &config.retired]).map(MappingSet::literals);
        let literals = all.collect::<Option<Vec<Vec<String>>>>().filter(|_| !is_about_all);
        let of_charts = of_charts.into_iter().filter(|(_, mappings)| !mappings.is_empty());
        Self {
            chart_names: of_charts.map(|(scheme, mappings)| (scheme, Names::of_charts(mappings))).collect(),
            names: Names::new(&config.mappings),
            classes: config.classes,
            suppression_reason: config.suppression_reason,
            spelling: config.levels.ask_for(unqualified::LINT.code).then(qualify).flatten(),
            levels: config.levels,
            retired: config.retired,
            mappings: config.mappings,
            chart_mappings: config.chart_mappings,
            allowed: config.allowed,
            registries: config.registries,
            covered: config.covered,
            literals: literals.map(|all| all.into_iter().flatten().collect()),
        }
    }

    /// Whether a text may name something that a mapping takes from.
    pub(super) fn may_name(&self, text: &[u8]) -> bool {
        self.names.may_stand_in(text) || self.chart_names.iter().any(|(_, names)| names.may_stand_in(text))
    }

    /// The mapping of that id, of images or of charts.
    pub fn mapping(&self, id: &str) -> Option<&Mapping> {
        self.mappings.get(id).or_else(|| self.chart_mappings.get(id))
    }

    /// Whether a mapping's id is that of the rule by which names are spelled out.
    pub(super) fn spells_out(&self, mapping: &str) -> bool {
        self.mapping(mapping).is_none() && self.spelling.as_ref().is_some_and(|spelling| spelling.get(mapping).is_some())
    }
}
