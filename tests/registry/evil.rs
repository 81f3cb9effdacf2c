//! Dishonest answers: none of them is believed, none of them costs more than it may.

use transship::credentials::Credentials;
use transship::reference::Reference;
use transship::registry::{Code, Outcome, Registry as _, Settings};

use crate::kit::{ask, client, client_with, login, reference, said, settings, strictly};
use crate::support::{INDEX, MANIFEST, Manner, Model, Reply, Seen, Server};

/// A registry that answers as it should, changed by `change`.
fn changed(change: impl Fn(&Seen, Reply) -> Reply + Send + Sync + 'static) -> Server {
    let model = Model::usual();
    Server::start(move |seen| change(seen, model.answer(seen)))
}

fn with_header(mut reply: Reply, name: &str, value: &str) -> Reply {
    reply.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
    reply.header(name, value)
}

#[test]
fn a_lying_digest_is_found_out_where_the_bytes_are_read() {
    let zeros = format!("sha256:{}", "0".repeat(64));
    let lie = zeros.clone();
    let server = changed(move |_, reply| with_header(reply, "Docker-Content-Digest", &lie));
    let domain = server.domain();
    let client = client(&[&domain]);
    assert_eq!(said(&strictly(&client, &format!("{domain}/public/multi:1.0"))), (Outcome::ProtocolError, Code::DigestLie));
    let true_digest = Model::usual().digest_of("public/multi", "1.0");
    assert_eq!(said(&ask(&client, &format!("{domain}/public/multi@{true_digest}"))), (Outcome::ProtocolError, Code::DigestLie));
}

