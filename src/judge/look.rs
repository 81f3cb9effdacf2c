//! Owns the way from a set to its reading: its files are read, and looked into when they may concern the run.

use std::collections::{BTreeSet, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::format::{Format, Surroundings};
use crate::link::elsewhere::{Lacking, lacking};
use crate::link::{Around, Claimed, Set};
use crate::source::{Content, Files, Met, Named, Owner, Scope, TreePath, Unread, content, decoded, is_never_text, unpacked};
use crate::text::FileId;

use super::loaded::OneFile;
use super::prefilter::Seen;
use super::{Loaded, Prefilter, Reading, Rules};

/// The most bytes of a file that no format claims, and that is read because another names it: variables are never more.
const LED_TO: usize = 1 << 20;
/// The most bytes of a file that is read for references, of which several forms are held at a time. A longer one is only searched.
const READ: usize = 16 << 20;
/// The most bytes of the files that hold together, which are held at a time.
const HELD: usize = 32 << 20;
/// How a file begins that git-crypt encrypts.
const ENCRYPTED: &[u8] = b"\0GITCRYPT\0";

/// What became of one thing met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look<T> {
    /// It was read, and nothing in it can concern the run.
    Passed,
    /// It is no text.
    Binary {
        /// Its number.
        id: FileId,
        /// Its path as people would type it.
        path: String,
    },
    /// It could not be read.
    Unread {
        /// Its number.
        id: FileId,
        /// Its path as people would type it.
        path: String,
        /// Why.
        reason: String,
    },
    /// No format reads it, and it could not be looked through for old names either.
    Overlooked {
        /// Its number.
        id: FileId,
        /// Its path as people would type it.
        path: String,
        /// Why.
        reason: String,
    },
    /// A folder that is not looked into, so that nothing is said of it.
    LeftOut,
    /// What the question said.
    Done(T),
}

/// Reads the sets of a tree one after the other. Each thread of a run has one of its own.
pub struct Judge<'a> {
    files: &'a dyn Files,
    rules: &'a Rules,
    prefilter: Option<&'a Prefilter>,
    only: Option<&'a TreePath>,
    scope: Option<&'a Scope>,
    nothing: Option<&'a HashSet<TreePath>>,
    around: Around<'a>,
    buffer: Vec<u8>,
}

impl<'a> Judge<'a> {
    /// Looks into every file of `files`.
    pub fn new(files: &'a dyn Files, rules: &'a Rules) -> Self {
        Self { files, rules, prefilter: None, only: None, scope: None, nothing: None, around: Around::new(files), buffer: Vec::new() }
    }

    /// The same, but a set is parsed only when one of its files holds what `prefilter` looks for.
    #[must_use]
    pub fn filtered(self, prefilter: Option<&'a Prefilter>) -> Self {
        Self { prefilter, ..self }
    }

    /// The same, but only of one file anything is said, and nothing is changed in others: those of its set are read beside it.
    #[must_use]
    pub fn only(self, path: &'a TreePath) -> Self {
        Self { only: Some(path), ..self }
    }

    /// The same, but only of what `scope` asks about anything is said; what holds together with it changes with it.
    #[must_use]
    pub fn about(self, scope: &'a Scope) -> Self {
        Self { scope: Some(scope), ..self }
    }

    /// The same, but files in which [nothing was seen](is_nothing) already are not read where they hold together with no others.
    #[must_use]
    pub fn knowing(self, nothing: &'a HashSet<TreePath>) -> Self {
        Self { nothing: Some(nothing), ..self }
    }

