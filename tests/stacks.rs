//! Charts as they are deployed: whatever the stack of values, a fix makes no rendering wrong, and what it leaves is told. Judged by the real helm.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test may panic, and writes its scratch files")]

#[path = "support/go_tools.rs"]
mod go_tools;
#[path = "support/packed.rs"]
mod packed;
#[path = "support/program.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod program;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use packed::packed;
use program::{repository, say};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

/// How many charts are generated, always the same ones.
const CHARTS: u32 = 200;

const MAPPINGS: [&[(&str, &str)]; 4] = [
    &[("docker.io/", "harbor.example.com/hub/")],
    &[("quay.io/acme/", "mirror.example.com/acme/")],
    &[("docker.io/lablup/", "cr.backend.ai/stable/")],
    &[("docker.io/", "m.example.com/"), ("quay.io/", "m.example.com/quay/")],
];

/// How a template puts one image together.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// `registry/repository:tag`.
    Parts,
    /// The registry only where there is one.
    Maybe,
    /// A registry for all of them where there is one.
    Global,
    /// A default of the template's own.
    Default,
    /// The repository has everything but the tag.
    Repository,
}

impl Shape {
    fn image(self, key: &str) -> String {
        let one = format!(".Values.{key}");
        let rest = format!("{{{{ {one}.repository }}}}:{{{{ {one}.tag }}}}");
        match self {
            Self::Parts => format!("{{{{ {one}.registry }}}}/{rest}"),
            Self::Maybe => format!("{{{{ with {one}.registry }}}}{{{{ . }}}}/{{{{ end }}}}{rest}"),
            Self::Global => format!("{{{{ default {one}.registry .Values.global.imageRegistry }}}}/{rest}"),
            Self::Default => format!("{{{{ {one}.registry | default \"docker.io\" }}}}/{rest}"),
            Self::Repository => rest,
        }
    }
}

type Keys = BTreeMap<&'static str, &'static str>;

/// A chart: how its images are put together, its values, and those that are laid over them.
#[derive(Clone, Debug)]
struct Chart {
    shapes: Vec<Shape>,
    values: Vec<Keys>,
    global: &'static str,
    layers: Vec<(Vec<Keys>, Option<&'static str>)>,
    /// Whether a registry is also printed where no image stands.
    told: bool,
    mappings: usize,
}

fn keys(complete: bool) -> impl Strategy<Value = Keys> {
    let registry = prop::sample::select(vec!["docker.io", "quay.io", "registry.local:5000", "~", "\"\""]);
    let repository = prop::sample::select(vec!["acme/web", "acme/web-pro", "lablup/agent", "lablup/agent-gpu", "other/side"]);
    let tag = prop::sample::select(vec!["\"1\"", "\"2.0\"", "v3"]);
    let some = move |all: BTreeMap<_, _>, mask: u8| {
        all.into_iter().enumerate().filter(|(bit, _)| complete || mask & (1 << bit) != 0).map(|(_, pair)| pair).collect()
    };
    (registry, repository, tag, 0..8_u8).prop_map(move |(registry, repository, tag, mask)| {
        some(BTreeMap::from([("registry", registry), ("repository", repository), ("tag", tag)]), mask)
    })
}

fn chart() -> impl Strategy<Value = Chart> {
    let shape = prop::sample::select(vec![Shape::Parts, Shape::Maybe, Shape::Global, Shape::Default, Shape::Repository]);
    let global = || prop::sample::select(vec!["\"\"", "docker.io", "quay.io"]);
    (prop::collection::vec(shape, 1..3), 0..MAPPINGS.len(), any::<bool>(), global()).prop_flat_map(
        move |(shapes, mappings, told, global)| {
            let count = shapes.len();
            let values = prop::collection::vec(keys(true), count);
            let layer = (prop::collection::vec(keys(false), count), prop::option::weighted(0.2, super_global()));
            (values, prop::collection::vec(layer, 0..3)).prop_map(move |(values, layers)| {
                let told = told && mappings == 0;
                Chart { shapes: shapes.clone(), values, global, layers, told, mappings }
            })
        },
    )
}

fn super_global() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["\"\"", "docker.io", "registry.local:5000"])
}

fn yaml(images: &[Keys], global: Option<&str>) -> String {
    let mut text = String::new();
    for (number, keys) in images.iter().enumerate().filter(|(_, keys)| !keys.is_empty()) {
        let _ = writeln!(text, "image{number}:");
        for (key, value) in keys {
            let _ = writeln!(text, "  {key}: {value}");
        }
    }
    if let Some(global) = global {
        let _ = writeln!(text, "global:\n  imageRegistry: {global}");
    }
    if text.is_empty() { "{}\n".to_owned() } else { text }
}

