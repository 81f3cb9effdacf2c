//! Owns warnings about rule files that load: what is allowed, and yet hardly meant.

use std::collections::BTreeSet;

use super::meet::both_cover;
use super::pattern::Fit;
use super::{Fault, Faults, Mapping, MappingSet, Subject};
use crate::reference::Reference;

/// What is worth a warning. `unlisted` says whether a target's registry is missing in `registries: allow`.
pub fn lint(set: &MappingSet, unlisted: &dyn Fn(&Reference) -> bool) -> Faults {
    let mut warnings = Vec::new();
    for mapping in set.iter() {
        exceptions(mapping, &mut warnings);
        candidates(mapping, &mut warnings);
        unlisted_targets(mapping, unlisted, &mut warnings);
    }
    untested(set, &mut warnings);
    Faults::new(warnings)
}

fn exceptions(mapping: &Mapping, warnings: &mut Vec<Fault>) {
    let Some(from) = mapping.pattern() else { return };
    for ((place, pattern), typed) in mapping.exceptions.iter().zip(&mapping.except) {
        if !both_cover(&pattern.below(), &from.below()) {
            let warning = Fault::new(place.clone(), format!("`{typed}` excepts nothing that `{}` covers", mapping.from));
            warnings.push(warning.label("never met").help("a short name is one of Docker Hub: write the domain for other registries"));
        }
    }
}

fn candidates(mapping: &Mapping, warnings: &mut Vec<Fault>) {
    for (at, (place, pattern)) in mapping.targets.iter().enumerate() {
        let tag = |index: usize| mapping.templates.get(index).map(|template| template.tag.clone());
        let twice =
            mapping.targets.iter().take(at).enumerate().any(|(i, (_, other))| other.spelled() == pattern.spelled() && tag(i) == tag(at));
        if twice {
            let typed = mapping.to.get(at).map_or("", String::as_str);
            warnings.push(Fault::new(place.clone(), format!("the candidate `{typed}` is there twice")).label("leave it out"));
        }
    }
}

fn unlisted_targets(mapping: &Mapping, unlisted: &dyn Fn(&Reference) -> bool, warnings: &mut Vec<Fault>) {
    for ((place, pattern), template) in mapping.targets.iter().zip(&mapping.templates) {
        if mapping.target_samples(template, pattern).iter().any(unlisted) {
            let message = format!("the target `{}` of mapping `{}` is not in `registries: allow`", template.typed, mapping.id);
            warnings.push(Fault::new(place.clone(), message).label("what is moved here is a finding afterwards"));
        }
    }
}

fn untested(set: &MappingSet, warnings: &mut Vec<Fault>) {
    let mut tested = BTreeSet::new();
    for test in &set.tests {
        let subject = Subject::new(&test.given);
        let covering = set.near(&subject).filter(|(_, mapping)| !matches!(mapping.cover.fit(&subject), Fit::No(_)));
        tested.extend(covering.map(|(index, _)| index));
    }
    for (_, mapping) in set.iter().enumerate().filter(|(index, _)| !tested.contains(index)) {
        let warning = Fault::new(mapping.place.clone(), format!("mapping `{}` has no test", mapping.id));
        warnings.push(warning.help("add `tests: [{given: …, want: …}]` to it"));
    }
}
