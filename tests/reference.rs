//! References read as distribution/reference reads them: its answers for 377 texts are in `tests/data/reference_cases.json`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::Value;
use transship::reference::{Any, HOLE, Invalid, Part, Reference, parse_any};

fn cases() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("data/reference_cases.json")).unwrap();
    file["cases"].as_array().unwrap().clone()
}

/// Hosts of Docker Hub that the library leaves as they are and that a mapping must fold.
fn is_other_hub_host(input: &str) -> bool {
    ["registry-1.docker.io/", "registry.hub.docker.com/"].iter().any(|host| input.starts_with(host))
}

#[test]
fn reads_every_case_as_the_library_does() {
    let cases = cases();
    assert!(cases.len() >= 377, "{}", cases.len());
    for case in &cases {
        let input = case["input"].as_str().unwrap();
        let got = Reference::parse(input);
        assert_eq!(got.is_err(), case["error"].is_string(), "{input}: {got:?}");
        let Ok(got) = got else { continue };
        assert_eq!(got.tag(), case["tag"].as_str(), "{input}");
        assert_eq!(got.digest(), case["digest"].as_str(), "{input}");
        if is_other_hub_host(input) {
            assert_eq!(got.name().domain, "docker.io", "{input}");
            continue;
        }
        assert_eq!(got.name().domain, case["domain"].as_str().unwrap(), "{input}");
        assert_eq!(got.name().path, case["path"].as_str().unwrap(), "{input}");
        assert_eq!(got.canonical(), case["canonical"].as_str().unwrap(), "{input}");
        let familiar = case["familiar"].as_str().unwrap();
        // The library leaves `library/` out also where what is left reads as an image's ID.
        if Reference::parse(familiar).is_ok() {
            assert_eq!(got.familiar(), familiar, "{input}");
        }
        if let Some(pull) = case["pull"].as_str() {
            assert_eq!(got.pull(), pull, "{input}");
        }
    }
}

#[test]
fn reads_every_case_by_the_grammar_alone() {
    for case in &cases() {
        let input = case["input"].as_str().unwrap();
        let got = Reference::parse_strict(input);
        let want = &case["strict"];
        assert_eq!(got.is_ok(), want.is_object() && want.get("path").is_some(), "{input}: {got:?} {want}");
        let Ok(got) = got else { continue };
        assert_eq!(got.domain().unwrap_or_default(), want["domain"].as_str().unwrap(), "{input}");
        assert_eq!(got.path(), want["path"].as_str().unwrap(), "{input}");
        assert_eq!(got.tag(), want["tag"].as_str(), "{input}");
        assert_eq!(got.digest(), want["digest"].as_str(), "{input}");
    }
}

#[test]
fn tells_image_ids_from_references() {
    for case in &cases() {
        let input = case["input"].as_str().unwrap();
        let want = &case["any"];
        if is_other_hub_host(input) {
            continue;
        }
        match parse_any(input) {
            Ok(Any::Identifier(id)) => {
                assert_eq!(want["identifier"], true, "{input}");
                assert_eq!(want["canonical"], id, "{input}");
            }
            Ok(Any::Reference(found)) => {
                assert_eq!(want["identifier"], false, "{input}");
                assert_eq!(want["canonical"], found.canonical(), "{input}");
            }
            Err(_) => assert!(want.get("canonical").is_none(), "{input} {want}"),
        }
    }
}

#[test]
fn a_hole_in_the_tag_hides_nothing_else() {
    let found = Reference::parse_with_holes(&format!("quay.io/a/b:{HOLE}")).unwrap();
    assert_eq!(found.name().to_string(), "quay.io/a/b");
    assert!(found.has_hole(Part::Tag) && !found.has_hole(Part::Path));
}

#[test]
fn a_hole_before_the_first_slash_hides_the_domain() {
    for text in ["{}lib/app:1", "{}/lib/app", "{}", "redis{}", "redis{}:1"] {
        let text = text.replace("{}", &HOLE.to_string());
        assert_eq!(Reference::parse_with_holes(&text), Err(Invalid::Hidden), "{text}");
    }
    assert!(Reference::parse_with_holes(&format!("{HOLE}.dkr.ecr.eu-west-1.amazonaws.com/app:1")).is_ok());
}

#[test]
fn a_path_that_looks_like_something_else_keeps_its_domain() {
    let id = format!("library/{}", "01".repeat(32));
    for (text, familiar) in [
        ("docker.io/r.example/a:1", "docker.io/r.example/a:1"),
        ("docker.io/localhost/a", "docker.io/localhost/a"),
        ("docker.io/library/localhost", "localhost"),
        ("docker.io/acme/a.b", "acme/a.b"),
        (id.as_str(), id.as_str()),
    ] {
        let found = Reference::parse(text).unwrap();
        assert_eq!(found.familiar(), familiar);
        assert_eq!(Reference::parse(familiar).unwrap().canonical(), found.canonical());
    }
}
