//! What the client never does, and the list of promises itself.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use transship::credentials::{Credentials, Secret};
use transship::registry::{Client, Code, Hosts, Outcome, Proxies, Settings};

use crate::kit::{ask, client, client_with, file, login, said, settings, stored, usual};
use crate::support::{Reply, Server};

#[test]
fn a_registry_that_only_a_scanned_file_names_gets_no_packet() {
    let (allowed, evil) = (usual(), Server::sink());
    let client = client_with(settings(&[&allowed.domain()]), login(&evil.domain(), "bob", "topsecret"));
    let presence = ask(&client, &format!("{}/steal/me:1", evil.domain()));
    assert_eq!(said(&presence), (Outcome::RefusedByPolicy, Code::HostNotAllowed));
    assert!(evil.lines().is_empty() && evil.raw().is_empty());
}

/// A registry that sends every question to this place.
fn sending_to(place: String) -> Server {
    Server::start(move |_| Reply::new(307).header("Location", place.clone()))
}

#[test]
fn a_redirect_to_a_private_address_that_nobody_named_is_not_followed() {
    let private = Server::sink();
    let server = sending_to(format!("https://{}/v2/a/b/manifests/1", private.domain()));
    let presence = ask(&client(&[&server.domain()]), &format!("{}/a/b:1", server.domain()));
    assert_eq!(said(&presence), (Outcome::RefusedByPolicy, Code::RedirectNotAllowed));
    assert!(presence.reason().message.contains("an address that must not be contacted"), "{presence:?}");
    assert!(private.lines().is_empty() && private.raw().is_empty());
}

#[test]
fn a_name_that_leads_to_loopback_is_judged_by_its_address() {
    let private = Server::sink();
    let name = format!("localhost:{}", private.address.port());
    let server = sending_to(format!("https://{name}/v2/a/b/manifests/1"));
    let domain = server.domain();
    let of = |hosts| ask(&client_with(Settings { hosts, ..settings(&[&domain]) }, Credentials::none()), &format!("{domain}/a/b:1"));
    assert_eq!(said(&of(Hosts::only([domain.as_str()]))), (Outcome::RefusedByPolicy, Code::AddressNotAllowed));
    assert!(private.lines().is_empty() && private.raw().is_empty());
    // One that is named may be there; what came is the start of a TLS handshake.
    assert_eq!(said(&of(Hosts::only([domain.as_str(), &name]))), (Outcome::Unreachable, Code::TlsNotSpoken));
    assert_eq!(private.raw().first(), Some(&0x16));
}

#[test]
fn without_being_named_insecure_no_registry_is_asked_in_plain_text() {
    let server = usual();
    let domain = server.domain();
    let strict = Settings { plain_http: [].into(), ..settings(&[&domain]) };
    let presence = ask(&client_with(strict, login(&domain, "bob", "topsecret")), &format!("{domain}/public/multi:1.0"));
    assert_eq!(said(&presence), (Outcome::Unreachable, Code::TlsNotSpoken));
    assert!(presence.reason().help().unwrap().contains("--plain-http"));
    assert!(server.lines().is_empty());
    // What came is the start of a TLS handshake.
    assert_eq!(server.raw().first(), Some(&0x16));
}

#[test]
fn plain_text_to_a_tls_port_is_told_as_such() {
    for sentence in [
        "Client sent an HTTP request to an HTTPS server.\n",
        "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>",
        "<p>Reason: You're speaking plain HTTP to an SSL-enabled server port.<br /></p>",
    ] {
        let server = Server::start(move |_| Reply::new(400).body("text/html", sentence));
        let domain = server.domain();
        assert_eq!(said(&ask(&client(&[&domain]), &format!("{domain}/a/b:1"))), (Outcome::ProtocolError, Code::TlsExpected), "{sentence}");
    }
}

#[test]
fn an_authority_file_of_garbage_is_named_and_nothing_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let pem = "-----BEGIN CERTIFICATE-----\nZ2FyYmFnZQ==\n-----END CERTIFICATE-----\n";
    for text in ["garbage", "", pem] {
        let path = file(folder.path(), "ca.crt", text);
        let garbage = Settings { ca_files: vec![path.clone()], ..Settings::default() };
        let fault = Client::new(garbage, Arc::new(Credentials::none())).unwrap_err();
        assert_eq!(fault.path, path);
    }
    let certs = folder.path().join("certs.d/r.example:5000");
    std::fs::create_dir_all(&certs).unwrap();
    let path = file(&certs, "ca.crt", "garbage");
    let of_host = Settings { certs_d: vec![folder.path().join("certs.d")], hosts: Hosts::only(["r.example:5000"]), ..Settings::default() };
    assert_eq!(Client::new(of_host, Arc::new(Credentials::none())).unwrap_err().path, path);
}

