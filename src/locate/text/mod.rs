//! Texts of every kind, in which nothing but names says where references stand: names that spell out their registry, each with why it is there.

mod above;
mod apart;
mod beginning;
mod blocks;
mod built;
mod command;
mod comments;
mod compare;
mod expression;
mod find;
mod held;
mod key;
mod lists;
mod name;
mod owned;
mod page;
mod pieces;
mod prose;
mod pushed;
mod rows;
mod shell;
mod short;
mod sight;
mod variables;
mod words;

use std::collections::BTreeSet;
use std::ops::Range;

use crate::config::RULES;
use crate::format::{Engine, Format, FormatRole, Formats, Surroundings};
use crate::mapping::{Context, Decision, MappingSet};
use crate::occurrence::{Class, Confidence, Role};
use crate::reference::{DOCKER_HUB, HOLE, Reference, Scheme};
use crate::text::{Lines, Needles};

use super::glance::{looks_of, may_hold_secrets};
use super::{File, is_skipped, same_length_text};
pub use built::Sharing;
use command::Said;
pub(crate) use find::{Search, is_said, reread};
use held::Held;
pub(crate) use key::value_name;
use name::Address;
pub(crate) use name::Name;
pub(crate) use owned::Owned;
use page::PAGE;
use pushed::Pushed;
use rows::{ROW, Registry};
use short::{ASSIGNED, LISTED, Shorts, Statements, TAGGED};
pub(crate) use sight::comment_sign;
use sight::{Sight, Writing};
use variables::Value;

/// The format's id of what is found in texts that no format reads.
pub(crate) const TEXT: &str = "text";

/// The words by which texts name what the mappings take from.
#[derive(Clone, Debug, Default)]
pub struct Names {
    old: Needles,
    /// How the targets begin: a line that names one of them speaks of both.
    new: Needles,
    /// Names without a domain.
    shorts: Shorts,
}

/// Bytes before a name that say what it is there for.
const NEAR: usize = 64;

/// What of a line may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// All of it.
    Line,
    /// The registry's domain: the format does not look into the document, which may be a secret.
    Domain,
}

/// A name that was met in a text.
#[derive(Clone, Debug)]
pub(crate) struct Met {
    /// What is written.
    pub(crate) name: Name,
    /// Why it is there.
    pub(crate) class: Class,
    /// Who says where images stand in its document.
    pub(crate) stands: Stands,
    /// What of it is covered.
    pub(crate) cover: Cover,
    /// What of its line may be shown.
    pub(crate) shows: Shows,
    /// Its place in the table of texts.
    pub(crate) site: &'static str,
    /// What it is used for.
    pub(crate) role: Role,
    /// How sure it is that its target says the same there.
    pub(crate) confidence: Confidence,
    /// Of an address of charts: what serves them.
    pub(crate) charts: Option<Scheme>,
    /// Of a variable's value: where something is built or pushed under it.
    pub(crate) pushed: Option<Pushed>,
}

/// Who says where images stand in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stands {
    /// Nobody: it is a list, a script, settings of some program, or a pipeline that runs scripts.
    Alone,
    /// A format, of what is deployed or built; what it does not declare may be a pattern, a note, or what another file takes the place of.
    Undeclared,
}

/// What of a name a mapping covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cover {
    /// The name itself.
    Name,
    /// All that lies below it.
    Below,
    /// Nobody knows: a value in it is not known, or some of what lies below it.
    Hidden,
    /// Some of what lies below it: it says something only where others are built on it.
    Part,
}

