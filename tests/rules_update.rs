//! `rules update`: a newer file of a pack is taken when it is signed with the key that the user names, and is that pack's; nothing else is written.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and writes its scratch files")]

#[allow(dead_code, reason = "each test binary uses its part")]
#[path = "support/program.rs"]
mod program;
#[path = "support/registry/mod.rs"]
mod registry;

use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use program::{Said, repository, say};
use registry::{Reply, Server};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use tempfile::TempDir;

const OLD: &str = "name: acme\nas_of: 2026-05-01\nmappings:\n  - {id: first, from: quay.io/acme/, to: registry.example.com/acme/}\n";
const NEW: &str = "name: acme\nas_of: 2026-06-01\nmappings:\n  - {id: first, from: quay.io/acme/, to: registry.example.com/team/}\n  \
                   - {id: second, from: ghcr.io/acme/, to: registry.example.com/gh/}\n";

/// A key of minisign, made of a seed.
struct Signer {
    pair: Ed25519KeyPair,
    number: [u8; 8],
}

impl Signer {
    fn new(seed: u8) -> Self {
        Self { pair: Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap(), number: [seed; 8] }
    }

    /// The public key, in one line.
    fn key(&self) -> String {
        STANDARD.encode([&b"Ed"[..], &self.number, self.pair.public_key().as_ref()].concat())
    }

    /// The signature of a text, as minisign writes it.
    fn sign(&self, text: &str) -> String {
        let own = self.pair.sign(text.as_bytes());
        let comment = "timestamp:1";
        let all = self.pair.sign(&[own.as_ref(), comment.as_bytes()].concat());
        let line = STANDARD.encode([&b"Ed"[..], &self.number, own.as_ref()].concat());
        format!("untrusted comment: by a test\n{line}\ntrusted comment: {comment}\n{}\n", STANDARD.encode(all.as_ref()))
    }
}

/// A repository with a rule file, and beside it a folder with a file of a pack and its signature.
fn with_file(name: &str, text: &str, signature: &str) -> TempDir {
    let signed = format!("in/{name}.minisig");
    repository(&[(".transship.yaml", "extends: [docker-official-retired]\n"), (&format!("in/{name}"), text), (&signed, signature)])
}

fn update(folder: &TempDir, source: &str, more: &[&str]) -> Said {
    let arguments: Vec<&str> = ["rules", "update", source].into_iter().chain(more.iter().copied()).collect();
    say(folder, &arguments)
}

fn taken(folder: &TempDir) -> PathBuf {
    folder.path().join(".transship-packs/acme.yaml")
}

#[test]
fn a_signed_file_is_taken_and_its_key_is_written_down() {
    let signer = Signer::new(7);
    let folder = with_file("acme.yaml", OLD, &signer.sign(OLD));
    let dry = update(&folder, "in/acme.yaml", &["--key", &signer.key(), "--dry-run"]);
    assert!(
        dry.code == 0 && dry.out.contains("+ first: quay.io/acme/ -> registry.example.com/acme/") && !taken(&folder).exists(),
        "{dry:?}"
    );
    fs::write(folder.path().join("acme.pub"), format!("untrusted comment: minisign public key\n{}\n", signer.key())).unwrap();
    let said = update(&folder, "in/acme.yaml", &["--key", "acme.pub"]);
    assert!(said.code == 0 && said.errors.contains("extends: [.transship-packs/acme.yaml]"), "{said:?}");
    assert_eq!(fs::read_to_string(taken(&folder)).unwrap(), OLD);
    assert!(fs::read_to_string(folder.path().join(".transship-packs/packs.json")).unwrap().contains(&signer.key()));

    // The next one needs no key, and says what it changes; the file that is there already is left alone.
    fs::write(folder.path().join("in/acme.yaml"), NEW).unwrap();
    fs::write(folder.path().join("in/acme.yaml.minisig"), signer.sign(NEW)).unwrap();
    let said = update(&folder, "in/acme.yaml", &[]);
    let told = "acme: 2026-05-01 -> 2026-06-01\n  - first: quay.io/acme/ -> registry.example.com/acme/\n  + first: quay.io/acme/ -> registry.example.com/team/\n  \
                + second: ghcr.io/acme/ -> registry.example.com/gh/\n";
    assert_eq!((said.code, said.out.as_str()), (0, told), "{said:?}");
    assert_eq!(fs::read_to_string(taken(&folder)).unwrap(), NEW);
    let again = update(&folder, "in/acme.yaml", &[]);
    assert!(again.code == 0 && again.out.is_empty() && again.errors.contains("up to date"), "{again:?}");

    // What the rule file extends then counts.
    fs::write(folder.path().join(".transship.yaml"), "extends: [.transship-packs/acme.yaml]\n").unwrap();
    assert!(say(&folder, &["map", "ghcr.io/acme/web"]).out.starts_with("ghcr.io/acme/web -> registry.example.com/gh/web"));
}

