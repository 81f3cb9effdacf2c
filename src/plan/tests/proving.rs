//! Owns the tests of the proof: each way in which a file may come out wrong is seen.

use super::super::{Before, FileBefore, prove, uphold};
use super::*;
use crate::locate::{Fault, Located, Value};
use crate::text::{Edit, Edits};

/// A toy format: `key=value` lines; a value under a key that ends in `image` is a reference.
fn locate(bytes: &[u8]) -> (Located, Vec<Value>) {
    let text = std::str::from_utf8(bytes).unwrap();
    let (mut occurrences, mut values, mut at) = (Vec::new(), Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        if let Some((key, value)) = line.trim_end().split_once('=') {
            let start = at + key.len() + 1;
            let span = Span::new(FileId(0), start..start + value.len());
            values.push(Value { path: key.into(), text: value.into(), span });
            if key.ends_with("image") {
                occurrences.push(occurrence(vec![literal(value, span)]));
            }
        }
        at += line.len();
    }
    (Located { occurrences, ..Located::default() }, values)
}

/// Locates the only file when it has these bytes.
type Reader<'a> = dyn Fn(&[u8]) -> (Located, Vec<Value>) + 'a;

const BEFORE: &str = "image=redis:7\nname=redis\nother.image=ghcr.io/a/b\n";

fn proved(edits: Vec<(usize, usize, &str)>, after: Option<&str>, again: &Reader<'_>) -> Result<(), String> {
    let (located, values) = locate(BEFORE.as_bytes());
    let wanted = planned(&located.occurrences).wanted(&located.occurrences, Applicability::Safe);
    let edits = Edits::new(edits.into_iter().map(|(start, end, text)| Edit { range: start..end, text: text.into() }).collect()).unwrap();
    let after = after.map_or_else(|| edits.apply(BEFORE.as_bytes()), |after| after.as_bytes().to_vec());
    let files = [FileBefore { file: FileId(0), bytes: BEFORE.as_bytes(), values: &values }];
    let before = Before { files: &files, located: &located };
    prove(&before, &wanted, &[edits], &[&after], &one(again)).map_err(|unproved| unproved.message)
}

/// Asks of the only file.
/// What is read of files: the occurrences of all, and the values of each.
type Again = (Located, Vec<Vec<Value>>);

fn one(again: &Reader<'_>) -> impl Fn(&[&[u8]], &[Edits]) -> Again {
    move |files, _| {
        let (located, values) = again(files[0]);
        (located, vec![values])
    }
}

const GOOD: (usize, usize, &str) = (6, 6, "mirror.example.com/hub/library/");

#[test]
fn what_was_planned_is_proved() {
    assert_eq!(proved(vec![GOOD], None, &locate), Ok(()));
}

#[test]
fn a_byte_outside_the_edits_is_seen() {
    let after = BEFORE.replace("image=redis", "image=mirror.example.com/hub/library/redis");
    assert_eq!(proved(vec![GOOD], Some(&after), &locate), Ok(()));
    for wrong in [after.replace("name", "nome"), format!("{after} "), after.trim_end().to_owned(), format!("#{after}")] {
        assert!(proved(vec![GOOD], Some(&wrong), &locate).unwrap_err().contains("bytes outside"), "{wrong}");
    }
    assert!(proved(vec![GOOD], Some(&after.replace("mirror", "Mirror")), &locate).unwrap_err().contains("not made as planned"));
    assert!(proved(vec![(900, 901, "")], None, &locate).unwrap_err().contains("beyond the end"));
}

#[test]
fn an_occurrence_that_reads_wrong_is_seen() {
    assert_eq!(
        proved(vec![(6, 6, "mirror.example.com/")], None, &locate),
        Err("`redis:7` would read as `mirror.example.com/redis:7`, not as `mirror.example.com/hub/library/redis:7`".into())
    );
    let other = BEFORE.find("ghcr").unwrap();
    assert!(proved(vec![GOOD, (other, other + 4, "gcr")], None, &locate).unwrap_err().contains("`gcr.io/a/b`"));
}

#[test]
fn a_lost_or_new_occurrence_is_seen() {
    let lose = |bytes: &[u8]| {
        let (mut located, values) = locate(bytes);
        located.occurrences.pop();
        (located, values)
    };
    assert_eq!(proved(vec![GOOD], None, &lose), Err("`ghcr.io/a/b` would read as nothing, not as `ghcr.io/a/b`".into()));
    let moved = |bytes: &[u8]| {
        let (mut located, values) = locate(bytes);
        located.occurrences[1].site = "elsewhere".into();
        (located, values)
    };
    assert!(proved(vec![GOOD], None, &moved).unwrap_err().contains("another position"));
}

