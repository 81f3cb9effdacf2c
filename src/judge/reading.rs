//! Owns a reading: what stands in a set of files, and what shall become of it. Every command is a function of it.

use crate::config::Allowance;
use crate::diagnostic::{By, Source, Sources, Standing};
use crate::link::{Claimed, Link, Recall, Together, locate};
use crate::lint::{old_registry, residue, unqualified};
use crate::locate::{Fault, File, Located, MetInFile, PLACES, Search, Sharing, TEXT, Wanted, met};
use crate::mapping::{Context, Decision};
use crate::occurrence::{Caution, Class, Occurrence, Piece, Role};
use crate::plan::Decided;
use crate::reference::Reference;
use crate::source::Owner;
use crate::text::{FileId, Span};

use super::comments::{Comments, Kept};
use super::rules::{Need, Overrides, Tag};
use super::{Loaded, Rules};

/// About how many bytes are held for what is said of one reference.
const SAID: usize = 1 << 10;

/// What was read in a set of files that hold together.
///
/// ```
/// use transship::config::Config;
/// use transship::judge::{Judge, Look, Rules};
/// use transship::link::sets;
/// use transship::mapping::Date;
/// use transship::source::{Memory, Scope, TreePath};
///
/// let tree = Memory::from([("compose.yaml", "services: {web: {image: '${IMAGE}'}}\n"), (".env", "IMAGE=redis:7\n")]);
/// let rules = Rules::new(Config::default(), Date { year: 2026, month: 1, day: 1 });
/// let scope = Scope { roots: vec![TreePath::default()], ..Scope::default() };
/// let mut judge = Judge::new(&tree, &rules);
/// for set in sets(&tree, &scope, &[], &rules.formats) {
///     for look in judge.look(set, |reading| reading.shown().map(|(_, one, _)| one.expanded()).collect::<Vec<_>>()) {
///         assert_eq!(look, Look::Done(vec!["redis:7".to_owned()]));
///     }
/// }
/// ```
pub struct Reading<'a> {
    /// The files, in order of their numbers.
    pub files: Vec<File<'a>>,
    /// The references of all files, and what could not be read in them. Those behind [`Reading::shown`] only have to follow others.
    pub located: Located,
    /// Which of the references match which.
    pub links: Vec<Link>,
    /// What the mappings make of each reference, in their order. What a comment holds back is as if no mapping covered it, so that whatever
    /// shares text with it stays too.
    pub decided: Vec<Decided>,
    pub(super) comments: Comments<'a>,
    pub(super) recall: Recall<'a>,
    /// The names that texts hold of what the mappings take from, file by file.
    pub(super) met: Vec<MetInFile>,
    loaded: &'a Loaded,
    shown: usize,
}

impl<'a> Reading<'a> {
    /// Reads a set by the rules.
    pub fn new(loaded: &'a Loaded, rules: &Rules) -> Self {
        let files = loaded.files();
        let recall = Recall::of(&files, loaded.packed(), &rules.formats);
        let mut room = PLACES;
        let mut met_in = |file: &File<'_>| if rules.is_ours(file.path) { MetInFile::default() } else { met_in(file, rules, &mut room) };
        let met: Vec<MetInFile> = files.iter().map(&mut met_in).collect();
        let search = Search { met: &met, classes: &|path| &rules.of(path).classes, formats: &rules.formats };
        let texts = |known: &mut [Occurrence], sharing: &Sharing| search.occurrences(&files, known, sharing);
        let Together { mut located, shown, links } = locate(&files, &rules.formats, &recall, &texts);
        located.occurrences.iter_mut().for_each(|one| rename_pushed(one, &files, rules));
        if rules.overrides() == Overrides::Added {
            let cautions = located.occurrences.iter_mut().flat_map(|one| &mut one.cautions);
            cautions.for_each(|caution| {
                if let Caution::Unwritten { chart, .. } = caution {
                    *chart = None;
                }
            });
        }
        let comments = Comments::read(&files, rules.comments);
        let decide =
            |occurrence: &Occurrence| Decided::new(occurrence, |reference| decide(&files, occurrence, reference, rules, &comments));
        let decided = located.occurrences.iter().map(decide).collect();
        Self { files, located, links, decided, comments, recall, met, loaded, shown }
    }

    /// The references that people are shown, in order, each with its number among all and with what was decided of it.
    pub fn shown(&self) -> impl Iterator<Item = (usize, &Occurrence, &Decided)> {
        let all = self.located.occurrences.iter().zip(&self.decided).enumerate().map(|(number, (one, decided))| (number, one, decided));
        all.take(self.shown).filter(|(_, one, _)| self.is_about(one))
    }

    /// Whether a reference stands in a file that was asked about, or is made of something there.
    pub(super) fn is_about(&self, one: &Occurrence) -> bool {
        self.is_asked(one.place.file) || one.pieces.iter().any(|piece| piece.is_editable() && self.is_asked(piece.span.file))
    }

    /// Whether anything is to be said of a file.
    pub fn is_asked(&self, file: FileId) -> bool {
        self.may_change(file) && !self.loaded.beside.contains(&file)
    }

    /// Whether a file may be changed with what is asked about.
    pub(super) fn may_change(&self, file: FileId) -> bool {
        self.loaded.only.is_none_or(|only| only == file)
    }

    /// Who would see a change to a file.
    pub(super) fn owner(&self, file: FileId) -> &Owner {
        self.loaded.foreign.get(&file).unwrap_or(&Owner::Tree)
    }

