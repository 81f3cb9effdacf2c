//! Owns the Kyverno policy that rewrites the images of new pods, whatever spelling of the old name they use.

use std::collections::{BTreeMap, BTreeSet};

use super::digest::short;
use super::node::Node;
use super::prefix::{pattern, prefixes};
use super::script::{header, shown};
use super::spelling::{spelled, spellings, tails};
use super::{Engine, Options, Place, Profile, Purpose, Row, Written};
use crate::reference::Reference;

pub(super) const ENGINE: Profile = Profile::new("kyverno", Purpose::Use, write, "a Kyverno policy that rewrites the images of new pods");

/// What stands before the part of an image that stays, as a regular expression, and what is written for the whole, with that part as `$1`.
type Move = (String, String);

/// The parts that stay under each move: the rest of the name and what stands behind it, as regular expressions.
type Moves = BTreeMap<Move, BTreeMap<(String, String), BTreeSet<Place>>>;

/// One call of `regex_replace_all`.
struct Rewrite {
    regex: String,
    replacement: String,
    places: BTreeSet<Place>,
}

/// One list of a pod whose entries have an image. Kubernetes merges each by the name of its entries, and keeps what a patch does not name.
struct List {
    key: &'static str,
    /// Where an entry has its image.
    image: &'static str,
    /// The same for entries that may have none.
    sought: &'static str,
    patch: fn(Node) -> Node,
}

/// Ephemeral containers are not among them: they come through a subresource, to pods that run.
const LISTS: [List; 3] = [
    List { key: "containers", image: "element.image", sought: "element.image", patch: |image| image },
    List { key: "initContainers", image: "element.image", sought: "element.image", patch: |image| image },
    List {
        key: "volumes",
        image: "element.image.reference",
        sought: "element.image.reference || ''",
        patch: |image| Node::map([("reference", image)]),
    },
];

/// How long the variable part of one regular expression gets, in bytes; what comes after goes into another.
const LONGEST: usize = 8_000;

/// How long a policy gets, in bytes of JSON. `kubectl apply` keeps the whole in an annotation, and all annotations of an object have room for
/// 262144 bytes (`TotalAnnotationSizeLimitB` in `pkg/api/validation/objectmeta.go` of k8s.io/apimachinery).
const LARGEST: usize = 200_000;

fn write(rows: &[Row], options: &Options) -> Written {
    let mut written = Written::default();
    let sources: BTreeSet<String> = rows.iter().map(|row| row.source().pull()).collect();
    let mut moves = Moves::new();
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
        let (way, rest) = way(row);
        for tail in tails(row.source()) {
            let places = moves.entry(way.clone()).or_default().entry((rest.clone(), pattern(&tail))).or_default();
            places.extend(row.places().iter().cloned());
        }
    }
    if moves.is_empty() {
        return written;
    }
    let owner = ("owner", vec![format!("{}={}", OWNER.0, OWNER.1)]);
    let policies: Vec<String> = policies(&rewrites(moves)).iter().map(Node::yaml).collect();
    written.data(
        "kyverno.yaml",
        header(Engine::Kyverno, options, include_str!("../../rules/engines/kyverno.yaml"), &[owner]) + &policies.join("---\n"),
    );
    written
}

/// How the row's name changes, and which part of it stays, as a regular expression. Repositories that only go to another folder have the same way.
fn way(row: &Row) -> (Move, String) {
    let (source, target) = (row.source(), row.target());
    if tails(source) != tails(target) {
        return ((spellings(source), target.canonical()), String::new());
    }
    let (before, path) = spelled(source);
    let Some((old, new)) = prefixes(&path, &target.name().path) else {
        return ((spellings(source), format!("{}$1", target.name())), String::new());
    };
    let kept = path.strip_prefix(&old).unwrap_or(&path).trim_start_matches('/');
    let folder = |folder: &str| if folder.is_empty() { String::new() } else { format!("{folder}/") };
    ((before + &pattern(&folder(&old)), format!("{}/{}$1", target.name().domain, folder(&new))), pattern(kept))
}

