//! Owns telling references that were found already from new ones, in time that does not grow with how many there are.

use std::collections::HashMap;

use crate::occurrence::Occurrence;
use crate::text::Span;

/// References, each of them once.
pub(super) struct Distinct {
    all: Vec<Occurrence>,
    /// The numbers of those that begin at the same place with the same text.
    alike: HashMap<(Option<Span>, String), Vec<usize>>,
    is_same: fn(&Occurrence, &Occurrence) -> bool,
}

impl Distinct {
    /// None yet. Two for which `is_same` holds are one; they have the same pieces.
    pub(super) fn by(is_same: fn(&Occurrence, &Occurrence) -> bool) -> Self {
        Self { all: Vec::new(), alike: HashMap::new(), is_same }
    }

    /// Adds those that are not there yet.
    pub(super) fn add(&mut self, mut more: Vec<Occurrence>) {
        let (start, mut kept) = (self.all.len(), self.all.len());
        if start == 0 {
            self.all = more;
        } else {
            self.all.append(&mut more);
        }
        for at in start..self.all.len() {
            if let Some(one) = self.all.get(at).filter(|one| !self.has(one)) {
                self.alike.entry(key(one)).or_default().push(kept);
                self.all.swap(kept, at);
                kept += 1;
            }
        }
        self.all.truncate(kept);
    }

    /// Whether one is there.
    pub(super) fn has(&self, one: &Occurrence) -> bool {
        let is_it = |number: &usize| self.all.get(*number).is_some_and(|have| (self.is_same)(have, one));
        self.alike.get(&key(one)).is_some_and(|alike| alike.iter().any(is_it))
    }

    /// All of them, in the order in which they came.
    pub(super) fn all(&self) -> &[Occurrence] {
        &self.all
    }

    /// The same, for good.
    pub(super) fn into_all(self) -> Vec<Occurrence> {
        self.all
    }
}

fn key(one: &Occurrence) -> (Option<Span>, String) {
    (one.pieces.first().map(|piece| piece.span), one.joined().text)
}