impl Chart {
    fn files(&self) -> Vec<(String, String)> {
        let mut pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n".to_owned();
        for (number, shape) in self.shapes.iter().enumerate() {
            let _ = writeln!(pod, "    - name: c{number}\n      image: \"{}\"", shape.image(&format!("image{number}")));
        }
        if self.told {
            let _ = writeln!(pod, "      env:\n        - name: CATALOG\n          value: \"https://{{{{ .Values.image0.registry }}}}/\"");
        }
        let mut files = vec![
            ("c/Chart.yaml".to_owned(), "apiVersion: v2\nname: c\nversion: 1.0.0\n".to_owned()),
            ("c/values.yaml".to_owned(), yaml(&self.values, Some(self.global))),
            ("c/templates/pod.yaml".to_owned(), pod),
        ];
        let layers = self.layers.iter().enumerate();
        files.extend(layers.map(|(number, (images, global))| (format!("c/values-{number}.yaml"), yaml(images, *global))));
        files
    }

    fn options(&self) -> Vec<String> {
        MAPPINGS[self.mappings].iter().flat_map(|(from, to)| ["--map".to_owned(), format!("{from}={to}")]).collect()
    }

    /// What an image becomes; none when no mapping covers it.
    fn target(&self, image: &str) -> Option<String> {
        let (domain, path) = match image.split_once('/') {
            Some((domain, path)) if domain.contains(['.', ':']) => (domain, path.to_owned()),
            _ => ("docker.io", image.to_owned()),
        };
        let whole = format!("{domain}/{path}");
        let longest = MAPPINGS[self.mappings].iter().filter(|(from, _)| whole.starts_with(from)).max_by_key(|(from, _)| from.len())?;
        Some(format!("{}{}", longest.1, &whole[longest.0.len()..]))
    }
}

/// What each stack of the chart prints: its own values, and each layer over them. None where helm refuses it.
fn rendered(helm: &Path, folder: &Path, layers: usize) -> Vec<Option<Vec<String>>> {
    let stacks = std::iter::once(None).chain((0..layers).map(Some));
    let render = |layer: Option<usize>| {
        let mut command = Command::new(helm);
        command.arg("template").arg(folder.join("c")).env_clear().env("HOME", folder);
        if let Some(layer) = layer {
            command.arg("-f").arg(folder.join(format!("c/values-{layer}.yaml")));
        }
        let output = command.output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
    };
    stacks.map(render).collect()
}

/// What a fix did wrong to a chart.
fn faults(helm: &Path, chart: &Chart) -> Vec<String> {
    let files = chart.files();
    let folder = repository(&files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>());
    let before = rendered(helm, folder.path(), chart.layers.len());
    let options = chart.options();
    let with = |command: &'static str| {
        let arguments: Vec<&str> = std::iter::once(command).chain(options.iter().map(String::as_str)).collect();
        say(&folder, &arguments)
    };
    let fixed = with("fix");
    let after = rendered(helm, folder.path(), chart.layers.len());
    let told = with("check").out;
    let mut faults = Vec::new();
    for (stack, (before, after)) in before.iter().zip(&after).enumerate() {
        let (Some(before), Some(after)) = (before, after) else {
            faults.extend((before.is_some() != after.is_some()).then(|| format!("stack {stack} no longer renders: {fixed:?}")));
            continue;
        };
        faults.extend((before.len() != after.len()).then(|| format!("stack {stack} has other lines")));
        for (was, is) in before.iter().zip(after) {
            let image = was.trim_start().strip_prefix("image: ").map(|image| image.trim_matches('"'));
            // Where a layer takes the registry away from `registry/repository`, what is left is no reference.
            let wanted = image.filter(|image| !image.starts_with('/')).and_then(|image| chart.target(image));
            let now = is.trim_start().trim_start_matches("image: ").trim_matches('"');
            match (image, wanted) {
                (Some(image), Some(target)) if now == target || (now == image && told.contains(name(image))) => {}
                (Some(image), Some(target)) => faults.push(format!("stack {stack}: `{image}` became `{now}`, not `{target}`")),
                _ if was == is => {}
                _ => faults.push(format!("stack {stack}: `{was}` became `{is}`")),
            }
        }
    }
    faults
}

/// The last word of an image's name: what a finding says at least.
fn name(image: &str) -> &str {
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split(':').next().unwrap_or(last)
}

