//! `charts pull`: what files name and the tree lacks is fetched, checked and written down; what is not there says why, and what could not be asked
//! is never called missing.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and writes its scratch files")]

#[path = "support/packed.rs"]
mod packed;
#[path = "support/program.rs"]
mod program;
#[path = "support/registry/mod.rs"]
mod registry;

use std::fs;

use packed::packed;
use program::{Said, json, repository, say};
use registry::{Model, Reply, Server, digest};
use serde_json::{Value, json};
use tempfile::TempDir;

fn chart(name: &str, version: &str) -> Vec<u8> {
    packed(&[(&format!("{name}/Chart.yaml"), &format!("apiVersion: v2\nname: {name}\nversion: {version}\n"))])
}

/// A repository of charts over HTTP: files by their paths.
fn files(files: Vec<(&'static str, Vec<u8>)>) -> Server {
    Server::start(move |seen| {
        let found = files.iter().find(|(path, _)| *path == seen.path);
        found.map_or_else(
            || Reply::new(404).body("text/plain", "no"),
            |(_, bytes)| Reply::new(200).body("application/octet-stream", bytes.clone()),
        )
    })
}

fn entry(version: &str, url: &str, archive: &[u8]) -> String {
    format!("  - version: {version}\n    digest: {}\n    urls: [{url}]\n", digest(archive).trim_start_matches("sha256:"))
}

fn index(name: &str, entries: &[String]) -> Vec<u8> {
    format!("apiVersion: v1\nentries:\n  {name}:\n{}", entries.concat()).into_bytes()
}

/// A chart that depends on others.
fn depending(dependencies: &str) -> TempDir {
    repository(&[("app/Chart.yaml", &format!("apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n{dependencies}"))])
}

fn pull(folder: &TempDir, servers: &[&Server], more: &[&str]) -> Said {
    let domains: Vec<String> = servers.iter().map(|server| server.domain()).collect();
    let allowed = domains.iter().flat_map(|domain| ["--plain-http", domain]);
    let arguments: Vec<&str> = ["charts", "pull", "--format", "json"].into_iter().chain(allowed).chain(more.iter().copied()).collect();
    say(folder, &arguments)
}

/// The outcome of each chart, with its version or the reason.
fn outcomes(said: &Said) -> Vec<(String, String, String)> {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let row =
        |row: &Value| (text(row, "name"), text(row, "outcome"), text(row, if row["version"].is_null() { "reason" } else { "version" }));
    json(said)["charts"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn a_dependency_comes_in_the_version_that_helm_takes_and_is_written_down() {
    let (old, new) = (chart("redis", "1.2.9"), chart("redis", "1.10.0"));
    let list = index("redis", &[entry("1.2.9", "redis-1.2.9.tgz", &old), entry("1.10.0", "files/redis.tgz", &new)]);
    let provenance = format!("...\nfiles:\n  redis-1.10.0.tgz: {}\n-----BEGIN PGP SIGNATURE-----\n", digest(&new)).into_bytes();
    let server = files(vec![
        ("/x/index.yaml", list),
        ("/x/redis-1.2.9.tgz", old),
        ("/x/files/redis.tgz", new.clone()),
        ("/x/files/redis.tgz.prov", provenance),
    ]);
    let folder = depending(&format!("  - {{name: redis, version: ^1.2.3, repository: \"http://{}/x/\"}}\n", server.domain()));
    let said = pull(&folder, &[&server], &[]);
    assert_eq!((said.code, outcomes(&said)), (0, vec![("redis".to_owned(), "fetched".to_owned(), "1.10.0".to_owned())]), "{said:?}");
    let row = &json(&said)["charts"][0];
    assert_eq!((&row["proven"], &row["digest"]), (&json!(["index", "provenance"]), &json!(digest(&new))));
    assert_eq!((&row["places"][0]["path"], &row["places"][0]["line"]), (&json!("app/Chart.yaml"), &json!(5)));
    assert_eq!(fs::read(folder.path().join(".transship-charts/redis-1.10.0.tgz")).unwrap(), new);
    let record = fs::read_to_string(folder.path().join(".transship-charts/charts.json")).unwrap();
    let asked = server.seen().len();
    let again = pull(&folder, &[&server], &[]);
    assert_eq!((again.code, outcomes(&again)[0].1.as_str(), server.seen().len()), (0, "there", asked), "{again:?}");
    assert_eq!(fs::read_to_string(folder.path().join(".transship-charts/charts.json")).unwrap(), record);
    fs::write(folder.path().join(".transship-charts/redis-1.10.0.tgz"), "broken").unwrap();
    let mended = pull(&folder, &[&server], &["--update"]);
    assert_eq!(
        (outcomes(&mended)[0].1.as_str(), fs::read(folder.path().join(".transship-charts/redis-1.10.0.tgz")).unwrap()),
        ("fetched", new)
    );
}

#[test]
fn the_lock_beside_a_chart_says_the_version_as_long_as_the_chart_asks_for_it() {
    let all: Vec<(&str, Vec<u8>)> = ["1.2.9", "1.10.0"].map(|version| (version, chart("redis", version))).into();
    let entries: Vec<String> = all.iter().map(|(version, bytes)| entry(version, &format!("{version}.tgz"), bytes)).collect();
    let server =
        files(vec![("/index.yaml", index("redis", &entries)), ("/1.2.9.tgz", all[0].1.clone()), ("/1.10.0.tgz", all[1].1.clone())]);
    for (wanted, locked, version) in [("^1.2.3", "1.2.9", "1.2.9"), ("^1.2.3", "0.9.0", "1.10.0")] {
        let folder = depending(&format!("  - {{name: redis, version: {wanted}, repository: \"http://{}\"}}\n", server.domain()));
        let lock = format!("dependencies:\n- name: redis\n  version: {locked}\n");
        fs::write(folder.path().join("app/Chart.lock"), lock).unwrap();
        assert_eq!(outcomes(&pull(&folder, &[&server], &[]))[0].2, version);
    }
}

#[test]
fn a_registry_gives_a_chart_by_its_tag_and_each_digest_on_the_way_is_computed() {
    let mut model = Model::default();
    let archive = chart("podinfo", "6.2.0+build");
    let manifest = model.chart("charts/podinfo", "6.2.0_build", &archive, None);
    model.chart("charts/podinfo", "5.0.0", &chart("podinfo", "5.0.0"), None);
    model.chart("charts/liar", "1.0.0", &chart("liar", "1.0.0"), Some(b"x\nfiles:\n  liar-1.0.0.tgz: sha256:00\n"));
    let image = model.image("charts/image", registry::MANIFEST, "amd64", "x");
    model.tag("charts/image", "1.0.0", &image);
    let server = Server::start(move |seen| model.answer(seen));
    let source = format!("oci://{}/charts", server.domain());
    let folder = depending(&format!(
        "  - {{name: podinfo, version: '>=6', repository: '{source}'}}\n  - {{name: liar, version: 1.0.0, repository: '{source}'}}\n  \
         - {{name: image, version: 1.0.0, repository: '{source}'}}\n  - {{name: nothing, version: 1.0.0, repository: '{source}'}}\n"
    ));
    let said = pull(&folder, &[&server], &[]);
    let found = outcomes(&said);
    let words: Vec<(&str, &str)> = found.iter().map(|(name, outcome, _)| (name.as_str(), outcome.as_str())).collect();
    assert_eq!(words, [("image", "undecided"), ("liar", "missing"), ("nothing", "missing"), ("podinfo", "fetched")], "{said:?}");
    assert!(found[0].2.ends_with("is no chart") && found[1].2.contains("provenance file"), "{found:?}");
    let row = &json(&said)["charts"][3];
    assert_eq!(
        (&row["version"], &row["manifest"], &row["file"]),
        (&json!("6.2.0+build"), &json!(manifest), &json!("podinfo-6.2.0+build.tgz"))
    );
    assert_eq!(said.code, 1);
}

#[test]
fn every_kind_of_document_says_where_its_chart_is() {
    let versions = ["1.0.0", "2.0.0", "3.0.0", "4.0.0", "5.0.0", "6.0.0"];
    let paths = ["/1.tgz", "/2.tgz", "/3.tgz", "/4.tgz", "/5.tgz", "/6.tgz"];
    let archives = versions.map(|version| chart("web", version));
    let entries: Vec<String> = (0..6).map(|at| entry(versions[at], &paths[at][1..], &archives[at])).collect();
    let all = paths.into_iter().zip(archives).chain([("/index.yaml", index("web", &entries))]);
    let server = files(all.collect());
    let url = format!("http://{}", server.domain());
    let flux = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\nspec:\n  chart: {spec: {chart: web, version: 1.x, \
                sourceRef: {kind: HelmRepository, name: own}}}\n";
    let own = format!("apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {{name: own}}\nspec: {{url: '{url}'}}\n");
    let argo = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: web}}\nspec: {{source: {{repoURL: '{url}', chart: web, targetRevision: 2.*}}}}\n"
    );
    let helmfile = format!("repositories: [{{name: own, url: '{url}'}}]\nreleases: [{{name: web, chart: own/web, version: ~3.0}}]\n");
    let kustomization = format!("helmCharts: [{{name: web, repo: '{url}', version: 4.0.0}}]\n");
    let k3s = format!(
        "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata: {{name: web}}\nspec: {{chart: web, repo: '{url}', version: 5.0.0}}\n"
    );
    let fleet = format!("helm: {{chart: web, repo: '{url}', version: 6.0.0}}\n");
    let folder = repository(&[
        ("flux/release.yaml", flux),
        ("sources/own.yaml", &own),
        ("argo/app.yaml", &argo),
        ("helmfile.yaml", &helmfile),
        ("kustomize/kustomization.yaml", &kustomization),
        ("k3s/chart.yaml", &k3s),
        ("fleet/fleet.yaml", &fleet),
    ]);
    let said = pull(&folder, &[&server], &[]);
    let mut got: Vec<String> = outcomes(&said).into_iter().map(|(_, outcome, version)| format!("{outcome} {version}")).collect();
    got.sort();
    assert_eq!(got, versions.map(|version| format!("fetched {version}")), "{said:?}");
    assert_eq!(server.lines().iter().filter(|line| line.ends_with("index.yaml")).count(), 1);
}

