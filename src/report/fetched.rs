//! Owns what is said of charts that are wanted: which are there, which are not, and which nobody could say anything of.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::charts::{Came, Outcome, Sought};
use crate::judge::Place;
use crate::link::fetched::Place as From;
use crate::registry::Verdict;
use crate::text::harmless;

use crate::text::count;

/// One chart that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What came of it.
    pub sought: Sought,
    /// Where it is named.
    pub places: Vec<Place>,
}

/// All charts that are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The folder that they are fetched into, as people type it.
    pub folder: String,
    /// One row for each.
    pub rows: Vec<Row>,
}

impl Fetched {
    /// What it all comes to.
    pub fn exit(&self) -> Verdict {
        let is = |wanted: fn(&Outcome) -> bool| self.rows.iter().any(|row| wanted(&row.sought.outcome));
        if is(|outcome| matches!(outcome, Outcome::No(_))) {
            Verdict::Finding
        } else if is(|outcome| matches!(outcome, Outcome::Undecided(_))) {
            Verdict::Undecided
        } else {
            Verdict::Good
        }
    }

    fn numbered(&self, word: &str) -> usize {
        self.rows.iter().filter(|row| self::word(&row.sought.outcome) == word).count()
    }

    /// For people: one line for what is there, and more for what is not.
    ///
    /// # Errors
    /// Of `out`.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for Row { sought: Sought { wanted, outcome }, places } in &self.rows {
            let asked = if wanted.version.is_empty() { String::new() } else { format!(" {}", harmless(&wanted.version)) };
            let from = place(&wanted.place).map(|from| format!(" of {}", harmless(&from))).unwrap_or_default();
            writeln!(out, "{:<10}{}{asked}{from}", word(outcome), harmless(&wanted.name))?;
            match outcome {
                Outcome::Here(entry, _) => writeln!(out, "          {}/{} {}", self.folder, harmless(&entry.file), entry.digest)?,
                Outcome::No(why) | Outcome::Undecided(why) => writeln!(out, "          {}", harmless(why))?,
            }
            for place in places.iter().filter(|_| !matches!(outcome, Outcome::Here(..))) {
                writeln!(out, "          named at {}:{}:{}", harmless(&place.shown), place.line, place.column)?;
            }
        }
        let numbers: Vec<String> = WORDS.iter().map(|word| format!("{} {word}", self.numbered(word))).collect();
        writeln!(out, "{}: {}", count(self.rows.len(), "chart"), numbers.join(", "))
    }

    /// For programs.
    ///
    /// # Errors
    /// Of `out`.
    pub fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let row = |Row { sought: Sought { wanted, outcome }, places }: &Row| {
            let mut row = json!({
                "name": wanted.name,
                "wanted": wanted.version,
                "from": place(&wanted.place),
                "outcome": word(outcome),
                "places": places,
            });
            match outcome {
                Outcome::Here(entry, _) => {
                    row["version"] = json!(entry.version);
                    row["file"] = json!(entry.file);
                    row["digest"] = json!(entry.digest);
                    row["manifest"] = json!(entry.manifest);
                    row["proven"] = json!(entry.proven);
                }
                Outcome::No(why) | Outcome::Undecided(why) => row["reason"] = json!(why),
            }
            row
        };
        let summary: serde_json::Map<String, Value> = WORDS.iter().map(|word| ((*word).to_owned(), json!(self.numbered(word)))).collect();
        let rows: Vec<Value> = self.rows.iter().map(row).collect();
        writeln!(out, "{:#}", json!({"version": 1, "folder": self.folder, "charts": rows, "summary": summary}))
    }
}

/// The words for outcomes, in the order of the summary.
const WORDS: [&str; 4] = ["fetched", "there", "missing", "undecided"];

const fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Here(_, Came::Now) => "fetched",
        Outcome::Here(_, Came::Before) => "there",
        Outcome::No(_) => "missing",
        Outcome::Undecided(_) => "undecided",
    }
}

fn place(place: &From) -> Option<String> {
    match place {
        From::Index(address) | From::Archive(address) => Some(address.clone()),
        From::Registry(name) => Some(format!("oci://{name}")),
        From::Unknown(_) => None,
    }
}
