//! Owns what of a registry's words may go on: to a terminal, or into a header.

pub use crate::text::clean;

/// Whether a text is safe as a header's value: visible ASCII, no more than 16 KiB.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.len() <= 16 * 1024 && text.bytes().all(|byte| byte.is_ascii_graphic())
}
