//! Asks `subjects::answers` of whatever the fuzzer thinks of.

#![no_main]

#[path = "../src/subjects.rs"]
mod subjects;

libfuzzer_sys::fuzz_target!(|data: &[u8]| subjects::answers(data));
