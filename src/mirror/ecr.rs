//! Owns the script that makes Amazon ECR's pull-through cache rules: a prefix of a private registry that fetches from an upstream.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::prefix::{OTHER_TAG, agreed, is_found_alike, prefixes};
use super::script::{Script, quote, variable};
use super::{Engine, Options, Row, Written};

/// What makes a rule in one registry: a prefix is there once.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    account: String,
    region: String,
    prefix: String,
}

/// Where a rule fetches from.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Upstream {
    domain: String,
    prefix: String,
}

pub(super) fn write(rows: &[Row], options: &Options) -> Written {
    let mut written = Written::default();
    let mut fitting = Vec::new();
    for row in rows {
        match rule(row) {
            Ok((place, upstream)) => fitting.push((place, upstream, row)),
            Err(reason) => written.leave(row, reason),
        }
    }
    let rules = agreed(fitting, &mut written, |place: &Place, upstream: &Upstream| {
        let whole = format!("{}/{}", upstream.domain, upstream.prefix);
        format!("the prefix `{}` already fetches from `{}`", place.prefix, whole.trim_end_matches('/'))
    });
    if !rules.is_empty() {
        written.script("mirror.sh", script(&rules, options));
    }
    written
}

fn script(rules: &BTreeMap<Place, (Upstream, Vec<&Row>)>, options: &Options) -> String {
    let mut script = Script::new(
        Engine::EcrPullThrough,
        options,
        &[
            "Nothing is copied: an image is fetched when it is first pulled by its tag, by someone who may ecr:BatchImportUpstreamImage.",
            "A rule covers everything below its prefix. Credentials of upstreams are secrets of AWS Secrets Manager, named",
            "ecr-pullthroughcache/…, given here by their ARN in an environment variable.",
        ],
    );
    script.define_attempt();
    for (place, (upstream, rows)) in rules {
        for row in rows {
            script.places(row);
        }
        let Some((url, login)) = endpoint(&upstream.domain) else { continue };
        let prefix = if place.prefix.is_empty() { "ROOT" } else { &place.prefix };
        let mut command = format!(
            "attempt aws ecr create-pull-through-cache-rule --registry-id {} --region {} --ecr-repository-prefix {} --upstream-registry-url {}",
            quote(&place.account),
            quote(&place.region),
            quote(prefix),
            quote(&url)
        );
        if !upstream.prefix.is_empty() {
            let _ = write!(command, " --upstream-repository-prefix {}", quote(&upstream.prefix));
        }
        if matches!(login, Login::Needed) {
            let _ = write!(command, r#" --credential-arn "${{{}:?}}""#, variable(&upstream.domain, "CREDENTIAL_ARN"));
        }
        script.line(&command);
    }
    script.finish()
}

fn rule(row: &Row) -> Result<(Place, Upstream), &'static str> {
    let domain = row.target_domain();
    let (account, region) = registry(&domain).ok_or("the target is no private registry of Amazon ECR")?;
    if endpoint(&row.source_domain()).is_none() {
        return Err("Amazon ECR does not fetch from this registry");
    }
    if row.target().digest().is_some() {
        return Err("Amazon ECR fetches nothing on a first pull by digest");
    }
    if !is_found_alike(row) {
        return Err(OTHER_TAG);
    }
    let (upstream, prefix) =
        prefixes(&row.source_path(), &row.target_path()).ok_or("a pull-through rule keeps the last segment, and the target renames it")?;
    if prefix.is_empty() && !upstream.is_empty() {
        return Err("a rule for the whole registry cannot drop the upstream's prefix");
    }
    if !prefix.is_empty() && !(2..=30).contains(&prefix.len()) {
        return Err("a pull-through rule's prefix has 2 to 30 characters");
    }
    Ok((Place { account, region, prefix }, Upstream { domain: row.source_domain(), prefix: upstream }))
}

/// `ACCOUNT.dkr.ecr.REGION.amazonaws.com[.cn]`.
fn registry(domain: &str) -> Option<(String, String)> {
    let rest = domain.strip_suffix(".amazonaws.com").or_else(|| domain.strip_suffix(".amazonaws.com.cn"))?;
    let (account, region) = rest.split_once(".dkr.ecr.")?;
    let digits = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    (digits && !region.is_empty() && !region.contains('.')).then(|| (account.to_owned(), region.to_owned()))
}

/// Whether an upstream gives nothing without credentials.
enum Login {
    Needed,
    Public,
}

/// The upstream's address in ECR's words (`aws ecr create-pull-through-cache-rule help`).
fn endpoint(domain: &str) -> Option<(String, Login)> {
    match domain {
        "docker.io" => Some(("registry-1.docker.io".to_owned(), Login::Needed)),
        "ghcr.io" | "registry.gitlab.com" => Some((domain.to_owned(), Login::Needed)),
        "quay.io" | "registry.k8s.io" | "public.ecr.aws" => Some((domain.to_owned(), Login::Public)),
        _ => domain.ends_with(".azurecr.io").then(|| (domain.to_owned(), Login::Needed)),
    }
}