impl Names {
    /// Those of all mappings.
    #[must_use]
    pub fn new(mappings: &MappingSet) -> Self {
        let old = Needles::new(mappings.domain_words().iter().map(String::as_str));
        // On the same registry only its path tells the target.
        let short = |start: &str| start.split('/').next().filter(|domain| !old.are_in(domain.as_bytes())).map(str::to_owned);
        let starts = mappings.target_starts().into_iter().map(|start| short(&start).unwrap_or(start));
        let starts: BTreeSet<String> = starts.filter(|start| start.contains(['.', ':'])).collect();
        let (new, taken) = (Needles::new(starts.iter().map(String::as_str)), mappings.source_starts());
        let all = taken.iter().flat_map(|old| new.find(old.as_bytes()).into_iter().filter_map(|range| old.get(range)));
        let is_old: BTreeSet<&str> = all.collect();
        let new = Needles::new(starts.iter().map(String::as_str).filter(|start| !is_old.contains(start)));
        Self { new, old, shorts: Shorts::new(mappings) }
    }

    /// Those of mappings of charts: an address has its domain.
    #[must_use]
    pub fn of_charts(mappings: &MappingSet) -> Self {
        Self { shorts: Shorts::default(), ..Self::new(mappings) }
    }

    /// Whether a text may name something that a mapping takes from.
    #[must_use]
    pub fn may_stand_in(&self, text: &[u8]) -> bool {
        self.old.are_in(text) || self.shorts.may_stand_in(text)
    }
}

/// What was met in a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct MetInFile {
    /// Names, in order.
    pub(crate) names: Vec<Met>,
    /// The byte from which on it was not looked through, for want of room.
    pub(crate) cut: Option<usize>,
}

/// What is looked for in texts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'w> {
    /// The words of the mappings.
    pub(crate) names: &'w Names,
    /// The mappings.
    pub(crate) mappings: &'w MappingSet,
    /// Of mappings of charts: what serves what they take from.
    pub(crate) charts: Option<Scheme>,
}

impl MetInFile {
    /// Takes in addresses of charts. What is one is no image's name, whatever mapping of images covers it.
    pub(crate) fn with_charts(&mut self, charts: Self) {
        let is_chart = |one: &Met| charts.names.iter().any(|chart| chart.name.range == one.name.range);
        self.names.retain(|one| !is_chart(one));
        self.names.extend(charts.names);
        self.names.sort_by_key(|one| one.name.range.start);
        self.cut = self.cut.into_iter().chain(charts.cut).min();
    }
}

/// Whether a name is what is looked for: an address of charts begins with what serves them.
fn is_wanted(text: &[u8], name: &mut Name, charts: Option<Scheme>) -> bool {
    let Some(scheme) = charts else { return true };
    let near = text.get(name.range.start.saturating_sub(SCHEME)..name.range.start).unwrap_or_default();
    let is_it = Scheme::ending(&String::from_utf8_lossy(near)).is_some_and(|(found, _)| found == scheme);
    // For browsers it is no page.
    name.address = Address::Image;
    is_it
}

/// The bytes of the longest beginning of an address of charts.
const SCHEME: usize = "https://".len();

