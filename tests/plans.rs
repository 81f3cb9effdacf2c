//! Which rows a copy plan has, by what registries say, and what is said of the rest.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test may panic, and writes its scratch files")]

#[path = "support/program.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod program;
#[path = "support/registry/mod.rs"]
mod support;

use std::fs;

use program::{Said, repository, say};
use support::{MANIFEST, Model, Server};
use tempfile::TempDir;

struct Bench {
    server: Server,
    folder: TempDir,
}

impl Bench {
    /// A registry with an old and a new part: `same` is copied, `other` differs in the new part, `gone` is only in the old one.
    fn new(dockerfile: &str, mappings: &str) -> Self {
        let mut model = Model::default();
        for (name, architecture) in
            [("old/same", "amd64"), ("new/same", "amd64"), ("old/other", "arm64"), ("new/other", "amd64"), ("old/gone", "amd64")]
        {
            let digest = model.image(name, MANIFEST, architecture, "x");
            model.tag(name, "1", &digest);
        }
        let server = Server::start(move |seen| model.answer(seen));
        let domain = server.domain();
        let rules = format!("mappings:\n{mappings}").replace("R/", &format!("{domain}/"));
        let folder = repository(&[(".transship.yaml", &rules), ("Dockerfile", &dockerfile.replace("R/", &format!("{domain}/")))]);
        Self { server, folder }
    }

    fn say(&self, arguments: &[&str]) -> Said {
        let domain = self.server.domain();
        say(&self.folder, &[&["mirror", "--plain-http", &domain], arguments].concat())
    }

    fn domain(&self) -> String {
        self.server.domain()
    }
}

const ALL: &str = "FROM R/old/same:1\nFROM R/old/other:1\nFROM R/old/gone:1\n";
const PREFIX: &str = "  - {id: old, from: 'R/old/', to: 'R/new/'}\n";

#[test]
fn what_differs_is_told_from_what_is_missing() {
    let bench = Bench::new(ALL, PREFIX);
    let said = bench.say(&[]);
    assert_eq!((said.code, said.errors.contains("2 rows planned")), (0, true), "{said:?}");
    assert!(said.errors.contains("note: 1 row replaces what the target holds now"), "{said:?}");
    let lines: Vec<&str> = said.out.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("# replaces sha256:")).unwrap();
    assert!(lines[at..].iter().find(|line| line.starts_with("copy")).unwrap().contains("/new/other:1"), "{}", said.out);
    let missing = bench.say(&["--missing-only"]);
    assert_eq!((missing.code, missing.errors.contains("1 row planned")), (0, true), "{missing:?}");
    assert!(missing.errors.contains("stays as it is") && !missing.out.contains("/new/other"), "{missing:?}");
}

#[test]
fn a_place_that_names_a_platform_hides_no_difference_from_one_that_takes_all() {
    // The copy has one platform of two, and the second place takes whatever the source has.
    let mut model = Model::usual();
    let amd = model.image("new/multi", MANIFEST, "amd64", "1.0");
    model.tag("new/multi", "1.0", &amd);
    let server = Server::start(move |seen| model.answer(seen));
    let domain = server.domain();
    let map = format!("{domain}/public/={domain}/new/");
    let one = format!("FROM --platform=linux/amd64 {domain}/public/multi:1.0\n");
    let folder = repository(&[("a/Dockerfile", &one), ("b/Dockerfile", &format!("FROM {domain}/public/multi:1.0\n"))]);
    let ask = |arguments: &[&str]| say(&folder, &[arguments, &["--map", &map, "--plain-http", &domain]].concat());
    let alone = ask(&["verify", "--compare", "a"]);
    assert_eq!(alone.code, 0, "what is wanted is the same: {alone:?}");
    let both = ask(&["verify", "--compare"]);
    assert!(both.code == 1 && both.out.contains("exists-digest-differs"), "{both:?}");
    assert!(ask(&["mirror"]).errors.contains("1 row planned"), "and it is copied");
    assert!(ask(&["mirror", "a"]).errors.contains("nothing to copy"));
}

