//! Owns what can be said of a reference's presence: the closed list of outcomes, each with its reason.

use serde::{Deserialize, Serialize};

use super::reason::{Code, Reason};
use crate::platform::Platform;

/// What a registry said of a reference, or why it could not be asked. "Could not ask" is never "missing".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// A manifest answered.
    Exists(Box<Image>, Box<Reason>),
    /// A manifest answered, and it is not the wanted one.
    ExistsDigestDiffers(Box<Image>, Box<Reason>),
    /// A manifest answered that lacks a wanted platform.
    ExistsPlatformMissing(Box<Image>, Box<Reason>),
    /// The registry has it and a policy keeps it from being pulled.
    ExistsBlocked(Box<Reason>),
    /// The registry says that it does not have it.
    Missing(Box<Reason>),
    /// Something answered "not found" that does not speak as a registry.
    MissingUnconfirmed(Box<Reason>),
    /// The credential, or anonymity, does not suffice.
    Denied(Box<Reason>),
    /// The credential was not accepted.
    Unauthorized(Box<Reason>),
    /// A credential is asked for and there is none.
    LoginRequired(Box<Reason>),
    /// The registry will not answer now.
    RateLimited(Box<Reason>),
    /// No answer came.
    Unreachable(Box<Reason>),
    /// The answer breaks the protocol, so that nothing in it is believed.
    ProtocolError(Box<Reason>),
    /// Our own policy forbids the question, or a place that the answer led to.
    RefusedByPolicy(Box<Reason>),
    /// The question was not put.
    NotChecked(Box<Reason>),
}

/// An outcome's name alone, as it stands in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each is told at the variant of Presence of the same name")]
pub enum Outcome {
    Exists,
    ExistsDigestDiffers,
    ExistsPlatformMissing,
    ExistsBlocked,
    Missing,
    MissingUnconfirmed,
    Denied,
    Unauthorized,
    LoginRequired,
    RateLimited,
    Unreachable,
    ProtocolError,
    RefusedByPolicy,
    NotChecked,
}

/// What an outcome means for a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It can be pulled.
    Good,
    /// It could not be told. Never a success.
    Undecided,
    /// It cannot be pulled, or is not what was wanted.
    Finding,
}

/// What is known of an image that answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// The digest of its manifest, where the registry told it or its bytes were hashed.
    pub digest: Option<String>,
    /// The manifest's media type.
    pub media_type: String,
    /// Its platforms, sorted, where they were asked for.
    pub platforms: Option<Vec<Platform>>,
    /// Wanted platforms that it lacks.
    pub missing_platforms: Vec<Platform>,
    /// How its digest is known.
    pub proof: Proof,
}

/// How much an image's presence rests on the registry's word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// A header said so.
    #[default]
    Header,
    /// The manifest's bytes were hashed.
    Hashed,
}

