//! Owns Harbor's replication: registry endpoints, policies whose flattening yields the targets, and the script that creates both.

use std::collections::{BTreeMap, BTreeSet};

use super::digest::short;
use super::node::Node;
use super::product::{Product, projects};
use super::script::{Script, quote, variable};
use super::{Differing, Engine, Options, Profile, Purpose, Row, Written};

pub(super) const ENGINE: Profile =
    Profile::new("harbor", Purpose::Copy, write, "Harbor's registry endpoints and replication policies, flattening solved");

/// Which end of the copies the replicating Harbor is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum HarborSide {
    /// It pulls: the targets are its own.
    #[default]
    Target,
    /// It pushes: the sources are its own.
    Source,
}

/// What one policy copies: a repository of the source's registry, and what replaces how many of its path's first segments.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Policy {
    remote: String,
    path: String,
    namespace: String,
    replaced: i64,
}

impl Policy {
    /// The target's path, as Harbor makes it.
    fn target(&self) -> String {
        let kept = self.path.split('/').skip(usize::try_from(self.replaced).unwrap_or_default());
        let namespace = Some(self.namespace.as_str()).filter(|namespace| !namespace.is_empty());
        namespace.into_iter().chain(kept).collect::<Vec<_>>().join("/")
    }

    /// A name that says all that the policy does, so that another plan's policy is never taken for it.
    fn name(&self, side: HarborSide) -> String {
        let said = format!("{}-{}-to-{}", self.remote, self.path, self.target());
        let direction = remote_end(side);
        name(&said, &format!("{direction} {} {} {} {}", self.remote, self.path, self.namespace, self.replaced))
    }
}

fn write(rows: &[Row], options: &Options) -> Written {
    let mut written = Written::default();
    let mut kept: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    let mut harbors: BTreeMap<String, BTreeMap<Policy, BTreeSet<String>>> = BTreeMap::new();
    for row in rows {
        let (local, remote) = match options.harbor {
            HarborSide::Target => (row.target_domain(), row.source_domain()),
            HarborSide::Source => (row.source_domain(), row.target_domain()),
        };
        match may_replicate(&local, options).and_then(|()| policy(row, remote, options)) {
            Ok((policy, tag)) => {
                kept.entry(local.clone()).or_default().push(row);
                harbors.entry(local).or_default().entry(policy).or_default().insert(tag);
            }
            Err(reason) => written.leave(row, reason),
        }
    }
    for (local, policies) in harbors {
        let remotes: BTreeSet<&str> = policies.keys().map(|policy| policy.remote.as_str()).collect();
        let names: BTreeMap<&str, String> = remotes.into_iter().map(|remote| (remote, endpoint_name(remote, options))).collect();
        let registries = names.iter().map(|(remote, name)| registry(remote, name, options)).collect();
        written.script(format!("{local}/apply.sh"), script(&local, kept.get(&local).map_or(&[], Vec::as_slice), options));
        written.data(format!("{local}/registries.json"), Node::List(registries).json());
        written.data(format!("{local}/policies.json"), Node::List(policy_nodes(&policies, &names, options)).json());
    }
    written
}

/// Whether `local` may be a Harbor. The script sends it an administrator's password, so no other product may get it.
fn may_replicate(local: &str, options: &Options) -> Result<(), String> {
    let end = match options.harbor {
        HarborSide::Target => "target",
        HarborSide::Source => "source",
    };
    Product::other_than_harbor(local, options).map_or(Ok(()), |product| {
        Err(format!("the {end}'s registry is no Harbor but {}; if it is one, say so with `--harbor`", product.name()))
    })
}

fn policy(row: &Row, remote: String, options: &Options) -> Result<(Policy, String), String> {
    let tag = row.target_tag().filter(|_| row.target().digest().is_none());
    let Some(tag) = tag else {
        return Err("a replication copies what a tag names when it runs, and the target is pinned to a digest".to_owned());
    };
    if row.source_tag() != Some(tag) {
        return Err("a replication keeps the tag, and the target has another".to_owned());
    }
    let (path, target) = (row.source_path(), row.target_path());
    let segments = target.split('/').count();
    let two_only = options.harbor == HarborSide::Source && matches!(Product::of(&remote, options), Some(Product::DockerHub | Product::Swr));
    if segments < 2 || (two_only && segments > 2) {
        let allowed = if two_only { "exactly" } else { "at least" };
        return Err(format!("the target's registry takes paths of {allowed} two segments"));
    }
    let (namespace, replaced) =
        solve(&path, &target).ok_or("no flattening turns the source's path into the target's: it keeps the last segment")?;
    Ok((Policy { remote, path, namespace, replaced }, tag.to_owned()))
}

