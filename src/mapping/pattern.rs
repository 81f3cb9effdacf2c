//! Owns patterns of references: prefixes, repositories, single references, globs with captures; and their three-valued match.

use std::borrow::Cow;

use regex::Regex;

use super::meet::{Atom, could_equal, could_meet};
use super::subject::{Known, Subject, host, may_hold_slash};
use crate::reference::{DOCKER_HUB, HOLE, HUB_DOMAINS, Name, Part, Reference};

/// Values of captures by name, in the order of the pattern.
pub(crate) type Captures = Vec<(String, String)>;

/// How far a pattern's name goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It is the whole name.
    Repository,
    /// Names go on below it; the pattern ends in a slash.
    Prefix,
}

/// A pattern of references in canonical form.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub(crate) name: Vec<Atom>,
    pub(crate) reach: Reach,
    pub(crate) tag: Option<Vec<Atom>>,
    pub(crate) digest: Option<String>,
    /// The name, when it has no wildcard.
    literal: Option<String>,
    regex: Option<Regex>,
    tag_regex: Option<Regex>,
}

/// Whether a pattern, or a mapping with its conditions and exceptions, covers a reference, for every way to fill its holes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    Yes(Captures),
    No(Why),
    Maybe(Part),
}

/// Why a mapping does not cover a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The name is another.
    Name,
    /// The tag is another.
    Tag,
    /// The digest is another.
    Digest,
    /// `except` names it, with this pattern.
    Excepted(String),
    /// A condition of `when` does not hold: its key.
    Condition(&'static str),
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name => f.write_str("the name is another"),
            Self::Tag => f.write_str("the tag is another"),
            Self::Digest => f.write_str("the digest is another"),
            Self::Excepted(pattern) => write!(f, "excepted by `{pattern}`"),
            Self::Condition(key) => write!(f, "`when: {key}` does not hold"),
        }
    }
}

