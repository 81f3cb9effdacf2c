//! Honest answers: what exists, what is missing, what cannot be told.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use transship::registry::verify::{Compare, Options, Wanted, all};
use transship::registry::{Client, Code, Comparison, Depth, End, Outcome, Proof, Proxies, Registry as _, Settings, compare};

use crate::kit::{ask, client, client_with, for_platform, reference, said, settings, strictly, usual};
use crate::support::{INDEX, MANIFEST, Manner, Model, Reply, Server, V2, digest};

#[test]
fn an_image_that_exists_costs_one_head() {
    let server = usual();
    let domain = server.domain();
    let presence = ask(&client(&[&domain]), &format!("{domain}/public/multi:1.0"));
    assert_eq!(presence.outcome(), Outcome::Exists);
    assert_eq!(presence.image().unwrap().digest, Some(Model::usual().digest_of("public/multi", "1.0")));
    assert_eq!(server.lines(), ["HEAD /v2/public/multi/manifests/1.0"]);
    assert_eq!(server.seen()[0].header("accept-encoding"), "identity");
}

#[test]
fn a_missing_tag_costs_one_head_and_one_get_for_its_reason() {
    let server = usual();
    let domain = server.domain();
    let presence = ask(&client(&[&domain]), &format!("{domain}/public/multi:9"));
    assert_eq!(said(&presence), (Outcome::Missing, Code::ManifestUnknown));
    assert_eq!(presence.reason().registry_code.as_deref(), Some("MANIFEST_UNKNOWN"));
    assert_eq!(presence.outcome().verdict().exit_code(), 1);
    assert_eq!(server.lines(), ["HEAD /v2/public/multi/manifests/9", "GET /v2/public/multi/manifests/9"]);
}

#[test]
fn a_missing_repository_is_missing() {
    let server = usual();
    let domain = server.domain();
    assert_eq!(said(&ask(&client(&[&domain]), &format!("{domain}/no/such:1"))), (Outcome::Missing, Code::NameUnknown));
}

#[test]
fn indexes_and_lists_have_their_own_digests() {
    let server = usual();
    let domain = server.domain();
    for repository in ["public/multi", "public/list"] {
        let presence = ask(&client(&[&domain]), &format!("{domain}/{repository}:1.0"));
        assert_eq!(presence.image().unwrap().digest, Some(Model::usual().digest_of(repository, "1.0")));
        assert!(presence.image().unwrap().media_type.contains(if repository == "public/multi" { "index" } else { "list" }));
    }
    let accept = server.seen()[0].header("accept").to_owned();
    assert_eq!(accept.matches("application/vnd.").count(), 4);
    assert!(!accept.contains("*/*") && !accept.contains("distribution.manifest.v1"));
}

#[test]
fn no_tag_means_latest() {
    let server = usual();
    let domain = server.domain();
    ask(&client(&[&domain]), &format!("{domain}/public/multi"));
    assert_eq!(server.lines()[0], "HEAD /v2/public/multi/manifests/latest");
}

#[test]
fn a_digest_is_found_a_wrong_one_is_missing_and_a_tag_beside_it_is_compared() {
    let mut model = Model::usual();
    let child = model.image("public/multi", MANIFEST, "amd64", "1.0");
    let whole = model.digest_of("public/multi", "1.0");
    let server = Server::start(move |seen| model.answer(seen));
    let domain = server.domain();
    let client = client(&[&domain]);
    let of = |rest: &str| ask(&client, &format!("{domain}/public/multi{rest}"));
    assert_eq!(of(&format!("@{whole}")).outcome(), Outcome::Exists);
    assert_eq!(of(&format!("@sha256:{}", "0".repeat(64))).outcome(), Outcome::Missing);
    assert_eq!(of(&format!(":1.0@{whole}")).outcome(), Outcome::Exists);
    let moved = of(&format!(":1.0@{child}"));
    assert_eq!(said(&moved), (Outcome::ExistsDigestDiffers, Code::TagMoved));
    assert!(moved.reason().message.contains(&whole));
    assert_eq!(said(&of(&format!(":9@{whole}"))), (Outcome::Exists, Code::TagMissing));
}

