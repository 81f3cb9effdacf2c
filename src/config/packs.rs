//! Owns the built-in packs: the rule files that the binary carries.

use serde_json::Value;

use crate::mapping::Date;

/// Names and texts of `rules/mappings`, made by the build script.
const PACKS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/mappings.rs"));

/// A built-in pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    /// The name under which `extends` and `--pack` know it.
    pub name: &'static str,
    /// What it moves, and what it does not; the first line is a summary.
    pub about: String,
    /// The rule file.
    pub text: &'static str,
    /// The vars that must be given a value.
    pub required: Vec<String>,
    /// Where its facts can be checked.
    pub source: Vec<String>,
    /// The day on which these were read.
    pub as_of: Option<Date>,
    /// Why nobody has to do what it says.
    pub optional: Option<String>,
}

/// The built-in packs, by name.
#[must_use]
pub fn packs() -> Vec<Pack> {
    PACKS.iter().map(|(name, text)| pack(name, text)).collect()
}

fn pack(name: &'static str, text: &'static str) -> Pack {
    let root: Value = serde_yaml::from_str(text).unwrap_or_default();
    let about = root.get("about").and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    let vars = root.get("vars").and_then(Value::as_object).into_iter().flatten();
    let required = vars.filter(|(_, value)| value.is_null()).map(|(name, _)| name.clone()).collect();
    let source = root.get("source").map(|source| source.as_array().map_or_else(|| vec![source.clone()], Clone::clone)).unwrap_or_default();
    let source = source.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let as_of = root.get("as_of").and_then(Value::as_str).and_then(Date::parse);
    let optional = root.get("optional").and_then(Value::as_str).map(str::to_owned);
    Pack { name, about, text, required, source, as_of, optional }
}

/// The word that names every pack that can be used by everybody at once.
pub const ALL_PACKS: &str = "all";

/// The packs of [`ALL_PACKS`]: those that need no variable's value, and whose old names end. They can be used together.
pub(super) fn together() -> impl Iterator<Item = &'static str> {
    packs().into_iter().filter(|pack| pack.required.is_empty() && pack.optional.is_none()).map(|pack| pack.name)
}

/// The text of a pack.
pub(super) fn text(name: &str) -> Option<&'static str> {
    PACKS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The names of all packs.
pub(super) fn names() -> impl Iterator<Item = &'static str> + Clone {
    PACKS.iter().map(|(name, _)| *name)
}