#[test]
fn a_pin_takes_no_tag_from_those_who_use_it() {
    // Both old repositories have a second version; the tag of both new ones is at the first. Only `held` has the second, without a tag.
    let mut model = Model::default();
    let second = ["app", "held"].map(|name| {
        let [old, new] = ["old", "new"].map(|part| {
            let first = model.image(&format!("{part}/{name}"), MANIFEST, "amd64", "first");
            model.tag(&format!("{part}/{name}"), "1", &first);
            format!("{part}/{name}")
        });
        let second = model.image(&old, MANIFEST, "amd64", "second");
        if name == "held" {
            model.image(&new, MANIFEST, "amd64", "second");
        }
        second
    });
    let [second, _] = second;
    let server = Server::start(move |seen| model.answer(seen));
    let domain = server.domain();
    let plan = |image: &str| {
        let folder = repository(&[("Dockerfile", &format!("FROM {domain}/old/{image}@{second}\n"))]);
        say(&folder, &["mirror", "--map", &format!("{domain}/old/={domain}/new/"), "--plain-http", &domain])
    };
    // The tag holds another image, which others pull by it: the copy is there under its digest.
    let beside = plan("app:1");
    let copy = format!("/old/app@{second}' 'docker://{domain}/new/app@{second}'");
    assert!(beside.code == 0 && beside.out.contains(&copy) && !beside.out.contains("# replaces"), "{beside:?}");
    assert!(beside.errors.contains("is copied by its digest") && beside.errors.contains("holds another image"), "{beside:?}");
    // Where nobody has the tag, it keeps the copy from being cleaned up.
    let fresh = plan("app:2");
    assert!(fresh.code == 0 && fresh.out.contains(&format!("'docker://{domain}/new/app:2'")), "{fresh:?}");
    // What is pulled is there; the tag beside it says nothing against it.
    let there = plan("held:1");
    assert!(there.code == 0 && there.errors.contains("nothing to copy"), "{there:?}");
}

#[test]
fn what_a_copy_cannot_give_is_no_reason_to_replace_an_image() {
    let mut model = Model::default();
    let digest = model.image("old/app", MANIFEST, "amd64", "1");
    model.tag("old/app", "1", &digest);
    let children = [model.image("new/app", MANIFEST, "amd64", "1"), model.image("new/app", MANIFEST, "arm64", "1")];
    model.index("new/app", "1", support::INDEX, MANIFEST, &children);
    let server = Server::start(move |seen| model.answer(seen));
    let domain = server.domain();
    let plan = |platform: &str| {
        let folder = repository(&[("Dockerfile", &format!("FROM --platform={platform} {domain}/old/app:1\n"))]);
        say(&folder, &["mirror", "--map", &format!("{domain}/old/={domain}/new/"), "--plain-http", &domain])
    };
    let in_vain = plan("linux/s390x");
    assert!(in_vain.code == 1 && !in_vain.out.contains("copy"), "{in_vain:?}");
    assert!(in_vain.errors.contains("lacks `linux/s390x` as well"), "{in_vain:?}");
    assert!(plan("linux/arm64").errors.contains("nothing to copy"));
}

#[test]
fn what_is_built_anew_is_no_copy() {
    let rules = "  - {id: anew, from: 'R/old/same:1', to: 'R/new/other:1', digest: drop}\n  \
                 - {id: none, from: 'R/old/gone:1', to: 'R/new/gone:2', digest: drop}\n";
    let bench = Bench::new("FROM R/old/same:1\nFROM R/old/gone:1\n", rules);
    for arguments in [&[][..], &["--all"]] {
        let said = bench.say(arguments);
        assert!(said.code == 1 && !said.out.contains("copy"), "{said:?}");
        assert!(said.errors.contains("mapping `none` says that it is built anew (`digest: drop`)"), "{said:?}");
    }
    let held = program::say(&bench.folder, &["verify", "--compare", "--plain-http", &bench.domain()]);
    assert!(held.out.contains("1 good") && !held.out.contains("differs"), "nothing to be equal to: {held:?}");
    assert!(held.out.contains("its mapping says that it is built anew (`digest: drop`): push it"), "{held:?}");
    let bridge = bench.say(&["--engine", "kyverno", "--all"]);
    assert!(bridge.code == 0 && bridge.errors.contains("2 rows planned"), "{bridge:?}");
}

#[test]
fn no_copy_undoes_what_another_place_has_already() {
    let both = "  - {from: 'R/old/same', to: 'R/new/same', digest: keep}\n  - {from: 'R/old/other', to: 'R/new/same', digest: keep}\n";
    let bench = Bench::new("FROM R/old/same:1\nFROM R/old/other:1\n", both);
    let said = bench.say(&[]);
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
    assert!(said.errors.contains("old/same:1") && said.errors.contains("old/other:1"), "{said:?}");
}

