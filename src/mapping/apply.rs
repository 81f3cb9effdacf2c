//! Owns what a mapping makes of a reference that it covers.

use super::one::{Cover, Digest, Flatten, Mapping, tag_may_follow};
use super::pattern::{Captures, Reach, joined};
use super::subject::{Known, Subject, may_hold_slash};
use super::template::{Tail, Template, Token, Values};
use super::{Kinship, Target};
use crate::reference::{DOCKER_HUB, HOLE, Part, Reference};

/// Why a mapping that covers a reference gives it no target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A hole hides what it becomes.
    Undecided(Part),
    /// It is not to be changed by a program; the reason is for people.
    Refused(String),
}

impl Mapping {
    /// The candidates for the subject.
    pub(crate) fn apply(&self, subject: &Subject<'_>, captures: &Captures) -> Result<Target, Stop> {
        let mut candidates = Vec::with_capacity(self.templates.len());
        for template in &self.templates {
            candidates.push(self.candidate(template, subject, captures)?);
        }
        let kinship = if self.digest == Digest::Drop { Kinship::Successor } else { Kinship::Copy };
        Ok(Target { mapping: self.id.clone(), candidates, kinship, scheme: self.charts.map(|charts| charts.to), held: None, doubt: None })
    }

    fn candidate(&self, template: &Template, subject: &Subject<'_>, captures: &Captures) -> Result<Reference, Stop> {
        let name = self.name(template, subject, captures)?;
        // A hole that may bring a tag of its own must stay last, and nothing may depend on the tag or the digest.
        let fixed = template.tag.is_some() || template.digest.is_some() || self.digest != Digest::Keep;
        if tag_may_follow(subject) && (fixed || !name.ends_with(HOLE)) {
            return Err(Stop::Undecided(Part::Tag));
        }
        let name = self.spelled_out(template, &name, subject).unwrap_or_else(|| keep_hub_spelling(name, subject.reference));
        let tag = tag(template, subject, captures)?;
        let text = joined(&name, tag.as_deref(), self.new_digest(template, subject, tag.as_deref())?);
        Reference::parse_with_holes(&text).map_err(|error| {
            if text.contains(HOLE) { Stop::Undecided(subject.hidden()) } else { Stop::Refused(format!("`{text}` is {error}")) }
        })
    }

    /// The name as it was typed behind Docker Hub's domain, where `to` writes that and nothing else changes; with `library/` where `to` does so.
    fn spelled_out(&self, template: &Template, name: &str, subject: &Subject<'_>) -> Option<String> {
        let (reference, path) = (subject.reference, name.strip_prefix(DOCKER_HUB)?);
        let is_known = !reference.path().split('/').next().unwrap_or_default().contains(HOLE);
        if !self.spells_out() || reference.domain().is_some() || !is_known || *name != *subject.name {
            return None;
        }
        Some(if template.typed.contains("library/") { name.to_owned() } else { format!("{DOCKER_HUB}/{}", reference.path()) })
            .filter(|_| path.starts_with('/'))
    }

    fn name(&self, template: &Template, subject: &Subject<'_>, captures: &Captures) -> Result<String, Stop> {
        let path = subject.name.split_once('/').map_or("", |(_, path)| path);
        let segments: Vec<&str> = subject.name.split('/').collect();
        let last = segments.last().copied().unwrap_or_default();
        if template.uses(&Token::Name) && may_hold_slash(&segments, segments.len().saturating_sub(1)) {
            return Err(Stop::Undecided(Part::Path));
        }
        let tag = subject.reference.tag().unwrap_or_default();
        if template.name.contains(&Token::Tag) {
            if tag.is_empty() {
                return Err(Stop::Refused(format!("it has no tag, and `{}` needs one", template.typed)));
            }
            if tag.contains(HOLE) {
                return Err(Stop::Undecided(Part::Tag));
            }
        }
        let mut name = Values { captures, path, name: last, tag }.render(&template.name);
        if template.tail == Tail::Append {
            name.push_str(&self.rest(&segments)?);
        }
        Ok(name)
    }

    /// What the prefix leaves over, flattened.
    fn rest(&self, segments: &[&str]) -> Result<String, Stop> {
        let taken = match &self.cover {
            Cover::Pattern(pattern) if pattern.reach == Reach::Prefix => pattern.segments(),
            _ => 0,
        };
        let rest = segments.get(taken..).unwrap_or_default();
        let drop = match self.flatten {
            None => 0,
            Some(Flatten::All) => rest.len().saturating_sub(1),
            Some(Flatten::Levels(levels)) => levels.min(rest.len().saturating_sub(1)),
        };
        // A hole with slashes in it would move the count: none may stand in what is dropped. `all` drops it whatever it holds,
        // and what is kept must then be one segment.
        let counted = match self.flatten {
            None => 0..0,
            Some(Flatten::All) => rest.len().saturating_sub(1)..rest.len(),
            Some(Flatten::Levels(levels)) if drop < levels => 0..rest.len(),
            Some(Flatten::Levels(_)) => 0..drop,
        };
        if counted.into_iter().any(|index| may_hold_slash(segments, taken + index)) {
            return Err(Stop::Undecided(Part::Path));
        }
        Ok(rest.get(drop..).unwrap_or_default().join("/"))
    }

    fn new_digest<'a>(&self, template: &'a Template, subject: &Subject<'a>, tag: Option<&str>) -> Result<Option<&'a str>, Stop> {
        if template.digest.is_some() {
            return Ok(template.digest.as_deref());
        }
        let Some(digest) = subject.reference.digest() else { return Ok(None) };
        match self.digest {
            Digest::Keep => Ok(Some(digest)),
            Digest::Refuse => Err(Stop::Refused("it has a digest, which the target cannot share".into())),
            Digest::Drop if tag.is_none() => Err(Stop::Refused("without its digest nothing says which version it is".into())),
            Digest::Drop => Ok(None),
        }
    }
}

/// The new tag.
fn tag(template: &Template, subject: &Subject<'_>, captures: &Captures) -> Result<Option<String>, Stop> {
    let Some(tokens) = &template.tag else { return Ok(subject.reference.tag().map(str::to_owned)) };
    let tag = match (tokens.contains(&Token::Tag), subject.tag()) {
        (false, _) => "",
        (true, Known::Present(tag)) => tag,
        (true, Known::Unknown) => return Err(Stop::Undecided(Part::Tag)),
        (true, Known::Absent) if tokens.as_slice() == [Token::Tag] => return Ok(None),
        (true, Known::Absent) => return Err(Stop::Refused(format!("it has no tag, and `{}` needs one", template.typed))),
    };
    let path = subject.name.split_once('/').map_or("", |(_, path)| path);
    let name = path.rsplit('/').next().unwrap_or_default();
    Ok(Some(Values { captures, path, name, tag }.render(tokens)))
}

/// On Docker Hub, who says `docker.io` goes on saying so, in the same words, and who does not goes on without.
fn keep_hub_spelling(name: String, source: &Reference) -> String {
    let Ok(target) = Reference::parse_with_holes(&name) else { return name };
    if !source.is_docker_hub() || !target.is_docker_hub() {
        return name;
    }
    let path = target.path();
    match source.domain() {
        Some(domain) => format!("{domain}/{path}"),
        // Without its domain a hole would hide where the name begins, or the first segment would be taken for a domain.
        None => match Reference::parse_with_holes(path) {
            Ok(familiar) if familiar.domain().is_none() => path.to_owned(),
            _ => name,
        },
    }
}
