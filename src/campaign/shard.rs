//! Owns which repositories one of several machines takes: by a hash of the name, so that neither the list's order nor its length moves one.

use std::ffi::OsString;
use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use super::name::Name;

/// One of several parts, numbered from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    count: u64,
}

/// Why no shard can be said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoShard {
    /// The text is none.
    #[error("expected `I/N` with I from 1 to N, such as `2/8`, or `auto`")]
    Text,
    /// Nothing says it.
    #[error("no variable of a job that runs in several parts is set; say it: `--shard I/N`")]
    Alone,
    /// The number of parts is missing.
    #[error("`{index}` says which part this is, and nothing says of how many; say it: `--shard $(({index} {more}))/N`")]
    NoCount {
        /// The variable.
        index: &'static str,
        /// What makes a number from 1 of it.
        more: &'static str,
    },
    /// The values are no numbers, or do not fit together.
    #[error("`{0}` and its kin do not say which of how many parts this is")]
    Odd(&'static str),
}

/// The variables of one engine.
struct Engine {
    index: &'static str,
    count: Option<&'static str>,
    /// The number of the first part.
    first: First,
}

#[derive(Clone, Copy)]
enum First {
    Is(u64),
    /// A variable says it (Slurm, whose arrays need not begin at 0).
    Said(&'static str),
}

/// Sources: GitLab's predefined variables, Buildkite's and Slurm's manuals, AWS Batch's and Cloud Run's documentation, Kubernetes' indexed jobs.
const ENGINES: [Engine; 6] = [
    Engine { index: "CI_NODE_INDEX", count: Some("CI_NODE_TOTAL"), first: First::Is(1) },
    Engine { index: "BUILDKITE_PARALLEL_JOB", count: Some("BUILDKITE_PARALLEL_JOB_COUNT"), first: First::Is(0) },
    Engine { index: "SLURM_ARRAY_TASK_ID", count: Some("SLURM_ARRAY_TASK_COUNT"), first: First::Said("SLURM_ARRAY_TASK_MIN") },
    Engine { index: "AWS_BATCH_JOB_ARRAY_INDEX", count: Some("AWS_BATCH_JOB_ARRAY_SIZE"), first: First::Is(0) },
    Engine { index: "CLOUD_RUN_TASK_INDEX", count: Some("CLOUD_RUN_TASK_COUNT"), first: First::Is(0) },
    Engine { index: "JOB_COMPLETION_INDEX", count: None, first: First::Is(0) },
];

impl Shard {
    /// Part `index` of `count`, from 1.
    ///
    /// # Errors
    /// [`NoShard::Text`] where there is no such part.
    pub fn new(index: u64, count: u64) -> Result<Self, NoShard> {
        if (1..=count).contains(&index) { Ok(Self { index, count }) } else { Err(NoShard::Text) }
    }

    /// The part that the engine says which runs us. `get` reads one variable.
    ///
    /// # Errors
    /// [`NoShard`] where it says nothing, or not of how many parts.
    pub fn of_engine(get: impl Fn(&str) -> Option<OsString>) -> Result<Self, NoShard> {
        let is_set = |name: &str| get(name).is_some_and(|value| !value.is_empty());
        let engine = ENGINES.iter().find(|engine| is_set(engine.index)).ok_or(NoShard::Alone)?;
        let number = |name: &str| get(name).and_then(|value| value.to_str()?.parse::<u64>().ok());
        let Some(count) = engine.count.filter(|count| is_set(count)) else {
            let more = if matches!(engine.first, First::Is(1)) { "" } else { "+ 1" };
            return Err(NoShard::NoCount { index: engine.index, more });
        };
        let first = match engine.first {
            First::Is(first) => Some(first),
            First::Said(name) => {
                if is_set(name) {
                    number(name)
                } else {
                    Some(0)
                }
            }
        };
        let index = || (number(engine.index)? + 1).checked_sub(first?);
        let (index, count) = index().zip(number(count)).ok_or(NoShard::Odd(engine.index))?;
        Self::new(index, count).map_err(|_| NoShard::Odd(engine.index))
    }

    /// Whether the part takes a repository.
    #[must_use]
    pub fn takes(self, name: &Name) -> bool {
        let hash = Sha256::digest(name.as_str().as_bytes());
        let number = hash.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        number % self.count == self.index - 1
    }
}

impl FromStr for Shard {
    type Err = NoShard;

    fn from_str(text: &str) -> Result<Self, NoShard> {
        let (index, count) = text.split_once('/').ok_or(NoShard::Text)?;
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| NoShard::Text);
        Self::new(number(index)?, number(count)?)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<String, NoShard> {
        let get = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
        Shard::of_engine(get).map(|shard| shard.to_string())
    }

    #[test]
    fn each_repository_is_in_one_part() {
        for number in 0..200 {
            let name = Name::new(&format!("acme/r{number}")).unwrap();
            let parts: Vec<Shard> = (1..=7).map(|index| Shard::new(index, 7).unwrap()).collect();
            assert_eq!(parts.iter().filter(|part| part.takes(&name)).count(), 1, "{name}");
        }
        // It is the same on every machine and in every version.
        assert!("2/3".parse::<Shard>().unwrap().takes(&Name::new("acme/r0").unwrap()) == (first_bytes("acme/r0") % 3 == 1));
    }

    fn first_bytes(text: &str) -> u64 {
        u64::from_be_bytes(Sha256::digest(text.as_bytes())[..8].try_into().unwrap())
    }

    #[test]
    fn engines_say_which_part_this_is() {
        assert_eq!(of(&[("CI_NODE_INDEX", "1"), ("CI_NODE_TOTAL", "4")]).as_deref(), Ok("1/4"));
        assert_eq!(of(&[("BUILDKITE_PARALLEL_JOB", "3"), ("BUILDKITE_PARALLEL_JOB_COUNT", "4")]).as_deref(), Ok("4/4"));
        let slurm = [("SLURM_ARRAY_TASK_ID", "12"), ("SLURM_ARRAY_TASK_COUNT", "4"), ("SLURM_ARRAY_TASK_MIN", "10")];
        assert_eq!(of(&slurm).as_deref(), Ok("3/4"));
        assert_eq!(of(&[("AWS_BATCH_JOB_ARRAY_INDEX", "0"), ("AWS_BATCH_JOB_ARRAY_SIZE", "2")]).as_deref(), Ok("1/2"));
        assert_eq!(of(&[("CLOUD_RUN_TASK_INDEX", "1"), ("CLOUD_RUN_TASK_COUNT", "2")]).as_deref(), Ok("2/2"));
    }

    #[test]
    fn an_index_alone_is_not_enough() {
        assert_eq!(of(&[("JOB_COMPLETION_INDEX", "3")]), Err(NoShard::NoCount { index: "JOB_COMPLETION_INDEX", more: "+ 1" }));
        assert_eq!(of(&[("CI_NODE_INDEX", "3")]), Err(NoShard::NoCount { index: "CI_NODE_INDEX", more: "" }));
        assert_eq!(of(&[]), Err(NoShard::Alone));
        assert_eq!(of(&[("CLOUD_RUN_TASK_INDEX", "5"), ("CLOUD_RUN_TASK_COUNT", "2")]), Err(NoShard::Odd("CLOUD_RUN_TASK_INDEX")));
        for bad in ["0/2", "3/2", "a/b", "1", "", "1/0"] {
            assert!(bad.parse::<Shard>().is_err(), "{bad}");
        }
    }
}