#[test]
fn a_bridge_covers_what_is_there_and_what_is_not_yet() {
    let bench = Bench::new(ALL, PREFIX);
    let bridge = bench.say(&["--engine", "registries-conf"]);
    for name in ["same", "other", "gone"] {
        assert!(bridge.out.contains(&format!("{}/new/{name}", bench.domain())), "{name}: {}", bridge.out);
    }
    assert!(bridge.code == 0 && bridge.errors.contains("1 target is not there yet"), "{bridge:?}");
    let open = Bench::new("FROM R/old/same:${TAG}\n", PREFIX);
    let tagless = open.say(&["--engine", "registries-conf"]);
    assert!(tagless.code == 0 && tagless.out.contains("/new/same"), "a repository is redirected whatever its tags are: {tagless:?}");
    let pull = bench.say(&["--engine", "node-pull"]);
    assert_eq!((pull.code, pull.errors.contains("3 rows planned")), (0, true), "{pull:?}");
    // An image whose copy is not there is still needed.
    let clean = bench.say(&["--engine", "node-clean"]);
    assert!(clean.code == 1 && clean.errors.contains("its source is still needed") && !clean.out.contains("/old/gone"), "{clean:?}");
    assert!(clean.out.contains("/old/same"), "{clean:?}");
}

#[test]
fn what_a_mapping_refuses_is_listed() {
    let pinned = format!("FROM R/old/same@sha256:{}\n", "1".repeat(64));
    let bench = Bench::new(&pinned, "  - {id: strict, from: 'R/old/same', to: 'R/new/renamed', digest: refuse}\n");
    let said = bench.say(&[]);
    assert!(said.code == 1 && said.errors.contains("mapping `strict` refuses it") && said.errors.contains("at: Dockerfile:1"), "{said:?}");
    let verify = program::say(&bench.folder, &["verify", "--plain-http", &bench.domain()]);
    assert!(verify.code == 0 && verify.out.contains("unresolved") && verify.out.contains("mapping `strict` refuses it"), "{verify:?}");
}

#[test]
fn nothing_is_called_done_that_is_not_known() {
    let bench = Bench::new("FROM scratch\n", PREFIX);
    for arguments in [&[][..], &["--all"]] {
        let said = bench.say(arguments);
        assert_eq!(
            (said.code, said.errors.contains("every target exists"), said.errors.contains("no reference is covered")),
            (0, false, true),
            "{said:?}"
        );
    }
    fs::write(bench.folder.path().join("Dockerfile"), format!("FROM {}/new/same:1\n", bench.domain())).unwrap();
    let moved = bench.say(&[]);
    assert!(moved.errors.contains("nothing to copy: every target exists") && moved.errors.contains("`--locked`"), "{moved:?}");
}

#[test]
fn files_of_others_are_left_and_those_of_earlier_plans_named() {
    let bench = Bench::new(ALL, PREFIX);
    let out = bench.folder.path().join("out");
    assert_eq!(bench.say(&["--output", "out"]).code, 0);
    assert_eq!(bench.say(&["--output", "out"]).code, 0, "its own files are replaced");
    // Everything is copied, as far as this plan is concerned.
    fs::write(bench.folder.path().join("Dockerfile"), format!("FROM {}/old/same:1\n", bench.domain())).unwrap();
    let empty = bench.say(&["--output", "out"]);
    assert!(empty.code == 0 && empty.errors.contains("note: `out/mirror.sh` is of an earlier plan"), "{empty:?}");
    fs::write(out.join("mirror.sh"), "#!/bin/sh\necho mine\n").unwrap();
    fs::write(bench.folder.path().join("Dockerfile"), format!("FROM {}/old/gone:1\n", bench.domain())).unwrap();
    let refused = bench.say(&["--output", "out"]);
    assert!(refused.code == 2 && refused.errors.contains("`out/mirror.sh` is there, and not made by transship"), "{refused:?}");
    assert!(fs::read_to_string(out.join("mirror.sh")).unwrap().contains("mine"));
    // A file that can hold no comment is ours only if one that is says so.
    fs::remove_file(out.join("mirror.sh")).unwrap();
    fs::write(out.join("images.json"), "{\"mine\": 1}\n").unwrap();
    let syncer = bench.say(&["--engine", "image-syncer", "--output", "out"]);
    assert!(syncer.code == 2 && syncer.errors.contains("`out/images.json` is there"), "{syncer:?}");
    fs::remove_file(out.join("images.json")).unwrap();
    assert_eq!([0, 1].map(|_| bench.say(&["--engine", "image-syncer", "--output", "out"]).code), [0, 0]);
}

