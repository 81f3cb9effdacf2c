//! Owns what becomes of a wish for a chart: "could not ask" is never "missing".

use super::record::Entry;
use crate::registry::{Outcome as Said, Presence};

/// The three answers: it is there, it is not, or nobody could say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It lies in the folder.
    Here(Box<Entry>, Came),
    /// Who was asked says that there is none, or what came is not what was asked for.
    No(String),
    /// It could not be asked for.
    Undecided(String),
}

/// How a chart came into the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// It was there.
    Before,
    /// It was fetched.
    Now,
}

/// What is not there, and what could not be asked.
pub(super) fn failed(presence: &Presence) -> Outcome {
    let reason = presence.reason();
    match presence.outcome() {
        Said::Missing => Outcome::No(reason.message.clone()),
        _ => Outcome::Undecided(reason.message.clone()),
    }
}
