//! Owns which findings of a run are old, in their order, and what a baseline comes to afterwards.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use super::{Baseline, Entry, Key};
use crate::diagnostic::{By, Diagnostic, Severity, Sources, Standing, Tally};
use crate::mapping::Date;

/// A baseline that a run is held against.
///
/// Up to an entry's number of findings of its key are old, the first ones. What exceeds it, and what has no entry, is looked for among the entries
/// whose file is gone: one of the same lint and repository is the same finding in a file that has moved.
#[derive(Clone, Debug)]
pub struct Held {
    rows: Vec<Row>,
    by_key: BTreeMap<Key, usize>,
    /// Rows whose file is gone, by lint and repository.
    gone: BTreeMap<(String, String), Vec<usize>>,
    /// All findings that were met.
    met: BTreeMap<Key, Met>,
    by: By,
    takes: Takes,
}

/// Which findings are old.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Takes {
    /// Those that the baseline has.
    #[default]
    Known,
    /// All: a new baseline is made of them.
    All,
}

#[derive(Clone, Debug)]
struct Row {
    key: Key,
    entry: Entry,
    is_over: bool,
    /// How many findings of its own key it met, up to its number.
    used: u32,
    /// How many of the same lint and repository it met in other files, up to what was left.
    moved: BTreeMap<String, u32>,
    reason: Option<Arc<str>>,
}

/// What an entry says of a finding.
enum Said {
    /// It is old, and why.
    Old(Option<Arc<str>>),
    /// It was; its day has come.
    Over,
}

/// The findings of one key.
#[derive(Clone, Copy, Debug, Default)]
struct Met {
    count: u32,
    /// The day on which a warning among them becomes an error.
    ends: Option<Date>,
}

/// An entry of which less is left than it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// Its key.
    pub key: Key,
    /// What it says.
    pub count: u32,
    /// What is left, in its file and in those that it may have moved to.
    pub left: u32,
}

/// Whether all files could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// They were.
    None,
    /// Some were not: what stands in them is not known, so no number gets lower.
    Some,
}

impl Row {
    fn left(&self) -> u32 {
        self.entry.count.get() - self.met()
    }

    fn met(&self) -> u32 {
        self.used + self.moved.values().sum::<u32>()
    }
}

impl Held {
    /// The baseline on the day `today`; `is_there` tells whether there is a file of a path.
    #[must_use]
    pub fn new(baseline: &Baseline, by: By, today: Date, is_there: &dyn Fn(&str) -> bool) -> Self {
        let (mut by_key, mut gone): (BTreeMap<Key, usize>, BTreeMap<_, Vec<usize>>) = Default::default();
        let mut known: BTreeMap<&str, bool> = BTreeMap::new();
        let mut rows = Vec::new();
        for (number, (key, entry)) in baseline.entries().iter().enumerate() {
            by_key.insert(key.clone(), number);
            if !*known.entry(&key.path).or_insert_with(|| is_there(&key.path)) {
                gone.entry((key.lint.clone(), key.repository.clone())).or_default().push(number);
            }
            let is_over = entry.until.is_some_and(|day| day <= today);
            let reason = entry.reason.as_deref().map(Arc::from);
            rows.push(Row { key: key.clone(), entry: entry.clone(), is_over, used: 0, moved: BTreeMap::new(), reason });
        }
        Self { rows, by_key, gone, met: BTreeMap::new(), by, takes: Takes::Known }
    }

    /// The same, but other findings are old, too.
    #[must_use]
    pub const fn taking(mut self, takes: Takes) -> Self {
        self.takes = takes;
        self
    }

    /// Says of each finding whether it is old, and takes what is off the numbers. Findings that are old already stay so.
    pub fn judge(&mut self, found: &mut [Diagnostic], sources: &Sources, tally: &mut Tally) {
        for one in found {
            if matches!(one.standing, Standing::Old { .. }) {
                continue;
            }
            one.standing = Standing::New;
            let Some(key) = Key::of(one, sources) else { continue };
            let met = self.met.entry(key.clone()).or_default();
            met.count = met.count.saturating_add(1);
            met.ends = met.ends.or(one.ends.filter(|_| one.severity == Severity::Warning));
            let reason = match self.take(key) {
                Some(Said::Old(reason)) => reason,
                None if self.takes == Takes::All => None,
                Some(Said::Over) | None => continue,
            };
            tally.less(&Tally::of([&*one]));
            tally.old += 1;
            one.standing = Standing::Old { by: self.by, reason };
        }
    }

