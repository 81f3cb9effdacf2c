//! Owns path patterns: which values of a document a site means.
//!
//! `a.b` keys; `*` any one key; `[]` every item of a sequence; `**` any depth of keys and items, also none; `a|b` either key; `/re/` a key that
//! the regular expression finds; `'a.b/c'` a key with such characters; `[k=v]` the items (or the mapping itself) whose field `k` is `v`, or
//! matches `/re/`; `<image>`, `<image-part>`, `<repository>` and `<registry>` any key that says so by its words. A pattern is matched from its end, so that only values under a telling key are looked at.

use regex::Regex;

use crate::reference::{KeyPart, Naming};

/// One step of a document's path, outermost first.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a, N> {
    /// The key, or `None` for an item of a sequence.
    pub key: Option<&'a str>,
    /// The value there.
    pub node: N,
    /// What the words of the key say.
    pub says: Said,
}

/// What the words of a key say, found out once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said(u8);

impl Said {
    /// What a key says.
    #[must_use]
    pub fn by(key: &str) -> Self {
        let part = KeyPart::of(key);
        let says = |word: &Word| match word {
            // A registry of images is none.
            Word::Image => part != Some(KeyPart::Registry) && Naming::has_image(key),
            Word::Part => matches!(part, Some(KeyPart::Name | KeyPart::Repository | KeyPart::Image)),
            Word::Repository => part == Some(KeyPart::Repository),
            Word::Registry => part == Some(KeyPart::Registry),
        };
        Self(Word::ALL.iter().filter(|word| says(word)).fold(0, |said, word| said | word.bit()))
    }

    /// Whether it says that.
    #[must_use]
    pub const fn has(self, word: Word) -> bool {
        self.0 & word.bit() != 0
    }
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct PathPattern {
    steps: Vec<Pattern>,
}

#[derive(Clone, Debug)]
enum Pattern {
    Keys(Vec<String>),
    Matching(Regex),
    Saying(Word),
    AnyKey,
    Items,
    AnyDepth,
    /// Takes no step: the node reached has this field.
    Field(String, Test),
}

/// What a value must be.
#[derive(Clone, Debug)]
pub enum Test {
    /// This text.
    Is(String),
    /// One in which the expression is found.
    Matches(Regex),
}

impl Test {
    /// Reads a test: `/re/`, or the text itself.
    ///
    /// # Errors
    /// [`BadPath::Regex`] when the expression does not compile.
    pub fn new(text: &str) -> Result<Self, BadPath> {
        Ok(match text.strip_prefix('/').and_then(|text| text.strip_suffix('/')) {
            Some(expression) => Self::Matches(regex(expression)?),
            None => Self::Is(text.to_owned()),
        })
    }

    /// Whether a value passes.
    #[must_use]
    pub fn passes(&self, value: &str) -> bool {
        match self {
            Self::Is(wanted) => value == wanted,
            Self::Matches(regex) => regex.is_match(value),
        }
    }
}

/// What the words of a key say ([`Naming`], [`KeyPart`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// `<image>`: that its value has to do with an image.
    Image,
    /// `<image-part>`: that it may be an image's name, or what is left of it beside other keys.
    Part,
    /// `<repository>`: that it is a repository.
    Repository,
    /// `<registry>`: that it is a registry.
    Registry,
}

impl Word {
    const ALL: [Self; 4] = [Self::Image, Self::Part, Self::Repository, Self::Registry];

    const fn bit(self) -> u8 {
        1 << self as u8
    }

    fn new(word: &str) -> Option<Self> {
        Some(match word {
            "image" => Self::Image,
            "image-part" => Self::Part,
            "repository" => Self::Repository,
            "registry" => Self::Registry,
            _ => return None,
        })
    }
}