#[test]
fn what_could_not_be_asked_is_not_missing_and_nothing_goes_to_hosts_that_nobody_trusts() {
    let server = files(Vec::new());
    let folder = depending(&format!(
        "  - {{name: a, version: 1.0.0, repository: 'https://{}'}}\n  - {{name: b, version: 1.0.0, repository: 'http://{}'}}\n  \
         - {{name: c, version: 1.0.0, repository: '@own'}}\n",
        server.domain(),
        server.domain()
    ));
    let said = say(&folder, &["charts", "pull", "--format", "json"]);
    assert!(outcomes(&said).iter().all(|(_, outcome, _)| outcome == "undecided"), "{said:?}");
    assert_eq!((said.code, server.raw().len()), (3, 0));
    assert!(said.errors.contains(&server.domain()), "{said:?}");
    assert!(!folder.path().join(".transship-charts").exists());
    let said = pull(&folder, &[&server], &["--dry-run"]);
    assert_eq!((said.code, server.raw().len()), (3, 0), "{said:?}");
}

#[test]
fn bytes_that_are_not_what_was_asked_for_are_not_kept() {
    let (right, other) = (chart("redis", "1.0.0"), chart("mysql", "1.0.0"));
    let entries = |archive: &[u8]| vec![entry("1.0.0", "a.tgz", archive)];
    for (list, archive, said) in [
        (index("redis", &entries(&right)), other.clone(), "the index says another"),
        (index("redis", &entries(&other)), other, "what came is `mysql`"),
        (index("redis", &entries(b"<html>")), b"<html>".to_vec(), "no gzipped tar archive"),
    ] {
        let server = files(vec![("/index.yaml", list), ("/a.tgz", archive)]);
        let folder = depending(&format!("  - {{name: redis, version: 1.0.0, repository: 'http://{}'}}\n", server.domain()));
        let got = pull(&folder, &[&server], &[]);
        assert!(got.code == 1 && outcomes(&got)[0].2.contains(said), "{got:?}");
        assert!(!folder.path().join(".transship-charts").exists());
    }
}