#[test]
fn a_platform_that_is_not_there_is_named() {
    let server = usual();
    let domain = server.domain();
    let client = client(&[&domain]);
    let single = for_platform(&client, &format!("{domain}/public/single:1.0"), "linux/arm64");
    assert_eq!(single.outcome(), Outcome::ExistsPlatformMissing);
    assert_eq!(single.image().unwrap().missing_platforms, ["linux/arm64".parse().unwrap()]);
    for platform in ["linux/arm64", "linux/arm64/v8", "linux/amd64"] {
        assert_eq!(for_platform(&client, &format!("{domain}/public/multi:1.0"), platform).outcome(), Outcome::Exists, "{platform}");
    }
}

#[test]
fn a_copy_of_one_platform_is_told_from_a_whole_one() {
    let mut model = Model::usual();
    let amd = model.image("copy/one", MANIFEST, "amd64", "1.0");
    model.tag("copy/one", "1.0", &amd);
    let other = [model.image("copy/other", MANIFEST, "amd64", "2.0"), model.image("copy/other", MANIFEST, "arm64", "1.0")];
    model.index("copy/other", "1.0", INDEX, MANIFEST, &other);
    let server = Server::start(move |seen| model.answer(seen));
    let domain = server.domain();
    let client = client(&[&domain]);
    let with =
        |target: &str| compare(&client, &reference(&format!("{domain}/public/multi:1.0")), &reference(&format!("{domain}/{target}:1.0")));
    assert_eq!(with("copy/one"), Comparison::Subset { missing: vec!["linux/arm64/v8".parse().unwrap()] });
    assert_eq!(with("copy/other"), Comparison::Different { platforms: vec!["linux/amd64".parse().unwrap()], missing: vec![] });
    assert_eq!(with("public/list"), Comparison::SameContent);
    assert_eq!(with("public/multi"), Comparison::Identical);
    let back = compare(&client, &reference(&format!("{domain}/copy/one:1.0")), &reference(&format!("{domain}/public/multi:1.0")));
    assert_eq!(back, Comparison::Superset { extra: vec!["linux/arm64/v8".parse().unwrap()] });
    assert!(matches!(with("copy/none"), Comparison::Undecided { end: End::Target, because } if because.outcome() == Outcome::Missing));
}

#[test]
fn an_index_whose_entries_name_no_platform_is_looked_into() {
    let mut model = Model::default();
    let index = |model: &mut Model, tag: &str, kind: &str, child: &str| {
        let text =
            format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{{"mediaType":"{kind}","digest":"{child}","size":1}}]}}"#);
        let digest = model.put("a/b", INDEX, text.into_bytes());
        model.tag("a/b", tag, &digest);
        digest
    };
    let image = model.image("a/b", MANIFEST, "amd64", "x");
    let bare = index(&mut model, "bare", MANIFEST, &image);
    index(&mut model, "nested", INDEX, &bare);
    index(&mut model, "broken", MANIFEST, &format!("sha256:{}", "0".repeat(64)));
    let server = Server::start(move |seen| model.answer(seen));
    let (domain, client) = (server.domain(), client(&[&server.domain()]));
    let of = |tag: &str, platform: &str| for_platform(&client, &format!("{domain}/a/b:{tag}"), platform).outcome();
    for tag in ["bare", "nested"] {
        assert_eq!((of(tag, "linux/amd64"), of(tag, "linux/arm64")), (Outcome::Exists, Outcome::ExistsPlatformMissing), "{tag}");
    }
    assert_eq!(of("broken", "linux/amd64"), Outcome::ProtocolError);
}

#[test]
fn a_long_retry_after_is_told_at_once_and_a_short_one_is_waited_for() {
    let hard = Server::start(|_| Reply::error(429, "TOOMANYREQUESTS").header("Retry-After", "3600"));
    let presence = ask(&client(&[&hard.domain()]), &format!("{}/a/b:1", hard.domain()));
    assert_eq!(presence.outcome(), Outcome::RateLimited);
    assert_eq!(presence.reason().retry_after, Some(3600));
    assert_eq!(hard.lines().len(), 1);

    let model = Model::usual();
    let count = AtomicUsize::new(0);
    let soft = Server::start(move |seen| match count.fetch_add(1, Ordering::SeqCst) {
        0 | 1 => Reply::new(429).header("Retry-After", "1"),
        _ => model.answer(seen),
    });
    let start = Instant::now();
    let presence = ask(&client(&[&soft.domain()]), &format!("{}/public/multi:1.0", soft.domain()));
    assert_eq!(presence.outcome(), Outcome::Exists);
    assert_eq!(soft.lines().len(), 3);
    // However slow the machine is, it is never less than what was wanted.
    assert!(start.elapsed() >= Duration::from_secs(2));
}

