//! The key promise about values that are not known: what is decided with a hole is right for every value that can stand there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use transship::config::{Config, Options, load, packs};
use transship::mapping::{Context, Decision};
use transship::occurrence::Class;
use transship::reference::{HOLE, Reference};
use transship::source::{Memory, TreePath};

/// Mappings of every kind, over few names, so that random references meet them.
const RULES: &str = r#"
mappings:
  - {from: docker.io/, to: m.io/hub/, except: ["a/legacy-*", b/x]}
  - {from: a/, to: [c.io/stable/, c.io/all/]}
  - {from: "a/x:1", to: "c.io/new/y:1", digest: drop}
  - {from: a/b, to: c.io/ab/b, when: {tag: ">=1.8"}}
  - {from: "q.io/{org}/{name}", to: "t.io/{org}/sub/{name}"}
  - {from: "q.io/a/**", to: "u.io/{path}"}
  - {from: "q.io/{org}/b/", to: "v.io/{org}/", digest: refuse}
  - {from: h.io/, to: s.io/ns/, flatten: all}
  - {from: h.io/b/, to: s.io/nb/, flatten: 1}
  - {from: g.io/, to: f.io/g/, when: {digest: absent, tag: [present, "x*"]}}
  - {from: "r.io/x:{v}-b", to: "r.io/y:{v}", digest: refuse}
  - {match: '(?<host>w|z)\.io/(?<rest>[a-b/]+)', to: "{host}.net/{rest}"}
  - {from: "*.k.io/", to: "kk.net/k/"}
  - {from: "n.io/{a}-{b}", to: "nn.net/{b}/{a}"}
"#;

static CONFIG: LazyLock<Config> = LazyLock::new(|| {
    let config = Some(TreePath::new("rules.yaml").unwrap());
    load(&Options { config, ..Options::default() }, &Memory::from([("rules.yaml", RULES)]))
        .unwrap_or_else(|faults| panic!("{faults}"))
        .unwrap()
});

static PACKS: LazyLock<Vec<Config>> = LazyLock::new(|| {
    let values = [
        ("mirror", "harbor.example.com/dockerhub"),
        ("from_organization", "org-ss"),
        ("organization", "dev-container"),
        ("project", "acme-project"),
        ("location", "us"),
        ("repository", "containers"),
    ];
    let load_pack = |pack: &transship::config::Pack| {
        let given = values.iter().filter(|(name, _)| pack.required.iter().any(|required| required == name));
        let vars: BTreeMap<_, _> = given.map(|(name, value)| (name.to_string(), value.to_string())).collect();
        load(&Options { packs: vec![pack.name.to_owned()], vars, ..Options::default() }, &Memory::default()).unwrap().unwrap()
    };
    packs().iter().map(load_pack).collect()
});

fn decide(config: &Config, reference: &Reference) -> Decision {
    config.mappings.decide(reference, &Context { format: "", path: "", class: Class::default() })
}

const DIGEST: &str = "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn domain() -> impl Strategy<Value = String> {
    let all =
        ["", "", "docker.io/", "index.docker.io/", "q.io/", "h.io/", "g.io/", "r.io/", "w.io/", "x.k.io/", "n.io/", "m.io/", "k8s.gcr.io/"];
    proptest::sample::select(all.to_vec()).prop_map(str::to_owned)
}

fn reference() -> impl Strategy<Value = String> {
    let segment = proptest::sample::select(vec!["a", "b", "x", "library", "legacy-x", "a-b", "a-b-x", "lablup", "giantswarm", "coredns"]);
    let path = proptest::collection::vec(segment, 1..4).prop_map(|segments| segments.join("/"));
    let tag = proptest::sample::select(vec!["", "", ":1", ":1.7", ":v1.9.0", ":x-b", ":1-b-b", ":latest"]);
    let digest = prop_oneof![3 => Just(""), 1 => Just(DIGEST)];
    (domain(), path, tag, digest).prop_map(|(domain, path, tag, digest)| format!("{domain}{path}{tag}{digest}"))
}

/// A text with a hole where a run of it was cut out, and the run. Without a length, the run is one segment, tag or the like.
fn cut(text: &str, from: usize, length: Option<usize>) -> (String, String) {
    let mut start = from % (text.len() + 1);
    let mut end = (start + length.unwrap_or_default()).min(text.len());
    if length.is_none() {
        start = text[..start].rfind(['/', ':', '@']).map_or(0, |at| at + 1);
        end = text[start..].find(['/', ':', '@']).map_or(text.len(), |at| start + at);
    }
    (format!("{}{HOLE}{}", &text[..start], &text[end..]), text[start..end].to_owned())
}

/// Whether a run may stand in a hole there, by the rule that `mapping::subject` states.
fn may_stand(holed: &Reference, run: &str) -> bool {
    let at = holed.as_str().find(HOLE).unwrap();
    let text = holed.as_str();
    let path = holed.range(transship::reference::Part::Path).unwrap();
    if at < path.start {
        return !run.contains(['/', ':', '@']);
    }
    if at >= path.end {
        return !run.contains(['/', ':', '@']);
    }
    let (before, behind) = (text[..at].chars().next_back(), text[at + HOLE.len_utf8()..].chars().next());
    if before == Some('/') && behind == Some('/') {
        return !run.is_empty() && !run.contains('/');
    }
    // A tag or a digest may come out of a hole that ends the path, when the text says none behind it.
    let last = at + HOLE.len_utf8() == path.end && holed.tag().is_none();
    last || !run.contains([':', '@'])
}

