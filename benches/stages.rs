//! The stages behind the scanners, each alone, in bytes of the text that it is given per second: parse, decide, plan, diff.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench may panic, and has no documentation")]

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use transship::config::{Options, load};
use transship::format::{Formats, Surroundings};
use transship::locate::{File, Located, locate};
use transship::mapping::{Context, MappingSet};
use transship::occurrence::Class;
use transship::plan::{Applicability, plan};
use transship::reference::Reference;
use transship::source::Memory;
use transship::text::FileId;

fn main() {
    divan::main();
}

const COUNT: usize = 2_000;
const CONTEXT: Context<'static> = Context { format: "kubernetes", path: "deploy.yaml", class: Class::Deploy };

/// References as they are typed: familiar, with a domain, with a digest; one in ten is covered by a mapping.
fn references() -> Vec<String> {
    let one = |number: usize| match number % 10 {
        0 => format!("k8s.gcr.io/sig-storage/csi-{number}:v3.{number}.0"),
        1..=4 => format!("quay.io/team/service-{number}:1.{number}"),
        5..=7 => format!("nginx:{number}-alpine"),
        _ => format!("ghcr.io/acme/app@sha256:{number:064x}"),
    };
    (0..COUNT).map(one).collect()
}

fn mappings() -> MappingSet {
    let options =
        Options { packs: ["kubernetes-registry", "backend-ai", "giantswarm-gsoci"].map(str::to_owned).to_vec(), ..Options::default() };
    load(&options, &Memory::default()).unwrap().unwrap().mappings
}

fn size(texts: &[String]) -> usize {
    texts.iter().map(String::len).sum()
}

#[divan::bench]
fn parse(bencher: Bencher) {
    let texts = references();
    bencher
        .counter(BytesCount::new(size(&texts)))
        .counter(ItemsCount::new(texts.len()))
        .bench_local(|| texts.iter().filter(|text| Reference::parse(black_box(text)).is_ok()).count());
}

#[divan::bench]
fn decide(bencher: Bencher) {
    let (texts, mappings) = (references(), mappings());
    let parsed: Vec<Reference> = texts.iter().map(|text| Reference::parse(text).unwrap()).collect();
    bencher.counter(BytesCount::new(size(&texts))).counter(ItemsCount::new(parsed.len())).bench_local(|| {
        for reference in &parsed {
            black_box(mappings.decide(black_box(reference), &CONTEXT));
        }
    });
}

/// One long manifest with all of the references, and what is located in it.
fn document() -> (Vec<u8>, Located) {
    let pods = references().into_iter().map(|text| format!("      - name: c\n        image: {text}\n"));
    let text = format!("apiVersion: v1\nkind: Pod\nspec:\n    containers:\n{}", pods.collect::<Vec<_>>().concat());
    let file = File { id: FileId(0), path: "deploy.yaml", bytes: text.as_bytes(), surroundings: Surroundings::Plain };
    let located = locate(&file, &Formats::builtin());
    assert_eq!(located.occurrences.len(), COUNT);
    (text.into_bytes(), located)
}

#[divan::bench]
fn plan_a_file(bencher: Bencher) {
    let ((text, located), mappings) = (document(), mappings());
    bencher
        .counter(BytesCount::new(text.len()))
        .counter(ItemsCount::new(COUNT))
        .bench_local(|| plan(black_box(&located.occurrences), &|_, reference| mappings.decide(reference, &CONTEXT)));
}

#[divan::bench]
fn diff_a_file(bencher: Bencher) {
    let ((text, located), mappings) = (document(), mappings());
    let plan = plan(&located.occurrences, &|_, reference| mappings.decide(reference, &CONTEXT));
    let after = plan.edits_for(FileId(0), Applicability::Safe).apply(&text);
    bencher.counter(BytesCount::new(text.len())).bench_local(|| transship::plan::diff("deploy.yaml", black_box(&text), black_box(&after)));
}
