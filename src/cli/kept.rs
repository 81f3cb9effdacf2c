//! Owns reading and writing the files that we keep in a tree: within a bound, whole, and never beyond the tree.

use std::io::{self, Read};
use std::path::Path;

use crate::apply::{self, Existing, Mode};
use crate::disk::{Absent, holding, shown, told};

use super::{Exit, World};

/// The text of a file that stands in its tree, of at most so many bytes.
///
/// # Errors
/// What the system says, and that it is longer.
pub(super) fn read(path: &Path, start: &Path, most: u64) -> io::Result<String> {
    let file = holding(path, start).stand(path, Absent::Fault)?.open()?;
    let mut text = String::new();
    file.take(most + 1).read_to_string(&mut text)?;
    if text.len() as u64 > most { Err(io::Error::other(format!("it is longer than {} MiB", most >> 20))) } else { Ok(text) }
}

/// Writes a file in the place of one that may be there.
///
/// # Errors
/// The code to end with; why is said already.
pub(super) fn write(path: &Path, text: &[u8], world: &mut World<'_>) -> Result<(), Exit> {
    let written = apply::create(&holding(path, &world.start), path, text, Existing::Replace, Mode::Data);
    written.map_err(|error| world.fail(&format!("`{}` was not written: {}", shown(path), told(&error)), ""))
}
