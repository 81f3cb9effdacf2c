//! Owns the comparison of a copy with its source: the same bytes, the same content, or which platforms differ.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Manifest, Presence, Registry};
use crate::platform::Platform;
use crate::reference::Reference;

/// How a target compares with its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "result")]
pub enum Comparison {
    /// The same digest.
    Identical,
    /// Other manifests (Docker's types for OCI's), the same configurations and layers.
    SameContent,
    /// Every platform of the source with its content, and others.
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
        /// Which.
        end: End,
        /// What stands in the way.
        because: Presence,
    },
}

/// An end of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// What it is a copy of.
    Source,
    /// The copy.
    Target,
}

impl Comparison {
    /// What of the difference matters to one who wants `wanted` (none means all): platforms with other content, and platforms that are not
    /// there. `None` when nothing does.
    pub fn matters(&self, wanted: &[Platform]) -> Option<(Vec<Platform>, Vec<Platform>)> {
        let (different, missing): (&[Platform], &[Platform]) = match self {
            Self::Subset { missing } => (&[], missing),
            Self::Different { platforms, missing } => (platforms, missing),
            _ => return None,
        };
        let is_wanted = |platform: &&Platform| wanted.is_empty() || wanted.iter().any(|wanted| platform.serves(wanted));
        let of = |platforms: &[Platform]| platforms.iter().filter(is_wanted).cloned().collect::<Vec<_>>();
        // An image that names no platform, with other content, is listed nowhere.
        let unnamed = different.is_empty() && missing.is_empty();
        let (different, missing) = (of(different), of(missing));
        (unnamed || !different.is_empty() || !missing.is_empty()).then_some((different, missing))
    }
}

/// Compares two references by their manifests. The registry is asked for the source as for any other reference, so the policy must allow it.
pub fn compare(registry: &dyn Registry, source: &Reference, target: &Reference) -> Comparison {
    try_compare(registry, source, target).unwrap_or_else(|(end, because)| Comparison::Undecided { end, because })
}

fn try_compare(registry: &dyn Registry, source: &Reference, target: &Reference) -> Result<Comparison, (End, Presence)> {
    let of_source = |because| (End::Source, because);
    let of_target = |because| (End::Target, because);
    let (from, to) = (registry.manifest(source).map_err(of_source)?, registry.manifest(target).map_err(of_target)?);
    if from.digest == to.digest {
        return Ok(Comparison::Identical);
    }
    let (old, new) = (images(registry, source, &from).map_err(of_source)?, images(registry, target, &to).map_err(of_target)?);
    let named = |keys: Vec<&Option<Platform>>| keys.into_iter().flatten().cloned().collect::<Vec<_>>();
    let missing: Vec<_> = old.keys().filter(|key| !new.contains_key(*key)).collect();
    let extra: Vec<_> = new.keys().filter(|key| !old.contains_key(*key)).collect();
    let mut different = Vec::new();
    for (platform, digests) in &old {
        let Some(others) = new.get(platform) else { continue };
        let mut lost = digests.difference(others).peekable();
        if lost.peek().is_none() {
            continue;
        }
        let contents = |reference, digests: &mut dyn Iterator<Item = &String>| {
            digests.map(|digest| content(registry, reference, digest)).collect::<Result<BTreeSet<_>, _>>()
        };
        let (lost, others) = (contents(source, &mut lost), contents(target, &mut others.difference(digests)));
        if !lost.map_err(of_source)?.is_subset(&others.map_err(of_target)?) {
            different.push(platform);
        }
    }
    // What names no platform cannot be named as missing.
    if !different.is_empty() || missing.len() == old.len() || missing.contains(&&None) {
        return Ok(Comparison::Different { platforms: named(different), missing: named(missing) });
    }
    Ok(match (missing.is_empty(), extra.is_empty()) {
        (false, _) => Comparison::Subset { missing: named(missing) },
        (true, true) => Comparison::SameContent,
        (true, false) => Comparison::Superset { extra: named(extra) },
    })
}

/// The images of a manifest by platform, each by its manifest's digest. An index has several for one platform where only versions of the
/// operating system differ (Windows). Those that name no platform are together.
type Images = BTreeMap<Option<Platform>, BTreeSet<String>>;

fn images(registry: &dyn Registry, reference: &Reference, manifest: &Manifest) -> Result<Images, Presence> {
    let mut images = Images::new();
    if manifest.is_index() {
        for child in &manifest.children {
            images.entry(child.platform.clone().map(Platform::told)).or_default().insert(child.digest.clone());
        }
    } else {
        let platform = registry.platforms(reference, manifest)?.into_iter().next();
        images.entry(platform.map(Platform::told)).or_default().insert(manifest.digest.clone());
    }
    Ok(images)
}

/// What an image is made of, whatever its manifest is called.
fn content(registry: &dyn Registry, reference: &Reference, digest: &str) -> Result<(Option<String>, Vec<String>), Presence> {
    let named = Reference::parse(&format!("{}@{digest}", reference.name()));
    let named = named.map_err(|fault| Presence::new(super::Code::Malformed, fault.to_string()))?;
    registry.manifest(&named).map(|manifest| (manifest.config, manifest.layers))
}
