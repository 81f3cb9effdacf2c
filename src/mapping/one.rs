//! Owns one compiled mapping: what it covers and how closely.

use std::cmp::Reverse;
use std::sync::Arc;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::automaton::Automaton;
use super::condition::{Holds, When};
use super::fault::Voice;
use super::pattern::{Fit, Pattern, Reach, Why, captured};
use super::subject::{Known, Subject};
use super::template::{Tail, Template, Token};
use super::{Context, Date, Place, Target};
use crate::reference::{DOCKER_HUB, HOLE, Scheme};
use crate::text::{read_as_in_json, shown_as_in_json};

/// One mapping, with where and how it was written.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// Its name in messages.
    pub id: Arc<str>,
    /// What `from` or `match` says, as typed.
    pub from: String,
    /// What `to` says, as typed; best first.
    pub to: Vec<String>,
    /// What `except` says, as typed.
    pub except: Vec<String>,
    /// Why it is there.
    pub about: Option<String>,
    /// What is told beside each finding.
    pub message: Option<String>,
    /// Where that is told in full.
    pub link: Option<String>,
    /// From this day on its references are an error; before it, a warning.
    pub until: Option<Date>,
    /// What happens to a digest.
    pub digest: Digest,
    /// How much of the rest is dropped.
    pub flatten: Option<Flatten>,
    /// Of a mapping of charts: what serves those that it takes from, and what serves them where it leads to.
    pub charts: Option<ChartMove>,
    /// Of an entry of `retired`: what is said of what it covers. It leads nowhere.
    pub retired: Option<Arc<Retirement>>,
    /// Where it was written; the source's name says which pack or file.
    pub place: Place,
    /// How far out it was written: 0 the command line, 1 the rule file, 2 what it extends, and so on.
    pub layer: usize,
    pub(crate) file: usize,
    /// Who says what `from` names, and what each candidate does: whoever wrote it, or a value in it.
    pub(crate) voices: (Voice, Vec<Voice>),
    pub(crate) cover: Cover,
    pub(crate) templates: Vec<Template>,
    /// Where each candidate is written, and the pattern of the names that it makes.
    pub(crate) targets: Vec<(Place, Pattern)>,
    pub(crate) exceptions: Vec<(Place, Pattern)>,
    pub(crate) when: When,
}

/// Between what charts move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChartMove {
    /// What serves them now.
    pub from: Scheme,
    /// What will.
    pub to: Scheme,
}

/// What is said of images that have no successor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retirement {
    /// The day from which on nobody keeps them up to date, or serves them.
    pub since: Date,
    /// What happened.
    pub why: String,
    /// What people use instead: images, or a few words.
    pub alternatives: Vec<String>,
    /// Where it is told.
    pub link: Option<String>,
}

/// What happens to the digest of a reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Digest {
    /// It stays: the target has the same bytes.
    #[default]
    Keep,
    /// It goes: the target is built anew.
    Drop,
    /// References with a digest are not changed by a program.
    Refuse,
}

/// How many leading segments of the rest are dropped, as Harbor's replication does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flatten {
    /// All but the last.
    All,
    /// So many, but never the last.
    Levels(usize),
}

/// What a mapping covers.
#[derive(Clone, Debug)]
pub(crate) enum Cover {
    Pattern(Pattern),
    /// A regular expression on the canonical name, and the text that every match starts with.
    Regex {
        regex: Regex,
        start: String,
        automaton: Arc<Automaton>,
    },
}

/// How closely a mapping names what it covers; the smaller is asked first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank(u8, Reverse<usize>);

impl Mapping {
    /// What is told beside each of its findings: message and link, as far as they are given.
    pub fn told(&self) -> Option<String> {
        let link = self.link.as_ref();
        match &self.message {
            Some(message) => Some(link.map_or_else(|| message.clone(), |link| format!("{message} ({link})"))),
            None => link.cloned(),
        }
    }

