//! Owns which kustomizations reach which files, and which of their image entries match which images.
//!
//! Rules read in kustomize, `api/internal/target/kusttarget.go`, `api/filters/imagetag/updater.go`, `api/internal/image/image.go`: an entry's
//! `name` goes into `^name(:tag)?(@digest)?$` unescaped and is held against the image as written at that moment. A kustomization gathers its
//! resources, lets its components act on them one after the other, then makes its own patches, then its own image entries; what it has come
//! to is a resource of the one that takes it in.

mod follow;
mod graph;
mod overlay;

pub(super) use follow::join;
pub use graph::{EntryId, Fate, Graph};
pub use overlay::{Entry, Kind, Overlay};
