//! A hostile tree costs bounded time and memory, reaches no network and starts nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use transship::render::{Change, Failure, Kind, Limits, Pair, Program, Programs, Rendering, Settings, ValuesFiles, render};

use crate::support::{chart, programs, settings, tree};
#[cfg(unix)]
use crate::witness::Witness;

/// Renders the only unit of a tree.
fn only(root: &Path, programs: &Programs, limits: Limits) -> Rendering {
    let pair = Pair::new(root, Change::Planned(&[]), &ValuesFiles::none(), &[]).unwrap();
    render(&pair.units[0], &pair.before, &Settings { limits, ..settings(programs) })
}

#[test]
fn an_endless_template_is_stopped() {
    let Some(programs) = programs() else { return };
    let tree = chart("{{ range until 2000000000 }}{{ range until 2000000000 }}{{ end }}{{ end }}");
    let limits = Limits { time: Duration::from_secs(3), memory: 2 << 30, ..Limits::default() };
    let failure = only(tree.path(), &programs, limits).values.unwrap_err();
    assert!(matches!(failure, Failure::TimedOut(_) | Failure::Refused(_)), "{failure}");
}

#[test]
fn huge_output_is_stopped() {
    let Some(programs) = programs() else { return };
    let tree = chart("{{ repeat 50000000 \"x\" }}");
    let failure = only(tree.path(), &programs, Limits { output: 1 << 20, ..Limits::default() }).values.unwrap_err();
    assert_eq!(failure, Failure::TooMuchOutput(1 << 20));
}

#[test]
fn huge_memory_is_refused() {
    let Some(programs) = programs() else { return };
    let tree = chart("{{ len (until 400000000) }}");
    let failure = only(tree.path(), &programs, Limits { memory: 2 << 30, ..Limits::default() }).values.unwrap_err();
    assert!(matches!(&failure, Failure::Refused(words) if words.contains("memory")), "{failure}");
}

/// A program of the test's own in helm's place.
#[cfg(unix)]
fn pretend(folder: &Path, script: &str) -> Programs {
    let path = folder.join("helm");
    crate::script::script(&path, &format!("#!/bin/sh\n{script}\n"));
    Programs { helm: Some(Program::named(Kind::Helm, path)), ..Programs::default() }
}

#[cfg(unix)]
#[test]
fn the_children_of_a_stopped_program_are_stopped_with_it() {
    let tree = chart("x");
    Witness::of_an_end(|folder, script, time| {
        let programs = pretend(folder, script);
        let failure = only(tree.path(), &programs, Limits { time, ..Limits::default() }).values.unwrap_err();
        assert_eq!(failure, Failure::TimedOut(time));
    });
}

#[cfg(unix)]
#[test]
fn a_renderer_sees_no_variable_of_the_user_and_a_closed_network() {
    let folder = tempfile::tempdir().unwrap();
    let programs = pretend(folder.path(), "echo kind: Env; env | sed \"s/'/ /g; s/=/: '/; s/$/'/\"");
    let tree = chart("x");
    let rendered = only(tree.path(), &programs, Limits::default()).values.unwrap();
    let get = |name: &str| rendered.get(&format!("Env/#1.{name}")).map(|value| value.text.clone());
    assert_eq!(get("HTTPS_PROXY").as_deref(), Some("http://127.0.0.1:9"));
    assert_eq!(get("NO_PROXY").as_deref(), Some(""));
    assert!(get("HELM_PLUGINS").is_some_and(|folder| folder.ends_with("/home/empty")));
    assert_eq!(get("CARGO_MANIFEST_DIR"), None);
    assert_ne!(get("HOME").map(PathBuf::from), std::env::var_os("HOME").map(PathBuf::from));
}

#[test]
fn a_kustomization_may_not_read_outside_the_tree() {
    let Some(programs) = programs() else { return };
    let tree = tree(&[("kustomization.yaml", "configMapGenerator: [{name: x, files: [/etc/hostname]}]\n")]);
    let failure = only(tree.path(), &programs, Limits::default()).values.unwrap_err();
    assert_eq!(failure, Failure::Outside("/etc/hostname".into()));
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_tree_is_not_followed_however_it_is_hidden() {
    use std::os::unix::fs::symlink;
    let tree = chart("{{ .Files.Get \"far/hostname\" | default \"none\" }}");
    // By its text this is `s/etc`; through the link, which leads to the chart's folder, it is four folders above.
    fs::create_dir_all(tree.path().join("s/t/u/v")).unwrap();
    symlink("../../../..", tree.path().join("s/t/u/v/x")).unwrap();
    symlink("s/t/u/v/x/../../../../etc", tree.path().join("near")).unwrap();
    symlink("/etc", tree.path().join("far")).unwrap();
    let pair = Pair::new(tree.path(), Change::Planned(&[]), &ValuesFiles::none(), &[]).unwrap();
    for link in ["far", "near"] {
        assert!(fs::symlink_metadata(pair.before.root().join(link)).is_err(), "{link}");
    }
    assert!(fs::symlink_metadata(pair.before.root().join("s/t/u/v/x")).is_ok());
}
