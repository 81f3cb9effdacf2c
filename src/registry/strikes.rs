//! Owns when a host is given up: after so many failures in a row, counted in the order of the list, so that no number of workers changes it.

use std::collections::{BTreeMap, VecDeque};

use super::presence::Presence;
use super::reason::Code;

/// What a question told of its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// It answered.
    Answer,
    /// It did not, and will hardly answer the next.
    Failure(String),
    /// The host had no part in it.
    Nothing,
}

impl Heard {
    /// What a presence tells of the host that was asked for it.
    pub(super) fn of(presence: &Presence) -> Self {
        match presence {
            Presence::Unreachable(reason) | Presence::RateLimited(reason) => Self::Failure(reason.message.clone()),
            Presence::NotChecked(_) | Presence::RefusedByPolicy(_) => Self::Nothing,
            Presence::Exists(_, reason) if reason.code == Code::Cached => Self::Nothing,
            _ => Self::Answer,
        }
    }
}

/// The questions to one host, in their order.
#[derive(Debug, Default)]
struct Host {
    open: VecDeque<usize>,
    heard: BTreeMap<usize, Heard>,
    in_a_row: usize,
    cause: String,
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
            match heard {
                Heard::Failure(cause) => (host.in_a_row, host.cause) = (host.in_a_row + 1, cause),
                Heard::Answer => host.in_a_row = 0,
                Heard::Nothing => {}
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
        let message = format!("`{name}` was given up, as it failed {} times in a row: {}", self.in_a_row, self.cause);
        Presence::not_checked(Code::HostGivenUp, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure() -> Heard {
        Heard::Failure("no".to_owned())
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
}
