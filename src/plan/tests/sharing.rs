//! Owns the tests of bytes that several occurrences are made of.

use super::*;
use crate::occurrence::{Caution, Keep};

/// `${REG}` with its default, then `rest`, in a line of its own.
fn behind(files: &mut Files, registry: &Piece, rest: &str) -> Occurrence {
    let word = files.line(0, &format!("${{REG}}{rest}"));
    let mut pieces = vec![registry.clone()];
    pieces.push(literal(rest, word.slice(6, word.len())));
    Occurrence { place: word, ..occurrence(pieces) }
}

fn registry(files: &mut Files, text: &str) -> Piece {
    let span = files.line(0, text);
    default("REG", text, span)
}

#[test]
fn one_default_for_several_that_agree_is_one_fix() {
    let mut files = Files::default();
    let reg = registry(&mut files, "docker.io");
    let found = [behind(&mut files, &reg, "/redis:7"), behind(&mut files, &reg, "/bitnami/kafka")];
    let plan = planned(&found);
    assert_eq!(plan.fixes.len(), 1);
    assert_eq!(plan.fixes[0].applicability, Applicability::Safe);
    assert_eq!(files.fixed(&plan), ["mirror.example.com/hub\n${REG}/library/redis:7\n${REG}/bitnami/kafka\n"]);
}

#[test]
fn uses_that_want_different_text_refuse_all_and_are_listed() {
    let mut files = Files::default();
    let reg = registry(&mut files, "docker.io");
    let found = [behind(&mut files, &reg, "/redis:7"), behind(&mut files, &reg, "/lablup/python")];
    let plan = planned(&found);
    assert!(plan.fixes.is_empty());
    assert_eq!(plan.verdicts.iter().map(code).collect::<Vec<_>>(), ["shared", "shared"]);
    let Refusal::Shared { uses, at } = refusal(&plan.verdicts[1]) else { panic!() };
    assert_eq!(*at, reg.span);
    assert_eq!(
        uses.iter().map(|u| (u.place, u.wanted.as_str())).collect::<Vec<_>>(),
        [(found[0].place, "mirror.example.com/hub/library/redis:7"), (found[1].place, "cr.backend.ai/stable/python"),]
    );
}

#[test]
fn any_use_that_must_stay_blocks_the_bytes() {
    let mut files = Files::default();
    let reg = registry(&mut files, "quay.io");
    let wished = behind(&mut files, &reg, "/a/b");
    let kept = [
        Occurrence { role: Role::Push, ..behind(&mut files, &reg, "/c/d") },
        Occurrence { cautions: vec![Caution::Keep(Keep::Placeholder)], ..behind(&mut files, &reg, "/c/d") },
        occurrence(vec![reg.clone(), Piece::hole("X", files.line(0, "$X"))]),
        occurrence(vec![reg.clone(), literal("/Not a Reference", files.line(0, "/Not a Reference"))]),
        occurrence(vec![modified("REG", "quay.io", reg.span), literal("/c/d", files.line(0, "/c/d"))]),
    ];
    for other in kept {
        let reads = other.expanded();
        let plan = planned(&[wished.clone(), other]);
        assert!(plan.fixes.is_empty());
        let Refusal::Shared { uses, .. } = refusal(&plan.verdicts[0]) else { panic!() };
        assert_eq!((&uses[1].reads, &uses[1].wanted), (&reads, &reads));
    }
}

#[test]
fn what_nobody_deploys_changes_with_others_and_is_told() {
    let mut files = Files::default();
    let reg = registry(&mut files, "docker.io");
    let off = |one: Occurrence| Occurrence { cautions: vec![Caution::NotDeployed], ..one };
    let found = [
        behind(&mut files, &reg, "/redis:7"),
        off(behind(&mut files, &reg, "/lablup/python")),
        off(behind(&mut files, &reg, "/library/nginx")),
    ];
    let plan = planned(&found);
    assert_eq!(plan.fixes.len(), 1);
    let Verdict::Altered { reads, wish, .. } = &plan.verdicts[1] else { panic!("{:?}", plan.verdicts) };
    assert_eq!(
        (reads.as_str(), wish.as_ref().unwrap().0.as_str()),
        ("mirror.example.com/hub/lablup/python", "cr.backend.ai/stable/python")
    );
    assert_eq!(code(&plan.verdicts[2]), "fixed");
    let wanted = plan.wanted(&found, Applicability::Safe);
    assert_eq!(wanted[1], "mirror.example.com/hub/lablup/python");
    // Alone, nothing has to give way to it.
    let plan = planned(&found[1..2]);
    assert_eq!(code(&plan.verdicts[0]), "fixed");
}

#[test]
fn an_unrelated_group_is_fixed_beside_a_refused_one() {
    let mut files = Files::default();
    let reg = registry(&mut files, "docker.io");
    let free = files.line(0, "quay.io/a/b");
    let found =
        [behind(&mut files, &reg, "/redis:7"), behind(&mut files, &reg, "/lablup/python"), occurrence(vec![literal("quay.io/a/b", free)])];
    let plan = planned(&found);
    assert_eq!(plan.verdicts.iter().map(code).collect::<Vec<_>>(), ["shared", "shared", "fixed"]);
    assert_eq!(plan.fixes.len(), 1);
}

