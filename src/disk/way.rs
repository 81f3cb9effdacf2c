//! Owns the way to a file beneath a folder, one step after the other on open folders: what a link is exchanged for meanwhile gains nothing.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path};

use rustix::fs::{Mode, OFlags, mkdirat, openat, readlinkat};
use rustix::io::Errno;

use super::standing::Absent;

/// Links on one way, as many as Linux follows (`path_resolution(7)`).
const LINKS: usize = 40;

/// Goes from `root` to the folder in which `below` really stands, all links followed, and gives that and the name in it. Nothing need be
/// there under that name.
///
/// # Errors
/// What the system says; [`io::ErrorKind::CrossesDevices`] where the way leads out of `root`.
pub(super) fn to(root: &OwnedFd, below: &Path, absent: Absent) -> io::Result<(OwnedFd, OsString)> {
    let mut folders = vec![root.try_clone()?];
    let mut steps: Vec<OsString> = Vec::new();
    push(&mut steps, below)?;
    let mut links = 0;
    while let Some(step) = steps.pop() {
        let Some(here) = folders.last() else { return Err(io::ErrorKind::CrossesDevices.into()) };
        if step == ".." {
            folders.pop();
            continue;
        }
        match readlinkat(here, &step, Vec::new()) {
            Ok(target) => {
                links += 1;
                if links > LINKS {
                    return Err(Errno::LOOP.into());
                }
                push(&mut steps, Path::new(OsStr::from_bytes(target.as_bytes())))?;
            }
            Err(Errno::INVAL | Errno::NOENT) if steps.is_empty() => return Ok((folders.pop().ok_or(io::ErrorKind::NotFound)?, step)),
            Err(Errno::INVAL) => folders.push(folder(here, &step)?),
            Err(Errno::NOENT) if absent == Absent::Make => {
                // Somebody else may be making it as well.
                mkdirat(here, &step, Mode::from_raw_mode(0o777))
                    .or_else(|error| if error == Errno::EXIST { Ok(()) } else { Err(error) })?;
                folders.push(folder(here, &step)?);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(io::ErrorKind::IsADirectory.into())
}

/// Lays the steps of a path on the others, the first on top.
fn push(steps: &mut Vec<OsString>, path: &Path) -> io::Result<()> {
    let parts = path.components().rev().map(|part| match part {
        Component::Normal(name) => Ok(Some(name)),
        Component::ParentDir => Ok(Some(OsStr::new(".."))),
        Component::CurDir => Ok(None),
        Component::RootDir | Component::Prefix(_) => Err(io::ErrorKind::CrossesDevices.into()),
    });
    let parts = parts.filter_map(Result::transpose).collect::<io::Result<Vec<&OsStr>>>()?;
    steps.extend(parts.into_iter().map(OsStr::to_os_string));
    Ok(())
}

fn folder(here: &OwnedFd, name: &OsStr) -> io::Result<OwnedFd> {
    Ok(openat(here, name, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?)
}
