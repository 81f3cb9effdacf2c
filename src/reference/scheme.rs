//! Owns how addresses of charts begin: what serves the charts decides it.

/// What serves charts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// A repository with an index, over HTTP (Helm, "The Chart Repository Guide").
    Index,
    /// A registry (Helm, "OCI-based registries").
    Registry,
}

/// What addresses begin with, and what is served there. A repository that is reached without TLS is no other one.
const ALL: [(&str, Scheme); 3] = [("https://", Scheme::Index), ("http://", Scheme::Index), ("oci://", Scheme::Registry)];

impl Scheme {
    /// What an address begins with, and the rest of it; `None` for a text that begins with none of these.
    #[must_use]
    pub fn split(address: &str) -> Option<(Self, &str)> {
        ALL.iter().find_map(|(prefix, scheme)| Some((*scheme, address.strip_prefix(prefix)?)))
    }

    /// What a text ends with that an address may go on from.
    #[must_use]
    pub fn ending(text: &str) -> Option<(Self, &'static str)> {
        ALL.iter().find(|(prefix, _)| text.ends_with(prefix)).map(|(prefix, scheme)| (*scheme, *prefix))
    }

    /// What an address begins with that is written anew.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Index => "https://",
            Self::Registry => "oci://",
        }
    }
}
