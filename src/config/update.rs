//! Owns the judgement of a newer file of a pack against the one that is there: whether it may take its place, and what changes with it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::packs;
use crate::mapping::Date;

/// Where a repository keeps packs of its own, beside its rule file.
pub const PACKS_FOLDER: &str = ".transship-packs";

/// A file of a pack, as far as an update asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackFile {
    /// The name that it gives itself.
    pub name: Option<String>,
    /// The day on which its sources were read.
    pub as_of: Option<Date>,
    /// The vars that must be given a value.
    pub required: Vec<String>,
    /// Its entries of `mappings` and `retired`, by what they are called, each in one line.
    entries: BTreeMap<String, String>,
}

/// How an entry of a pack differs in a newer file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Differs {
    /// It comes.
    Comes(String),
    /// It goes.
    Goes(String),
    /// It says something else.
    Changes {
        /// What it says now.
        now: String,
        /// What it will say.
        then: String,
    },
}

/// Why a file may not take the place of a pack.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It does not say which pack it is.
    #[error("it does not say which pack it is: `name: {0}` is missing")]
    Nameless(String),
    /// It is another pack's.
    #[error("it is the pack `{name}`, and `{wanted}` is wanted")]
    Another {
        /// What it calls itself.
        name: String,
        /// What was asked for.
        wanted: String,
    },
    /// It says nothing of when its sources were read.
    #[error("it does not say when its sources were read (`as_of`), so nobody can tell whether it is newer")]
    Undated,
    /// What is there is newer.
    #[error("it is of {new}, and what is here is of {old}")]
    Older {
        /// Its day.
        new: Date,
        /// The day of what is there.
        old: Date,
    },
}

impl PackFile {
    /// Reads what an update asks for; a text that is no rule file says nothing.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let root: Value = serde_yaml::from_str(text).unwrap_or_default();
        let word = |key: &str| root.get(key).and_then(Value::as_str).map(str::to_owned);
        let vars = root.get("vars").and_then(Value::as_object).into_iter().flatten();
        let list = |key: &str| root.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        let moved = list("mappings").into_iter().filter_map(|entry| said(&entry, &["from", "match"]));
        let ended = list("retired").into_iter().filter_map(|entry| said(&entry, &["image"]));
        Self {
            name: word("name"),
            as_of: word("as_of").and_then(|day| Date::parse(&day)),
            required: vars.filter(|(_, value)| value.is_null()).map(|(name, _)| name.clone()).collect(),
            entries: moved.chain(ended).collect(),
        }
    }

    /// The pack of the binary that has this name.
    #[must_use]
    pub fn built_in(name: &str) -> Option<Self> {
        packs::text(name).map(Self::read)
    }

    /// Whether it may take the place of what is there of the pack `wanted`.
    ///
    /// # Errors
    /// Why it may not.
    pub fn may_replace(&self, wanted: &str, there: Option<&Self>) -> Result<(), Refused> {
        let name = self.name.as_deref().ok_or_else(|| Refused::Nameless(wanted.to_owned()))?;
        if name != wanted {
            return Err(Refused::Another { name: name.to_owned(), wanted: wanted.to_owned() });
        }
        let new = self.as_of.ok_or(Refused::Undated)?;
        match there.and_then(|there| there.as_of) {
            Some(old) if new < old => Err(Refused::Older { new, old }),
            _ => Ok(()),
        }
    }

    /// How its entries differ from those of what is there, in order of what they are called.
    #[must_use]
    pub fn differences(&self, there: &Self) -> Vec<Differs> {
        let mut found = Vec::new();
        for (id, then) in &self.entries {
            match there.entries.get(id) {
                None => found.push((id, Differs::Comes(then.clone()))),
                Some(now) if now != then => found.push((id, Differs::Changes { now: now.clone(), then: then.clone() })),
                Some(_) => {}
            }
        }
        let gone = there.entries.iter().filter(|(id, _)| !self.entries.contains_key(*id));
        found.extend(gone.map(|(id, now)| (id, Differs::Goes(now.clone()))));
        found.sort_by_key(|(id, _)| *id);
        found.into_iter().map(|(_, differs)| differs).collect()
    }
}

/// An entry by what it is called, in one line: what it covers, where that leads, and its other words but for its tests and reasons.
fn said(entry: &Value, covers: &[&str]) -> Option<(String, String)> {
    let words = entry.as_object()?;
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => {
            all.iter().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned)).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    };
    let from = covers.iter().find_map(|key| words.get(*key)).map(&text)?;
    let id = words.get("id").map_or_else(|| from.clone(), &text);
    let target = words.get("to").map(|to| format!(" -> {}", text(to))).unwrap_or_default();
    let is_told = |key: &&String| !["id", "to", "tests", "about"].contains(&key.as_str()) && !covers.contains(&key.as_str());
    let more: Vec<String> = words.iter().filter(|(key, _)| is_told(key)).map(|(key, value)| format!("{key} {}", text(value))).collect();
    let more = if more.is_empty() { String::new() } else { format!(" ({})", more.join(", ")) };
    let kind = if covers.contains(&"image") { "retired " } else { "" };
    Some((format!("{kind}{id}"), format!("{kind}{id}: {from}{target}{more}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "name: a\nas_of: 2026-05-01\nmappings:\n  - {id: first, from: quay.io/a/, to: r.example/a/}\n  - {id: second, from: quay.io/b/, to: r.example/b/}\n";

    #[test]
    fn a_file_takes_the_place_of_its_own_pack_unless_it_is_older() {
        let file = |text: &str| PackFile::read(text);
        let old = file(OLD);
        assert_eq!(file("name: a\nas_of: 2026-05-02\n").may_replace("a", Some(&old)), Ok(()));
        assert_eq!(file(OLD).may_replace("a", Some(&old)), Ok(()));
        assert_eq!(file("name: a\nas_of: 2026-05-02\n").may_replace("a", None), Ok(()));
        let older = file("name: a\nas_of: 2026-04-30\n").may_replace("a", Some(&old));
        assert!(matches!(older, Err(Refused::Older { .. })));
        assert!(matches!(file("name: b\nas_of: 2026-06-01\n").may_replace("a", Some(&old)), Err(Refused::Another { .. })));
        assert!(matches!(file("as_of: 2026-06-01\n").may_replace("a", None), Err(Refused::Nameless(_))));
        assert_eq!(file("name: a\n").may_replace("a", None), Err(Refused::Undated));
    }

    #[test]
    fn the_packs_of_the_binary_say_their_names() {
        for pack in packs::packs() {
            assert_eq!(PackFile::built_in(pack.name).and_then(|own| own.name).as_deref(), Some(pack.name));
        }
    }

    #[test]
    fn what_changes_is_told_entry_by_entry() {
        let new = "name: a\nmappings:\n  - {id: first, from: quay.io/a/, to: r.example/c/, until: 2027-01-01}\nretired:\n  - {image: quay.io/z, since: 2026-01-01, why: it ends}\n";
        let told = PackFile::read(new).differences(&PackFile::read(OLD));
        let changes = Differs::Changes {
            now: "first: quay.io/a/ -> r.example/a/".to_owned(),
            then: "first: quay.io/a/ -> r.example/c/ (until 2027-01-01)".to_owned(),
        };
        let comes = Differs::Comes("retired quay.io/z: quay.io/z (since 2026-01-01, why it ends)".to_owned());
        assert_eq!(told, [changes, comes, Differs::Goes("second: quay.io/b/ -> r.example/b/".to_owned())]);
    }
}
