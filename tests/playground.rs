//! The playground of the book, in a browser without a window: what is typed is judged, and what an address holds is opened.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test may panic, and says what it did not do")]

use std::path::Path;
use std::process::Command;

#[test]
fn what_is_typed_is_judged_in_the_browser() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let book = tempfile::Builder::new().prefix("book-").tempdir().unwrap();
    let built = Command::new(root.join("scripts/book")).arg("--playground").arg(book.path()).output().unwrap();
    if built.status.code() == Some(3) {
        eprintln!("not run: the packages of a Rust for WebAssembly cannot be had here: {}", String::from_utf8_lossy(&built.stderr));
        return;
    }
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let driver = root.join("tests/playground.mjs");
    let done = Command::new("node")
        .arg(driver)
        .arg(book.path())
        .output()
        .unwrap_or_else(|error| panic!("node: {error}; scripts/test installs it"));
    assert!(done.status.success(), "{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(String::from_utf8_lossy(&done.stdout).ends_with("all held\n"), "{done:?}");
}
