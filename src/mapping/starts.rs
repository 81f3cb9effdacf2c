//! Owns which mappings can cover a name at all: those whose known start does not contradict the name's.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::subject::Subject;
use crate::reference::HOLE;

/// Mappings by the text that every name they cover starts with; each is an index.
#[derive(Clone, Debug, Default)]
pub(crate) struct Starts {
    by_start: BTreeMap<String, Vec<usize>>,
    lengths: BTreeSet<usize>,
}

/// What follows the start of a name that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Nothing: it is the whole name.
    Known,
    /// Any text.
    Open,
}

impl Starts {
    pub(crate) fn new(starts: impl Iterator<Item = String>) -> Self {
        let mut all = Self::default();
        for (index, start) in starts.enumerate() {
            all.lengths.insert(start.len());
            all.by_start.entry(start).or_default().push(index);
        }
        all
    }

    /// Those that may cover the subject, in order.
    pub(crate) fn of(&self, subject: &Subject<'_>) -> Vec<usize> {
        self.near(subject.names().map(start_of))
    }

    /// Those that may cover one of these names, in order.
    pub(crate) fn near<'n>(&self, names: impl Iterator<Item = (&'n str, Rest)>) -> Vec<usize> {
        let mut found = BTreeSet::new();
        for (known, rest) in names {
            let shorter = self.lengths.iter().filter_map(|length| self.by_start.get(known.get(..*length)?));
            found.extend(shorter.flatten());
            if rest == Rest::Open {
                let longer = self.by_start.range::<str, _>((Bound::Excluded(known), Bound::Unbounded));
                found.extend(longer.take_while(|(start, _)| start.starts_with(known)).flat_map(|(_, indices)| indices));
            }
        }
        found.into_iter().collect()
    }
}

fn start_of(name: &str) -> (&str, Rest) {
    name.split_once(HOLE).map_or((name, Rest::Known), |(known, _)| (known, Rest::Open))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::Reference;

    #[test]
    fn only_what_does_not_contradict_is_near() {
        let starts = Starts::new(["docker.io/", "docker.io/lablup/", "quay.io/a", "", "docker.io/lablup/x"].map(str::to_owned).into_iter());
        let near = |text: &str| starts.of(&Subject::new(&Reference::parse_with_holes(&text.replace('?', &HOLE.to_string())).unwrap()));
        assert_eq!(near("lablup/python"), [0, 1, 3]);
        assert_eq!(near("lablup/?"), [0, 1, 3, 4]);
        assert_eq!(near("quay.io/b"), [3]);
        assert_eq!(near("?.io/a"), [0, 1, 2, 3, 4]);
    }
}