impl Presence {
    /// The outcome without its reason.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::Exists(..) => Outcome::Exists,
            Self::ExistsDigestDiffers(..) => Outcome::ExistsDigestDiffers,
            Self::ExistsPlatformMissing(..) => Outcome::ExistsPlatformMissing,
            Self::ExistsBlocked(_) => Outcome::ExistsBlocked,
            Self::Missing(_) => Outcome::Missing,
            Self::MissingUnconfirmed(_) => Outcome::MissingUnconfirmed,
            Self::Denied(_) => Outcome::Denied,
            Self::Unauthorized(_) => Outcome::Unauthorized,
            Self::LoginRequired(_) => Outcome::LoginRequired,
            Self::RateLimited(_) => Outcome::RateLimited,
            Self::Unreachable(_) => Outcome::Unreachable,
            Self::ProtocolError(_) => Outcome::ProtocolError,
            Self::RefusedByPolicy(_) => Outcome::RefusedByPolicy,
            Self::NotChecked(_) => Outcome::NotChecked,
        }
    }

    /// Why.
    #[must_use]
    pub const fn reason(&self) -> &Reason {
        match self {
            Self::Exists(_, reason)
            | Self::ExistsDigestDiffers(_, reason)
            | Self::ExistsPlatformMissing(_, reason)
            | Self::ExistsBlocked(reason)
            | Self::Missing(reason)
            | Self::MissingUnconfirmed(reason)
            | Self::Denied(reason)
            | Self::Unauthorized(reason)
            | Self::LoginRequired(reason)
            | Self::RateLimited(reason)
            | Self::Unreachable(reason)
            | Self::ProtocolError(reason)
            | Self::RefusedByPolicy(reason)
            | Self::NotChecked(reason) => reason,
        }
    }

    /// The image, where one answered.
    #[must_use]
    pub fn image(&self) -> Option<&Image> {
        match self {
            Self::Exists(image, _) | Self::ExistsDigestDiffers(image, _) | Self::ExistsPlatformMissing(image, _) => Some(image),
            _ => None,
        }
    }

    /// The image is there, without the platforms that `image` misses.
    pub(super) fn without_platforms(image: Box<Image>, reason: &Reason) -> Self {
        let names: Vec<String> = image.missing_platforms.iter().map(|platform| format!("`{platform}`")).collect();
        let message = format!("it is not there for {}", names.join(", "));
        Self::ExistsPlatformMissing(image, Box::new(Reason { code: Code::PlatformMissing, message, ..reason.clone() }))
    }

    /// What it is to one who wants these platforms, when one of them is missing.
    pub(super) fn lacking(&self, wanted: &[Platform]) -> Option<Self> {
        let Self::ExistsPlatformMissing(image, reason) = self else { return None };
        let missing: Vec<Platform> = image.missing_platforms.iter().filter(|missing| wanted.contains(missing)).cloned().collect();
        (!missing.is_empty()).then(|| Self::without_platforms(Box::new(Image { missing_platforms: missing, ..(**image).clone() }), reason))
    }

    /// The time for the whole run is used up.
    pub(super) fn late() -> Self {
        Self::not_checked(Code::BudgetExhausted, "the time for the whole run is used up")
    }

    pub(super) fn protocol(code: Code, message: impl Into<String>) -> Self {
        Self::ProtocolError(Reason::new(code, message))
    }

    pub(super) fn refused(code: Code, message: impl Into<String>) -> Self {
        Self::RefusedByPolicy(Reason::new(code, message))
    }

    pub(super) fn not_checked(code: Code, message: impl Into<String>) -> Self {
        Self::NotChecked(Reason::new(code, message))
    }
}

impl Outcome {
    /// What it means for a gate.
    #[must_use]
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::Exists => Verdict::Good,
            Self::ExistsDigestDiffers | Self::ExistsPlatformMissing | Self::ExistsBlocked | Self::Missing => Verdict::Finding,
            Self::MissingUnconfirmed
            | Self::Denied
            | Self::Unauthorized
            | Self::LoginRequired
            | Self::RateLimited
            | Self::Unreachable
            | Self::ProtocolError
            | Self::RefusedByPolicy
            | Self::NotChecked => Verdict::Undecided,
        }
    }
}

impl Verdict {
    /// The exit code of a run in which this is the worst: 0, 1 for a finding, 3 for undecided. A finding outweighs what is undecided.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Finding => 1,
            Self::Undecided => 3,
        }
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.serialize(f)
    }
}

impl Serialize for Presence {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown<'a> {
            outcome: Outcome,
            reason: &'a Reason,
            #[serde(skip_serializing_if = "Option::is_none")]
            image: Option<&'a Image>,
        }
        Shown { outcome: self.outcome(), reason: self.reason(), image: self.image() }.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_outweighs_what_is_undecided() {
        assert_eq!([Verdict::Undecided, Verdict::Good, Verdict::Finding].iter().max().unwrap().exit_code(), 1);
    }

    #[test]
    fn names_are_those_of_the_closed_list() {
        assert_eq!(Outcome::ExistsPlatformMissing.to_string(), "exists-platform-missing");
        assert_eq!(Outcome::RefusedByPolicy.to_string(), "refused-by-policy");
    }
}
