//! The mapping language keeps its promises: packs load, wrong rule files say all that is wrong, holes never lead astray.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeMap;

use transship::config::{Config, Options, load, packs};
use transship::mapping::{Context, Date, Decision, Outcome};
use transship::occurrence::Class;
use transship::reference::{HOLE, Reference};
use transship::source::{Memory, TreePath};

fn options() -> Options {
    Options::default()
}

/// Packs, and a value for each var that they ask for.
fn with_packs(names: &[&str]) -> Options {
    let values = [
        ("mirror", "mirror.example.com/dockerhub"),
        ("from_organization", "org-ss"),
        ("organization", "dev-container"),
        ("project", "acme-project"),
        ("location", "us"),
        ("repository", "containers"),
    ];
    let asked: Vec<_> = packs().into_iter().filter(|pack| names.contains(&pack.name)).flat_map(|pack| pack.required).collect();
    let wanted = |name: &str| asked.iter().any(|required| required == name);
    let vars: BTreeMap<_, _> = values.iter().filter(|(name, _)| wanted(name)).map(|(n, v)| (n.to_string(), v.to_string())).collect();
    Options { packs: names.iter().map(ToString::to_string).collect(), vars, ..options() }
}

fn loaded(options: &Options) -> Config {
    loaded_from(&Memory::default(), options)
}

fn loaded_from(files: &Memory, options: &Options) -> Config {
    load(options, files).unwrap_or_else(|faults| panic!("{faults}")).unwrap()
}

/// The options for the rule file of [`rule_file`].
fn of_file() -> Options {
    Options { config: Some(TreePath::new("rules.yaml").unwrap()), ..options() }
}

fn rule_file(text: &str) -> Memory {
    Memory::from([("rules.yaml", text)])
}

#[test]
fn every_pack_loads_and_passes_its_tests() {
    for pack in packs() {
        let config = loaded(&with_packs(&[pack.name]));
        assert!(!config.mappings.tests.is_empty(), "{} has no tests", pack.name);
        assert!(!pack.source.is_empty(), "{} does not name its source", pack.name);
    }
}

#[test]
fn all_packs_of_the_house_are_there() {
    let names: Vec<_> = packs().iter().map(|pack| pack.name).collect();
    let all = [
        "backend-ai",
        "bitnami-ecr",
        "bitnami-legacy",
        "bitnami-secure",
        "cadvisor",
        "centos",
        "ceph",
        "crossplane-packages",
        "docker-hub-proxy",
        "docker-official-retired",
        "etcd",
        "fedora",
        "gcr-artifact-registry",
        "giantswarm-gsoci",
        "github-packages",
        "grafana-oss",
        "hashicorp",
        "hub-to-ecr-public",
        "hub-to-mirror-gcr",
        "ingress-nginx",
        "inveniordm",
        "istio",
        "jfrog-bintray",
        "kaniko",
        "kube-rbac-proxy",
        "kube-webhook-certgen",
        "kubeflow",
        "kubernetes-csi",
        "kubernetes-registry",
        "linuxserver",
        "microsoft-mcr",
        "minio",
        "openjdk-temurin",
        "opentelemetry-collector",
        "otc-swr",
        "qualify",
        "redhat-registry",
        "renamed-tools",
        "sigstore-cosign",
        "tekton",
        "zalando",
    ];
    assert_eq!(names, all);
}

/// What becomes of a reference in no particular place.
fn decide(config: &Config, reference: &Reference) -> Decision {
    config.mappings.decide(reference, &Context { format: "", path: "", class: Class::default() })
}

fn with_rules(rules: &str) -> Config {
    loaded_from(&rule_file(rules), &of_file())
}

fn with_maps(maps: &[&str]) -> Config {
    loaded(&Options { maps: maps.iter().map(ToString::to_string).collect(), ..options() })
}

