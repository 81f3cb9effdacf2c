//! Owns paths that stand in a file or come in, instead of on the command line.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::disk::{path_of_bytes, shown, told};

use super::gate_args::FilesFrom;
use super::options::Where;
use super::work::STDIN;
use super::{Exit, World};

/// The most bytes of a list: a million paths.
const LARGEST: u64 = 64 << 20;

impl FilesFrom {
    /// The places that are looked into: those of the list, if there is one, though it be empty.
    ///
    /// # Errors
    /// The code to end with, where the list cannot be read; that is said already.
    pub(super) fn places(&self, place: &Where, world: &mut World<'_>) -> Result<Where, Exit> {
        let Some(file) = &self.files_from else { return Ok(place.clone()) };
        let read = if file.as_os_str() == STDIN { world.read_input() } else { read(&world.start.join(file)) };
        let too_long = |bytes: &Vec<u8>| bytes.len() as u64 > LARGEST;
        let bytes = read.and_then(|bytes| {
            if too_long(&bytes) { Err(io::Error::other(format!("it is longer than {} MiB", LARGEST >> 20))) } else { Ok(bytes) }
        });
        let bytes = bytes.map_err(|error| world.fail(&format!("the list `{}` was not read: {}", shown(file), told(&error)), ""))?;
        Ok(Where { paths: paths(&bytes), ..place.clone() })
    }
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The paths of a list. With a NUL anywhere, each ends with one.
fn paths(bytes: &[u8]) -> Vec<PathBuf> {
    let end = if bytes.contains(&0) { 0 } else { b'\n' };
    let names = bytes.split(|byte| *byte == end).map(|name| if end == b'\n' { name.strip_suffix(b"\r").unwrap_or(name) } else { name });
    // A file may be called as what means standard input.
    let path = |name: &[u8]| if name == STDIN.as_bytes() { Path::new(".").join(STDIN) } else { path_of_bytes(name).into_owned() };
    names.filter(|name| !name.is_empty()).map(path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_nul_end_names() {
        let of = |text: &[u8]| paths(text).into_iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
        assert_eq!(of(b"a b\r\n\nc/d\n-"), ["a b", "c/d", "./-"]);
        assert_eq!(of(b"a\nb\0c\0"), ["a\nb", "c"]);
        assert!(of(b"\n").is_empty() && of(b"").is_empty());
    }
}
