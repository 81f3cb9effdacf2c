//! Owns the promise that what is written means the plan: each engine's output is read again as the engine reads it, and must give the rows.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

#[path = "support/mirror/mod.rs"]
#[allow(dead_code, reason = "another test uses the rest")]
mod support;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use regex::Regex;
use serde_json::Value;
use support::cases;
use transship::mirror::{CopyPlan, Digest, Engine, Options, Place, Row, Syntax, Written, plan, write};
use transship::reference::Reference;

/// Source and target in the plan's words.
type Pairs = BTreeSet<(String, String)>;

fn kept<'a>(plan: &'a CopyPlan, written: &'a Written) -> impl Iterator<Item = &'a Row> {
    plan.rows().iter().filter(|row| written.left_out.iter().all(|left| left.row != **row))
}

fn text<'a>(written: &'a Written, name: &str) -> &'a str {
    &written.files.iter().find(|file| file.name == name).unwrap_or_else(|| panic!("no {name}")).text
}

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().unwrap().iter()
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap())
}

fn arbitrary_row() -> impl Strategy<Value = Row> {
    let domain = prop::sample::select(vec![
        "",
        "docker.io/",
        "quay.io/",
        "127.0.0.1:5000/",
        "ghcr.io/",
        "registry-1.docker.io/",
        "a.b.example/",
        "a-b.example/",
    ]);
    let to = prop::sample::select(vec![
        "cr.backend.ai/",
        "harbor.example.com/hub/",
        "gsoci.azurecr.io/giantswarm/",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/hub/",
        "eu-docker.pkg.dev/acme/hub/",
        "localhost:5001/",
        "docker.io/acme/",
    ]);
    let segment = prop::sample::select(vec!["a", "b-c", "d.e", "f__g", "library", "python"]);
    let path = prop::collection::vec(segment, 1..4).prop_map(|segments| segments.join("/"));
    let tail = (prop::sample::select(vec!["", ":latest", ":3.10", ":no", ":1e3", ":V_1.0-x"]), prop::option::weighted(0.3, 0..3u8))
        .prop_map(|(tag, digest)| {
            tag.to_owned() + &digest.map(|digit| format!("@sha256:{}", digit.to_string().repeat(64))).unwrap_or_default()
        });
    let rename = prop_oneof![3 => Just(None), 1 => path.clone().prop_map(Some)];
    let retag = prop_oneof![4 => Just(None), 1 => Just(Some(":other".to_owned()))];
    let unpin = prop::bool::weighted(0.2);
    let known = prop::option::of(0..3u8);
    let (any, replaced) = (any::<bool>(), prop::option::of(3..5u8));
    let platforms = prop::sample::subsequence(vec!["linux/amd64", "linux/arm64/v8"], 0..=2);
    let place = prop::option::of(("[ -~\n\t\u{1b}é\u{202E}]{0,20}", 1..100usize));
    (domain, path, tail, to, rename, (retag, unpin), known, platforms, (any, replaced, place)).prop_filter_map(
        "no row",
        |(domain, path, tail, to, rename, (retag, unpin), known, platforms, (any, replaced, place))| {
            let source = Reference::parse(&format!("{domain}{path}{tail}")).ok()?;
            let kept = if unpin { tail.split('@').next().unwrap_or_default().to_owned() } else { tail.clone() };
            let target = format!("{to}{}{}", rename.unwrap_or(path), retag.unwrap_or(kept));
            let mut row = Row::new(source, Reference::parse(&target).ok()?).ok()?;
            if let Some(digit) = known {
                row = row.with_digest(Digest::parse(&format!("sha256:{}", digit.to_string().repeat(64))).ok()?).ok()?;
            }
            let mut row = row.with_platforms(platforms.into_iter().filter_map(|name| name.parse().ok()));
            if any {
                row = row.with_any_platform();
            }
            if let Some(digit) = replaced {
                row = row.with_replaced(Digest::parse(&format!("sha256:{}", digit.to_string().repeat(64))).ok()?);
            }
            Some(row.with_places(place.map(|(path, line)| Place { path, line })))
        },
    )
}

