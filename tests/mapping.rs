//! The mapping language keeps its promises: packs load, wrong rule files say all that is wrong, holes never lead astray.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeMap;

use transship::config::{Config, Options, load, packs};

fn options() -> Options {
    Options::default()
}

/// A value for each var that a pack asks for.
fn with_pack(name: &str) -> Options {
    let values = [("mirror", "harbor.example.com/dockerhub"), ("from_organization", "org-ss"), ("organization", "dev-container")];
    let pack = packs().into_iter().find(|pack| pack.name == name).unwrap();
    let wanted = |name: &str| pack.required.iter().any(|required| required == name);
    let vars: BTreeMap<_, _> = values.iter().filter(|(name, _)| wanted(name)).map(|(n, v)| (n.to_string(), v.to_string())).collect();
    Options { packs: vec![name.to_owned()], vars, ..options() }
}

fn loaded(options: &Options) -> Config {
    load(options).unwrap_or_else(|faults| panic!("{faults}")).unwrap()
}

#[test]
fn every_pack_loads_and_passes_its_tests() {
    for pack in packs() {
        let config = loaded(&with_pack(pack.name));
        assert!(!transship::mapping::test_rules(&config.mappings).is_empty(), "{} has no tests", pack.name);
        assert!(pack.about.contains("Source: "), "{} does not name its source", pack.name);
    }
}

#[test]
fn all_packs_of_the_house_are_there() {
    let names: Vec<_> = packs().iter().map(|pack| pack.name).collect();
    let all = ["backend-ai", "docker-hub-proxy", "giantswarm-gsoci", "inveniordm", "kubernetes-registry", "otc-swr"];
    assert_eq!(names, all);
}