/// What becomes of a text, as a text; `?` is a hole.
fn becomes(config: &Config, text: &str) -> String {
    let hole = HOLE.to_string();
    let reference = Reference::parse_with_holes(&text.replace('?', &hole)).unwrap();
    match decide(config, &reference) {
        Decision::Unchanged => "unchanged".into(),
        Decision::Mapped(target) => target.candidates.iter().map(|to| to.to_string().replace(HOLE, "?")).collect::<Vec<_>>().join(" "),
        Decision::Undecided { part, .. } => format!("undecided: {part}"),
        Decision::Refused { reason, .. } => format!("refused: {reason}"),
    }
}

/// A day on which nothing that tests say has ended.
const TODAY: Date = Date { year: 2026, month: 1, day: 1 };

const DEFAULT: [&str; 3] = ["docker.io/=mirror.example.com/hub/", "quay.io/=mirror.example.com/quay/", "lablup/=cr.backend.ai/stable/"];

#[test]
fn the_most_specific_mapping_decides() {
    let config = with_maps(&DEFAULT);
    for (given, want) in [
        ("alpine:3", "mirror.example.com/hub/library/alpine:3"),
        ("docker.io/alpine:3", "mirror.example.com/hub/library/alpine:3"),
        ("lablup/python:3.6", "cr.backend.ai/stable/python:3.6"),
        ("registry.hub.docker.com/lablup/python", "cr.backend.ai/stable/python"),
        ("lablup-contrib/python", "mirror.example.com/hub/lablup-contrib/python"),
        (
            "quay.io/a/b@sha256:0000000000000000000000000000000000000000000000000000000000000000",
            "mirror.example.com/quay/a/b@sha256:0000000000000000000000000000000000000000000000000000000000000000",
        ),
        ("ghcr.io/a/b", "unchanged"),
    ] {
        assert_eq!(becomes(&config, given), want, "{given}");
    }
}

#[test]
fn holes_decide_only_what_they_hide() {
    let config = with_maps(&DEFAULT);
    for (given, want) in [
        ("lablup/python:?", "cr.backend.ai/stable/python:?"),
        ("lablup/?", "cr.backend.ai/stable/?"),
        ("lablup/py?:3-?", "cr.backend.ai/stable/py?:3-?"),
        // A single name may turn out to be one of an organization's.
        ("docker.io/?", "undecided: path"),
        ("docker.io/python?", "undecided: path"),
        ("docker.io/?/x", "undecided: path"),
        ("quay.io/?", "mirror.example.com/quay/?"),
        ("?.quay.io/a", "unchanged"),
        ("quay.i?/a", "undecided: domain"),
        ("?.io/a", "undecided: domain"),
        ("ghcr.io/?/x:?", "unchanged"),
    ] {
        assert_eq!(becomes(&config, given), want, "{given}");
    }
}

#[test]
fn docker_hub_stays_spelled_as_it_was() {
    let config = with_maps(&["bitnami/=bitnamilegacy/"]);
    assert_eq!(becomes(&config, "bitnami/redis:7"), "bitnamilegacy/redis:7");
    assert_eq!(becomes(&config, "docker.io/bitnami/redis:7"), "docker.io/bitnamilegacy/redis:7");
    assert_eq!(becomes(&config, "index.docker.io/bitnami/redis"), "index.docker.io/bitnamilegacy/redis");
    assert_eq!(becomes(&config, "bitnamicharts/redis:7"), "unchanged");
}