/// Plans without conflicts; a row that would make one is dropped.
fn arbitrary_plan() -> impl Strategy<Value = CopyPlan> {
    prop::collection::vec(arbitrary_row(), 1..12).prop_map(|rows| {
        let mut good: Vec<Row> = Vec::new();
        for row in rows {
            good.push(row);
            if plan(good.clone()).is_err() {
                good.pop();
            }
        }
        plan(good).unwrap()
    })
}

fn options() -> impl Strategy<Value = Options> {
    (any::<bool>(), any::<bool>()).prop_map(|(plain, yaml)| Options {
        plain_http: if plain { ["127.0.0.1:5000".to_owned(), "localhost:5001".to_owned()].into() } else { BTreeSet::new() },
        syntax: if yaml { Syntax::Yaml } else { Syntax::Json },
        ..Options::default()
    })
}

#[test]
fn of_two_spellings_the_same_is_kept_in_any_order() {
    let row = |source: &str| {
        let parse = |text: &str| Reference::parse(text).unwrap();
        Row::new(parse(source), parse("harbor.example.com/hub/library/redis:7")).unwrap()
    };
    let (short, whole) = (row("redis:7"), row("docker.io/library/redis:7"));
    assert_eq!(plan([short.clone(), whole.clone()]), plan([whole, short]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rows_does_not_matter(rows in prop::collection::vec(arbitrary_row(), 0..8)) {
        let mut turned = rows.clone();
        turned.reverse();
        prop_assert_eq!(plan(rows), plan(turned));
    }

    #[test]
    fn every_row_is_written_or_left_out_with_a_reason(plan in arbitrary_plan(), options in options()) {
        for &engine in Engine::ALL {
            let written = write(engine, &plan, &options);
            prop_assert_eq!(&written, &write(engine, &plan, &options));
            for left in &written.left_out {
                prop_assert!(plan.rows().contains(&left.row) && !left.reason.is_empty());
            }
            prop_assert_eq!(written.files.is_empty(), kept(&plan, &written).next().is_none(), "{}", engine);
            let names: BTreeSet<&str> = written.files.iter().map(|file| &*file.name).collect();
            prop_assert_eq!(names.len(), written.files.len(), "{} writes one file over another", engine);
        }
    }

    #[test]
    fn what_is_written_means_the_plan(plan in arbitrary_plan(), options in options()) {
        means_the_plan(&plan, &options);
    }

    #[test]
    fn places_change_nothing_but_comments(plan in arbitrary_plan(), options in options()) {
        let bare: Vec<Row> = plan.rows().iter().map(|row| {
            let mut bare = Row::new(row.source().clone(), row.target().clone()).unwrap().with_platforms(row.platforms().to_vec());
            if let Some(digest) = row.digest() {
                bare = bare.with_digest(Digest::parse(digest).unwrap()).unwrap();
            }
            if let Some(digest) = row.replaces() {
                bare = bare.with_replaced(Digest::parse(digest).unwrap());
            }
            if row.takes_any() { bare.with_any_platform() } else { bare }
        }).collect();
        let bare = transship::mirror::plan(bare).unwrap();
        for &engine in Engine::ALL.iter().filter(|&&engine| engine != Engine::Json) {
            let code = |plan: &CopyPlan| {
                let files = write(engine, plan, &options).files;
                files.iter().flat_map(|file| file.text.lines()).filter(|line| !line.trim_start().starts_with("# ")).map(str::to_owned).collect::<Vec<_>>()
            };
            prop_assert_eq!(code(&plan), code(&bare));
        }
    }
}

#[test]
fn the_fixtures_mean_their_plans() {
    for case in cases() {
        means_the_plan(&case.plan, &case.options);
    }
}

fn means_the_plan(plan: &CopyPlan, options: &Options) {
    let check = |engine: Engine, read: fn(&CopyPlan, &Written)| {
        let written = write(engine, plan, options);
        if !written.files.is_empty() {
            read(plan, &written);
        }
    };
    check(Engine::Json, json);
    check(Engine::Regsync, regsync);
    check(Engine::SkopeoSync, skopeo_sync);
    check(Engine::ImageSyncer, image_syncer);
    check(Engine::Harbor, harbor);
    check(Engine::K3s, k3s);
    check(Engine::Kyverno, kyverno);
    check(Engine::RegistriesConf, registries_conf);
    check(Engine::Containerd, containerd);
    check(Engine::Retagger, retagger);
    check(Engine::BackendAi, backend_ai);
}

fn json(plan: &CopyPlan, written: &Written) {
    let value: Value = serde_json::from_str(text(written, "mirror.json")).unwrap();
    assert_eq!(value["rows"].as_array().unwrap().len(), kept(plan, written).count());
    for (got, row) in value["rows"].as_array().unwrap().iter().zip(kept(plan, written)) {
        assert_eq!(got["source"], row.source().canonical());
        assert_eq!(got["copy_to"], row.copy_to());
        let places: Vec<&str> = got["places"].as_array().unwrap().iter().map(|place| place["path"].as_str().unwrap()).collect();
        assert_eq!(places, row.places().iter().map(|place| &*place.path).collect::<Vec<_>>());
    }
}

fn regsync(plan: &CopyPlan, written: &Written) {
    let value = yaml(text(written, "regsync.yml"));
    assert_eq!(value["version"], 1);
    let pair = |entry: &Value| (entry["source"].as_str().unwrap().to_owned(), entry["target"].as_str().unwrap().to_owned());
    let got: Vec<(String, String)> = value["sync"].as_array().unwrap().iter().map(pair).collect();
    let mut seen = Pairs::new();
    let want = kept(plan, written).map(|row| (row.copy_from(), row.copy_to())).filter(|pair| seen.insert(pair.clone()));
    assert_eq!(got, want.collect::<Vec<_>>());
}

/// As `skopeo sync` does: destination, `/`, the last segment, then the tag or digest.
fn skopeo_sync(plan: &CopyPlan, written: &Written) {
    let script = text(written, "mirror.sh");
    let call = Regex::new(r"(?m)^copy (?:--dest-tls-verify=false )?'(sync-\d+\.yaml)' '([^']+)'").unwrap();
    let mut got = Pairs::new();
    for call in call.captures_iter(script) {
        for (domain, list) in entries(&yaml(text(written, &call[1]))) {
            for (path, tails) in entries(&list["images"]) {
                assert_ne!(texts(tails).count(), 0, "an empty list would copy every tag");
                for tail in texts(tails) {
                    let tail = if tail.contains(':') { format!("@{tail}") } else { format!(":{tail}") };
                    let last = path.rsplit('/').next().unwrap();
                    got.insert((format!("{domain}/{path}{tail}"), format!("{}/{last}{tail}", &call[2])));
                }
            }
        }
    }
    assert_eq!(got, by_tag_and_digest(kept(plan, written)));
}

/// The copies of engines that name by tag, and by digest where the target is pinned.
fn by_tag_and_digest<'a>(rows: impl Iterator<Item = &'a Row>) -> Pairs {
    let mut pairs = Pairs::new();
    for row in rows {
        let (from, to) = (row.source().name(), row.target().name());
        if let (Some(source), Some(target)) = (row.source_tag(), row.target_tag()) {
            pairs.insert((format!("{from}:{source}"), format!("{to}:{target}")));
        }
        if let Some(digest) = row.digest().filter(|_| row.target().digest().is_some()) {
            pairs.insert((format!("{from}@{digest}"), format!("{to}@{digest}")));
        }
    }
    pairs
}

fn image_syncer(plan: &CopyPlan, written: &Written) {
    let find = |name: &str| written.files.iter().find(|file| file.name.starts_with(name)).map(|file| yaml(&file.text)).unwrap();
    let mut got = Pairs::new();
    for (source, targets) in entries(&find("images")) {
        match targets {
            Value::String(target) => drop(got.insert((source.clone(), target.clone()))),
            list => got.extend(texts(list).map(|target| (source.clone(), target.to_owned()))),
        }
    }
    assert_eq!(got, by_tag_and_digest(kept(plan, written)));
    let placeholder = Regex::new(r"^\$\{TRANSSHIP_[A-Z0-9_]+\}$").unwrap();
    for (domain, entry) in entries(&find("auth")) {
        assert!(!domain.contains('/'), "namespaces overlap with their domain");
        for key in ["username", "password"] {
            assert!(placeholder.is_match(entry[key].as_str().unwrap()));
        }
    }
}

/// As Harbor's `replaceNamespace` does.
fn harbor(plan: &CopyPlan, written: &Written) {
    let mut got = Pairs::new();
    for file in written.files.iter().filter(|file| file.name.ends_with("/policies.json")) {
        let local = file.name.split('/').next().unwrap();
        let registries: Value = serde_json::from_str(text(written, &format!("{local}/registries.json"))).unwrap();
        let policies: Value = serde_json::from_str(&file.text).unwrap();
        let names: BTreeSet<&str> = policies.as_array().unwrap().iter().map(|policy| policy["name"].as_str().unwrap()).collect();
        assert_eq!(names.len(), policies.as_array().unwrap().len());
        for policy in policies.as_array().unwrap() {
            let remote = policy.get("src_registry").unwrap_or(&policy["dest_registry"]);
            let registry = registries.as_array().unwrap().iter().find(|registry| registry["name"] == remote["name"]).unwrap();
            let remote = registry["url"].as_str().unwrap().split_once("://").unwrap().1.replace("hub.docker.com", "docker.io");
            let path = policy["filters"][0]["value"].as_str().unwrap();
            let segments: Vec<&str> = path.split('/').collect();
            let namespace = policy["dest_namespace"].as_str().unwrap();
            let count = usize::try_from(policy["dest_namespace_replace_count"].as_u64().unwrap()).unwrap();
            assert!(count < segments.len(), "Harbor refuses to replace more segments than there are");
            let target = if namespace.is_empty() { path.to_owned() } else { format!("{namespace}/{}", segments[count..].join("/")) };
            for tag in policy["filters"][1]["value"].as_str().unwrap().trim_matches(['{', '}']).split(',') {
                let (from, to) = if policy.get("src_registry").is_some() { (&*remote, local) } else { (local, &*remote) };
                got.insert((format!("{from}/{path}:{tag}"), format!("{to}/{target}:{tag}")));
            }
        }
    }
    let want = kept(plan, written).map(|row| (format!("{}:{}", row.source().name(), row.source_tag().unwrap()), row.copy_to()));
    assert_eq!(got, want.collect());
}

/// What a runtime that is redirected from `source` asks for, the name replaced.
fn asked(row: &Row, name: &str) -> String {
    row.source().pull().replacen(&row.source().name().to_string(), name, 1)
}

/// Whether that is the target: as pinned as the target is, since a tag may be moved and a digest need not be there.
fn found(row: &Row, asked: &str) -> bool {
    asked == row.target().pull()
}

fn k3s(plan: &CopyPlan, written: &Written) {
    let value = yaml(text(written, "registries.yaml"));
    for row in kept(plan, written) {
        let mirror = &value["mirrors"][row.source_domain()];
        let endpoint = mirror["endpoint"][0].as_str().unwrap().split_once("://").unwrap().1.to_owned();
        let path = row.source_path();
        let rewrite = mirror.get("rewrite").into_iter().flat_map(entries).find(|(from, _)| Regex::new(from).unwrap().is_match(&path));
        let to = rewrite.map_or(path.clone(), |(_, to)| to.as_str().unwrap().to_owned());
        assert!(found(row, &asked(row, &format!("{endpoint}/{to}"))), "{} -> {endpoint}/{to}", row.source());
    }
}

/// What Kyverno makes of an image that stands in one of a pod's lists.
fn admitted(policies: &[Value], list: &str, image: &str) -> String {
    let (condition, of) = if list == "volumes" { (" || ''", "element.image.reference") } else { ("", "element.image") };
    let call = Regex::new(&format!(r"^\{{\{{ regex_replace_all\('([^']+)', {of}, '([^']+)'\) \}}\}}$")).unwrap();
    let mut images = vec![image.to_owned()];
    for rule in
        policies.iter().flat_map(|policy| policy["spec"]["rules"].as_array().unwrap()).filter(|rule| rule["name"] == list.to_lowercase())
    {
        for entry in rule["mutate"]["foreach"].as_array().unwrap() {
            assert_eq!(entry["list"], format!("request.object.spec.{list}"));
            let patched = &entry["patchStrategicMerge"]["spec"][list][0];
            assert_eq!(patched["name"], "{{ element.name }}", "lists are merged by the name");
            let image = if list == "volumes" { &patched["image"]["reference"] } else { &patched["image"] };
            let call = call.captures(image.as_str().unwrap()).unwrap();
            let key = entry["preconditions"]["all"][0]["key"].as_str().unwrap();
            assert_eq!(key, format!("{{{{ regex_match('{}', {of}{condition}) }}}}", &call[1]));
            let regex = Regex::new(&call[1]).unwrap();
            let before = images.last().unwrap().clone();
            if regex.is_match(&before) {
                images.push(regex.replace_all(&before, &call[2]).into_owned());
            }
        }
    }
    assert!(images.len() <= 2, "rewritten twice: {images:?}");
    images.pop().unwrap()
}

fn policies(written: &Written) -> Vec<Value> {
    text(written, "kyverno.yaml").split("\n---\n").map(yaml).collect()
}

fn kyverno(plan: &CopyPlan, written: &Written) {
    let policies = policies(written);
    for list in ["containers", "initContainers", "volumes"] {
        for row in kept(plan, written) {
            for spelling in [row.source().canonical(), row.source().familiar(), row.source().to_string()] {
                let got = Reference::parse(&admitted(&policies, list, &spelling)).unwrap();
                assert!(same(&got, row.target()), "{spelling} becomes {got}");
            }
        }
        for other in ["untouched.example.com/a:1", ""] {
            assert_eq!(admitted(&policies, list, other), other);
        }
    }
}

/// The most bytes that the annotations of an object may have (`TotalAnnotationSizeLimitB` of k8s.io/apimachinery). `kubectl apply` keeps the
/// whole object in one.
const ANNOTATIONS: usize = 256 * 1024;

fn plan_of(count: usize, row: impl Fn(usize) -> (String, String)) -> CopyPlan {
    let read = |text: &str| Reference::parse(text).unwrap();
    plan((0..count).map(row).map(|(source, target)| Row::new(read(&source), read(&target)).unwrap())).unwrap()
}

#[test]
fn kubectl_can_apply_the_policies_of_any_number_of_images() {
    let moved = |count| {
        let image = |number| format!("organisation-{number}/image-number-{number}:1.{number}.0");
        plan_of(count, |number| (image(number), format!("registry.example.com/docker-hub/{}", image(number))))
    };
    // Nothing can be said of these together.
    let renamed = |count| {
        let digest = |number: usize| format!("@sha256:{number:064}");
        plan_of(count, |number| {
            (format!("team-{number}/web:1{}", digest(number)), format!("registry.example.com/x/name-{number}:1{}", digest(number)))
        })
    };
    let mut counts = Vec::new();
    for plan in [moved(300), renamed(600)] {
        let written = write(Engine::Kyverno, &plan, &Options::default());
        assert!(written.left_out.is_empty());
        let policies = policies(&written);
        for policy in &policies {
            assert!(serde_json::to_string(policy).unwrap().len() < ANNOTATIONS);
        }
        let names: BTreeSet<&str> = policies.iter().map(|policy| policy["metadata"]["name"].as_str().unwrap()).collect();
        assert_eq!(names.len(), policies.len());
        counts.push(policies.len());
        let sample = plan.rows().iter().step_by(plan.rows().len() / 10).cloned();
        for row in sample {
            let got = admitted(&policies, "containers", &row.source().familiar());
            assert!(same(&Reference::parse(&got).unwrap(), row.target()), "{got}");
        }
    }
    assert_eq!(counts[0], 1, "images that move to the same folder are said together");
    assert!(counts[1] > 1);
    let text = write(Engine::Kyverno, &moved(300), &Options::default()).files.remove(0).text;
    assert!(text.len() < 100_000, "{}", text.len());
}

#[test]
fn a_policy_of_another_plan_has_another_name() {
    let names = |source: &str| {
        let plan = plan_of(1, |_| (source.to_owned(), format!("registry.example.com/{source}")));
        policies(&write(Engine::Kyverno, &plan, &Options::default()))
            .iter()
            .map(|policy| policy["metadata"]["name"].clone())
            .collect::<Vec<_>>()
    };
    assert_ne!(names("quay.io/a/b:1"), names("quay.io/a/b:2"));
    assert_eq!(names("quay.io/a/b:1"), names("quay.io/a/b:1"));
}

/// Whether a runtime takes both for the same.
fn same(one: &Reference, other: &Reference) -> bool {
    let whole = |reference: &Reference| {
        if reference.tag().is_none() && reference.digest().is_none() { reference.pull() } else { reference.canonical() }
    };
    whole(one) == whole(other)
}

fn registries_conf(plan: &CopyPlan, written: &Written) {
    let text = text(written, "registries.conf");
    let value = toml_span::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mirrors: BTreeMap<String, String> = value
        .pointer("/registry")
        .unwrap()
        .as_array()
        .unwrap()
        .iter()
        .map(|registry| {
            let get = |at: &str| registry.pointer(at).unwrap().as_str().unwrap().to_owned();
            assert_eq!(get("/prefix"), get("/location"));
            (get("/prefix"), get("/mirror/0/location"))
        })
        .collect();
    for row in kept(plan, written) {
        let mirror = &mirrors[&row.source().name().to_string()];
        assert!(found(row, &asked(row, mirror)), "{} -> {mirror}", row.source());
    }
}

fn containerd(plan: &CopyPlan, written: &Written) {
    for row in kept(plan, written) {
        let text = text(written, &format!("certs.d/{}/hosts.toml", row.source_domain()));
        let value = toml_span::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let hosts = value.pointer("/host").unwrap().as_table().unwrap();
        let (url, host) = hosts.iter().next().unwrap();
        assert_eq!(host.pointer("/override_path").unwrap().as_bool(), Some(true));
        let (domain, folder) = url.name.split_once("://").unwrap().1.split_once("/v2").unwrap();
        let name = format!("{domain}{folder}/{}", row.source_path());
        assert!(found(row, &asked(row, &name)), "{} -> {name}", row.source());
    }
}

/// As retagger does, to its first registry.
fn retagger(plan: &CopyPlan, written: &Written) {
    let mut got = BTreeSet::new();
    for file in &written.files {
        let value = yaml(&file.text);
        if file.name == "renamed-images.yaml" {
            for entry in value.as_array().unwrap() {
                let image = entry["image"].as_str().unwrap();
                let pattern = entry["tag_or_pattern"].as_str().unwrap();
                let tag = if entry.get("sha").is_some() { pattern.to_owned() } else { exact(pattern) };
                let suffix = entry.get("add_tag_suffix").map(|suffix| format!("-{}", suffix.as_str().unwrap())).unwrap_or_default();
                let name = entry.get("override_repo_name").map_or(image.rsplit('/').next().unwrap(), |name| name.as_str().unwrap());
                got.insert((image.to_owned(), format!("giantswarm/{name}:{tag}{suffix}")));
            }
        } else {
            for (domain, list) in entries(&value) {
                for (path, tails) in entries(&list["images"]) {
                    let last = path.rsplit('/').next().unwrap();
                    for tail in texts(tails) {
                        let tail = if tail.contains(':') { format!("@{tail}") } else { format!(":{tail}") };
                        got.insert((format!("{domain}/{path}"), format!("giantswarm/{last}{tail}")));
                    }
                }
            }
        }
    }
    for row in kept(plan, written) {
        let target = row.copy_to().split_once('/').unwrap().1.to_owned();
        assert!(got.contains(&(row.source().name().to_string(), target)), "{} -> {}\n{got:?}", row.source(), row.target());
    }
}

/// The one text that an anchored pattern without alternatives matches.
fn exact(pattern: &str) -> String {
    let text = pattern.trim_start_matches('^').trim_end_matches('$').replace("[.]", ".");
    let regex = Regex::new(pattern).unwrap();
    assert!(
        regex.is_match(&text) && !regex.is_match(&text.replace('.', "x")) | !text.contains('.') && !regex.is_match(&format!("{text}0"))
    );
    text
}

fn backend_ai(plan: &CopyPlan, written: &Written) {
    let value: Value = serde_json::from_str(text(written, "registry-config.json")).unwrap();
    let registries = &value["config"]["docker"]["registry"];
    for row in kept(plan, written) {
        let registry = &registries[row.target_domain()];
        let project = row.target_path().split('/').next().unwrap().to_owned();
        assert!(registry["project"].as_str().unwrap().split(',').any(|found| found == project));
        assert!(text(written, "migrate.sh").contains(&format!("image rescan '{}'", row.target_domain())));
    }
}
