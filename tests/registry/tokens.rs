//! Bearer tokens: how many are asked for, with what, and from whom.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use transship::credentials::Credentials;
use transship::registry::{Code, Outcome, Settings, verify};

use crate::kit::{ask, basic, client_with, login, reference, said, settings, stored};
use crate::support::{Model, Reply, Seen, Server};

/// A registry with bearer tokens, its own token server at `/token`: everybody pulls below `public/`, alice and who has her identity token
/// everywhere.
fn tokened() -> Server {
    Server::start(own_tokens(Model::usual()))
}

pub(crate) fn own_tokens(model: Model) -> impl Fn(&Seen) -> Reply + Send + Sync {
    move |seen| {
        let host = seen.header("host").to_owned();
        if seen.path.starts_with("/token") {
            return token(seen);
        }
        let repository = seen.path.trim_start_matches("/v2/").split("/manifests").next().unwrap().to_owned();
        let is_public = repository.starts_with("public/");
        let owner = seen.header("authorization").strip_prefix("Bearer ").unwrap_or_default().to_owned();
        if owner == format!("alice-{repository}") || (is_public && owner == format!("anonymous-{repository}")) {
            return model.answer(seen);
        }
        let error = if owner.is_empty() { "" } else { r#",error="insufficient_scope""# };
        let challenge = format!(r#"Bearer realm="http://{host}/token",service="s",scope="repository:{repository}:pull"{error}"#);
        Reply::error(401, "UNAUTHORIZED").header("WWW-Authenticate", challenge)
    }
}

fn token(seen: &Seen) -> Reply {
    let query = if seen.method == "POST" { seen.body.clone() } else { seen.path.split_once('?').unwrap().1.to_owned() };
    let fields: BTreeMap<&str, &str> = query.split('&').filter_map(|field| field.split_once('=')).collect();
    let scope = fields["scope"].replace("%3A", ":").replace("%2F", "/");
    let repository = scope.trim_start_matches("repository:").trim_end_matches(":pull").to_owned();
    let owner = match (seen.method.as_str(), seen.header("authorization")) {
        ("POST", _) if fields["refresh_token"] == "rt-alice" && fields["grant_type"] == "refresh_token" => "alice",
        ("POST", _) => return Reply::error(401, "UNAUTHORIZED"),
        (_, "") => "anonymous",
        (_, given) if given == basic("alice", "s3cret") => "alice",
        _ => return Reply::error(401, "UNAUTHORIZED"),
    };
    Reply::new(200).body("application/json", format!(r#"{{"token":"{owner}-{repository}","expires_in":300}}"#))
}

fn tokens_asked(server: &Server) -> Vec<Seen> {
    server.seen().into_iter().filter(|seen| seen.path.starts_with("/token")).collect()
}

#[test]
fn the_anonymous_get_a_token_for_what_is_public_and_nothing_else() {
    let server = tokened();
    let domain = server.domain();
    let client = client_with(settings(&[&domain]), Credentials::none());
    assert_eq!(ask(&client, &format!("{domain}/public/multi:1.0")).outcome(), Outcome::Exists);
    assert_eq!(tokens_asked(&server).len(), 1);
    let private = ask(&client, &format!("{domain}/inveniosoftware/centos8-python:3.8"));
    assert_eq!(said(&private), (Outcome::LoginRequired, Code::MissingOrPrivate));
    let missing = ask(&client, &format!("{domain}/no/such:1"));
    assert_eq!(said(&missing), (Outcome::LoginRequired, Code::MissingOrPrivate));
}

#[test]
fn a_user_gets_a_token_for_what_is_private() {
    let server = tokened();
    let domain = server.domain();
    let client = client_with(settings(&[&domain]), login(&domain, "alice", "s3cret"));
    assert_eq!(ask(&client, &format!("{domain}/inveniosoftware/centos8-python:3.8")).outcome(), Outcome::Exists);
    assert!(tokens_asked(&server)[0].path.contains("account=alice"));
}

#[test]
fn fifty_references_in_one_repository_need_one_token() {
    let mut model = Model::usual();
    let digest = model.digest_of("public/multi", "1.0");
    (0..50).for_each(|n| model.tag("public/multi", &format!("t{n}"), &digest));
    let server = Server::start(own_tokens(model));
    let domain = server.domain();
    let client = client_with(settings(&[&domain]), Credentials::none());
    let wanted: Vec<_> = (0..50).map(|n| verify::Wanted::of(reference(&format!("{domain}/public/multi:t{n}")))).collect();
    let checks = verify::all(&client, &wanted, &verify::Options { jobs: 16, per_host: 8, ..verify::Options::default() }, &|_, _| {});
    assert!(checks.distinct().iter().all(|checked| checked.presence.outcome() == Outcome::Exists));
    assert_eq!(tokens_asked(&server).len(), 1);
}

#[test]
fn fifty_references_in_a_repository_that_may_not_be_pulled_need_one_token() {
    for error in [r#",error="insufficient_scope""#, ""] {
        let server = Server::start(move |seen| {
            if seen.path.starts_with("/token") {
                return Reply::new(200).body("application/json", r#"{"token":"too-weak"}"#);
            }
            let challenge = format!(r#"Bearer realm="http://{}/token",service="s"{error}"#, seen.header("host"));
            Reply::error(401, "UNAUTHORIZED").header("WWW-Authenticate", challenge)
        });
        let domain = server.domain();
        let client = client_with(settings(&[&domain]), login(&domain, "alice", "s3cret"));
        let of = |n: usize| ask(&client, &format!("{domain}/private/x:t{n}"));
        assert_eq!(said(&of(0)), (Outcome::Unauthorized, Code::MissingOrPrivate));
        // Plainly, with a token, and once more for the registry's words.
        assert_eq!((tokens_asked(&server).len(), server.count("HEAD"), server.count("GET")), (1, 2, 2));
        assert!((1..50).all(|n| of(n) == of(0)));
        assert_eq!(tokens_asked(&server).len(), 1);
    }
}

#[test]
fn a_foreign_token_server_does_not_hide_another_way() {
    let sink = Server::sink();
    for bearer in [format!(r#"Bearer realm="http://{}/token""#, sink.domain()), "Bearer service=\"s\"".to_owned()] {
        let (model, offered) = (Model::usual(), format!(r#"{bearer}, Basic realm="x""#));
        let server = Server::start(move |seen| {
            if seen.header("authorization") == basic("alice", "s3cret") {
                return model.answer(seen);
            }
            Reply::error(401, "UNAUTHORIZED").header("WWW-Authenticate", offered.clone())
        });
        let domain = server.domain();
        let of = |credentials| ask(&client_with(settings(&[&domain]), credentials), &format!("{domain}/public/multi:1.0"));
        assert_eq!(of(login(&domain, "alice", "s3cret")).outcome(), Outcome::Exists);
        assert_ne!(of(Credentials::none()).reason().code, Code::NoCredentials);
    }
    assert!(sink.lines().is_empty());
}

#[test]
fn an_identity_token_is_changed_for_a_bearer_token_by_post() {
    let server = tokened();
    let domain = server.domain();
    let credentials = stored(&format!(r#"{{"auths":{{"{domain}":{{"auth":"MDAwOg==","identitytoken":"rt-alice"}}}}}}"#));
    let client = client_with(settings(&[&domain]), credentials);
    assert_eq!(ask(&client, &format!("{domain}/inveniosoftware/centos8-python:3.8")).outcome(), Outcome::Exists);
    let asked = tokens_asked(&server);
    assert_eq!((asked.len(), asked[0].method.as_str()), (1, "POST"));
    assert!(!asked[0].path.contains("rt-alice"));
}

#[test]
fn a_token_server_without_that_flow_is_asked_by_get() {
    let inner = own_tokens(Model::usual());
    let server = Server::start(move |seen| {
        if seen.method == "POST" {
            return Reply::new(405);
        }
        if seen.path.starts_with("/token") && seen.header("authorization") == basic("<token>", "rt-alice") {
            let mut seen = seen.clone();
            seen.headers.insert("authorization".to_owned(), basic("alice", "s3cret"));
            return token(&seen);
        }
        inner(seen)
    });
    let domain = server.domain();
    let client = client_with(settings(&[&domain]), stored(&format!(r#"{{"auths":{{"{domain}":{{"identitytoken":"rt-alice"}}}}}}"#)));
    assert_eq!(ask(&client, &format!("{domain}/inveniosoftware/centos8-python:3.8")).outcome(), Outcome::Exists);
}

#[test]
fn a_wrong_password_at_the_token_server_never_becomes_anonymity() {
    let server = tokened();
    let domain = server.domain();
    let client = client_with(settings(&[&domain]), login(&domain, "alice", "wrong"));
    let presence = ask(&client, &format!("{domain}/public/multi:1.0"));
    assert_eq!(said(&presence), (Outcome::Unauthorized, Code::BadCredentials));
    assert!(presence.reason().credential.as_deref().unwrap().ends_with(&domain));
    assert!(tokens_asked(&server).iter().all(|seen| !seen.header("authorization").is_empty()));
}

#[test]
fn a_hub_like_401_with_a_good_credential_is_missing_or_private() {
    let server = Server::start(|seen| {
        if seen.path.starts_with("/token") {
            return Reply::new(200).body("application/json", r#"{"access_token":"t"}"#);
        }
        let challenge = format!(r#"Bearer realm="http://{}/token",service="s",error="insufficient_scope""#, seen.header("host"));
        Reply::error(401, "UNAUTHORIZED").header("WWW-Authenticate", challenge)
    });
    let domain = server.domain();
    let client = client_with(settings(&[&domain]), login(&domain, "alice", "s3cret"));
    let presence = ask(&client, &format!("{domain}/a/b:1"));
    assert_eq!(said(&presence), (Outcome::Unauthorized, Code::MissingOrPrivate));
    assert!(presence.reason().message.contains("missing or private"));
}

#[test]
fn an_expired_token_is_renewed() {
    let good = Arc::new(Mutex::new(1));
    let current = Arc::clone(&good);
    let model = Model::usual();
    let server = Server::start(move |seen| {
        let number = *current.lock().unwrap();
        if seen.path.starts_with("/token") {
            return Reply::new(200).body("application/json", format!(r#"{{"token":"t{number}"}}"#));
        }
        if seen.header("authorization") == format!("Bearer t{number}") {
            return model.answer(seen);
        }
        Reply::error(401, "UNAUTHORIZED").header("WWW-Authenticate", format!(r#"Bearer realm="http://{}/token""#, seen.header("host")))
    });
    let domain = server.domain();
    let client = client_with(settings(&[&domain]), Credentials::none());
    assert_eq!(ask(&client, &format!("{domain}/public/multi:1.0")).outcome(), Outcome::Exists);
    *good.lock().unwrap() = 2;
    assert_eq!(ask(&client, &format!("{domain}/public/multi:1.0")).outcome(), Outcome::Exists);
}

/// A registry whose challenge names this realm.
fn spoofing(realm: String) -> Server {
    Server::start(move |_| Reply::error(401, "UNAUTHORIZED").header("WWW-Authenticate", format!(r#"Bearer realm="{realm}",service="s""#)))
}

#[test]
fn a_token_server_of_somebody_else_is_shown_nothing_until_it_is_listed() {
    let sink = Server::sink();
    let server = spoofing(format!("http://{}/token", sink.domain()));
    let domain = server.domain();
    let client = client_with(settings(&[&domain]), login(&domain, "bob", "topsecret"));
    let presence = ask(&client, &format!("{domain}/a/b:1"));
    assert_eq!(said(&presence), (Outcome::RefusedByPolicy, Code::RealmNotAllowed));
    assert!(presence.reason().message.contains(&domain) && presence.reason().message.contains(&sink.domain()));
    assert!(sink.lines().is_empty());

    let listed = Settings { realms: [sink.domain()].into(), ..settings(&[&domain]) };
    ask(&client_with(listed, login(&domain, "bob", "topsecret")), &format!("{domain}/a/b:1"));
    assert_eq!(sink.seen()[0].header("authorization"), basic("bob", "topsecret"));
}

#[test]
fn machine_credentials_are_never_asked_for_even_when_listed() {
    for realm in ["http://169.254.169.254/latest/meta-data/", "http://[::ffff:169.254.169.254]/token"] {
        let server = spoofing(realm.to_owned());
        let domain = server.domain();
        assert_eq!(
            ask(&client_with(settings(&[&domain]), Credentials::none()), &format!("{domain}/a/b:1")).outcome(),
            Outcome::RefusedByPolicy
        );
        let listed =
            Settings { realms: ["169.254.169.254".to_owned(), "[::ffff:169.254.169.254]".to_owned()].into(), ..settings(&[&domain]) };
        let presence = ask(&client_with(listed, Credentials::none()), &format!("{domain}/a/b:1"));
        assert_eq!(said(&presence), (Outcome::RefusedByPolicy, Code::AddressNotAllowed));
    }
}

#[test]
fn a_token_server_that_redirects_is_not_followed() {
    let sink = Server::sink();
    let other = sink.domain();
    let server = Server::start(move |seen| {
        if seen.path.starts_with("/token") {
            return Reply::new(307).header("Location", format!("http://{other}/token"));
        }
        Reply::error(401, "UNAUTHORIZED").header("WWW-Authenticate", format!(r#"Bearer realm="http://{}/token""#, seen.header("host")))
    });
    let domain = server.domain();
    let presence = ask(&client_with(settings(&[&domain, &sink.domain()]), login(&domain, "bob", "topsecret")), &format!("{domain}/a/b:1"));
    assert_eq!(said(&presence), (Outcome::RefusedByPolicy, Code::RedirectNotAllowed));
    assert!(sink.lines().is_empty());
}

#[test]
fn of_two_ways_in_one_header_the_token_is_taken() {
    let inner = own_tokens(Model::usual());
    let server = Server::start(move |seen| {
        let mut reply = inner(seen);
        for (name, value) in &mut reply.headers {
            if name == "WWW-Authenticate" {
                value.push_str(r#",Basic realm="both""#);
            }
        }
        reply
    });
    let domain = server.domain();
    assert_eq!(
        ask(&client_with(settings(&[&domain]), Credentials::none()), &format!("{domain}/public/multi:1.0")).outcome(),
        Outcome::Exists
    );
}
