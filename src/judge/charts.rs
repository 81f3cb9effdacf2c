//! Owns what mappings make of a chart that files want, wherever they say that it is.

use std::sync::Arc;

use crate::link::fetched::{Place, WantedChart};
use crate::mapping::{Context, Decision};
use crate::occurrence::Class;
use crate::reference::{Reference, Scheme};

use super::Rules;

/// A chart that must exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartTarget {
    /// Where it must be.
    pub chart: WantedChart,
    /// The mapping that leads there; none where it is named as it shall be.
    pub mapping: Option<Arc<str>>,
}

/// Where a chart must be; `None` where no mapping of charts has to do with it.
#[must_use]
pub fn chart_target(rules: &Rules, wanted: &WantedChart) -> Option<ChartTarget> {
    let (scheme, address) = match &wanted.place {
        Place::Index(address) => (Scheme::Index, format!("{}/{}", Scheme::split(address)?.1.trim_end_matches('/'), wanted.name)),
        Place::Registry(name) => (Scheme::Registry, name.clone()),
        Place::Archive(_) | Place::Unknown(_) => return None,
    };
    let reference = Reference::parse(&address).ok()?;
    let context = Context { format: "", path: "", class: Class::Deploy };
    let charts = &rules.of("").chart_mappings;
    match charts.decide(scheme, &reference, &context) {
        Decision::Mapped(target) => {
            let first = target.candidates.first()?.to_string();
            let place = match target.scheme? {
                Scheme::Registry => Place::Registry(first.clone()),
                Scheme::Index => Place::Index(format!("{}{}", Scheme::Index.prefix(), first.rsplit_once('/')?.0)),
            };
            let name = first.rsplit('/').next().unwrap_or_default().split([':', '@']).next().unwrap_or_default().to_owned();
            Some(ChartTarget { chart: WantedChart { name, place, version: wanted.version.clone() }, mapping: Some(target.mapping) })
        }
        Decision::Unchanged if scheme == Scheme::Registry && charts.lead_to(&reference) => {
            Some(ChartTarget { chart: wanted.clone(), mapping: None })
        }
        _ => None,
    }
}
