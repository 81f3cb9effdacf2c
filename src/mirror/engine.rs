//! Owns the closed list of engines, each with a file of its own, and what such a file says.

use std::fmt;
use std::str::FromStr;

use super::{Options, Row, Written};

/// What an engine's file says of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Profile {
    name: &'static str,
    about: &'static str,
    purpose: Purpose,
    takes: Takes,
    pub(super) write: fn(&[Row], &Options) -> Written,
}

/// What a row must say for an engine to take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    /// Its tag.
    Images,
    /// Its repository: the engine redirects repositories or whole registries.
    Repositories,
}

impl Profile {
    /// An engine of this name on the command line, which writes what `about` says in one line.
    pub(super) const fn new(name: &'static str, purpose: Purpose, write: fn(&[Row], &Options) -> Written, about: &'static str) -> Self {
        Self { name, about, purpose, takes: Takes::Images, write }
    }

    /// The same, for rows whose tags are not known too.
    pub(super) const fn of_repositories(self) -> Self {
        Self { takes: Takes::Repositories, ..self }
    }
}

macro_rules! engines {
    ($($variant:ident $module:ident),* $(,)?) => {
        /// A program, service or configuration that can carry out a copy plan, or bridge the time until it is done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Engine {
            $(#[doc = concat!("`mirror::", stringify!($module), "`.")] $variant,)*
        }

        impl Engine {
            /// Every engine, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// What its file says of it.
            pub(super) const fn profile(self) -> &'static Profile {
                match self { $(Self::$variant => &super::$module::ENGINE),* }
            }
        }
    };
}

engines! {
    SkopeoCopy skopeo_copy,
    SkopeoSync skopeo_sync,
    Crane crane,
    Regsync regsync,
    ImageSyncer image_syncer,
    Docker docker,
    Harbor harbor,
    Retagger retagger,
    AcrImport acr,
    EcrPullThrough ecr,
    GarRemote gar,
    RegistriesConf registries_conf,
    Containerd containerd,
    K3s k3s,
    Kyverno kyverno,
    BackendAi backend_ai,
    NodePull node_pull,
    NodeClean node_clean,
    Json json,
}

/// What the rows of a plan are wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To make the targets: what is missing or differs.
    Copy,
    /// To use the targets in the place of their sources: all of them, whether they are there already or not.
    Use,
    /// To do without the sources: those whose target is there.
    Leave,
}

impl Engine {
    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        self.profile().name
    }

    /// What it writes, in one line.
    pub const fn about(self) -> &'static str {
        self.profile().about
    }

    /// What its plans are for.
    pub const fn purpose(self) -> Purpose {
        self.profile().purpose
    }

    /// Whether it redirects repositories or registries, and so takes rows whose tags are not known.
    pub const fn redirects_repositories(self) -> bool {
        matches!(self.profile().takes, Takes::Repositories)
    }
}

// It expresses every row, keeps digests, and is in every distribution.
#[expect(clippy::derivable_impls, reason = "a variant made by the macro cannot carry the attribute of one")]
impl Default for Engine {
    fn default() -> Self {
        Self::SkopeoCopy
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no engine's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no engine; the engines are {list}", list = Engine::ALL.iter().map(|engine| engine.name()).collect::<Vec<_>>().join(", "))]
pub struct UnknownEngine(pub String);

impl FromStr for Engine {
    type Err = UnknownEngine;

    fn from_str(name: &str) -> Result<Self, UnknownEngine> {
        Self::ALL.iter().copied().find(|engine| engine.name() == name).ok_or_else(|| UnknownEngine(name.to_owned()))
    }
}
