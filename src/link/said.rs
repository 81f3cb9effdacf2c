//! Owns what one document says of a chart that is fetched, as it is written there.

/// What a document says of a chart that is fetched, or of where charts are.
#[derive(Clone, Debug, Default)]
pub struct Fetched {
    /// The byte of the file at which the chart or the address stands.
    pub at: usize,
    /// The version that is asked for; empty where none is.
    pub version: Written,
    /// The address of the repository.
    pub repository: Option<Written>,
    /// The kind, where it is said, and the name of the repository; of one itself, its own.
    pub source: Option<[String; 2]>,
    /// Whether the repository says that it is a registry.
    pub registry: bool,
}

/// A text of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is known.
    Known(String),
    /// It has something that is filled in.
    Open(String),
}

impl Default for Written {
    fn default() -> Self {
        Self::Known(String::new())
    }
}
