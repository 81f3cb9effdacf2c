//! Owns the comparison of two renderings of one unit: what became of each value.

use std::collections::BTreeSet;

use serde::Serialize;

use super::words::carries;
use super::{Rendered, Secrecy, Type, Value};
use crate::locate::is_sure_by_name;
use crate::reference::Reference;

/// Answers what an image must become: its target as it will be typed, or `None` when no mapping covers it.
/// It is asked for every word of a changed text, so it must answer `None` for what is no reference.
pub type Want<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

/// What became of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// An image that a mapping covers reads as its target.
    Moved,
    /// An image that no mapping covers reads as before.
    Kept,
    /// Another text changed in mapped images only: an argument, a variable, a file inside a `ConfigMap`. Each changed word is an image by more
    /// than its grammar: it has a registry, it is pulled elsewhere in the rendering, or what it is called says so.
    Carried,
    /// An image that a mapping covers reads as before.
    Missed,
    /// An image that a mapping covers reads as neither.
    Wrong,
    /// Another value changed, or is gone.
    Harm,
    /// A value that was not there before.
    Added,
}

impl Outcome {
    /// Every outcome, good ones first.
    pub const ALL: [Self; 7] = [Self::Moved, Self::Kept, Self::Carried, Self::Missed, Self::Wrong, Self::Harm, Self::Added];

    /// Whether a tree with such a value is as it should be.
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Moved | Self::Kept | Self::Carried)
    }

    /// Whether the value differs from before in a way that a value which differs from run to run would show, too.
    pub(super) const fn may_be_chance(self) -> bool {
        matches!(self, Self::Wrong | Self::Harm | Self::Added)
    }

    /// The word for people and machines.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::Kept => "kept",
            Self::Carried => "carried",
            Self::Missed => "missed",
            Self::Wrong => "wrong",
            Self::Harm => "harm",
            Self::Added => "added",
        }
    }
}

/// What became of one value, with both its readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What became of it.
    pub outcome: Outcome,
    /// Object and path ([`Value::id`]).
    pub id: String,
    /// Its text before; `None` when it was not there.
    pub before: Option<String>,
    /// Its text after; `None` when it is not there any more.
    pub after: Option<String>,
    /// Whether these may be shown.
    pub secrecy: Secrecy,
    /// The target, for an image that a mapping covers.
    pub want: Option<String>,
    /// The template that made the object, as helm says.
    pub source: Option<String>,
    /// Where the text comes from, most likely; told for missed and wrong images.
    pub origin: Option<super::origin::Origin>,
}

/// Compares two renderings of one unit. Values that did not change are left out, but for images: those are [`Outcome::Kept`] or
/// [`Outcome::Missed`]. What stands under a key or name with `checksum` follows from other values and is left out, too.
///
/// Findings come in the order of the values before, then added ones.
pub fn judge(before: &Rendered, after: &Rendered, want: Want<'_>) -> Vec<Finding> {
    let images = Images::of(before);
    let gone = before.values().iter().filter_map(|old| {
        let new = after.get(old.id());
        let (outcome, target) = compare(old, new, &images, want)?;
        Some(finding(outcome, before, old, Some(old), new, target))
    });
    let added = after.values().iter().filter(|new| before.get(new.id()).is_none() && !is_checksum(new.id()));
    let added = added.map(|new| {
        let target = if is_image(new) { target(&new.text, want) } else { None };
        finding(Outcome::Added, after, new, None, Some(new), target)
    });
    gone.chain(added).collect()
}

fn compare(old: &Value, new: Option<&Value>, images: &Images<'_>, want: Want<'_>) -> Option<(Outcome, Option<String>)> {
    let same = new.is_some_and(|new| new.text == old.text && new.of == old.of);
    if !is_image(old) {
        if same || is_checksum(old.id()) {
            return None;
        }
        let moved = |name: &str, word: &str, now: &str| {
            target(word, want).is_some_and(|target| is_same(&target, now)) && images.are_sure_of(name, word)
        };
        let carried = new.is_some_and(|new| new.of == old.of && carries(&old.text, &new.text, images.name_of(old), &moved));
        return Some((if carried { Outcome::Carried } else { Outcome::Harm }, None));
    }
    let Some(target) = target(&old.text, want) else { return Some((if same { Outcome::Kept } else { Outcome::Harm }, None)) };
    let outcome = match new {
        Some(new) if is_same(&target, &new.text) => Outcome::Moved,
        _ if same => Outcome::Missed,
        _ => Outcome::Wrong,
    };
    Some((outcome, Some(target)))
}

