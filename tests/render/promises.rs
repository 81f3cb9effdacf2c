//! What the proof promises whatever it renders.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use transship::render::{
    Change, Failure, Outcome, Pair, Settings, ValuesFiles, Verdict, help, human, images, json, json_images, markdown, prove,
};

use crate::support::{chart, hub, programs, prove_change, put, read, settings, tree};

fn moved(report: &transship::render::Report) -> usize {
    report.count(Outcome::Moved)
}

#[test]
fn the_working_tree_is_never_written() {
    let Some(programs) = programs() else { return };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/render/missing-dependency/before");
    let before = read(&root);
    let texts = vec![(PathBuf::from("app/values.yaml"), b"cache:\n  image: other\n".to_vec())];
    prove_change(&root, Change::Planned(&texts), &programs);
    assert_eq!(read(&root), before);
}

#[test]
fn a_unit_that_reads_the_same_is_rendered_once() {
    let Some(programs) = programs() else { return };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/render/missing-dependency/before");
    let texts = vec![(PathBuf::from("app/values.yaml"), b"cache:\n  image: mirror.example.com/hub/acme/cache:app\n".to_vec())];
    let report = prove_change(&root, Change::Planned(&texts), &programs);
    assert_eq!((report.units.len(), report.times.runs), (2, 3));
}

#[test]
fn any_number_of_workers_finds_the_same() {
    let Some(programs) = programs() else { return };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/render");
    let mut pair = Pair::new(&root, Change::Planned(&[]), &ValuesFiles::new([]).unwrap(), &[]).unwrap();
    // Its names are made by chance.
    pair.units.retain(|unit| !unit.path.starts_with("random-values"));
    let found = [1, 5].map(|workers| {
        let settings = Settings { workers, ..settings(&programs) };
        let mut report = prove(&pair.before, &pair.after, &pair.units, &settings, &hub, &|_, _| {});
        report.times = transship::render::Times::default();
        (json(&report).to_string(), human(&report), markdown(&report))
    });
    assert_eq!(found[0], found[1]);
    assert!(found[0].0.contains("\"missed\""));
}

#[test]
fn a_commit_is_compared_with_the_working_tree() {
    let Some(programs) = programs() else { return };
    let tree = tree(&[
        ("compose.yaml", "services: {above: {image: redis}}\n"),
        (".gitignore", ".env\n"),
        ("sub/app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n"),
        ("sub/app/values.yaml", "image: docker.io/acme/web:1\n"),
        ("sub/app/templates/pod.yaml", "kind: Pod\nspec: {containers: [{image: {{ .Values.image }}}]}\n"),
        ("sub/compose.yaml", "services: {a: {image: $A}}\n"),
        ("sub/.env", "A=quay.io/a/b\n"),
    ]);
    let git = |arguments: &[&str]| {
        let who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"];
        assert!(Command::new("git").arg("-C").arg(tree.path()).args(who).args(arguments).output().unwrap().status.success());
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "x"]);
    let index = fs::read(tree.path().join(".git/index")).unwrap();
    put(tree.path(), "sub/app/values.yaml", "image: mirror.example.com/hub/acme/web:1\n");
    put(tree.path(), "sub/new/compose.yaml", "services: {a: {image: redis}}\n");
    let report = prove_change(&tree.path().join("sub"), Change::Since("HEAD"), &programs);
    // The chart moved, the ignored `.env` came along, and the project above is another matter.
    assert_eq!((moved(&report), report.count(Outcome::Kept), report.exit_code()), (1, 1, 0));
    assert_eq!(report.units.iter().filter(|unit| matches!(unit.verdict, Verdict::New)).count(), 1);
    assert_eq!(report.units.len(), 3);
    assert_eq!(fs::read(tree.path().join(".git/index")).unwrap(), index);
    assert!(Pair::new(tree.path(), Change::Since("--all"), &ValuesFiles::none(), &[]).is_err());
}

#[test]
fn an_image_of_a_packed_subchart_is_traced_to_its_archive() {
    let Some(programs) = programs() else { return };
    let sub = tree(&[
        ("sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.2.3\n"),
        ("sub/templates/pod.yaml", "kind: Pod\nmetadata: {name: sub}\nspec: {containers: [{name: a, image: docker.io/acme/sub:1}]}\n"),
    ]);
    let app = tree(&[("Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies: [{name: sub, version: 1.2.3}]\n")]);
    let charts = app.path().join("charts");
    let helm = programs.helm.as_ref().unwrap();
    let packed = Command::new(&helm.path).arg("package").arg(sub.path().join("sub")).arg("-d").arg(&charts).output().unwrap();
    assert!(packed.status.success());
    let report = prove_change(app.path(), Change::Planned(&[]), &programs);
    let origins: Vec<String> = report.units[0].findings().iter().filter_map(|finding| Some(finding.origin.as_ref()?.to_string())).collect();
    assert_eq!(origins, ["charts/sub-1.2.3.tgz (packed)"]);
}

