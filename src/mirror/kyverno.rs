//! Owns the Kyverno policy that rewrites the images of new pods, whatever spelling of the old name they use.

use std::collections::{BTreeMap, BTreeSet};

use super::node::Node;
use super::prefix::pattern;
use super::script::{comments, shown};
use super::spelling::{spellings, tails};
use super::{Engine, Options, Place, Row, Written};
use crate::reference::Reference;

/// A source repository and what replaces the name: the tags and digests behind it stay, or the target says all.
type Rewrites = BTreeMap<(String, String), Tails>;

/// The tags and digests of one rewrite, and where they are written.
#[derive(Default)]
struct Tails {
    tails: BTreeSet<String>,
    places: BTreeSet<Place>,
}

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
        let rewrite = rewrites.entry((spellings(row.source()), replacement)).or_default();
        rewrite.tails.extend(source);
        rewrite.places.extend(row.places().iter().cloned());
    }
    if rewrites.is_empty() {
        return written;
    }
    let about = [
        "Rewrites the images of pods as they are created: a bridge until the manifests are changed. kubectl apply -f kyverno.yaml",
        "Pods that run stay as they are: another image would restart their containers. So do images that are in no row.",
        "Nodes pull from the new registry: they need its credentials, and its certificate authority where it is your own.",
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
    let kinds = Node::map([("kinds", Node::texts(["Pod"])), ("operations", Node::texts(["CREATE"]))]);
    let foreach = rewrites.iter().map(|((name, replacement), Tails { tails, places })| {
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
        .noted(shown(places))
    });
    Node::map([
        ("name", Node::text(list.to_ascii_lowercase())),
        ("match", Node::map([("any", Node::List(vec![Node::map([("resources", kinds)])]))])),
        ("preconditions", all(Node::map(length))),
        ("mutate", Node::map([("foreach", Node::List(foreach.collect()))])),
    ])
}