#[test]
fn other_bytes_under_a_digest_are_refused() {
    let server = Server::start(|_| Reply::new(200).body(MANIFEST, r#"{"schemaVersion":2,"config":{},"layers":[]}"#));
    let domain = server.domain();
    let presence = strictly(&client(&[&domain]), &format!("{domain}/a/b@sha256:{}", "1".repeat(64)));
    assert_eq!(said(&presence), (Outcome::ProtocolError, Code::DigestLie));
}

#[test]
fn a_manifest_of_the_first_schema_is_not_believed() {
    let server = changed(|_, reply| with_header(reply, "Content-Type", "application/vnd.docker.distribution.manifest.v1+prettyjws"));
    let domain = server.domain();
    let presence = ask(&client(&[&domain]), &format!("{domain}/public/multi:1.0"));
    assert_eq!(said(&presence), (Outcome::ProtocolError, Code::UnsupportedManifest));
}

#[test]
fn a_page_that_answers_200_to_everything_has_no_images() {
    let server = Server::start(|_| Reply::new(200).body("text/html", "<html>welcome</html>"));
    let domain = server.domain();
    let client = client(&[&domain]);
    assert_eq!(said(&ask(&client, &format!("{domain}/a/b:1"))), (Outcome::ProtocolError, Code::NotAManifest));
    assert!(client.tags(&reference(&format!("{domain}/a/b"))).is_err());
}

#[test]
fn a_redirect_to_a_host_that_nobody_named_for_plain_text_is_not_followed() {
    let sink = Server::sink();
    let other = sink.domain();
    let server = Server::start(move |_| Reply::new(307).header("Location", format!("http://{other}/v2/a/b/manifests/1")));
    let domain = server.domain();
    let presence = ask(&client_with(settings(&[&domain]), login(&domain, "bob", "topsecret")), &format!("{domain}/a/b:1"));
    assert_eq!(said(&presence), (Outcome::RefusedByPolicy, Code::RedirectNotAllowed));
    assert!(presence.reason().message.ends_with("which has no TLS"), "{presence:?}");
    assert!(sink.lines().is_empty() && sink.raw().is_empty());
}

#[test]
fn a_redirect_to_an_allowed_host_takes_no_authorization_along() {
    let sink = Server::sink();
    let other = sink.domain();
    let server = Server::start(move |seen| {
        if seen.header("authorization").is_empty() {
            return Reply::error(401, "UNAUTHORIZED").header("WWW-Authenticate", r#"Basic realm="x""#);
        }
        Reply::new(307).header("Location", format!("http://{other}/elsewhere"))
    });
    let domain = server.domain();
    let presence = ask(&client_with(settings(&[&domain, &sink.domain()]), login(&domain, "bob", "topsecret")), &format!("{domain}/a/b:1"));
    assert_eq!(said(&presence), (Outcome::ProtocolError, Code::NotAManifest));
    assert!(!sink.lines().is_empty());
    assert!(sink.seen().iter().all(|seen| seen.header("authorization").is_empty()));
}

#[test]
fn a_missing_of_another_host_is_not_confirmed() {
    let elsewhere = Server::start(|_| Reply::error(404, "MANIFEST_UNKNOWN"));
    let other = elsewhere.domain();
    let server = Server::start(move |_| Reply::new(302).header("Location", format!("http://{other}/x")));
    let domain = server.domain();
    let presence = ask(&client(&[&domain, &elsewhere.domain()]), &format!("{domain}/a/b:1"));
    assert_eq!(presence.outcome(), Outcome::MissingUnconfirmed);
    let told = format!("the host that `{domain}` redirects to, `{}`, answers \"not found\"", elsewhere.domain());
    assert!(presence.reason().message.starts_with(&told), "{}", presence.reason().message);
}

/// registry.k8s.io sends every question to a registry near its asker.
#[test]
fn a_missing_of_the_registry_that_the_same_question_was_sent_to_counts() {
    for (answer, outcome) in [
        (Reply::error(404, "MANIFEST_UNKNOWN"), Outcome::Missing),
        (Reply::new(404).body("application/xml", "<Error><Code>NoSuchKey</Code></Error>"), Outcome::MissingUnconfirmed),
    ] {
        let near = Server::start(move |_| answer.clone());
        let other = near.domain();
        let server = Server::start(move |_| Reply::new(307).header("Location", format!("http://{other}/v2/images/b/manifests/1")));
        let domain = server.domain();
        assert_eq!(ask(&client(&[&domain, &near.domain()]), &format!("{domain}/a/b:1")).outcome(), outcome);
    }
}

#[test]
fn a_401_of_another_host_is_not_taken_for_the_registrys() {
    let elsewhere = Server::start(|_| Reply::error(401, "UNAUTHORIZED").header("WWW-Authenticate", r#"Basic realm="x""#));
    let other = elsewhere.domain();
    let server = Server::start(move |seen| {
        if seen.header("authorization").is_empty() {
            return Reply::error(401, "UNAUTHORIZED").header("WWW-Authenticate", r#"Basic realm="x""#);
        }
        Reply::new(307).header("Location", format!("http://{other}/v2/a/b/manifests/1"))
    });
    let domain = server.domain();
    let client = client_with(settings(&[&domain, &elsewhere.domain()]), login(&domain, "bob", "topsecret"));
    let presence = ask(&client, &format!("{domain}/a/b:1"));
    assert_eq!(presence.outcome(), Outcome::LoginRequired);
    assert!(presence.reason().message.contains(&elsewhere.domain()), "{}", presence.reason().message);
    assert!(elsewhere.seen().iter().all(|seen| seen.header("authorization").is_empty()));
}

#[test]
fn redirects_in_a_circle_end() {
    let server = Server::start(|seen| Reply::new(307).header("Location", seen.path.clone()));
    let domain = server.domain();
    assert_eq!(said(&ask(&client(&[&domain]), &format!("{domain}/a/b:1"))), (Outcome::ProtocolError, Code::BadRedirect));
    assert_eq!(server.count("HEAD"), 4);
}

#[test]
fn redirects_to_files_and_to_nowhere_are_refused() {
    for place in ["file:///etc/passwd", "", "http://user@127.0.0.1/", "http://169.254.169.254/latest", "gopher://x/", "http://[::1"] {
        let server = Server::start(move |_| Reply::new(307).header("Location", place));
        let domain = server.domain();
        let outcome = ask(&client(&[&domain]), &format!("{domain}/a/b:1")).outcome();
        assert!(matches!(outcome, Outcome::ProtocolError | Outcome::RefusedByPolicy), "{place}: {outcome}");
    }
}

#[test]
fn an_endless_manifest_is_cut_at_its_cap() {
    let server = Server::start(|seen| {
        if seen.method == "HEAD" {
            Reply::new(405)
        } else {
            Reply { manner: Manner::Endless, ..Reply::new(200).header("Content-Type", INDEX) }
        }
    });
    let domain = server.domain();
    let presence = ask(&client(&[&domain]), &format!("{domain}/a/b:1"));
    assert_eq!(said(&presence), (Outcome::ProtocolError, Code::TooLarge));
}

#[test]
fn an_endless_error_is_read_to_its_cap_and_judged() {
    let server = Server::start(|_| Reply { status: 404, ..Reply::manner(Manner::Endless) });
    let domain = server.domain();
    assert_eq!(ask(&client(&[&domain]), &format!("{domain}/a/b:1")).outcome(), Outcome::MissingUnconfirmed);
}

#[test]
fn a_compressed_body_is_not_unpacked() {
    let server = changed(|seen, reply| if seen.method == "HEAD" { Reply::new(405) } else { reply.header("Content-Encoding", "gzip") });
    let domain = server.domain();
    assert_eq!(said(&ask(&client(&[&domain]), &format!("{domain}/public/multi:1.0"))), (Outcome::ProtocolError, Code::Encoded));
}

#[test]
fn a_head_is_held_to_what_it_says_of_the_body() {
    let encoded = changed(|_, reply| reply.header("Content-Encoding", "gzip"));
    let domain = encoded.domain();
    assert_eq!(said(&ask(&client(&[&domain]), &format!("{domain}/public/multi:1.0"))), (Outcome::ProtocolError, Code::Encoded));
    let large = Server::start(|_| Reply::new(200).body(INDEX, " ".repeat(5 << 20)));
    let domain = large.domain();
    assert_eq!(said(&ask(&client(&[&domain]), &format!("{domain}/a/b:1"))), (Outcome::ProtocolError, Code::TooLarge));
    assert_eq!(large.count("GET"), 0);
}

#[test]
fn a_place_that_is_said_by_its_last_part_is_beside_what_was_asked_for() {
    let server =
        changed(|seen, reply| if seen.path.ends_with("/manifests/old") { Reply::new(307).header("Location", "1.0") } else { reply });
    let domain = server.domain();
    assert_eq!(ask(&client(&[&domain]), &format!("{domain}/public/multi:old")).outcome(), Outcome::Exists);
}

#[test]
fn a_port_beyond_all_ports_is_no_host() {
    let presence = ask(&client(&["127.0.0.1:99999"]), "127.0.0.1:99999/a/b:1");
    assert_eq!(said(&presence), (Outcome::NotChecked, Code::BadName));
}

#[test]
fn a_bomb_of_headers_is_a_fault_of_the_protocol() {
    let server = Server::start(|_| (0..5_000).fold(Reply::new(200), |reply, n| reply.header(&format!("X-{n}"), "y".repeat(100))));
    let domain = server.domain();
    assert_eq!(ask(&client(&[&domain]), &format!("{domain}/a/b:1")).outcome(), Outcome::ProtocolError);
    let many = Server::start(|_| (0..100).fold(Reply::new(401), |reply, _| reply.header("WWW-Authenticate", r#"Bearer realm="x""#)));
    let domain = many.domain();
    assert_ne!(ask(&client(&[&domain]), &format!("{domain}/a/b:1")).outcome(), Outcome::Exists);
}

#[test]
fn manifests_that_are_none_are_refused() {
    for body in [
        "",
        "[]",
        "null",
        "{",
        r#"{"schemaVersion":1}"#,
        r#"{"schemaVersion":2}"#,
        r#"{"schemaVersion":2,"manifests":[{"digest":"../../x"}]}"#,
        r#"{"schemaVersion":2,"mediaType":"x","manifests":[]}"#,
    ] {
        let server = Server::start(move |_| Reply::new(200).body(INDEX, body));
        let domain = server.domain();
        let presence = strictly(&client(&[&domain]), &format!("{domain}/a/b:1"));
        assert_eq!(said(&presence), (Outcome::ProtocolError, Code::Malformed), "{body}");
    }
}

#[test]
fn a_registry_that_repeats_a_password_does_not_get_it_printed() {
    let server = Server::start(|seen| {
        let given = seen.header("authorization").trim_start_matches("Basic ").to_owned();
        if given.is_empty() {
            return Reply::new(401).header("WWW-Authenticate", r#"Basic realm="x""#);
        }
        let message = format!("{given} topsecret \\u001b[31m ::error::");
        Reply::new(403)
            .header("X-Request-Id", given)
            .body("application/json", format!(r#"{{"errors":[{{"code":"topsecret","message":"{message}"}}]}}"#))
    });
    let domain = server.domain();
    let presence = ask(&client_with(settings(&[&domain]), login(&domain, "bob", "topsecret")), &format!("{domain}/a/b:1"));
    let shown = format!("{presence:?}{}", serde_json::to_string(&presence).unwrap());
    assert_eq!(presence.outcome(), Outcome::Denied);
    let encoded = crate::kit::basic("bob", "topsecret").trim_start_matches("Basic ").to_owned();
    assert!(!shown.contains("topsecret") && !shown.contains(&encoded) && !shown.contains('\u{1b}'), "{shown}");
}

#[test]
fn a_registry_that_repeats_a_secret_in_another_form_does_not_get_it_printed() {
    let pair = crate::kit::basic("bob", "top/Secret").trim_start_matches("Basic ").trim_end_matches('=').to_owned();
    let told = pair.clone();
    let server = Server::start(move |seen| {
        if seen.path.starts_with("/token") {
            return Reply::new(200).body("application/json", r#"{"token":"tok-of-bob"}"#);
        }
        match seen.path.split('/').nth(2).unwrap_or_default() {
            // What one repository was shown, another may repeat.
            "public" => Reply::error(403, &told),
            _ if seen.header("authorization").is_empty() => {
                Reply::new(401).header("WWW-Authenticate", format!(r#"Bearer realm="http://{}/token""#, seen.header("host")))
            }
            "token" => Reply::error(403, &format!("{told} tok-of-bob")),
            "encoded" => Reply::error(403, "top%2FSecret dG9wL1NlY3JldA TOP/SECRET"),
            "away" => Reply::new(307).header("Location", format!("http://{told}.example/x")),
            _ => Reply::new(307).header("Location", "http://169.254.1.1.tok-of-bob.example/x"),
        }
    });
    let domain = server.domain();
    let client = client_with(settings(&[&domain]), login(&domain, "bob", "top/Secret"));
    for name in ["token", "encoded", "away", "far", "public"] {
        let presence = ask(&client, &format!("{domain}/{name}/b:1"));
        let shown = format!("{presence:?}{}", serde_json::to_string(&presence).unwrap()).to_lowercase();
        assert!(shown.contains("[secret]"), "{name}: {shown}");
        for secret in [&pair, "top/secret", "top%2fsecret", "dG9wL1NlY3JldA", "tok-of-bob"] {
            assert!(!shown.contains(&secret.to_lowercase()), "{name}: {shown}");
        }
    }
}

#[test]
fn a_token_that_would_break_a_header_is_refused() {
    let server = Server::start(|seen| {
        if seen.path.starts_with("/token") {
            return Reply::new(200).body("application/json", r#"{"token":"a\r\nX-Evil: 1"}"#);
        }
        Reply::new(401).header("WWW-Authenticate", format!(r#"Bearer realm="http://{}/token""#, seen.header("host")))
    });
    let domain = server.domain();
    let settings: Settings = settings(&[&domain]);
    assert_eq!(
        said(&ask(&client_with(settings, Credentials::none()), &format!("{domain}/a/b:1"))),
        (Outcome::ProtocolError, Code::Malformed)
    );
}

#[test]
fn a_reference_with_an_unknown_part_is_not_asked_for() {
    let server = crate::kit::usual();
    let domain = server.domain();
    let hidden = Reference::parse_with_holes(&format!("{domain}/a/b:{}", transship::reference::HOLE)).unwrap();
    let presence = client(&[&domain]).presence(&hidden, &transship::registry::Ask::default());
    assert_eq!(said(&presence), (Outcome::NotChecked, Code::Dynamic));
    assert!(server.lines().is_empty());
}

#[test]
fn small_texts_that_would_become_large_values_are_refused() {
    let entries = format!(r#"{{"schemaVersion":2,"manifests":[{}{{}}]}}"#, "{},".repeat(1_000_000));
    let server = Server::start(move |_| Reply::new(200).body(INDEX, entries.clone()));
    let domain = server.domain();
    let presence = strictly(&client(&[&domain]), &format!("{domain}/a/b:1"));
    assert_eq!(said(&presence), (Outcome::ProtocolError, Code::Malformed));
    assert!(presence.reason().message.contains("more than 4096"), "{}", presence.reason().message);
}