/// Every name in a file that a mapping covers, as long as there is `room`. The rule file itself says what is old.
pub(crate) fn met(file: &File<'_>, formats: &Formats, wanted: Wanted<'_>, room: &mut usize) -> MetInFile {
    let Wanted { names, mappings, charts } = wanted;
    if file.path.rsplit('/').next() == Some(RULES) || !names.may_stand_in(file.bytes) {
        return MetInFile::default();
    }
    let readers: Vec<&Format> = formats.of_file(file.path, file.surroundings).into_iter().map(|format| &**format).collect();
    let formats: Vec<&Format> = formats.of_name(file.path).map(|format| &**format).collect();
    // Which of the formats it would be of, nobody said.
    let ids: Vec<&str> = formats.iter().map(|format| &*format.id).chain([TEXT]).collect();
    let (sight, lines) = (Sight::of(file.path, file.bytes), Lines::new(file.bytes));
    let mut document: Option<Document<'_>> = None;
    let mut held = Held::default();
    let context = |format| Context { format, path: file.path, class: sight.class() };
    let mut found = Vec::new();
    let covers = |name: &Name| ids.iter().rev().find_map(|id| cover(file.bytes, name, mappings, &context(id)));
    let takes = |reference: &Reference| {
        let decisions = ids.iter().rev().map(|id| mappings.decide(reference, &context(id)));
        decisions.into_iter().find(|decision| matches!(decision, Decision::Mapped(_) | Decision::Refused { .. }))
    };
    let (raw, cut) = raw(file, &formats, names, &covers, &|reference| takes(reference).is_some(), *room);
    *room -= raw.len();
    let writing = if raw.iter().any(|raw| raw.said.is_some()) { Sight::writing(file.path) } else { None };
    for Raw { mut name, cover, said } in raw {
        let is_another = said.is_some_and(|(site, _)| site == ASSIGNED) && is_another(file.bytes, &name, writing);
        if is_another || !is_wanted(file.bytes, &mut name, charts) {
            continue;
        }
        let known = document.take().filter(|document| document.range.contains(&name.range.start));
        let document = document.insert(known.unwrap_or_else(|| Document::around(file.bytes, name.range.start, &formats, &readers)));
        let line = lines.range(lines.position(name.range.start).line);
        let is_declared = document.reader.is_some_and(|reader| reader.table.class == Class::Deploy);
        let own = if is_declared { held.around(file.bytes, document.range.start, line.start) } else { None };
        let is_held = own.is_some();
        let mut class = own.unwrap_or(&sight).class_at(file.bytes, line.clone(), &name, cover, &names.new);
        if let (true, None, Some(other)) = (class.is_in_use(), charts, apart::class(file.bytes, &line, &name)) {
            class = other;
        }
        // A file may be one line.
        let near = line.start.max(name.range.start.saturating_sub(NEAR))..line.end.min(name.range.end + NEAR);
        let before = file.bytes.get(near.start..name.range.start).unwrap_or_default();
        if document.is_matcher(file.bytes, &name.range, before) {
            class = Class::Compared;
        }
        if let (Class::Config, Some(reader), false) = (class, document.reader, is_held) {
            class = reader.table.class;
        }
        // What a chart makes of its other files stands in its templates.
        let is_of_chart = file.surroundings != Surroundings::Plain && class == Class::Config;
        if is_of_chart {
            class = Class::Deploy;
        }
        if document.shows == Shows::Domain {
            class = Class::Generated;
        }
        let pushed = || pushed::role(file.bytes, line.start, before, &name).map(|role| ("pushed", role));
        let said = said.map(|(site, role)| if site == ASSIGNED { pushed().unwrap_or((site, role)) } else { (site, role) });
        let (site, role) = said.unwrap_or_else(|| match (short::said(file.bytes, line.start, name.range.start), cover) {
            (Said::Image(Role::Push, _), _) => ("pushed", Role::Push),
            (Said::Image(role, _), Cover::Name) => ("command", role),
            // A login, or something else that wants a registry.
            (Said::Other, Cover::Below) => ("registry", Role::Config),
            (_, Cover::Below) => pushed().unwrap_or(("registry", Role::Pull)),
            _ => pushed().unwrap_or(("name", Role::Pull)),
        });
        let is_expression = site == "name" && cover == Cover::Name && expression::holds(file.bytes, &near, &name.range);
        // Whatever runs in a pipeline may be a sentence as well.
        let is_prose = || class == Class::Config && prose::is_in_sentence(file.bytes, &line, &name.range);
        let is_settings = matches!(class, Class::Config | Class::Ci) && site != "command" && !is_expression;
        if is_settings && (prose::is_described(file.bytes, &line, &name.range) || is_prose()) {
            class = Class::Docs;
        }
        // Of what only its form says is an image, programs and their tests have many others, but for their data; and documents hold sentences.
        let is_apart =
            || before.iter().all(|byte| !byte.is_ascii_alphanumeric()) || matches!(before.last(), Some(b'=' | b'"' | b'\'' | b'`'));
        let is_unsaid = site == TAGGED && class != Class::Docs && !is_apart();
        let is_program = class == Class::Code || class == Class::Test && !(site == TAGGED && document.reader.is_some());
        let quote = before.last().filter(|byte| matches!(byte, b'"' | b'\'' | b'`'));
        let is_guess = is_program && site == TAGGED && quote.is_some() && quote == file.bytes.get(name.range.end);
        if is_unsaid || matches!(site, TAGGED | LISTED) && is_program && !is_guess {
            continue;
        }
        let cover = if site == PAGE && !stays_on_hub(&name.reads, &takes) { Cover::Hidden } else { cover };
        if site == PAGE && !matches!(class, Class::Changelog | Class::Generated | Class::Code | Class::Test) {
            class = Class::Docs;
        }
        let confidence = if is_guess { Confidence::Low } else { sureness(file.bytes, site, &name, &takes) };
        let pushed = if role == Role::Pull { Pushed::under(file.bytes, line.start, before) } else { None };
        found.push(Met {
            name,
            class,
            stands: if is_of_chart {
                Stands::Undeclared
            } else if is_expression {
                Stands::Alone
            } else {
                document.stands(class)
            },
            cover,
            shows: document.shows,
            site,
            role: if charts.is_some() { Role::Chart } else { role },
            confidence,
            charts,
            pushed,
        });
    }
    MetInFile { names: found, cut }
}

