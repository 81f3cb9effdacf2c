//! Owns what templates change of mappings (`set`, `unset`, `merge`): in Go a mapping is one for all who have it, so that all later readers see it.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::held::{DEEPEST, Held};
use super::value::Value;

/// The mappings that were changed, of each chart that is deployed.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    /// By the place in memory of what the mapping was, which is held there so that nothing else comes to lie in it: what it is now.
    now: RefCell<HashMap<(usize, usize), (Value, Value)>>,
    deployment: Cell<usize>,
    /// Where each of them lay, in the order of the changes.
    places: RefCell<Vec<usize>>,
}

impl Changes {
    /// Goes on in the deployment of that number: its templates are executed one after the other with the same values.
    pub(super) fn enter(&self, deployment: usize) {
        self.deployment.set(deployment);
    }

    /// Remembers what became of a mapping.
    pub(super) fn note(&self, was: &Value, is: &Value) {
        if let (Value::Map(held), Value::Map(new)) = (was, is)
            && held.address() != new.address()
        {
            self.places.borrow_mut().push(held.address());
            self.now.borrow_mut().insert((self.deployment.get(), held.address()), (was.clone(), is.clone()));
        }
    }

    /// How many changes there were.
    pub(super) fn count(&self) -> usize {
        self.places.borrow().len()
    }

    /// Whether one of the changes behind the first `known` is of a mapping in the value, or may be: no more is looked at than what is `left`.
    pub(super) fn are_in(&self, value: &Value, known: usize, left: &mut usize) -> bool {
        let places: HashSet<usize> = self.places.borrow().iter().skip(known).copied().collect();
        !places.is_empty() && self.is_one_of(value, &places, &mut HashSet::new(), left, DEEPEST)
    }

    /// What lies deeper than values may is taken for one.
    fn is_one_of(&self, value: &Value, places: &HashSet<usize>, seen: &mut HashSet<usize>, left: &mut usize, depth: u16) -> bool {
        let (Some(below), Some(less)) = (depth.checked_sub(1), left.checked_sub(1)) else { return true };
        *left = less;
        let mut value = value.clone();
        loop {
            match &value {
                Value::Map(held) if places.contains(&held.address()) => return true,
                // A mapping may be put into itself.
                Value::Map(held) if !seen.insert(held.address()) => return false,
                Value::Map(held) if held.iter().any(|(_, value)| self.is_one_of(value, places, seen, left, below)) => return true,
                Value::List(items) => return items.iter().any(|item| self.is_one_of(item, places, seen, left, below)),
                _ => {}
            }
            value = match self.next(&value) {
                Some(next) => next,
                None => return false,
            };
        }
    }

    /// What became of a mapping first.
    fn next(&self, value: &Value) -> Option<Value> {
        let Value::Map(held) = value else { return None };
        self.now.borrow().get(&(self.deployment.get(), held.address())).map(|(_, is)| is.clone())
    }

    /// The value with all that is in it as it is now, unless that is more than what is `left` to be looked at, or lies deeper than values may.
    pub(super) fn whole(&self, value: &Value, left: &mut usize) -> Option<Value> {
        self.below(value, left, DEEPEST)
    }

    fn below(&self, value: &Value, left: &mut usize, depth: u16) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        *left = left.checked_sub(1)?;
        let now = self.current(value.clone());
        match &now {
            Value::Map(held) => {
                let all =
                    held.iter().map(|(key, value)| Some((Rc::clone(key), self.below(value, left, depth)?))).collect::<Option<Vec<_>>>()?;
                let is_same = all.iter().zip(held.iter()).all(|((_, one), (_, other))| is_shared(one, other));
                Some(if is_same { now } else { Value::Map(Held::new(all)) })
            }
            Value::List(items) => {
                let all = items.iter().map(|item| self.below(item, left, depth)).collect::<Option<Vec<_>>>()?;
                let is_same = all.iter().zip(items.iter()).all(|(one, other)| is_shared(one, other));
                Some(if is_same { now } else { Value::List(Held::new(all)) })
            }
            _ => Some(now),
        }
    }

    /// The value as it is now.
    pub(super) fn current(&self, mut value: Value) -> Value {
        // Each change gave a new mapping, so this ends.
        while let Some(next) = self.next(&value) {
            value = next;
        }
        value
    }
}

/// Whether both are one value in memory, as far as they hold others.
fn is_shared(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Map(one), Value::Map(other)) => one.is_shared_with(other),
        (Value::List(one), Value::List(other)) => one.is_shared_with(other),
        _ => true,
    }
}
