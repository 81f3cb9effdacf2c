//! Owns the tests of the proof: each way in which a file may come out wrong is seen.

use super::super::{Seen, prove};
use super::*;
use crate::locate::Value;
use crate::text::{Edit, Edits};

/// A toy format: `key=value` lines; a value under a key that ends in `image` is a reference.
fn locate(bytes: &[u8]) -> (Vec<Occurrence>, Vec<Value>) {
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
    (occurrences, values)
}

const BEFORE: &str = "image=redis:7\nname=redis\nother.image=ghcr.io/a/b\n";

fn proved(
    edits: Vec<(usize, usize, &str)>,
    after: Option<&str>,
    again: &dyn Fn(&[u8]) -> (Vec<Occurrence>, Vec<Value>),
) -> Result<(), String> {
    let (occurrences, values) = locate(BEFORE.as_bytes());
    let wanted = planned(&occurrences).wanted(&occurrences, Applicability::Safe);
    let edits = Edits::new(edits.into_iter().map(|(start, end, text)| Edit { range: start..end, text: text.into() }).collect()).unwrap();
    let after = after.map_or_else(|| edits.apply(BEFORE.as_bytes()), |after| after.as_bytes().to_vec());
    let seen = Seen { file: FileId(0), bytes: BEFORE.as_bytes(), occurrences: &occurrences, wanted: &wanted, values: &values };
    prove(&seen, &edits, &after, again).map_err(|unproved| unproved.message)
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
        let (mut occurrences, values) = locate(bytes);
        occurrences.pop();
        (occurrences, values)
    };
    assert_eq!(proved(vec![GOOD], None, &lose), Err("the file would have 1 references instead of 2".into()));
    let moved = |bytes: &[u8]| {
        let (mut occurrences, values) = locate(bytes);
        occurrences[0].site = "elsewhere".into();
        (occurrences, values)
    };
    assert!(proved(vec![GOOD], None, &moved).unwrap_err().contains("another position"));
}

#[test]
fn another_value_that_changes_is_seen() {
    let name = BEFORE.find("name=redis").unwrap();
    let change = |bytes: &[u8]| {
        let (occurrences, mut values) = locate(bytes);
        values[1].text = "valkey".into();
        (occurrences, values)
    };
    assert_eq!(proved(vec![GOOD], None, &change), Err("the value of `name` would change".into()));
    assert_eq!(proved(vec![GOOD, (name + 5, name + 10, "valkey")], None, &locate), Ok(()), "an edited value may change");
    let gone = |bytes: &[u8]| (locate(bytes).0, Vec::new());
    assert!(proved(vec![GOOD], None, &gone).unwrap_err().contains("0 values instead of 3"));
}
