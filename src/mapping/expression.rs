//! Owns what a mapping covers as regular expressions on canonical references, for programs that ask no library of ours (RE2's syntax).

use super::meet::Atom;
use super::one::{Cover, Mapping};
use super::pattern::{Pattern, Reach};

/// What stands behind a name of which any version is meant.
const ANY_VERSION: &str = "(?::[^@]*)?(?:@.*)?$";

/// What a mapping covers. A reference is `domain/path[:tag][@digest]`, with Docker Hub's domain and `library/` written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    /// It covers what this fits, whole.
    pub covers: String,
    /// But for what one of these fits.
    pub except: Vec<String>,
}

impl Mapping {
    /// What it covers, as regular expressions.
    ///
    /// # Errors
    /// The condition that says more than a reference does: where it stands, or what kind of image it is.
    pub fn expression(&self) -> Result<Expression, &'static str> {
        if let Some((condition, _)) = self.conditions().first() {
            return Err(condition);
        }
        let covers = match &self.cover {
            Cover::Pattern(pattern) => of_pattern(pattern),
            Cover::Regex { regex, .. } => format!("^(?:{}){ANY_VERSION}", regex.as_str().trim_start_matches('^').trim_end_matches('$')),
        };
        Ok(Expression { covers, except: self.exceptions.iter().map(|(_, pattern)| of_pattern(pattern)).collect() })
    }
}

fn of_pattern(pattern: &Pattern) -> String {
    let name = of_atoms(&pattern.name, "[^/@]*");
    let below = if pattern.reach == Reach::Prefix { "[^:@]+" } else { "" };
    let version = match (&pattern.tag, &pattern.digest) {
        (_, Some(digest)) => format!("(?::[^@]*)?@{}$", regex::escape(digest)),
        // A name without tag and digest means this one.
        (Some(_), None) if pattern.literal_tag().as_deref() == Some("latest") => "(?::latest(?:@.*)?)?$".to_owned(),
        (Some(tag), None) => format!(":{}(?:@.*)?$", of_atoms(tag, "[^@]*")),
        (None, None) => ANY_VERSION.to_owned(),
    };
    format!("^{name}{below}{version}")
}

fn of_atoms(atoms: &[Atom], within: &str) -> String {
    let mut text = String::new();
    for atom in atoms {
        match atom {
            Atom::Is(c) => text.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
            Atom::Within(None) => text.push_str(within),
            // A name in braces stands for at least one character.
            Atom::Within(Some(_)) => text.push_str("[^/:@]+"),
            Atom::Across => text.push_str("[^:@]+"),
        }
    }
    text
}
