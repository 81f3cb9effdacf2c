//! Owns the script that makes Amazon ECR's pull-through cache rules: a prefix of a private registry that fetches from an upstream.

use std::collections::BTreeMap;

use super::prefix::{agreed, fetched_alike, prefixes};
use super::script::{Script, quote, variable};
use super::{Engine, Options, Profile, Purpose, Row, Written};

pub(super) const ENGINE: Profile =
    Profile::new("ecr-pull-through", Purpose::Copy, write, "a script that makes Amazon ECR's pull-through cache rules");

/// How its script begins. `with_arn FLAG VARIABLE COMMAND…` is the command with the ARN that the variable holds; without one this rule fails and no
/// other.
const HEAD: &str = include_str!("../../rules/engines/ecr-pull-through.sh");

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

fn write(rows: &[Row], options: &Options) -> Written {
    let (mut written, fitting) = Written::sift(rows, |row| rule(row).map(|(place, upstream)| (place, upstream, row)));
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
    let mut script = Script::new(Engine::EcrPullThrough, options, HEAD, &[]);
    for (place, (upstream, rows)) in rules {
        for row in rows {
            script.places(row);
        }
        let Some((url, login)) = endpoint(&upstream.domain, &place.account) else { continue };
        let login = match login {
            Login::Public => String::new(),
            Login::Secret => format!("with_arn --credential-arn {} ", variable(&upstream.domain, "CREDENTIAL_ARN")),
            Login::Role => format!("with_arn --custom-role-arn {} ", variable(&upstream.domain, "CUSTOM_ROLE_ARN")),
        };
        let prefix = if place.prefix.is_empty() { "ROOT" } else { &place.prefix };
        let drop =
            if upstream.prefix.is_empty() { String::new() } else { format!(" --upstream-repository-prefix {}", quote(&upstream.prefix)) };
        script.line(&format!(
            "attempt {login}aws ecr create-pull-through-cache-rule --registry-id {} --region {} --ecr-repository-prefix {} --upstream-registry-url {}{drop}",
            quote(&place.account),
            quote(&place.region),
            quote(prefix),
            quote(&url)
        ));
    }
    script.finish()
}

/// How long a prefix may be, in characters (`PullThroughCacheRuleRepositoryPrefix` of the API).
const PREFIX: std::ops::RangeInclusive<usize> = 2..=30;

fn rule(row: &Row) -> Result<(Place, Upstream), &'static str> {
    let domain = row.target_domain();
    let (account, region) = registry(&domain).ok_or("the target is no private registry of Amazon ECR")?;
    if endpoint(&row.source_domain(), &account).is_none() {
        return Err("Amazon ECR does not fetch from this registry");
    }
    if row.target().digest().is_some() {
        return Err("Amazon ECR fetches nothing on a first pull by digest");
    }
    fetched_alike(row)?;
    let (upstream, prefix) =
        prefixes(&row.source_path(), &row.target_path()).ok_or("a pull-through rule keeps the last segment, and the target renames it")?;
    if prefix.is_empty() && !upstream.is_empty() {
        return Err("a rule for the whole registry cannot drop the upstream's prefix");
    }
    if !upstream.is_empty() && registry(&row.source_domain()).is_none() {
        return Err("a pull-through rule drops a prefix of its upstream only when that is a private registry of Amazon ECR");
    }
    if [&prefix, &upstream].iter().any(|prefix| !prefix.is_empty() && !PREFIX.contains(&prefix.len())) {
        return Err("a pull-through rule's prefixes have 2 to 30 characters");
    }
    Ok((Place { account, region, prefix }, Upstream { domain: row.source_domain(), prefix: upstream }))
}

/// `ACCOUNT.dkr.ecr.REGION.amazonaws.com[.cn]`.
pub(super) fn registry(domain: &str) -> Option<(String, String)> {
    let rest = domain.strip_suffix(".amazonaws.com").or_else(|| domain.strip_suffix(".amazonaws.com.cn"))?;
    let (account, region) = rest.split_once(".dkr.ecr.")?;
    let digits = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    (digits && !region.is_empty() && !region.contains('.')).then(|| (account.to_owned(), region.to_owned()))
}

/// What an upstream wants to see.
enum Login {
    /// The secret that holds its credentials.
    Secret,
    /// An IAM role that may read it, since it belongs to another account.
    Role,
    Public,
}

/// The upstream's address in ECR's words (`aws ecr create-pull-through-cache-rule help`), asked from `account`.
fn endpoint(domain: &str, account: &str) -> Option<(String, Login)> {
    match domain {
        "docker.io" => Some(("registry-1.docker.io".to_owned(), Login::Secret)),
        "ghcr.io" | "registry.gitlab.com" => Some((domain.to_owned(), Login::Secret)),
        "quay.io" | "registry.k8s.io" | "public.ecr.aws" => Some((domain.to_owned(), Login::Public)),
        _ if domain.ends_with(".azurecr.io") => Some((domain.to_owned(), Login::Secret)),
        _ => {
            let (upstream, _) = registry(domain)?;
            Some((domain.to_owned(), if upstream == account { Login::Public } else { Login::Role }))
        }
    }
}