/// Whether what a key or a variable holds is something else in the file's language than a text.
fn is_another(text: &[u8], name: &Name, writing: Option<Writing>) -> bool {
    match writing {
        Some(Writing::Quoted) => short::is_identifier(text, name),
        Some(Writing::Rules) => short::is_of_a_rule(text, name),
        None => false,
    }
}

/// What is known of the document around a name.
struct Document<'f> {
    range: Range<usize>,
    /// What may be shown of it.
    shows: Shows,
    /// The format that reads it.
    reader: Option<&'f Format>,
}

impl<'f> Document<'f> {
    /// The document around a byte of a file with a name of the `formats`, of which the `readers` are asked for its documents.
    fn around(text: &[u8], at: usize, formats: &[&'f Format], readers: &[&'f Format]) -> Self {
        let range = document_around(text, at);
        let document = String::from_utf8_lossy(text.get(range.clone()).unwrap_or_default());
        let is_secret = formats.iter().any(|format| is_skipped(format, &document) || may_hold_secrets(&document));
        let reader = readers.iter().copied().find(|format| format.table.engine != Engine::Text && looks_of(format, &document));
        Self { range, shows: if is_secret { Shows::Domain } else { Shows::Line }, reader }
    }

    /// Who says where images stand, for texts of a class.
    fn stands(&self, class: Class) -> Stands {
        let declares = |reader: &Format| matches!(class, Class::Deploy | Class::Build) && reader.table.class == class;
        if self.reader.is_some_and(declares) { Stands::Undeclared } else { Stands::Alone }
    }

    /// Whether a name is one by which an entry of a kustomization finds images, wherever such entries stand: it may change only with what it finds.
    fn is_matcher(&self, text: &[u8], name: &Range<usize>, before: &[u8]) -> bool {
        let is_mark = |byte: &u8| matches!(byte, b' ' | b'\t' | b'-' | b'{' | b'[' | b'"' | b'\'');
        let named = before.iter().rposition(|byte| !is_mark(byte)).and_then(|end| before.get(..=end)?.strip_suffix(b"name:"));
        if named.is_none_or(|before| before.last().is_some_and(|byte| !is_mark(byte) && *byte != b',')) {
            return false;
        }
        let behind = text.get(name.end..(name.end + NEAR).min(self.range.end)).unwrap_or_default();
        let sets = |word: &[u8]| memchr::memmem::find(behind, word).is_some();
        self.reader.is_some_and(|reader| reader.table.is == Some(FormatRole::Kustomization)) || sets(b"newName") || sets(b"newTag")
    }
}

