//! Owns what templates change of mappings (`set`, `unset`, `merge`): in Go a mapping is one for all who have it, so that all later readers see it.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use super::value::Value;

/// The mappings that were changed, of each chart that is deployed.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    /// By the place in memory of what the mapping was, which is held there so that nothing else comes to lie in it: what it is now.
    now: RefCell<HashMap<(usize, usize), (Value, Value)>>,
    deployment: Cell<usize>,
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
            self.now.borrow_mut().insert((self.deployment.get(), held.address()), (was.clone(), is.clone()));
        }
    }

    /// The value as it is now.
    pub(super) fn current(&self, mut value: Value) -> Value {
        let now = self.now.borrow();
        // Each change gave a new mapping, so this ends.
        while let Value::Map(held) = &value
            && let Some((_, is)) = now.get(&(self.deployment.get(), held.address()))
        {
            value = is.clone();
        }
        value
    }
}
