//! Owns the promises of copy plans: what is written for each engine, what is left out, and that no input can make it say something else.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::format_push_string, reason = "a test may panic")]

#[path = "support/mirror/mod.rs"]
mod support;

use std::collections::BTreeSet;

use support::{cases, row, shown};
use transship::mirror::{Conflict, Differing, Digest, Engine, HarborSide, Kind, Options, Place, Refused, Row, plan, write};
use transship::platform::Platform;
use transship::reference::Reference;

const A: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// With `TRANSSHIP_ACCEPT=1` the expected files are written anew, to be read in the diff.
#[test]
#[allow(clippy::disallowed_methods, reason = "a test reads its switch and writes its expectation")]
fn every_engine_writes_what_is_expected() {
    let accept = std::env::var("TRANSSHIP_ACCEPT").is_ok();
    let mut wrong = Vec::new();
    for case in cases() {
        for &engine in &case.engines {
            let path = case.folder.join(format!("{engine}.txt"));
            let got = shown(&write(engine, &case.plan, &case.options));
            if accept {
                std::fs::write(&path, &got).unwrap();
            }
            let want = std::fs::read_to_string(&path).unwrap_or_default();
            if got != want {
                wrong.push(format!("{}:\n{}", path.display(), similar::TextDiff::from_lines(&want, &got).unified_diff()));
            }
        }
        let names: BTreeSet<String> = case.engines.iter().map(|engine| format!("{engine}.txt")).collect();
        for entry in std::fs::read_dir(&case.folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(name == "rows.txt" || names.contains(&name), "{}/{name} is compared with nothing", case.folder.display());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_engine_has_an_expected_file_and_an_expected_reason() {
    let always = [Engine::SkopeoCopy, Engine::Regsync, Engine::NodePull, Engine::Json];
    for &engine in Engine::ALL {
        let written: Vec<_> = cases()
            .into_iter()
            .filter(|case| case.engines.contains(&engine))
            .map(|case| write(engine, &case.plan, &case.options))
            .collect();
        assert!(written.iter().any(|written| !written.files.is_empty()), "{engine} writes nothing anywhere");
        let leaves = written.iter().flat_map(|written| &written.left_out).any(|left| left.row.is_tag_known());
        assert!(leaves != always.contains(&engine), "{engine}: rows left out: {leaves}");
    }
}

#[test]
fn engines_are_found_by_their_names() {
    for &engine in Engine::ALL {
        assert_eq!(engine.name().parse::<Engine>().unwrap(), engine);
    }
    assert!("kaniko".parse::<Engine>().unwrap_err().to_string().contains("skopeo-copy, skopeo-sync"));
    assert_eq!(Engine::default(), Engine::SkopeoCopy);
}

fn refused(source: &str, target: &str) -> Refused {
    let read = |text| Reference::parse_with_holes(text).unwrap();
    Row::new(read(source), read(target)).unwrap_err()
}

#[test]
fn a_hole_is_refused() {
    assert!(matches!(refused("lablup/\u{FFFC}:1", "cr.backend.ai/stable/python:1"), Refused::Hole { .. }));
    assert_eq!(refused("a/b:1", "c.io/b@\u{FFFC}").to_string(), "the digest of `c.io/b@{?}` is not known");
}

#[test]
fn only_what_redirects_repositories_takes_a_tag_that_is_not_known() {
    let plan = plan([row("a/x:{?}", "c.io/a/x:{?}", &[])]).unwrap();
    for &engine in Engine::ALL {
        let written = write(engine, &plan, &Options::default());
        assert_eq!(written.left_out.is_empty(), engine.redirects_repositories(), "{engine}");
        for left in &written.left_out {
            assert_eq!(left.copy(), "docker.io/a/x:{?} -> c.io/a/x:{?}");
            assert_eq!(left.reason, "its tag is not known");
        }
        assert!(written.files.iter().all(|file| !file.text.contains('\u{FFFC}')), "{engine}");
    }
}

#[test]
fn tags_that_are_not_known_are_no_two_sources_of_one_target() {
    assert_eq!(plan([row("a/x:{?}", "c.io/x:{?}", &[]), row("b/x:{?}", "c.io/x:{?}", &[])]).unwrap().rows().len(), 2);
}

#[test]
fn a_reference_read_without_dockers_defaults_is_refused() {
    // By the grammar alone `foo` is a domain; docker reads the same text as a path on Docker Hub.
    let strict = Reference::parse_strict("foo/bar:1").unwrap();
    let target = Reference::parse("cr.example.com/bar:1").unwrap();
    assert!(matches!(Row::new(strict, target).unwrap_err(), Refused::Invalid { .. }));
}

#[test]
fn an_image_is_not_copied_to_itself() {
    assert!(matches!(refused("nginx:1", "index.docker.io/library/nginx:1"), Refused::Same { .. }));
}

#[test]
fn a_pinned_target_cannot_be_a_copy_of_another_digest() {
    assert!(matches!(refused(&format!("a/b@{A}"), &format!("c.io/b@{B}")), Refused::OtherDigest { .. }));
    let row = row(&format!("a/b@{A}"), "c.io/b:1", &[]);
    assert!(matches!(row.with_digest(Digest::parse(B).unwrap()).unwrap_err(), Refused::OtherDigest { .. }));
}

#[test]
fn only_digests_and_platforms_are_read_as_such() {
    assert!(Digest::parse(&A.to_uppercase()).is_err());
    assert!(Digest::parse(A.trim_start_matches("sha256:")).is_err());
    assert!(Digest::parse("nginx").is_err());
    for wrong in ["linux", "linux/", "linux/amd64/v8/x", "linux/$(id)", "-linux/amd64", "linux/--flag", "linux/amd64\n"] {
        assert!(wrong.parse::<Platform>().is_err(), "{wrong:?}");
    }
    assert_eq!("linux/arm64/v8".parse::<Platform>().unwrap().architecture(), "arm64");
}

#[test]
fn the_same_copy_is_made_once_and_keeps_all_places() {
    let rows = [
        row("nginx", "c.io/nginx", &["at=a.yaml:2"]),
        row("docker.io/library/nginx:latest", "c.io/nginx:latest", &["at=b.yaml:1", &format!("digest={A}"), "platforms=linux/amd64"]),
    ];
    let plan = plan(rows).unwrap();
    assert_eq!(plan.rows().len(), 1);
    let row = &plan.rows()[0];
    assert_eq!(row.places().len(), 2);
    assert_eq!(row.digest(), Some(A));
    assert_eq!(row.platforms().len(), 1);
}

#[test]
fn two_sources_for_one_target_must_be_known_to_be_the_same() {
    let rows = |one: &[&str], two: &[&str]| plan([row("a/x:1", "c.io/x:1", one), row("b/x:1", "c.io/x:1", two)]);
    let (a, b) = (format!("digest={A}"), format!("digest={B}"));
    assert_eq!(rows(&[&a], &[&a]).unwrap().rows().len(), 2);
    for (one, two) in [(vec![&*a], vec![&*b]), (vec![&*a], vec![]), (vec![], vec![])] {
        let conflicts = rows(&one, &two).unwrap_err();
        assert!(matches!(&conflicts[..], [Conflict::TwoSources { target, .. }] if target == "c.io/x:1"), "{conflicts:?}");
    }
    let text = rows(&[&a], &[]).unwrap_err()[0].to_string();
    assert_eq!(text, format!("`c.io/x:1` would be a copy of `docker.io/a/x:1` ({A}) and of `docker.io/b/x:1` (digest not known)"));
}

#[test]
fn no_copy_undoes_what_another_place_is_satisfied_with() {
    let (a, b) = (format!("digest={A}"), format!("digest={B}"));
    let there = row("a/x:1", "c.io/x:1", &[&a, "satisfied"]);
    let conflicts = plan([there.clone(), row("b/x:1", "c.io/x:1", &[&b])]).unwrap_err();
    assert!(matches!(&conflicts[..], [Conflict::TwoSources { target, .. }] if target == "c.io/x:1"), "{conflicts:?}");
    // The pinned use takes its copy by the digest, and the tag stays with what it has.
    let pinned = row(&format!("b/x:1@{B}"), &format!("c.io/x:1@{B}"), &[]);
    let planned = plan([there.clone(), pinned]).unwrap();
    assert_eq!(planned.rows().iter().map(Row::copy_to).collect::<Vec<_>>(), [format!("c.io/x@{B}")]);
    // Nothing is copied for two that are satisfied, whatever their sources have.
    let other = row("b/x:1", "c.io/x:1", &[&b, "satisfied"]);
    assert!(plan([there.clone(), other.clone()]).unwrap().is_empty());
    assert_eq!(plan([there, other, row("d/x:1", "c.io/x:1", &[&a])]).unwrap_err().len(), 1);
}

#[test]
fn a_copy_that_one_place_still_needs_is_made() {
    let rows = [row("a/x:1", "c.io/x:1", &["satisfied", "at=a:1"]), row("docker.io/a/x:1", "c.io/x:1", &["at=b:1"])];
    assert_eq!(plan(rows).unwrap().rows()[0].places().len(), 2);
}

#[test]
fn the_same_command_is_written_once_and_names_all_places() {
    let rows = [
        row("a/x:1", "c.io/x:1", &[&format!("digest={A}"), "at=a.yaml:1"]),
        row(&format!("a/x:1@{A}"), &format!("c.io/x:1@{A}"), &["at=b.yaml:2"]),
    ];
    let plan = plan(rows).unwrap();
    assert_eq!(plan.rows().len(), 2, "whoever pulls by the digest asks for another name");
    for engine in [Engine::SkopeoCopy, Engine::Crane, Engine::Regsync] {
        let text = &write(engine, &plan, &Options::default()).files[0].text;
        assert_eq!(text.matches(&format!("docker.io/a/x@{A}")).count(), 1, "{text}");
        assert!(text.contains("# a.yaml:1, b.yaml:2\n"), "{text}");
    }
}

/// The values of a key in a list that was written for Harbor.
fn in_harbor(rows: &[Row], options: &Options, list: &str, key: &str) -> Vec<serde_json::Value> {
    let written = write(Engine::Harbor, &plan(rows.to_vec()).unwrap(), options);
    let list = written.files.iter().find(|file| file.name == format!("harbor.example.com/{list}.json")).unwrap();
    let list: serde_json::Value = serde_json::from_str(&list.text).unwrap();
    list.as_array().unwrap().iter().map(|one| one[key].clone()).collect()
}

#[test]
fn a_policy_of_harbor_has_the_same_name_in_every_plan() {
    let names = |rows: &[Row]| in_harbor(rows, &Options::default(), "policies", "name");
    let rows =
        ["stable", "community"].map(|project| row("quay.io/lablup/python:1", &format!("harbor.example.com/{project}/python:1"), &[]));
    let [one, other] = [names(&rows[..1]), names(&rows[1..])];
    assert_eq!(names(&rows), [other.clone(), one.clone()].concat());
    let name = one[0].as_str().unwrap();
    assert!(name.starts_with("transship-quay-io-lablup-python-to-stable-python-"), "{name}");
    let later = row("quay.io/lablup/python:2", "harbor.example.com/stable/python:2", &[]);
    assert_eq!(names(&[later]), one, "more tags of a repository are a matter for its policy");
}

#[test]
fn names_in_harbor_tell_apart_what_looks_alike_once_it_is_spelled_as_a_name() {
    let long = |digit: &str| format!("quay.io/{}x:1", digit.repeat(110));
    for list in ["policies", "registries"] {
        let names = |source: &str, target: &str, options: &Options| {
            let names = in_harbor(&[row(source, &format!("harbor.example.com/{target}:1"), &[])], options, list, "name");
            assert!(names.iter().all(|name| name.as_str().is_some_and(|name| name.len() <= 255)), "{names:?}");
            names
        };
        let differ = |one: (&str, &str), other: (&str, &str)| {
            let options = Options::default();
            assert_ne!(names(one.0, one.1, &options), names(other.0, other.1, &options), "{list}");
        };
        if list == "policies" {
            differ(("quay.io/team-a/web:1", "mirror/team-a/web"), ("quay.io/team/a-web:1", "mirror/team/a-web"));
            differ((&long("a/"), "mirror/x"), (&long("b/"), "mirror/x"));
        }
        differ(("a-b.example/t/x:1", "m/x"), ("a.b.example/t/x:1", "m/x"));
        let plain = Options { plain_http: ["quay.io".to_owned()].into(), ..Options::default() };
        let is_same = names("quay.io/t/x:1", "m/x", &plain) == names("quay.io/t/x:1", "m/x", &Options::default());
        assert_eq!(is_same, list == "policies", "an endpoint with another address is another endpoint");
    }
}

#[test]
fn harbor_replaces_tags_only_where_the_plan_may() {
    let rows = [row("quay.io/a/b:1", "harbor.example.com/m/b:1", &[])];
    let replaces = |differing| in_harbor(&rows, &Options { differing, ..Options::default() }, "policies", "override");
    assert_eq!(replaces(Differing::Replaced), [true]);
    assert_eq!(replaces(Differing::Kept), [false], "a tag may be pushed between the plan and its run");
}

#[test]
fn a_tag_that_moved_while_asking_is_a_conflict() {
    let rows = [A, B].map(|digest| row("a/x:1", "c.io/x:1", &[&format!("digest={digest}")]));
    assert!(matches!(&plan(rows).unwrap_err()[..], [Conflict::Moved { .. }]));
}

#[test]
fn a_pinned_use_leaves_the_tag_to_those_who_need_it() {
    let pinned = |digest: &str| row(&format!("a/x:1@{digest}"), &format!("c.io/x:1@{digest}"), &[]);
    let to = |rows: Vec<Row>| plan(rows).unwrap().rows().iter().map(Row::copy_to).collect::<BTreeSet<_>>();
    assert_eq!(to(vec![pinned(A)]), ["c.io/x:1".to_owned()].into());
    assert_eq!(to(vec![pinned(A), row("a/x:1", "c.io/x:1", &[])]), ["c.io/x:1".to_owned(), format!("c.io/x@{A}")].into());
    assert_eq!(to(vec![pinned(A), row("a/x:1", "c.io/x:1", &[&format!("digest={A}")])]), ["c.io/x:1".to_owned()].into());
    // Nobody pulls by a tag that both pin: neither gets it, or the last one would win.
    assert_eq!(to(vec![pinned(A), pinned(B)]), [format!("c.io/x@{A}"), format!("c.io/x@{B}")].into());
}

#[test]
fn an_empty_plan_has_no_files() {
    for &engine in Engine::ALL {
        let written = write(engine, &plan([]).unwrap(), &Options::default());
        assert!(written.files.is_empty() && written.left_out.is_empty(), "{engine}");
    }
}

#[test]
fn two_domains_never_share_a_credential_variable() {
    let domains = ["a-b.c", "a.b.c", "a--b.c", "a.b.c:5000", "a.b.c-5000", "a.b.c.5000"];
    let rows = domains.map(|domain| row(&format!("{domain}/x:1"), &format!("t.io/{}/x:1", domain.replace(':', "_")), &[]));
    let written = write(Engine::ImageSyncer, &plan(rows).unwrap(), &Options::default());
    let auth = written.files.iter().find(|file| file.name == "auth.json").unwrap();
    let names: BTreeSet<&str> = auth.text.lines().filter(|line| line.contains("_PASSWORD")).map(str::trim).collect();
    assert_eq!(names.len(), domains.len() + 1, "{}", auth.text);
}

#[test]
fn a_place_cannot_leave_its_comment() {
    let evil = "a.yaml\nrm -rf / #\u{1b}[2J\u{202E}";
    let rows = [row("a/x:1", "c.io/a/x:1", &[]).with_places([Place { path: evil.to_owned(), line: 1 }])];
    for &engine in Engine::ALL {
        for file in write(engine, &plan(rows.clone()).unwrap(), &Options::default()).files {
            assert!(!file.text.lines().any(|line| line.starts_with("rm")), "{engine}: {}", file.text);
            assert!(!file.text.contains(['\u{1b}', '\u{202E}']) || engine == Engine::Json, "{engine}: {}", file.text);
        }
    }
    let written = write(Engine::SkopeoCopy, &plan(rows).unwrap(), &Options::default());
    assert!(written.files[0].text.contains(r"# a.yaml\u{a}rm -rf / #\u{1b}[2J\u{202e}:1"), "{}", written.files[0].text);
}

#[test]
fn the_rules_digest_stands_in_the_header() {
    let options = Options { rules: Some(format!("{B}\nrm")), ..Options::default() };
    let text = &write(Engine::Crane, &plan([row("a/x:1", "c.io/a/x:1", &[])]).unwrap(), &options).files[0].text;
    assert!(text.contains(&format!("# rules: {B}\\u{{a}}rm\n")), "{text}");
}

#[test]
fn files_have_one_name_each_and_stay_in_their_folder() {
    for case in cases() {
        for &engine in Engine::ALL {
            let written = write(engine, &case.plan, &case.options);
            let names: BTreeSet<&str> = written.files.iter().map(|file| &*file.name).collect();
            assert_eq!(names.len(), written.files.len(), "{engine} in {}", case.folder.display());
            assert!(names.iter().all(|name| !name.starts_with('/') && name.split('/').all(|part| !matches!(part, "" | "." | ".."))));
            let data_first = written.files.iter().position(|file| file.kind == Kind::Script).is_some_and(|at| at > 0);
            let scripts = written.files.iter().filter(|file| file.kind == Kind::Script).count();
            assert!(!data_first || scripts > 1, "{engine}: what is run comes first");
        }
    }
}

#[test]
fn a_registry_is_redirected_only_where_it_is_asked_for_what_the_target_has() {
    let at = |tag: &str, digest: &str| if digest.is_empty() { tag.to_owned() } else { format!("{tag}@{digest}") };
    let cases = [
        // By the tag, which is the same, or is another.
        (at(":1", ""), at(":1", ""), true),
        (at("", ""), at(":latest", ""), true),
        (at(":1", ""), at(":2", ""), false),
        // By the digest, whatever the tags are.
        (at(":1", A), at(":2", A), true),
        (at(":1", A), at("", A), true),
        // Nothing says that a target without a digest has the one that is asked for.
        (at(":1.0", A), at(":9", ""), false),
        (at(":1", A), at(":1", ""), false),
        // By a tag, and nothing says that it is the digest that the target is pinned to.
        (at(":1", ""), at(":1", A), false),
        (at("", ""), at("", A), false),
    ];
    for engine in [Engine::RegistriesConf, Engine::K3s, Engine::Containerd] {
        for (source, target, taken) in &cases {
            let rows = [row(&format!("quay.io/a/x{source}"), &format!("c.io/a/x{target}"), &[&format!("digest={A}")])];
            let written = write(engine, &plan(rows).unwrap(), &Options::default());
            assert_eq!(written.left_out.is_empty(), *taken, "{engine}: {source} -> {target}");
        }
    }
}

#[test]
fn a_registry_fetches_what_its_own_name_says() {
    let cases = [(":1", ":1", true), (":1@A", ":1", true), (":1@A", ":2", false), ("@A", "", false), (":1@A", ":1@A", true)];
    for (source, target, taken) in cases {
        let rows = |to: &str| {
            [row(
                &format!("quay.io/a/x{source}").replace("@A", &format!("@{A}")),
                &format!("{to}a/x{target}").replace("@A", &format!("@{A}")),
                &[],
            )]
        };
        let google = write(Engine::GarRemote, &plan(rows("eu-docker.pkg.dev/acme/hub/")).unwrap(), &Options::default());
        assert_eq!(google.left_out.is_empty(), taken, "{source} -> {target}: {:?}", google.left_out);
        let amazon =
            write(Engine::EcrPullThrough, &plan(rows("123456789012.dkr.ecr.eu-west-1.amazonaws.com/hub/")).unwrap(), &Options::default());
        assert_eq!(amazon.left_out.is_empty(), taken && !target.contains('@'), "{source} -> {target}: {:?}", amazon.left_out);
    }
}

#[test]
fn what_is_redirected_beyond_the_plan_is_said_where_it_is_read() {
    let doc = include_str!("../docs/mirror.md").replace('\n', " ");
    assert!(doc.contains("`registries-conf` redirects repositories of the plan and **everything below their paths**"));
    for (engine, said) in [(Engine::RegistriesConf, "EVERYTHING below"), (Engine::K3s, "EVERY image"), (Engine::Containerd, "EVERY image")]
    {
        let rows = [row("quay.io/public/multi:1", "c.io/public/multi:1", &[])];
        let text = &write(engine, &plan(rows).unwrap(), &Options::default()).files[0].text;
        assert!(text.lines().any(|line| line.starts_with("# CAUTION: ") && line.contains(said)), "{engine}: {text}");
    }
}

#[test]
fn backend_ai_is_told_what_its_registries_are() {
    let kind = |target: &str, options: &Options| {
        let written = write(Engine::BackendAi, &plan([row("lablup/python:3", &format!("{target}/python:3"), &[])]).unwrap(), options);
        let config = written
            .files
            .iter()
            .find(|file| file.name == "registry-config.json")
            .map(|file| serde_json::from_str::<serde_json::Value>(&file.text).unwrap());
        let domain = target.split('/').next().unwrap();
        (config.map(|config| config["config"]["docker"]["registry"][domain]["type"].clone()), written.left_out)
    };
    let usual = Options::default();
    // Nothing says what it is: Backend.AI's own registries are Harbor.
    assert_eq!(kind("cr.example.com/stable", &usual).0.unwrap(), "harbor2");
    for target in
        ["acme.jfrog.io/stable", "acme.azurecr.io/stable", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme", "swr.example.com/acme"]
    {
        assert_eq!(kind(target, &usual).0.unwrap(), "docker", "{target}");
    }
    for target in ["ghcr.io/acme", "registry.gitlab.com/acme"] {
        let (config, left) = kind(target, &usual);
        assert!(config.is_none() && left[0].reason.contains("has no catalogue"), "{target}: {left:?}");
    }
    let said = Options { harbors: ["swr.example.com".to_owned()].into(), ..Options::default() };
    assert_eq!(kind("swr.example.com/stable", &said).0.unwrap(), "harbor2");
}

#[test]
fn what_must_be_there_before_a_copy_is_said_with_the_command() {
    let rows = [
        row("quay.io/a/b:1", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/hub/a/b:1", &[]),
        row("quay.io/a/b:2", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/hub/a/b:2", &[]),
        row("quay.io/a/c:1", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/hub/a/c:1", &[&format!("replaces={B}")]),
        row("quay.io/a/b:1", "harbor.example.com/one/b:1", &[]),
        row("quay.io/a/c:1", "harbor.example.com/two/a/c:1", &[]),
        row("quay.io/a/b:1", "registry.example.com/other/b:1", &[]),
    ];
    let options = Options { harbors: ["harbor.example.com".to_owned()].into(), ..Options::default() };
    let create = "# aws ecr create-repository --registry-id '123456789012' --region 'eu-west-1' --repository-name 'hub/a/b'\n";
    let projects = "# These projects of harbor.example.com must be there: one, two\n";
    for engine in [Engine::SkopeoCopy, Engine::SkopeoSync, Engine::Crane, Engine::Regsync, Engine::ImageSyncer, Engine::Docker] {
        let text = &write(engine, &plan(rows.clone()).unwrap(), &options).files[0].text;
        assert_eq!((text.matches(create).count(), text.matches("create-repository").count()), (1, 1), "{engine}: {text}");
        assert_eq!((text.matches(projects).count(), text.matches("must be there").count()), (1, 2), "{engine}: {text}");
    }
    let written = write(Engine::Harbor, &plan(rows).unwrap(), &Options::default());
    let apply = written.files.iter().find(|file| file.name == "harbor.example.com/apply.sh").unwrap();
    assert!(apply.text.contains(projects) && !apply.text.contains("create-repository"), "{}", apply.text);
}

#[test]
fn docker_is_said_to_need_its_own_list_of_registries_without_tls() {
    let text = |plain: &[&str]| {
        let options = Options { plain_http: plain.iter().map(|&domain| domain.to_owned()).collect(), ..Options::default() };
        let rows = [row("quay.io/a/b:1", "registry.example.com:5000/a/b:1", &[])];
        write(Engine::Docker, &plan(rows).unwrap(), &options).files[0].text.clone()
    };
    let hint = "# Without TLS: registry.example.com:5000. List them as insecure-registries in the daemon's /etc/docker/daemon.json.\n";
    assert!(text(&["registry.example.com:5000", "other.example.com"]).contains(hint));
    assert!(!text(&[]).contains("insecure-registries"));
}

#[test]
fn only_what_may_be_a_harbor_is_told_to_replicate() {
    let write = |source: &str, target: &str, options: &Options| write(Engine::Harbor, &plan([row(source, target, &[])]).unwrap(), options);
    let to_azure = write("quay.io/a/b:1", "acme.azurecr.io/hub/a/b:1", &Options::default());
    assert!(to_azure.files.is_empty(), "{:?}", to_azure.files);
    let reason = "the target's registry is no Harbor but Azure Container Registry; if it is one, say so with `--harbor`";
    assert_eq!(to_azure.left_out[0].reason, reason);
    let pushes = Options { harbor: HarborSide::Source, ..Options::default() };
    for (source, what) in
        [("docker.io/a/b:1", "Docker Hub"), ("ghcr.io/a/b:1", "GitHub's registry"), ("registry.k8s.io/a/b:1", "a publisher's own")]
    {
        let from = write(source, "harbor.example.com/hub/a/b:1", &pushes);
        assert!(
            from.files.is_empty() && from.left_out[0].reason.contains(&format!("the source's registry is no Harbor but {what}")),
            "{from:?}"
        );
    }
    // What is said counts more than what a name looks like.
    let said = Options { harbors: ["swr.example.com".to_owned()].into(), ..Options::default() };
    assert_eq!(write("quay.io/a/b:1", "swr.example.com/hub/a/b:1", &said).files[0].name, "swr.example.com/apply.sh");
}

#[test]
fn each_harbor_has_variables_of_its_own_for_its_administrator() {
    let rows = ["one.example.com", "two.example.com"].map(|domain| row("quay.io/a/b:1", &format!("{domain}/hub/a/b:1"), &[]));
    let written = write(Engine::Harbor, &plan(rows).unwrap(), &Options::default());
    for (folder, own, other) in [("one.example.com", "ONE", "TWO"), ("two.example.com", "TWO", "ONE")] {
        let script = &written.files.iter().find(|file| file.name == format!("{folder}/apply.sh")).unwrap().text;
        assert!(
            script.contains(&format!("${{TRANSSHIP_{own}_EXAMPLE_COM_ADMIN_NAME:?}}:${{TRANSSHIP_{own}_EXAMPLE_COM_ADMIN_SECRET:?}}")),
            "{script}"
        );
        assert!(!script.contains("${HARBOR_") && !script.contains(&format!("TRANSSHIP_{other}")), "{script}");
    }
}

#[test]
fn registries_whose_names_look_alike_share_a_list_of_retagger() {
    let rows = ["a.b.example", "a-b.example"].map(|domain| {
        let name = domain.replace('.', "-dot-");
        row(&format!("{domain}/team/{name}:1"), &format!("gsoci.azurecr.io/giantswarm/{name}:1"), &[])
    });
    let written = write(Engine::Retagger, &plan(rows).unwrap(), &Options::default());
    let [list] = &written.files[..] else { panic!("{:?}", written.files) };
    assert_eq!(list.name, "skopeo-a-b-example.yaml");
    for domain in ["a.b.example", "a-b.example"] {
        assert!(list.text.contains(&format!("\n\"{domain}\":\n")), "{}", list.text);
    }
}

#[test]
fn the_documentation_has_a_row_for_each_engine() {
    let text = include_str!("../docs/mirror.md");
    let rows: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("| ")?.split([' ', '|']).next()).skip(1).collect();
    assert_eq!(rows, Engine::ALL.iter().map(|engine| engine.name()).collect::<Vec<_>>());
}