/// What is decided about a text with a hole, with the run put in, is what is decided about the whole text.
fn agree(config: &Config, holed: &Reference, whole: &Reference, run: &str) -> Result<(), TestCaseError> {
    let of_whole = decide(config, whole);
    match (decide(config, holed), of_whole) {
        (Decision::Mapped(target), Decision::Mapped(of_whole)) => {
            let filled: Vec<String> = target.candidates.iter().map(|to| to.as_str().replace(HOLE, run)).collect();
            let wanted: Vec<String> = of_whole.candidates.iter().map(ToString::to_string).collect();
            prop_assert_eq!(filled, wanted, "{:?} by {}, {} by {}", holed.as_str(), target.mapping, whole, of_whole.mapping);
        }
        (Decision::Mapped(target), other) => {
            return Err(TestCaseError::fail(format!("{:?} becomes {target:?}, {whole} is {other:?}", holed.as_str())));
        }
        (Decision::Unchanged, of_whole) => prop_assert_eq!(of_whole, Decision::Unchanged, "{:?} {}", holed.as_str(), whole),
        (Decision::Undecided { .. } | Decision::Refused { .. }, _) => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_decided_with_a_hole_is_right_for_what_fills_it(text in reference(), from in 0_usize..80, length in proptest::option::of(0_usize..20)) {
        let (holed, run) = cut(&text, from, length);
        let (Ok(whole), Ok(holed)) = (Reference::parse(&text), Reference::parse_with_holes(&holed)) else { return Ok(()) };
        if !may_stand(&holed, &run) {
            return Ok(());
        }
        for config in PACKS.iter().chain([&*CONFIG]) {
            agree(config, &holed, &whole, &run)?;
        }
    }

    #[test]
    fn a_target_is_not_changed_again(text in reference()) {
        for config in PACKS.iter().chain([&*CONFIG]) {
            let Decision::Mapped(target) = decide(config, &Reference::parse(&text).unwrap()) else { continue };
            for candidate in &target.candidates {
                prop_assert_eq!(decide(config, candidate), Decision::Unchanged, "{} became {}", text, candidate);
            }
        }
    }

    #[test]
    fn holes_anywhere_do_no_harm(text in reference(), cuts in proptest::collection::vec((0_usize..80, 0_usize..9), 0..4)) {
        let mut text = text;
        for (from, length) in cuts {
            let start = (0..=from.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            let end = (start..=text.len()).filter(|at| text.is_char_boundary(*at)).nth(length).unwrap_or(text.len());
            text.replace_range(start..end, &HOLE.to_string());
        }
        if let Ok(reference) = Reference::parse_with_holes(&text) {
            for config in PACKS.iter().chain([&*CONFIG]) {
                let context = Context { format: "", path: "", class: Class::default() };
                prop_assert_eq!(config.mappings.explain(&reference, &context).len(), config.mappings.iter().count());
                if let Decision::Mapped(target) = decide(config, &reference) {
                    prop_assert!(!target.candidates.is_empty());
                }
            }
        }
    }

    #[test]
    fn a_prefix_ends_at_a_segment(end in "[a-z0-9]{1,8}", name in "[a-z0-9]{1,8}") {
        let reference = Reference::parse(&format!("inveniosoftware{end}/{name}")).unwrap();
        let other = Reference::parse("acme/web").unwrap();
        // But for packs that take all of Docker Hub, a beginning of a segment is nothing.
        for config in PACKS.iter().filter(|config| decide(config, &other) == Decision::Unchanged) {
            prop_assert_eq!(decide(config, &reference), Decision::Unchanged);
        }
    }
}

fn map() -> impl Strategy<Value = String> {
    let prefix = proptest::sample::select(vec!["docker.io/", "a/", "b/", "a/x/", "q.io/", "q.io/a/", "q.io/*/", "q.io/{o}/b/", "h.io/"]);
    let repository =
        proptest::sample::select(vec!["a/x", "b/x", "q.io/a", "q.io/a/b", "q.io/*", "*.io/a/*", "q.io/a/**", "h.io/x:1", "h.io/{o}:x-*"]);
    let below =
        proptest::sample::select(vec!["docker.io/m/", "a/", "b/", "a/x/", "q.io/", "q.io/a/", "h.io/", "q.io/b/{name}", "t.io/{path}"]);
    let whole = proptest::sample::select(vec![
        "a/x",
        "b/x",
        "q.io/a/b",
        "q.io/{name}",
        "t.io/{path}",
        "h.io/x",
        "h.io/{name}:x-1",
        "q.io/a/b:{tag}",
    ]);
    prop_oneof![(prefix, below), (repository, whole)].prop_map(|(from, to)| format!("{from}={to}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mappings_that_load_never_change_their_own_targets(
        maps in proptest::collection::btree_set(map(), 1..4),
        texts in proptest::collection::vec(reference(), 24),
    ) {
        let options = Options { maps: maps.into_iter().collect(), ..Options::default() };
        let Ok(config) = load(&options, &Memory::default()) else { return Ok(()) };
        let config = config.unwrap();
        for text in texts {
            let Decision::Mapped(target) = decide(&config, &Reference::parse(&text).unwrap()) else { continue };
            for candidate in &target.candidates {
                let again = decide(&config, candidate);
                prop_assert!(!matches!(again, Decision::Mapped(_)), "{:?}: {} became {}, that {:?}", options.maps, text, candidate, again);
            }
        }
    }
}
