//! What is said of a reference is the same whatever was asked before it, and by however many workers.

use std::collections::BTreeMap;

use transship::credentials::{Credentials, Places};
use transship::registry::verify::{Options, Wanted, all};

use crate::kit::{ask, basic, client_with, entry, file, reference, settings};
use crate::support::{Model, Reply, Seen, Server};

/// A registry's repositories are named after how they answer.
const REPOSITORIES: [&str; 5] = ["private/x", "public/multi", "public/single", "other/x", "denied/x"];

fn repository(seen: &Seen) -> String {
    seen.path.trim_start_matches("/v2/").split(['/', '?']).next().unwrap_or_default().to_owned()
}

/// Has everything that `model` has, and `…/x:1.0` as well.
fn content(model: &Model, seen: &Seen) -> Reply {
    let mut seen = seen.clone();
    seen.path = seen.path.replace("/private/x/", "/public/multi/").replace("/other/x/", "/public/multi/");
    model.answer(&seen)
}

fn wants(challenge: impl Into<String>) -> Reply {
    Reply::error(401, "UNAUTHORIZED").header("WWW-Authenticate", challenge)
}

/// Wants a password below `private/` and `other/`; anything but the right one is refused everywhere.
fn by_password(model: &Model, seen: &Seen) -> Reply {
    let given = seen.header("authorization");
    match repository(seen).as_str() {
        _ if !given.is_empty() && given != basic("alice", "s3cret") => wants(r#"Basic realm="x""#),
        "private" | "other" if given.is_empty() => wants(r#"Basic realm="x""#),
        "denied" => Reply::error(403, "DENIED"),
        _ => content(model, seen),
    }
}

/// Wants tokens everywhere, from a server for each first part of a repository that knows no other, and a password for `private/`.
fn by_many_token_servers(model: &Model, seen: &Seen) -> Reply {
    if let Some(rest) = seen.path.strip_prefix("/token/") {
        let (part, query) = rest.split_once('?').unwrap();
        let known = query.contains(&format!("repository%3A{part}%2F"));
        let open = part != "private" || seen.header("authorization") == basic("alice", "s3cret");
        return match (known, open) {
            (true, true) => Reply::new(200).body("application/json", format!(r#"{{"token":"of-{part}"}}"#)),
            (true, false) => Reply::error(401, "UNAUTHORIZED"),
            (false, _) => Reply::error(403, "DENIED"),
        };
    }
    let part = repository(seen);
    match seen.header("authorization") {
        given if given == format!("Bearer of-{part}") && part == "denied" => Reply::error(403, "DENIED"),
        given if given == format!("Bearer of-{part}") => content(model, seen),
        given if given.starts_with("Bearer") && part == "other" => Reply::error(403, "DENIED"),
        _ => wants(format!(r#"Bearer realm="http://{}/token/{part}",service="s""#, seen.header("host"))),
    }
}

/// Wants a token for `private/`, a password for `other/`, nothing for the rest.
fn by_both(model: &Model, seen: &Seen) -> Reply {
    let given = seen.header("authorization");
    match repository(seen).as_str() {
        "token" if given == basic("alice", "s3cret") => Reply::new(200).body("application/json", r#"{"token":"good"}"#),
        "token" => Reply::error(401, "UNAUTHORIZED"),
        "private" if given != "Bearer good" => wants(format!(r#"Bearer realm="http://{}/v2/token",service="s""#, seen.header("host"))),
        "other" if given != basic("alice", "s3cret") => wants(r#"Basic realm="x""#),
        "denied" => Reply::error(403, "DENIED"),
        "public" if !given.is_empty() => Reply::error(403, "DENIED"),
        _ => content(model, seen),
    }
}

type Shape = fn(&Model, &Seen) -> Reply;

/// Every order of these.
fn orders(of: &[String]) -> Vec<Vec<String>> {
    let Some((first, rest)) = of.split_first() else { return vec![Vec::new()] };
    let insert = |order: Vec<String>| {
        (0..=order.len()).map(move |at| {
            let mut order = order.clone();
            order.insert(at, first.clone());
            order
        })
    };
    orders(rest).into_iter().flat_map(insert).collect()
}

#[test]
fn what_is_said_depends_neither_on_the_order_nor_on_the_number_of_jobs() {
    let shapes: [Shape; 3] = [by_password, by_many_token_servers, by_both];
    let servers = shapes.map(|shape| {
        let model = Model::usual();
        Server::start(move |seen| shape(&model, seen))
    });
    let domains = servers.each_ref().map(Server::domain);
    let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
    let folder = tempfile::tempdir().unwrap();
    let entries = |password: &str| domains.iter().map(|domain| entry(domain, "alice", password)).collect::<Vec<_>>().join(",");
    let helpers = domains.iter().map(|domain| format!(r#""{domain}":"absent""#)).collect::<Vec<_>>().join(",");
    let configurations = [
        "{}".to_owned(),
        format!(r#"{{"auths":{{{}}}}}"#, entries("s3cret")),
        format!(r#"{{"auths":{{{}}}}}"#, entries("wrong")),
        format!(r#"{{"credHelpers":{{{helpers}}}}}"#),
    ];
    for (number, configuration) in configurations.iter().enumerate() {
        let docker = file(folder.path(), &format!("{number}.json"), configuration);
        let client = || {
            let places = Places { docker: Some(docker.clone()), ..Places::default() };
            client_with(settings(&domains), Credentials::load(&places).unwrap())
        };
        let mut list = Vec::new();
        for domain in &domains {
            let references: Vec<String> = REPOSITORIES.iter().map(|repository| format!("{domain}/{repository}:1.0")).collect();
            let mut expected: Option<BTreeMap<String, String>> = None;
            for order in orders(&references) {
                let client = client();
                let said: BTreeMap<String, String> =
                    order.iter().map(|text| (text.clone(), serde_json::to_string(&ask(&client, text)).unwrap())).collect();
                assert_eq!(expected.get_or_insert_with(|| said.clone()), &said, "{configuration}: {order:?}");
            }
            list.extend(references);
        }
        let wanted: Vec<Wanted> = list.iter().map(|text| Wanted::of(reference(text))).collect();
        let json = |jobs: usize| {
            let checks = all(&client(), &wanted, &Options { jobs, per_host: jobs, ..Options::default() }, &|_, _| {});
            serde_json::to_string_pretty(checks.distinct()).unwrap()
        };
        assert_eq!(json(1), json(16), "{configuration}");
    }
}
