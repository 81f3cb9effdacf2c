//! Owns what makes two findings the same one: neither its line nor its tag.

use crate::diagnostic::{Diagnostic, Severity, Sources};
use crate::lint::{Told, of};
use crate::reference::{HOLE, Reference};

/// What a finding is known by from one commit to the next.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The path of its file from the top of the repository.
    pub path: String,
    /// The lint's code.
    pub lint: String,
    /// The canonical name of the repository that it speaks of, without tag and digest; empty where it speaks of none.
    pub repository: String,
}

impl Key {
    /// The key of a finding, as far as one can be old: notes fail nothing, and what could not be done is told each time.
    #[must_use]
    pub fn of(one: &Diagnostic, sources: &Sources) -> Option<Self> {
        let is_judged = of(one.lint).is_some_and(|lint| lint.told != Told::Always);
        let keyed = (is_judged && one.severity > Severity::Note).then(|| Self::any(one, sources))?;
        // What stands in no file could not be found again.
        (!keyed.path.is_empty()).then_some(keyed)
    }

    /// The key of any finding; its path is empty where it stands in no file.
    #[must_use]
    pub fn any(one: &Diagnostic, sources: &Sources) -> Self {
        let path = sources.get(one.place.file).map_or_else(String::new, |source| source.path.to_string());
        Self { path, lint: one.lint.to_owned(), repository: one.reference.as_deref().map(repository).unwrap_or_default() }
    }
}

/// The canonical name of what a finding speaks of, without tag and digest. What a value hides stands in it as people are shown it, `{VARIABLE}`.
#[must_use]
pub fn repository(text: &str) -> String {
    let (masked, holes) = masked(text);
    let name = Reference::parse_with_holes(&masked).map_or_else(|_| cut(&masked).to_owned(), |reference| reference.name().to_string());
    let mut holes = holes.into_iter();
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match (c == HOLE).then(|| holes.next()).flatten() {
            Some(hole) => out.push_str(hole),
            None => out.push(c),
        }
    }
    out
}

/// The text with a hole for each `{VARIABLE}`, and these.
fn masked(text: &str) -> (String, Vec<&str>) {
    let (mut out, mut holes, mut rest) = (String::new(), Vec::new(), text);
    while let Some((before, hole)) = rest.find('{').map(|at| rest.split_at(at)) {
        let Some(end) = hole.find('}') else { break };
        let (hole, after) = hole.split_at(end + 1);
        out.push_str(before);
        out.push(HOLE);
        holes.push(hole);
        rest = after;
    }
    out.push_str(rest);
    (out, holes)
}

/// What comes before the tag and the digest of a text that is no reference.
fn cut(text: &str) -> &str {
    let text = text.split('@').next().unwrap_or_default();
    // A colon before the last slash belongs to a port.
    let name = text.rfind('/').map_or(0, |slash| slash + 1);
    text.get(name..).and_then(|last| last.find(':')).map_or(text, |colon| text.get(..name + colon).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{FileId, Span};

    #[test]
    fn tag_digest_and_spelling_make_no_difference() {
        let digest = format!("nginx:1.27@sha256:{}", "a".repeat(64));
        for text in ["nginx", "nginx:1", "docker.io/nginx:2", "index.docker.io/library/nginx:latest", "nginx:{TAG}", &digest] {
            assert_eq!(repository(text), "docker.io/library/nginx", "{text}");
        }
        assert_eq!(repository("localhost:5000/a/b:1"), "localhost:5000/a/b");
    }

    #[test]
    fn what_is_hidden_or_misspelled_keeps_its_name() {
        assert_eq!(repository("{REG}/acme/web:{TAG:-1/2}"), "{REG}/acme/web");
        assert_eq!(repository("quay.io/{.Values.team}/web:{V}"), "quay.io/{.Values.team}/web");
        assert_eq!(repository("Quay.IO/A B:1"), "Quay.IO/A B");
        assert_eq!(repository("a:b/{c"), "a:b/{c");
    }

    #[test]
    fn notes_and_what_could_not_be_done_are_never_old() {
        let sources = Sources::one(FileId(0), "a/Dockerfile", b"FROM x\n");
        let key = |lint, severity| Key::of(&Diagnostic::new(lint, severity, "m", Span::new(FileId(0), 0..1)), &sources);
        assert!(key("old-registry", Severity::Warning).is_some());
        assert!(key("residue", Severity::Note).is_none() && key("broken-document", Severity::Error).is_none());
        let nowhere = Diagnostic::new("old-registry", Severity::Error, "m", Span::new(FileId(9), 0..1));
        assert!(Key::of(&nowhere, &sources).is_none());
    }
}
