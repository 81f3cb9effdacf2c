//! Owns what a whole chart was executed to, so that one of which no file changed is not executed again: a proof edits some files of a set.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::mem::discriminant;
use std::rc::Rc;

use super::held::Held;
use super::readings::Readings;
use super::value::{Run, Value};
use super::{Budget, Chart, Images, Rendering};
use crate::format::Formats;
use crate::occurrence::Occurrence;
use crate::text::FileId;

/// Bytes of what charts were executed to that are remembered of a set.
const HELD: usize = 4 << 20;

/// What a chart was executed to.
#[derive(Debug)]
pub struct Whole {
    /// Its images.
    pub images: Images,
    /// The candidates that are laid over its values.
    pub laid: Vec<FileId>,
    spelled: OnceCell<Vec<Occurrence>>,
}

/// What charts were executed to, by a number for all that they say: it is drawn anew in each process, so nobody makes two charts of one number.
#[derive(Debug, Default)]
pub struct Wholes {
    state: RandomState,
    known: RefCell<HashMap<u64, Rc<Whole>>>,
    held: Cell<usize>,
}

impl Wholes {
    /// What a chart is executed to.
    #[must_use]
    pub fn of(&self, chart: &Chart<'_>, readings: &Readings<'_>, formats: &Formats) -> Rc<Whole> {
        let number = self.state.hash_one(chart);
        if let Some(known) = self.known.borrow().get(&number) {
            return Rc::clone(known);
        }
        let rendering = Rendering::new(chart, readings);
        let images = rendering.images(formats, &Budget::default());
        let held = self.held.get() + images.weight();
        let whole = Rc::new(Whole { images, laid: rendering.laid, spelled: OnceCell::new() });
        if held <= HELD {
            self.held.set(held);
            self.known.borrow_mut().insert(number, Rc::clone(&whole));
        }
        whole
    }
}

impl Whole {
    /// The references that the values of its deployments spell, each read as one; `chart` is the chart that it was executed from.
    pub fn spelled(&self, chart: &Chart<'_>, readings: &Readings<'_>, formats: &Formats) -> Vec<Occurrence> {
        self.spelled.get_or_init(|| Rendering::new(chart, readings).spelled(formats)).clone()
    }
}

impl Images {
    /// About how many bytes they take.
    fn weight(&self) -> usize {
        (self.on.len() + self.off.len()) * 2 * size_of::<Occurrence>()
            + (self.beside.len() + self.words.len() + self.preceded.len() + self.printed.len()) * size_of::<[usize; 16]>()
    }
}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        discriminant(self).hash(state);
        match self {
            Self::Nil => {}
            Self::Bool(value) => value.hash(state),
            Self::Number(number, text) => (number.to_bits(), text).hash(state),
            Self::Text(text) => text.hash(state),
            Self::Map(pairs) => pairs.hash(state),
            Self::List(items) => items.hash(state),
            Self::Unknown(what) => what.hash(state),
        }
    }
}

impl<T: Hash> Hash for Held<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl Hash for Run {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&*self.text, self.span, &self.origin, self.spelling).hash(state);
    }
}
