//! How fast Dockerfiles are scanned, in bytes per second, over a corpus made here.
#![allow(missing_docs, reason = "the bench macros make public items")]

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use transship::locate::dockerfile::locate;
use transship::text::FileId;

fn main() {
    divan::main();
}

/// A build in two stages with the lengths of lines and the share of RUN text that Dockerfiles of public repositories have.
fn typical(number: usize) -> String {
    let packages = (0..24).map(|n| format!("        lib{n}-dev{number} \\\n")).collect::<Vec<_>>().concat();
    format!(
        "# syntax=docker/dockerfile:1\n# Builds service {number}; see docs/build.md for the arguments.\n\
         ARG REGISTRY=docker.io\nARG GO_VERSION=1.{number}\n\n\
         FROM --platform=$BUILDPLATFORM ${{REGISTRY}}/library/golang:${{GO_VERSION}}-bookworm AS build\n\
         ARG TARGETOS TARGETARCH\nENV CGO_ENABLED=0 \\\n    GOFLAGS=\"-trimpath -mod=readonly\"\nWORKDIR /src\n\n\
         # The packages that the cgo parts of the tests need; kept in one layer and sorted.\n\
         RUN apt-get update \\\n    && apt-get install -y --no-install-recommends \\\n{packages}    && rm -rf /var/lib/apt/lists/*\n\n\
         COPY go.mod go.sum ./\nRUN --mount=type=cache,target=/go/pkg/mod \\\n    go mod download\nCOPY . .\n\
         RUN --mount=type=cache,target=/go/pkg/mod \\\n    --mount=type=cache,target=/var/cache/go-build \\\n    set -eux; \\\n    \
         GOOS=$TARGETOS GOARCH=$TARGETARCH go build -ldflags \"-s -w -X main.version={number}\" -o /out/service ./cmd/service; \\\n    \
         /out/service --version > /out/version.txt; \\\n    sha256sum /out/service /out/version.txt | tee /out/SHA256SUMS\n\n\
         FROM gcr.io/distroless/static-debian12:nonroot\n\
         LABEL org.opencontainers.image.title=\"service {number}\" \\\n      org.opencontainers.image.source=\"https://example.com/service\"\n\
         COPY --from=build --chown=65532:65532 /out/service /usr/local/bin/service\nCOPY --from=build /out/version.txt /etc/service/\n\
         EXPOSE 8080 9090\nUSER 65532\nHEALTHCHECK --interval=30s CMD [\"/usr/local/bin/service\", \"health\"]\n\
         ENTRYPOINT [\"/usr/local/bin/service\"]\nCMD [\"serve\", \"--listen\", \":8080\"]\n"
    )
}

/// A file that is nearly all script: one here-document and one long continued RUN.
fn script(number: usize) -> String {
    let lines = (0..400)
        .map(|n| format!("    && curl -fsSL https://example.com/{number}/part-{n}.tar.gz | tar xz \\\n"))
        .collect::<Vec<_>>()
        .concat();
    let body = (0..400).map(|n| format!("install -m 0755 part-{n} /usr/local/bin/part-{n}\n")).collect::<Vec<_>>().concat();
    format!("FROM debian:{number}\nRUN true \\\n{lines}    && true\nRUN <<EOF\n{body}EOF\n")
}

fn scan(bencher: Bencher, corpus: &[String]) {
    let bytes: usize = corpus.iter().map(String::len).sum();
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        for file in corpus {
            black_box(locate(black_box(file.as_bytes()), FileId(0)));
        }
    });
}

#[divan::bench]
fn typical_files(bencher: Bencher) {
    scan(bencher, &(0..256).map(typical).collect::<Vec<_>>());
}

#[divan::bench]
fn long_scripts(bencher: Bencher) {
    scan(bencher, &(0..32).map(script).collect::<Vec<_>>());
}
