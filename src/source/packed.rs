//! Owns the opening of a packed folder (`charts/redis-19.0.0.tgz`) in memory.

use std::io::Read as _;

use flate2::read::GzDecoder;

use super::TreePath;

/// What is opened at most: bytes of all its files together, and files. Charts hold some hundred kilobytes; their packed form is bounded by Helm to
/// 100 MiB, and a small archive can be made to unpack to any size.
const BYTES: u64 = 32 << 20;
const FILES: usize = 4096;

/// Why an archive is not opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    /// It is no such archive, or broken.
    #[error("it is no gzipped tar archive: {0}")]
    Broken(String),
    /// It holds too much.
    #[error("it unpacks to more than {} MiB or {FILES} files", BYTES >> 20)]
    TooMuch,
}

/// The files of an archive, each by its path in the archive's own folder, in the archive's order. Links, devices and paths that lead out are left
/// out.
///
/// # Errors
/// [`NotOpened`] when it cannot be read to its end within bounds.
pub fn unpacked(bytes: &[u8]) -> Result<Vec<(TreePath, Vec<u8>)>, NotOpened> {
    let broken = |error: std::io::Error| NotOpened::Broken(error.to_string());
    let mut archive = tar::Archive::new(GzDecoder::new(bytes).take(BYTES + 1));
    let (mut files, mut total, mut seen) = (Vec::new(), 0_u64, 0);
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        seen += 1;
        total = total.saturating_add(entry.size());
        if total > BYTES || seen > FILES {
            return Err(NotOpened::TooMuch);
        }
        let path = entry.path().ok().and_then(|path| TreePath::new(path.to_str()?).ok());
        let Some(path) = path.filter(|_| entry.header().entry_type().is_file()) else { continue };
        let mut content = Vec::new();
        entry.read_to_end(&mut content).map_err(broken)?;
        files.push((path, content));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
        for (path, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
            header.set_cksum();
            archive.append(&header, *content).unwrap();
        }
        archive.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn files_come_by_their_paths_and_none_leads_out() {
        let files = unpacked(&packed(&[("redis/Chart.yaml", b"name: redis\n"), ("../up", b"x"), ("/etc/x", b"x")])).unwrap();
        assert_eq!(files, [(TreePath::new("redis/Chart.yaml").unwrap(), b"name: redis\n".to_vec())]);
    }

    #[test]
    fn what_unpacks_to_too_much_is_not_opened() {
        let zeros = vec![0_u8; 40 << 20];
        assert_eq!(unpacked(&packed(&[("a/b", &zeros)])), Err(NotOpened::TooMuch));
        let many: Vec<String> = (0..5000).map(|number| format!("a/{number}")).collect();
        let files: Vec<(&str, &[u8])> = many.iter().map(|path| (path.as_str(), &b""[..])).collect();
        assert_eq!(unpacked(&packed(&files)), Err(NotOpened::TooMuch));
    }

    #[test]
    fn what_is_no_archive_says_so() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(b"no archive").unwrap();
        for bytes in [b"plain".to_vec(), gzip.finish().unwrap(), packed(&[("a/b", b"c")])[..20].to_vec()] {
            assert!(matches!(unpacked(&bytes), Err(NotOpened::Broken(_))), "{bytes:?}");
        }
    }
}
