//! Owns what is remembered between runs: that something existed, for a short time. Nothing else is ever remembered.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::manifest::{Manifest, digest};
use super::{Ask, Code, Image, Outcome, Presence, Reason, Registry};
use crate::platform::Platform;
use crate::reference::Reference;

/// How long the presence of a digest is believed: it cannot change, though it can be deleted.
const OF_DIGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// How long the presence of a tag is believed.
const OF_TAG: Duration = Duration::from_secs(10 * 60);

/// The most bytes of an entry.
const ENTRY: u64 = 64 * 1024;

/// A registry whose "exists" is kept in a folder. An entry is found again only by the same reference, wishes and way
/// to the registry.
#[derive(Debug)]
pub struct Cached<R> {
    registry: R,
    folder: PathBuf,
    now: fn() -> SystemTime,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    /// Seconds since 1970.
    at: u64,
    image: Image,
    reason: Reason,
}

impl<R: Registry> Cached<R> {
    /// Keeps what `registry` says in `folder`, which is made when it is first needed; entries past their time are deleted.
    pub fn new(registry: R, folder: impl Into<PathBuf>) -> Self {
        let cached = Self { registry, folder: folder.into(), now: SystemTime::now };
        cached.tidy();
        cached
    }

    /// Where the answer is kept; nowhere when the reference may not be asked, or nobody knows how it would be.
    fn path(&self, reference: &Reference, ask: &Ask) -> Option<PathBuf> {
        let identity = self.registry.identity(reference)?;
        let depth = ask.depth;
        let platforms: Vec<String> = ask.platforms.iter().map(ToString::to_string).collect();
        let key = format!("2\n{}\n{depth}\n{}\n{identity}", reference.canonical(), platforms.join(","));
        let name = digest(key.as_bytes(), None).replace(':', "-");
        Some(self.folder.join(name).with_extension("json"))
    }

    fn read(&self, path: &Path, reference: &Reference) -> Option<Presence> {
        let data = path.metadata().ok().filter(|data| data.is_file() && data.len() <= ENTRY)?;
        // An entry that cannot be read is asked for again.
        let entry: Entry = serde_json::from_slice(&std::fs::read(path).ok().filter(|bytes| bytes.len() as u64 == data.len())?).ok()?;
        let age = (self.now)().duration_since(UNIX_EPOCH + Duration::from_secs(entry.at)).ok()?;
        let time = if reference.digest().is_some() && reference.tag().is_none() { OF_DIGEST } else { OF_TAG };
        if age > time {
            return None;
        }
        let reason = Reason { code: Code::Cached, message: format!("{}, {} s ago", entry.reason.message, age.as_secs()), ..entry.reason };
        Some(Presence::with_image(entry.image, reason))
    }

    fn write(&self, path: &Path, image: &Image, reason: &Reason) -> std::io::Result<()> {
        private(&self.folder)?;
        let at = (self.now)().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs());
        let entry = Entry { at, image: image.clone(), reason: reason.clone() };
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(&serde_json::to_vec(&entry)?)?;
        file.persist(path)?;
        Ok(())
    }

    fn tidy(&self) {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return };
        for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            let ours = path.extension().is_some_and(|extension| extension == "json")
                && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("sha256-"));
            let old = path.metadata().and_then(|data| data.modified()).is_ok_and(|at| at.elapsed().is_ok_and(|age| age > OF_DIGEST));
            if ours && old {
                // Another run may have deleted it at the same time.
                let _ = std::fs::remove_file(&path);
            }
        }
    }
}

/// Makes a folder that only its owner can look into: the names of images are nobody else's business.
fn private(folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // It may be there already, made by others or by an earlier version.
        if folder.metadata()?.permissions().mode() & 0o077 != 0 {
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
        }
        Ok(())
    }
    #[cfg(not(unix))]
    std::fs::create_dir_all(folder)
}