#[test]
fn an_empty_default_that_is_shared_leaves_the_text_to_the_literals() {
    let mut files = Files::default();
    let reg = registry(&mut files, "");
    let found = [behind(&mut files, &reg, "lib/app"), behind(&mut files, &reg, "lablup/python")];
    let plan = planned(&found);
    assert_eq!(files.fixed(&plan), ["\n${REG}mirror.example.com/hub/lib/app\n${REG}cr.backend.ai/stable/python\n"]);
    for fix in &plan.fixes {
        assert_eq!(fix.applicability, Applicability::Unsafe);
        assert!(fix.caution.as_deref().unwrap().contains("`REG`"));
    }
    assert!(plan.edits_for(FileId(0), Applicability::Safe).is_empty());
    assert_eq!(plan.wanted(&found, Applicability::Safe), ["lib/app", "lablup/python"]);
}

#[test]
fn an_anchor_that_all_aliases_share_is_edited_once() {
    let mut files = Files::default();
    let span = files.line(0, "redis:7");
    let alias = |place| Occurrence { place, ..occurrence(vec![literal("redis:7", span)]) };
    let places = [files.line(0, "*image"), files.line(0, "*image")];
    let plan = planned(&[alias(span), alias(places[0]), alias(places[1])]);
    assert_eq!(plan.fixes.len(), 1);
    assert_eq!(plan.fixes[0].edits.len(), 1);
    assert_eq!(files.fixed(&plan), ["mirror.example.com/hub/library/redis:7\n*image\n*image\n"]);
}

#[test]
fn the_same_bytes_cut_in_other_pieces_are_still_shared() {
    let mut files = Files::default();
    let span = files.line(0, "docker.io/a/b");
    let whole = occurrence(vec![literal("docker.io/a/b", span)]);
    let parts = occurrence(vec![literal("docker.io", span.slice(0, 9)), literal("/a/b", span.slice(9, 13))]);
    // The whole has one edit of domain and path, the parts have two: nothing tells that they mean the same.
    assert_eq!(planned(&[whole.clone(), parts]).verdicts.iter().map(code).collect::<Vec<_>>(), ["shared", "shared"]);
    let redis = files.line(0, "redis");
    let cut = occurrence(vec![literal("re", redis.slice(0, 2)), literal("dis", redis.slice(2, 5))]);
    let inserted = planned(&[occurrence(vec![literal("redis", redis)]), Occurrence { role: Role::Push, ..cut }]);
    assert_eq!(code(&inserted.verdicts[0]), "shared", "an insertion at the first byte of both");
    let domain_only = occurrence(vec![literal("docker.io", span.slice(0, 9)), literal("/x/y", files.line(0, "/x/y"))]);
    let plan = planned(&[whole, Occurrence { role: Role::Push, ..domain_only }]);
    assert_eq!(code(&plan.verdicts[0]), "shared");
}

#[test]
fn a_value_used_elsewhere_makes_its_fix_unsafe() {
    let mut files = Files::default();
    let reg = registry(&mut files, "quay.io");
    let places = vec![files.line(0, "RUN echo $REG"), files.line(0, "LABEL a=$REG")];
    let used = |found| Occurrence { cautions: vec![Caution::AlsoUsed { variable: "REG".into(), places: places.clone() }], ..found };
    let plan = planned(&[used(behind(&mut files, &reg, "/a/b"))]);
    assert_eq!(plan.fixes[0].applicability, Applicability::Unsafe);
    assert_eq!(plan.fixes[0].caution.as_deref(), Some("`REG` is also used in 2 other places"));
    // Where the value itself stays, the other uses do not matter.
    let word = files.line(0, "quay.io/a/b:$REG");
    let tagged = used(occurrence(vec![literal("quay.io/a/b:", word.slice(0, 12)), reg]));
    assert_eq!(planned(&[tagged]).fixes.first().map(|fix| fix.applicability), Some(Applicability::Safe));
}

#[test]
fn a_variable_that_one_reference_uses_twice_refuses() {
    let mut files = Files::default();
    let value = files.line(0, "lablup");
    let pieces = vec![default("N", "lablup", value), literal("/", files.line(0, "/")), default("N", "lablup", value)];
    assert_eq!(code(&planned(&[occurrence(pieces)]).verdicts[0]), "split");
}

#[test]
fn groups_reach_across_files() {
    let mut files = Files::default();
    let (env, other) = (files.line(1, "docker.io"), files.line(2, "docker.io"));
    let image = |files: &mut Files, file: u32, value: Span, rest: &str| {
        let word = files.line(file, rest);
        occurrence(vec![default("REG", "docker.io", value), literal(rest, word)])
    };
    let found = [
        image(&mut files, 0, env, "/a/b"),
        image(&mut files, 3, env, "/lablup/c"),
        image(&mut files, 0, other, "/a/b"),
        image(&mut files, 3, other, "/a/b"),
    ];
    let plan = planned(&found);
    assert_eq!(plan.verdicts.iter().map(code).collect::<Vec<_>>(), ["shared", "shared", "fixed", "fixed"]);
    assert_eq!(plan.files(Applicability::Safe), [FileId(2)]);
    assert_eq!(plan.fixes_in(FileId(2)).collect::<Vec<_>>(), [0]);
}

#[test]
fn an_insertion_belongs_to_one_of_two_neighbours() {
    let mut files = Files::default();
    let span = files.line(0, "a/bredis");
    let (left, right) = (occurrence(vec![literal("a/b", span.slice(0, 3))]), occurrence(vec![literal("redis", span.slice(3, 8))]));
    let found = [left, right];
    assert_eq!(files.fixed(&planned_to(&found, &[("a/b", "a/b/c")])), ["a/b/credis\n"]);
    assert_eq!(files.fixed(&planned_to(&found, &[("redis", "lib/redis")])), ["a/blib/redis\n"]);
    // Two insertions at one byte have no order.
    let both = planned_to(&found, &[("a/b", "a/b/c"), ("redis", "lib/redis")]);
    assert_eq!(both.verdicts.iter().map(code).collect::<Vec<_>>(), ["shared", "shared"]);
}
