//! `.transship.yaml`, packs and the command line's `--map`: where the mappings come from.

use std::collections::BTreeMap;

use crate::format::Formats;
use crate::mapping::{ChartMappings, Dated, MappingSet, Voice};
use crate::source::TreePath;

/// The name of a repository's rule file.
pub const RULES: &str = ".transship.yaml";

/// The usual name of the file of old findings.
pub const BASELINE: &str = ".transship-baseline.json";

mod allowed;
mod baseline;
mod charts;
mod classes;
mod covered;
mod files;
mod formats;
mod globs;
mod governed;
mod levels;
mod load;
mod packs;
mod registries;
mod update;
mod vars;

pub use allowed::{Allowance, Allowed};
pub use charts::ChartOptions;
pub use classes::{Classes, classes_of};
pub use covered::Covered;
pub use governed::Governed;
pub use levels::{Level, Levels};
pub use load::load;
pub use packs::{ALL_PACKS, Pack, packs};
pub use registries::{Entry, Judgement};
pub use update::{Differs, PACKS_FOLDER, PackFile, Refused};

/// What the command line says about the configuration.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The rule file, in the tree that is loaded from.
    pub config: Option<TreePath>,
    /// Who says what it says: the user where they name it themselves.
    pub voice: Voice,
    /// `--pack NAME`, in order.
    pub packs: Vec<String>,
    /// `--map FROM=TO`, in order.
    pub maps: Vec<String>,
    /// `--var NAME=VALUE`; they override the file's `vars`.
    pub vars: BTreeMap<String, String>,
}

/// A loaded configuration: every mapping compiled, every check of the rule files passed.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The file that was read, if any, as people would type it.
    pub path: Option<String>,
    /// All mappings: of packs, of the file, of the command line.
    pub mappings: MappingSet,
    /// The mappings of charts.
    pub chart_mappings: ChartMappings,
    /// Images that have no successor: entries that cover, and lead nowhere.
    pub retired: MappingSet,
    /// Registries that may, or may not, be used.
    pub registries: Registries,
    /// How findings are judged, by lint and file.
    pub levels: Levels,
    /// The files that say when their sources were read.
    pub dated: Vec<Dated>,
    /// Whether a suppression comment must give a reason.
    pub suppression_reason: Reason,
    /// What is allowed by path and repository.
    pub allowed: Allowed,
    /// In which classes of texts names are edited.
    pub classes: Classes,
    /// Where references stand: the built-in formats and those of the rule files.
    pub formats: Formats,
    /// With what charts are rendered.
    pub charts: Vec<ChartOptions>,
    /// Which files are looked into.
    pub covered: Covered,
    /// The rule files and packs that it was read from, those that decide first.
    pub sources: Vec<String>,
    /// The file of old findings, as people would type it.
    pub baseline: Option<String>,
    /// Files that say on purpose what is old, beside those that are called as rule files and baselines are.
    pub ours: Vec<TreePath>,
    /// Whether the repository takes part in campaigns.
    pub campaigns: Campaigns,
}

/// Whether a repository takes part in campaigns over many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Campaigns {
    /// It does.
    #[default]
    Welcome,
    /// It does not.
    Refused,
}

/// `registries:` of a rule file. A domain, or a domain and a path prefix; Docker Hub's names are one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registries {
    /// Every other registry is a finding, when not empty.
    pub allow: Vec<Entry>,
    /// These are a finding.
    pub deny: Vec<Entry>,
}

/// Whether `transship: ignore[…]` must be followed by a reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reason {
    /// It may.
    #[default]
    Optional,
    /// It must.
    Required,
}

/// Where the schema of a rule file of this version is published: a file of its release.
pub const SCHEMA_ADDRESS: &str =
    concat!(env!("CARGO_PKG_REPOSITORY"), "/releases/download/v", env!("CARGO_PKG_VERSION"), "/transship.schema.json");

/// The JSON schema of a rule file (`transship schema`).
#[must_use]
pub fn schema() -> serde_json::Value {
    let mut schema = crate::mapping::SCHEMA.clone();
    schema["$id"] = SCHEMA_ADDRESS.into();
    let mut formats = crate::format::schema();
    // References of a schema start at the root of the document.
    schema["$defs"] = formats["$defs"].take();
    if let serde_json::Value::Object(words) = &mut formats {
        words.retain(|word, _| !word.starts_with('$'));
    }
    schema["properties"]["formats"]["items"] = formats;
    schema
}
