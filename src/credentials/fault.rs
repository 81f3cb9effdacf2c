//! Owns why a credential helper gave no answer, and what to do about it.

/// A credential helper that gave no answer, and what names it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("credential helper `{program}` {trouble}; `{key}` in {file} names it{}", .trouble.help())]
pub struct HelperFault {
    /// The program.
    pub program: String,
    /// The key that names it: `credsStore`, or `credHelpers.` and the registry as written.
    pub key: String,
    /// The file with this key, or the variable.
    pub file: String,
    /// What went wrong.
    pub trouble: Trouble,
}

/// What went wrong with a helper.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The configured suffix is no plain name, and could name a program elsewhere.
    #[error("has a name that no helper has")]
    Name,
    /// No such program in an absolute folder of `PATH`.
    #[error("is not on the PATH")]
    Absent,
    /// It could not be started, or its pipes broke.
    #[error("could not be run ({0})")]
    Run(String),
    /// It took so many seconds, and was ended.
    #[error("gave no answer in {0} s")]
    Timeout(u64),
    /// It ended with a failure other than "not found", and these words, which may be shown; empty for none.
    #[error("failed{}{}", if .0.is_empty() { "" } else { ": " }, .0)]
    Failed(String),
    /// Its answer is not the protocol's JSON.
    #[error("did not answer with a user and a secret")]
    Rubbish,
}

impl Trouble {
    const fn help(&self) -> &'static str {
        match self {
            // Docker Desktop leaves its key behind in WSL and in containers that are given the user's home.
            Self::Absent => ": remove the key, or install the helper",
            Self::Name => ": mend the key, or remove it",
            _ => "",
        }
    }
}