impl Pattern {
    /// Reads a pattern as typed; the canonical form is found as for references.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (name, tag, digest) = parts(text);
        if name.is_empty() {
            return Err("expected a prefix (`lablup/`), a repository or a reference".into());
        }
        if !name.contains('/') && tag.is_none() && name != "**" && name.contains('.') {
            return Err(format!("expected a repository; to cover a registry write `{name}/`"));
        }
        let reach = if name.ends_with('/') { Reach::Prefix } else { Reach::Repository };
        let name = canonical(name);
        check(&name, reach, tag, digest)?;
        small_domain(&name)?;
        let name = atoms(&name)?;
        if reach == Reach::Prefix && name.contains(&Atom::Across) {
            return Err("`**` reaches all below already: leave out the `/` at the end".into());
        }
        let tag = tag.map(atoms).transpose()?;
        if tag.as_ref().is_some_and(|tag| tag.contains(&Atom::Across)) {
            return Err("a tag has no segments: write `*`".into());
        }
        let wild = |atoms: &[Atom]| atoms.iter().any(|atom| !matches!(atom, Atom::Is(_)));
        let literal = (!wild(&name)).then(|| text_of(&name));
        let regex = if wild(&name) { Some(regex_of(&name, reach)?) } else { None };
        let tag_regex = tag.as_ref().filter(|tag| wild(tag)).map(|tag| regex_of(tag, Reach::Repository)).transpose()?;
        Ok(Self { name, reach, tag, digest: digest.map(str::to_owned), literal, regex, tag_regex })
    }

    /// The name when it has no wildcard; a prefix ends in a slash.
    pub(crate) fn literal(&self) -> Option<&str> {
        self.literal.as_deref()
    }

    /// Whether the name or the tag has a wildcard.
    pub(crate) const fn is_glob(&self) -> bool {
        self.regex.is_some() || self.tag_regex.is_some()
    }

    /// The canonical spelling; captures lose their names, so that equal patterns are spelled alike.
    pub(crate) fn spelled(&self) -> String {
        let spell = |atoms: &[Atom]| {
            let mut text = String::new();
            for atom in atoms {
                match atom {
                    Atom::Is(c) => text.push(*c),
                    Atom::Within(None) => text.push('*'),
                    Atom::Within(Some(_)) => text.push_str("{}"),
                    Atom::Across => text.push_str("**"),
                }
            }
            text
        };
        joined(&spell(&self.name), self.tag.as_deref().map(spell).as_deref(), self.digest.as_deref())
    }

    /// A reference that stands for all that the name covers: each wildcard is a hole.
    pub(crate) fn sample(&self) -> String {
        let holes = |atoms: &[Atom]| atoms.iter().map(|atom| if let Atom::Is(c) = atom { *c } else { HOLE }).collect::<String>();
        let mut sample = holes(&self.name);
        if self.reach == Reach::Prefix {
            sample.push(HOLE);
        }
        sample.push(':');
        sample.push_str(&self.tag.as_deref().map_or_else(|| HOLE.to_string(), holes));
        sample
    }

    /// How many segments the name has; for a prefix those before the rest.
    pub(crate) fn segments(&self) -> usize {
        let slashes = self.name.iter().filter(|atom| **atom == Atom::Is('/')).count();
        if self.reach == Reach::Prefix { slashes } else { slashes + 1 }
    }

    /// The last segment of the name, when it has no wildcard.
    pub(crate) fn last_segment(&self) -> Option<String> {
        let last = self.name.rsplit(|atom| *atom == Atom::Is('/')).next()?;
        last.iter().map(|atom| if let Atom::Is(c) = atom { Some(*c) } else { None }).collect()
    }

    /// How many characters of it are known.
    pub(crate) fn known_characters(&self) -> usize {
        let tag = self.tag.iter().flatten();
        self.name.iter().chain(tag).filter(|atom| matches!(atom, Atom::Is(_))).count()
    }

    /// The domain, when all of it is known.
    pub(crate) fn domain(&self) -> Option<String> {
        self.start().split_once('/').map(|(domain, _)| domain.to_owned())
    }

    /// The longest run of the domain that is known, when it tells a host from other words.
    pub(crate) fn domain_word(&self) -> Option<String> {
        let domain = self.name.split(|atom| *atom == Atom::Is('/')).next()?;
        let runs = domain.split(|atom| !matches!(atom, Atom::Is(_))).map(text_of);
        runs.filter(|run| run.contains(['.', ':']) || run == "localhost").max_by_key(String::len)
    }

    /// The known start of the name, up to the first wildcard.
    pub(crate) fn start(&self) -> String {
        self.name.iter().map_while(|atom| if let Atom::Is(c) = atom { Some(*c) } else { None }).collect()
    }

    /// The names of the captures.
    pub(crate) fn captures(&self) -> impl Iterator<Item = &str> {
        let tag = self.tag.iter().flatten();
        self.name.iter().chain(tag).filter_map(|atom| if let Atom::Within(Some(name)) = atom { Some(name.as_str()) } else { None })
    }

    /// The tag when it has no wildcard.
    pub(crate) fn literal_tag(&self) -> Option<String> {
        self.tag.as_deref().filter(|_| self.tag_regex.is_none()).map(text_of)
    }

    /// Whether the pattern covers the subject.
    pub(crate) fn fit(&self, subject: &Subject<'_>) -> Fit {
        // A part that is known not to fit settles the matter, whatever hides in the others.
        let (name, tag, digest) = (self.fit_name(subject), self.fit_tag(subject), self.fit_digest(subject));
        match (name, tag, digest) {
            (no @ Fit::No(_), _, _) | (_, no @ Fit::No(_), _) | (_, _, no @ Fit::No(_)) => no,
            (maybe @ Fit::Maybe(_), _, _) | (_, maybe @ Fit::Maybe(_), _) | (_, _, maybe @ Fit::Maybe(_)) => maybe,
            (Fit::Yes(mut captures), Fit::Yes(found), Fit::Yes(_)) => {
                captures.extend(found);
                Fit::Yes(captures)
            }
        }
    }

    fn fit_digest(&self, subject: &Subject<'_>) -> Fit {
        match (&self.digest, subject.digest()) {
            (None, _) => Fit::Yes(Vec::new()),
            (Some(want), Known::Present(digest)) if want == digest => Fit::Yes(Vec::new()),
            (Some(want), Known::Present(digest)) if could_equal(digest, want) => Fit::Maybe(Part::Digest),
            (Some(_), Known::Unknown) => Fit::Maybe(Part::Digest),
            (Some(_), _) => Fit::No(Why::Digest),
        }
    }

    /// Whether the pattern's name covers the subject's, whatever its tag.
    pub(crate) fn fit_name(&self, subject: &Subject<'_>) -> Fit {
        if !subject.holed {
            return self.fit_known(&subject.name).map_or(Fit::No(Why::Name), Fit::Yes);
        }
        if !subject.names().any(|name| self.could_fit(name)) {
            return Fit::No(Why::Name);
        }
        let sure = if subject.others.is_empty() { self.fit_holed(&subject.name) } else { None };
        sure.map_or(Fit::Maybe(subject.hidden()), Fit::Yes)
    }

    fn fit_known(&self, name: &str) -> Option<Captures> {
        match (&self.literal, &self.regex) {
            (Some(literal), _) => match self.reach {
                Reach::Repository => name == literal,
                Reach::Prefix => name.starts_with(literal.as_str()) && name.len() > literal.len(),
            }
            .then(Vec::new),
            (None, Some(regex)) => captured(regex, name),
            (None, None) => None,
        }
    }

    fn could_fit(&self, name: &str) -> bool {
        if let Some(literal) = &self.literal {
            let known = name.split(HOLE).next().unwrap_or_default();
            let shared = known.len().min(literal.len());
            if known.as_bytes().get(..shared) != literal.as_bytes().get(..shared) {
                return false;
            }
        }
        match self.reach {
            Reach::Repository => could_meet(name, &self.name),
            Reach::Prefix => could_meet(name, &self.below()),
        }
    }

    /// The name's steps, and for a prefix all that is below it.
    pub(crate) fn below(&self) -> Vec<Atom> {
        let mut atoms = self.name.clone();
        if self.reach == Reach::Prefix {
            atoms.push(Atom::Across);
        }
        atoms
    }

    /// The captures, when every filling of the holes is covered and they lie in them, or in the rest, as a whole.
    fn fit_holed(&self, name: &str) -> Option<Captures> {
        if self.name.contains(&Atom::Across) {
            return self.fit_across(name);
        }
        let known: Vec<&[Atom]> = self.name.split(|atom| *atom == Atom::Is('/')).collect();
        // The split of a prefix ends in an empty segment, which stands for the rest.
        let count = if self.reach == Reach::Prefix { known.len() - 1 } else { known.len() };
        let segments: Vec<&str> = name.split('/').collect();
        let enough = if self.reach == Reach::Prefix { segments.len() > count } else { segments.len() == count };
        if !enough || (0..count).any(|index| may_hold_slash(&segments, index)) {
            return None;
        }
        let mut captures = Vec::new();
        for (atoms, segment) in known.iter().zip(&segments).take(count) {
            captures.extend(fit_segment(atoms, segment)?);
        }
        Some(captures)
    }

    /// A `**` may hold any hole when it is the only wildcard: what stands before and behind it is known.
    fn fit_across(&self, name: &str) -> Option<Captures> {
        let mut wild = self.name.iter().enumerate().filter(|(_, atom)| !matches!(atom, Atom::Is(_)));
        let (Some((at, Atom::Across)), None) = (wild.next(), wild.next()) else { return None };
        let (before, behind) = (text_of(self.name.get(..at)?), text_of(self.name.get(at + 1..)?));
        let rest = name.strip_prefix(&before)?;
        let within = if self.reach == Reach::Prefix { return None } else { rest.strip_suffix(&behind)? };
        // A hole may be empty, but a whole segment is not.
        let whole = before.ends_with('/') && (behind.is_empty() || behind.starts_with('/'));
        (whole || within.chars().any(|c| c != HOLE)).then(Vec::new)
    }

    fn fit_tag(&self, subject: &Subject<'_>) -> Fit {
        let Some(want) = &self.tag else { return Fit::Yes(Vec::new()) };
        match subject.tag() {
            Known::Absent => Fit::No(Why::Tag),
            Known::Unknown => Fit::Maybe(Part::Tag),
            Known::Present(tag) => fit_text(want, self.tag_regex.as_ref(), tag).map_or_else(
                || if tag.contains(HOLE) && could_meet(tag, want) { Fit::Maybe(Part::Tag) } else { Fit::No(Why::Tag) },
                Fit::Yes,
            ),
        }
    }
}

