//! What the fuzzer begins with, and what it has found: each is asked again, without the fuzzer.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and reads only files of the project")]

#[path = "../fuzz/src/subjects.rs"]
mod subjects;

use std::fs;
use std::path::Path;

#[test]
fn what_was_found_is_answered() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, subject) in subjects::ALL {
        let mut inputs: Vec<_> = fs::read_dir(root.join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        inputs.sort();
        assert!(!inputs.is_empty(), "`fuzz/corpus/{name}` holds nothing to begin with");
        for input in inputs {
            subject(&fs::read(&input).unwrap());
        }
    }
}

/// Trees that chance makes, always the same ones; `TRANSSHIP_SHAPES=20000` asks more of them.
#[test]
fn trees_that_chance_makes_are_only_moved() {
    let count = std::env::var("TRANSSHIP_SHAPES").ok().and_then(|count| count.parse().ok()).unwrap_or(200);
    // Xorshift (Marsaglia 2003).
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for number in 0..count {
        let bytes: Vec<u8> = (0..160)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state.to_le_bytes()[3]
            })
            .collect();
        let made = std::panic::catch_unwind(|| subjects::shapes(&bytes));
        assert!(made.is_ok(), "tree {number}, of {bytes:?}");
    }
}

#[test]
fn each_subject_has_its_target() {
    let targets = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
    let mut names: Vec<String> =
        fs::read_dir(targets).unwrap().map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    let mut subjects: Vec<&str> = subjects::ALL.iter().map(|(name, _)| *name).collect();
    subjects.sort_unstable();
    assert_eq!(names, subjects);
}
