//! Charts that are not in the tree and that `--charts` shows: dependencies, and charts that are deployed from elsewhere, are rendered in memory with
//! the values that are ours; what nobody wrote is told, and added where it is asked for.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and writes its scratch files")]

#[path = "support/packed.rs"]
mod packed;
#[path = "support/program.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod program;

use std::fs;

use packed::packed;
use program::{Said, command, finish, repository, say};
use tempfile::TempDir;

const MAP: [&str; 2] = ["--map", "docker.io/=m.example.com/hub/"];

/// `web` in a version, whose default is behind that registry.
fn web(version: &str, registry: &str) -> Vec<u8> {
    packed(&[
        ("web/Chart.yaml", &format!("apiVersion: v2\nname: web\nversion: {version}\n")),
        ("web/values.yaml", &format!("image:\n  registry: {registry}\n  repository: acme/web\n  tag: \"1\"\n")),
        (
            "web/templates/pod.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      \
             image: \"{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}\"\n",
        ),
    ])
}

/// The files, and a folder `store` with version 1 of `web`, which lies on Docker Hub, and version 2, which does not.
fn with_store(files: &[(&str, &str)]) -> TempDir {
    let folder = repository(files);
    fs::create_dir(folder.path().join("store")).unwrap();
    fs::write(folder.path().join("store/web-1.4.0.tgz"), web("1.4.0", "docker.io")).unwrap();
    fs::write(folder.path().join("store/web-2.0.0.tgz"), web("2.0.0", "quay.io")).unwrap();
    folder
}

fn run(folder: &TempDir, arguments: &[&str]) -> Said {
    say(folder, &[arguments, &MAP, &["--charts", "store"]].concat())
}

/// What a file is after `fix --add-overrides`, which a second run leaves as it is.
fn overridden(path: &str, files: &[(&str, &str)]) -> String {
    let folder = with_store(files);
    let told = run(&folder, &["check"]);
    assert!(told.code == 1 && told.out.contains("unwritten-image"), "{told:?}");
    let safe = run(&folder, &["fix"]);
    assert_eq!(fs::read_to_string(folder.path().join(path)).unwrap(), files.iter().find(|(own, _)| *own == path).unwrap().1, "{safe:?}");
    let fixed = run(&folder, &["fix", "--add-overrides"]);
    assert_eq!(fixed.code, 0, "{fixed:?}");
    let text = fs::read_to_string(folder.path().join(path)).unwrap();
    let again = run(&folder, &["fix", "--add-overrides"]);
    assert_eq!((again.code, fs::read_to_string(folder.path().join(path)).unwrap()), (0, text.clone()), "{again:?}");
    assert_eq!(run(&folder, &["check"]).code, 0);
    text
}

fn release(rest: &str) -> String {
    format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: web}}\nspec:\n  chart:\n    spec:\n      chart: web\n      \
         version: 1.x\n      sourceRef: {{kind: HelmRepository, name: own}}\n{rest}"
    )
}

#[test]
fn a_release_gets_the_keys_that_its_chart_alone_says() {
    for (before, after) in [
        ("", "  values:\n    image:\n      registry: m.example.com/hub\n"),
        (
            "  values:\n    image:\n      tag: \"2\" # ours\n",
            "  values:\n    image:\n      tag: \"2\" # ours\n      registry: m.example.com/hub\n",
        ),
        ("  values: {}\n", "  values: {image: {registry: m.example.com/hub}}\n"),
        ("  values: {replicas: 1}\n", "  values: {image: {registry: m.example.com/hub}, replicas: 1}\n"),
    ] {
        assert_eq!(overridden("web.yaml", &[("web.yaml", &release(before))]), release(after), "{before:?}");
    }
}