/// What the last step of a pattern asks for, to look patterns up by.
#[derive(Clone, Copy, Debug)]
pub enum LastStep<'a> {
    /// One of these keys.
    Keys(&'a [String]),
    /// A key that the expression finds, or any key.
    Key(Option<&'a Regex>),
    /// A key whose words say that.
    Saying(Word),
    /// An item of a sequence.
    Item,
}

/// Why a text is no path pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPath {
    /// Nothing there.
    #[error("the path is empty")]
    Empty,
    /// Something is not closed.
    #[error("`{0}` is not closed in the path")]
    Open(char),
    /// A regular expression does not compile.
    #[error("the regular expression `{0}` in the path does not compile")]
    Regex(String),
    /// The last step says nothing (`**`).
    #[error("the path must end in a key or in `[]`")]
    NoEnd,
    /// `<x>` with another word.
    #[error("`<{0}>` must be `<image>`, `<image-part>`, `<repository>` or `<registry>`")]
    Word(String),
    /// `[x]` without `=`.
    #[error("`[{0}]` must be `[]` or `[field=value]`")]
    Field(String),
}

impl PathPattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// [`BadPath`] with what is wrong.
    pub fn new(text: &str) -> Result<Self, BadPath> {
        let mut steps = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            if let Some(inner) = rest.strip_prefix('[') {
                let (field, after) = inner.split_once(']').ok_or(BadPath::Open('['))?;
                if field.is_empty() {
                    steps.push(Pattern::Items);
                } else {
                    let (name, value) = field.split_once('=').ok_or_else(|| BadPath::Field(field.to_owned()))?;
                    steps.push(Pattern::Field(name.to_owned(), Test::new(value)?));
                }
                rest = after;
            } else if let Some(inner) = rest.strip_prefix('/') {
                let (expression, after) = inner.split_once('/').ok_or(BadPath::Open('/'))?;
                steps.push(Pattern::Matching(regex(expression)?));
                rest = after;
            } else if let Some(inner) = rest.strip_prefix('<') {
                let (word, after) = inner.split_once('>').ok_or(BadPath::Open('<'))?;
                steps.push(Pattern::Saying(Word::new(word).ok_or_else(|| BadPath::Word(word.to_owned()))?));
                rest = after;
            } else if let Some(inner) = rest.strip_prefix('\'') {
                let (key, after) = inner.split_once('\'').ok_or(BadPath::Open('\''))?;
                steps.push(Pattern::Keys(vec![key.to_owned()]));
                rest = after;
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                steps.push(match &rest[..end] {
                    "**" => Pattern::AnyDepth,
                    "*" => Pattern::AnyKey,
                    keys => Pattern::Keys(keys.split('|').map(str::to_owned).collect()),
                });
                rest = &rest[end..];
            }
        }
        let compiled = Self { steps };
        match compiled.steps.last() {
            None => Err(BadPath::Empty),
            Some(Pattern::AnyDepth) => Err(BadPath::NoEnd),
            Some(_) => Ok(compiled),
        }
    }

    /// What the last step asks for.
    pub fn last(&self) -> LastStep<'_> {
        match self.steps.iter().rev().find(|step| !matches!(step, Pattern::Field(..))) {
            Some(Pattern::Keys(keys)) => LastStep::Keys(keys),
            Some(Pattern::Matching(regex)) => LastStep::Key(Some(regex)),
            Some(Pattern::Saying(word)) => LastStep::Saying(*word),
            Some(Pattern::Items) => LastStep::Item,
            _ => LastStep::Key(None),
        }
    }

    /// The last keys that it names: one of them stands in a document with such a value.
    pub fn last_keys(&self) -> &[String] {
        let keys = self.steps.iter().rev().find_map(|step| if let Pattern::Keys(keys) = step { Some(keys.as_slice()) } else { None });
        keys.unwrap_or_default()
    }

    /// Whether the pattern means the value at the end of `path`, which starts under `root`. `field` gives the text of a field of a mapping.
    pub fn matches<'a, N: Copy>(&self, path: &[Step<'a, N>], root: Option<N>, field: &dyn Fn(N, &str) -> Option<&'a str>) -> bool {
        matches(&self.steps, path, root, field)
    }
}

