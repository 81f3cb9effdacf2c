//! Owns the closed sets of words that describe an occurrence (ARCHITECTURE.md, "Words").

use serde::{Deserialize, Serialize};

use crate::text::{read_as_in_json, shown_as_in_json};

/// What a reference is used for at its site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Pulled to run or to build on: rewritten.
    #[default]
    Pull,
    /// The name under which something is built or pushed: reported only.
    Push,
    /// A build cache's place: as push.
    Cache,
    /// The left side of a copy list: it names the old registry on purpose.
    Source,
    /// The right side of a copy list: rewritten.
    Target,
    /// An OCI artifact that is no container image (a Helm chart, a bundle, a model): reported only.
    Chart,
    /// A registry endpoint in a configuration: reported only.
    Config,
}

impl Role {
    /// Whether what stands in this role is an image's name. A cache may be a folder, an artifact no image, an endpoint a host.
    #[must_use]
    pub const fn is_image(self) -> bool {
        matches!(self, Self::Pull | Self::Push | Self::Source | Self::Target)
    }

    /// Whether `fix` rewrites references in this role.
    #[must_use]
    pub const fn is_rewritten(self) -> bool {
        matches!(self, Self::Pull | Self::Target)
    }
}

/// Why a text is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// It is deployed.
    #[default]
    Deploy,
    /// An image is built from it.
    Build,
    /// A pipeline runs it.
    Ci,
    /// A script.
    Script,
    /// Documentation and examples for readers.
    Docs,
    /// A program's source.
    Code,
    /// Test data.
    Test,
    /// A comment.
    Comment,
    /// A lock file.
    Lock,
    /// Configuration of any other kind.
    Config,
    /// What was so at some time.
    Changelog,
    /// A program writes it.
    Generated,
    /// The source side of a copy: it names the old registry on purpose.
    Mirror,
    /// Something is compared with it, or it is replaced there.
    Compared,
    /// An address for a browser or an API.
    Url,
    /// Something is built or pushed under that name.
    Pushed,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Deploy,
        Self::Build,
        Self::Ci,
        Self::Script,
        Self::Config,
        Self::Docs,
        Self::Comment,
        Self::Code,
        Self::Test,
        Self::Changelog,
        Self::Generated,
        Self::Lock,
        Self::Mirror,
        Self::Compared,
        Self::Url,
        Self::Pushed,
    ];

    /// Those of a whole migration: all but what was so at some time, what programs write, and what names the old registry on purpose.
    pub const MOVING: [Self; 10] =
        [Self::Deploy, Self::Build, Self::Ci, Self::Script, Self::Config, Self::Docs, Self::Comment, Self::Code, Self::Test, Self::Pushed];

    /// Whether an edit would be right there, if somebody could make it; elsewhere the old name stands on purpose, or for readers only.
    #[must_use]
    pub const fn is_in_use(self) -> bool {
        matches!(self, Self::Deploy | Self::Build | Self::Ci | Self::Script | Self::Config)
    }
}

/// How sure a position is that its text is an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// The format says so.
    #[default]
    High,
    /// It may be something else (`COPY --from=word` may name a build context): listed, never edited.
    Low,
}

read_as_in_json!(Class);
shown_as_in_json!(Role, Class, Confidence);