#[test]
fn another_value_that_changes_is_seen() {
    let name = BEFORE.find("name=redis").unwrap();
    let change = |bytes: &[u8]| {
        let (located, mut values) = locate(bytes);
        values[1].text = "valkey".into();
        (located, values)
    };
    assert_eq!(proved(vec![GOOD], None, &change), Err("the value of `name` would change".into()));
    assert_eq!(proved(vec![GOOD, (name + 5, name + 10, "valkey")], None, &locate), Ok(()), "an edited value may change");
    let gone = |bytes: &[u8]| (locate(bytes).0, Vec::new());
    assert!(proved(vec![GOOD], None, &gone).unwrap_err().contains("0 values instead of 3"));
}

#[test]
fn a_file_that_cannot_be_read_any_more_is_seen() {
    let broken = |bytes: &[u8]| {
        let (mut located, values) = locate(bytes);
        located.faults.push(Fault { span: Span::new(FileId(0), 0..1), message: "did not find expected key".into() });
        (located, values)
    };
    assert_eq!(proved(vec![GOOD], None, &broken), Err("the file could no longer be read: did not find expected key".into()));
}

#[test]
fn only_the_fixes_that_cannot_be_proved_are_refused() {
    let text = "image=redis:7\nother.image=nginx\nname=x\n";
    let (located, values) = locate(text.as_bytes());
    let files = [FileBefore { file: FileId(0), bytes: text.as_bytes(), values: &values }];
    let before = Before { files: &files, located: &located };
    let upheld = |again: &Reader<'_>| {
        let mut plan = planned(&located.occurrences);
        uphold(&mut plan, &before, &one(again));
        let edits = plan.edits_for(FileId(0), Applicability::DisplayOnly).as_slice().len();
        (plan.verdicts.iter().map(code).collect::<Vec<_>>(), edits)
    };
    assert_eq!(upheld(&locate), (vec!["fixed", "fixed"], 2));
    // A reader to whom `name` depends on the second image, then one to whom it depends on both.
    let depends = |needles: &'static [&'static str]| {
        move |bytes: &[u8]| {
            let (located, mut values) = locate(bytes);
            if needles.iter().all(|needle| String::from_utf8_lossy(bytes).contains(needle)) {
                values[2].text = "y".into();
            }
            (located, values)
        }
    };
    assert_eq!(upheld(&depends(&["library/nginx"])), (vec!["fixed", "unproved"], 1));
    assert_eq!(upheld(&depends(&["library/nginx", "library/redis"])), (vec!["unproved", "unproved"], 0));
}

#[test]
fn one_bad_fix_among_many_is_found_in_few_proofs() {
    use std::cell::Cell;
    let lines: Vec<String> = (0..64).map(|number| format!("image=app{number}\n")).collect();
    let text = lines.concat();
    let (located, values) = locate(text.as_bytes());
    let files = [FileBefore { file: FileId(0), bytes: text.as_bytes(), values: &values }];
    let proofs = Cell::new(0);
    let reader = |bad: &'static str| {
        let proofs = &proofs;
        move |bytes: &[u8]| {
            proofs.set(proofs.get() + 1);
            let (mut located, values) = locate(bytes);
            if String::from_utf8_lossy(bytes).contains(bad) {
                located.occurrences.pop();
            }
            (located, values)
        }
    };
    let upheld = |bad: &'static str| {
        let mut plan = planned(&located.occurrences);
        proofs.set(0);
        uphold(&mut plan, &Before { files: &files, located: &located }, &one(&reader(bad)));
        let refused = plan.verdicts.iter().enumerate().filter(|(_, verdict)| code(verdict) == "unproved").map(|(index, _)| index);
        (refused.collect::<Vec<_>>(), proofs.get())
    };
    assert_eq!(upheld("nothing"), (Vec::new(), 1), "what is all safe is proved once");
    // All, two halves at each of six levels, and what is left.
    assert_eq!(upheld("library/app37\n"), (vec![37], 14));
}

#[test]
fn many_bad_fixes_are_refused_in_bounded_time() {
    use std::cell::Cell;
    let text = (0..2_000).fold(String::new(), |text, number| text + &format!("image=app{number}\n"));
    let (located, values) = locate(text.as_bytes());
    let files = [FileBefore { file: FileId(0), bytes: text.as_bytes(), values: &values }];
    let proofs = Cell::new(0);
    // A reader to whom no two images may change.
    let reader = |bytes: &[u8]| {
        proofs.set(proofs.get() + 1);
        let (mut located, values) = locate(bytes);
        if bytes.len() > text.len() {
            located.occurrences.pop();
        }
        (located, values)
    };
    let mut plan = planned(&located.occurrences);
    uphold(&mut plan, &Before { files: &files, located: &located }, &one(&reader));
    assert!(plan.verdicts.iter().all(|verdict| code(verdict) == "unproved"));
    assert!(proofs.get() < 200, "{} proofs", proofs.get());
}
