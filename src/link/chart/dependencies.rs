//! Owns what a chart's dependencies are: the keys under which they get values, which of them a deployment has, and what the chart takes from their
//! values for its own (Helm `pkg/chartutil`, `dependencies.go` and `coalesce.go`).

use std::rc::Rc;

use super::Parts;
use super::held::Held;
use super::value::Value;

/// A dependency, as `Chart.yaml` says it.
#[derive(Clone, Debug)]
pub(super) struct Dependency {
    /// The name of its chart.
    pub(super) name: Value,
    /// The key of its values: its alias, or its name.
    pub(super) key: String,
    /// Paths of values of which the first that is there says whether it is deployed.
    conditions: Vec<String>,
    /// Names below `tags` that say so where no condition does.
    tags: Vec<String>,
    imports: Vec<Import>,
}

/// Values that a chart takes from a dependency.
#[derive(Clone, Debug)]
struct Import {
    child: String,
    /// Nowhere where they are the chart's values themselves.
    parent: String,
}

impl Dependency {
    /// Those that the metadata lists.
    pub(super) fn all(metadata: &Value) -> Vec<Self> {
        let Value::List(all) = metadata.get("dependencies") else { return Vec::new() };
        let texts = |value: Value| if let Value::List(all) = value { all.iter().map(Value::plain).collect() } else { Vec::new() };
        let import = |one: &Value| match one {
            Value::Map(_) => Import { child: one.get("child").plain(), parent: one.get("parent").plain() },
            name => Import { child: format!("exports.{}", name.plain()), parent: String::new() },
        };
        let read = |one: &Value| {
            let (name, alias) = (one.get("name"), one.get("alias").plain());
            Self {
                key: if alias.is_empty() { name.plain() } else { alias },
                name,
                conditions: one.get("condition").plain().trim().split(',').filter(|path| !path.is_empty()).map(str::to_owned).collect(),
                tags: texts(one.get("tags")),
                imports: if let Value::List(all) = one.get("import-values") { all.iter().map(import).collect() } else { Vec::new() },
            }
        };
        all.iter().map(read).collect()
    }

    /// Whether a chart with those values has it. What is not known holds.
    fn is_deployed(&self, chart: &Parts, values: &Value, tags: &Value) -> bool {
        let said = |path: &String| match chart.value_at(values, path) {
            Value::Bool(truth) => Some(truth),
            value => value.is_hidden().then_some(true),
        };
        let tagged = || {
            let said: Vec<Value> = self.tags.iter().map(|tag| tags.get(tag)).collect();
            let is_on = |value: &Value| value.is_hidden() || matches!(value, Value::Bool(true));
            said.iter().any(is_on) || !said.iter().any(|value| matches!(value, Value::Bool(false)))
        };
        self.conditions.iter().find_map(said).unwrap_or_else(tagged)
    }
}

/// The value at keys with dots between them.
pub(super) fn at_path(value: &Value, path: &str) -> Value {
    path.split('.').fold(value.clone(), |value, key| value.get(key))
}

/// The values in a mapping at keys with dots between them.
fn below(path: &str, value: Value) -> Value {
    path.rsplit('.').filter(|key| !key.is_empty()).fold(value, |value, key| Value::Map(Held::new(vec![(Rc::from(key), value)])))
}

/// A dependency as a deployment has it.
pub(super) struct Deployed<'p> {
    pub(super) chart: &'p Parts,
    /// The key of its values.
    pub(super) key: String,
    /// What is said of it from outside.
    pub(super) given: Value,
    pub(super) is_on: bool,
}

