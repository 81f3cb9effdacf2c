//! The library judges files that are on no disk, as a program of this machine and as WebAssembly, and says the same.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test may panic, and says what it did not do")]

use std::path::Path;
use std::process::Command;

const PATCH: &str = "\
diff --git a/app/compose.yaml b/app/compose.yaml
--- a/app/compose.yaml
+++ b/app/compose.yaml
@@ -1,3 +1,3 @@
 services:
   web: {image: '${WEB}:1.27'}
-  db: {image: 'postgres:17'}
+  db: {image: 'mirror.example.com/hub/library/postgres:17'}
diff --git a/app/.env b/app/.env
--- a/app/.env
+++ b/app/.env
@@ -1 +1 @@
-WEB=docker.io/library/nginx
+WEB=mirror.example.com/hub/library/nginx
diff --git a/chart/values.yaml b/chart/values.yaml
--- a/chart/values.yaml
+++ b/chart/values.yaml
@@ -1 +1 @@
-image: {registry: docker.io, repository: acme/job, tag: '2'}
+image: {registry: mirror.example.com/hub, repository: acme/job, tag: '2'}
";

fn said(command: &mut Command) -> String {
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

#[test]
fn a_project_and_a_chart_are_judged_from_memory() {
    // Cargo builds examples beside the program, before the tests.
    let example = Path::new(env!("CARGO_BIN_EXE_transship")).with_file_name("examples").join("in_memory");
    assert_eq!(said(&mut Command::new(example)), PATCH);
}

#[test]
fn they_are_judged_as_webassembly_too() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let built = Command::new(root.join("scripts/wasm")).output().unwrap();
    if built.status.code() == Some(3) {
        eprintln!("not run: the packages of a Rust for WebAssembly cannot be had here: {}", String::from_utf8_lossy(&built.stderr));
        return;
    }
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let module = String::from_utf8(built.stdout).unwrap();
    let script = root.join("tests/in_memory.mjs");
    assert_eq!(said(Command::new("node").arg("--no-warnings").arg(script).arg(module.trim_end())), PATCH);
}
