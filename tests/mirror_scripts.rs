//! Owns the promise that scripts say to their programs what the plan says: each is run by bash with a stand-in that notes its arguments.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

#[path = "support/script.rs"]
mod script;
#[path = "support/mirror/mod.rs"]
#[allow(dead_code, reason = "another test uses the rest")]
mod support;

use std::path::Path;
use std::process::{Command, Output};

use support::{cases, row};
use transship::mirror::{Engine, Kind, Options, Runtime, Written, plan, write};

const B: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const A: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Writes its name and arguments, one call a line, and fails when one of them is `$FAIL`. `jq` is the real one.
const STAND_IN: &str = r#"#!/usr/bin/env bash
{ printf '%s' "${0##*/}"; printf ' <%s>' "$@"; printf '\n'; } >>"$CALLS"
for word in "$@"; do [ "$word" != "${FAIL:-none}" ] || exit 1; done
case "${0##*/} $*" in
  "curl "*--get*) for word in "$@"; do case $word in q=name=*) printf '[{"name": "other", "id": 1}, {"name": "%s", "id": 7}]' "${word#q=name=}";; esac; done;;
  "curl "*--data*) sed 's/^/  /' >>"$CALLS";;
  "ctr "*list*) echo found;;
  "docker ps "*Image*) printf '%s\n' "${CONTAINERS:-}";;
  "crictl ps "*json*) printf '%s\n' "${CONTAINERS:-}";;
  "crictl ps "*) printf '%s' "${USED:-}";;
  "az "*show-metadata*) printf '%s\n' "${THERE:-}";;
  "backend.ai "*" get "*) [ -n "${KNOWN:-}" ] && printf '%s\n' "$KNOWN";;
esac
"#;

#[allow(clippy::disallowed_methods, reason = "a test writes its scratch files")]
fn run(written: &Written, script: &str, environment: &[(&str, &str)]) -> (Output, String) {
    let folder = tempfile::tempdir().unwrap();
    for file in &written.files {
        let path = folder.path().join(&file.name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &file.text).unwrap();
    }
    let programs = folder.path().join("programs");
    std::fs::create_dir(&programs).unwrap();
    for program in ["skopeo", "crane", "docker", "crictl", "ctr", "az", "aws", "gcloud", "curl", "backend.ai", "image-syncer"] {
        script::script(&programs.join(program), STAND_IN);
    }
    let calls = folder.path().join("calls");
    std::fs::write(&calls, "").unwrap();
    let output = Command::new("bash")
        .arg(folder.path().join(script))
        .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", programs.display()))
        .env("CALLS", &calls)
        .envs(environment.iter().copied())
        .output()
        .unwrap_or_else(|error| panic!("bash is needed (scripts/test installs it): {error}"));
    (output, std::fs::read_to_string(Path::new(&calls)).unwrap())
}

fn two_rows() -> transship::mirror::CopyPlan {
    let pinned = format!("digest={A}");
    plan([row("lablup/python:3.6", "cr.backend.ai/stable/python:3.6", &[&pinned]), row("nginx", "cr.backend.ai/hub/nginx", &[])]).unwrap()
}

#[test]
fn bash_takes_every_script_of_the_fixtures() {
    for case in cases() {
        for &engine in &case.engines {
            for file in write(engine, &case.plan, &case.options).files.iter().filter(|file| file.kind == Kind::Script) {
                let output = Command::new("bash").args(["-n", "-c", &file.text]).output().unwrap();
                assert!(output.status.success() && output.stderr.is_empty(), "{engine} {}: {output:?}", file.name);
            }
        }
    }
}

#[test]
fn skopeo_is_told_each_row_once() {
    let written = write(Engine::SkopeoCopy, &two_rows(), &Options::default());
    let (output, calls) = run(&written, "mirror.sh", &[("TRANSSHIP_AUTHFILE", "/a b/auth.json")]);
    assert!(output.status.success(), "{output:?}");
    let flags = "<copy> <--all> <--preserve-digests> <--retry-times> <3> <--authfile> </a b/auth.json>";
    let want = format!(
        "skopeo {flags} <docker://docker.io/library/nginx:latest> <docker://cr.backend.ai/hub/nginx:latest>\n\
         skopeo {flags} <docker://docker.io/lablup/python@{A}> <docker://cr.backend.ai/stable/python:3.6>\n"
    );
    assert_eq!(calls, want);
}

