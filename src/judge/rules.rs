//! Owns everything that a run judges by, compiled once.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::config::{ChartOptions, Config, Judgement, Reason, Registries};
use crate::format::Formats;
use crate::mapping::{Context, Date, Decision, MappingSet, Target};
use crate::occurrence::Class;
use crate::platform::Platform;
use crate::reference::Reference;
use crate::source::{Charts, InSight};

use super::{Meetings, Names, Prefilter};
use crate::config::Classes;

/// What a run judges by.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Where references stand.
    pub formats: Formats,
    /// Which files can concern a check.
    pub prefilter: Prefilter,
    /// What the mappings take from, in files of any kind.
    pub names: Names,
    /// In which classes of texts names are edited.
    pub classes: Classes,
    /// The classes of places whose old names are findings.
    pub residue_fails: BTreeSet<Class>,
    /// Whether a suppression must say why.
    pub suppression_reason: Reason,
    /// With what charts are rendered.
    pub chart_options: Vec<ChartOptions>,
    mappings: MappingSet,
    registries: Registries,
    today: Date,
    chooser: Option<Arc<dyn Chooser>>,
    charts: Option<Arc<dyn Charts>>,
    overrides: Overrides,
    meetings: Option<Arc<Meetings>>,
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
    /// The rules of a configuration, on the day `today`.
    pub fn new(config: Config, today: Date) -> Self {
        let lists_registries = !config.registries.allow.is_empty() || !config.registries.deny.is_empty();
        // A registry list speaks of references that no mapping knows, so every file must be looked into.
        let literals = if lists_registries { None } else { config.mappings.literals() };
        Self {
            names: Names::new(&config.mappings),
            residue_fails: BTreeSet::new(),
            classes: config.classes,
            formats: config.formats,
            prefilter: Prefilter::new(literals),
            suppression_reason: config.suppression_reason,
            chart_options: config.charts,
            mappings: config.mappings,
            registries: config.registries,
            today,
            chooser: None,
            charts: None,
            overrides: Overrides::Told,
            meetings: None,
        }
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

    /// What the mappings make of a reference.
    pub fn decide(&self, reference: &Reference, context: &Context<'_>) -> Decision {
        self.decide_for(reference, context, Need { tag: Tag::Own, platform: None })
    }

    /// As [`Rules::decide`], for a place with needs of its own.
    pub(super) fn decide_for(&self, reference: &Reference, context: &Context<'_>, need: Need<'_>) -> Decision {
        let decision = self.mappings.decide(reference, context);
        if let (Decision::Mapped(target), Some(meetings)) = (&decision, &self.meetings)
            && let Some(reason) = meetings.against(target)
        {
            return Decision::Refused { mapping: Arc::clone(&target.mapping), reason };
        }
        match (decision, &self.chooser) {
            (Decision::Mapped(target), Some(chooser)) => Decision::Mapped(chooser.choose(target, need)),
            (decision, _) => decision,
        }
    }

    /// All mappings.
    pub const fn mappings(&self) -> &MappingSet {
        &self.mappings
    }

    /// Until when a mapping only warns, if that day lies ahead.
    pub fn grace(&self, mapping: &str) -> Option<Date> {
        self.mappings.get(mapping)?.until.filter(|until| self.today < *until)
    }

    /// What `registries:` says of a reference.
    pub fn standing(&self, reference: &Reference) -> Judgement {
        self.registries.judge(reference)
    }
}
