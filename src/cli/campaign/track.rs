//! Owns when the issue of a campaign is brought up to date: at the end of whatever looks how its pull requests stand.

use crate::campaign::forge::Forge;
use crate::campaign::{Kept, Store, rows, track};

use super::{Campaign, World, now};

/// Tells how the campaign stands, where `campaign.yaml` names a repository for that; whether that was done. What stands in the way stops nothing else.
pub(super) fn run(campaign: &Campaign, forge: &dyn Forge, store: &Store, world: &mut World<'_>) -> bool {
    if campaign.settings.tracking.is_none() {
        return true;
    }
    let told = rows(store, &campaign.names).and_then(|rows| track(store, forge, &campaign.settings, &rows, now()));
    match told {
        Ok(Kept::Unchanged) => {}
        Ok(Kept::Opened(url)) => drop(world.out(|out| writeln!(out, "opened {url}, which tells how the campaign stands"))),
        Ok(Kept::Updated(url)) => drop(world.out(|out| writeln!(out, "brought {url} up to date"))),
        Err(trouble) => {
            world.complain(&format!("the issue of the campaign: {trouble}"));
            return false;
        }
    }
    true
}