/// Whether a name goes to another one of Docker Hub, which has a page as well.
fn stays_on_hub(name: &str, takes: &dyn Fn(&Reference) -> Option<Decision>) -> bool {
    let decision = Reference::parse(name).ok().and_then(|reference| takes(&reference));
    matches!(decision, Some(Decision::Mapped(target)) if target.candidates.first().is_some_and(|target| target.name().domain == DOCKER_HUB))
}

/// How sure it is that a target says the same where a name stood. Without its registry a name is one only where something says so, and in a table
/// of keys the registry stands in a row of its own.
fn sureness(text: &[u8], site: &str, name: &Name, takes: &dyn Fn(&Reference) -> Option<Decision>) -> Confidence {
    let target = || match takes(&Reference::parse_with_holes(&name.reads).ok()?)? {
        Decision::Mapped(target) => target.candidates.into_iter().next(),
        _ => None,
    };
    let is_unsure = match site {
        "name" => target().is_some_and(|target| target.domain().is_none() && target.tag().is_none() && target.digest().is_none()),
        ROW => rows::registry(text, &name.range) == Registry::Unknown && target().is_some_and(|target| target.domain().is_some()),
        _ => false,
    };
    if is_unsure { Confidence::Low } else { Confidence::High }
}

/// A name, and what is said of it where it has no domain.
struct Raw {
    name: Name,
    cover: Cover,
    said: Option<(&'static str, Role)>,
}

/// The names of both kinds in a file, in order, at most `room`, and the byte from which on there may be more.
fn raw(
    file: &File<'_>,
    formats: &[&Format],
    names: &Names,
    covers: &dyn Fn(&Name) -> Option<Cover>,
    takes: &dyn Fn(&Reference) -> bool,
    room: usize,
) -> (Vec<Raw>, Option<usize>) {
    let (mut found, mut past, mut cut): (Vec<Raw>, _, _) = (Vec::new(), 0, None);
    let (mut holes, mut outer): (Vec<Range<usize>>, Option<usize>) = (Vec::new(), None);
    for range in names.old.find(file.bytes) {
        // In a value that is not known another name may stand, which is one by itself once the name around it has moved.
        let hole = holes.get(holes.partition_point(|hole| hole.end <= range.start));
        let hole = hole.filter(|hole| hole.start < range.start && range.end < hole.end).cloned();
        if range.start < past && hole.is_none() {
            continue;
        }
        if found.len() == room {
            cut = Some(range.start);
            break;
        }
        let name = name::around(file.bytes, &range);
        let end = name.as_ref().map_or_else(|end| *end, |name| name.range.end);
        if hole.is_some_and(|hole| end > hole.end) {
            // Nobody knows where the one ends and the other begins: moved, the outer one would leave the inner one to be found by itself.
            if let Some(outer) = outer.and_then(|outer| found.get_mut(outer)) {
                outer.cover = Cover::Hidden;
            }
            continue;
        }
        past = past.max(end);
        let Ok(name) = name else { continue };
        let cover = covers(&name);
        if end == past {
            (holes, outer) = (name.holes.clone(), cover.map(|_| found.len()));
        }
        found.extend(cover.map(|cover| Raw { name, cover, said: None }));
    }
    // What stands in a chart's values and templates is put together by the chart.
    let is_own = |format: &&Format| format.table.is == Some(FormatRole::Values) || format.table.engine == Engine::Template;
    if !names.shorts.may_stand_in(file.bytes) || formats.iter().any(is_own) {
        return (found, cut);
    }
    let statements =
        if formats.iter().any(|format| format.table.engine == Engine::Dockerfile) { Statements::Read } else { Statements::Any };
    let text = same_length_text(file.bytes);
    let (words, beyond) = short::words(&text, &names.shorts, statements, takes, room);
    let shorts = words.into_iter().map(|word| Raw {
        name: Name { range: word.range, reads: word.reads, holes: word.holes, address: Address::Image },
        cover: Cover::Name,
        said: Some((word.site, word.role)),
    });
    found.extend(shorts);
    let values = variables::values(file.bytes, &names.shorts, takes);
    // Of what is put behind something nobody knows what it shall be, whatever its variable is called.
    let hidden: BTreeSet<usize> = values.iter().filter(|value| value.cover == Cover::Hidden).map(|value| value.range.start).collect();
    found.retain(|one| !hidden.contains(&one.name.range.start));
    let known: BTreeSet<usize> = found.iter().map(|one| one.name.range.start).collect();
    let values = values.into_iter().filter(|value| !known.contains(&value.range.start));
    found.extend(values.map(|Value { range, reads, cover, role }| Raw {
        name: Name { range, reads, holes: Vec::new(), address: Address::Image },
        cover,
        said: (cover == Cover::Name).then_some((ASSIGNED, role)),
    }));
    found.sort_by_key(|one| one.name.range.start);
    let cut = cut.into_iter().chain(beyond).chain(found.get(room).map(|one| one.name.range.start)).min();
    found.truncate(cut.map_or(room, |cut| found.partition_point(|one| one.name.range.start < cut)));
    (found, cut)
}

/// The bytes of the document around a byte, if the file is a stream of them.
fn document_around(text: &[u8], at: usize) -> Range<usize> {
    let start = text.get(..at).and_then(|before| memchr::memmem::rfind(before, b"\n---")).unwrap_or(0);
    let end = text.get(at..).and_then(|rest| memchr::memmem::find(rest, b"\n---")).map_or(text.len(), |end| at + end);
    start..end
}

/// What a mapping takes of what the name says: itself, or what lies below it.
fn cover(text: &[u8], name: &Name, mappings: &MappingSet, context: &Context<'_>) -> Option<Cover> {
    let decision = |text: &str| Reference::parse_with_holes(text).map(|reference| mappings.decide(&reference, context));
    let domain = name.reads.split('/').next().unwrap_or_default();
    let below = || match decision(&format!("{}/{HOLE}", name.reads)) {
        Ok(Decision::Mapped(_)) => Some(Cover::Below),
        Ok(Decision::Unchanged) | Err(_) => None,
        // What is pulled from it nobody knows.
        Ok(_) => Some(Cover::Hidden),
    };
    if domain.len() == name.reads.len() {
        return below();
    }
    let goes_on = text.get(name.range.end) == Some(&b'/') || beginning::is_one(text, name);
    match decision(&name.reads) {
        Ok(Decision::Mapped(_)) if goes_on => below(),
        // Where another mapping takes what lies below, it names a beginning.
        Ok(Decision::Mapped(own)) => match decision(&format!("{}/{HOLE}", name.reads)) {
            Ok(Decision::Mapped(other)) if own.mapping != other.mapping && mappings.names_below(&other.mapping, &name.reads) => {
                Some(Cover::Below)
            }
            _ => Some(Cover::Name),
        },
        Ok(Decision::Unchanged) => below().map(|cover| if cover == Cover::Hidden { Cover::Part } else { cover }),
        Ok(Decision::Refused { .. }) => Some(Cover::Name),
        Ok(Decision::Undecided { .. }) => Some(Cover::Hidden),
        // Whatever is wrong with it, the registry is the old one: what it may mean, or anything there, would move.
        Err(_) => {
            let meant = name.reads.split('@').next().unwrap_or_default().to_ascii_lowercase();
            let others = [HOLE.to_string(), format!("{HOLE}/{HOLE}")].map(|path| format!("{domain}/{path}"));
            let moves = |text: &String| matches!(decision(text), Ok(Decision::Mapped(_)));
            (moves(&meant) || others.iter().any(moves)).then_some(Cover::Hidden)
        }
    }
}
