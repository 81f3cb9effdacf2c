//! Owns what layers say: files of values, and those that are templates themselves, once an environment's values are filled in.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::ChartFile;
use super::budget::Budget;
use super::course::{Course, Known};
use super::held::Held;
use super::layer::{Context, Inline, Layer};
use super::readings::{Readings, VALUES};
use super::run::Machine;
use super::value::{Run, Value, computed, from_text, unknown};
use crate::occurrence::Origin;

/// How the names of such files end (helmfile documentation, "Values files templates").
const ENDING: &str = ".gotmpl";

/// Whether a file of values is a template.
pub(in crate::link) fn is_template(path: &str) -> bool {
    path.ends_with(ENDING)
}

impl Layer<'_> {
    pub(super) fn values(&self, readings: &Readings<'_>) -> Value {
        match self {
            Self::File(file) if is_template(file.path) => filled(*file, &Context::default(), readings),
            Self::File(file) => readings.values(*file, VALUES),
            Self::Template(file, context) => filled(*file, context, readings),
            Self::Inline(Inline(value)) => value.clone(),
        }
    }
}

/// What the template says. What nobody knows in it is hidden.
fn filled(file: ChartFile<'_>, context: &Context<'_>, readings: &Readings<'_>) -> Value {
    let template = readings.template(file);
    let defines = template.defines.iter().map(|(name, nodes)| (name.clone(), Rc::clone(nodes))).collect::<BTreeMap<_, _>>();
    let known = Known::default();
    let printed = Machine::new(&defines, Course::Chosen, &known).print(&template.nodes, &dot(context, readings));
    if known.budget.is_cut() {
        return unknown(file.path);
    }
    // What the template says itself is a value of the file like any other.
    let own = |run: &Run| match run.origin {
        Origin::Literal => Run { origin: Origin::Default { variable: VALUES.into() }, ..run.clone() },
        _ => run.clone(),
    };
    from_text(&Value::Text(Rc::new(printed)), file.path, &Budget::of_file()).map_texts(&|text| Rc::new(text.iter().map(own).collect()))
}

/// `.` of the template.
fn dot(context: &Context<'_>, readings: &Readings<'_>) -> Value {
    let map = |pairs: Vec<(&str, Value)>| Value::Map(Held::new(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect()));
    let layers = || context.layers.iter().map(|layer| layer.values(readings));
    let lay = |below: Value, layer: Value| if matches!(layer, Value::Unknown(_)) { layer } else { below.overlaid(&layer) };
    // An environment of which nothing more is said has no values.
    let none = || if context.name.is_some() { Value::Map(Held::default()) } else { unknown(VALUES) };
    let values = layers().reduce(lay).unwrap_or_else(none);
    let name = context.name.as_ref().map_or_else(|| unknown("Environment.Name"), |name| computed(name.clone()));
    let environment = map(vec![("Name", name), ("Values", values.clone()), ("KubeContext", unknown("KubeContext"))]);
    let others = ["Release", "Namespace", "Chart", "KubeContext"].map(|key| (key, unknown(key)));
    map([("Values", values.clone()), ("StateValues", values), ("Environment", environment)].into_iter().chain(others).collect())
}
