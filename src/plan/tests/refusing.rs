//! Owns the tests of occurrences that are left alone, and of what is said of them.

use super::*;
use crate::occurrence::{Caution, Keep};

fn redis(files: &mut Files) -> Occurrence {
    let span = files.line(0, "redis:7");
    occurrence(vec![literal("redis:7", span)])
}

fn verdict(found: Occurrence) -> Verdict {
    let plan = planned(&[found]);
    assert!(plan.fixes.is_empty());
    plan.verdicts[0].clone()
}

#[test]
fn the_kind_of_occurrence_refuses_and_names_the_target() {
    let mut files = Files::default();
    let cases = [
        ("role", Occurrence { role: Role::Push, ..redis(&mut files) }),
        ("uncertain", Occurrence { confidence: Confidence::Low, ..redis(&mut files) }),
        ("matcher", Occurrence { cautions: vec![Caution::Keep(Keep::Matcher)], ..redis(&mut files) }),
    ];
    for (want, found) in cases {
        let verdict = verdict(found);
        assert_eq!(code(&verdict), want);
        assert_eq!(verdict.target(), Some("mirror.example.com/hub/library/redis:7"));
    }
}

#[test]
fn a_hole_that_hides_what_decides_is_named() {
    let mut files = Files::default();
    let word = files.line(0, "docker.io/${NAME}:${TAG}");
    let (name, tag) = (word.slice(10, 17), word.slice(18, 24));
    let pieces = vec![
        literal("docker.io/", word.slice(0, 10)),
        Piece::hole("NAME", name),
        literal(":", word.slice(17, 18)),
        Piece::hole("TAG", tag),
    ];
    let verdict = verdict(occurrence(pieces));
    assert_eq!(*refusal(&verdict), Refusal::Hidden { variable: "NAME".into(), at: name, part: Part::Path });
}

#[test]
fn a_hole_in_what_changes_is_refused() {
    let word = Span::new(FileId(0), 0..8);
    let pieces = vec![literal("a/b:", word.slice(0, 4)), Piece::hole("TAG", word.slice(4, 8))];
    let plan = planned_to(&[occurrence(pieces)], &[("a/b:\u{FFFC}", "a/c:1")]);
    assert_eq!(*refusal(&plan.verdicts[0]), Refusal::Hidden { variable: "TAG".into(), at: word.slice(4, 8), part: Part::Tag });
}

#[test]
fn an_unknown_beginning_is_unresolved() {
    let word = Span::new(FileId(0), 0..10);
    let pieces = vec![Piece::hole("REG", word.slice(0, 6)), literal("/a/b", word.slice(6, 10))];
    assert_eq!(verdict(occurrence(pieces)), Verdict::Unresolved { variable: "REG".into(), at: word.slice(0, 6) });
}

#[test]
fn a_modified_value_refuses_only_where_it_must_change() {
    let mut files = Files::default();
    let word = files.line(0, "${REG%x}/lib/app:${TAG%x}");
    let middle = literal("/lib/app:", word.slice(8, 17));
    let (registry, tag) = (word.slice(0, 8), word.slice(17, 25));
    let found = occurrence(vec![modified("REG", "docker.io", registry), middle.clone(), modified("TAG", "1", tag)]);
    assert_eq!(*refusal(&verdict(found)), Refusal::Modified { variable: "REG".into(), by: "${REG%x}".into(), at: registry });
    let plan = planned(&[occurrence(vec![literal("quay.io", files.line(0, "quay.io")), middle, modified("TAG", "1", tag)])]);
    assert_eq!(target(&plan.verdicts[0]), "mirror.example.com/quay/lib/app:1");
}

#[test]
fn no_reference_and_no_mapping_are_kept() {
    for text in ["", "Not A Reference", "ghcr.io/a/b:1"] {
        assert_eq!(verdict(occurrence(vec![literal(text, Span::new(FileId(0), 0..text.len()))])), Verdict::Kept, "{text}");
    }
}

#[test]
fn a_piece_whose_bytes_do_not_spell_it_is_never_cut() {
    let found = occurrence(vec![literal("lablup/python", Span::new(FileId(0), 0..20))]);
    assert_eq!(code(&verdict(found)), "split");
}

#[test]
fn a_fix_that_failed_its_proof_is_dropped() {
    let mut files = Files::default();
    let found = [redis(&mut files), redis(&mut files)];
    let mut plan = planned(&found);
    assert_eq!(plan.fixes.len(), 2);
    let unproved = || Refusal::Unproved("the file would have 1 reference instead of 2".to_owned());
    plan.refuse(&|number| (number == 0).then(unproved));
    assert_eq!(plan.verdicts.iter().map(code).collect::<Vec<_>>(), ["unproved", "fixed"]);
    assert_eq!(plan.edits_for(FileId(0), Applicability::DisplayOnly).as_slice().len(), 1);
    assert_eq!(plan.wanted(&found, Applicability::Safe), ["redis:7", "mirror.example.com/hub/library/redis:7"]);
}