#[test]
fn each_kind_of_release_has_a_place_for_what_is_added() {
    let argo = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web}\nspec:\n  source:\n    chart: web\n    \
                repoURL: https://charts.example.com\n    targetRevision: 1.4.0\n";
    let added = "    helm:\n      valuesObject:\n        image:\n          registry: m.example.com/hub\n";
    assert_eq!(overridden("app.yaml", &[("app.yaml", argo)]), format!("{argo}{added}"));
    let kustomization = "helmCharts:\n  - name: web\n    repo: https://charts.example.com\n    version: 1.4.0\n";
    let added = "    valuesInline:\n      image:\n        registry: m.example.com/hub\n";
    assert_eq!(overridden("kustomization.yaml", &[("kustomization.yaml", kustomization)]), format!("{kustomization}{added}"));
    let helmfile = "repositories: [{name: own, url: https://charts.example.com}]\nreleases:\n  - name: web\n    chart: own/web\n    version: ~1\n    values: [web.yaml]\n";
    assert_eq!(
        overridden("web.yaml", &[("helmfile.yaml", helmfile), ("web.yaml", "replicas: 1\n")]),
        "replicas: 1\nimage:\n  registry: m.example.com/hub\n"
    );
}

#[test]
fn the_version_that_is_named_is_the_one_that_is_looked_into() {
    let second = release("").replace("1.x", "2.x");
    let folder = with_store(&[("web.yaml", &second)]);
    let said = run(&folder, &["check"]);
    assert_eq!(said.code, 0, "{said:?}");
    let said = say(&folder, &["list", "--charts", "store"]);
    assert!(said.out.contains("quay.io/acme/web:1"), "{said:?}");
    let folder = with_store(&[("web.yaml", &second.replace("2.x", "3.x"))]);
    assert!(!say(&folder, &["list", "--charts", "store"]).out.contains("acme/web"));
}

#[test]
fn what_is_laid_over_a_chart_in_sight_is_no_guess_any_more() {
    let values = "  values:\n    image:\n      repository: acme/web-pro\n";
    let folder = with_store(&[("web.yaml", &release(values))]);
    // Without the chart a registry is written into a bare repository only as unsafe; with it the key that holds the registry is known.
    let unsure = say(&folder, &[&["fix", "--diff"], &MAP[..]].concat());
    assert!(unsure.errors.contains("1 fixable with `--unsafe`"), "{unsure:?}");
    let sure = run(&folder, &["fix", "--add-overrides"]);
    assert_eq!(sure.code, 0, "{sure:?}");
    let text = fs::read_to_string(folder.path().join("web.yaml")).unwrap();
    assert_eq!(text, release(&format!("{values}      registry: m.example.com/hub\n")));
}

#[test]
fn a_dependency_is_looked_into_as_if_it_were_packed_in_its_chart() {
    let head = "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n  - {name: web, alias: front, version: ^1.2.0, repository: \"https://charts.example.com\"}\n";
    let folder = with_store(&[("shop/Chart.yaml", head), ("shop/values.yaml", "front:\n  replicas: 1\n")]);
    let fixed = run(&folder, &["fix"]);
    assert_eq!(fixed.code, 0, "{fixed:?}");
    let text = fs::read_to_string(folder.path().join("shop/values.yaml")).unwrap();
    assert_eq!(text, "front:\n  replicas: 1\n  image:\n    registry: m.example.com/hub\n");
}

#[test]
fn where_nothing_can_be_added_the_advice_names_the_keys() {
    let helmfile =
        "repositories: [{name: own, url: https://charts.example.com}]\nreleases:\n  - {name: web, chart: own/web, version: ~1}\n";
    let folder = with_store(&[("helmfile.yaml", helmfile)]);
    let said = run(&folder, &["check"]);
    assert!(said.out.contains("set `image.registry`, `image.repository`"), "{said:?}");
    assert_eq!(said.code, 1);
}

#[test]
fn the_cache_of_helm_and_the_folder_of_pull_are_looked_into_without_being_named() {
    let folder = with_store(&[("web.yaml", &release(""))]);
    let check = [&["check"], &MAP[..]].concat();
    assert_eq!(say(&folder, &check).code, 0);
    let mut with_cache = command(folder.path(), &check);
    with_cache.env("HELM_REPOSITORY_CACHE", folder.path().join("store"));
    assert_eq!(finish(&mut with_cache, b"").code, 1);
    fs::rename(folder.path().join("store"), folder.path().join(".transship-charts")).unwrap();
    assert_eq!(say(&folder, &check).code, 1);
}

