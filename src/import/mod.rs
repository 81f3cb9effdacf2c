//! What other tools are told of moves, as a rule file: their lists are read, and what a mapping cannot say is told.

mod dfc;
mod image_syncer;
mod kyverno;
mod registries_conf;
mod renovate;
mod written;

use serde_json::Value;

pub use written::Imported;

use crate::reference::Reference;

/// A kind of list that is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `images.json` or `images.yaml` of image-syncer: each source with its destinations.
    ImageSyncer,
    /// `registries.conf` of containers/image: prefixes with the places that stand in for them.
    RegistriesConf,
    /// Renovate's `packageRules` and `registryAliases`.
    Renovate,
    /// Kyverno policies that replace parts of an image's name.
    Kyverno,
    /// The list of images of dfc, which moves Dockerfiles to Chainguard's images.
    Dfc,
}

/// Why a list cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRead {
    /// It is neither JSON, YAML nor TOML.
    #[error("it is neither JSON, YAML nor TOML: {0}")]
    Grammar(String),
    /// It is none of the kinds.
    #[error("it is none of: image-syncer's images, registries.conf, Renovate's configuration, a Kyverno policy, dfc's images")]
    Unknown,
}

/// Reads a list; its kind is seen by what it holds.
///
/// # Errors
/// [`NotRead`], when it cannot be read.
pub fn import(text: &str) -> Result<Imported, NotRead> {
    if let Some(tables) = registries_conf::tables(text) {
        return Ok(registries_conf::import(&tables));
    }
    let mut documents = Vec::new();
    // What is between the marks of documents is one each; only policies come as several.
    for document in text.split("\n---") {
        let value: Value = serde_yaml::from_str(document).map_err(|error| NotRead::Grammar(first_line(&error.to_string())))?;
        documents.extend((!value.is_null()).then_some(value));
    }
    let first = documents.first().ok_or(NotRead::Unknown)?;
    let has = |key: &str| first.get(key).is_some();
    let is_policy = |value: &Value| value["apiVersion"].as_str().is_some_and(|version| version.starts_with("kyverno.io/"));
    match first {
        _ if documents.iter().any(is_policy) => Ok(kyverno::import(&documents)),
        _ if has("packageRules") || has("registryAliases") => Ok(renovate::import(first)),
        Value::Object(list) if list.get("images").is_some_and(Value::is_object) => Ok(dfc::import(&list["images"])),
        Value::Object(list) if !list.is_empty() && list.iter().all(image_syncer::is_entry) => Ok(image_syncer::import(list)),
        _ => Err(NotRead::Unknown),
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// Whether a text can stand for a repository, and the name of one for Docker Hub when it has no domain.
fn is_name(text: &str) -> bool {
    Reference::parse(text).is_ok_and(|reference| reference.tag().is_none() && reference.digest().is_none())
}

/// The texts of a list, or the one text that stands in its place.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