#[test]
fn a_fix_makes_no_stack_wrong_and_says_what_it_leaves() {
    let Some(helm) = go_tools::program("helm") else { return };
    let mut runner = TestRunner::deterministic();
    let mut wrong = Vec::new();
    for number in 0..CHARTS {
        let chart = chart().new_tree(&mut runner).unwrap().current();
        let faults = faults(&helm, &chart);
        if !faults.is_empty() {
            let files = chart.files().into_iter().map(|(path, text)| format!("--- {path}\n{text}")).collect::<Vec<_>>().concat();
            wrong.push(format!("chart {number}, {:?}:\n{}\n{files}", chart.options(), faults.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{} of {CHARTS} charts:\n{}", wrong.len(), wrong[..wrong.len().min(3)].join("\n"));
}

const DATABASE: [(&str, &str); 3] = [
    ("db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 1.0.0\n"),
    ("db/values.yaml", "image: {registry: docker.io, repository: acme/db, tag: 16}\nexporter: {image: \"quay.io/acme/exporter:1\"}\n"),
    (
        "db/templates/pod.yaml",
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: {{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}\n    \
         - image: {{ .Values.exporter.image }}\n",
    ),
];

/// The values of a chart in which the database is packed, after a fix.
fn with_keys_added(values: &str) -> String {
    let folder = repository(&[
        ("shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies: [{name: db, version: 1.0.0}]\n"),
        ("shop/values.yaml", values),
    ]);
    fs::create_dir(folder.path().join("shop/charts")).unwrap();
    fs::write(folder.path().join("shop/charts/db-1.0.0.tgz"), packed(&DATABASE)).unwrap();
    let options = ["--map", "docker.io/=m.example.com/hub/", "--map", "quay.io/=m.example.com/quay/"];
    let fixed = say(&folder, &[&["fix"], &options[..]].concat());
    assert_eq!(fixed.code, 0, "{fixed:?}");
    let values = fs::read_to_string(folder.path().join("shop/values.yaml")).unwrap();
    let again = say(&folder, &[&["fix"], &options[..]].concat());
    assert_eq!((again.code, &fs::read_to_string(folder.path().join("shop/values.yaml")).unwrap()), (0, &values), "{again:?}");
    values
}

#[test]
fn what_a_packed_chart_brings_is_moved_by_keys_that_are_added() {
    let both = "image:\n    registry: m.example.com/hub\n  exporter:\n    image: m.example.com/quay/acme/exporter:1\n";
    for (values, wanted) in [
        ("", format!("db:\n  {both}")),
        ("# nothing yet\n", format!("# nothing yet\ndb:\n  {both}")),
        ("a: 1\n", format!("a: 1\ndb:\n  {both}")),
        ("db:\n  auth: x # why\n\nb: 2\n", format!("db:\n  auth: x # why\n  {both}\nb: 2\n")),
        (
            "db:\n    auth: {a: 1}\n",
            "db:\n    auth: {a: 1}\n    image:\n        registry: m.example.com/hub\n    exporter:\n        image: m.example.com/quay/acme/exporter:1\n".to_owned(),
        ),
        ("db: {}\n", "db: {image: {registry: m.example.com/hub}, exporter: {image: m.example.com/quay/acme/exporter:1}}\n".to_owned()),
        ("db: ~\n", "db: {image: {registry: m.example.com/hub}, exporter: {image: m.example.com/quay/acme/exporter:1}}\n".to_owned()),
        ("db: {auth: 1}\n", "db: {image: {registry: m.example.com/hub}, exporter: {image: m.example.com/quay/acme/exporter:1}, auth: 1}\n".to_owned()),
        ("db:\n", format!("db:\n  {both}")),
        (
            "db:\n  image:\n    tag: '17'\n",
            "db:\n  image:\n    tag: '17'\n    registry: m.example.com/hub\n  exporter:\n    image: m.example.com/quay/acme/exporter:1\n".to_owned(),
        ),
        ("a: 1", format!("a: 1\ndb:\n  {}", both.trim_end())),
    ] {
        assert_eq!(with_keys_added(values), wanted, "{values:?}");
    }
}

#[test]
fn an_archive_that_cannot_be_opened_is_told() {
    let folder =
        repository(&[("shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"), ("shop/values.yaml", "image: quay.io/a/b:1\n")]);
    fs::create_dir(folder.path().join("shop/charts")).unwrap();
    fs::write(folder.path().join("shop/charts/db-1.0.0.tgz"), b"\x1f\x8b\0\0broken").unwrap();
    let said = say(&folder, &["check", "--map", "quay.io/=m.example.com/"]);
    assert!(said.out.contains("`shop/charts/db-1.0.0.tgz` was not read"), "{said:?}");
    assert_eq!(said.code, 2, "{said:?}");
}

#[test]
fn a_packed_chart_that_nothing_names_is_seen_too() {
    let folder = repository(&[("shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"), ("shop/values.yaml", "a: 1\n")]);
    fs::create_dir(folder.path().join("shop/charts")).unwrap();
    fs::write(folder.path().join("shop/charts/db-1.0.0.tgz"), packed(&DATABASE)).unwrap();
    let options = ["--map", "docker.io/=m.example.com/hub/"];
    let told = say(&folder, &[&["check"], &options[..]].concat());
    assert!(told.code == 1 && told.out.contains("unwritten-image") && told.out.contains("shop/Chart.yaml:2:7"), "{told:?}");
    assert_eq!(say(&folder, &[&["fix"], &options[..]].concat()).code, 0);
    let values = fs::read_to_string(folder.path().join("shop/values.yaml")).unwrap();
    assert_eq!(values, "a: 1\ndb:\n  image:\n    registry: m.example.com/hub\n");
}