/// Matches a tag; a hole must lie in the only wildcard.
fn fit_text(atoms: &[Atom], regex: Option<&Regex>, text: &str) -> Option<Captures> {
    if text.contains(HOLE) {
        return fit_segment(atoms, text);
    }
    regex.map_or_else(|| (text_of(atoms) == text).then(Vec::new), |regex| captured(regex, text))
}

/// Matches one segment that may hold holes: with one wildcard only its value is the same for every filling.
fn fit_segment(atoms: &[Atom], segment: &str) -> Option<Captures> {
    let holed = segment.contains(HOLE);
    let mut wild = atoms.iter().enumerate().filter(|(_, atom)| !matches!(atom, Atom::Is(_)));
    let Some((at, atom)) = wild.next() else {
        return (!holed && text_of(atoms) == segment).then(Vec::new);
    };
    if holed && wild.next().is_some() {
        return None;
    }
    if !holed {
        return captured(&regex_of(atoms, Reach::Repository).ok()?, segment);
    }
    let (before, behind) = (text_of(atoms.get(..at)?), text_of(atoms.get(at + 1..)?));
    let value = segment.strip_prefix(&before)?.strip_suffix(&behind)?;
    // A hole may be empty, unless the grammar wants a letter there: no segment and no tag is empty or starts with a dash or a dot.
    let filled = value.chars().any(|c| c != HOLE) || (before.is_empty() && (behind.is_empty() || behind.starts_with(['-', '.'])));
    match atom {
        Atom::Within(Some(name)) if filled => Some(vec![(name.clone(), value.to_owned())]),
        Atom::Within(None) => Some(Vec::new()),
        _ => None,
    }
}

