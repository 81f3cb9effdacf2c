//! Many references at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use transship::credentials::{Credentials, Places};
use transship::registry::verify::{Checks, Compare, Options, Suggest, Wanted, all};
use transship::registry::{Client, Code, Comparison, Depth, End, Outcome, Verdict};

use crate::kit::{client, client_with, entry, file, reference, settings};
use crate::support::{MANIFEST, Manner, Model, Reply, Server};

fn wanted(text: &str) -> Wanted {
    Wanted::of(reference(text))
}

fn run(client: &Client, wanted: &[Wanted], options: &Options) -> Checks {
    all(client, wanted, options, &|_, _| {})
}

#[test]
fn a_thousand_references_of_which_two_hundred_differ_cost_two_hundred_heads() {
    let mut model = Model::default();
    let digest = model.image("many/images", MANIFEST, "amd64", "x");
    (0..200).for_each(|n| model.tag("many/images", &format!("t{n}"), &digest));
    let server = Server::start(move |seen| model.answer(seen));
    let domain = server.domain();
    let list: Vec<Wanted> = (0..1_000).map(|n| wanted(&format!("{domain}/many/images:t{}", n % 200))).collect();
    let done = AtomicUsize::new(0);
    let checks = all(&client(&[&domain]), &list, &Options::default(), &|_, of| {
        assert_eq!(of, 200);
        done.fetch_add(1, Ordering::SeqCst);
    });
    assert_eq!((server.count("HEAD"), server.count("GET"), done.load(Ordering::SeqCst)), (200, 0, 200));
    assert_eq!(checks.verdict(), Verdict::Good);
    assert!((0..1_000).all(|n| checks.of(n).unwrap().target == format!("{domain}/many/images:t{}", n % 200)));
}