#[test]
fn captures_globs_and_regular_expressions_carry_over() {
    let config = with_rules(
        r#"
vars: {mirror: m.example.com/x}
mappings:
  - {from: "eu.gcr.io/{project}/{name}", to: "europe-docker.pkg.dev/{project}/containers/{name}"}
  - {from: "us.gcr.io/{project}/", to: "us-docker.pkg.dev/{project}/all/"}
  - {match: '(?<host>asia)\.gcr\.io/(?<rest>.+)', to: "{host}.pkg.dev/{rest}"}
  - {from: "openjdk:{version}-jre-slim", to: "eclipse-temurin:{version}-jre", digest: drop}
  - {from: "quay.io/old-*", to: "{mirror}/{name}"}
  - {from: "ghcr.io/**/app", to: "{mirror}/{path}"}
  - {from: "r.example.com/app:1", to: "r.example.com/app:2", digest: refuse}
"#,
    );
    for (given, want) in [
        ("eu.gcr.io/p/app:1", "europe-docker.pkg.dev/p/containers/app:1"),
        ("eu.gcr.io/p/deep/app:1", "unchanged"),
        ("eu.gcr.io/?/app:?", "europe-docker.pkg.dev/?/containers/app:?"),
        ("eu.gcr.io/p/?", "undecided: path"),
        ("us.gcr.io/?/a/?:1", "us-docker.pkg.dev/?/all/a/?:1"),
        ("asia.gcr.io/a/b:1", "asia.pkg.dev/a/b:1"),
        ("asia.gcr.io/?/b:1", "undecided: path"),
        ("openjdk:8u212-jre-slim", "eclipse-temurin:8u212-jre"),
        ("openjdk:8-jdk", "unchanged"),
        ("docker.io/library/openjdk:11-jre-slim", "docker.io/eclipse-temurin:11-jre"),
        ("openjdk:?-jre-slim", "eclipse-temurin:?-jre"),
        ("openjdk:?", "undecided: tag"),
        ("quay.io/old-thing", "m.example.com/x/old-thing"),
        ("ghcr.io/a/b/app", "m.example.com/x/a/b/app"),
        ("ghcr.io/?/app", "m.example.com/x/?/app"),
        ("r.example.com/app:1", "r.example.com/app:2"),
        ("r.example.com/app:2", "unchanged"),
        (
            "r.example.com/app:1@sha256:0000000000000000000000000000000000000000000000000000000000000000",
            "refused: it has a digest, which the target cannot share",
        ),
    ] {
        assert_eq!(becomes(&config, given), want, "{given}");
    }
}

#[test]
fn conditions_hold_where_they_say() {
    let config = with_rules(
        r#"
mappings:
  - {from: a.io/, to: b.io/x/, when: {official: false, classes: [deploy], formats: compose, files: "deploy/**"}}
  - {from: docker.io/, to: mirror.io/, when: {official: true}}
  - {from: c.io/, to: d.io/x/, when: {tag: [absent, "8u*", "/v1\\..*/"]}}
  - {from: e.io/, to: f.io/x/, when: {digest: present}, except: [e.io/keep/, "e.io/old-*"]}
"#,
    );
    let in_compose = |path| Context { format: "compose", path, class: Class::Deploy };
    let at = |text: &str, context: &Context<'_>| {
        matches!(config.mappings.decide(&Reference::parse(text).unwrap(), context), Decision::Mapped(_))
    };
    assert!(at("a.io/x", &in_compose("deploy/a/compose.yaml")));
    assert!(!at("a.io/x", &in_compose("test/compose.yaml")));
    assert!(!at("a.io/x", &Context { format: "dockerfile", ..in_compose("deploy/x") }));
    assert!(!at("a.io/x", &Context { class: Class::Docs, ..in_compose("deploy/x") }));
    let digest = "@sha256:0000000000000000000000000000000000000000000000000000000000000000";
    for (given, want) in [
        ("nginx:1", "mirror.io/library/nginx:1"),
        ("bitnami/nginx:1", "unchanged"),
        ("library/?", "mirror.io/library/?"),
        ("c.io/x", "d.io/x/x"),
        ("c.io/x:8u1", "d.io/x/x:8u1"),
        ("c.io/x:v1.2", "d.io/x/x:v1.2"),
        ("c.io/x:v2", "unchanged"),
        ("c.io/x:?", "undecided: tag"),
        ("e.io/x:1", "unchanged"),
        ("e.io/x:?", "unchanged"),
        ("e.io/?", "undecided: digest"),
        (&format!("e.io/x{digest}"), &format!("f.io/x/x{digest}")),
        (&format!("e.io/keep/x{digest}"), "unchanged"),
        (&format!("e.io/old-x{digest}"), "unchanged"),
    ] {
        assert_eq!(becomes(&config, given), want, "{given}");
    }
}

