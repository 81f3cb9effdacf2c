//! Owns the way of one chart from what is wanted to the archive in a folder: asked for, checked, or told why it is not there.

use std::collections::BTreeMap;

use super::index::Listed;
use super::outcome::{Came, Outcome, failed};
use super::provenance;
use super::record::{Entry, Proven, Record};
use super::resolve::{Indexes, Named, tagged};
use crate::link::fetched::{Place, WantedChart};
use crate::locate::Tree;
use crate::reference::Reference;
use crate::registry::chart::{LARGEST_CHART, LARGEST_PROVENANCE};
use crate::registry::{Client, digest};
use crate::source::unpacked;
use crate::text::harmless;
use crate::version::Version;

/// Whether charts that are there are asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// Those that the record knows for the same wish, and whose file is whole, stay.
    No,
    /// All are.
    Yes,
}

/// What became of one wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// What is wanted.
    pub wanted: WantedChart,
    /// What came of it.
    pub outcome: Outcome,
}

/// Writes a file of the folder, whole or not at all, or says why not.
pub(super) type Write<'w> = dyn FnMut(&str, &[u8]) -> Result<(), String> + 'w;

/// Fetches charts one after the other; of those that follow each other and have the same index it is read once.
pub struct Pull<'a> {
    client: &'a Client,
    record: &'a Record,
    again: Again,
    indexes: Indexes<'a>,
    /// The digests of the files that this run has written, by their names.
    written: BTreeMap<String, String>,
}

/// An archive that came, and how it is known.
struct Arrived {
    bytes: Vec<u8>,
    manifest: Option<String>,
    provenance: Option<Vec<u8>>,
    proven: Vec<Proven>,
}

impl<'a> Pull<'a> {
    /// Nothing is asked yet.
    #[must_use]
    pub fn new(client: &'a Client, record: &'a Record, again: Again) -> Self {
        Self { client, record, again, indexes: Indexes::new(client), written: BTreeMap::new() }
    }

    /// Fetches one chart. `read` reads a file of the folder, `write` writes one, whole or not at all.
    pub fn fetch(&mut self, wanted: &WantedChart, read: &dyn Fn(&str) -> Option<Vec<u8>>, write: &mut Write<'_>) -> Sought {
        let here = if self.again == Again::No { here(wanted, self.record, read) } else { None };
        let outcome = here.unwrap_or_else(|| self.outcome(wanted, read, write).unwrap_or_else(|outcome| outcome));
        Sought { wanted: wanted.clone(), outcome }
    }

    /// What is known of a wish without asking anybody.
    pub fn known(wanted: &WantedChart, record: &Record, read: &dyn Fn(&str) -> Option<Vec<u8>>) -> Sought {
        let undecided = || match &wanted.place {
            Place::Unknown(reason) => Outcome::Undecided(reason.clone()),
            _ => Outcome::Undecided("it was not asked for".to_owned()),
        };
        Sought { wanted: wanted.clone(), outcome: here(wanted, record, read).unwrap_or_else(undecided) }
    }

    fn outcome(&mut self, wanted: &WantedChart, read: &dyn Fn(&str) -> Option<Vec<u8>>, write: &mut Write<'_>) -> Result<Outcome, Outcome> {
        let (arrived, version) = match &wanted.place {
            Place::Unknown(reason) => return Err(Outcome::Undecided(reason.clone())),
            Place::Registry(name) => self.of_registry(name, &wanted.version)?,
            Place::Archive(address) => (self.archive(address)?, None),
            Place::Index(address) => {
                let (arrived, version) = self.of_index(address, wanted)?;
                (arrived, Some(version))
            }
        };
        let (name, own) = about(&arrived.bytes).map_err(Outcome::No)?;
        let is_its = wanted.name == name || matches!(wanted.place, Place::Registry(_) | Place::Archive(_));
        if !is_its || version.as_ref().is_some_and(|version| Version::parse(version) != Version::parse(&own)) {
            return Err(Outcome::No(format!("what came is `{}` {}", harmless(&name), harmless(&own))));
        }
        let file = format!("{name}-{own}.tgz");
        let own_digest = digest(&arrived.bytes, None);
        let mut proven = arrived.proven;
        if let Some(said) = arrived.provenance.and_then(|text| provenance::digest_of(&String::from_utf8_lossy(&text), &file)) {
            if said != own_digest {
                return Err(Outcome::No(format!("its provenance file gives `{file}` another digest than the archive has, {own_digest}")));
            }
            proven.push(Proven::Provenance);
        }
        let other = match self.written.get(&file) {
            Some(written) => (*written != own_digest).then_some("another chart of that name and version was fetched before"),
            None => read(&file)
                .filter(|bytes| self.again == Again::No && digest(bytes, None) != own_digest)
                .map(|_| "another file of that name is there"),
        };
        if let Some(other) = other {
            return Err(Outcome::Undecided(format!("{other}: `{file}`; fetch it into another folder, or again with `--update`")));
        }
        write(&file, &arrived.bytes).map_err(|fault| Outcome::Undecided(format!("`{file}` was not written: {fault}")))?;
        self.written.insert(file.clone(), own_digest.clone());
        let entry = Entry {
            name: wanted.name.clone(),
            wanted: wanted.version.clone(),
            from: from(&wanted.place),
            version: own,
            file,
            digest: own_digest,
            manifest: arrived.manifest,
            proven,
        };
        Ok(Outcome::Here(Box::new(entry), Came::Now))
    }

