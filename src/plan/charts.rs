//! Owns what changes beside the name when charts move: what their address begins with, and what says of them that a registry serves them.

use std::sync::Arc;

use crate::occurrence::Occurrence;
use crate::reference::Scheme;
use crate::text::Span;

use super::Refusal;
use super::cut::Cut;

/// The cuts that an address of charts needs beside those of its name, to be one of `scheme`.
///
/// # Errors
/// Why it is told and not edited.
pub(super) fn beside(occurrence: &Occurrence, scheme: Scheme) -> Result<Vec<Cut>, Refusal> {
    let Some(address) = occurrence.chart() else { return Ok(Vec::new()) };
    if address.scheme == scheme {
        return Ok(Vec::new());
    }
    if let Some(told) = &address.told {
        return Err(Refusal::Told(Arc::clone(told)));
    }
    let cut = |span: Span, text: &str| Cut { span, owner: span, text: String::new(), written: text.to_owned(), addition: None };
    let mark = address.mark.iter().map(|mark| cut(mark.at, &mark.text));
    let slashes = (!address.slashes.is_empty()).then(|| cut(address.slashes, ""));
    Ok(std::iter::once(cut(address.written, address.begins(scheme))).chain(slashes).chain(mark).collect())
}