/// `web`, as it is, which takes no other images than those that its metadata lists, unless it is told to.
fn guarded() -> Vec<u8> {
    packed(&[
        ("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.4.0\nannotations:\n  images: |\n    - image: docker.io/acme/web:1\n"),
        (
            "web/values.yaml",
            "global:\n  security: {allowInsecureImages: false}\nimage:\n  registry: docker.io\n  repository: acme/web\n  tag: \"1\"\n",
        ),
        (
            "web/templates/pod.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      \
             image: \"{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}\"\n",
        ),
        (
            "web/templates/_check.tpl",
            "{{- define \"check\" -}}\n{{- $name := printf \"%s/%s\" .image.registry .image.repository -}}\n\
             {{- $known := contains $name .context.Chart.Annotations.images -}}\n\
             {{- if and (not $known) (((.context.Values.global).security).allowInsecureImages) -}}\nWARNING\n\
             {{- else if not $known -}}\n{{- printf \"Images were substituted.\\n%s\" $name | fail -}}\n{{- end -}}\n{{- end -}}\n",
        ),
        ("web/templates/NOTES.txt", "{{ include \"check\" (dict \"image\" .Values.image \"context\" $) }}\n"),
    ])
}

fn guarded_release(values: &str) -> TempDir {
    let folder = repository(&[("web.yaml", &release(values))]);
    fs::create_dir(folder.path().join("store")).unwrap();
    fs::write(folder.path().join("store/web-1.4.0.tgz"), guarded()).unwrap();
    folder
}

#[test]
fn what_a_chart_demands_before_it_takes_other_images_is_added_with_them() {
    let flag = "allowInsecureImages: true";
    let lines = format!("{flag} # the chart takes no other images without it\n");
    for (before, after) in [
        ("", format!("  values:\n    image:\n      registry: m.example.com/hub\n    global:\n      security:\n        {lines}")),
        (
            "  values:\n    global:\n      security:\n        own: 1\n    image:\n      registry: docker.io\n",
            format!(
                "  values:\n    global:\n      security:\n        own: 1\n        {lines}    image:\n      registry: m.example.com/hub\n"
            ),
        ),
        (
            "  values: {replicas: 1}\n",
            format!("  values: {{image: {{registry: m.example.com/hub}}, global: {{security: {{{flag}}}}}, replicas: 1}}\n"),
        ),
    ] {
        let folder = guarded_release(before);
        let told = run(&folder, &["check"]);
        assert!(told.code == 1 && told.out.contains("Images were substituted."), "{told:?}");
        assert!(told.out.contains("`global.security.allowInsecureImages: true`"), "{told:?}");
        run(&folder, &["fix", "--unsafe"]);
        let text = || fs::read_to_string(folder.path().join("web.yaml")).unwrap();
        assert_eq!(text(), release(before), "nothing is written that the chart would refuse");
        let fixed = run(&folder, &["fix", "--add-overrides"]);
        assert_eq!((fixed.code, text()), (0, release(&after)), "{fixed:?}");
        let again = run(&folder, &["fix", "--add-overrides"]);
        assert_eq!((again.code, text()), (0, release(&after)), "{again:?}");
    }
}

#[test]
fn what_a_chart_demands_and_has_is_not_demanded_again() {
    let values = "  values:\n    global: {security: {allowInsecureImages: true}}\n    image:\n      registry: docker.io\n";
    let folder = guarded_release(values);
    let fixed = run(&folder, &["fix"]);
    let after = release(&values.replace("docker.io", "m.example.com/hub"));
    assert_eq!((fixed.code, fs::read_to_string(folder.path().join("web.yaml")).unwrap()), (0, after), "{fixed:?}");
}
