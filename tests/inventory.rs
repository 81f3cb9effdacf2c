//! The numbers of an inventory, its bill of materials, and why a reference is there.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and its data needs no care")]

#[path = "support/program.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod program;

use program::{json, repository, say};
use serde_json::json;

const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn files() -> tempfile::TempDir {
    let pinned = format!("FROM ghcr.io/acme/base:2@{DIGEST}\nFROM quay.io/acme/web:1\n");
    repository(&[
        ("compose.yaml", "services:\n  web:\n    image: quay.io/acme/web:${TAG:-1}\n"),
        (".env", "TAG=7\n"),
        ("app/Dockerfile", &pinned),
        ("app/\u{1b}[31m/Dockerfile", "FROM quay.io/acme/web\n"),
    ])
}

#[test]
fn references_are_counted_by_what_tells_them_apart() {
    let folder = files();
    let said = say(&folder, &["stats", "--format", "json", "--map", "quay.io/=mirror.example.com/quay/"]);
    assert_eq!((said.code, said.errors.as_str()), (0, ""));
    let all = json(&said);
    assert_eq!(all["registries"], json!({"ghcr.io": 1, "quay.io": 4}));
    assert_eq!(all["mappings"], json!({"(none)": 1, "quay.io/": 4}));
    assert_eq!(all["formats"], json!({"compose": 2, "dockerfile": 3}));
    assert_eq!(all["classes"], json!({"build": 3, "deploy": 2}));
    assert_eq!(all["folders"], json!({".": 2, "app": 3}));
    assert_eq!((all["references"].clone(), all["images"].clone()), (json!(5), json!(4)));
    let table = say(&folder, &["stats"]).out;
    assert!(table.starts_with("by registry\n       4  quay.io\n       1  ghcr.io\n"), "{table}");
    assert!(table.ends_with("5 references to 4 images\n"), "{table}");
}

#[test]
fn a_bill_of_materials_has_each_image_once_with_its_places() {
    let bill = json(&say(&files(), &["stats", "--format", "cyclonedx"]));
    assert_eq!((&bill["bomFormat"], &bill["specVersion"]), (&json!("CycloneDX"), &json!("1.6")));
    let components = bill["components"].as_array().unwrap();
    let by_name = |reference: &str| components.iter().find(|one| one["bom-ref"] == reference).unwrap();
    assert_eq!(components.len(), 4);
    let pinned = by_name(&format!("ghcr.io/acme/base:2@{DIGEST}"));
    assert_eq!((&pinned["name"], &pinned["version"]), (&json!("ghcr.io/acme/base"), &json!("2")));
    let package = format!("pkg:oci/base@{}?repository_url=ghcr.io/acme/base&tag=2", DIGEST.replace(':', "%3A"));
    assert_eq!(pinned["purl"], json!(package));
    let places = &by_name("quay.io/acme/web:1")["evidence"]["occurrences"];
    assert_eq!(*places, json!([{"location": "app/Dockerfile", "line": 2}, {"location": "compose.yaml", "line": 3}]));
    assert_eq!(by_name("quay.io/acme/web:1").get("purl"), None, "a package URL of an image needs its digest");
}

#[test]
fn why_a_reference_is_there_is_said_piece_by_piece() {
    let folder = files();
    let why = |reference: &str| say(&folder, &["list", "--why", reference]);
    let said = why("quay.io/acme/web:7").out;
    assert!(said.starts_with("compose.yaml:3:12 quay.io/acme/web:7\n") && said.contains("value of `TAG` at .env:1:5"), "{said}");
    assert_eq!(said.matches("  pieces").count(), 1, "only the one that was asked for: {said}");
    for beginning in ["quay.io/acme/web", "quay.io", "quay.io/acme/"] {
        assert_eq!(why(beginning).out.matches("  pieces").count(), 4, "{beginning}");
    }
    assert!(!why("quay.io").out.contains('\u{1b}'), "names steer no terminal");
    for other in ["acme/web", "quay.io/ac", "quay.io/acme/web:2"] {
        let said = why(other);
        assert_eq!((said.out.as_str(), said.errors.as_str()), ("", "no references\n"), "{other}");
    }
    let rows = json(&say(&folder, &["list", "--why", "ghcr.io", "--format", "json"]));
    assert_eq!(rows["occurrences"].as_array().unwrap().len(), 1);
}
