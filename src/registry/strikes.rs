//! Owns when a host is given up: after so many failures in a row, counted in the order of the list, so that no number of workers changes it.

use std::collections::{BTreeMap, VecDeque};

use super::{Code, Outcome, Presence, Reason};

/// What a question told of its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// It answered.
    Answer,
    /// It did not, or does not accept the credential, and will hardly do better for the next.
    Failure(Box<Reason>),
    /// The host had no part in it.
    Nothing,
}

impl Heard {
    /// What a presence tells of the host that was asked for it.
    pub(super) fn of(presence: &Presence) -> Self {
        match (presence.outcome(), presence.reason().code) {
            // With a wrong password every further try may lock the user out. One alone tells too little, since some registries say so of single
            // repositories.
            (Outcome::Unreachable | Outcome::RateLimited, _) | (_, Code::BadCredentials) => Self::failure(presence),
            (Outcome::NotChecked | Outcome::RefusedByPolicy, _) | (_, Code::Cached) => Self::Nothing,
            _ => Self::Answer,
        }
    }

    /// A failure, whatever the presence is.
    pub(super) fn failure(presence: &Presence) -> Self {
        Self::Failure(Box::new(presence.reason().clone()))
    }

    /// How many failures in a row there are, this one told.
    const fn count(&self, in_a_row: usize) -> usize {
        match self {
            Self::Failure(_) => in_a_row + 1,
            Self::Answer => 0,
            Self::Nothing => in_a_row,
        }
    }
}

/// The questions to one host, in their order.
#[derive(Debug, Default)]
struct Host {
    open: VecDeque<usize>,
    heard: BTreeMap<usize, Heard>,
    in_a_row: usize,
    cause: Option<Box<Reason>>,
}

/// The failures of all hosts. A question is settled when all before it to the same host are, so workers may ask ahead: what they hear of a
/// host beyond its last strike does not count.
#[derive(Debug)]
pub(super) struct Strikes {
    most: usize,
    of: Vec<Option<String>>,
    hosts: BTreeMap<String, Host>,
    /// Why the host of a settled question was given up before it.
    given_up: BTreeMap<usize, Presence>,
}

impl Strikes {
    /// Hosts that are given up after `most` failures; `of` names the host of each question, none for one that asks nobody.
    pub(super) fn new(most: usize, of: Vec<Option<String>>) -> Self {
        let mut hosts: BTreeMap<String, Host> = BTreeMap::new();
        for (index, host) in of.iter().enumerate() {
            if let Some(host) = host {
                hosts.entry(host.clone()).or_default().open.push_back(index);
            }
        }
        Self { most: most.max(1), of, hosts, given_up: BTreeMap::new() }
    }

    /// Why a question need not be asked, when that is certain already.
    pub(super) fn is_hopeless(&self, index: usize) -> Option<Presence> {
        let name = self.of.get(index)?.as_deref()?;
        self.hosts.get(name).filter(|host| host.in_a_row >= self.most).map(|host| host.presence(name))
    }

    /// Whether a question had better wait for those before it: so much has failed that its host is given up unless one of them answers. Without
    /// the wait a slow answer among quick failures would let a whole list be asked.
    pub(super) fn is_doubtful(&self, index: usize) -> bool {
        let host = self.of.get(index).and_then(|name| self.hosts.get(name.as_deref()?));
        host.is_some_and(|host| {
            let mut in_a_row = host.in_a_row;
            host.heard.values().any(|heard| {
                in_a_row = heard.count(in_a_row);
                in_a_row >= self.most
            })
        })
    }

    /// Notes what a question told; returns the questions that are settled by it, in their order.
    pub(super) fn hear(&mut self, index: usize, heard: Heard) -> Vec<usize> {
        let Some(Some(name)) = self.of.get(index) else { return vec![index] };
        let Some(host) = self.hosts.get_mut(name) else { return vec![index] };
        host.heard.insert(index, heard);
        let mut settled = Vec::new();
        while let Some(first) = host.open.front().copied() {
            let Some(heard) = host.heard.remove(&first) else { break };
            host.open.pop_front();
            settled.push(first);
            if host.in_a_row >= self.most {
                self.given_up.insert(first, host.presence(name));
                continue;
            }
            host.in_a_row = heard.count(host.in_a_row);
            if let Heard::Failure(cause) = heard {
                host.cause = Some(cause);
            }
        }
        settled
    }

    /// Why the host of a settled question was given up before it; `None` when what it told counts.
    pub(super) fn given_up(&self, index: usize) -> Option<&Presence> {
        self.given_up.get(&index)
    }
}

impl Host {
    fn presence(&self, name: &str) -> Presence {
        let cause = self.cause.as_deref();
        let message = cause.map(|cause| cause.message.as_str()).unwrap_or_default();
        let message = format!("`{name}` was given up, as it failed {} times in a row: {message}", self.in_a_row);
        let credential = cause.and_then(|cause| cause.credential.clone());
        Presence::of(Reason { cause: cause.map(|cause| cause.code), credential, ..Reason::new(Code::HostGivenUp, message) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure() -> Heard {
        Heard::failure(&Presence::new(Code::Timeout, "no"))
    }

    /// The questions whose host is given up before them, whatever the order in which they end.
    fn given_up(heard: &[Heard], order: impl Iterator<Item = usize>) -> Vec<usize> {
        let mut strikes = Strikes::new(2, vec![Some("h".to_owned()); heard.len()]);
        for index in order {
            strikes.hear(index, heard[index].clone());
        }
        (0..heard.len()).filter(|index| strikes.given_up(*index).is_some()).collect()
    }

    #[test]
    fn the_order_in_which_answers_come_changes_nothing() {
        let heard = [failure(), Heard::Answer, failure(), Heard::Nothing, failure(), Heard::Answer, failure()];
        assert_eq!(given_up(&heard, 0..7), [5, 6]);
        assert_eq!(given_up(&heard, (0..7).rev()), [5, 6]);
        assert_eq!(given_up(&heard, [3, 5, 4, 0, 6, 1, 2].into_iter()), [5, 6]);
    }

    #[test]
    fn a_host_is_hopeless_only_when_all_before_its_last_strike_are_in() {
        let mut strikes = Strikes::new(2, vec![Some("h".to_owned()); 5]);
        assert!(strikes.hear(1, failure()).is_empty());
        assert!(strikes.hear(2, failure()).is_empty());
        assert!(strikes.is_hopeless(4).is_none());
        assert_eq!(strikes.hear(0, Heard::Answer), [0, 1, 2]);
        assert!(strikes.is_hopeless(4).is_some());
    }

    #[test]
    fn a_host_is_doubtful_while_only_an_answer_that_is_not_in_can_save_it() {
        let mut strikes = Strikes::new(2, vec![Some("h".to_owned()); 9]);
        strikes.hear(1, failure());
        assert!(!strikes.is_doubtful(8));
        strikes.hear(3, Heard::Answer);
        strikes.hear(4, failure());
        assert!(!strikes.is_doubtful(8), "an answer lies between the two failures");
        strikes.hear(6, failure());
        assert!(strikes.is_doubtful(8));
        strikes.hear(5, Heard::Answer);
        assert!(!strikes.is_doubtful(8));
    }
}