    /// Whether the mapping covers the subject. Without a context the conditions on the place are taken to hold.
    pub(crate) fn covers(&self, subject: &Subject<'_>, context: Option<&Context<'_>>) -> Fit {
        let mut hidden = None;
        let captures = match self.cover.fit(subject) {
            no @ Fit::No(_) => return no,
            Fit::Maybe(part) => {
                hidden = Some(part);
                Vec::new()
            }
            Fit::Yes(captures) => captures,
        };
        match self.when.holds(subject, context) {
            Holds::No(key) => return Fit::No(Why::Condition(key)),
            Holds::Maybe(part) => hidden = hidden.or(Some(part)),
            Holds::Yes => {}
        }
        for ((_, pattern), typed) in self.exceptions.iter().zip(&self.except) {
            match pattern.fit(subject) {
                Fit::Yes(_) => return Fit::No(Why::Excepted(typed.clone())),
                Fit::Maybe(part) => hidden = hidden.or(Some(part)),
                Fit::No(_) => {}
            }
        }
        hidden.map_or(Fit::Yes(captures), Fit::Maybe)
    }

    /// The built-in pack that it was written in.
    pub fn pack(&self) -> Option<&str> {
        self.place.source.name.strip_prefix("pack ")
    }

    /// The conditions of `when`, each with its key, as typed.
    pub fn conditions(&self) -> Vec<(&'static str, String)> {
        self.when.describe()
    }

    /// Whether both lead from one registry to one place, and keep all of a name: whoever wrote them says that they are two names of the same images.
    pub(crate) fn leads_as(&self, other: &Self) -> bool {
        let keeps = |one: &Self| one.flatten.is_none() && !one.drops_folders();
        let from = |one: &Self| one.pattern().and_then(Pattern::domain);
        let to = |one: &Self| one.templates.first().map(|template| template.typed.clone());
        keeps(self) && keeps(other) && to(self) == to(other) && from(self) == from(other)
    }

    /// Whether its targets keep nothing of a name but the last segment.
    pub(crate) fn drops_folders(&self) -> bool {
        let drops = |template: &Template| template.name.contains(&Token::Name) && !template.name.contains(&Token::Path);
        self.templates.iter().any(drops) && self.pattern().is_none_or(|pattern| pattern.reach != Reach::Repository)
    }

    /// Whether it writes out Docker Hub's domain, which most names leave out.
    pub(crate) fn spells_out(&self) -> bool {
        self.templates.first().is_some_and(|template| template.typed.strip_prefix(DOCKER_HUB).is_some_and(|path| path.starts_with('/')))
    }

    /// Whether the targets lie above the sources: what is covered stands in a folder of where it goes.
    pub(crate) fn rises(&self) -> bool {
        let appends = |template: &Template| template.tail == Tail::Append;
        let (Some(from), [template], [(_, to)]) = (self.pattern(), self.templates.as_slice(), self.targets.as_slice()) else {
            return false;
        };
        let below = from.literal().zip(to.literal()).and_then(|(from, to)| from.strip_prefix(to));
        from.reach == Reach::Prefix && appends(template) && self.flatten.is_none() && below.is_some_and(|below| !below.is_empty())
    }

    /// Whether the mapping would take what it made of a reference, too: only what rises can come from a folder of the same name twice.
    pub(crate) fn catches_again(&self, target: &Target) -> bool {
        self.rises() && target.candidates.iter().any(|made| matches!(self.cover.fit(&Subject::new(made)), Fit::Yes(_)))
    }