#[test]
fn what_a_renderer_says_is_told_with_the_command_that_helps() {
    let Some(programs) = programs() else { return };
    let tree = tree(&[
        ("app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies: [{name: gone, version: 1.2.3}]\n"),
        ("app/templates/x.yaml", "{{ .Values.gone.port.number }}\n"),
        ("far/kustomization.yaml", "resources: [https://github.com/acme/base?ref=v1]\n"),
    ]);
    let report = prove_change(tree.path(), Change::Planned(&[]), &programs);
    let told = report.units.iter().filter_map(|unit| match &unit.verdict {
        Verdict::Unrendered(failure) => Some((failure.to_string(), help(&unit.unit, failure, &report.laid))),
        _ => None,
    });
    let told: Vec<(String, Option<String>)> = told.collect();
    assert!(
        told[0].0.contains("nil pointer evaluating") && told[0].1.as_deref().unwrap().starts_with("`helm dependency build app`"),
        "{told:?}"
    );
    assert_eq!(told[1].0, "it needs the network for `https://github.com/acme/base?ref=v1`");
    assert_eq!(told[1].1.as_deref(), Some("`--allow-network`"));
    assert_eq!((report.exit_code(), report.times.runs), (2, 1));
}

#[test]
fn a_missing_program_is_told_and_its_units_are_not_judged() {
    let tree = chart("{{ .Values.image }}");
    let report = prove_change(tree.path(), Change::Planned(&[]), &transship::render::Programs::default());
    assert!(matches!(report.units[0].verdict, Verdict::Unrendered(Failure::NoProgram("helm"))));
    assert_eq!(report.exit_code(), 2);
    assert!(human(&report).contains("`helm` is not installed"));
}

#[test]
fn a_unit_that_is_gone_is_broken() {
    let Some(programs) = programs() else { return };
    let tree = chart("{{ .Values.image }}");
    let pair = Pair::new(tree.path(), Change::Planned(&[]), &ValuesFiles::none(), &[]).unwrap();
    fs::remove_dir_all(pair.after.root()).unwrap();
    let report = prove(&pair.before, &pair.after, &pair.units, &settings(&programs), &hub, &|_, _| {});
    assert!(matches!(report.units[0].verdict, Verdict::Broken(Failure::Gone)));
}

#[test]
fn images_are_listed_with_their_container_and_origin() {
    let Some(programs) = programs() else { return };
    let tree = chart("{{ .Values.image }}");
    put(tree.path(), "compose.yaml", "services:\n  db:\n    image: ${DB:-postgres:16}\n");
    let pair = Pair::new(tree.path(), Change::Planned(&[]), &ValuesFiles::none(), &[]).unwrap();
    let found = images(&pair.before, &pair.units, &settings(&programs), &|_, _| {});
    let told = found.images.iter().map(|image| {
        let origin = image.origin.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{} {}/{} {} {} {origin}", image.unit.kind, image.kind, image.name, image.container.as_deref().unwrap_or("-"), image.image)
    });
    let told: Vec<String> = told.collect();
    assert_eq!(told, ["helm Pod/web web docker.io/acme/web:1 values.yaml:1 (image)", "compose / db postgres:16 compose.yaml:3"]);
    assert_eq!(json_images(&found)["images"][1]["container"], "db");
    let one = Pair::new(tree.path(), Change::Planned(&[]), &ValuesFiles::none(), &[PathBuf::from("compose.yaml")]).unwrap();
    assert_eq!(one.units.len(), 1);
}

#[cfg(unix)]
#[test]
fn a_unit_whose_name_is_no_text_is_told_as_others_are() {
    use std::os::unix::ffi::OsStrExt as _;
    let Some(programs) = programs() else { return };
    let tree = tree(&[("Dockerfile", "")]);
    let name = std::ffi::OsStr::from_bytes(b"z\xff.compose.yaml");
    std::io::Write::write_all(&mut fs::File::create(tree.path().join(name)).unwrap(), b"services: {a: {image: quay.io/a/b}}\n").unwrap();
    let pair = Pair::new(tree.path(), Change::Planned(&[]), &ValuesFiles::none(), &[]).unwrap();
    let found = images(&pair.before, &pair.units, &settings(&programs), &|_, _| {});
    assert_eq!((found.images.len(), found.unrendered.len()), (1, 0), "{:?}", found.unrendered);
    assert!(json_images(&found).to_string().contains("z\u{fffd}.compose.yaml"));
    let report = prove(&pair.before, &pair.after, &pair.units, &settings(&programs), &hub, &|_, _| {});
    assert!(json(&report).to_string().contains("z\u{fffd}.compose.yaml") && report.exit_code() == 0);
}

#[test]
fn secrets_are_not_shown() {
    let Some(programs) = programs() else { return };
    let tree = chart("{{ .Values.image }}");
    put(tree.path(), "templates/secret.yaml", "kind: Secret\nmetadata: {name: s}\nstringData: {key: {{ .Values.key | quote }}}\n");
    put(tree.path(), "values.yaml", "image: quay.io/a/b\nkey: hunter1\n");
    let texts = vec![(PathBuf::from("values.yaml"), b"image: quay.io/a/b\nkey: hunter2\n".to_vec())];
    let report = prove_change(tree.path(), Change::Planned(&texts), &programs);
    assert_eq!(report.count(Outcome::Harm), 1);
    for text in [human(&report), markdown(&report), json(&report).to_string()] {
        assert!(text.contains("(secret)") && !text.contains("hunter"), "{text}");
    }
}
