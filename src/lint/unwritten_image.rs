//! `unwritten-image`: an image that nothing in the tree writes, since a chart that is packed or elsewhere brings it, and that a mapping moves.

use super::{Lint, Told};
use crate::diagnostic::Severity;
use crate::occurrence::{Caution, Occurrence, Origin};
use crate::reference::Part;

/// What it is.
pub const LINT: Lint = Lint {
    code: "unwritten-image",
    severity: Severity::Error,
    told: Told::Usually,
    about: "A mapping moves an image whose name nothing in the tree writes: the values of a chart that is packed, or elsewhere, bring it. The fix adds keys to \
            the values that are laid over them; for a chart outside of the tree with `fix --add-overrides`.",
};

/// The values of a chart that say the image, where no text that can be edited says anything of its name.
#[must_use]
pub fn keys(occurrence: &Occurrence) -> Option<&[String]> {
    let keys =
        occurrence.cautions.iter().find_map(|caution| if let Caution::Unwritten { keys, .. } = caution { Some(keys) } else { None })?;
    let joined = occurrence.joined();
    let end = occurrence.reference().ok().and_then(|reference| reference.range(Part::Path)).map_or(joined.text.len(), |path| path.end);
    let is_written = occurrence.pieces.iter().zip(&joined.ranges).any(|(piece, range)| {
        range.start < end && piece.is_editable() && !matches!(piece.origin, Origin::Absent { .. }) && !range.is_empty()
    });
    (!is_written).then_some(keys)
}
