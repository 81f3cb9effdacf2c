//! Copy plans: which images are to be copied where, written for the program that shall do it.
//!
//! [`plan`](fn@plan) sorts and merges [`Row`]s; [`write`](fn@write) prints the plan for one [`Engine`]. Both are pure. What an engine cannot express is left out
//! with a reason, never in silence. Output holds no secret: credentials stay with the engine's own log-in or in environment variables.
//! Scripts and files are made of references that the grammar has checked, pinned to a digest where one is known.

mod digest;
mod engine;
mod images;
mod mark;
mod node;
mod plan;
mod prefix;
mod product;
mod row;
mod script;
mod spelling;

mod acr;
mod backend_ai;
mod containerd;
mod crane;
mod docker;
mod ecr;
mod gar;
mod harbor;
mod image_syncer;
mod json;
mod k3s;
mod kyverno;
mod node_clean;
mod node_pull;
mod registries_conf;
mod regsync;
mod retagger;
mod skopeo_copy;
mod skopeo_sync;

use std::collections::BTreeSet;

use crate::reference::HOLE;

pub use digest::sha256;
use engine::Profile;
pub use engine::{Engine, Purpose, UnknownEngine};
pub use harbor::HarborSide;
pub use mark::{is_marked, lacking, vouches};
pub use plan::{Conflict, CopyPlan, plan};
pub use row::{Digest, Place, Refused, Row};

/// What the person who runs the engine says about the surroundings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Domains (with port) that are spoken to over plain HTTP. Every other registry is asked over TLS.
    pub plain_http: BTreeSet<String>,
    /// Domains that are known to be Harbor, whatever their names look like.
    pub harbors: BTreeSet<String>,
    /// Which end of the copies the replicating Harbor is.
    pub harbor: HarborSide,
    /// What becomes of a tag that the target has by the time the plan is run.
    pub differing: Differing,
    /// What runs containers on the nodes.
    pub runtime: Runtime,
    /// In which syntax image-syncer's files are written.
    pub syntax: Syntax,
    /// The digest of the rule files that the plan stands on, for the header of what is written.
    pub rules: Option<String>,
}

/// What becomes of a target that has something else than its source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Differing {
    /// The copy takes its place.
    #[default]
    Replaced,
    /// It stays.
    Kept,
}

/// What runs containers on a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Runtime {
    /// Docker Engine: `docker`.
    #[default]
    Docker,
    /// Anything that speaks the Kubernetes runtime interface: `crictl`.
    Crictl,
    /// containerd asked directly: `ctr`, in Kubernetes' namespace.
    Ctr,
}

/// A syntax for data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Syntax {
    /// JSON.
    #[default]
    Json,
    /// YAML.
    Yaml,
}

/// What is done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// It is run, with bash.
    Script,
    /// It is read by a program or a person.
    Data,
    /// It is filled in by a person: one that is there is kept.
    Skeleton,
}

/// One file of a written plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name, relative, with `/`; never `..`.
    pub name: String,
    /// Whether it is to be executable.
    pub kind: Kind,
    /// Its text.
    pub text: String,
}

/// A row that the engine cannot express.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The row.
    pub row: Row,
    /// Why, for people.
    pub reason: String,
}

impl LeftOut {
    /// `SOURCE -> TARGET`, each part that is not known as `{?}`.
    pub fn copy(&self) -> String {
        format!("{} -> {}", self.row.source().canonical(), self.row.target().canonical()).replace(HOLE, "{?}")
    }
}

/// A plan as an engine takes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The files; the one to run or to read first is the first. None when there is nothing to do.
    pub files: Vec<File>,
    /// The rows that are in none of the files, in the plan's order.
    pub left_out: Vec<LeftOut>,
}

impl Written {
    /// What `fit` makes of each row; one of which it makes nothing is left out for its reason.
    fn sift<'a, T, R: Into<String>>(rows: &'a [Row], fit: impl Fn(&'a Row) -> Result<T, R>) -> (Self, Vec<T>) {
        let mut written = Self::default();
        let mut fitting = Vec::new();
        for row in rows {
            match fit(row) {
                Ok(made) => fitting.push(made),
                Err(reason) => written.leave(row, reason),
            }
        }
        (written, fitting)
    }

    fn leave(&mut self, row: &Row, reason: impl Into<String>) {
        self.left_out.push(LeftOut { row: row.clone(), reason: reason.into() });
    }

    fn script(&mut self, name: impl Into<String>, text: String) {
        self.file(&name.into(), Kind::Script, text);
    }

    fn data(&mut self, name: impl Into<String>, text: String) {
        self.file(&name.into(), Kind::Data, text);
    }

    /// Files have one name each, or the last would be written over the others: what comes second gets a number.
    fn file(&mut self, wanted: &str, kind: Kind, text: String) {
        let is_taken = |name: &str| self.files.iter().any(|file| file.name == name);
        let folder = wanted.rfind('/').map_or(0, |at| at + 1);
        let (stem, extension) = wanted.rfind('.').filter(|&at| at > folder).map_or((wanted, ""), |at| wanted.split_at(at));
        let numbered = (2..).map(|number: usize| format!("{stem}-{number}{extension}"));
        let name = std::iter::once(wanted.to_owned()).chain(numbered).find(|name| !is_taken(name)).unwrap_or_default();
        self.files.push(File { name, kind, text });
    }
}
/// Writes `plan` for `engine`. The same plan and options give the same bytes. An empty plan has no files.
pub fn write(engine: Engine, plan: &CopyPlan, options: &Options) -> Written {
    let (rows, unknown): (Vec<Row>, Vec<Row>) =
        plan.rows().iter().cloned().partition(|row| row.is_tag_known() || engine.redirects_repositories());
    let mut written = if rows.is_empty() { Written::default() } else { (engine.profile().write)(&rows, options) };
    for row in &unknown {
        written.leave(row, "its tag is not known");
    }
    let order = |left: &LeftOut| plan.rows().iter().position(|row| *row == left.row);
    written.left_out.sort_by_cached_key(order);
    mark::vouch(&mut written);
    written
}

#[cfg(test)]
mod tests {
    use super::Written;

    #[test]
    fn a_file_never_takes_the_name_of_another() {
        let mut written = Written::default();
        for name in ["a.d/x.yaml", "a.d/x.yaml", "a.d/x", "a.d/x", "a.d/x.yaml"] {
            written.data(name, String::new());
        }
        let names: Vec<&str> = written.files.iter().map(|file| &*file.name).collect();
        assert_eq!(names, ["a.d/x.yaml", "a.d/x-2.yaml", "a.d/x", "a.d/x-2", "a.d/x-3.yaml"]);
    }
}