    /// What the entry of a finding says of it, if it has one.
    fn take(&mut self, key: Key) -> Option<Said> {
        let has_left = |number: &usize| self.rows.get(*number).is_some_and(|row| row.left() > 0);
        let own = self.by_key.get(&key).copied().filter(has_left);
        let elsewhere = || self.gone.get(&(key.lint.clone(), key.repository.clone()))?.iter().copied().find(has_left);
        let number = own.or_else(elsewhere)?;
        let row = self.rows.get_mut(number)?;
        if row.key.path == key.path {
            row.used += 1;
        } else {
            *row.moved.entry(key.path).or_default() += 1;
        }
        Some(if row.is_over { Said::Over } else { Said::Old(row.reason.clone()) })
    }

    /// How many findings are new though an entry names them, since its day has come.
    #[must_use]
    pub fn over(&self) -> usize {
        self.rows.iter().filter(|row| row.is_over).map(|row| row.met() as usize).sum()
    }

    /// The entries of which less is left than they say, of those whose path was looked into.
    #[must_use]
    pub fn stale(&self, was_asked: &dyn Fn(&str) -> bool) -> Vec<Stale> {
        let stale = |row: &&Row| row.left() > 0 && was_asked(&row.key.path);
        self.rows.iter().filter(stale).map(|row| Stale { key: row.key.clone(), count: row.entry.count.get(), left: row.met() }).collect()
    }

    /// The baseline with what is left of it: lower numbers, and files by the paths that they have moved to. It never grows.
    #[must_use]
    pub fn lowered(&self, was_asked: &dyn Fn(&str) -> bool, unread: Unread) -> Baseline {
        let mut entries = BTreeMap::new();
        for row in &self.rows {
            let moved: u32 = row.moved.values().sum();
            let is_known = unread == Unread::None && was_asked(&row.key.path);
            let stays = if is_known { row.used } else { row.entry.count.get() - moved };
            add(&mut entries, row.key.clone(), stays, row);
            for (path, count) in &row.moved {
                add(&mut entries, Key { path: path.clone(), ..row.key.clone() }, *count, row);
            }
        }
        Baseline::new(entries)
    }

    /// A baseline of all findings that were met, with what this one says of the same ones and of files that were not looked into. What becomes an
    /// error on some day is old up to that day.
    #[must_use]
    pub fn renewed(&self, was_asked: &dyn Fn(&str) -> bool, unread: Unread) -> Baseline {
        let mut entries = self.lowered(was_asked, unread).entries().clone();
        for (key, met) in &self.met {
            let Some(count) = NonZeroU32::new(met.count) else { continue };
            let entry = entries.entry(key.clone()).or_insert(Entry { count, reason: None, until: met.ends });
            entry.count = entry.count.max(count);
        }
        Baseline::new(entries)
    }

    /// A baseline of the findings that are new: those of another run, to be subtracted.
    #[must_use]
    pub fn news(&self) -> Baseline {
        let own = |key: &Key| self.by_key.get(key).and_then(|number| self.rows.get(*number)).filter(|row| !row.is_over);
        let moved =
            |key: &Key| self.rows.iter().filter(|row| !row.is_over && same(&row.key, key)).filter_map(|row| row.moved.get(&key.path)).sum();
        let left = |(key, met): (&Key, &Met)| {
            let moved: u32 = if self.gone.contains_key(&(key.lint.clone(), key.repository.clone())) { moved(key) } else { 0 };
            let count = NonZeroU32::new(met.count - own(key).map_or(0, |row| row.used) - moved)?;
            Some((key.clone(), Entry { count, reason: None, until: None }))
        };
        Baseline::new(self.met.iter().filter_map(left).collect())
    }
}

fn same(one: &Key, other: &Key) -> bool {
    one.lint == other.lint && one.repository == other.repository
}

