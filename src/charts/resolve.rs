//! Owns which version of a chart is meant, and where it lies: what indexes list, and what registries have tags for.

use super::index::{LARGEST, Listed, Unlisted, listed};
use super::outcome::{Outcome, failed};
use crate::link::fetched::{Place, WantedChart};
use crate::reference::Reference;
use crate::registry::{Client, Registry};
use crate::text::harmless;
use crate::version::{Version, chosen};

/// The index at hand: one may be large, and there may be as many as charts. Of charts that follow each other and have the same index it is read once.
pub(super) struct Indexes<'a> {
    client: &'a Client,
    /// By its address.
    index: Option<(String, Result<String, Outcome>)>,
}

impl<'a> Indexes<'a> {
    pub(super) const fn new(client: &'a Client) -> Self {
        Self { client, index: None }
    }

    /// What the index of the repository at `address` says of a chart, in the version that is taken.
    pub(super) fn listed(&mut self, address: &str, wanted: &WantedChart) -> Result<Listed, Outcome> {
        if self.index.as_ref().is_none_or(|(known, _)| known != address) {
            self.index = None;
            self.index = Some((address.to_owned(), self.read(address)));
        }
        let index = self.index.as_ref().map(|(_, index)| index.as_ref().map_err(Clone::clone)).transpose()?;
        let text = index.map_or("", String::as_str);
        listed(text, &wanted.name, &wanted.version).map_err(|fault| match fault {
            Unlisted::Unread => Outcome::Undecided("its repository's index cannot be read".to_owned()),
            Unlisted::Chart => Outcome::No("its repository's index does not have it".to_owned()),
            Unlisted::Version(many) => Outcome::No(format!("its repository's index has {many} versions of it, and none that is asked for")),
        })
    }

    /// The text of a repository's index.
    fn read(&self, address: &str) -> Result<String, Outcome> {
        let bytes = self.client.page(&format!("{address}/index.yaml"), LARGEST).map_err(|presence| of_index(&failed(&presence)))?;
        String::from_utf8(bytes).map_err(|_| Outcome::Undecided("its repository's index is no text".to_owned()))
    }
}

/// The same, where what is missing is only the list.
fn of_index(outcome: &Outcome) -> Outcome {
    match outcome {
        Outcome::No(why) | Outcome::Undecided(why) => Outcome::Undecided(format!("its repository's index was not read: {why}")),
        Outcome::Here(..) => outcome.clone(),
    }
}

/// Which version a reference names.
pub(super) enum Named {
    /// That which is asked for: nobody was asked yet.
    Asked,
    /// This one, which a tag says.
    Tagged(String),
}

/// The reference of a chart in a registry, in the version that is taken.
pub(super) fn tagged(client: &Client, name: &str, wanted: &str) -> Result<(Reference, Named), Outcome> {
    let bad = || Outcome::No(format!("`{}` is no name in a registry", harmless(name)));
    let whole = Reference::parse(name).map_err(|_| bad())?;
    if whole.tag().is_some() || whole.digest().is_some() {
        return Ok((whole, Named::Asked));
    }
    if wanted.starts_with("sha256:") {
        return Ok((Reference::parse(&format!("{name}@{wanted}")).map_err(|_| bad())?, Named::Asked));
    }
    // A registry's tags have no `+` (Helm, `pkg/registry`).
    let tagged = |version: &str| Reference::parse(&format!("{name}:{}", version.replace('+', "_"))).map_err(|_| bad());
    if Version::parse(wanted).is_some() && wanted.split('.').count() > 2 {
        return Ok((tagged(wanted)?, Named::Asked));
    }
    let tags = client.tags(&whole).map_err(|presence| failed(&presence))?;
    let versions: Vec<String> = tags.iter().map(|tag| tag.replace('_', "+")).collect();
    match chosen(wanted, versions.iter().map(String::as_str)) {
        Some(version) => Ok((tagged(version)?, Named::Tagged(version.to_owned()))),
        None => Err(Outcome::No(format!("none of its {} tags is a version that is asked for", tags.len()))),
    }
}

/// Asks where charts are, and fetches none.
pub struct Inquiry<'a> {
    client: &'a Client,
    indexes: Indexes<'a>,
}

impl<'a> Inquiry<'a> {
    /// Nobody is asked yet.
    #[must_use]
    pub const fn new(client: &'a Client) -> Self {
        Self { client, indexes: Indexes::new(client) }
    }

    /// The version of a chart that is taken where it is wanted.
    ///
    /// # Errors
    /// [`Outcome::No`] where whoever was asked says that there is none, [`Outcome::Undecided`] where nobody could say.
    pub fn version(&mut self, wanted: &WantedChart) -> Result<String, Outcome> {
        match &wanted.place {
            Place::Unknown(reason) => Err(Outcome::Undecided(reason.clone())),
            Place::Archive(_) => Err(Outcome::Undecided("an archive has no versions".to_owned())),
            Place::Index(address) => Ok(self.indexes.listed(address, wanted)?.version),
            Place::Registry(name) => match tagged(self.client, name, &wanted.version)? {
                (_, Named::Tagged(version)) => Ok(version),
                (reference, Named::Asked) => {
                    self.client.manifest(&reference).map_err(|presence| failed(&presence))?;
                    Ok(wanted.version.clone())
                }
            },
        }
    }
}