#[test]
fn what_is_not_proven_or_not_wanted_is_not_taken() {
    let (signer, other) = (Signer::new(7), Signer::new(8));
    let refuses = |folder: &TempDir, source: &str, more: &[&str], why: &str| {
        let before = fs::read_to_string(taken(folder)).ok();
        let said = update(folder, source, more);
        assert!(said.code == 2 && said.errors.contains(why) && said.out.is_empty(), "{why}: {said:?}");
        assert_eq!(fs::read_to_string(taken(folder)).ok(), before);
    };
    let key = signer.key();
    let folder = with_file("acme.yaml", NEW, &signer.sign(NEW));
    refuses(&folder, "in/acme.yaml", &[], "nothing says who made it");
    refuses(&folder, "in/acme.yaml", &["--key", "no-key"], "neither a file nor a public key");
    refuses(&folder, "in/acme.yaml", &["--key", &other.key()], "not by this key");
    refuses(&folder, "in/acme.yaml", &["--key", &key, "--signature", "in/acme.yaml"], "none of minisign");
    refuses(&folder, "in/acme.yaml", &["--sha256", "00"], "its digest is sha256:");
    refuses(&folder, "in/acme.yaml", &["--key", &key, "--pack", "bitnami-legacy"], "it is the pack `acme`, and `bitnami-legacy` is wanted");
    refuses(&folder, "in/none.yaml", &["--key", &key], "`in/none.yaml` was not read");
    assert_eq!(update(&folder, "in/acme.yaml", &["--key", &key]).code, 0);

    // An older one, another key, bytes that were changed, one that does not load.
    fs::write(folder.path().join("in/acme.yaml"), OLD).unwrap();
    fs::write(folder.path().join("in/acme.yaml.minisig"), signer.sign(OLD)).unwrap();
    refuses(&folder, "in/acme.yaml", &[], "it is of 2026-05-01, and what is here is of 2026-06-01");
    let later = NEW.replace("2026-06-01", "2026-07-01");
    fs::write(folder.path().join("in/acme.yaml"), &later).unwrap();
    refuses(&folder, "in/acme.yaml", &[], "not by this key, or of other bytes");
    fs::write(folder.path().join("in/acme.yaml.minisig"), other.sign(&later)).unwrap();
    refuses(&folder, "in/acme.yaml", &["--key", &other.key()], "signed with another key until now");
    let broken = later.replace("mappings:", "mapings:");
    fs::write(folder.path().join("in/acme.yaml"), &broken).unwrap();
    fs::write(folder.path().join("in/acme.yaml.minisig"), signer.sign(&broken)).unwrap();
    refuses(&folder, "in/acme.yaml", &[], "unknown key `mapings`");
}

#[test]
fn a_file_comes_from_an_address_as_well_and_an_unsigned_one_by_its_digest() {
    let signer = Signer::new(9);
    let signature = signer.sign(NEW);
    let server = Server::start(move |seen| match seen.path.as_str() {
        "/packs/acme.yaml" => Reply::new(200).body("text/yaml", NEW),
        "/packs/acme.yaml.minisig" => Reply::new(200).body("text/plain", signature.clone()),
        _ => Reply::new(404).body("text/plain", "no"),
    });
    let folder = repository(&[(".transship.yaml", "mappings: []\n")]);
    let (address, domain) = (format!("http://{}/packs/acme.yaml", server.domain()), server.domain());
    let said = update(&folder, &address, &["--key", &signer.key(), "--plain-http", &domain]);
    assert_eq!((said.code, fs::read_to_string(taken(&folder)).unwrap().as_str()), (0, NEW), "{said:?}");

    let folder = repository(&[(".transship.yaml", "mappings: []\n")]);
    let digest = registry::digest(NEW.as_bytes());
    let said = update(&folder, &address, &["--sha256", &digest, "--plain-http", &domain]);
    assert_eq!((said.code, taken(&folder).exists()), (0, true), "{said:?}");
    let missing = update(&folder, &format!("http://{domain}/packs/none.yaml"), &["--key", &signer.key(), "--plain-http", &domain]);
    assert!(missing.code == 2 && missing.errors.contains("its server has nothing there"), "{missing:?}");
}
