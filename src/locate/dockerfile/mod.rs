//! The Dockerfile engine: a scanner after `BuildKit`'s rules, which never fails as a whole.
//!
//! It finds references at six positions:
//!
//! | position | what stands there | role |
//! |---|---|---|
//! | `from` | the base image of a stage | pull |
//! | `copy-from` | `COPY --from=`, when no stage is meant | pull |
//! | `mount-from` | `from=` of each `RUN --mount=`, when no stage is meant | pull |
//! | `onbuild-copy-from`, `onbuild-mount-from` | the same behind ONBUILD, for the build of another image | pull |
//! | `syntax` | the image that reads the file | pull |
//!
//! The order of the work: `directive` reads the head, `lines` joins continued lines, `instruction` cuts the file, `words` cuts an
//! instruction, `expand` puts in what `variables` knows, `read` and `sources` say what is an image, `uses` finds where else a value counts.
//! Only FROM, the ARGs above it, and flags of COPY and RUN are looked into; all other text is passed over line by line.

mod directive;
mod expand;
mod heredoc;
mod instruction;
mod lines;
mod pattern;
mod read;
mod sources;
mod text;
mod uses;
mod variables;
mod words;

use std::collections::BTreeMap;

use self::directive::{Head, Language};
pub use self::instruction::Stage;
use self::lines::Glyph;
use self::read::Reader;
use self::sources::Site;
use self::text::Pieces;
pub(super) use self::uses::used_name;
use super::{Fault, Found};
use crate::occurrence::{Confidence, Origin, Piece};
use crate::text::{FileId, Span};

/// Values given to variables from outside (`--build-arg`, `build.args` of a Compose file), as pieces of wherever they stand.
pub type BuildArgs = BTreeMap<String, Vec<Piece>>;

/// What stands in a Dockerfile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dockerfile {
    /// The references, in order of their place.
    pub found: Vec<Found>,
    /// What could not be read, in order of place.
    pub faults: Vec<Fault>,
    /// The stages, in order.
    pub stages: Vec<Stage>,
}

/// Finds the references of a Dockerfile. It never fails: what is broken is a fault, and the rest is read.
#[must_use]
pub fn locate(bytes: &[u8], file: FileId) -> (Vec<Found>, Vec<Fault>) {
    let Dockerfile { found, faults, .. } = read(bytes, file, &BuildArgs::new());
    (found, faults)
}

/// Reads a Dockerfile as it is built with `args`. An argument counts when an ARG above the first FROM declares it, or the platform does.
#[must_use]
pub fn read(bytes: &[u8], file: FileId, args: &BuildArgs) -> Dockerfile {
    let head = Head::new(bytes, file);
    let mut reader = Reader::new(bytes, file, head.escape);
    reader.faults = head.faults;
    if let Some(syntax) = head.syntax {
        let place = Span::new(file, syntax.clone());
        let mut pieces = Pieces::new(file, Origin::Literal);
        for (at, byte) in syntax.clone().zip(bytes.get(syntax).unwrap_or_default()) {
            pieces.glyph(Glyph { byte: *byte, start: at, end: at + 1 });
        }
        let pieces = pieces.finish();
        reader.found.push(Found {
            at: Site::Syntax.name(),
            place,
            pieces,
            platform: None,
            confidence: Confidence::High,
            cautions: Vec::new(),
        });
    }
    // In another language, nothing below means what it says here.
    if head.language == Language::Dockerfile {
        reader.run(head.start, args);
    }
    let Reader { found, mut faults, stages, .. } = reader;
    faults.sort_by_key(|fault| fault.span);
    Dockerfile { found, faults, stages }
}