#[test]
fn certificates_are_found_under_every_name_of_a_registry() {
    for (domain, name) in [
        ("docker.io", "docker.io"),
        ("docker.io", "registry-1.docker.io"),
        ("r.example", "r.example:443"),
        ("r.example:443", "r.example"),
        ("r.example:443", "r.example:443"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let certs = folder.path().join(name);
        std::fs::create_dir_all(&certs).unwrap();
        let path = file(&certs, "ca.crt", "garbage");
        let settings = Settings { certs_d: vec![folder.path().into()], hosts: Hosts::only([domain]), ..Settings::default() };
        assert_eq!(Client::new(settings, Arc::new(Credentials::none())).unwrap_err().path, path, "{domain}");
    }
    // What is in the place of the folder, and cannot be read as one, is no absence.
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "r.example", "no folder");
    let settings = Settings { certs_d: vec![folder.path().into()], hosts: Hosts::only(["r.example"]), ..Settings::default() };
    assert_eq!(Client::new(settings, Arc::new(Credentials::none())).unwrap_err().path, path);
    let folder = tempfile::tempdir().unwrap();
    let absent = Settings { ca_files: vec![folder.path().join("ca.crt")], ..Settings::default() };
    let fault = Client::new(absent, Arc::new(Credentials::none())).unwrap_err();
    assert!(fault.to_string().ends_with("ca.crt: no such file"), "{fault}");
}

/// Settings under which these may be contacted in plain text through this proxy; the first is named as a registry.
fn through(proxy: &str, domains: &[&str]) -> Settings {
    let proxies = Proxies { http: Some(Secret::new(format!("http://user:hunter2@{proxy}"))), ..Proxies::default() };
    Settings { hosts: Hosts::only(domains.first().copied()), proxies, ..settings(domains) }
}

#[test]
fn a_proxy_in_a_private_network_serves_for_every_registry() {
    let proxy = Server::start(|seen| match (seen.method.as_str(), seen.path.rsplit_once("/v2/").map_or("", |(_, rest)| rest)) {
        ("CONNECT", _) => Reply::new(200),
        (_, "a/b/manifests/1") => Reply::new(307).header("Location", "http://store.example/v2/c/d/manifests/1"),
        _ => Reply::new(200).body(crate::support::MANIFEST, "{}"),
    });
    let presence = ask(&client_with(through(&proxy.domain(), &["r.example", "store.example"]), Credentials::none()), "r.example/a/b:1");
    assert_eq!(presence.outcome(), Outcome::Exists, "{presence:?}");
    assert!(proxy.lines().iter().any(|line| line.contains("store.example") || line.contains("c/d")), "{:?}", proxy.lines());
}

#[test]
fn a_proxy_of_another_kind_is_told_as_such() {
    let named = through("", &["r.example"]);
    let proxies = Proxies { http: Some(Secret::new("socks5://127.0.0.1:1080")), ..Proxies::default() };
    let presence = ask(&client_with(Settings { proxies, ..named }, Credentials::none()), "r.example/a/b:1");
    assert_eq!(said(&presence), (Outcome::Unreachable, Code::Proxy));
    assert!(presence.reason().message.contains("none of HTTP"), "{presence:?}");
}

#[test]
fn what_a_proxy_does_wrong_is_not_blamed_on_the_registry() {
    let unwilling = Server::start(|_| Reply::new(407));
    for (proxy, words) in
        [("127.0.0.1:1".to_owned(), "the proxy `127.0.0.1:1` refused the connection"), (unwilling.domain(), "the proxy `")]
    {
        let presence = ask(&client_with(through(&proxy, &["r.example"]), Credentials::none()), "r.example/a/b:1");
        assert_eq!(said(&presence), (Outcome::Unreachable, Code::Proxy));
        assert!(presence.reason().message.contains(words) && presence.reason().message.contains(&proxy), "{presence:?}");
        assert!(!format!("{presence:?}").contains("hunter2"));
    }
}

