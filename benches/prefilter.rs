//! Bytes per second of the prefilter on one core.
#![allow(missing_docs, reason = "a bench has no documentation")]

use divan::Bencher;
use divan::counter::BytesCount;
use transship::judge::{Prefilter, Seen};

fn main() {
    divan::main();
}

/// Manifests without any of the literals, as nearly all files are.
fn text() -> Vec<u8> {
    let block = "      containers:\n        - name: app\n          image: registry.example.com/team/app:1.2.3\n          ports: [{containerPort: 8080}]\n";
    block.repeat(40_000).into_bytes()
}

fn filter(bencher: Bencher<'_, '_>, literals: &[&str]) {
    let text = text();
    let filter = Prefilter::new(Some(literals.iter().map(ToString::to_string).collect()));
    bencher.counter(BytesCount::of_slice(&text)).bench(|| filter.look(divan::black_box(&text)) == Seen::Literal);
}

#[divan::bench]
fn one_registry(bencher: Bencher<'_, '_>) {
    filter(bencher, &["k8s.gcr.io"]);
}

#[divan::bench]
fn ten_literals(bencher: Bencher<'_, '_>) {
    let literals = [
        "k8s.gcr.io",
        "gcr.io",
        "quay.io",
        "lablup",
        "bitnami",
        "inveniosoftware",
        "giantswarm",
        "swr.eu-nl",
        "index.docker.io",
        "docker.io",
    ];
    filter(bencher, &literals);
}