#[test]
fn a_chart_that_is_in_the_tree_is_not_asked_for() {
    let server = files(Vec::new());
    let source = format!("http://{}", server.domain());
    let folder = depending(&format!(
        "  - {{name: a, version: 1.0.0, repository: '{source}'}}\n  - {{name: b, version: 1.0.0, repository: '{source}'}}\n  \
         - {{name: c, version: 1.0.0, repository: 'file://../c'}}\n"
    ));
    fs::create_dir_all(folder.path().join("app/charts/a")).unwrap();
    fs::write(folder.path().join("app/charts/a/Chart.yaml"), "apiVersion: v2\nname: a\nversion: 1.0.0\n").unwrap();
    fs::write(folder.path().join("app/charts/b-1.0.0.tgz"), chart("b", "1.0.0")).unwrap();
    let said = pull(&folder, &[&server], &[]);
    assert_eq!((said.code, outcomes(&said), server.raw().len()), (0, vec![], 0), "{said:?}");
}

#[test]
fn verify_asks_whether_charts_are_where_the_mappings_lead() {
    let mut model = Model::default();
    model.chart("charts/redis", "18.1.0", &chart("redis", "18.1.0"), None);
    model.chart("charts/queue", "1.0.0", &chart("queue", "1.0.0"), None);
    let server = Server::start(move |seen| model.answer(seen));
    let domain = server.domain();
    let rules = format!("mappings:\n  - {{kind: chart, from: https://charts.example.com/stable, to: oci://{domain}/charts}}\n");
    let dependency = |name: &str, version: &str, from: &str| format!("  - {{name: {name}, version: '{version}', repository: '{from}'}}\n");
    let stable = "https://charts.example.com/stable";
    let here = format!("oci://{domain}/charts");
    let dependencies = [
        dependency("redis", "^18", stable),
        dependency("queue", "2.0.0", stable),
        dependency("gone", "1.x", stable),
        dependency("queue", "1.0.0", &here),
        dependency("other", "1.0.0", "https://other.example.com"),
    ];
    let folder = depending(&dependencies.concat());
    fs::write(folder.path().join(".transship.yaml"), rules).unwrap();
    let said = say(&folder, &["verify", "--format", "json", "--plain-http", &domain]);
    let rows = json(&said)["results"].as_array().unwrap().clone();
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let found: Vec<_> = rows.iter().map(|row| (text(row, "target"), text(row, "outcome"), text(row, "verdict"))).collect();
    let row = |name: &str, outcome: &str, verdict: &str| (format!("oci://{domain}/charts/{name}"), outcome.to_owned(), verdict.to_owned());
    let want = [
        row("gone 1.x", "missing", "finding"),
        row("queue 1.0.0", "exists", "good"),
        row("queue 2.0.0", "missing", "finding"),
        row("redis ^18", "exists", "good"),
    ];
    assert_eq!(found, want, "{said:?}");
    assert_eq!((said.code, text(&rows[3], "source")), (1, "https://charts.example.com/stable/redis ^18".to_owned()));
    assert_eq!(rows[3]["reason"]["message"], "version 18.1.0");
}