#[test]
fn only_head_get_and_post_to_token_servers_are_sent() {
    let server = usual();
    let domain = server.domain();
    let client = client(&[&domain]);
    let mut posts = 0;
    for text in ["public/multi:1.0", "public/multi:9", "no/such:1"] {
        ask(&client, &format!("{domain}/{text}"));
        crate::kit::strictly(&client, &format!("{domain}/{text}"));
        crate::kit::for_platform(&client, &format!("{domain}/{text}"), "linux/arm64");
    }
    assert!(server.seen().iter().all(|seen| matches!(seen.method.as_str(), "HEAD" | "GET")));
    assert!(server.seen().iter().all(|seen| !seen.path.contains("/uploads") && seen.body.is_empty()));
    // A password is shown to the token server by GET, an identity token by POST.
    let identity = |domain: &str| stored(&format!(r#"{{"auths":{{"{domain}":{{"identitytoken":"rt-alice"}}}}}}"#));
    for credentials in [|domain: &str| login(domain, "alice", "s3cret"), identity] {
        let server = Server::start(crate::tokens::own_tokens(crate::support::Model::usual()));
        let domain = server.domain();
        let client = client_with(settings(&[&domain]), credentials(&domain));
        for text in ["public/multi:1.0", "inveniosoftware/centos8-python:3.8", "no/such:1"] {
            ask(&client, &format!("{domain}/{text}"));
            crate::kit::strictly(&client, &format!("{domain}/{text}"));
        }
        let (to_tokens, to_registry): (Vec<_>, Vec<_>) = server.seen().into_iter().partition(|seen| seen.path.starts_with("/token"));
        assert!(!to_tokens.is_empty() && to_tokens.iter().all(|seen| matches!(seen.method.as_str(), "GET" | "POST")), "{to_tokens:?}");
        assert!(to_registry.iter().all(|seen| matches!(seen.method.as_str(), "HEAD" | "GET") && seen.body.is_empty()), "{to_registry:?}");
        posts += to_tokens.iter().filter(|seen| seen.method == "POST").count();
    }
    assert!(posts > 0);
}

#[test]
fn no_secret_is_in_any_debug_output() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        format!(r#"{{"auths":{{{},"t.example":{{"identitytoken":"topsecret"}}}}}}"#, crate::kit::entry("r.example", "alice", "topsecret"));
    let path = file(folder.path(), "config.json", &text);
    let places = transship::credentials::Places {
        docker: Some(path),
        docker_auth_config: Some(transship::credentials::Secret::new(text.clone())),
        ..Default::default()
    };
    let credentials = Credentials::load(&places).unwrap();
    let found = credentials.find("r.example", "a").unwrap().unwrap();
    let identity = credentials.find("t.example", "a").unwrap().unwrap();
    let shown = format!(
        "{places:?} {credentials:?} {found:?} {identity:?} {:?}",
        client_with(settings(&["r.example"]), login("r.example", "alice", "topsecret"))
    );
    let encoded = crate::kit::basic("alice", "topsecret").trim_start_matches("Basic ").to_owned();
    assert!(!shown.contains("topsecret") && !shown.contains(&encoded));
}

/// The names of the tests in a source: functions with `#[test]` among the attributes above them.
fn tests_in(source: &str) -> BTreeSet<&str> {
    let mut is_test = false;
    let mut tests = BTreeSet::new();
    for line in source.lines().map(str::trim) {
        let name = line.strip_prefix("fn ").and_then(|rest| rest.split('(').next());
        tests.extend(name.filter(|_| is_test));
        is_test = line == "#[test]" || (is_test && (line.starts_with("#[") || line.starts_with("//")));
    }
    tests
}

#[test]
fn a_helper_of_the_tests_is_no_test() {
    let source =
        "#[test]\n#[cfg(unix)]\n// Why.\nfn holds() {}\n\nfn helper() {}\n#[test]\n\nfn forgotten() {}\n    #[test]\n    fn inner() {}";
    assert_eq!(tests_in(source), BTreeSet::from(["holds", "inner"]));
}

/// Every test that the document names is there, and every promise and check names one.
#[test]
fn the_document_of_promises_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = std::fs::read_to_string(root.join("docs/security.md")).unwrap();
    let mut sources = String::new();
    let mut folders = vec![root.join("src"), root.join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                std::fs::File::open(path).unwrap().read_to_string(&mut sources).unwrap();
            }
        }
    }
    let rows: Vec<&str> = document
        .lines()
        .filter(|line| {
            ["| P", "| C", "| S"].iter().any(|start| line.strip_prefix(start).is_some_and(|rest| rest.starts_with(char::is_numeric)))
        })
        .collect();
    let numbers: Vec<&str> = rows.iter().map(|row| row.split('|').nth(1).unwrap().trim()).collect();
    let expected: Vec<String> =
        [("S", 16), ("P", 12), ("C", 25)].into_iter().flat_map(|(letter, last)| (1..=last).map(move |n| format!("{letter}{n}"))).collect();
    assert_eq!(numbers, expected);
    let known = tests_in(&sources);
    for row in rows {
        let tests: Vec<&str> = row.split('|').nth(3).unwrap().split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "{row}");
        for test in tests {
            assert!(known.contains(test), "no test is called {test}");
        }
    }
}
