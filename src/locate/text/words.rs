//! Owns the words of lines that say why a name is there, as rules/words.yaml lists them.

use std::sync::LazyLock;

use serde::Deserialize;

/// The words, by what they say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    /// A program wrote the file in whose head they are.
    pub(super) generated: Box<[Box<str>]>,
    /// The name behind them is a module of Go.
    pub(super) modules: Box<[Box<str>]>,
    /// The name behind them is copied from.
    pub(super) copied: Box<[Box<str>]>,
    /// The line compares the name, or looks for it.
    pub(super) compared: Box<[Box<str>]>,
    /// The same before a name in a template.
    pub(super) compared_in_templates: Box<[Box<str>]>,
    /// In the names of functions: what is given to them is compared, or replaced.
    pub(super) comparing: Box<[Box<str>]>,
    /// Words between what is compared.
    pub(super) operators: Box<[Box<str>]>,
    /// Functions that compare texts.
    pub(super) comparing_calls: Box<[Box<str>]>,
    /// Functions that change a text by another one.
    pub(super) changing_calls: Box<[Box<str>]>,
    /// The same, where what is changed stands before them.
    pub(super) changing_methods: Box<[Box<str>]>,
    /// Methods that say which image another one stands in for.
    pub(super) standing_in: Box<[Box<str>]>,
    /// Functions that fill something into a text.
    pub(super) formatting: Box<[Box<str>]>,
    /// The last words of variables that hold options.
    pub(super) options: Box<[Box<str>]>,
    /// The last words of keys: the value is for readers.
    pub(super) describing: Box<[Box<str>]>,
    /// The first words of the names of jobs, tasks and functions: what stands in them is done.
    pub(super) acting: Box<[Box<str>]>,
    /// The last words of keys: the value is a host, or a list of them.
    pub(super) hosts: Box<[Box<str>]>,
    /// Hosts beside registries that serve no images themselves: they give tokens, layers and pages.
    pub(super) servers: Box<[Box<str>]>,
    /// In a line, or in the key of a list: what is named there are packages of a system.
    pub(super) packages: Box<[Box<str>]>,
    /// The same in a command.
    pub(super) packaging: Box<[Box<str>]>,
    /// Programs that are given hosts.
    pub(super) addressing: Box<[Box<str>]>,
    /// The last words of keys: the value is a folder or a file.
    pub(super) places: Box<[Box<str>]>,
    /// Programs that are given files.
    pub(super) filing: Box<[Box<str>]>,
    /// Options before a folder.
    pub(super) into: Box<[Box<str>]>,
    /// The last words of keys: the value is a module of Go.
    pub(super) module_keys: Box<[Box<str>]>,
}

impl Words {
    /// Whether a name says what is done.
    pub(super) fn acts(&self, name: &str) -> bool {
        let first = name.split(|c: char| !c.is_ascii_alphabetic()).find(|word| !word.is_empty()).unwrap_or_default();
        first.len() < name.len() && self.acting.iter().any(|word| word.eq_ignore_ascii_case(first))
    }
}

/// Those that are built in.
pub(super) static WORDS: LazyLock<Words> = LazyLock::new(|| read().unwrap_or_default());

fn read() -> serde_json::Result<Words> {
    serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/words.json")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_in_can_be_read() {
        assert!(read().is_ok_and(|words| !words.compared.is_empty()));
    }
}
