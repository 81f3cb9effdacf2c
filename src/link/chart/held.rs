//! Owns what lists and mappings hold, and how deep they lie in each other: each is put into the next by a loop, and let go by recursion.

use std::ops::Deref;
use std::rc::Rc;

/// How deep values may lie in each other.
pub(super) const DEEPEST: u16 = 200;

/// What a list or a mapping holds, shared by all who have it. What would lie deeper than [`DEEPEST`] holds nothing.
#[derive(Debug)]
pub(super) struct Held<T>(Rc<(Vec<T>, u16)>);

/// What has a depth.
pub(super) trait Nests {
    /// How many lists and mappings lie in each other there.
    fn depth(&self) -> u16;
}

impl<T: Nests> Held<T> {
    pub(super) fn new(items: Vec<T>) -> Self {
        let depth = items.iter().map(T::depth).max().unwrap_or_default() + 1;
        if depth < DEEPEST { Self(Rc::new((items, depth))) } else { Self(Rc::new((Vec::new(), DEEPEST - 1))) }
    }

    pub(super) fn depth(&self) -> u16 {
        self.0.1
    }

    /// Where it lies in memory: two that lie at one place are one.
    pub(super) fn address(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }
}

impl<T> Clone for Held<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self(Rc::new((Vec::new(), 1)))
    }
}

impl<T> Deref for Held<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0.0
    }
}