    /// Reads the files of a set, and asks `question` of those that could be read, when they may concern the run.
    pub fn look<T>(&mut self, set: Set, question: impl FnOnce(&Reading<'_>) -> T) -> Vec<Look<T>> {
        if set.claimed == Claimed::No {
            return self.look_through(set, question);
        }
        let is_nothing = |met: &Met| self.nothing.is_some_and(|nothing| nothing.contains(met.path()));
        if set.members.iter().all(|(_, met)| is_nothing(met)) {
            return set.members.iter().map(|_| Look::Passed).collect();
        }
        let mut looks = Vec::with_capacity(1);
        let mut loaded = Loaded { all: Vec::with_capacity(set.members.len()), ..Loaded::default() };
        let mut seen = Seen::default();
        let is_alone = set.members.len() == 1;
        for (id, met) in set.members {
            let (path, named) = match met {
                Met::Unread { path, reason } => {
                    looks.push(Look::Unread { id, path: self.files.shown(&path), reason });
                    continue;
                }
                Met::File { path, named } => (path, named),
            };
            match content(self.files, &path, &mut self.buffer) {
                Content::Binary if self.rules.formats.is_packed(path.as_str()) => match unpacked(&self.buffer) {
                    Ok(files) => seen = seen.max(self.lay_in(&path, files, &mut loaded)),
                    Err(reason) => looks.push(Look::Unread { id, path: self.files.shown(&path), reason: reason.to_string() }),
                },
                Content::Binary | Content::Unread(_) if self.only.is_some_and(|only| *only != path) => {}
                Content::Binary if self.rules.formats.claims(path.as_str()) => {
                    let path = self.files.shown(&path);
                    // Who encrypts values keeps them out of sight on purpose.
                    looks.push(if self.buffer.starts_with(ENCRYPTED) {
                        Look::Binary { id, path }
                    } else {
                        Look::Unread { id, path, reason: NO_TEXT.to_owned() }
                    });
                }
                Content::Binary => looks.push(Look::Binary { id, path: self.files.shown(&path) }),
                Content::Unread(reason) => looks.push(Look::Unread { id, path: self.files.shown(&path), reason: reason.to_string() }),
                Content::Text(bytes) if bytes.len() > LED_TO && !self.rules.formats.claims(path.as_str()) => {
                    let reason = format!("it is longer than {} MiB, the most of a file that no format claims", LED_TO >> 20);
                    looks.push(Look::Unread { id, path: self.files.shown(&path), reason });
                }
                Content::Text(bytes) if bytes.len() > READ => {
                    let is_nothing = self.prefilter.is_some_and(|filter| filter.look(bytes) == Seen::Nothing);
                    let path = self.files.shown(&path);
                    looks.push(if is_nothing { Look::Passed } else { Look::Unread { id, path, reason: too_long() } });
                }
                Content::Text(bytes) => {
                    if let Some(filter) = self.prefilter.filter(|_| seen < Seen::Literal) {
                        seen = seen.max(filter.look(bytes));
                        if is_alone && seen == Seen::Beginning && !filter.are_joined(std::iter::once(bytes)) {
                            seen = Seen::Nothing;
                        }
                    }
                    // Of a file that stands alone, which is the rule, nothing is kept unless it matters.
                    if is_alone && self.prefilter.is_some() && seen == Seen::Nothing && !self.may_lack(&path, &self.buffer) {
                        looks.push(Look::Passed);
                        continue;
                    }
                    if self.only == Some(&path) {
                        loaded.only = Some(id);
                    }
                    let is_beside = self.scope.is_some_and(|scope| !scope.asks(&path));
                    loaded.beside.extend(is_beside.then_some(id));
                    loaded.held += self.buffer.len();
                    loaded.all.push(one(id, path, named, std::mem::take(&mut self.buffer)));
                }
            }
            if loaded.held > HELD {
                loaded.forget();
            }
        }
        seen = self.fetch(&mut loaded, seen);
        if self.only.is_some() && loaded.only.is_none() {
            // Of the one file that was asked about nothing can be said, and what is said of the others is no answer.
            return looks;
        }
        let may_concern = self.prefilter.is_none_or(|filter| match seen {
            Seen::Nothing => false,
            // What was let go of cannot be looked at again.
            Seen::Beginning => loaded.held > HELD || filter.are_joined(loaded.all.iter().chain(&loaded.packed).map(|file| &*file.bytes)),
            Seen::Literal => true,
        });
        if !may_concern {
            looks.extend(loaded.all.iter().map(|_| Look::Passed));
            return looks;
        }
        self.ask_about(&mut loaded);
        let owners = loaded.all.iter().map(|file| (file.id, self.files.owner(&file.path, file.named)));
        loaded.foreign = owners.filter(|(_, owner)| *owner != Owner::Tree).collect();
        if loaded.held > HELD {
            // Of some of them nothing could be said for sure.
            let reason = format!("it and the files that hold together with it are longer than {} MiB", HELD >> 20);
            looks.extend(loaded.all.into_iter().map(|file| Look::Unread { id: file.id, path: file.shown, reason: reason.clone() }));
        } else if !loaded.all.is_empty() {
            looks.push(ask(&loaded, self.rules, question));
        }
        looks
    }

    /// Reads files that no format claims, and asks `question` of those that name what a mapping takes from.
    fn look_through<T>(&mut self, set: Set, question: impl FnOnce(&Reading<'_>) -> T) -> Vec<Look<T>> {
        let mut looks = Vec::new();
        let mut loaded = Loaded { claimed: Claimed::No, ..Loaded::default() };
        for (id, met) in set.members {
            let Met::File { path, named } = met else { continue };
            match content(self.files, &path, &mut self.buffer) {
                Content::Text(bytes) if bytes.len() > READ && self.rules.of(path.as_str()).may_name(bytes) => {
                    looks.push(Look::Unread { id, path: self.files.shown(&path), reason: too_long() });
                }
                Content::Text(bytes) if self.rules.of(path.as_str()).may_name(bytes) => {
                    loaded.all.push(one(id, path, named, std::mem::take(&mut self.buffer)));
                }
                Content::Text(_) => {}
                // What names an old registry once it is decoded is not left in silence.
                Content::Binary => {
                    if self.names_when_decoded(&path) {
                        looks.push(Look::Unread { id, path: self.files.shown(&path), reason: NO_TEXT.to_owned() });
                    }
                }
                Content::Unread(why) => {
                    let (shown, reason) = (self.files.shown(&path), why.to_string());
                    let is_text = why == Unread::Utf16 && self.names_when_decoded(&path);
                    looks.push(if is_text {
                        Look::Unread { id, path: shown, reason }
                    } else {
                        Look::Overlooked { id, path: shown, reason }
                    });
                }
            }
        }
        if !loaded.all.is_empty() {
            self.ask_about(&mut loaded);
            looks.push(ask(&loaded, self.rules, question));
        }
        looks
    }
}

impl Judge<'_> {
    /// Asks the tree what it knows of files beside their bytes; nobody wants to know it of those that concern no run.
    fn ask_about(&mut self, loaded: &mut Loaded) {
        for file in &mut loaded.all {
            (file.shown, file.surroundings) = (self.files.shown(&file.path), self.around.of(&file.path));
        }
    }

    /// Lays the files of the archive at `path` beside the others, as if they lay in its folder; says what was seen in them. A
    /// folder that lies there already is what counts.
    fn lay_in(&self, path: &TreePath, files: Vec<(TreePath, Vec<u8>)>, loaded: &mut Loaded) -> Seen {
        let folder = path.folder();
        let mut seen = Seen::default();
        for (inner, bytes) in files {
            let Ok(path) = folder.join(inner.as_str()) else { continue };
            let is_chart = inner.segments().nth(2).is_none() && inner.name() == "Chart.yaml";
            if is_chart && self.files.is_file(&path) {
                return seen;
            }
            seen = self.prefilter.map_or(seen, |filter| seen.max(filter.look(&bytes)));
            loaded.held += bytes.len();
            let id = FileId::packed(loaded.packed.len());
            loaded.packed.push(one(id, path, Named::Linked, bytes));
        }
        seen
    }
}

impl Judge<'_> {
    /// Whether the file that was read last is a text but for its encoding, and may name what a mapping takes from.
    fn names_when_decoded(&self, path: &TreePath) -> bool {
        self.buffer.len() <= READ
            && !is_never_text(path)
            && decoded(&self.buffer).is_some_and(|text| self.rules.of(path.as_str()).may_name(text.as_bytes()))
    }