/// The destination namespace, and how many leading segments it replaces, so that Harbor's `replaceNamespace` (controller/replication/flow)
/// makes `target` of `source`. An empty namespace leaves the path alone. The fewest segments are replaced that do.
fn solve(source: &str, target: &str) -> Option<(String, i64)> {
    if source == target {
        return Some((String::new(), 0));
    }
    let segments: Vec<&str> = source.split('/').collect();
    (0..segments.len()).find_map(|count| {
        let kept = segments.get(count..)?.join("/");
        let namespace = target.strip_suffix(&kept)?.strip_suffix('/')?;
        Some((namespace.to_owned(), i64::try_from(count).ok()?))
    })
}

fn policy_nodes(policies: &BTreeMap<Policy, BTreeSet<String>>, names: &BTreeMap<&str, String>, options: &Options) -> Vec<Node> {
    let node = |(policy, tags): (&Policy, &BTreeSet<String>)| {
        let end = remote_end(options.harbor);
        let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
        let tags = if let [only] = tags[..] { only.to_owned() } else { format!("{{{}}}", tags.join(",")) };
        let filters = [
            Node::map([("type", Node::text("name")), ("value", Node::text(&policy.path))]),
            Node::map([("type", Node::text("tag")), ("value", Node::text(tags)), ("decoration", Node::text("matches"))]),
        ];
        Node::map([
            ("name", Node::Text(policy.name(options.harbor))),
            (end, Node::map([("name", Node::text(names.get(policy.remote.as_str()).map_or("", String::as_str)))])),
            ("dest_namespace", Node::text(&policy.namespace)),
            ("dest_namespace_replace_count", Node::Number(policy.replaced)),
            ("trigger", Node::map([("type", Node::text("manual"))])),
            ("filters", Node::List(filters.into())),
            ("enabled", Node::Truth(true)),
            ("override", Node::Truth(options.differing == Differing::Replaced)),
            ("replicate_deletion", Node::Truth(false)),
            ("speed", Node::Number(-1)),
        ])
    };
    policies.iter().map(node).collect()
}

fn registry(remote: &str, name: &str, options: &Options) -> Node {
    let plain = options.plain_http.contains(remote);
    let placeholder = |what| Node::text(format!("${{{}}}", variable(remote, what)));
    let credential = [("type", Node::text("basic")), ("access_key", placeholder("USERNAME")), ("access_secret", placeholder("PASSWORD"))];
    Node::map([
        ("name", Node::text(name)),
        ("type", Node::text(kind(Product::of(remote, options)))),
        ("url", Node::Text(url(remote, plain))),
        ("insecure", Node::Truth(plain)),
        ("credential", Node::map(credential)),
    ])
}

/// The kind of a registry, in Harbor's words; of one that nobody knows the plainest.
fn kind(product: Option<Product>) -> &'static str {
    product.map_or("docker-registry", Product::harbor_kind)
}

fn url(domain: &str, plain: bool) -> String {
    let scheme = if plain { "http" } else { "https" };
    let host = if domain == crate::reference::DOCKER_HUB { "hub.docker.com" } else { domain };
    format!("{scheme}://{host}")
}

/// How much of a name is for people, in characters: Harbor takes 255 in all.
const SAID: usize = 180;

/// A name as Harbor takes them, runs of lower-case letters and digits joined by single separators: `said` for people, and a digest of `all` that
/// tells apart what is spelled the same that way (`team-a/web`, `team/a-web`).
fn name(said: &str, all: &str) -> String {
    let words = said.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let joined = words.fold("transship".to_owned(), |joined, word| joined + "-" + &word.to_ascii_lowercase());
    let said: String = joined.chars().take(SAID).collect();
    format!("{}-{}", said.trim_end_matches('-'), short(all))
}

