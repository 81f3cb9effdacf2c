//! Owns fixes that are looked at before they are made: what is offered, what of it is wanted, and the name of all of it together.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use crate::disk::Disk;
use crate::judge::{Look, Reading, Rules};
use crate::plan::{Fix, SpanEdit, diff};
use crate::text::{Edit, Edits};

use super::work::Input;
use super::{Exit, World, drive};

/// What makes a fix the same at a second look: files, bytes and new texts. A file that was changed meanwhile has others, so that nothing is made
/// that nobody was asked about.
type Key = Vec<(PathBuf, usize, usize, String)>;

/// The fixes that are wanted.
#[derive(Debug, Default)]
pub(super) struct Chosen(BTreeSet<Key>);

impl Chosen {
    /// Whether a fix is one of them.
    pub(super) fn has(&self, fix: &Fix, reading: &Reading<'_>, disk: &Disk) -> bool {
        self.0.contains(&key(fix, reading, disk))
    }

    /// The same with one more.
    pub(super) fn with(mut self, offer: Offer) -> Self {
        self.take(offer);
        self
    }

    /// Takes one in.
    pub(super) fn take(&mut self, offer: Offer) {
        self.0.insert(offer.key);
    }
}

/// A fix, as it is shown.
pub(super) struct Offer {
    key: Key,
    /// What it does, as a patch.
    pub(super) patch: Vec<u8>,
    /// Why it is not safe.
    pub(super) caution: Option<String>,
}

impl Offer {
    /// The file that it changes first.
    pub(super) fn file(&self) -> Option<&PathBuf> {
        self.key.first().map(|(file, ..)| file)
    }
}

/// All fixes that are `offered` for what is asked about.
///
/// # Errors
/// The code to end with, where that cannot be looked into; why is said already.
pub(super) fn offers(
    offered: impl Fn(&Reading<'_>, &Disk) -> Vec<Fix> + Sync,
    rules: &Rules,
    input: &Input,
    world: &mut World<'_>,
) -> Result<Vec<Offer>, Exit> {
    let mut all = Vec::new();
    let asked = |reading: &Reading<'_>, disk: &Disk| offered(reading, disk).iter().map(|fix| offer(fix, reading, disk)).collect::<Vec<_>>();
    drive::each(&input.clone().quietly(), rules, Some(&rules.prefilter), world, asked, |_, look| {
        if let Look::Done(asked) = look {
            all.extend(asked);
        }
        ControlFlow::Continue(())
    })?;
    Ok(all)
}

/// What all of it together is called: another name where anything of it is another, wherever the tree lies.
pub(super) fn name(offers: &[Offer]) -> String {
    let mut hash = Sha256::new();
    for Offer { key, patch, .. } in offers {
        for (_, start, end, text) in key {
            hash.update(format!("{start} {end} {} ", text.len()));
            hash.update(text);
        }
        hash.update(format!("{} ", patch.len()));
        hash.update(patch);
    }
    hash.finalize().iter().fold("sha256:".to_owned(), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    })
}

fn key(fix: &Fix, reading: &Reading<'_>, disk: &Disk) -> Key {
    let place = |at: &SpanEdit| {
        let range = at.span.range();
        (disk.place_of(reading.path_of(at.span.file)), range.start, range.end, at.text.clone())
    };
    fix.edits.iter().map(place).collect()
}

fn offer(fix: &Fix, reading: &Reading<'_>, disk: &Disk) -> Offer {
    let edits = |file| {
        let edits = fix.edits.iter().filter(|edit| edit.span.file == file);
        Edits::new(edits.map(|edit| Edit { range: edit.span.range(), text: edit.text.clone() }).collect()).unwrap_or_default()
    };
    let patch = reading.files.iter().flat_map(|file| diff(file.path, file.bytes, &edits(file.id).apply(file.bytes))).collect();
    Offer { key: key(fix, reading, disk), patch, caution: fix.caution.clone() }
}