#[test]
fn harbors_levels_are_dropped_from_the_left() {
    let rules = |levels: &str| with_rules(&format!("mappings: [{{from: h.io/, to: s.io/ns/, flatten: {levels}}}]"));
    assert_eq!(becomes(&rules("all"), "h.io/a/b/c/img:1"), "s.io/ns/img:1");
    assert_eq!(becomes(&rules("1"), "h.io/a/b/c/img:1"), "s.io/ns/b/c/img:1");
    assert_eq!(becomes(&rules("3"), "h.io/a/img:1"), "s.io/ns/img:1");
    assert_eq!(becomes(&rules("all"), "h.io/?/img:1"), "s.io/ns/img:1");
    assert_eq!(becomes(&rules("all"), "h.io/a/?:1"), "undecided: path");
    assert_eq!(becomes(&rules("1"), "h.io/a/?:1"), "s.io/ns/?:1");
    assert_eq!(becomes(&rules("1"), "h.io/?:1"), "undecided: path");
}

#[test]
fn an_outer_layer_says_otherwise() {
    let rules =
        "extends: [backend-ai]\nmappings: [{from: lablup/, to: mine.example.com/}, {from: lablup/python, to: other.example.com/python}]\n";
    let maps = vec!["docker.io/lablup/python=third.example.com/python".into()];
    let config = loaded_from(&rule_file(rules), &Options { maps, ..of_file() });
    assert_eq!(becomes(&config, "lablup/r:1"), "mine.example.com/r:1");
    assert_eq!(becomes(&config, "lablup/python:1"), "third.example.com/python:1");
}

#[test]
fn literals_stand_in_every_file_that_matters() {
    let some = |texts: &[&str]| Some(texts.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(
        with_maps(&["k8s.gcr.io/=registry.k8s.io/", "bitnami/=bitnamilegacy/"]).mappings.literals(),
        some(&["bitnami", "k8s.gcr.io"])
    );
    assert_eq!(with_maps(&["nginx=mirror.io/nginx"]).mappings.literals(), some(&["nginx"]));
    assert_eq!(with_maps(&DEFAULT).mappings.literals(), None);
    assert_eq!(with_maps(&["**=mirror.io/{path}"]).mappings.literals(), None);
}

#[test]
fn says_why_each_mapping_decides_or_not() {
    let config = with_maps(&DEFAULT);
    let reference = Reference::parse("lablup/python").unwrap();
    let context = Context { format: "", path: "", class: Class::default() };
    let all = config.mappings.explain(&reference, &context);
    let said: Vec<_> = all.iter().map(|one| (one.mapping.from.as_str(), one.outcome.clone())).collect();
    assert_eq!(
        said,
        [("lablup/", Outcome::Decides), ("docker.io/", Outcome::Outranked), ("quay.io/", Outcome::No(transship::mapping::Why::Name))]
    );
    assert!(config.mappings.is_target(&Reference::parse("cr.backend.ai/stable/x").unwrap()));
    assert!(!config.mappings.is_target(&Reference::parse("cr.backend.ai/x").unwrap()));
}

#[test]
fn looks_for_the_rule_file_up_to_the_repositorys_root() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("repository/a/b");
    std::fs::create_dir_all(&deep).unwrap();
    let rules = |at: &std::path::Path| {
        let text = "mappings: [{from: lablup/, to: cr.backend.ai/stable/}]\n";
        std::io::Write::write_all(&mut std::fs::File::create(at.join(".transship.yaml")).unwrap(), text.as_bytes()).unwrap();
    };
    let find = || transship::disk::find(&deep, transship::config::RULES);
    rules(folder.path());
    std::fs::create_dir_all(folder.path().join("repository/.git")).unwrap();
    assert!(find().is_none(), "a rule file above the repository is not its own");
    rules(&folder.path().join("repository"));
    assert_eq!(find().unwrap(), folder.path().join("repository/.transship.yaml"));
}