/// Adds a number of findings to the entry of a key.
fn add(entries: &mut BTreeMap<Key, Entry>, key: Key, count: u32, row: &Row) {
    let Some(count) = NonZeroU32::new(count) else { return };
    let of_row = || Entry { count, ..row.entry.clone() };
    entries.entry(key).and_modify(|entry| entry.count = entry.count.saturating_add(count.get())).or_insert_with(of_row);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{FileId, Span};

    const TODAY: Date = Date { year: 2026, month: 6, day: 1 };

    fn found(reference: &str) -> Diagnostic {
        let mut one = Diagnostic::new("old-registry", Severity::Error, "m", Span::new(FileId(0), 0..1));
        one.reference = Some(reference.to_owned());
        one
    }

    fn baseline(lines: &[(&str, &str, u32)]) -> Baseline {
        let entry = |count| Entry { count: NonZeroU32::new(count).unwrap(), reason: None, until: None };
        let key = |path: &str, name: &str| Key {
            path: path.into(),
            lint: "old-registry".into(),
            repository: format!("docker.io/library/{name}"),
        };
        Baseline::new(lines.iter().map(|(path, name, count)| (key(path, name), entry(*count))).collect())
    }

    /// How many of the references of each file are new.
    fn run(held: &mut Held, files: &[(&str, &[&str])]) -> Vec<usize> {
        let news = |(path, references): &(&str, &[&str])| {
            let mut found: Vec<Diagnostic> = references.iter().map(|reference| found(reference)).collect();
            let mut tally = Tally::of(&found);
            held.judge(&mut found, &Sources::one(FileId(0), path, b"x"), &mut tally);
            assert_eq!(tally.findings + tally.old, references.len());
            tally.findings
        };
        files.iter().map(news).collect()
    }

    fn against(lines: &[(&str, &str, u32)], there: &'static [&'static str]) -> Held {
        Held::new(&baseline(lines), By::Baseline, TODAY, &|path| there.contains(&path))
    }

    #[test]
    fn up_to_the_count_is_old_whatever_the_tag_is() {
        let mut held = against(&[("a", "redis", 2)], &["a"]);
        assert_eq!(run(&mut held, &[("a", &["redis:1", "redis:2", "redis:3", "nginx"]), ("b", &["redis"])]), [2, 1]);
    }

    #[test]
    fn a_file_that_has_moved_is_known_by_lint_and_repository_and_a_copy_is_not() {
        let mut held = against(&[("a", "redis", 2)], &["b"]);
        assert_eq!(run(&mut held, &[("b", &["redis:7"]), ("c", &["redis:7", "redis:8"])]), [0, 1]);
        assert_eq!(held.lowered(&|_| true, Unread::None), baseline(&[("b", "redis", 1), ("c", "redis", 1)]));
        let mut copied = against(&[("a", "redis", 1)], &["a", "b"]);
        assert_eq!(run(&mut copied, &[("a", &["redis:7"]), ("b", &["redis:7"])]), [0, 1]);
    }

    #[test]
    fn less_is_told_where_it_was_looked_for_and_written_back() {
        let mut held = against(&[("a", "redis", 3), ("b/c", "redis", 1)], &["a", "b/c"]);
        assert_eq!(run(&mut held, &[("a", &["redis"])]), [0]);
        let stale = held.stale(&|path| path == "a");
        assert_eq!(stale.iter().map(|one| (one.key.path.as_str(), one.count, one.left)).collect::<Vec<_>>(), [("a", 3, 1)]);
        assert_eq!(held.lowered(&|path| path == "a", Unread::None), baseline(&[("a", "redis", 1), ("b/c", "redis", 1)]));
        assert_eq!(held.lowered(&|_| true, Unread::None), baseline(&[("a", "redis", 1)]));
        assert_eq!(held.lowered(&|_| true, Unread::Some).findings(), 4);
    }

    #[test]
    fn what_was_told_to_end_is_new_again_from_that_day_on() {
        for (day, news) in [("2026-06-01", 1), ("2026-06-02", 0)] {
            let mut entries = baseline(&[("a", "redis", 1)]).entries().clone();
            for entry in entries.values_mut() {
                entry.until = Date::parse(day);
            }
            let mut held = Held::new(&Baseline::new(entries), By::Baseline, TODAY, &|_| true);
            assert_eq!((run(&mut held, &[("a", &["redis"])]), held.over()), (vec![news], news));
            assert_eq!(held.renewed(&|_| true, Unread::None).entries().values().next().unwrap().until, Date::parse(day));
        }
    }

    #[test]
    fn a_new_baseline_keeps_what_was_said_of_the_same_findings() {
        let mut entries = baseline(&[("a", "redis", 1), ("gone", "redis", 4)]).entries().clone();
        for entry in entries.values_mut() {
            entry.reason = Some("why".to_owned());
        }
        let mut held = Held::new(&Baseline::new(entries), By::Baseline, TODAY, &|path| path == "a");
        run(&mut held, &[("a", &["redis", "redis", "nginx"])]);
        let renewed = held.renewed(&|_| true, Unread::None);
        let counts = renewed.entries().iter().map(|(key, entry)| (key.repository.as_str(), entry.count.get(), entry.reason.is_some()));
        assert_eq!(counts.collect::<Vec<_>>(), [("docker.io/library/nginx", 1, false), ("docker.io/library/redis", 2, true)]);
    }

    #[test]
    fn what_another_run_holds_new_is_what_its_baseline_does_not_cover() {
        let mut base = against(&[("a", "redis", 2), ("gone", "nginx", 1)], &["a"]);
        run(&mut base, &[("a", &["redis", "redis", "redis", "nginx", "nginx"])]);
        assert_eq!(base.news(), baseline(&[("a", "nginx", 1), ("a", "redis", 1)]));
    }
}