    /// Whether a format reads the files, or somebody named them.
    pub const fn claimed(&self) -> Claimed {
        self.loaded.claimed
    }

    /// What could not be read in the files, but for what a comment holds back.
    pub fn faults(&self) -> impl Iterator<Item = &Fault> {
        let asked = self.located.faults.iter().filter(|fault| self.is_asked(fault.span.file));
        asked.filter(|fault| !self.holds(crate::lint::broken_document::LINT.code, fault.span))
    }

    /// Whether a comment holds back a finding of lint `code` at a place; the comment counts as used then.
    pub fn holds(&self, code: &str, place: Span) -> bool {
        self.comments.hold(code, place)
    }

    /// About how many bytes an answer may take that is made of it: what is said of each reference or text, and the files that it is said of.
    pub fn weight(&self) -> usize {
        let found = self.located.occurrences.len() + self.located.faults.len() + self.met.iter().map(|met| met.names.len()).sum::<usize>();
        let bytes: usize = self.files.iter().map(|file| file.bytes.len()).sum();
        if found == 0 { 0 } else { bytes + found * SAID }
    }

    /// The file of a span; `None` for what stands in no file (the text that a chart prints).
    pub fn file(&self, id: FileId) -> Option<&File<'a>> {
        self.files.iter().find(|file| file.id == id)
    }

    /// The file's path as people would type it.
    pub fn path_of(&self, id: FileId) -> &str {
        self.loaded.shown(id)
    }

    /// The texts of the files for which `wanted` holds.
    pub fn sources(&self, wanted: impl Fn(FileId) -> bool) -> Sources {
        let source =
            |file: &File<'_>| Source { id: file.id, path: file.path.into(), shown: self.path_of(file.id).into(), text: file.bytes.into() };
        Sources::new(self.files.iter().filter(|file| wanted(file.id)).map(source).collect())
    }
}

/// The names in a file that mappings take from, and the addresses of charts.
fn met_in(file: &File<'_>, rules: &Rules, room: &mut usize) -> MetInFile {
    let own = rules.of(file.path);
    let images = Wanted { names: &own.names, mappings: &own.mappings, charts: None };
    let mut found = met(file, &rules.formats, images, room);
    for (scheme, names) in &own.chart_names {
        let charts = Wanted { names, mappings: own.chart_mappings.of(*scheme), charts: Some(*scheme) };
        found.with_charts(met(file, &rules.formats, charts, room));
    }
    found
}

/// What is built and pushed under a name is called anew in a whole migration. A bare word is a name that only this machine knows.
fn rename_pushed(one: &mut Occurrence, files: &[File<'_>], rules: &Rules) {
    let path = || files.iter().find(|file| file.id == one.place.file).map_or("", |file| file.path);
    if matches!(one.role, Role::Push | Role::Cache)
        && rules.of(path()).classes.edit(path(), Class::Pushed)
        && one.joined().text.contains('/')
    {
        one.role = Role::Target;
    }
}

fn decide(files: &[File<'_>], occurrence: &Occurrence, reference: &Reference, rules: &Rules, comments: &Comments<'_>) -> Decision {
    let path = files.iter().find(|file| file.id == occurrence.place.file).map_or("", |file| file.path);
    let context = Context { format: &occurrence.format, path, class: occurrence.class };
    let completed = occurrence.pieces.last().is_some_and(Piece::is_elsewhere);
    let tag = if completed { Tag::Elsewhere } else { Tag::Own };
    let need = Need { tag, platform: occurrence.platform.as_ref() };
    let decision = match occurrence.chart() {
        Some(address) => rules.decide_chart(address.scheme, reference, &context, need),
        None => rules.decide_for(reference, &context, need),
    };
    let (decision, code) = match decision {
        Decision::Unchanged if occurrence.is_pulled() => (rules.spelled_out(reference, &context), unqualified::LINT.code),
        decision => (decision, old_registry::code(occurrence)),
    };
    let is_finding = match &decision {
        Decision::Mapped(target) => {
            let is_served_alike = target.scheme.is_none() || target.scheme == occurrence.chart().map(|address| address.scheme);
            !is_served_alike || target.candidates.first().is_some_and(|new| new.as_str() != reference.as_str())
        }
        Decision::Refused { .. } => true,
        Decision::Unchanged | Decision::Undecided { .. } => false,
    };
    let elsewhere = || occurrence.pieces.iter().filter(|piece| piece.is_editable() && piece.span.file != occurrence.place.file);
    let by_comment = |code: &str, place: Span| comments.hold(code, place).then(|| comments.standing(code, place));
    let held = || {
        // What nobody declared was told before it was moved, and comments hold it back by that name as well.
        let of_text = if &*occurrence.format == TEXT { by_comment(residue::LINT.code, occurrence.place) } else { None };
        let own = || of_text.or_else(|| by_comment(code, occurrence.place));
        own().or_else(|| elsewhere().find_map(|piece| by_comment(code, piece.span)))
    };
    let allowed = || {
        let by_rules = |allowance: Allowance| Standing::Old { by: By::Rules, reason: allowance.reason };
        rules.allows(code, path, || reference.name().to_string()).map(by_rules)
    };
    if !is_finding || occurrence.role == Role::Source {
        return decision;
    }
    // What is not told is not fixed either, nor is text that it shares with others.
    if !rules.tells(code, path) {
        return Decision::Unchanged;
    }
    if let Some(standing) = held().or_else(allowed) {
        comments.keep(occurrence, Kept { code, decision, standing });
        return Decision::Unchanged;
    }
    decision
}