#[test]
fn a_pack_that_is_named_twice_counts_once() {
    let files = Memory::from([
        ("rules.yaml", "extends: [./a.yaml, ./b.yaml, inveniordm]\n"),
        ("a.yaml", "extends: [inveniordm, ./b.yaml]\nsuppressions: {reason: required}\n"),
        ("b.yaml", "extends: [inveniordm]\nmappings: [{from: a.io/, to: b.io/}]\nregistries: {deny: [a.io]}\n"),
    ]);
    let config = loaded_from(&files, &Options { packs: vec!["inveniordm".into()], ..of_file() });
    assert_eq!(config.mappings.iter().count(), 2);
    assert_eq!(config.mappings.get("inveniordm").unwrap().layer, 2);
    assert_eq!(config.suppression_reason, transship::config::Reason::Required);
    let judged = config.registries.judge(&Reference::parse("a.io/x").unwrap(), TODAY);
    assert!(matches!(judged, transship::config::Judgement::Denied(entry) if entry.name == "a.io"));
}

#[test]
fn vars_come_from_the_outermost_place() {
    let file = rule_file("extends: [docker-hub-proxy]\nvars: {mirror: file.example.com}\n");
    assert_eq!(becomes(&loaded_from(&file, &of_file()), "nginx"), "file.example.com/library/nginx");
    let vars = BTreeMap::from([("mirror".to_owned(), "line.example.com/x".to_owned())]);
    assert_eq!(becomes(&loaded_from(&file, &Options { vars, ..of_file() }), "nginx"), "line.example.com/x/library/nginx");
}

#[test]
fn a_format_adds_to_another_or_takes_its_place() {
    let config = with_rules(
        "formats:\n  - {extends: compose, files: ['**/x.yaml'], sites: [{id: own, path: x.image}]}\n  - {extends: compose, needles: [hub]}\n  - {id: dockerfile, title: Mine, engine: dockerfile}\n",
    );
    let compose = config.formats.get("compose").unwrap();
    let sites: Vec<&str> = compose.sites().iter().map(|site| &*site.id).take(2).collect();
    assert_eq!(sites, ["own", "service-image"]);
    assert_eq!(compose.table.title, "Compose");
    assert!(config.formats.may_be("a/x.yaml", "compose") && config.formats.may_be("compose.yaml", "compose"));
    assert_eq!(compose.table.needles, ["hub"], "the built-in's needles do not lead to the new site");
    assert_eq!(config.formats.get("dockerfile").unwrap().table.title, "Mine");
}

#[test]
fn lint_warns_of_what_is_hardly_meant() {
    let config = with_rules(
        "mappings:\n  - {from: quay.io/a/, to: [x.io/a/, x.io/a/], except: [a/b], when: {formats: compose}}\nregistries: {allow: [y.io]}\n",
    );
    let unlisted = |reference: &Reference| matches!(config.registries.judge(reference, TODAY), transship::config::Judgement::NotAllowed(_));
    let warnings = transship::mapping::lint(&config.mappings, &unlisted);
    let said: Vec<_> = warnings.as_slice().iter().map(|warning| warning.message.as_str()).collect();
    assert_eq!(
        said,
        [
            "mapping `quay.io/a/` has no test",
            "the target `x.io/a/` of mapping `quay.io/a/` is not in `registries: allow`",
            "the candidate `x.io/a/` is there twice",
            "the target `x.io/a/` of mapping `quay.io/a/` is not in `registries: allow`",
            "`a/b` excepts nothing that `quay.io/a/` covers",
        ]
    );
}

#[test]
fn the_schema_knows_every_key_of_the_packs() {
    let schema = transship::config::schema();
    for pack in packs() {
        let file: serde_json::Value = serde_yaml::from_str(pack.text).unwrap();
        for (key, value) in file.as_object().unwrap() {
            assert!(schema["properties"][key]["description"].is_string(), "{key}");
            let keys = if key == "mappings" {
                value.as_array().unwrap().iter().flat_map(|one| one.as_object().unwrap().keys()).collect()
            } else {
                vec![]
            };
            for inner in keys {
                assert!(schema["properties"]["mappings"]["items"]["properties"][inner].is_object(), "{inner}");
            }
        }
    }
}