#[test]
fn a_failed_row_does_not_hold_up_the_others_and_fails_the_script() {
    for (engine, fail) in [
        (Engine::SkopeoCopy, "docker://docker.io/library/nginx:latest"),
        (Engine::Crane, "docker.io/library/nginx:latest"),
        (Engine::Docker, "docker.io/library/nginx:latest"),
        (Engine::NodePull, "cr.backend.ai/hub/nginx:latest"),
    ] {
        let written = write(engine, &two_rows(), &Options::default());
        let script = written.files[0].name.clone();
        let (output, calls) = run(&written, &script, &[("FAIL", fail)]);
        assert_eq!(output.status.code(), Some(1), "{engine}: {output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).ends_with("1 failed\n"), "{engine}: {output:?}");
        assert!(calls.contains("stable/python:3.6"), "{engine}: {calls}");
    }
}

#[test]
fn docker_does_not_push_what_it_could_not_pull() {
    let written = write(Engine::Docker, &two_rows(), &Options::default());
    let (_, calls) = run(&written, "mirror.sh", &[("FAIL", "docker.io/library/nginx:latest")]);
    assert!(!calls.contains("<push> <cr.backend.ai/hub/nginx:latest>"), "{calls}");
    assert!(calls.contains("docker <push> <cr.backend.ai/stable/python:3.6>"), "{calls}");
}

#[test]
fn azure_gets_credentials_only_where_they_are_given() {
    let rows = [row("quay.io/a/b:1", "acme.azurecr.io/a/b:1", &[]), row("ghcr.io/a/c:1", "acme.azurecr.io/a/c:1", &[])];
    let written = write(Engine::AcrImport, &plan(rows).unwrap(), &Options::default());
    let given = [("TRANSSHIP_QUAY_IO_USERNAME", "org+robot"), ("TRANSSHIP_QUAY_IO_PASSWORD", "a $b 'c\"")];
    let (output, calls) = run(&written, "mirror.sh", &given);
    assert!(output.status.success(), "{output:?}");
    let want = "az <acr> <import> <--name> <acme> <--source> <quay.io/a/b:1> <--image> <a/b:1> <--username> <org+robot> <--password> <a $b 'c\">\n\
                az <acr> <import> <--name> <acme> <--source> <ghcr.io/a/c:1> <--image> <a/c:1>\n";
    assert_eq!(calls, want);
    assert!(written.files.iter().all(|file| !file.text.contains("org+robot")));
}

#[test]
fn azure_leaves_alone_what_is_there_and_replaces_what_the_plan_says() {
    let (digest, replaces) = (format!("digest={A}"), format!("replaces={B}"));
    let plan = plan([
        row("quay.io/a/b:1", "acme.azurecr.io/a/b:1", &[&digest, &replaces]),
        row("quay.io/a/c:1", "acme.azurecr.io/a/c:1", &[&digest]),
        row("quay.io/a/d:1", "acme.azurecr.io/a/d:1", &[]),
    ])
    .unwrap();
    let imports = |there: &str, force: &str| {
        let given = [("THERE", there), ("TRANSSHIP_FORCE", force)];
        let (output, calls) = run(&write(Engine::AcrImport, &plan, &Options::default()), "mirror.sh", &given);
        assert!(output.status.success(), "{output:?}");
        calls.lines().filter(|call| call.contains("<import>")).map(str::to_owned).collect::<Vec<_>>()
    };
    let first = imports("", "");
    assert_eq!(first.iter().map(|call| call.contains("<--force>")).collect::<Vec<_>>(), [true, false, false], "{first:?}");
    assert_eq!(imports(B, "").len(), 3);
    let second = imports(A, "");
    assert!(matches!(&second[..], [only] if only.contains("<a/d:1>")), "{second:?}");
    assert!(imports("", "1").iter().all(|call| call.contains("<--force>")));
}

#[test]
fn skopeo_sync_takes_other_credentials_and_tries_again() {
    let written = write(Engine::SkopeoSync, &two_rows(), &Options::default());
    let (output, calls) = run(&written, "mirror.sh", &[("TRANSSHIP_AUTHFILE", "/a b/auth.json")]);
    assert!(output.status.success(), "{output:?}");
    let flags = "<sync> <--all> <--preserve-digests> <--keep-going> <--retry-times> <3> <--authfile> </a b/auth.json> <--src> <yaml> <--dest> <docker>";
    assert!(calls.contains(&format!("skopeo {flags} <sync-1.yaml> <cr.backend.ai/hub>\n")), "{calls}");
}

#[test]
fn an_arn_that_is_missing_fails_its_rule_alone() {
    let rows = [
        row("nginx:1", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/hub/library/nginx:1", &[]),
        row("quay.io/a/b:1", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/quay/a/b:1", &[]),
        row(
            "222222222222.dkr.ecr.eu-west-1.amazonaws.com/team/app/web:1",
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/cache/app/web:1",
            &[],
        ),
    ];
    let given = [("TRANSSHIP_222222222222_DKR_ECR_EU__WEST__1_AMAZONAWS_COM_CUSTOM_ROLE_ARN", "arn:role")];
    let (output, calls) = run(&write(Engine::EcrPullThrough, &plan(rows).unwrap(), &Options::default()), "mirror.sh", &given);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("TRANSSHIP_DOCKER_IO_CREDENTIAL_ARN is not set") && said.ends_with("1 failed\n"), "{said}");
    assert!(!calls.contains("registry-1.docker.io"), "{calls}");
    assert!(calls.contains("<--upstream-registry-url> <quay.io>\n"), "{calls}");
    assert!(calls.contains("<--upstream-repository-prefix> <team> <--custom-role-arn> <arn:role>\n"), "{calls}");
}

#[test]
fn the_cloud_scripts_call_their_programs() {
    let case = cases().into_iter().find(|case| case.folder.ends_with("cloud-registries")).unwrap();
    let arns = [("TRANSSHIP_DOCKER_IO_CREDENTIAL_ARN", "arn:hub"), ("TRANSSHIP_GHCR_IO_CREDENTIAL_ARN", "arn:ghcr")];
    let (output, calls) = run(&write(Engine::EcrPullThrough, &case.plan, &case.options), "mirror.sh", &arns);
    assert!(output.status.success(), "{output:?}");
    assert!(calls.contains(
        "<--ecr-repository-prefix> <docker-hub> <--upstream-registry-url> <registry-1.docker.io> <--credential-arn> <arn:hub>\n"
    ));
    let (output, _) = run(&write(Engine::EcrPullThrough, &case.plan, &case.options), "mirror.sh", &[]);
    assert!(!output.status.success(), "an ARN is missing: {output:?}");
    let (output, calls) = run(&write(Engine::GarRemote, &case.plan, &case.options), "mirror.sh", &[]);
    assert!(output.status.success(), "{output:?}");
    assert!(calls.contains("<create> <hub> <--project=acme-prod> <--location=europe>"), "{calls}");
}

#[test]
fn harbor_is_told_its_registries_and_policies_by_their_ids() {
    let case = cases().into_iter().find(|case| case.folder.ends_with("harbor-pushes-to-swr")).unwrap();
    let written = write(Engine::Harbor, &case.plan, &case.options);
    let given = [("TRANSSHIP_HARBOR_EXAMPLE_COM_ADMIN_NAME", "robot$ci"), ("TRANSSHIP_HARBOR_EXAMPLE_COM_ADMIN_SECRET", "p\"w\\")];
    let (output, calls) = run(&written, "harbor.example.com/apply.sh", &given);
    assert!(output.status.success(), "{output:?}\n{calls}");
    assert!(calls.contains("<https://harbor.example.com/api/v2.0/replication/policies/7>"), "{calls}");
    assert!(calls.contains("    \"dest_registry\": {\n      \"id\": 7\n    }"), "{calls}");
    assert!(calls.contains("<https://harbor.example.com/api/v2.0/replication/executions>\n  {\n    \"policy_id\": 7\n"), "{calls}");
    assert!(!calls.contains("robot$ci"), "the password is seen in the arguments: {calls}");
}

#[test]
fn nodes_lose_the_old_image_and_keep_the_new_one() {
    let calls = |engine, runtime| {
        let written = write(engine, &two_rows(), &Options { runtime, ..Options::default() });
        let (output, calls) = run(&written, &written.files[0].name, &[]);
        assert!(output.status.success(), "{output:?}");
        calls
    };
    assert!(calls(Engine::NodeClean, Runtime::Docker).contains("docker <image> <rm> <docker.io/lablup/python:3.6>\n"));
    assert!(calls(Engine::NodeClean, Runtime::Ctr).contains("<images> <remove> <docker.io/lablup/python:3.6>\n"));
    let crictl = calls(Engine::NodeClean, Runtime::Crictl);
    assert!(crictl.contains("crictl <rmi> <docker.io/lablup/python:3.6>\ncrictl <pull> <cr.backend.ai/stable/python:3.6>\n"), "{crictl}");
    assert!(calls(Engine::NodePull, Runtime::Ctr).contains("<images> <pull> <cr.backend.ai/stable/python:3.6>\n"));
}

/// What `crictl ps --all --output json` says of one container, by the ID of its image, the pod's own words, and its state.
fn container(name: &str, state: &str) -> String {
    format!(
        "{{\n  \"containers\":  [\n    {{\n      \"id\":  \"c0\",\n      \"image\":  {{\n        \"image\":  \"{A}\",\n        \
         \"annotations\":  {{}},\n        \"userSpecifiedImage\":  \"{name}\",\n        \"runtimeHandler\":  \"\"\n      }},\n      \
         \"imageRef\":  \"{A}\",\n      \"state\":  \"{state}\"\n    }}\n  ]\n}}"
    )
}

#[test]
fn a_container_of_the_new_name_does_not_keep_the_old_image() {
    let plan = || plan([row("lablup/python:3.6", "cr.backend.ai/stable/python:3.6", &[])]).unwrap();
    let removes = |containers: &str, used: &str| {
        let written = write(Engine::NodeClean, &plan(), &Options { runtime: Runtime::Crictl, ..Options::default() });
        let (output, calls) = run(&written, "clean.sh", &[("CONTAINERS", containers), ("USED", used)]);
        let removed = calls.contains("crictl <rmi> <docker.io/lablup/python:3.6>\n");
        assert_eq!(output.status.success(), removed, "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(removed || said.contains("docker.io/lablup/python:3.6 is in use\n"), "{said}");
        removed
    };
    // The new name has the same image, so that its ID is in use as well.
    assert!(removes(&container("cr.backend.ai/stable/python:3.6", "CONTAINER_RUNNING"), "c0"));
    assert!(removes(&container("lablup/python:3.60", "CONTAINER_RUNNING"), "c0"));
    for old in ["lablup/python:3.6", "docker.io/lablup/python:3.6", "index.docker.io/lablup/python:3.6"] {
        assert!(!removes(&container(old, "CONTAINER_RUNNING"), "c0"), "{old}");
    }
    assert!(!removes(&container("lablup/python:3.6", "CONTAINER_EXITED"), ""));
    // A runtime that does not tell names: the ID decides.
    assert!(!removes(&container("", "CONTAINER_RUNNING"), "c0"));
    assert!(removes("{\"containers\": []}", ""));
}

#[test]
fn docker_keeps_what_a_container_has_by_the_old_name() {
    let removes = |source: &str, image: &str| {
        let plan = plan([row(source, "cr.backend.ai/stable/python:3.6", &[])]).unwrap();
        // Both names are there after node-pull, so that docker itself would take the old one from a container that uses it.
        let (output, calls) = run(&write(Engine::NodeClean, &plan, &Options::default()), "clean.sh", &[("CONTAINERS", image)]);
        let removed = calls.contains("docker <image> <rm> <docker.io/lablup/python");
        assert_eq!(output.status.success(), removed, "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(removed || said.contains("docker.io/lablup/python") && said.contains(" is in use\n"), "{said}");
        removed
    };
    let old = "lablup/python:3.6";
    for used in [old, "docker.io/lablup/python:3.6", "cr.backend.ai/a:1\nindex.docker.io/lablup/python:3.6\ncr.backend.ai/b:1"] {
        assert!(!removes(old, used), "{used}");
    }
    for other in ["", "cr.backend.ai/stable/python:3.6", "lablup/python:3.60", "x/lablup/python:3.6", "lablup/python:326", A] {
        assert!(removes(old, other), "{other}");
    }
    let pinned = format!("{old}@{A}");
    for used in [pinned.clone(), format!("lablup/python@{A}"), format!("lablup/python:other@{A}")] {
        assert!(!removes(&pinned, &used), "{used}");
    }
    assert!(removes(&pinned, old) && !removes("lablup/python", "lablup/python:latest"));
}

#[test]
fn nothing_is_removed_when_nobody_can_tell_who_uses_it() {
    for (runtime, removal) in [(Runtime::Crictl, "<rmi>"), (Runtime::Docker, "<rm>")] {
        let written = write(Engine::NodeClean, &two_rows(), &Options { runtime, ..Options::default() });
        let (output, calls) = run(&written, "clean.sh", &[("FAIL", "ps")]);
        assert_eq!(output.status.code(), Some(1), "{runtime:?}");
        assert!(!calls.contains(removal), "{calls}");
    }
}

#[test]
fn ctr_takes_credentials_and_hosts_from_the_environment() {
    let written = write(Engine::NodePull, &two_rows(), &Options { runtime: Runtime::Ctr, ..Options::default() });
    let given = [
        ("TRANSSHIP_HOSTS_DIR", "/etc/containerd/certs.d"),
        ("TRANSSHIP_CR_BACKEND_AI_USERNAME", "org+robot"),
        ("TRANSSHIP_CR_BACKEND_AI_PASSWORD", "a $b"),
    ];
    let (output, calls) = run(&written, "pull.sh", &given);
    assert!(output.status.success(), "{output:?}");
    let want = "<pull> <--hosts-dir> </etc/containerd/certs.d> <--user> <org+robot:a $b> <cr.backend.ai/hub/nginx:latest>\n";
    assert!(calls.contains(want), "{calls}");
}

#[test]
fn backend_ai_keeps_the_projects_that_it_has() {
    let written = write(Engine::BackendAi, &two_rows(), &Options::default());
    let (output, calls) = run(&written, "migrate.sh", &[("KNOWN", "community,stable")]);
    assert!(output.status.success(), "{output:?}");
    assert!(calls.contains("<put> <config/docker/registry/cr.backend.ai/project> <community,hub,stable>\n"), "{calls}");
}

#[test]
fn backend_ai_is_told_to_rescan_and_to_forget() {
    let written = write(Engine::BackendAi, &two_rows(), &Options::default());
    let (output, calls) = run(&written, "migrate.sh", &[]);
    assert!(output.status.success(), "{output:?}");
    let want = "backend.ai <mgr> <etcd> <get> <config/docker/registry/cr.backend.ai/project>\n\
                backend.ai <mgr> <etcd> <put-json> <> <registry-config.json>\n\
                backend.ai <mgr> <etcd> <put> <config/docker/registry/cr.backend.ai/project> <hub,stable>\n\
                backend.ai <mgr> <image> <rescan> <cr.backend.ai>\n";
    assert_eq!(calls, want);
    let (_, calls) = run(&written, "clean-up.sh", &[]);
    assert!(calls.contains("<delete> <--prefix> <images/index.docker.io>\n"), "{calls}");
}
