//! Owns the charts of a run that must exist: what mappings make of those that files want, and whether it is there.

use std::collections::BTreeSet;

use crate::charts::{Inquiry, Outcome as Said};
use crate::judge::{Rules, chart_target};
use crate::link::fetched::{Place as From, WantedChart};
use crate::mapping::ChartMappings;
use crate::registry::{Code, Outcome, Reason};
use crate::report::verified::Row;

use super::asking::{self, Ends};
use super::charts::all_wanted;
use super::registry_args::{RegistryArgs, SoughtArgs};
use super::{Exit, World, bar};

/// One row for each chart that must exist, by the mappings of charts; without any, none is asked for.
///
/// # Errors
/// The code to end with; why is said already.
pub(super) fn rows(sought: &SoughtArgs, registries: &RegistryArgs, rules: &Rules, world: &mut World<'_>) -> Result<Vec<Row>, Exit> {
    if rules.chart_mappings().all(ChartMappings::is_empty) || sought.refs.is_some() || sought.rendered {
        return Ok(Vec::new());
    }
    let all = all_wanted(&sought.place, rules, world);
    let mut targets: Vec<_> = all.iter().filter_map(|(wanted, places)| Some((chart_target(rules, wanted)?, wanted, places))).collect();
    if targets.is_empty() {
        return Ok(Vec::new());
    }
    targets.sort_by(|(a, ..), (b, ..)| a.chart.place.cmp(&b.chart.place));
    let hosts = asking::known_hosts(registries, rules, Ends::Targets, &[], world)?;
    let client = asking::client(registries, hosts, asking::limits(registries), world)?;
    let mut inquiry = Inquiry::new(&client);
    Ok(bar::shown("asked", |show| {
        let each = targets.iter().enumerate().map(|(number, (target, wanted, places))| {
            let said = inquiry.version(&target.chart);
            show(number + 1, targets.len());
            let source = target.mapping.as_ref().map(|_| named(wanted));
            let places: BTreeSet<_> = places.iter().cloned().collect();
            row(&target.chart, said, (source, target.mapping.as_deref().map(str::to_owned)), places)
        });
        each.collect()
    }))
}

fn row(
    chart: &WantedChart,
    said: Result<String, Said>,
    (source, mapping): (Option<String>, Option<String>),
    places: BTreeSet<crate::judge::Place>,
) -> Row {
    let (outcome, reason, next) = match said {
        Ok(version) => (Outcome::Exists, Reason::new(Code::Manifest, format!("version {version}")), None),
        Err(Said::No(why)) => {
            let next = "push the chart there: `helm push NAME-VERSION.tgz oci://…`, or ask for a version that is there";
            (Outcome::Missing, Reason::new(Code::NotFound, why), Some(next.to_owned()))
        }
        Err(Said::Undecided(why)) => (Outcome::NotChecked, Reason::new(Code::ChartUnknown, why), None),
        Err(Said::Here(entry, _)) => (Outcome::Exists, Reason::new(Code::Manifest, format!("version {}", entry.version)), None),
    };
    Row {
        source,
        target: Some(named(chart)),
        mapping,
        outcome,
        verdict: outcome.verdict(),
        reason,
        image: None,
        comparison: None,
        drift: Vec::new(),
        nearest: Vec::new(),
        others: Vec::new(),
        next,
        places,
    }
}

/// A chart for people: its address, and the version that is asked for.
fn named(chart: &WantedChart) -> String {
    let address = match &chart.place {
        From::Index(address) => format!("{address}/{}", chart.name),
        From::Archive(address) => address.clone(),
        From::Registry(name) => format!("oci://{name}"),
        From::Unknown(_) => chart.name.clone(),
    };
    if chart.version.is_empty() { address } else { format!("{address} {}", chart.version) }
}