/// Endpoints that are there stay as they are, so that one with another address or of another kind must have another name.
fn endpoint_name(remote: &str, options: &Options) -> String {
    let kind = kind(Product::of(remote, options));
    name(remote, &format!("{kind} {}", url(remote, options.plain_http.contains(remote))))
}

/// The script; `{end}` is the key of the remote end in a policy. The password goes through a file descriptor, since arguments are seen by everyone
/// on the machine; curl's configuration wants `\` and `"` escaped.
const APPLY: &str = include_str!("../../rules/engines/harbor.sh");

/// The variables for this Harbor's administrator: never those by which another Harbor has it as an endpoint.
fn administrator(local: &str) -> [String; 2] {
    ["ADMIN_NAME", "ADMIN_SECRET"].map(|what| variable(local, what))
}

fn script(local: &str, rows: &[&Row], options: &Options) -> String {
    let [name, secret] = administrator(local);
    let projects = projects(rows.iter().copied(), |domain| match options.harbor {
        HarborSide::Target => domain == local,
        HarborSide::Source => Product::of(domain, options) == Some(Product::Harbor),
    });
    let scheme = if options.plain_http.contains(local) { "http" } else { "https" };
    let words = [
        ("administrator", vec![format!("{name} and {secret}")]),
        ("projects", projects),
        ("harbor", vec![quote(&format!("{scheme}://{local}/api/v2.0"))]),
        ("login", vec![format!("\"${{{name}:?}}:${{{secret}:?}}\"")]),
        ("end", vec![remote_end(options.harbor).to_owned()]),
    ];
    Script::new(Engine::Harbor, options, APPLY, &words).text()
}

/// The key of the remote end in a policy; the other end is the Harbor itself.
const fn remote_end(side: HarborSide) -> &'static str {
    match side {
        HarborSide::Target => "src_registry",
        HarborSide::Source => "dest_registry",
    }
}

#[cfg(test)]
mod tests {
    use super::{kind, name, solve};
    use crate::mirror::Options;
    use crate::mirror::product::Product;

    #[test]
    fn registries_are_of_the_kind_that_harbor_knows() {
        let options = Options { harbors: ["cr.backend.ai".to_owned()].into(), ..Options::default() };
        let cases = [
            ("cr.backend.ai", "harbor"),
            ("docker.io", "docker-hub"),
            ("eu.gcr.io", "google-gcr"),
            ("europe-docker.pkg.dev", "google-gcr"),
            ("acme.azurecr.io", "azure-acr"),
            ("swr.eu-nl.otc.t-systems.com", "huawei-SWR"),
            ("registry.example.com:5000", "docker-registry"),
        ];
        for (domain, want) in cases {
            assert_eq!(kind(Product::of(domain, &options)), want, "{domain}");
        }
    }

    #[test]
    fn names_are_as_harbor_takes_them() {
        let form = regex::Regex::new("^[a-z0-9]+(?:[._-][a-z0-9]+)*$").unwrap();
        for said in ["A.b--c/d_e:5000", "-", "", &"x".repeat(999), &"x-".repeat(999)] {
            let name = name(said, said);
            assert!(form.is_match(&name) && name.len() <= 255, "{name}");
        }
    }

    #[test]
    fn flattening_is_solved_as_harbor_applies_it() {
        let cases = [
            ("a/b/c/img", "n/a/b/c/img", Some(("n", 0))),
            ("a/b/c/img", "n/b/c/img", Some(("n", 1))),
            ("a/b/c/img", "n/c/img", Some(("n", 2))),
            ("a/b/c/img", "n/img", Some(("n", 3))),
            ("a/b/c/img", "n/m/img", Some(("n/m", 3))),
            ("a/img", "a/img", Some(("", 0))),
            ("a/img", "a/other", None),
            ("a/img", "n/xa/img", Some(("n/xa", 1))),
            ("a/img", "img", None),
        ];
        for (source, target, want) in cases {
            assert_eq!(solve(source, target), want.map(|(namespace, count)| (namespace.to_owned(), count)), "{source} -> {target}");
        }
    }
}
