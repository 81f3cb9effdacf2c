//! Owns where a chart's templates refuse its values (`fail`): their words, and which values they asked for on the way that were not set.

use super::schema::SCHEMA;
use super::syntax::{Pipeline, Term};
use super::value::Value;
use crate::locate::{Failure, RefusedBy};

/// A call of `fail` that was reached.
#[derive(Clone, Debug)]
struct Failed {
    /// What the chart says.
    words: String,
    /// The keys below `.Values` that the conditions around it read.
    read: Vec<Vec<String>>,
}

/// Calls of one execution that are kept: Helm ends at the first.
const MOST: usize = 8;

/// The calls of an execution, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls(Vec<Failed>);

impl Calls {
    /// How many there are.
    pub(super) const fn count(&self) -> usize {
        self.0.len()
    }

    /// Notes one more.
    pub(super) fn add(&mut self, words: String) {
        if self.0.len() < MOST {
            self.0.push(Failed { words, read: Vec::new() });
        }
    }

    /// Forgets those behind the first `known` ones: what led to them is not known.
    pub(super) fn not_sure(&mut self, known: usize) {
        self.0.truncate(known);
    }

    /// Says of those behind the first `known` ones that these conditions led to them.
    pub(super) fn led_to<'n>(&mut self, known: usize, conditions: impl Iterator<Item = &'n Pipeline>) {
        let calls = self.0.get_mut(known..).unwrap_or_default();
        if !calls.is_empty() {
            let mut read = Vec::new();
            conditions.for_each(|condition| paths(condition, &mut read));
            for call in calls {
                call.read.extend_from_slice(&read);
            }
        }
    }

    /// What they say of a chart with these values, which stand below `keys` in those of the outermost chart.
    pub(super) fn failures(self, values: &Value, keys: &[String]) -> Vec<Failure> {
        self.0.into_iter().map(|one| one.of(values, keys)).collect()
    }
}

impl Failure {
    /// The schema of the chart whose values stand below `keys` refuses the one at `place`.
    pub(super) fn of_schema(keys: &[String], place: &str) -> Self {
        let path: Vec<&str> = keys.iter().map(String::as_str).chain([place]).collect();
        let words = format!("{SCHEMA} does not allow this value of `{}`", path.join("."));
        Self { by: RefusedBy::Schema, words, demands: Vec::new(), home: 0 }
    }
}

impl Failed {
    /// The same of a chart with these values, which stand below `keys` in those of the outermost chart.
    fn of(self, values: &Value, keys: &[String]) -> Failure {
        let is_unset = |path: &Vec<String>| {
            let value = path.iter().fold(values.clone(), |value, key| value.get(key));
            matches!(value, Value::Nil | Value::Bool(false))
        };
        let whole = |path: Vec<String>| {
            let is_for_all = path.first().is_some_and(|key| key == "global");
            if is_for_all { path } else { keys.iter().cloned().chain(path).collect() }
        };
        let mut demands: Vec<Vec<String>> = Vec::new();
        for keys in self.read.into_iter().filter(is_unset).map(whole) {
            if !demands.contains(&keys) {
                demands.push(keys);
            }
        }
        let words = self.words.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        Failure { by: RefusedBy::Template, words: words.to_owned(), demands, home: 0 }
    }
}

/// The keys below `.Values` that a pipeline reads.
fn paths(pipeline: &[Term], found: &mut Vec<Vec<String>>) {
    for term in pipeline {
        match (path(term), term) {
            (Some(path), _) => found.extend(below_values(&path)),
            (None, Term::Group(inner, _)) => paths(inner, found),
            (None, _) => {}
        }
    }
}

/// The fields of a term, from the value that it begins with: `((.Values.global).security).x` as `.Values.global.security.x`.
fn path(term: &Term) -> Option<String> {
    match term {
        Term::Field(fields) | Term::Variable(_, fields) => Some(fields.to_string()),
        Term::Group(inner, fields) => match inner.as_slice() {
            [one] => path(one).map(|outer| if fields.is_empty() { outer } else { format!("{outer}.{}", &**fields) }),
            _ => None,
        },
        Term::Value(_) | Term::Function(_) | Term::Pipe => None,
    }
}

fn below_values(path: &str) -> Option<Vec<String>> {
    let mut steps = path.split('.').skip_while(|step| *step != "Values");
    steps.next()?;
    Some(steps.map(str::to_owned).collect::<Vec<_>>()).filter(|steps| !steps.is_empty())
}