    /// What all names begin with that each candidate makes.
    pub(crate) fn target_starts(&self) -> impl Iterator<Item = String> + '_ {
        self.targets.iter().take(1).map(|(_, pattern)| pattern.start())
    }

    pub(crate) fn is_conditional(&self) -> bool {
        !self.when.is_empty()
    }

    pub(crate) fn pattern(&self) -> Option<&Pattern> {
        match &self.cover {
            Cover::Pattern(pattern) => Some(pattern),
            Cover::Regex { .. } => None,
        }
    }

    pub(crate) fn rank(&self) -> Rank {
        match &self.cover {
            Cover::Regex { .. } => Rank(6, Reverse(0)),
            Cover::Pattern(pattern) => match (pattern.literal(), pattern.reach) {
                (Some(_), Reach::Repository) if pattern.digest.is_some() => Rank(0, Reverse(usize::from(pattern.tag.is_some()))),
                (Some(_), Reach::Repository) if pattern.literal_tag().is_some() => Rank(1, Reverse(0)),
                // One repository with a pattern of tags is closer than the repository with any tag.
                (Some(_), Reach::Repository) if pattern.tag.is_some() => Rank(2, Reverse(pattern.known_characters())),
                (Some(_), Reach::Repository) => Rank(3, Reverse(0)),
                (Some(prefix), Reach::Prefix) => Rank(4, Reverse(prefix.len())),
                (None, _) => Rank(5, Reverse(pattern.known_characters())),
            },
        }
    }

    /// The spelling under which an outer layer's mapping takes the place of an inner one's.
    pub(crate) fn key(&self) -> String {
        match &self.cover {
            Cover::Pattern(pattern) => pattern.spelled(),
            Cover::Regex { .. } => format!("/{}/", self.from),
        }
    }

    /// A literal that stands in every text whose references it may cover; `None` when there is none.
    pub(crate) fn literal(&self) -> Option<String> {
        let start = match self.pattern().and_then(Pattern::literal) {
            Some(name) => name.to_owned(),
            None => whole_segments(&self.cover.start()),
        };
        let (domain, path) = start.split_once('/')?;
        if domain != crate::reference::DOCKER_HUB {
            return Some(domain.to_owned());
        }
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        match segments.next() {
            // Official images are mostly written without `library/`.
            Some("library") => segments.next().map(str::to_owned),
            first => first.map(str::to_owned),
        }
    }
}

/// The text up to its last slash: what follows may go on in the same segment.
fn whole_segments(start: &str) -> String {
    start.rfind('/').and_then(|slash| start.get(..=slash)).unwrap_or_default().to_owned()
}

impl Cover {
    /// Whether `from` covers the subject, whatever the conditions and exceptions.
    pub(crate) fn fit(&self, subject: &Subject<'_>) -> Fit {
        match self {
            Self::Pattern(pattern) => pattern.fit(subject),
            Self::Regex { regex, .. } if !subject.holed => captured(regex, &subject.name).map_or(Fit::No(Why::Name), Fit::Yes),
            Self::Regex { automaton, .. } => {
                if subject.names().any(|name| automaton.could_match(name)) {
                    Fit::Maybe(subject.hidden())
                } else {
                    Fit::No(Why::Name)
                }
            }
        }
    }

    /// The text that every name that is covered starts with.
    pub(crate) fn start(&self) -> String {
        match self {
            Self::Pattern(pattern) => pattern.start(),
            Self::Regex { start, .. } => start.clone(),
        }
    }

    /// References that stand for all that is covered; wildcards are holes.
    pub(crate) fn sample(&self) -> Option<String> {
        match self {
            Self::Pattern(pattern) => Some(pattern.sample()),
            Self::Regex { start, .. } if start.contains('/') => Some(format!("{start}{HOLE}:{HOLE}")),
            Self::Regex { .. } => None,
        }
    }
}

/// The text that every match of an anchored regular expression starts with.
pub(crate) fn regex_start(pattern: &str) -> String {
    let mut start = String::new();
    let pattern = pattern.strip_prefix('^').unwrap_or(pattern);
    // An alternative at any depth may have another start, and a flag may change what letters mean.
    if pattern.contains('|') || pattern.starts_with("(?") {
        return start;
    }
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        let literal = match c {
            '\\' => match rest.next() {
                Some(escaped) if !escaped.is_ascii_alphanumeric() => escaped,
                _ => break,
            },
            c if c.is_ascii_alphanumeric() || "/-_:@%=,~".contains(c) => c,
            _ => break,
        };
        if matches!(rest.peek(), Some('?' | '*' | '{')) {
            break;
        }
        start.push(literal);
    }
    start
}

impl std::fmt::Display for Flatten {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Levels(levels) => write!(f, "{levels}"),
        }
    }
}

shown_as_in_json!(Digest);
read_as_in_json!(Digest);

/// Whether the subject's tag may yet turn out to be there: the name ends in a hole.
pub(crate) fn tag_may_follow(subject: &Subject<'_>) -> bool {
    subject.tag() == Known::Unknown
}
