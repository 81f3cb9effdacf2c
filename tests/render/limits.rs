//! A hostile tree costs bounded time and memory, reaches no network and starts nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use transship::render::{
    Change, Failure, Kind, Limits, Pair, Program, Programs, Rendering, Settings, ValuesFiles, Wall, Walls, render, walls,
};

use crate::support::{chart, programs, put, settings, tree};
#[cfg(unix)]
use crate::witness::Witness;

/// Renders the only unit of a tree.
fn only(root: &Path, programs: &Programs, limits: Limits) -> Rendering {
    let pair = Pair::new(root, Change::Planned(&[]), &ValuesFiles::none(), &[]).unwrap();
    render(&pair.units[0], &pair.before, &Settings { limits, ..settings(programs) })
}

/// The same where the system keeps renderers from nothing.
fn only_unwalled(root: &Path, programs: &Programs, limits: Limits) -> Rendering {
    let pair = Pair::new(root, Change::Planned(&[]), &ValuesFiles::none(), &[]).unwrap();
    render(&pair.units[0], &pair.before, &Settings { limits, walls: Walls::default(), ..settings(programs) })
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
        // Its child's word is heard outside of any wall.
        let failure = only_unwalled(tree.path(), &programs, Limits { time, ..Limits::default() }).values.unwrap_err();
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

/// Those of these shell commands that a program can do in these walls.
#[cfg(target_os = "linux")]
fn tried(walls: Walls, commands: &[String]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let tries: Vec<String> =
        commands.iter().enumerate().map(|(n, command)| format!("({command}) >/dev/null 2>&1 && echo \"  d{n}: yes\"")).collect();
    let script = format!("echo 'kind: Tried'\necho 'b:'\necho '  c: d'\n{}\ntrue", tries.join("\n"));
    let programs = pretend(folder.path(), &script);
    let tree = chart("x");
    let pair = Pair::new(tree.path(), Change::Planned(&[]), &ValuesFiles::none(), &[]).unwrap();
    let rendered = render(&pair.units[0], &pair.before, &Settings { walls, ..settings(&programs) }).values.unwrap();
    let done = (0..commands.len()).filter(|n| rendered.get(&format!("Tried/#1.b.d{n}")).is_some());
    done.map(|n| [commands[n].as_str(), "\n"].concat()).collect::<Vec<_>>().concat()
}

#[cfg(target_os = "linux")]
#[test]
fn a_renderer_reads_the_copy_and_writes_in_its_home_alone() {
    if walls().files == Wall::None {
        return;
    }
    let outside = tempfile::tempdir().unwrap();
    put(outside.path(), "secret", "hunter2");
    let place = outside.path().display();
    let refused = [
        format!("cat {place}/secret"),
        format!("ls {place}"),
        format!("echo x > {place}/new"),
        format!("mkdir {place}/folder"),
        format!("ln -s x {place}/link"),
        "cat /etc/passwd".to_owned(),
        "cat /proc/self/environ".to_owned(),
        format!("cat /proc/{}/environ", std::process::id()),
        "echo x > values.yaml".to_owned(),
        "rm values.yaml".to_owned(),
        "cp /bin/true \"$HOME/program\" && \"$HOME/program\"".to_owned(),
    ];
    assert_eq!(tried(walls(), &refused), "");
    let allowed =
        ["cat values.yaml".to_owned(), "echo x > \"$HOME/x\"".to_owned(), "echo x > \"$TMPDIR/x\"".to_owned(), "cat /dev/null".to_owned()];
    assert_eq!(tried(walls(), &allowed), allowed.map(|command| format!("{command}\n")).concat());
    assert_eq!(tried(Walls::default(), &refused[..2]), format!("{}\n{}\n", refused[0], refused[1]));
}

#[cfg(target_os = "linux")]
#[test]
fn a_renderer_reaches_nobody_on_this_machine_either() {
    if walls().network == Wall::None {
        return;
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let connect = [format!("bash -c 'exec 3<>/dev/tcp/127.0.0.1/{}'", listener.local_addr().unwrap().port())];
    assert_eq!(tried(walls(), &connect), "");
    assert_eq!(tried(Walls::default(), &connect), format!("{}\n", connect[0]));
}

/// Each way around paths that are known, and a name for it; `{}` is a file outside.
const WAYS: [(&str, &str, &str); 8] = [
    (
        "inline generator",
        "kustomization.yaml",
        "resources: [../near.yaml]\ngenerators:\n- |-\n  apiVersion: builtin\n  kind: ConfigMapGenerator\n  metadata: {name: x}\n  files: [\"s={}\"]\n",
    ),
    ("generator file", "kustomization.yaml", "resources: [../near.yaml]\ngenerators: [generator.yaml]\n"),
    (
        "inline transformer",
        "kustomization.yaml",
        "resources: [../near.yaml]\ntransformers:\n- |-\n  apiVersion: builtin\n  kind: PatchTransformer\n  metadata: {name: x}\n  path: \"{}\"\n",
    ),
    ("blank", "kustomization.yaml", "configMapGenerator: [{name: x, files: [\"s=a b/../../../..{}\"]}]\n"),
    ("alias", "kustomization.yaml", "commonAnnotations: {a: &p \"s={}\"}\nconfigMapGenerator: [{name: x, files: [*p]}]\n"),
    ("variable", "compose.yaml", "include: [\"${X:-{}}\"]\nservices: {a: {image: b}}\n"),
    ("project directory", "compose.yaml", "include: [{path: inner.yaml, project_directory: \"{}\"}]\nservices: {a: {image: b}}\n"),
    ("labels", "compose.yaml", "services: {a: {image: b, label_file: \"{}\"}}\n"),
];

#[test]
fn without_a_wall_every_path_is_known_or_the_unit_is_refused() {
    let Some(programs) = programs() else { return };
    let outside = tempfile::tempdir().unwrap();
    put(outside.path(), "secret", "A=hunter2\n");
    let secret = outside.path().join("secret").display().to_string();
    for (way, name, text) in WAYS {
        let generator = "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: x}\nfiles: [\"s={}\"]\n";
        let tree = tree(&[("near.yaml", "kind: Near\nmetadata: {name: a}\n"), ("in/inner.yaml", "services: {c: {image: d}}\n")]);
        put(tree.path(), &format!("in/{name}"), &text.replace("{}", &secret));
        put(tree.path(), "in/generator.yaml", &generator.replace("{}", &secret));
        let pair = Pair::new(tree.path(), Change::Planned(&[]), &ValuesFiles::none(), &[]).unwrap();
        for walls in [Walls::default(), walls()] {
            let rendered = render(&pair.units[0], &pair.before, &Settings { walls, ..settings(&programs) });
            let Err(failure) = &rendered.values else { panic!("{way} {walls:?} {rendered:?}") };
            assert!(!failure.to_string().contains("hunter2"), "{failure}");
            // Without a wall no program is even started.
            let is_refused = matches!(failure, Failure::Outside(_) | Failure::Unwalled(_));
            assert!(is_refused || walls.files == Wall::System, "{way} {failure}");
        }
    }
}

#[test]
fn a_schema_leads_nowhere() {
    let Some(programs) = programs() else { return };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let tree = chart("{{ .Values.image }}");
    let schema = format!("{{\"properties\":{{\"image\":{{\"$ref\":\"http://{}/s.json\"}}}}}}", listener.local_addr().unwrap());
    put(tree.path(), "values.schema.json", &schema);
    for walls in [Walls::default(), walls()] {
        let pair = Pair::new(tree.path(), Change::Planned(&[]), &ValuesFiles::none(), &[]).unwrap();
        let rendered = render(&pair.units[0], &pair.before, &Settings { walls, ..settings(&programs) });
        assert!(listener.accept().is_err(), "{walls:?}");
        assert!(walls.files == Wall::System || rendered.values.is_ok(), "{rendered:?}");
    }
}

#[test]
fn kustomize_keeps_to_the_folder_where_the_tree_does() {
    let Some(programs) = programs() else { return };
    let config = "configMapGenerator: [{name: x, envs: [e.env]}]\n";
    let inside = tree(&[("kustomization.yaml", config), ("e.env", "A=b\n")]);
    assert!(only(inside.path(), &programs, Limits::default()).values.is_ok());
    let beside = tree(&[("in/kustomization.yaml", "configMapGenerator: [{name: x, envs: [../e.env]}]\n"), ("e.env", "A=b\n")]);
    assert!(only(beside.path(), &programs, Limits::default()).values.is_ok());
    assert!(only_unwalled(beside.path(), &programs, Limits::default()).values.is_ok());
    let base = tree(&[("over/kustomization.yaml", "resources: [../base]\n"), ("base/kustomization.yaml", config), ("base/e.env", "A=b\n")]);
    let pair = Pair::new(base.path(), Change::Planned(&[]), &ValuesFiles::none(), &[]).unwrap();
    assert!(pair.units.iter().all(|unit| render(unit, &pair.before, &settings(&programs)).values.is_ok()));
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