pub(crate) fn captured(regex: &Regex, text: &str) -> Option<Captures> {
    let found = regex.captures(text)?;
    let names = regex.capture_names().flatten();
    Some(names.filter_map(|name| found.name(name).map(|value| (name.to_owned(), value.as_str().to_owned()))).collect())
}

/// The canonical spelling of a pattern's name: Docker Hub's domain and `library/` made plain.
fn canonical(name: &str) -> String {
    let trimmed = name.strip_suffix('/').unwrap_or(name);
    let (first, rest) = trimmed.split_once('/').map_or((trimmed, None), |(first, rest)| (first, Some(rest)));
    let is_domain = first == "localhost" || first.contains(['.', ':']) || first == "**";
    match rest {
        // `docker.io/` and `quay.io/` are prefixes of one segment; `lablup/` is one too.
        None if name.ends_with('/') && is_domain => format!("{}/", fold(first)),
        None if first == "**" => name.to_owned(),
        None if name.ends_with('/') => format!("{DOCKER_HUB}/{name}"),
        None => Name::new(None, name).to_string(),
        Some(_) if !is_domain => format!("{DOCKER_HUB}/{name}"),
        Some(_) if name.ends_with('/') => format!("{}/{}", fold(first), name.get(first.len() + 1..).unwrap_or_default()),
        Some(rest) => Name::new(Some(&fold(first)), rest).to_string(),
    }
}

fn fold(domain: &str) -> Cow<'_, str> {
    let host = host(domain);
    if HUB_DOMAINS.contains(&&*host) { DOCKER_HUB.into() } else { host }
}

