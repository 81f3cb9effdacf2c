//! Owns the pages on which Docker Hub shows repositories (`hub.docker.com/r/acme/web`): the names of images in addresses for people.

use std::ops::Range;

use crate::occurrence::Piece;
use crate::reference::DOCKER_HUB;
use crate::text::Span;

/// The site of images whose page on Docker Hub is named.
pub(super) const PAGE: &str = "page";

/// Where Docker Hub shows the repositories of people.
const PAGES: &[u8] = b"hub.docker.com/r/";

/// The repositories in a line whose pages on Docker Hub are named: where each is written, and how it is called.
pub(super) fn in_line<'t>(text: &'t [u8], line: &Range<usize>) -> impl Iterator<Item = (Range<usize>, String)> + 't {
    let start = line.start;
    let pages = memchr::memmem::find_iter(text.get(line.clone()).unwrap_or_default(), PAGES);
    pages.filter_map(move |at| repository(text, start + at + PAGES.len()))
}

/// The repository in the address of a page that goes on at `at`, and how it is called.
fn repository(text: &[u8], at: usize) -> Option<(Range<usize>, String)> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let rest = text.get(at..)?;
    let owner = rest.iter().take_while(|byte| is_part(byte)).count();
    let name = rest.get(owner..)?.strip_prefix(b"/")?.iter().take_while(|byte| is_part(byte)).count();
    let written = rest.get(..owner + 1 + name)?;
    let written = std::str::from_utf8(written).ok()?.trim_end_matches(['.', '_', '-']);
    (!written.ends_with('/')).then(|| (at..at + written.len(), format!("{DOCKER_HUB}/{written}")))
}

/// Whose repositories the pages show: what stands before the name that is written in one.
pub(super) fn registry(name: Span) -> Piece {
    Piece::implied(format!("{DOCKER_HUB}/"), Span { end: name.start, ..name })
}
