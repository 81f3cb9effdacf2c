//! Owns the name of a repository on its forge, and the list of those that a campaign is about.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A repository as its forge calls it: `owner/name`, on some forges with groups between them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// Why a text is no name of a repository.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no name of a repository: expected `owner/name`, of letters, digits, `.`, `-` and `_`")]
pub struct BadName(String);

impl Name {
    /// Reads `owner/name`. Nothing in it can lead a path or an address elsewhere.
    ///
    /// # Errors
    /// [`BadName`] for what is none.
    pub fn new(text: &str) -> Result<Self, BadName> {
        let is_part = |part: &str| {
            let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            !part.is_empty() && part.chars().all(is_letter) && !part.starts_with(['.', '-']) && part.len() <= 255
        };
        let parts = text.split('/').count();
        // A folder of bare repositories may hold them without owners.
        if parts <= 20 && text.split('/').all(is_part) { Ok(Self(text.to_owned())) } else { Err(BadName(text.to_owned())) }
    }

    /// `owner/name`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The owner: everything before the last part; empty where there is none.
    #[must_use]
    pub fn owner(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(owner, _)| owner)
    }

    /// The last part.
    #[must_use]
    pub fn last(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The name as that of one folder. No two names share one: `~` stands in no name.
    #[must_use]
    pub fn folder(&self) -> String {
        self.0.replace('/', "~")
    }
}

impl TryFrom<String> for Name {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        Self::new(&text)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The names of a list, one a line, in order, each once; empty lines are passed over, and what follows a `#`.
///
/// # Errors
/// Each line that holds no name: its number from 1, and why.
pub fn listed(text: &str) -> Result<Vec<Name>, Vec<(usize, BadName)>> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()).enumerate();
    let (mut names, mut seen, mut faults) = (Vec::new(), BTreeSet::new(), Vec::new());
    for (index, line) in lines.filter(|(_, line)| !line.is_empty()) {
        match Name::new(line) {
            Ok(name) if seen.insert(name.clone()) => names.push(name),
            Ok(_) => {}
            Err(fault) => faults.push((index + 1, fault)),
        }
    }
    if faults.is_empty() { Ok(names) } else { Err(faults) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        for bad in ["", "a/", "/a", "a//b", "../a", "a/..", "a/.git", "a b/c", "-x/y", "a/b?c", "a\\b", "a~b/c", "a/b%2f"] {
            assert!(Name::new(bad).is_err(), "{bad}");
        }
        let name = Name::new("group/sub.group/my_repo-1").unwrap();
        assert_eq!((name.owner(), name.last(), name.folder().as_str()), ("group/sub.group", "my_repo-1", "group~sub.group~my_repo-1"));
    }

    #[test]
    fn a_list_names_each_once_and_tells_every_bad_line() {
        let names = listed("# all\nb/c\n\na/b # why\nb/c\n").unwrap();
        assert_eq!(names.iter().map(Name::as_str).collect::<Vec<_>>(), ["b/c", "a/b"]);
        let faults = listed("a/b\n../c\nd e\n").unwrap_err();
        assert_eq!(faults.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3]);
    }
}
