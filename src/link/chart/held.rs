//! Owns what lists and mappings hold, and how deep they lie in each other: each is put into the next by a loop, and let go by recursion.

use std::cell::OnceCell;
use std::ops::Deref;
use std::rc::Rc;

/// How deep values may lie in each other.
pub(super) const DEEPEST: u16 = 200;

/// Keys of a mapping that are looked through one by one; those of a larger one are put in order for it.
const FEW: usize = 32;

/// What a list or a mapping holds, shared by all who have it. What would lie deeper than [`DEEPEST`] holds nothing.
#[derive(Debug)]
pub(super) struct Held<T>(Rc<Inner<T>>);

#[derive(Debug)]
struct Inner<T> {
    items: Vec<T>,
    depth: u16,
    /// The items of a large mapping by their keys, once one is asked for; those of one key in their order.
    by_key: OnceCell<Vec<usize>>,
}

impl<T> Inner<T> {
    fn new(items: Vec<T>, depth: u16) -> Self {
        Self { items, depth, by_key: OnceCell::new() }
    }
}

/// What has a depth.
pub(super) trait Nests {
    /// How many lists and mappings lie in each other there.
    fn depth(&self) -> u16;
}

impl<T: Nests> Held<T> {
    pub(super) fn new(items: Vec<T>) -> Self {
        let depth = items.iter().map(T::depth).max().unwrap_or_default() + 1;
        Self(Rc::new(if depth < DEEPEST { Inner::new(items, depth) } else { Inner::new(Vec::new(), DEEPEST - 1) }))
    }

    pub(super) fn depth(&self) -> u16 {
        self.0.depth
    }
}

impl<T> Held<T> {
    /// Whether both are shared, and the same.
    pub(super) fn is_shared_with(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Where it lies in memory: two that lie at one place are one.
    pub(super) fn address(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }
}

impl<V> Held<(Rc<str>, V)> {
    /// What stands under a key; the last of those that have it counts.
    pub(super) fn under(&self, key: &str) -> Option<&V> {
        let items = &self.0.items;
        if items.len() <= FEW {
            return items.iter().rev().find(|(name, _)| **name == *key).map(|(_, value)| value);
        }
        let name = |at: &usize| items.get(*at).map_or("", |(name, _)| &**name);
        let by_key = self.0.by_key.get_or_init(|| {
            let mut all: Vec<usize> = (0..items.len()).collect();
            all.sort_by_key(name);
            all
        });
        let last = by_key.partition_point(|at| name(at) <= key).checked_sub(1)?;
        let (name, value) = items.get(*by_key.get(last)?)?;
        (**name == *key).then_some(value)
    }
}

impl<T> Clone for Held<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self(Rc::new(Inner::new(Vec::new(), 1)))
    }
}

impl<T> Deref for Held<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0.items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Nests for (Rc<str>, usize) {
        fn depth(&self) -> u16 {
            0
        }
    }

    #[test]
    fn the_last_of_a_key_counts_in_mappings_of_any_size() {
        for size in [1, FEW, FEW + 1, 200] {
            let held = Held::new((0..size).chain(0..size / 2).enumerate().map(|(at, key)| (Rc::from(format!("k{key}")), at)).collect());
            for key in 0..size {
                let last = if key < size / 2 { size + key } else { key };
                assert_eq!(held.under(&format!("k{key}")), Some(&last), "{size} {key}");
            }
            assert_eq!((held.under("a"), held.under("z"), held.under("k")), (None, None, None));
        }
    }
}
