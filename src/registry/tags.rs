//! Owns the list of a repository's tags, and the tags that somebody may have meant.

use serde::Deserialize;

use super::auth::Target;
use super::classify::classify;
use super::exchange::{Exchange, Question};
use super::few::Few;
use super::retry::OnFailure;
use super::transport::Method;
use super::{Code, Presence};
use crate::reference::Reference;
use crate::text::distance;

/// The most tags that are read.
const MOST: usize = 10_000;

/// The most pages that are followed: a registry may put one tag on each.
const PAGES: usize = 20;

/// The most bytes of one page.
const PAGE: usize = 4 * 1024 * 1024;

#[derive(Deserialize)]
struct Page {
    /// Required, so that a page that is something else is not taken for an empty one.
    #[serde(deserialize_with = "Option::deserialize")]
    tags: Option<Few<String, MOST>>,
}

/// A repository's tags as the registry lists them, at most 10 000 on 20 pages. Pages are followed by their `Link` (RFC 8288) within the registry. They
/// serve suggestions only, so that what fails is not asked for again.
pub(super) fn list(exchange: &Exchange, target: &Target) -> Result<Vec<String>, Presence> {
    let mut rest = "tags/list?n=1000".to_owned();
    let mut tags: Vec<String> = Vec::new();
    for _ in 0..PAGES {
        let answer = exchange.ask(
            target,
            Question { method: Method::Get, rest: &rest, accept: "application/json", cap: PAGE, on_failure: OnFailure::Read },
        )?;
        if answer.reply.status != 200 {
            return Err(classify(&answer, &target.domain));
        }
        let malformed = || answer.presence(Code::Malformed, format!("`{}` does not answer with a list of tags", target.domain));
        let page: Page = serde_json::from_slice(&answer.reply.body).map_err(|_| malformed())?;
        // A repository without tags has `null` in some registries.
        let page = page.tags.map(|tags| tags.items).unwrap_or_default();
        let before = tags.len();
        let is_tag = |tag: &String| Reference::parse(&format!("x:{tag}")).is_ok_and(|parsed| parsed.tag() == Some(tag));
        // A registry could hide a secret in a tag, to have it printed.
        let is_harmless = |tag: &String| answer.shown(tag) == *tag;
        tags.extend(page.into_iter().filter(is_tag).filter(is_harmless).take(MOST - before));
        let next = answer.reply.header("link").and_then(|link| next(link, target));
        match next {
            // A page that adds nothing would go on for ever.
            Some(next) if tags.len() < MOST && tags.len() > before && next != rest => rest = next,
            _ => break,
        }
    }
    Ok(tags)
}

/// What follows the repository in the URL of the next page; `None` when there is none, or it is elsewhere.
fn next(link: &str, target: &Target) -> Option<String> {
    let (url, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
    if !parameters.replace(['"', ' '], "").contains("rel=next") {
        return None;
    }
    let path = url.strip_prefix(&target.origin.to_string()).unwrap_or(url);
    let rest = path.strip_prefix(&format!("/v2/{}/", target.path))?;
    rest.starts_with("tags/list?").then(|| rest.to_owned())
}

/// The tags nearest to `wanted`, at most three, best first: those that extend it or that it extends, then those a few letters away.
pub fn nearest(wanted: &str, tags: &[String]) -> Vec<String> {
    let mut ranked: Vec<(usize, &String)> = tags
        .iter()
        .filter(|tag| *tag != wanted)
        .filter_map(|tag| {
            let stem = |text: &str| text.trim_start_matches(['v', 'V']).to_ascii_lowercase();
            let (a, b) = (stem(wanted), stem(tag));
            let related = !a.is_empty() && !b.is_empty() && (a.starts_with(&b) || b.starts_with(&a));
            let far = distance(&a, &b);
            // A third of the letters may differ; more is another tag, not a slip.
            (related || far * 3 <= a.chars().count().max(3)).then_some((if related { far } else { far * 4 }, tag))
        })
        .collect();
    ranked.sort();
    ranked.into_iter().take(3).map(|(_, tag)| tag.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest_of(wanted: &str, tags: &[&str]) -> Vec<String> {
        nearest(wanted, &tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_slip_and_a_shorter_version_are_near() {
        assert_eq!(nearest_of("3.9", &["3.8", "latest", "2.0-alpine-long"]), ["3.8"]);
        assert_eq!(nearest_of("v1.2.3", &["1.2.3", "9"]), ["1.2.3"]);
        assert_eq!(nearest_of("1.25.3", &["1.25", "nonroot"]), ["1.25"]);
    }

    #[test]
    fn a_wholly_other_tag_is_not_suggested() {
        assert!(nearest_of("3.8", &["latest", "nightly"]).is_empty());
    }
}