#[test]
fn one_worker_and_sixteen_say_the_same() {
    let server = {
        let model = Model::usual();
        Server::start(move |seen| match seen.path.split('/').nth(2).unwrap_or_default() {
            "denied" => Reply::error(403, "DENIED"),
            "blocked" => Reply::error(412, "PROJECTPOLICYVIOLATION"),
            "odd" => Reply::new(200).body("text/plain", "?"),
            _ => model.answer(seen),
        })
    };
    let (domain, dead) = (server.domain(), "127.0.0.1:1");
    let repositories = ["public/multi", "public/single", "denied/x", "blocked/x", "odd/x", "no/such"];
    let mut list: Vec<Wanted> = (0..60).map(|n| wanted(&format!("{domain}/{}:{}.0", repositories[n % 6], n / 6))).collect();
    list.extend((0..30).map(|n| wanted(&format!("{dead}/gone/x:{n}"))));
    list.extend((0..5).map(|n| wanted(&format!("not.allowed.example/x:{n}"))));
    // A registry that wants a password for a part of what it has, and refuses a wrong one everywhere.
    let guarded = {
        let model = Model::usual();
        Server::start(move |seen| {
            if seen.path.contains("/public/list/") && seen.header("authorization").is_empty() || !seen.header("authorization").is_empty() {
                return Reply::error(401, "UNAUTHORIZED").header("WWW-Authenticate", r#"Basic realm="x""#);
            }
            model.answer(seen)
        })
    };
    let second = guarded.domain();
    list.extend((0..12).map(|n| wanted(&format!("{second}/{}:1.{n}", ["public/single", "public/multi", "public/list"][n % 3]))));
    let folder = tempfile::tempdir().unwrap();
    let docker = file(folder.path(), "config.json", &format!(r#"{{"auths":{{{}}}}}"#, entry(&second, "alice", "wrong")));
    let json = |jobs: usize| {
        let places = Places { docker: Some(docker.clone()), ..Places::default() };
        let client = client_with(settings(&[&domain, dead, &second]), Credentials::load(&places).unwrap());
        let checks = run(&client, &list, &Options { jobs, per_host: jobs, ..Options::default() });
        serde_json::to_string_pretty(checks.distinct()).unwrap()
    };
    let one = json(1);
    assert_eq!(one, json(16));
    assert!(one.contains("host-given-up") && one.contains("exists-blocked") && one.contains("host-not-allowed"));
}

#[test]
fn a_dead_host_is_given_up_and_costs_the_others_nothing() {
    let server = crate::kit::usual();
    let domain = server.domain();
    let mut list: Vec<Wanted> = (0..100).map(|n| wanted(&format!("127.0.0.1:1/a/b:{n}"))).collect();
    list.push(wanted(&format!("{domain}/public/multi:1.0")));
    let checks = run(&client(&[&domain, "127.0.0.1:1"]), &list, &Options { strikes: 3, ..Options::default() });
    let count = |outcome| checks.distinct().iter().filter(|checked| checked.presence.outcome() == outcome).count();
    assert_eq!((count(Outcome::Unreachable), count(Outcome::NotChecked), count(Outcome::Exists)), (3, 97, 1));
    assert_eq!(checks.verdict().exit_code(), 3);
}

/// The registry cuts the connection for these tags, and has all others.
fn intermittent(cut: fn(usize) -> bool) -> Server {
    let mut model = Model::default();
    let digest = model.image("some/x", MANIFEST, "amd64", "x");
    (0..2_000).for_each(|n| model.tag("some/x", &format!("t{n:04}"), &digest));
    Server::start(move |seen| {
        let tag = seen.path.rsplit('t').next().and_then(|number| number.parse().ok());
        if tag.is_some_and(cut) { Reply::manner(Manner::Cut) } else { model.answer(seen) }
    })
}

fn outcomes(domain: &str, number: usize, jobs: usize) -> Vec<Outcome> {
    let mut impatient = settings(&[domain]);
    impatient.limits.tries = 1;
    impatient.limits.per_host = jobs;
    let list: Vec<Wanted> = (0..number).map(|n| wanted(&format!("{domain}/some/x:t{n:04}"))).collect();
    let checks = run(&client_with(impatient, Credentials::none()), &list, &Options { jobs, per_host: jobs, ..Options::default() });
    checks.distinct().iter().map(|checked| checked.presence.outcome()).collect()
}

#[test]
fn a_host_that_fails_now_and_then_is_judged_alike_at_any_number_of_jobs() {
    let first = intermittent(|n| n < 5);
    let given_up = outcomes(&first.domain(), 8, 1);
    assert_eq!(given_up[4..], [Outcome::Unreachable, Outcome::NotChecked, Outcome::NotChecked, Outcome::NotChecked]);
    assert_eq!(outcomes(&first.domain(), 8, 8), given_up);

    let every_third = intermittent(|n| n % 3 != 0);
    let all_asked = outcomes(&every_third.domain(), 300, 1);
    assert!(all_asked.iter().all(|outcome| matches!(outcome, Outcome::Exists | Outcome::Unreachable)));
    assert_eq!(outcomes(&every_third.domain(), 300, 16), all_asked);
}

#[test]
fn a_long_list_is_judged_alike_at_any_number_of_jobs_and_a_dead_host_is_asked_little() {
    let server = intermittent(|n| (700..900).contains(&n));
    let one = outcomes(&server.domain(), 2_000, 1);
    let count = |outcome| one.iter().filter(|one| **one == outcome).count();
    assert_eq!((count(Outcome::Exists), count(Outcome::Unreachable), count(Outcome::NotChecked)), (700, 5, 1_295));
    let asked = server.count("HEAD");
    assert_eq!(outcomes(&server.domain(), 2_000, 16), one);
    // Those in flight when the fifth failed are asked in vain.
    assert!(server.count("HEAD") - asked <= 705 + 16, "{}", server.count("HEAD") - asked);
}

#[test]
fn a_dead_source_is_given_up_as_a_dead_target_is() {
    let dead = Server::start(|_| Reply::manner(Manner::Cut));
    let server = intermittent(|_| false);
    let domain = server.domain();
    let list: Vec<Wanted> = (0..30)
        .map(|n| Wanted { source: Some(reference(&format!("{}/a/b:{n}", dead.domain()))), ..wanted(&format!("{domain}/some/x:t{n:04}")) })
        .collect();
    let checks = |jobs| {
        let options = Options { jobs, per_host: jobs, compare: Compare::Source, ..Options::default() };
        serde_json::to_string_pretty(run(&client(&[&domain, &dead.domain()]), &list, &options).distinct()).unwrap()
    };
    let one = checks(1);
    assert_eq!(dead.lines().len(), 15);
    assert_eq!(one.matches("\"host-given-up\"").count(), 25);
    assert_eq!(one.matches("\"exists\"").count(), 30);
    assert_eq!(checks(8), one);
}

#[test]
fn what_a_target_fails_at_is_not_held_against_its_source() {
    let mut model = Model::default();
    let digest = model.image("a/b", MANIFEST, "amd64", "x");
    (0..30).for_each(|n| model.tag("a/b", &format!("t{n:04}"), &digest));
    let source = Server::start(move |seen| model.answer(seen));
    let mut model = Model::default();
    let digest = model.image("some/x", MANIFEST, "amd64", "another");
    (0..30).for_each(|n| model.tag("some/x", &format!("t{n:04}"), &digest));
    // It answers by HEAD, and lets nobody pull.
    let target = Server::start(move |seen| match seen.method.as_str() {
        "HEAD" => model.answer(seen),
        _ => Reply::new(429).header("Retry-After", "3600"),
    });
    let (domain, from) = (target.domain(), source.domain());
    let list: Vec<Wanted> = (0..30)
        .map(|n| Wanted { source: Some(reference(&format!("{from}/a/b:t{n:04}"))), ..wanted(&format!("{domain}/some/x:t{n:04}")) })
        .collect();
    let checks = |jobs| {
        let options = Options { jobs, per_host: jobs, compare: Compare::Source, ..Options::default() };
        run(&client(&[&domain, &from]), &list, &options)
    };
    let one = checks(1);
    let (asked, given_up) = one.distinct().split_at(5);
    for checked in asked {
        assert_eq!(checked.presence.outcome(), Outcome::Exists);
        assert!(matches!(&checked.comparison, Some(Comparison::Undecided { end: End::Target, .. })), "{checked:?}");
    }
    for checked in given_up {
        let reason = checked.presence.reason();
        assert_eq!((reason.code, reason.cause), (Code::HostGivenUp, Some(Code::TooManyRequests)), "{checked:?}");
        assert!(reason.message.starts_with(&format!("`{domain}` was given up")), "{}", reason.message);
    }
    assert!(checks(8) == one);
}

#[test]
fn two_spellings_of_one_reference_are_asked_for_once() {
    let server = crate::kit::usual();
    let port = server.address.port();
    let domain = format!("localhost:{port}");
    let list = [wanted(&format!("LOCALHOST:{port}/public/multi:1.0")), wanted(&format!("{domain}/public/multi:1.0"))];
    let checks = run(&client(&[&domain]), &list, &Options::default());
    assert_eq!((checks.distinct().len(), server.lines().len()), (1, 1));
    assert_eq!(checks.of(0).unwrap().target, format!("{domain}/public/multi:1.0"));
}

/// A host that will not answer one more question has answered the others.
#[test]
fn what_is_missing_stays_missing_when_the_extra_question_fails() {
    for last in [Reply::new(429).header("Retry-After", "3600"), Reply::new(500), Reply::manner(Manner::Cut), Reply::error(503, "UNKNOWN")] {
        let model = Model::usual();
        let server = Server::start(move |seen| if seen.path.contains("sha256:") { last.clone() } else { model.answer(seen) });
        let domain = server.domain();
        let list = [wanted(&format!("{domain}/public/multi:9"))];
        let checks = run(&client(&[&domain]), &list, &Options { suggest: Suggest::Nothing, ..Options::default() });
        assert_eq!(checks.of(0).unwrap().presence.outcome(), Outcome::Missing);
        assert_eq!(server.lines().len(), 3, "{:?}", server.lines());
    }
}

#[test]
fn a_lock_needs_one_question_for_digest_and_platforms() {
    let server = crate::kit::usual();
    let domain = server.domain();
    let list = [wanted(&format!("{domain}/public/multi:1.0")), wanted(&format!("{domain}/public/single:1.0"))];
    let checks = run(&client(&[&domain]), &list, &Options { depth: Depth::Platforms, ..Options::default() });
    let platforms = |index| checks.of(index).unwrap().presence.image().unwrap().platforms.clone().unwrap();
    assert_eq!(platforms(0), ["linux/amd64".parse().unwrap(), "linux/arm64/v8".parse().unwrap()]);
    assert_eq!(platforms(1), ["linux/amd64".parse().unwrap()]);
    assert_eq!((server.count("HEAD"), server.count("GET")), (0, 3));
}

#[test]
fn what_is_missing_comes_with_what_may_have_been_meant() {
    let mut model = Model::usual();
    let digest = model.digest_of("inveniosoftware/centos8-python", "3.8");
    model.tag("inveniosoftware/centos8-python", "latest", &digest);
    let server = Server::start(move |seen| model.answer(seen));
    let domain = server.domain();
    let list =
        [wanted(&format!("{domain}/inveniosoftware/centos8-python:3.9")), wanted(&format!("{domain}/inveniosoftware/centos8-python:3.7"))];
    let checks = run(&client(&[&domain]), &list, &Options::default());
    assert_eq!(checks.of(0).unwrap().nearest, ["3.8"]);
    assert_eq!(checks.verdict().exit_code(), 1);
    assert_eq!(server.lines().iter().filter(|line| line.contains("tags/list")).count(), 1);
    let quiet = run(&client(&[&domain]), &list, &Options { suggest: Suggest::Nothing, ..Options::default() });
    assert!(quiet.of(0).unwrap().nearest.is_empty());
}

#[test]
fn a_copy_that_lacks_a_platform_is_a_finding_when_compared() {
    let mut model = Model::usual();
    let amd = model.image("copy/one", MANIFEST, "amd64", "1.0");
    model.tag("copy/one", "1.0", &amd);
    let server = Server::start(move |seen| model.answer(seen));
    let domain = server.domain();
    let list = [Wanted { source: Some(reference(&format!("{domain}/public/multi:1.0"))), ..wanted(&format!("{domain}/copy/one:1.0")) }];
    let client = client(&[&domain]);
    assert_eq!(run(&client, &list, &Options::default()).verdict(), Verdict::Good);
    let checks = run(&client, &list, &Options { compare: Compare::Source, ..Options::default() });
    let checked = checks.of(0).unwrap();
    assert_eq!(checked.presence.outcome(), Outcome::ExistsDigestDiffers);
    assert_eq!(checked.presence.image().unwrap().missing_platforms, ["linux/arm64/v8".parse().unwrap()]);
    assert!(checked.presence.reason().message.contains("`linux/arm64/v8`"));
}

#[test]
fn a_copy_with_its_sources_digest_is_compared_without_a_pull() {
    let mut model = Model::usual();
    let digest = model.digest_of("public/multi", "1.0");
    model.tag("public/multi", "copy", &digest);
    let server = Server::start(move |seen| model.answer(seen));
    let domain = server.domain();
    let source = reference(&format!("{domain}/public/multi:1.0"));
    let list = [Wanted { source: Some(source), ..wanted(&format!("{domain}/public/multi:copy")) }];
    let compared = |options: Options| {
        let checks = run(&client(&[&domain]), &list, &Options { compare: Compare::Source, ..options });
        (checks.of(0).unwrap().comparison.clone(), server.count("HEAD"), server.count("GET"))
    };
    assert_eq!(compared(Options::default()), (Some(Comparison::Identical), 2, 0));
    // Where nothing is believed, both are read and hashed.
    let (strict, _, gets) = compared(Options { depth: Depth::Hash, ..Options::default() });
    assert_eq!((strict, gets >= 2), (Some(Comparison::Identical), true));
}

#[test]
fn a_difference_in_a_platform_that_nobody_wants_is_none() {
    let mut model = Model::usual();
    let amd = model.image("copy/one", MANIFEST, "amd64", "1.0");
    model.tag("copy/one", "1.0", &amd);
    let server = Server::start(move |seen| model.answer(seen));
    let domain = server.domain();
    let copy = Wanted { source: Some(reference(&format!("{domain}/public/multi:1.0"))), ..wanted(&format!("{domain}/copy/one:1.0")) };
    let outcome = |platform: &str| {
        let list = [Wanted { platforms: vec![platform.parse().unwrap()], ..copy.clone() }];
        let checks = run(&client(&[&domain]), &list, &Options { compare: Compare::Source, ..Options::default() });
        let checked = checks.of(0).unwrap();
        (checked.presence.outcome(), checked.comparison.clone().is_some_and(|comparison| matches!(comparison, Comparison::Subset { .. })))
    };
    assert_eq!(outcome("linux/amd64"), (Outcome::Exists, true));
    assert_eq!(outcome("linux/arm64").0, Outcome::ExistsPlatformMissing);
}

#[test]
fn a_source_that_cannot_be_read_leaves_the_comparison_undecided() {
    let server = crate::kit::usual();
    let domain = server.domain();
    let list = [Wanted { source: Some(reference("not.allowed.example/x:1")), ..wanted(&format!("{domain}/public/multi:1.0")) }];
    let checks = run(&client(&[&domain]), &list, &Options { compare: Compare::Source, ..Options::default() });
    assert_eq!(checks.of(0).unwrap().presence.outcome(), Outcome::Exists);
    assert_eq!(checks.verdict(), Verdict::Undecided);
}

#[test]
fn a_run_without_time_asks_nothing() {
    let server = crate::kit::usual();
    let domain = server.domain();
    let checks = run(
        &client(&[&domain]),
        &[wanted(&format!("{domain}/public/multi:1.0"))],
        &Options { end: Some(Instant::now()), ..Options::default() },
    );
    assert_eq!(checks.of(0).unwrap().presence.reason().code, Code::BudgetExhausted);
    assert!(server.lines().is_empty());
}