fn matches<'a, N: Copy>(patterns: &[Pattern], path: &[Step<'a, N>], root: Option<N>, field: &dyn Fn(N, &str) -> Option<&'a str>) -> bool {
    let Some((pattern, patterns)) = patterns.split_last() else { return path.is_empty() };
    if let Pattern::AnyDepth = pattern {
        return (0..=path.len()).rev().any(|end| matches(patterns, &path[..end], root, field));
    }
    let holds = |node: N, name: &str, test: &Test| field(node, name).is_some_and(|value| test.passes(value));
    let Some((step, before)) = path.split_last() else {
        // `[kind=X].spec`: the outermost mapping itself.
        let is_root = matches!((pattern, root), (Pattern::Field(name, test), Some(root)) if holds(root, name, test));
        return is_root && matches(patterns, path, root, field);
    };
    match pattern {
        Pattern::Field(name, test) => {
            let holds = holds(step.node, name, test);
            // `list[k=v]` names the items at once; on a mapping the step was taken by the pattern before, and by the first of several tests.
            holds
                && if step.key.is_none() && !matches!(patterns.last(), Some(Pattern::Items | Pattern::Field(..))) {
                    matches(patterns, before, root, field)
                } else {
                    matches(patterns, path, root, field)
                }
        }
        Pattern::Keys(keys) => step.key.is_some_and(|key| keys.iter().any(|k| k == key)) && matches(patterns, before, root, field),
        Pattern::Matching(regex) => step.key.is_some_and(|key| regex.is_match(key)) && matches(patterns, before, root, field),
        Pattern::Saying(word) => step.says.has(*word) && matches(patterns, before, root, field),
        Pattern::AnyKey => step.key.is_some() && matches(patterns, before, root, field),
        Pattern::Items => step.key.is_none() && matches(patterns, before, root, field),
        Pattern::AnyDepth => false,
    }
}

fn regex(pattern: &str) -> Result<Regex, BadPath> {
    Regex::new(pattern).map_err(|_| BadPath::Regex(pattern.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<Step<'_, ()>> {
        text.split('.').map(|key| Step { key: (key != "[]").then_some(key), node: (), says: Said::by(key) }).collect()
    }

    fn meets(pattern: &str, at: &str) -> bool {
        PathPattern::new(pattern).unwrap().matches(&path(at), None, &|(), name| (name == "type").then_some("image"))
    }

    #[test]
    fn matches_keys_items_and_depth() {
        assert!(meets("services.*.image", "services.web.image"));
        assert!(!meets("services.*.image", "services.image"));
        assert!(meets("**.containers[].image", "spec.template.spec.containers.[].image"));
        assert!(meets("**.image", "image"));
        assert!(meets("**.containers|initContainers[].image", "a.initContainers.[].image"));
        assert!(!meets("**.containers[].image", "a.containers.image"));
        let quoted = [
            Step { key: Some("annotations"), node: (), says: Said::default() },
            Step { key: Some("artifacthub.io/images"), node: (), says: Said::default() },
        ];
        let pattern = PathPattern::new("annotations.'artifacthub.io/images'").unwrap();
        assert!(pattern.matches(&quoted, None, &|(), _| None));
        assert!(!pattern.matches(&path("annotations.artifacthub.io/images"), None, &|(), _| None));
        assert!(meets("**./[iI]mage$/.repository", "a.initImage.repository"));
        assert!(!meets("**./[iI]mage$/.repository", "a.images.repository"));
    }

    #[test]
    fn a_field_test_picks_items() {
        assert!(meets("volumes[type=image].source", "volumes.[].source"));
        assert!(!meets("volumes[type=bind].source", "volumes.[].source"));
        assert!(meets("volumes[][type=/^im/].source", "volumes.[].source"));
        assert!(meets("volumes[type=image][type=/^im/].source", "volumes.[].source"));
        assert!(meets("[type=image][type=/^im/].source", "[].source"));
        assert!(!meets("[type=bind][type=/^im/].source", "[].source"));
        let of_root = |pattern: &str| PathPattern::new(pattern).unwrap().matches(&path("source"), Some(()), &|(), _| Some("image"));
        assert!(of_root("[type=image][kind=/^im/].source") && !of_root("[type=image][kind=bind].source"));
    }

    #[test]
    fn a_path_that_means_everything_is_refused() {
        assert_eq!(PathPattern::new("a.**").unwrap_err(), BadPath::NoEnd);
        assert_eq!(PathPattern::new("a[").unwrap_err(), BadPath::Open('['));
    }
}
