//! Owns the closed list of engines: their names, and what each is for.

use std::fmt;
use std::str::FromStr;

macro_rules! engines {
    ($($variant:ident $name:literal $about:literal),* $(,)?) => {
        /// A program, service or configuration that can carry out a copy plan, or bridge the time until it is done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Engine {
            $(#[doc = $about] $variant,)*
        }

        impl Engine {
            /// Every engine, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name on the command line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// What it writes, in one line.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => $about),* }
            }
        }
    };
}

engines! {
    SkopeoCopy "skopeo-copy" "a script of `skopeo copy`: every row, all platforms, digests kept",
    SkopeoSync "skopeo-sync" "the YAML of `skopeo sync` and the command for each destination",
    Crane "crane" "a script of `crane copy`: all platforms, digests kept",
    Regsync "regsync" "regsync.yml for regclient's `regsync once`",
    ImageSyncer "image-syncer" "images and an auth skeleton for image-syncer",
    Docker "docker" "a script of docker pull, tag and push: one platform only",
    Harbor "harbor" "Harbor's registry endpoints and replication policies, flattening solved",
    Retagger "retagger" "Giant Swarm retagger's image lists",
    AcrImport "acr-import" "a script of `az acr import`",
    EcrPullThrough "ecr-pull-through" "a script that makes Amazon ECR's pull-through cache rules",
    GarRemote "gar-remote" "a script that makes Artifact Registry's remote repositories",
    RegistriesConf "registries-conf" "registries.conf for Podman, CRI-O, Buildah and skopeo: old names served by the new registry",
    Containerd "containerd" "containerd's hosts.toml: a whole old registry served by the new one",
    K3s "k3s" "registries.yaml for K3s and RKE2: old names served by the new registry",
    Kyverno "kyverno" "a Kyverno policy that rewrites the images of new pods",
    BackendAi "backend-ai" "Backend.AI's registry configuration, the commands around it, and the clean-up",
    NodePull "node-pull" "a script that pulls the new images on a node",
    NodeClean "node-clean" "a script that removes the old images from a node",
    Json "json" "the plan itself, for programs",
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
    /// What its plans are for.
    #[must_use]
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::RegistriesConf | Self::Containerd | Self::K3s | Self::Kyverno | Self::BackendAi | Self::NodePull => Purpose::Use,
            Self::NodeClean => Purpose::Leave,
            Self::SkopeoCopy
            | Self::SkopeoSync
            | Self::Crane
            | Self::Regsync
            | Self::ImageSyncer
            | Self::Docker
            | Self::Harbor
            | Self::Retagger
            | Self::AcrImport
            | Self::EcrPullThrough
            | Self::GarRemote
            | Self::Json => Purpose::Copy,
        }
    }

    /// Whether it redirects repositories or registries, and so takes rows whose tags are not known.
    #[must_use]
    pub const fn redirects_repositories(self) -> bool {
        matches!(self, Self::RegistriesConf | Self::Containerd | Self::K3s)
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
