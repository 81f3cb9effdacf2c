//! Owns the Kyverno policy that rewrites the images of new pods, whatever spelling of the old name they use.

use std::collections::{BTreeMap, BTreeSet};

use super::node::Node;
use super::prefix::pattern;
use super::script::comments;
use super::{Engine, Options, Row, Written};
use crate::reference::{HUB_DOMAINS, Reference};

/// A source repository and what replaces the name: the tags and digests behind it stay, or the target says all.
type Rewrites = BTreeMap<(String, String), BTreeSet<String>>;

pub(super) fn write(rows: &[Row], options: &Options) -> Written {
    let mut written = Written::default();
    let sources: BTreeSet<String> = rows.iter().map(|row| row.source().pull()).collect();
    let mut rewrites = Rewrites::new();
    let mut taken: BTreeMap<String, &Reference> = BTreeMap::new();
    for row in rows {
        if sources.contains(&row.target().pull()) {
            written.leave(row, "its target is the source of another row, and a policy would rewrite it twice");
            continue;
        }
        let first = *taken.entry(row.source().pull()).or_insert(row.target());
        if first.pull() != row.target().pull() {
            written.leave(row, format!("a policy gives an image one new name, and another row gives it `{first}`"));
            continue;
        }
        let (source, target) = (tails(row.source()), tails(row.target()));
        let replacement = if source == target { format!("{}$1", row.target().name()) } else { row.target().canonical() };
        rewrites.entry((spellings(row.source()), replacement)).or_default().extend(source);
    }
    if rewrites.is_empty() {
        return written;
    }
    let about = [
        "Rewrites the images of pods as they are created: a bridge until the manifests are changed. kubectl apply -f kyverno.yaml",
        "Images that are in no row stay as they are.",
    ];
    written.data("kyverno.yaml", comments(Engine::Kyverno, options, &about) + &policy(&rewrites).yaml());
    written
}

fn policy(rewrites: &Rewrites) -> Node {
    let rules = ["containers", "initContainers"].map(|list| rule(list, rewrites));
    Node::map([
        ("apiVersion", Node::text("kyverno.io/v1")),
        ("kind", Node::text("ClusterPolicy")),
        (
            "metadata",
            Node::map([
                ("name", Node::text("transship")),
                // Pods alone: a controller's template that differs from what was applied would be seen as drift by GitOps.
                ("annotations", Node::map([("pod-policies.kyverno.io/autogen-controllers", Node::text("none"))])),
            ]),
        ),
        ("spec", Node::map([("background", Node::Truth(false)), ("rules", Node::List(rules.into()))])),
    ])
}

fn rule(list: &str, rewrites: &Rewrites) -> Node {
    let all = |conditions: Node| Node::map([("all", Node::List(vec![conditions]))]);
    let length = [
        ("key", Node::text(format!("{{{{ request.object.spec.{list}[] || `[]` | length(@) }}}}"))),
        ("operator", Node::text("GreaterThan")),
        ("value", Node::Number(0)),
    ];
    let kinds = Node::map([("kinds", Node::texts(["Pod"])), ("operations", Node::texts(["CREATE", "UPDATE"]))]);
    let foreach = rewrites.iter().map(|((name, replacement), tails)| {
        let tails: Vec<String> = tails.iter().map(|tail| pattern(tail)).collect();
        let regex = format!("^{name}({})$", tails.join("|"));
        let matches = [
            ("key", Node::text(format!("{{{{ regex_match('{regex}', element.image) }}}}"))),
            ("operator", Node::text("Equals")),
            ("value", Node::Truth(true)),
        ];
        let container = Node::map([
            ("name", Node::text("{{ element.name }}")),
            ("image", Node::text(format!("{{{{ regex_replace_all('{regex}', element.image, '{replacement}') }}}}"))),
        ]);
        Node::map([
            ("list", Node::text(format!("request.object.spec.{list}"))),
            ("preconditions", all(Node::map(matches))),
            ("patchStrategicMerge", Node::map([("spec", Node::map([(list, Node::List(vec![container]))]))])),
        ])
    });
    Node::map([
        ("name", Node::text(list.to_ascii_lowercase())),
        ("match", Node::map([("any", Node::List(vec![Node::map([("resources", kinds)])]))])),
        ("preconditions", all(Node::map(length))),
        ("mutate", Node::map([("foreach", Node::List(foreach.collect()))])),
    ])
}

/// What may stand behind the name: nothing and `:latest` are the same.
fn tails(reference: &Reference) -> BTreeSet<String> {
    match (reference.tag(), reference.digest()) {
        (None | Some("latest"), None) => [String::new(), ":latest".to_owned()].into(),
        (Some(tag), None) => [format!(":{tag}")].into(),
        (Some(tag), Some(digest)) => [format!(":{tag}@{digest}")].into(),
        (None, Some(digest)) => [format!("@{digest}")].into(),
    }
}

/// Every way to write the name: Docker Hub has several domains, none at all, and `library/` that may be left out.
fn spellings(reference: &Reference) -> String {
    let name = reference.name();
    if !reference.is_docker_hub() {
        return pattern(&name.to_string());
    }
    let domains = HUB_DOMAINS.map(pattern).join("|");
    let path = match name.path.strip_prefix("library/") {
        Some(rest) if !rest.contains('/') => format!("(?:library/)?{}", pattern(rest)),
        _ => pattern(&name.path),
    };
    format!("(?:(?:{domains})/)?{path}")
}