fn rewrites(moves: Moves) -> Vec<Rewrite> {
    let mut rewrites = Vec::new();
    for ((before, replacement), images) in moves {
        let mut images = images.into_iter().peekable();
        while images.peek().is_some() {
            let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
            let mut places = BTreeSet::new();
            let mut length = 0;
            while let Some(((name, tail), at)) =
                images.next_if(|((name, tail), _)| length == 0 || length + name.len() + tail.len() < LONGEST)
            {
                length += name.len() + tail.len() + 1;
                names.entry(name).or_default().push(tail);
                places.extend(at);
            }
            let names: Vec<String> = names.into_iter().map(|(name, tails)| alternatives(&name, &tails)).collect();
            let regex = format!("^{before}({})$", names.join("|"));
            rewrites.push(Rewrite { regex, replacement: replacement.clone(), places });
        }
    }
    rewrites
}

fn alternatives(name: &str, tails: &[String]) -> String {
    match tails {
        [only] => format!("{name}{only}"),
        many if name.is_empty() => many.join("|"),
        many => format!("{name}(?:{})", many.join("|")),
    }
}

/// As few policies as have room for all.
fn policies(rewrites: &[Rewrite]) -> Vec<Node> {
    let length = |rewrite: &Rewrite| LISTS.iter().map(|list| entry(list, rewrite).json_length() + 1).sum::<usize>();
    let mut policies = Vec::new();
    let (mut taken, mut first) = (0, 0);
    for (at, rewrite) in rewrites.iter().enumerate() {
        if taken + length(rewrite) > LARGEST && at > first {
            policies.extend(rewrites.get(first..at).map(policy));
            (taken, first) = (0, at);
        }
        taken += length(rewrite);
    }
    policies.extend(rewrites.get(first..).map(policy));
    policies
}

/// The label by which all policies are found that transship has made.
const OWNER: (&str, &str) = ("app.kubernetes.io/managed-by", "transship");

fn policy(rewrites: &[Rewrite]) -> Node {
    let rules = Node::List(LISTS.iter().map(|list| rule(list, rewrites)).collect());
    // Whoever applies the plan of another repository must not replace this one: what is said makes the name.
    let name = format!("transship-{}", short(&rules.json()));
    Node::map([
        ("apiVersion", Node::text("kyverno.io/v1")),
        ("kind", Node::text("ClusterPolicy")),
        (
            "metadata",
            Node::map([
                ("name", Node::Text(name)),
                ("labels", Node::map([(OWNER.0, Node::text(OWNER.1))])),
                // Pods alone: a controller's template that differs from what was applied would be seen as drift by GitOps.
                ("annotations", Node::map([("pod-policies.kyverno.io/autogen-controllers", Node::text("none"))])),
            ]),
        ),
        ("spec", Node::map([("background", Node::Truth(false)), ("rules", rules)])),
    ])
}

fn all(conditions: Node) -> Node {
    Node::map([("all", Node::List(vec![conditions]))])
}

fn rule(list: &List, rewrites: &[Rewrite]) -> Node {
    let length = [
        ("key", Node::text(format!("{{{{ request.object.spec.{}[] || `[]` | length(@) }}}}", list.key))),
        ("operator", Node::text("GreaterThan")),
        ("value", Node::Number(0)),
    ];
    let kinds = Node::map([("kinds", Node::texts(["Pod"])), ("operations", Node::texts(["CREATE"]))]);
    let foreach = rewrites.iter().map(|rewrite| entry(list, rewrite).noted(shown(&rewrite.places)));
    Node::map([
        ("name", Node::text(list.key.to_ascii_lowercase())),
        ("match", Node::map([("any", Node::List(vec![Node::map([("resources", kinds)])]))])),
        ("preconditions", all(Node::map(length))),
        ("mutate", Node::map([("foreach", Node::List(foreach.collect()))])),
    ])
}

fn entry(list: &List, Rewrite { regex, replacement, .. }: &Rewrite) -> Node {
    let List { key, image, sought, patch } = list;
    let matches = [
        ("key", Node::text(format!("{{{{ regex_match('{regex}', {sought}) }}}}"))),
        ("operator", Node::text("Equals")),
        ("value", Node::Truth(true)),
    ];
    let image = Node::text(format!("{{{{ regex_replace_all('{regex}', {image}, '{replacement}') }}}}"));
    let patched = Node::map([("name", Node::text("{{ element.name }}")), ("image", patch(image))]);
    Node::map([
        ("list", Node::text(format!("request.object.spec.{key}"))),
        ("preconditions", all(Node::map(matches))),
        ("patchStrategicMerge", Node::map([("spec", Node::map([(key, Node::List(vec![patched]))]))])),
    ])
}
