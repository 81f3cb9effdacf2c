//! Owns whether a regular expression can match a name whose holes are not known.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use regex_automata::Anchored;
use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::util::start;

use super::meet::{Step, steps_of};

/// The bytes that a hole of a name may hold.
const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789._-/:ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A regular expression as an automaton that can be walked with holes. It is built when the first hole is met: nearly no name has one.
#[derive(Debug)]
pub(crate) struct Automaton {
    pattern: String,
    built: OnceLock<Option<DFA>>,
}

impl Automaton {
    /// The automaton of a whole expression.
    pub(crate) fn new(pattern: &str) -> Self {
        Self { pattern: pattern.to_owned(), built: OnceLock::new() }
    }

    /// Whether some filling of the holes of `name` matches.
    pub(crate) fn could_match(&self, name: &str) -> bool {
        // Some expressions (Unicode word boundaries) have no such automaton: of them anything is possible.
        let Some(dfa) = self.built.get_or_init(|| DFA::new(&self.pattern).ok()) else { return true };
        let mut cache = dfa.create_cache();
        let walked = walk(dfa, &mut cache, name);
        // When the cache was cleared the states were renumbered, and nothing is known.
        walked.is_none() || cache.clear_count() > 0 || walked == Some(true)
    }
}

fn walk(dfa: &DFA, cache: &mut Cache, name: &str) -> Option<bool> {
    let first = dfa.start_state(cache, &start::Config::new().anchored(Anchored::Yes)).ok()?;
    let mut states = BTreeSet::from([first]);
    for step in steps_of(name) {
        states = match step {
            Step::Is(c) => {
                let mut bytes = [0; 4];
                let mut next = states;
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    next = advance(dfa, cache, &next, byte)?;
                }
                next
            }
            Step::Within | Step::Any => closure(dfa, cache, states, step)?,
        };
    }
    for state in states {
        if dfa.next_eoi_state(cache, state).ok()?.is_match() {
            return Some(true);
        }
    }
    Some(false)
}

fn advance(dfa: &DFA, cache: &mut Cache, states: &BTreeSet<LazyStateID>, byte: u8) -> Option<BTreeSet<LazyStateID>> {
    let mut next = BTreeSet::new();
    for state in states {
        let state = dfa.next_state(cache, *state, byte).ok()?;
        if !state.is_dead() {
            next.insert(state);
        }
    }
    Some(next)
}

/// All states that a hole may lead to.
fn closure(dfa: &DFA, cache: &mut Cache, states: BTreeSet<LazyStateID>, hole: Step) -> Option<BTreeSet<LazyStateID>> {
    let mut reached = states.clone();
    let mut open: Vec<LazyStateID> = states.into_iter().collect();
    while let Some(state) = open.pop() {
        for byte in ALPHABET.iter().filter(|byte| hole == Step::Any || **byte != b'/') {
            let next = dfa.next_state(cache, state, *byte).ok()?;
            if !next.is_dead() && reached.insert(next) {
                open.push(next);
            }
        }
    }
    Some(reached)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::HOLE;

    #[test]
    fn a_hole_may_hold_what_the_expression_wants() {
        let could =
            |pattern: &str, name: &str| Automaton::new(&format!("^(?:{pattern})$")).could_match(&name.replace('?', &HOLE.to_string()));
        assert!(could(r"(eu|us)\.gcr\.io/(?<rest>.+)", "?.gcr.io/x"));
        assert!(could(r"(eu|us)\.gcr\.io/(?<rest>.+)", "eu.gcr.io/?"));
        assert!(!could(r"(eu|us)\.gcr\.io/(?<rest>.+)", "asia.gcr.io/?"));
        assert!(!could(r"(eu|us)\.gcr\.io/(?<rest>.+)", "?.pkg.dev/?"));
        assert!(could(r"a\.io/x/y/z", "a.io/x/?"));
        assert!(!could(r"a\.io/x/y/z", "a.io/?/z"), "a whole segment between slashes is one segment");
    }
}
