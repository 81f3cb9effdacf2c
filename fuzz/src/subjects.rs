//! Owns what is asked of bytes that nobody wrote: each subject takes any, and panics where a promise is broken.
//!
//! The fuzzer calls them, and an ordinary test calls them with what the fuzzer has found.

#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "each caller takes some of them, and a broken promise ends it")]

#[path = "answers.rs"]
mod answers;
#[path = "shapes.rs"]
mod shapes;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use transship::config::{Options, load};
use transship::judge::{Judge, Look, Prefilter, Rules};
use transship::link::sets;
use transship::mapping::{Date, Decision};
use transship::plan::Applicability;
use transship::reference::Reference;
use transship::source::{Memory, Scope, TreePath};

/// What is asked of bytes.
type Subject = fn(&[u8]);

/// All subjects, by their names.
pub(crate) const ALL: [(&str, Subject); 10] = [
    ("reference", reference),
    ("rules", rules),
    ("dockerfile", dockerfile),
    ("yaml", yaml),
    ("chart", chart),
    ("kustomize", kustomize),
    ("env", env),
    ("trees", trees),
    ("shapes", shapes),
    ("answers", answers),
];

/// `quay.io/` becomes `m.io/`.
static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let options = Options { maps: vec!["quay.io/=m.io/".to_owned()], ..Options::default() };
    Rules::new(load(&options, &Memory::default()).unwrap().unwrap(), Date { year: 2026, month: 1, day: 1 })
});

/// A reference reads as itself in each of its spellings.
pub(crate) fn reference(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(found) = Reference::parse(&text) {
        let canonical = found.canonical();
        assert_eq!(Reference::parse(&canonical).unwrap().canonical(), canonical, "{text}");
        assert_eq!(Reference::parse(&found.familiar()).unwrap().canonical(), canonical, "{text}");
    }
}

/// A rule file is read or refused.
pub(crate) fn rules(data: &[u8]) {
    let mut tree = Memory::default();
    tree.put(path("transship.yaml"), data.to_vec());
    let options = Options { config: Some(path("transship.yaml")), ..Options::default() };
    let _ = load(&options, &tree);
}

/// A Dockerfile.
pub(crate) fn dockerfile(data: &[u8]) {
    moved(&[("Dockerfile", data)]);
}

/// A Compose file: values of YAML, with variables.
pub(crate) fn yaml(data: &[u8]) {
    moved(&[("compose.yaml", data)]);
}

/// A template and the values of a chart, cut at a line of dashes.
pub(crate) fn chart(data: &[u8]) {
    let (template, values) = cut(data);
    moved(&[("Chart.yaml", b"apiVersion: v2\nname: a\nversion: 1.0.0\n"), ("values.yaml", values), ("templates/a.yaml", template)]);
}

/// A kustomization over another, and what that takes in.
pub(crate) fn kustomize(data: &[u8]) {
    let (over, base) = cut(data);
    let pod = b"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: x, image: 'quay.io/a/b:1'}]}\n";
    moved(&[("over/kustomization.yaml", over), ("base/kustomization.yaml", base), ("base/pod.yaml", pod)]);
}

/// Variables beside a Compose file.
pub(crate) fn env(data: &[u8]) {
    moved(&[(".env", data), ("compose.yaml", b"services: {a: {image: '${A:-quay.io}/a/b:${B}'}, b: {image: '${C}'}}\n")]);
}

/// Small trees: `=== PATH` begins a file.
pub(crate) fn trees(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let files = text.split("=== ").skip(1).take(16).filter_map(|file| file.split_once('\n'));
    let files: Vec<(&str, &[u8])> = files.map(|(path, text)| (path.trim(), text.as_bytes())).collect();
    moved(&files);
}

/// A small tree of files that hold together as people write them, made of choices: see `shapes.rs`.
pub(crate) fn shapes(data: &[u8]) {
    let files = shapes::made_of(data);
    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())).collect();
    for (path, before, after) in moved(&files) {
        shapes::is_only_moved(&path, &before, &after);
    }
}

/// What a registry answers.
pub(crate) fn answers(data: &[u8]) {
    answers::answers(data);
}

/// Moves what is in files: nothing fails, what is listed is checked, each fix is made as it was proved, and made again it changes nothing. Gives the
/// files that changed, as they were and as they are.
fn moved(files: &[(&str, &[u8])]) -> Vec<(TreePath, Vec<u8>, Vec<u8>)> {
    let mut tree = Memory::default();
    for (name, bytes) in files {
        if let Ok(path) = TreePath::new(name) {
            tree.put(path, bytes.to_vec());
        }
    }
    let once = fixed(&tree, None);
    let checked = fixed(&tree, Some(&RULES.prefilter));
    assert_eq!(once.mapped, checked.mapped, "what is listed is not what is checked");
    if !once.changed.is_empty() {
        for (path, _, after) in &once.changed {
            tree.put(path.clone(), after.clone());
        }
        let again = fixed(&tree, None).changed;
        assert!(again.is_empty(), "a second fix changes {:?}", again.iter().map(|(path, ..)| path).collect::<Vec<_>>());
    }
    once.changed
}

/// What a run comes to.
#[derive(Default)]
struct Run {
    /// The files that safe fixes change, as they were and as they are then.
    changed: Vec<(TreePath, Vec<u8>, Vec<u8>)>,
    /// Where a reference stands that a mapping covers or may cover.
    mapped: BTreeSet<(String, usize, String)>,
}

fn fixed(tree: &Memory, prefilter: Option<&Prefilter>) -> Run {
    let rules = &*RULES;
    let scope = Scope { roots: vec![TreePath::default()], ..Scope::default() };
    let mut judge = Judge::new(tree, rules).filtered(prefilter);
    let mut run = Run::default();
    for set in sets(tree, &scope, &[], &rules.formats) {
        let looks = judge.look(set, |reading| {
            let plan = reading.judge(rules).plan;
            let mapped = reading.shown().filter(|(.., decided)| decided.decision != Decision::Unchanged);
            let mapped = mapped.map(|(_, one, _)| (reading.path_of(one.place.file).to_owned(), one.place.start, one.expanded()));
            let edited = reading
                .files
                .iter()
                .map(|file| (path(file.path), file.bytes.to_vec(), plan.edits_for(file.id, Applicability::Safe).apply(file.bytes)));
            (mapped.collect::<Vec<_>>(), edited.filter(|(_, before, after)| before != after).collect::<Vec<_>>())
        });
        for look in looks {
            match look {
                Look::Done((mapped, changed)) => {
                    run.mapped.extend(mapped);
                    run.changed.extend(changed);
                }
                Look::Unread { reason, .. } => assert!(!reason.contains("transship failed"), "{reason}"),
                Look::Passed | Look::LeftOut | Look::Binary { .. } | Look::Overlooked { .. } => {}
            }
        }
    }
    run
}

fn cut(data: &[u8]) -> (&[u8], &[u8]) {
    let mark = b"\n-----\n";
    let at = data.windows(mark.len()).position(|window| window == mark);
    at.map_or((data, &[][..]), |at| (&data[..at], &data[at + mark.len()..]))
}

fn path(text: &str) -> TreePath {
    TreePath::new(text).unwrap()
}
