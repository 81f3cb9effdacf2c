//! Owns what an address of charts needs beside its name when it moves to a registry.

use std::sync::Arc;

use crate::reference::Scheme;
use crate::text::Span;

/// How an address of charts is written at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartAddress {
    /// What serves the charts.
    pub scheme: Scheme,
    /// The bytes of the scheme; an empty span before the name where none is written.
    pub written: Span,
    /// The slashes behind the address: that of a registry has none.
    pub slashes: Span,
    /// What the address of a registry begins with at this place: `oci://`, or nothing.
    pub registry: Arc<str>,
    /// What has to say beside it that a registry serves them, where it does not say so yet.
    pub mark: Option<Mark>,
    /// What stands beside it and may not fit another server, by its keys.
    pub doubts: Vec<Arc<str>>,
    /// Why it is not edited when it leads from an index to a registry, for people: there the charts are named in another way.
    pub told: Option<Arc<str>>,
}

/// A replacement beside an address, or an insertion: what says that a registry serves the charts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The bytes that go; none for a key that is added.
    pub at: Span,
    /// What is written there.
    pub text: Arc<str>,
}

impl ChartAddress {
    /// Carries its spans as [`super::Occurrence::map_spans`] does.
    pub(super) fn map_spans(&mut self, to: impl Fn(Span) -> Span) {
        self.written = to(self.written);
        self.slashes = to(self.slashes);
        if let Some(mark) = &mut self.mark {
            mark.at = to(mark.at);
        }
    }

    /// What an address begins with here that these charts are served by.
    #[must_use]
    pub fn begins(&self, scheme: Scheme) -> &str {
        match scheme {
            Scheme::Registry => &self.registry,
            Scheme::Index => scheme.prefix(),
        }
    }
}