impl<R: Registry> Registry for Cached<R> {
    fn presence(&self, reference: &Reference, ask: &Ask) -> Presence {
        let Some(path) = self.path(reference, ask) else { return self.registry.presence(reference, ask) };
        if let Some(presence) = self.read(&path, reference) {
            return presence;
        }
        let presence = self.registry.presence(reference, ask);
        if let Some(image) = presence.image().filter(|_| presence.outcome() == Outcome::Exists) {
            // A cache that cannot be written costs a question next time, and no result.
            let _ = self.write(&path, image, presence.reason());
        }
        presence
    }

    fn manifest(&self, reference: &Reference) -> Result<Manifest, Presence> {
        self.registry.manifest(reference)
    }

    fn platforms(&self, reference: &Reference, manifest: &Manifest) -> Result<Vec<Platform>, Presence> {
        self.registry.platforms(reference, manifest)
    }

    fn tags(&self, reference: &Reference) -> Result<Vec<String>, Presence> {
        self.registry.tags(reference)
    }

    fn can_tell(&self, reference: &Reference) -> Result<(), Presence> {
        self.registry.can_tell(reference)
    }

    fn remaining(&self) -> BTreeMap<String, i64> {
        self.registry.remaining()
    }

    fn identity(&self, reference: &Reference) -> Option<String> {
        self.registry.identity(reference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Has everything but what is called `lost`, and counts how often it is asked.
    #[derive(Default)]
    struct Counted(AtomicUsize, String);

    impl Registry for Counted {
        fn presence(&self, reference: &Reference, _: &Ask) -> Presence {
            self.0.fetch_add(1, Ordering::SeqCst);
            if reference.path().ends_with("lost") {
                return Presence::new(Code::ManifestUnknown, "no");
            }
            Presence::with_image(Image::default(), Reason::new(Code::Manifest, "yes"))
        }
        fn manifest(&self, _: &Reference) -> Result<Manifest, Presence> {
            Err(Presence::new(Code::Offline, ""))
        }
        fn platforms(&self, _: &Reference, _: &Manifest) -> Result<Vec<Platform>, Presence> {
            Ok(Vec::new())
        }
        fn tags(&self, _: &Reference) -> Result<Vec<String>, Presence> {
            Ok(Vec::new())
        }
        fn identity(&self, _: &Reference) -> Option<String> {
            Some(self.1.clone()).filter(|name| name != "unknown")
        }
    }

    fn asked(cached: &Cached<Counted>, text: &str) -> usize {
        cached.presence(&Reference::parse(text).unwrap(), &Ask::default());
        cached.registry.0.load(Ordering::SeqCst)
    }

    #[test]
    fn what_exists_is_asked_once_and_what_is_missing_again() {
        let folder = tempfile::tempdir().unwrap();
        let cached = Cached::new(Counted::default(), folder.path());
        assert_eq!([asked(&cached, "a:1"), asked(&cached, "a:1")], [1, 1]);
        assert_eq!([asked(&cached, "lost:1"), asked(&cached, "lost:1")], [2, 3]);
    }

    #[test]
    fn nothing_is_remembered_of_what_may_not_be_asked() {
        let folder = tempfile::tempdir().unwrap();
        let unknown = Cached::new(Counted(AtomicUsize::new(0), "unknown".to_owned()), folder.path().join("cache"));
        assert_eq!([asked(&unknown, "a:1"), asked(&unknown, "a:1")], [1, 2]);
        assert!(!folder.path().join("cache").exists());
    }

    /// Whoever stops a run keeps what it has heard.
    #[test]
    #[cfg(unix)]
    fn an_answer_is_kept_at_once_in_a_private_folder() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        asked(&Cached::new(Counted::default(), folder.path()), "a:1");
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
        assert_eq!(folder.path().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_tag_is_believed_ten_minutes_and_a_digest_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let mut cached = Cached::new(Counted::default(), folder.path());
        let digest = format!("a@sha256:{}", "0".repeat(64));
        asked(&cached, "a:1");
        assert_eq!(asked(&cached, &digest), 2);
        cached.now = || SystemTime::now() + Duration::from_secs(11 * 60);
        assert_eq!(asked(&cached, &digest), 2);
        assert_eq!(asked(&cached, "a:1"), 3);
        cached.now = || SystemTime::now() + Duration::from_secs(25 * 60 * 60);
        assert_eq!(asked(&cached, &digest), 4);
    }
}