#[test]
fn credentials_that_were_filled_in_are_kept() {
    let bench = Bench::new(ALL, PREFIX);
    for syntax in ["json", "yaml"] {
        let say = || bench.say(&["--engine", "image-syncer", "--syntax", syntax, "--output", syntax]);
        let auth = bench.folder.path().join(format!("{syntax}/auth.{syntax}"));
        assert_eq!([0, 1].map(|_| say().code), [0, 0], "a skeleton that nobody touched is made anew");
        let filled = fs::read_to_string(&auth).unwrap().replace("_USERNAME}", "_USERNAME}-filled-in");
        fs::write(&auth, &filled).unwrap();
        let kept = say();
        let note = format!("note: `{syntax}/auth.{syntax}` is kept as it is");
        assert!(kept.code == 0 && kept.errors.contains(&format!("{note}\n")), "{kept:?}");
        assert_eq!(fs::read_to_string(&auth).unwrap(), filled);
        fs::write(&auth, "{\"other.example.com\": {\"username\": \"a\", \"password\": \"hunter2\"}}\n").unwrap();
        let lacking = say();
        let want = format!("{note}; it has no entry for `{}`\n", bench.domain());
        assert!(lacking.code == 0 && lacking.errors.contains(&want) && !lacking.errors.contains("hunter2"), "{lacking:?}");
        assert!(fs::read_to_string(&auth).unwrap().contains("hunter2"));
        fs::write(&auth, "[not, entries").unwrap();
        assert!(say().errors.contains(&format!("{note}; its entries cannot be read\n")));
    }
}

#[test]
fn a_file_without_a_comment_that_was_changed_is_no_longer_ours() {
    for (engine, name) in [("image-syncer", "images.json".to_owned()), ("harbor", "DOMAIN/policies.json".to_owned())] {
        let bench = Bench::new(ALL, PREFIX);
        let say = || bench.say(&["--engine", engine, "--output", "out"]);
        let file = bench.folder.path().join("out").join(name.replace("DOMAIN", &bench.domain()));
        assert_eq!(say().code, 0);
        fs::write(bench.folder.path().join("Dockerfile"), format!("FROM {}/old/gone:1\n", bench.domain())).unwrap();
        let before = fs::read_to_string(&file).unwrap();
        assert_eq!(say().code, 0, "what an earlier plan wrote is replaced");
        let own = fs::read_to_string(&file).unwrap();
        assert_ne!(before, own);
        let changed = own.replace("gone", "mine");
        fs::write(&file, &changed).unwrap();
        let refused = say();
        assert!(refused.code == 2 && refused.errors.contains("is there, and not as transship has made it"), "{refused:?}");
        assert_eq!(fs::read_to_string(&file).unwrap(), changed);
        fs::write(&file, &own).unwrap();
        assert_eq!(say().code, 0);
    }
}

#[test]
fn what_an_engine_leaves_out_is_named_with_its_places() {
    let bench = Bench::new("FROM R/old/gone:1\n", "  - {from: 'R/old/gone', to: 'R/new/renamed', digest: keep}\n");
    let said = bench.say(&["--engine", "skopeo-sync"]);
    assert!(said.code == 1 && said.errors.contains("left out: ") && said.errors.contains("at: Dockerfile:1"), "{said:?}");
}

/// Expressions that would begin a line with a command of GitHub's, which reads those after white space too, and steer a terminal.
const STEERING: &str = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    image: \"quay.io/a/{{ lookup \\\"a\\\" |\n\
    ::warning title=x::said \u{1b}[31m\u{202e} }}:1\"\n  - name: b\n    image: \"quay.io/b/{{ .Values.b |\n  ::warning::said }}/c:1\"\n";

#[test]
fn what_scanned_files_say_steers_nothing_where_people_read_it() {
    let folder =
        repository(&[("Chart.yaml", "apiVersion: v2\nname: x\nversion: 1.0.0\n"), ("templates/pod.yaml", &STEERING.replace("\\\"", "\""))]);
    let map = ["--map", "quay.io/=mirror.example.com/"];
    for command in [&["mirror", "--all"][..], &["check"], &["list"], &["explain", "templates/pod.yaml"]] {
        let said = say(&folder, &[command, if command[0] == "list" { &[] } else { &map }].concat());
        let all = format!("{}{}", said.out, said.errors);
        assert!(all.contains("said"), "{command:?}: {all}");
        assert!(!all.lines().any(|line| line.trim_start().starts_with("::")), "{command:?}: {all}");
        assert!(!all.contains(['\u{1b}', '\u{202e}']), "{command:?}: {all}");
    }
}
