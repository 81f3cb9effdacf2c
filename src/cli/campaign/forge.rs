//! Owns which forge a campaign speaks to, and who it says that it is.

use crate::campaign::forge::{Forge, Local};
use crate::campaign::{Cause, ForgeAt, Kind, Store, Trouble};

/// The forge that `campaign.yaml` names. Nothing is asked yet.
pub(super) fn open(at: &ForgeAt, store: &Store, max_wait: u64) -> Result<Box<dyn Forge>, Trouble> {
    let _ = max_wait;
    match at.kind {
        Kind::Local => Ok(Box::new(Local::new(&store.place(at.at.as_deref().unwrap_or(".")))?)),
        Kind::Github => Err(Trouble::new(Cause::Refused, "not yet")),
    }
}