/// Judges a canonical pattern by the grammar of references, each wildcard taken as a letter.
fn check(name: &str, reach: Reach, tag: Option<&str>, digest: Option<&str>) -> Result<(), String> {
    let mut sample = fill(name)?;
    if reach == Reach::Prefix {
        sample.push('x');
        if tag.is_some() {
            return Err("a prefix has no tag; use `when: {tag: …}`".into());
        }
    }
    let tag = tag.map(fill).transpose()?;
    Reference::parse(&joined(&sample, tag.as_deref(), digest)).map(drop).map_err(|error| error.to_string())
}

/// Name, tag and digest of a text that may have wildcards or steps in it. A colon before the last slash belongs to a port.
pub(crate) fn parts(text: &str) -> (&str, Option<&str>, Option<&str>) {
    let last = text.rfind('/').map_or(0, |slash| slash + 1);
    let (rest, digest) = text.split_once('@').map_or((text, None), |(rest, digest)| (rest, Some(digest)));
    let colon = rest.get(last..).and_then(|end| end.find(':')).map(|at| last + at);
    let (name, tag) = colon.map_or((rest, None), |at| (rest.get(..at).unwrap_or_default(), rest.get(at + 1..)));
    (name, tag, digest)
}

/// The text of which these are the parts.
pub(crate) fn joined(name: &str, tag: Option<&str>, digest: Option<&str>) -> String {
    let tag = tag.map(|tag| format!(":{tag}")).unwrap_or_default();
    let digest = digest.map(|digest| format!("@{digest}")).unwrap_or_default();
    format!("{name}{tag}{digest}")
}

/// Refuses capital letters in the domain of a name: registries are compared as they are spelled, and nobody spells them so.
///
/// # Errors
/// How it is spelled.
pub(crate) fn small_domain(name: &str) -> Result<(), String> {
    let domain = name.split('/').next().unwrap_or_default();
    let mut outside = domain.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
    if outside.any(|part| part.contains(|c: char| c.is_ascii_uppercase())) {
        return Err(format!("domains are written in small letters: `{}`", domain.to_ascii_lowercase()));
    }
    Ok(())
}

fn fill(text: &str) -> Result<String, String> {
    let atoms = atoms(text)?;
    Ok(atoms.iter().map(|atom| if let Atom::Is(c) = atom { *c } else { 'x' }).collect())
}

fn atoms(text: &str) -> Result<Vec<Atom>, String> {
    let mut atoms = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(more) = rest.strip_prefix("**") {
            atoms.push(Atom::Across);
            rest = more;
        } else if c == '*' {
            atoms.push(Atom::Within(None));
            rest = rest.get(1..).unwrap_or_default();
        } else if c == '{' {
            let Some((name, more)) = rest.get(1..).and_then(|rest| rest.split_once('}')) else {
                return Err("a `{` without its `}`".into());
            };
            if !is_name(name) {
                return Err(format!("`{{{name}}}` is no capture: a name has letters, digits and `_`"));
            }
            if atoms.iter().any(|atom| *atom == Atom::Within(Some(name.to_owned()))) {
                return Err(format!("`{{{name}}}` is captured twice"));
            }
            atoms.push(Atom::Within(Some(name.to_owned())));
            rest = more;
        } else if c == '}' {
            return Err("a `}` without its `{`".into());
        } else {
            atoms.push(Atom::Is(c));
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
    Ok(atoms)
}

/// Whether a text can name a capture or a var.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The text of steps without wildcard; wildcards are left out.
fn text_of(atoms: &[Atom]) -> String {
    atoms.iter().filter_map(|atom| if let Atom::Is(c) = atom { Some(*c) } else { None }).collect()
}

fn regex_of(atoms: &[Atom], reach: Reach) -> Result<Regex, String> {
    let mut pattern = String::from("^(?:");
    for atom in atoms {
        match atom {
            Atom::Is(c) => pattern.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
            Atom::Within(None) => pattern.push_str("[^/]*"),
            Atom::Within(Some(name)) => {
                pattern.push_str("(?<");
                pattern.push_str(name);
                pattern.push_str(">[^/]+)");
            }
            Atom::Across => pattern.push_str(".+"),
        }
    }
    pattern.push_str(if reach == Reach::Prefix { ").+$" } else { ")$" });
    Regex::new(&pattern).map_err(|error| error.to_string())
}