#[test]
fn every_way_to_refuse_has_its_outcome() {
    let model = Model::usual();
    let server = Server::start(move |seen| {
        let multi = |seen: &crate::support::Seen| {
            let mut seen = seen.clone();
            seen.path = "/v2/public/multi/manifests/1.0".to_owned();
            model.answer(&seen)
        };
        match seen.path.split('/').nth(2).unwrap_or_default() {
            "denied" => Reply::error(403, "DENIED"),
            "policy" => Reply::error(412, "PROJECTPOLICYVIOLATION"),
            "scanned" => Reply::error(403, "PROJECTPOLICYVIOLATION"),
            "html404" => Reply::new(404).body("text/html", "<html>Not Found</html>"),
            "harbor404" => Reply::error(404, "NOT_FOUND"),
            "headless" if seen.method == "HEAD" => Reply::new(405),
            "nodigest" => {
                let mut reply = multi(seen);
                reply.headers.retain(|(name, _)| name != "Docker-Content-Digest");
                reply
            }
            "harbor401" => Reply::error(401, "UNAUTHORIZED").header("Www-Authenticate", ""),
            "broken" => Reply::new(500),
            "converter" => Reply::error(404, "MANIFEST_UNKNOWN").body(
                "application/json",
                r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"OCI index found, but accept header does not support OCI indexes"}]}"#,
            ),
            _ => multi(seen),
        }
    });
    let domain = server.domain();
    let client = client(&[&domain]);
    let of = |name: &str| ask(&client, &format!("{domain}/{name}/x:1"));
    assert_eq!(of("denied").outcome(), Outcome::Denied);
    assert_eq!(of("policy").outcome(), Outcome::ExistsBlocked);
    assert_eq!(of("scanned").outcome(), Outcome::ExistsBlocked);
    assert_eq!(said(&of("html404")), (Outcome::MissingUnconfirmed, Code::NoErrorList));
    assert_eq!(said(&of("harbor404")), (Outcome::Missing, Code::NotFound));
    assert_eq!(said(&of("harbor401")), (Outcome::LoginRequired, Code::NoCredentials));
    assert_eq!(said(&of("broken")), (Outcome::Unreachable, Code::ServerError));
    assert_eq!(of("converter").outcome(), Outcome::ProtocolError);
    let headless = of("headless");
    assert_eq!((headless.outcome(), headless.image().unwrap().proof), (Outcome::Exists, Proof::Hashed));
    let plain = of("nodigest");
    assert_eq!((plain.outcome(), plain.image().unwrap().digest.clone()), (Outcome::Exists, None));
    let hashed = strictly(&client, &format!("{domain}/nodigest/x:1"));
    assert_eq!(hashed.image().unwrap().digest, Some(Model::usual().digest_of("public/multi", "1.0")));
}

#[test]
fn a_silent_a_cut_and_a_closed_registry_are_unreachable_each_in_its_way() {
    let silent = Server::start(|_| Reply::manner(Manner::Silence));
    let mut short = settings(&[&silent.domain()]);
    short.limits.request = Duration::from_millis(300);
    let presence = ask(&client_with(short, transship::credentials::Credentials::none()), &format!("{}/a/b:1", silent.domain()));
    assert_eq!(said(&presence), (Outcome::Unreachable, Code::Timeout));

    let cut = Server::start(|_| Reply::manner(Manner::Cut));
    let presence = ask(&client(&[&cut.domain()]), &format!("{}/a/b:1", cut.domain()));
    assert_eq!(said(&presence), (Outcome::Unreachable, Code::ConnectionReset));
    assert_eq!(cut.lines().len(), 3);

    let presence = ask(&client(&["127.0.0.1:1"]), "127.0.0.1:1/a/b:1");
    assert_eq!(said(&presence), (Outcome::Unreachable, Code::ConnectionRefused));
    assert_eq!(presence.outcome().verdict().exit_code(), 3);
}

#[test]
fn a_pull_through_cache_that_lost_its_upstream_never_says_missing() {
    let model = Model::usual();
    let server = Server::start(move |seen| if seen.path.contains("public/multi") { model.answer(seen) } else { Reply::new(502) });
    let domain = server.domain();
    let client = client(&[&domain]);
    assert_eq!(ask(&client, &format!("{domain}/public/multi:1.0")).outcome(), Outcome::Exists);
    assert_eq!(ask(&client, &format!("{domain}/not/cached:1.0")).outcome(), Outcome::Unreachable);
}