impl Parts {
    /// Its dependencies that are in sight, with what a deployment with those values makes of them. `tags` are those of all charts around.
    pub(super) fn deployed(&self, values: &Value, tags: &Value) -> Vec<Deployed<'_>> {
        let mut found = Vec::new();
        for chart in &self.subcharts {
            let name = chart.metadata.get("name").plain();
            let mut own: Vec<(String, bool)> = Vec::new();
            for one in self.dependencies.iter().filter(|one| one.name.plain() == name) {
                let is_on = one.is_deployed(self, values, tags);
                // Of several versions of one chart, one is there.
                match own.iter_mut().find(|(key, _)| *key == one.key) {
                    Some((_, have)) => *have |= is_on,
                    None => own.push((one.key.clone(), is_on)),
                }
            }
            // What lies in `charts/` and is named nowhere is deployed.
            if own.is_empty() {
                own.push((name, true));
            }
            found.extend(own.into_iter().map(|(key, is_on)| Deployed { chart, given: given(values, &key), key, is_on }));
        }
        found
    }

    /// Its values in a deployment: its own, below them what it takes from its dependencies, and over them what `lay` lays over. What is laid over a
    /// dependency comes too late for what is taken from it.
    pub(super) fn laid(&self, own: &Value, lay: &dyn Fn(Value) -> Value, tags: &Value, keys: &[String]) -> Value {
        let whole = lay(own.clone());
        let takes = self.dependencies.iter().any(|one| !one.imports.is_empty());
        if takes { lay(self.with_taken(own, &whole, tags, keys)) } else { whole }
    }

    /// Its values with those that it takes from its dependencies below them.
    fn with_taken(&self, own: &Value, whole: &Value, tags: &Value, keys: &[String]) -> Value {
        let mut taken = Value::Map(Held::default());
        for one in self.deployed(whole, tags).into_iter().filter(|one| one.is_on) {
            let keys: Vec<String> = keys.iter().cloned().chain([one.key.clone()]).collect();
            let over = given(own, &one.key);
            let values = one.chart.laid(&one.chart.own(&keys), &|below| below.overlaid(&over), &one.chart.tags(tags), &keys);
            for import in self.dependencies.iter().filter(|own| own.key == one.key).flat_map(|own| &own.imports) {
                let value = at_path(&values, &import.child);
                if matches!(value, Value::Map(_)) {
                    taken = below(&import.parent, value).overlaid(&taken);
                }
            }
        }
        taken.overlaid(own)
    }

    /// Its own values. Those of a packed chart can be added below `keys` to those of the chart that it is packed in.
    pub(super) fn own(&self, keys: &[String]) -> Value {
        if self.is_packed { self.values.absent(keys) } else { self.values.clone() }
    }

    /// The tags that count for its dependencies, where `around` are those of the charts around it.
    pub(super) fn tags(&self, around: &Value) -> Value {
        let own = self.values.get("tags");
        if matches!(own, Value::Map(_)) { own.overlaid(around) } else { around.clone() }
    }

    /// The value at keys with dots between them, which may be one of a dependency's own.
    fn value_at(&self, values: &Value, path: &str) -> Value {
        let found = at_path(values, path);
        let Some((first, rest)) = path.split_once('.').filter(|_| matches!(found, Value::Nil)) else { return found };
        let is_its = |chart: &&Parts| {
            let name = chart.metadata.get("name").plain();
            self.dependencies.iter().any(|one| one.key == first && one.name.plain() == name) || name == first
        };
        self.subcharts.iter().find(is_its).map_or(Value::Nil, |chart| chart.value_at(&chart.values.overlaid(&given(values, first)), rest))
    }

    /// The dependencies that are not in sight.
    pub(super) fn missing(&self) -> impl Iterator<Item = &Dependency> {
        let there: Vec<String> = self.subcharts.iter().map(|chart| chart.metadata.get("name").plain()).collect();
        self.dependencies.iter().filter(move |one| !there.contains(&one.name.plain()))
    }
}

/// What a chart with those values says of the dependency with that key. What it says of `global` goes before what it says of that for one of them.
fn given(values: &Value, key: &str) -> Value {
    let said = values.get(key);
    let said = if matches!(said, Value::Map(_)) { said } else { Value::Map(Held::default()) };
    match values.get("global") {
        Value::Nil => said,
        global => said.overlaid(&below("global", global)),
    }
}
