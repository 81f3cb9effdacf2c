//! Owns what a file keeps beside its bytes when it is replaced: owner, mode, and what else the system knows of it.

use std::fs::{File, Metadata};
use std::io;

/// What could not be kept.
pub(super) type Lost = (&'static str, io::Error);

/// Gives a new file what the old one has. What a program reads of it, and who may do what with it, is to be as it was.
#[cfg(unix)]
pub(super) fn keep(new: &File, old: &File, about: &Metadata) -> Result<(), Lost> {
    owner(new, about).map_err(|error| ("its owner could not be kept", error))?;
    // After the owner, since a change of owner clears the set-id bits.
    new.set_permissions(about.permissions()).map_err(|error| ("its mode could not be kept", error))?;
    // After the mode, which an access control list has its own part of.
    attributes(new, old).map_err(|error| ("its extended attributes could not be kept", error))
}

#[cfg(not(unix))]
pub(super) fn keep(new: &File, _: &File, about: &Metadata) -> Result<(), Lost> {
    new.set_permissions(about.permissions()).map_err(|error| ("its mode could not be kept", error))
}

#[cfg(unix)]
fn owner(new: &File, about: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let now = new.metadata()?;
    let is_same = now.uid() == about.uid() && now.gid() == about.gid();
    if is_same { Ok(()) } else { fchown(new, Some(about.uid()), Some(about.gid())) }
}

/// Copies extended attributes: access control lists, capabilities, labels, a user's own (`xattr(7)`).
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn attributes(new: &File, old: &File) -> io::Result<()> {
    use rustix::fs::{XattrFlags, fsetxattr};
    let (wanted, there) = (all(old)?, all(new)?);
    let missing = wanted.iter().filter(|one| !there.contains(one));
    for (name, value) in missing {
        fsetxattr(new, name.as_slice(), value, XattrFlags::empty())?;
    }
    for (name, _) in there.iter().filter(|(name, _)| wanted.iter().all(|(other, _)| other != name)) {
        rustix::fs::fremovexattr(new, name.as_slice())?;
    }
    Ok(())
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android", target_vendor = "apple"))))]
fn attributes(_: &File, _: &File) -> io::Result<()> {
    Ok(())
}

/// Names and values.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn all(file: &File) -> io::Result<Vec<(Vec<u8>, Vec<u8>)>> {
    use rustix::fs::{fgetxattr, fgetxattr_query, flistxattr, flistxattr_query};
    use rustix::io::Errno;
    let names = match flistxattr_query(file) {
        // A file system without them.
        Err(Errno::NOTSUP) | Ok(0) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
        Ok(length) => {
            let mut names = vec![0; length];
            let length = flistxattr(file, names.as_mut_slice())?;
            names.truncate(length);
            names
        }
    };
    let names = names.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let value = |name: &[u8]| {
        let mut value = vec![0; fgetxattr_query(file, name)?];
        let length = fgetxattr(file, name, value.as_mut_slice())?;
        value.truncate(length);
        Ok((name.to_vec(), value))
    };
    names.map(value).collect()
}