#[test]
fn pages_of_tags_are_followed_within_the_registry_only() {
    let elsewhere = Server::sink();
    let other = elsewhere.domain();
    let server = Server::start(move |seen| {
        let page = |tags: &str| Reply::new(200).body("application/json", format!(r#"{{"name":"a/b","tags":[{tags}]}}"#));
        match seen.path.as_str() {
            "/v2/a/b/tags/list?n=1000" => page(r#""1.0","1.1""#).header("Link", r#"</v2/a/b/tags/list?last=1.1&n=1000>; rel="next""#),
            "/v2/a/b/tags/list?last=1.1&n=1000" => {
                page(r#""bad tag","2.0""#).header("Link", format!(r#"<http://{other}/v2/a/b/tags/list?x>; rel="next""#))
            }
            path => panic!("{path}"),
        }
    });
    let domain = server.domain();
    assert_eq!(client(&[&domain]).tags(&reference(&format!("{domain}/a/b"))).unwrap(), ["1.0", "1.1", "2.0"]);
    assert!(elsewhere.lines().is_empty());
}

#[test]
fn a_manifest_is_hashed_under_the_algorithm_that_was_asked() {
    let server = usual();
    let domain = server.domain();
    let manifest = client(&[&domain]).manifest(&reference(&format!("{domain}/public/single:1.0"))).unwrap();
    assert_eq!(manifest.digest, Model::usual().digest_of("public/single", "1.0"));
    assert_eq!(manifest.layers, [digest(b"1.0")]);
}

/// Pull-through caches pass on what their upstream refuses as a 404 of their own.
#[test]
fn a_refusal_in_a_404_is_not_missing() {
    let server = Server::start(|seen| match seen.path.split('/').nth(2).unwrap_or_default() {
        "unauthorized" => Reply::error(404, "UNAUTHORIZED"),
        "denied" => Reply::error(404, "DENIED"),
        "limited" => Reply::error(404, "TOOMANYREQUESTS"),
        "second" => Reply::new(404)
            .body("application/json", r#"{"errors":[{"code":"MANIFEST_UNKNOWN"},{"code":"TOOMANYREQUESTS","message":"slow down"}]}"#),
        "jsonapi" => Reply::new(404).body("application/json", r#"{"errors":[{"status":"404","title":"Not Found"}]}"#),
        "words" => Reply::new(404).body("application/json", r#"{"errors":["nope"]}"#),
        "empty" => Reply::new(404).body("application/json", r#"{"errors":[{"code":""}]}"#),
        _ => Reply::error(404, "NOT_FOUND"),
    });
    let domain = server.domain();
    let client = client(&[&domain]);
    let of = |name: &str| said(&ask(&client, &format!("{domain}/{name}/x:1")));
    assert_eq!(of("unauthorized"), (Outcome::LoginRequired, Code::MissingOrPrivate));
    assert_eq!(of("denied"), (Outcome::Denied, Code::Denied));
    assert_eq!(of("limited"), (Outcome::RateLimited, Code::TooManyRequests));
    assert_eq!(of("second"), (Outcome::RateLimited, Code::TooManyRequests));
    for name in ["jsonapi", "words", "empty"] {
        assert_eq!(of(name), (Outcome::MissingUnconfirmed, Code::NoErrorList), "{name}");
    }
    assert_eq!(of("harbor"), (Outcome::Missing, Code::NotFound));
}

#[test]
fn a_page_that_answers_412_is_no_policy() {
    let server = Server::start(|_| Reply::new(412).body("text/html", "<html>Precondition Failed</html>"));
    let domain = server.domain();
    assert_eq!(said(&ask(&client(&[&domain]), &format!("{domain}/a/b:1"))), (Outcome::ProtocolError, Code::UnexpectedStatus));
}

#[test]
fn a_long_retry_after_is_told_at_once_whatever_the_status() {
    for (status, outcome) in [(429, Outcome::RateLimited), (503, Outcome::Unreachable)] {
        for (header, seconds) in [("3600", 3600), ("99999999999999999999999", u64::MAX)] {
            let server = Server::start(move |_| Reply::new(status).header("Retry-After", header));
            let presence = ask(&client(&[&server.domain()]), &format!("{}/a/b:1", server.domain()));
            assert_eq!((presence.outcome(), presence.reason().retry_after), (outcome, Some(seconds)), "{status} {header}");
            assert_eq!(server.lines().len(), 1, "{status} {header}");
        }
    }
}

#[test]
fn an_answer_to_head_without_a_media_type_is_asked_for_by_get_once() {
    let model = Model::usual();
    let server = Server::start(move |seen| {
        let mut reply = model.answer(seen);
        if seen.method == "HEAD" {
            reply.headers.retain(|(name, _)| name != "Content-Type");
        }
        reply
    });
    let domain = server.domain();
    assert_eq!(ask(&client(&[&domain]), &format!("{domain}/public/multi:1.0")).outcome(), Outcome::Exists);
    assert_eq!((server.count("HEAD"), server.count("GET")), (1, 1));
}

#[test]
fn an_artifact_has_no_platform_to_lack() {
    let mut model = Model::usual();
    let config = format!(r#"{{"mediaType":"application/vnd.cncf.helm.config.v1+json","digest":"{}","size":2}}"#, digest(b"{}"));
    let chart = format!(r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{config},"layers":[]}}"#);
    let chart = model.put("charts/x", MANIFEST, chart.into_bytes());
    model.tag("charts/x", "1.0", &chart);
    let server = Server::start(move |seen| model.answer(seen));
    let domain = server.domain();
    let presence = for_platform(&client(&[&domain]), &format!("{domain}/charts/x:1.0"), "linux/arm64");
    assert_eq!(said(&presence), (Outcome::Exists, Code::NoPlatform));
    assert!(presence.reason().message.contains("no platform"), "{}", presence.reason().message);
}

/// An index of images with these platforms, as they stand in JSON; each image's content is its own name.
fn index_of(model: &mut Model, repository: &str, images: &[(&str, &str, &str)]) {
    let entries: Vec<String> = images
        .iter()
        .map(|(content, media_type, platform)| {
            let digest = model.image(repository, media_type, "amd64", content);
            format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":1{platform}}}"#)
        })
        .collect();
    let index = format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{}]}}"#, entries.join(","));
    let digest = model.put(repository, INDEX, index.into_bytes());
    model.tag(repository, "1", &digest);
}

const AMD64: &str = r#","platform":{"os":"linux","architecture":"amd64"}"#;
const ARM64: &str = r#","platform":{"os":"linux","architecture":"arm64"}"#;
const WINDOWS_2019: &str = r#","platform":{"os":"windows","architecture":"amd64","os.version":"10.0.17763.1"}"#;
const WINDOWS_2022: &str = r#","platform":{"os":"windows","architecture":"amd64","os.version":"10.0.20348.1"}"#;

/// What a copy of the second list is to the first.
fn compared(source: &[(&str, &str, &str)], target: &[(&str, &str, &str)]) -> Comparison {
    let mut model = Model::default();
    index_of(&mut model, "old/x", source);
    index_of(&mut model, "new/x", target);
    let server = Server::start(move |seen| model.answer(seen));
    let domain = server.domain();
    compare(&client(&[&domain]), &reference(&format!("{domain}/old/x:1")), &reference(&format!("{domain}/new/x:1")))
}

#[test]
fn a_copy_that_lost_one_of_two_versions_of_windows_differs() {
    let both = [("a", MANIFEST, WINDOWS_2019), ("b", MANIFEST, WINDOWS_2022)];
    for kept in both {
        let comparison = compared(&both, &[kept]);
        assert_eq!(comparison, Comparison::Different { platforms: vec!["windows/amd64".parse().unwrap()], missing: vec![] });
        assert!(comparison.matters(&[]).is_some());
    }
    assert!(compared(&both, &both).matters(&[]).is_none());
}

#[test]
fn a_copy_that_lost_an_image_without_a_platform_differs() {
    let comparison = compared(&[("a", MANIFEST, AMD64), ("b", MANIFEST, "")], &[("a", MANIFEST, AMD64)]);
    assert_eq!(comparison, Comparison::Different { platforms: vec![], missing: vec![] });
    assert!(comparison.matters(&[]).is_some());
}

#[test]
fn what_is_more_than_its_source_is_a_superset_in_other_manifests_too() {
    let source = [("a", MANIFEST, AMD64)];
    let extra = Comparison::Superset { extra: vec!["linux/arm64/v8".parse().unwrap()] };
    assert_eq!(compared(&source, &[("a", MANIFEST, AMD64), ("b", MANIFEST, ARM64)]), extra);
    assert_eq!(compared(&source, &[("a", V2, AMD64), ("b", V2, ARM64)]), extra);
    assert_eq!(compared(&source, &[("a", V2, AMD64)]), Comparison::SameContent);
}

/// One page more than is followed, each with one tag.
#[test]
fn a_list_of_tags_is_followed_for_twenty_pages() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |_| {
        let page = count.fetch_add(1, Ordering::SeqCst);
        Reply::new(200)
            .body("application/json", format!(r#"{{"tags":["t{page}"]}}"#))
            .header("Link", format!(r#"</v2/a/b/tags/list?last=t{page}>; rel="next""#))
    });
    let domain = server.domain();
    assert_eq!(client(&[&domain]).tags(&reference(&format!("{domain}/a/b"))).unwrap().len(), 20);
    assert_eq!(server.lines().len(), 20);
}

#[test]
fn a_list_of_tags_that_fails_is_not_asked_for_again() {
    let server = Server::start(|_| Reply::manner(Manner::Cut));
    let domain = server.domain();
    assert!(client(&[&domain]).tags(&reference(&format!("{domain}/a/b"))).is_err());
    assert_eq!(server.lines().len(), 1);
}

/// A client of Docker Hub, which is reached through a proxy that plays it.
fn of_hub(hub: &Server) -> Client {
    let url = format!("http://{}", hub.domain());
    let proxies = Proxies::from_environment(|name| (name == "http_proxy").then(|| url.clone().into()));
    client_with(Settings { proxies, ..settings(&["docker.io"]) }, transship::credentials::Credentials::none())
}

/// On Docker Hub a GET counts as a pull.
#[test]
fn the_last_pulls_of_docker_hub_are_kept_whatever_is_asked() {
    let hub = Server::start(|seen| match seen.method.as_str() {
        "CONNECT" => Reply::new(200),
        _ => Reply::new(200).header("ratelimit-remaining", "2;w=21600").body(crate::support::MANIFEST, "{}"),
    });
    let wanted: Vec<Wanted> = (0..30).map(|n| Wanted::of(reference(&format!("library/x:{n}")))).collect();
    let arm: Vec<Wanted> = wanted.iter().map(|one| Wanted { platforms: vec!["linux/arm64".parse().unwrap()], ..one.clone() }).collect();
    let copies: Vec<Wanted> = wanted.iter().map(|one| Wanted { source: Some(reference("library/y:1")), ..one.clone() }).collect();
    for (wanted, depth, compare) in [
        (&wanted, Depth::Hash, Compare::Nothing),
        (&wanted, Depth::Platforms, Compare::Nothing),
        (&arm, Depth::Head, Compare::Nothing),
        (&copies, Depth::Hash, Compare::Source),
    ] {
        for jobs in [1, 16] {
            let options = Options { jobs, depth, compare, ..Options::default() };
            let checks = all(&of_hub(&hub), wanted, &options, &|_, _| {});
            for checked in checks.distinct() {
                assert_eq!(crate::kit::said(&checked.presence), (Outcome::NotChecked, Code::QuotaKept));
                assert_eq!(
                    checked.presence.reason().message,
                    "`docker.io` has 2 pulls left for you, which are kept: its manifest was not read"
                );
            }
        }
    }
    assert_eq!(hub.count("GET"), 0, "{:?}", hub.lines());
}

/// On Docker Hub a GET counts as a pull.
#[test]
fn docker_hub_is_asked_by_head_only_where_few_pulls_are_left() {
    for (status, said) in [
        (403, (Outcome::Denied, Code::Denied)),
        (404, (Outcome::MissingUnconfirmed, Code::QuotaKept)),
        (405, (Outcome::NotChecked, Code::QuotaKept)),
    ] {
        let hub = Server::start(move |seen| match seen.method.as_str() {
            "CONNECT" => Reply::new(200),
            _ => Reply::new(status).header("ratelimit-remaining", "3;w=21600"),
        });
        assert_eq!(crate::kit::said(&ask(&of_hub(&hub), "alpine:1")), said, "{status}");
        assert_eq!((hub.count("HEAD"), hub.count("GET")), (1, 0), "{status}: {:?}", hub.lines());
    }
}