    /// Whether a file may name charts that are in sight outside of the tree.
    fn may_lack(&self, path: &TreePath, bytes: &[u8]) -> bool {
        let formats = self.rules.charts().map(|_| self.rules.formats.of_name(path.as_str()));
        let fetches = |format: &Format| format.table.links.iter().any(|link| link.fetched.is_some());
        formats.into_iter().flatten().any(|format| fetches(format) && format.may_link(bytes))
    }

    /// Lays the charts that the files lack, and that are in sight outside of the tree, beside them; says what was seen then.
    fn fetch(&self, loaded: &mut Loaded, mut seen: Seen) -> Seen {
        let Some(charts) = self.rules.charts().filter(|_| loaded.held <= HELD) else { return seen };
        let mut lacking = lacking(&loaded.files(), &self.rules.formats);
        if lacking.is_empty() {
            return seen;
        }
        let packed: BTreeSet<TreePath> = loaded.packed.iter().flat_map(|file| file.path.above()).collect();
        lacking.retain(|lacks| !lacks.folder.join(&lacks.name).is_ok_and(|folder| packed.contains(&folder)));
        for Lacking { name, version, folder } in lacking {
            let found = charts.files(&name, &version).zip(folder.join("packed").ok());
            seen = found.map_or(seen, |(files, path)| seen.max(self.lay_in(&path, files, loaded)));
        }
        seen
    }
}

/// Whether nothing in a file can concern a run, as long as the same holds of all that it holds together with, and no chart is laid beside these.
#[must_use]
pub fn is_nothing(content: &Content<'_>, prefilter: &Prefilter) -> bool {
    matches!(content, Content::Text(bytes) if bytes.len() <= LED_TO && prefilter.look(bytes) == Seen::Nothing)
}

/// A file of which nothing is known but its bytes.
const fn one(id: FileId, path: TreePath, named: Named, bytes: Vec<u8>) -> OneFile {
    OneFile { id, path, named, shown: String::new(), surroundings: Surroundings::Plain, bytes }
}

/// Why bytes with a NUL are not read.
const NO_TEXT: &str = "it has a NUL, and so is no text";

fn too_long() -> String {
    format!("it is longer than {} MiB, the most that is read for references", READ >> 20)
}

fn ask<T>(loaded: &Loaded, rules: &Rules, question: impl FnOnce(&Reading<'_>) -> T) -> Look<T> {
    // A mistake of ours in one file must not hide what is in the others; it is told as a file that was not read.
    if let Ok(answer) = catch_unwind(AssertUnwindSafe(|| question(&Reading::new(loaded, rules)))) {
        return Look::Done(answer);
    }
    let (id, path) = loaded.all.first().map_or((FileId(0), String::new()), |file| (file.id, file.shown.clone()));
    Look::Unread { id, path, reason: "transship failed on it; please report this".to_owned() }
}
