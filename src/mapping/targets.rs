//! Owns where a mapping's targets lie: patterns of them, and references that stand for all of them.

use super::pattern::{Pattern, Reach, joined};
use super::template::{Tail, Template, Token};
use super::{Digest, Mapping};
use crate::reference::{HOLE, Reference};

/// The pattern of all names that a candidate can make.
///
/// # Errors
/// Why it is no pattern; a template that was checked always is one.
pub(crate) fn pattern(template: &Template) -> Result<Pattern, String> {
    let mut text = String::new();
    for token in &template.name {
        match token {
            Token::Text(literal) => text.push_str(literal),
            Token::Path => text.push_str("**"),
            Token::Name | Token::Tag | Token::Capture(_) if text.ends_with('*') => {}
            Token::Name | Token::Tag | Token::Capture(_) => text.push('*'),
        }
    }
    if template.tail == Tail::Append && text.contains("**") {
        text.push_str("**");
    }
    Pattern::parse(&text)
}

impl Mapping {
    /// The patterns of the names that it makes, one for each candidate.
    pub(crate) fn target_patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.targets.iter().map(|(_, pattern)| pattern)
    }

    /// References that stand for all that a candidate makes, with and without what may follow the name.
    pub(crate) fn target_samples(&self, template: &Template, target: &Pattern) -> Vec<Reference> {
        let sample = target.sample();
        let name = sample.rsplit_once(':').map_or(sample.as_str(), |(name, _)| name);
        let hole = HOLE.to_string();
        let from_tag = self.pattern().and_then(|pattern| pattern.tag.as_ref().map(|_| pattern.literal_tag()));
        let tags = match (&template.tag, from_tag) {
            (Some(tokens), _) => vec![Some(
                tokens.iter().map(|token| if let Token::Text(text) = token { text.as_str() } else { hole.as_str() }).collect::<String>(),
            )],
            (None, Some(literal)) => vec![Some(literal.unwrap_or_else(|| hole.clone()))],
            (None, None) => vec![Some(hole.clone()), None],
        };
        let digests = match (&template.digest, self.digest) {
            (Some(digest), _) => vec![Some(digest.clone())],
            (None, Digest::Keep) => vec![None, Some(hole.clone())],
            (None, _) => vec![None],
        };
        let mut samples = Vec::new();
        for tag in &tags {
            for digest in &digests {
                samples.extend(Reference::parse_with_holes(&joined(name, tag.as_deref(), digest.as_deref())));
            }
        }
        samples
    }

    /// Whether it says: leave these as they are.
    pub(crate) fn is_identity(&self) -> bool {
        let (Some(from), Some(to), Some(template)) = (self.pattern(), self.target_patterns().next(), self.templates.first()) else {
            return false;
        };
        let same_reach = (from.reach == Reach::Prefix) == (template.tail == Tail::Append);
        let same_name = from.literal().is_some() && from.literal() == to.literal();
        let same_tag = template.tag.is_none() && template.digest.is_none();
        same_reach && same_name && same_tag && self.flatten.is_none() && self.digest == Digest::Keep
    }
}