#[test]
fn an_id_names_one_mapping() {
    let config =
        with_rules("mappings:\n  - {from: e.io/, to: f.io/, when: {tag: \">=2\"}, until: 2031-01-02}\n  - {from: e.io/, to: g.io/}\n");
    let ids: Vec<_> = config.mappings.iter().map(|mapping| mapping.id.to_string()).collect();
    assert_eq!(ids, ["e.io/", "e.io/#2"]);
    let first = config.mappings.get("e.io/").unwrap();
    assert_eq!(first.until.unwrap().to_string(), "2031-01-02");
    assert_eq!(first.conditions(), [("tag", ">=2".to_owned())]);
    assert_eq!((first.pack(), first.place.position().line), (None, 2));
}

#[test]
fn packs_of_the_house_can_be_used_together() {
    let vars = BTreeMap::from([("mirror".to_owned(), "harbor.example.net/dockerhub".to_owned())]);
    let names = ["backend-ai", "docker-hub-proxy", "giantswarm-gsoci", "inveniordm", "kubernetes-registry"];
    let config = loaded(&Options { packs: names.iter().map(ToString::to_string).collect(), vars, ..options() });
    assert_eq!(becomes(&config, "nginx"), "harbor.example.net/dockerhub/library/nginx");
    assert_eq!(becomes(&config, "giantswarm/alpine:3"), "gsoci.azurecr.io/giantswarm/alpine:3");
    assert_eq!(config.mappings.get("inveniordm").unwrap().pack(), Some("inveniordm"));
}

#[test]
fn all_packs_whose_old_names_end_can_be_used_at_once() {
    let of = |config: &Config| -> std::collections::BTreeSet<String> {
        config.mappings.iter().filter_map(|one| one.pack().map(str::to_owned)).collect()
    };
    let all = of(&loaded(&with_packs(&["all"])));
    let ending =
        packs().into_iter().filter(|pack| pack.required.is_empty() && pack.optional.is_none() && pack.text.contains("\nmappings:"));
    assert_eq!(all, ending.map(|pack| pack.name.to_owned()).collect());
}

/// Whether one of two packs says that it is not used together with the other.
fn apart(one: &transship::config::Pack, other: &transship::config::Pack) -> bool {
    let says = |pack: &transship::config::Pack, name: &str| {
        let told = pack.about.split_once("Not together with ").map(|(_, rest)| rest.split(". ").next().unwrap_or(rest));
        told.is_some_and(|told| told.split(|sign: char| !sign.is_alphanumeric() && sign != '-').any(|word| word == name))
    };
    says(one, other.name) || says(other, one.name)
}

#[test]
fn packs_can_be_used_together_unless_one_says_that_they_cannot() {
    let all = packs();
    let loads = |names: &[&str]| load(&with_packs(names), &Memory::default());
    let mut seen = std::collections::BTreeSet::new();
    for (one, other) in all.iter().flat_map(|one| all.iter().map(move |other| (one, other))).filter(|(one, other)| one.name < other.name) {
        if apart(one, other) {
            assert!(loads(&[one.name, other.name]).is_err(), "{} and {} can be used together", one.name, other.name);
        } else if !seen.contains(&(one.name, other.name)) {
            // These two, and as many others as get along with all that are there.
            let mut group = vec![one, other];
            for more in &all {
                if group.iter().all(|member| member.name != more.name && !apart(member, more)) {
                    group.push(more);
                }
            }
            let mut names: Vec<_> = group.iter().map(|pack| pack.name).collect();
            names.sort_unstable();
            loads(&names).unwrap_or_else(|faults| panic!("{names:?}: {faults}"));
            seen.extend(names.iter().flat_map(|one| names.iter().map(move |other| (*one, *other))));
        }
    }
}
