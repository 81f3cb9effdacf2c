//! Owns the comparison of a copy with its source: the same bytes, the same content, or which platforms differ.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Registry;
use super::manifest::{Manifest, Platform};
use super::presence::Presence;
use crate::reference::Reference;

/// How a target compares with its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "result")]
pub enum Comparison {
    /// The same digest.
    Identical,
    /// Other manifests (Docker's types for OCI's), the same configurations and layers.
    SameContent,
    /// Every platform of the source, and others.
    Superset {
        /// Those that the source does not have.
        extra: Vec<Platform>,
    },
    /// What is there is the same; platforms of the source are not there. A copy of one platform only looks so.
    Subset {
        /// Those that are not there.
        missing: Vec<Platform>,
    },
    /// Other content.
    Different {
        /// Platforms whose content differs.
        platforms: Vec<Platform>,
        /// Platforms of the source that are not there.
        missing: Vec<Platform>,
    },
    /// One of the two could not be read.
    Undecided {
        /// What stands in the way.
        because: Presence,
    },
}

impl Comparison {
    /// Platforms of the source that the target lacks.
    #[must_use]
    pub fn missing(&self) -> &[Platform] {
        match self {
            Self::Subset { missing } | Self::Different { missing, .. } => missing,
            _ => &[],
        }
    }
}

/// Compares two references by their manifests. The registry is asked for the source as for any other reference, so the policy must allow it.
#[must_use]
pub fn compare(registry: &dyn Registry, source: &Reference, target: &Reference) -> Comparison {
    try_compare(registry, source, target).unwrap_or_else(|because| Comparison::Undecided { because })
}

fn try_compare(registry: &dyn Registry, source: &Reference, target: &Reference) -> Result<Comparison, Presence> {
    let (from, to) = (registry.manifest(source)?, registry.manifest(target)?);
    if from.digest == to.digest {
        return Ok(Comparison::Identical);
    }
    let (old, new) = (images(registry, source, &from)?, images(registry, target, &to)?);
    // A platform of None is an image that names none: it compares with another such.
    let platforms = |keys: Vec<&Option<Platform>>| keys.into_iter().flatten().cloned().collect::<Vec<_>>();
    let missing = platforms(old.keys().filter(|key| !new.contains_key(*key)).collect());
    let extra = platforms(new.keys().filter(|key| !old.contains_key(*key)).collect());
    let mut encoded = false;
    let mut different = Vec::new();
    let mut common = 0;
    for (platform, digest) in &old {
        let Some(other) = new.get(platform) else { continue };
        common += 1;
        if digest == other {
            continue;
        }
        encoded = true;
        if content(registry, source, digest)? != content(registry, target, other)? {
            different.push(platform.clone());
        }
    }
    if !different.is_empty() || common == 0 {
        return Ok(Comparison::Different { platforms: platforms(different.iter().collect()), missing });
    }
    Ok(match (missing.is_empty(), encoded || extra.is_empty()) {
        (false, _) => Comparison::Subset { missing },
        (true, true) => Comparison::SameContent,
        (true, false) => Comparison::Superset { extra },
    })
}

/// The images of a manifest by platform, each by its manifest's digest.
fn images(registry: &dyn Registry, reference: &Reference, manifest: &Manifest) -> Result<BTreeMap<Option<Platform>, String>, Presence> {
    if manifest.is_index() {
        return Ok(manifest.children.iter().map(|child| (child.platform.clone().map(usual), child.digest.clone())).collect());
    }
    let platform = registry.platforms(reference, manifest)?.into_iter().next();
    Ok([(platform.map(usual), manifest.digest.clone())].into())
}

/// arm64 without a variant is v8: an index and a configuration tell it differently.
fn usual(mut platform: Platform) -> Platform {
    if platform.architecture == "arm64" && platform.variant.is_none() {
        platform.variant = Some("v8".to_owned());
    }
    platform
}

/// What an image is made of, whatever its manifest is called.
fn content(registry: &dyn Registry, reference: &Reference, digest: &str) -> Result<(Option<String>, Vec<String>), Presence> {
    let named = Reference::parse(&format!("{}@{digest}", reference.name()));
    let named = named.map_err(|fault| Presence::protocol(super::Code::Malformed, fault.to_string()))?;
    registry.manifest(&named).map(|manifest| (manifest.config, manifest.layers))
}
