//! Owns the closed list of outcomes, and what each means for a gate.

use serde::{Deserialize, Serialize};

use crate::text::shown_as_in_json;

/// The closed list of outcomes, each named as it stands in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A manifest answered.
    Exists,
    /// A manifest answered, and it is not the wanted one.
    ExistsDigestDiffers,
    /// A manifest answered that lacks a wanted platform.
    ExistsPlatformMissing,
    /// The registry has it and a policy keeps it from being pulled.
    ExistsBlocked,
    /// The registry says that it does not have it.
    Missing,
    /// Something answered "not found" that does not speak as a registry.
    MissingUnconfirmed,
    /// The credential, or anonymity, does not suffice.
    Denied,
    /// The credential was not accepted.
    Unauthorized,
    /// A credential is asked for and there is none.
    LoginRequired,
    /// The registry will not answer now.
    RateLimited,
    /// No answer came.
    Unreachable,
    /// The answer breaks the protocol, so that nothing in it is believed.
    ProtocolError,
    /// Our own policy forbids the question, or a place that the answer led to.
    RefusedByPolicy,
    /// The question was not put.
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

impl Outcome {
    /// What it means for a gate.
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::Exists => Verdict::Good,
            Self::ExistsDigestDiffers | Self::ExistsPlatformMissing | Self::ExistsBlocked | Self::Missing => Verdict::Finding,
            _ => Verdict::Undecided,
        }
    }
}

impl Verdict {
    /// The exit code of a run in which this is the worst: 0, 1 for a finding, 3 for undecided. A finding outweighs what is undecided.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Finding => 1,
            Self::Undecided => 3,
        }
    }
}

shown_as_in_json!(Outcome);

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