/// The images of a rendering. Nearly any word is a reference by its grammar, so a word in another text needs more to be one.
struct Images<'r> {
    rendered: &'r Rendered,
    /// Their canonical names, without tags and digests.
    names: BTreeSet<String>,
}

impl<'r> Images<'r> {
    fn of(rendered: &'r Rendered) -> Self {
        let images = rendered.values().iter().filter(|value| is_image(value));
        let names = images.filter_map(|value| Some(Reference::parse(&value.text).ok()?.name().to_string())).collect();
        Self { rendered, names }
    }

    /// Whether a word of a text is an image by more than its grammar: it has a registry, it is pulled elsewhere in the rendering, or what
    /// it is called says so.
    fn are_sure_of(&self, name: &str, word: &str) -> bool {
        Reference::parse(word)
            .is_ok_and(|found| found.domain().is_some() || self.names.contains(&found.name().to_string()) || is_sure_by_name(name, &found))
    }

    /// What a value is called: the `name` beside a `value`, or its key.
    fn name_of(&self, value: &'r Value) -> &'r str {
        let key = value.path().rsplit('.').next().unwrap_or_default();
        let beside = value.id().strip_suffix(".value").and_then(|item| self.rendered.get(&format!("{item}.name")));
        beside.map_or(key, |name| &name.text)
    }
}

fn finding(outcome: Outcome, rendered: &Rendered, at: &Value, old: Option<&Value>, new: Option<&Value>, want: Option<String>) -> Finding {
    Finding {
        outcome,
        id: at.id().to_owned(),
        before: old.map(|value| value.text.clone()),
        after: new.map(|value| value.text.clone()),
        secrecy: old.into_iter().chain(new).map(|value| value.secrecy).max().unwrap_or_default(),
        want,
        source: rendered.object_of(at).and_then(|object| object.source.clone()),
        origin: None,
    }
}

/// Whether a value is an image: text under a key `image` that reads as a reference. Istio's `auto` is filled in by its webhook.
pub fn is_image(value: &Value) -> bool {
    let key = value.path().strip_suffix("image").is_some_and(|before| before.is_empty() || before.ends_with(['.', ']']));
    key && value.of == Type::Text && value.text != "auto" && Reference::parse(&value.text).is_ok()
}

/// Whether a value stands where only an image can, and is none: text of a container or a service that no runtime could pull.
pub fn is_misspelled_image(value: &Value) -> bool {
    let path = value.path();
    let is_of_container = path.strip_suffix("].image").is_some_and(|before| before.contains("ontainers["));
    let is_of_service = path.strip_suffix(".image").and_then(|before| before.strip_prefix(".services.")).is_some();
    let is_told = value.of == Type::Text && !value.text.is_empty() && value.text != "auto";
    (is_of_container || is_of_service) && is_told && Reference::parse(&value.text).is_err()
}

fn target(word: &str, want: Want<'_>) -> Option<String> {
    if word == "auto" { None } else { want(word) }
}

/// Whether two texts are one reference, whatever their spelling.
pub(super) fn is_same(target: &str, text: &str) -> bool {
    target == text
        || match (Reference::parse(target), Reference::parse(text)) {
            (Ok(target), Ok(text)) => target.canonical() == text.canonical(),
            _ => false,
        }
}

fn is_checksum(id: &str) -> bool {
    id.to_lowercase().contains("checksum")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn outcomes(before: &str, after: &str) -> Vec<(Outcome, String)> {
        let (before, after) = (Rendered::read(before.as_bytes()).unwrap(), Rendered::read(after.as_bytes()).unwrap());
        let want = |text: &str| {
            let found = Reference::parse(text).ok()?;
            found.is_docker_hub().then(|| format!("m.example.com/{}", found.canonical().trim_start_matches("docker.io/")))
        };
        judge(&before, &after, &want).into_iter().map(|found| (found.outcome, found.id)).collect()
    }

    fn one(before: &str, after: &str) -> Outcome {
        let found = outcomes(&format!("kind: A\n{before}\n"), &format!("kind: A\n{after}\n"));
        assert_eq!(found.len(), 1, "{found:?}");
        found.first().unwrap().0
    }

    #[test]
    fn an_image_is_moved_missed_wrong_kept_or_harmed() {
        assert_eq!(one("image: redis:7", "image: m.example.com/library/redis:7"), Outcome::Moved);
        assert_eq!(one("image: redis:7", "image: redis:7"), Outcome::Missed);
        assert_eq!(one("image: redis:7", "image: m.example.com/redis:7"), Outcome::Wrong);
        assert_eq!(one("image: redis:7", "x: {}"), Outcome::Wrong);
        assert_eq!(one("image: quay.io/a/b", "image: quay.io/a/b"), Outcome::Kept);
        assert_eq!(one("image: quay.io/a/b", "image: m.example.com/a/b"), Outcome::Harm);
    }

    #[test]
    fn any_other_change_is_harm_unless_it_carries_an_image() {
        assert_eq!(one("args: [--helper=redis:7]", "args: [--helper=redis:8]"), Outcome::Harm);
        assert_eq!(one("args: [a, docker.io/a/b]", "args: [a, m.example.com/a/b]"), Outcome::Carried);
        assert_eq!(one("port: 80", "port: '80'"), Outcome::Harm);
        assert_eq!(one("port: 80", "ports: {}"), Outcome::Harm);
        assert_eq!(one("x: 1", "x: 1\ny: 2"), Outcome::Added);
    }

    #[test]
    fn a_word_that_is_an_image_by_its_grammar_only_is_harmed() {
        assert_eq!(one("args: [--dir=acme/web]", "args: [--dir=m.example.com/acme/web]"), Outcome::Harm);
        assert_eq!(one("user: '1000:1000'", "user: m.example.com/library/1000:1000"), Outcome::Harm);
        assert_eq!(one("args: [--helper-image=acme/web]", "args: [--helper-image=m.example.com/acme/web]"), Outcome::Carried);
        assert_eq!(one("data: {f: '{\"image\": \"acme/web\"}'}", "data: {f: '{\"image\": \"m.example.com/acme/web\"}'}"), Outcome::Carried);
        let env = |name: &str, value: &str| format!("env: [{{name: {name}, value: {value}}}]");
        assert_eq!(one(&env("A_IMAGE", "acme/web"), &env("A_IMAGE", "m.example.com/acme/web")), Outcome::Carried);
        assert_eq!(one(&env("A_DIR", "acme/web"), &env("A_DIR", "m.example.com/acme/web")), Outcome::Harm);
    }

    #[test]
    fn a_word_that_is_pulled_elsewhere_is_carried() {
        let before = "kind: A\nimage: acme/web:1\nargs: [acme/web:2]\n";
        let after = "kind: A\nimage: m.example.com/acme/web:1\nargs: [m.example.com/acme/web:2]\n";
        let found: Vec<Outcome> = outcomes(before, after).into_iter().map(|(outcome, _)| outcome).collect();
        assert_eq!(found, [Outcome::Moved, Outcome::Carried]);
    }

    #[test]
    fn checksums_and_placeholders_do_not_count() {
        assert!(outcomes("kind: A\nm: {checksum/config: a}\n", "kind: A\nm: {checksum/config: b}\n").is_empty());
        assert!(outcomes("kind: A\nimage: auto\n", "kind: A\nimage: auto\n").is_empty());
    }

    proptest! {
        #[test]
        fn a_rendering_compared_with_itself_only_keeps_and_misses(text in "(kind: A\\n)?([a-e]|image): [a-z0-9/:. ]{0,20}\\n(x: \\{image: [a-z/]{1,9}\\}\\n)?") {
            if let Ok(rendered) = Rendered::read(text.as_bytes()) {
                let want = |text: &str| Reference::parse(text).ok().map(|found| format!("m.example.com/{}", found.canonical()));
                let found = judge(&rendered, &rendered, &want);
                prop_assert!(found.iter().all(|found| matches!(found.outcome, Outcome::Kept | Outcome::Missed)), "{:?}", found);
            }
        }

        #[test]
        fn every_change_of_a_value_is_told(before in "[a-z]{1,9}", after in "[a-z]{1,9}") {
            let read = |value: &str| Rendered::read(format!("kind: A\nkey: {value}!\n").as_bytes()).unwrap();
            let found = judge(&read(&before), &read(&after), &|_| None);
            prop_assert_eq!(found.len(), usize::from(before != after));
        }
    }

    #[test]
    fn a_key_that_only_ends_in_image_is_no_image() {
        assert!(outcomes("kind: A\nbaseimage: redis\n", "kind: A\nbaseimage: redis\n").is_empty());
        assert_eq!(one("image: redis", "image: redis"), Outcome::Missed);
    }
}