    /// A chart of a registry, and the version that its tag says.
    fn of_registry(&self, name: &str, wanted: &str) -> Result<(Arrived, Option<String>), Outcome> {
        let (reference, named) = tagged(self.client, name, wanted)?;
        let version = if let Named::Tagged(version) = named { Some(version) } else { None };
        Ok((self.packed(&reference)?, version))
    }

    fn packed(&self, reference: &Reference) -> Result<Arrived, Outcome> {
        let chart = self.client.chart(reference).map_err(|presence| failed(&presence))?;
        Ok(Arrived { bytes: chart.bytes, manifest: Some(chart.manifest), provenance: chart.provenance, proven: vec![Proven::Manifest] })
    }

    /// The archive at an address, with the provenance file that may lie beside it.
    fn archive(&self, address: &str) -> Result<Arrived, Outcome> {
        let bytes = self.client.page(address, LARGEST_CHART).map_err(|presence| failed(&presence))?;
        // Most charts have none, and stores answer in many ways for what they do not have.
        let provenance = self.client.page(&format!("{address}.prov"), LARGEST_PROVENANCE).ok();
        Ok(Arrived { bytes, manifest: None, provenance, proven: Vec::new() })
    }

    fn of_index(&mut self, address: &str, wanted: &WantedChart) -> Result<(Arrived, String), Outcome> {
        let Listed { version, addresses, digest: listed } = self.indexes.listed(address, wanted)?;
        let first = addresses.first().ok_or_else(|| Outcome::No("its repository's index says no address of it".to_owned()))?;
        let mut arrived = match first.strip_prefix("oci://") {
            Some(name) => self.of_registry(name, &version)?.0,
            None => self.archive(&seen_from(address, first))?,
        };
        if let Some(listed) = listed.filter(|_| arrived.manifest.is_none()) {
            let own = digest(&arrived.bytes, None);
            if own != format!("sha256:{listed}") {
                return Err(Outcome::No(format!("the archive has the digest {own}, and the index says another, {}", harmless(&listed))));
            }
            arrived.proven.push(Proven::Index);
        }
        Ok((arrived, version))
    }
}

/// The chart as an earlier run has fetched it for the same wish.
fn here(wanted: &WantedChart, record: &Record, read: &dyn Fn(&str) -> Option<Vec<u8>>) -> Option<Outcome> {
    let is_it = |entry: &&Entry| (&entry.name, &entry.wanted, &entry.from) == (&wanted.name, &wanted.version, &from(&wanted.place));
    let entry = record.entries().iter().find(is_it)?;
    let bytes = read(&entry.file)?;
    (digest(&bytes, None) == entry.digest).then(|| Outcome::Here(Box::new(entry.clone()), Came::Before))
}

/// Where a chart is asked for, as the record says it.
fn from(place: &Place) -> String {
    match place {
        Place::Index(address) | Place::Archive(address) => address.clone(),
        Place::Registry(name) => format!("oci://{name}"),
        Place::Unknown(_) => String::new(),
    }
}

/// An address as it is meant, seen from a repository (Helm, `pkg/repo`, `ResolveReferenceURL`).
fn seen_from(repository: &str, address: &str) -> String {
    if address.contains("://") {
        return address.to_owned();
    }
    let host = repository.match_indices('/').nth(2).map_or(repository, |(at, _)| &repository[..at]);
    match address.strip_prefix('/') {
        Some(rest) => format!("{host}/{rest}"),
        None => format!("{}/{}", repository.trim_end_matches('/'), address.trim_start_matches("./")),
    }
}

/// The name and version of a chart, as its own metadata say them.
fn about(bytes: &[u8]) -> Result<(String, String), String> {
    let files = unpacked(bytes).map_err(|fault| fault.to_string())?;
    let head = files.iter().find(|(path, _)| path.segments().count() == 2 && path.name() == "Chart.yaml");
    let (_, text) = head.ok_or("the archive holds no chart")?;
    let text = String::from_utf8_lossy(text);
    let tree = Tree::read(&text).map_err(|_| "its Chart.yaml cannot be read")?;
    let said = |key: &str| tree.get(tree.root()?, key).and_then(|node| tree.scalar(node)).map(|scalar| scalar.text.to_string());
    let plain = |text: &String| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte));
    let found = said("name").zip(said("version")).filter(|(name, version)| plain(name) && plain(version) && !name.starts_with('.'));
    found.ok_or_else(|| "its Chart.yaml has no name and version".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_seen_from_its_repository() {
        for (address, want) in [
            ("a-1.tgz", "https://c.example/x/a-1.tgz"),
            ("./a-1.tgz", "https://c.example/x/a-1.tgz"),
            ("/a-1.tgz", "https://c.example/a-1.tgz"),
            ("https://d.example/a.tgz", "https://d.example/a.tgz"),
        ] {
            assert_eq!(seen_from("https://c.example/x", address), want);
        }
    }
}
