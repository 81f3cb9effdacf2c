//! Owns the tests of one occurrence: which piece takes which change.

use super::*;

/// Plans one occurrence and returns its file afterwards; it must read as `want`.
fn fixed(files: &Files, found: Occurrence, want: &str) -> String {
    let plan = planned(&[found]);
    assert_eq!(target(&plan.verdicts[0]), want);
    assert_eq!(plan.fixes[0].applicability, Applicability::Safe);
    files.fixed(&plan)[0].clone()
}

fn one_literal(text: &str, want: &str) -> Vec<(usize, usize, String)> {
    let mut files = Files::default();
    let span = files.line(0, text);
    let plan = planned(&[occurrence(vec![literal(text, span)])]);
    assert_eq!(files.fixed(&plan), [format!("{want}\n")]);
    plan.fixes[0].edits.iter().map(|edit| (edit.span.start, edit.span.end, edit.text.clone())).collect()
}

#[test]
fn adjoining_parts_of_one_piece_are_one_edit() {
    assert_eq!(
        one_literal("docker.io/redis:7", "mirror.example.com/hub/library/redis:7"),
        [(0, 9, "mirror.example.com/hub/library".into())]
    );
    assert_eq!(one_literal("docker.io/lablup/python:3", "cr.backend.ai/stable/python:3"), [(0, 16, "cr.backend.ai/stable".into())]);
    assert_eq!(one_literal("redis", "mirror.example.com/hub/library/redis"), [(0, 0, "mirror.example.com/hub/library/".into())]);
    assert_eq!(one_literal("lablup/python", "cr.backend.ai/stable/python"), [(0, 6, "cr.backend.ai/stable".into())]);
    assert_eq!(one_literal("quay.io/hub/a/b", "a/b"), [(0, 12, String::new())]);
}

#[test]
fn what_lies_between_two_changes_stays() {
    assert_eq!(one_literal("old/app:1", "cr.backend.ai/new/app:9"), [(0, 3, "cr.backend.ai/new".into()), (8, 9, "9".into())]);
}

#[test]
fn a_digest_that_the_target_lacks_goes_with_its_separator() {
    let text = format!("old/app:1@sha256:{}", "a".repeat(64));
    let name = (0, 3, "cr.backend.ai/new".into());
    assert_eq!(one_literal(&text, "cr.backend.ai/new/app:9"), [name, (8, text.len(), "9".into())]);
}

#[test]
fn domain_and_path_go_to_the_variables_that_hold_them() {
    let mut files = Files::default();
    let (registry, namespace, word) = (files.line(0, "docker.io"), files.line(0, "lablup"), files.line(0, "${REG}/${NS}/python"));
    let pieces = vec![
        default("REG", "docker.io", registry),
        literal("/", word.slice(6, 7)),
        default("NS", "lablup", namespace),
        literal("/python", word.slice(12, 19)),
    ];
    assert_eq!(fixed(&files, occurrence(pieces), "cr.backend.ai/stable/python"), "cr.backend.ai\nstable\n${REG}/${NS}/python\n");
}

#[test]
fn an_empty_default_takes_the_domain() {
    let mut files = Files::default();
    let (empty, word) = (files.line(0, ""), files.line(0, "${REG}lib/app"));
    let pieces = vec![default("REG", "", empty), literal("lib/app", word.slice(6, 13))];
    assert_eq!(fixed(&files, occurrence(pieces), "mirror.example.com/hub/lib/app"), "mirror.example.com/hub/\n${REG}lib/app\n");
}

#[test]
fn a_default_after_literal_text_leaves_the_insertion_to_it() {
    let mut files = Files::default();
    let (name, word) = (files.line(0, "redis"), files.line(0, "docker.io/${NAME}"));
    let pieces = vec![literal("docker.io/", word.slice(0, 10)), default("NAME", "redis", name)];
    let want = "redis\nmirror.example.com/hub/library/${NAME}\n";
    assert_eq!(fixed(&files, occurrence(pieces), "mirror.example.com/hub/library/redis"), want);
}

#[test]
fn a_hole_in_the_tag_does_not_stop_the_name() {
    let mut files = Files::default();
    let word = files.line(0, "quay.io/a/b:$TAG");
    let pieces = vec![literal("quay.io/a/b:", word.slice(0, 12)), Piece::hole("TAG", word.slice(12, 16))];
    let plan = planned(&[occurrence(pieces.clone())]);
    assert_eq!(super::super::shown(target(&plan.verdicts[0]), &occurrence(pieces)), "mirror.example.com/quay/a/b:{TAG}");
    assert_eq!(files.fixed(&plan), ["mirror.example.com/quay/a/b:$TAG\n"]);
}

/// A Helm group: `registry`, `repository`, `tag`; those that are `None` have no key.
fn group(files: &mut Files, registry: Option<&str>, repository: &str, tag: Option<&str>) -> Occurrence {
    let mut pieces = Vec::new();
    if let Some(registry) = registry {
        let span = files.line(0, registry);
        pieces.extend([
            sibling("registry", registry, span),
            implied(if registry.is_empty() || registry.ends_with('/') { "" } else { "/" }, span),
        ]);
    }
    let span = files.line(0, repository);
    pieces.push(sibling("repository", repository, span));
    if let Some(tag) = tag {
        let at = files.line(0, tag);
        pieces.extend([implied(":", span), sibling("tag", tag, at)]);
    }
    Occurrence { place: span, ..occurrence(pieces) }
}

#[test]
fn a_group_of_keys_takes_domain_and_path_apart() {
    let cases = [
        (Some("docker.io"), "bitnami/redis", Some("7"), "mirror.example.com/hub\nbitnami/redis\n7\n"),
        (Some("docker.io"), "redis", Some("1.10"), "mirror.example.com/hub\nlibrary/redis\n1.10\n"),
        (Some(""), "bitnami/redis", Some("7"), "\nmirror.example.com/hub/bitnami/redis\n7\n"),
        (None, "bitnami/redis", Some("7"), "mirror.example.com/hub/bitnami/redis\n7\n"),
        (None, "quay.io/a/b", None, "mirror.example.com/quay/a/b\n"),
        (Some("docker.io/lablup"), "python", None, "cr.backend.ai/stable\npython\n"),
        // What stands between two keys is the format's, even when it is nothing.
        (Some("docker.io/"), "redis", None, "mirror.example.com/\nhub/library/redis\n"),
        (Some("docker.io"), "old/app", Some("v1"), "cr.backend.ai\nnew/app\n\"9\"\n"),
        // Nothing is left for the registry's key in a familiar name, so Docker Hub's own domain goes there.
        (Some("quay.io"), "hub/a/b", None, "docker.io\na/b\n"),
    ];
    for (registry, repository, tag, want) in cases {
        let mut files = Files::default();
        let found = group(&mut files, registry, repository, tag);
        assert_eq!(files.fixed(&planned(&[found])), [want], "{registry:?} {repository}");
    }
}

#[test]
fn a_key_that_would_be_left_empty_or_missing_refuses() {
    let mut files = Files::default();
    // The target has a tag where no key holds one.
    let without_key = group(&mut files, Some("docker.io"), "old/app", None);
    // A digest in a key of its own cannot be taken away.
    let mut with_digest = group(&mut files, Some("docker.io"), "old/app", Some("1"));
    let digest = format!("sha256:{}", "0".repeat(64));
    let span = files.line(0, &digest);
    with_digest.pieces.extend([implied("@", span), sibling("digest", &digest, span)]);
    let plan = planned(&[without_key, with_digest]);
    assert_eq!(plan.verdicts.iter().map(code).collect::<Vec<_>>(), ["split", "split"]);
    assert!(plan.fixes.is_empty());
}

#[test]
fn a_change_over_two_keys_keeps_the_number_of_segments_of_the_last() {
    let mut files = Files::default();
    let found = group(&mut files, Some("quay.io/flat"), "one/app", Some("1"));
    // quay.io/flat | one/app becomes gcr.io | flat-app in the mapping, which has one segment too few for both keys.
    assert_eq!(code(&planned(&[found]).verdicts[0]), "split");
    let mut files = Files::default();
    let found = group(&mut files, Some("quay.io/flat/one"), "app", Some("1"));
    assert_eq!(files.fixed(&planned(&[found])), ["gcr.io\nflat-app\n1\n"]);
    let mut files = Files::default();
    let found = [group(&mut files, Some("quay.io/foo"), "bar/x", Some("1"))];
    assert_eq!(files.fixed(&planned_to(&found, &[("quay.io/foo/bar/x:1", "gcr.io/m/x:v2")])), ["gcr.io\nm/x\nv2\n"]);
    assert_eq!(files.fixed(&planned_to(&found, &[("quay.io/foo/bar/x:1", "gcr.io/m/n/o/x:1")])), ["gcr.io/m/n\no/x\n1\n"]);
}

#[test]
fn an_encoded_piece_is_replaced_as_a_whole() {
    let mut files = Files::default();
    let word = files.line(0, "lab\\\nlup/python");
    let encoded = Piece { spelling: Spelling::Encoded, ..literal("lablup", word.slice(0, 8)) };
    let pieces = vec![encoded, literal("/python", word.slice(8, 15))];
    assert_eq!(fixed(&files, occurrence(pieces), "cr.backend.ai/stable/python"), "cr.backend.ai/stable/python\n");
}

#[test]
fn literal_runs_that_cut_a_segment_are_rewritten_together() {
    let mut files = Files::default();
    let word = files.line(0, "lab\\\nlup/python");
    let pieces = vec![literal("lab", word.slice(0, 3)), literal("lup/python", word.slice(5, 15))];
    assert_eq!(fixed(&files, occurrence(pieces), "cr.backend.ai/stable/python"), "cr.backend.ai/stable\\\n/python\n");
}

#[test]
fn a_segment_cut_by_a_variable_refuses() {
    let mut files = Files::default();
    let (value, word) = (files.line(0, "lup"), files.line(0, "lab${K}/python"));
    let pieces = vec![literal("lab", word.slice(0, 3)), default("K", "lup", value), literal("/python", word.slice(7, 14))];
    assert_eq!(code(&planned(&[occurrence(pieces)]).verdicts[0]), "split");
}

#[test]
fn no_variable_is_emptied_for_another() {
    let mut files = Files::default();
    let (first, second, word) = (files.line(0, "a"), files.line(0, "b"), files.line(0, "${A}/${B}/x"));
    let pieces =
        vec![default("A", "a", first), literal("/", word.slice(4, 5)), default("B", "b", second), literal("/x", word.slice(9, 11))];
    let found = [occurrence(pieces)];
    assert_eq!(code(&planned_to(&found, &[("a/b/x", "c/x")]).verdicts[0]), "split");
    assert_eq!(files.fixed(&planned_to(&found, &[("a/b/x", "c/d/x")])), ["c\nd\n${A}/${B}/x\n"]);
    assert_eq!(code(&planned_to(&found, &[("a/b/x", "a/x")]).verdicts[0]), "split");
}

#[test]
fn what_a_piece_keeps_is_not_touched() {
    let mut files = Files::default();
    let (domain, word) = (files.line(0, "example.com"), files.line(0, "old.${D}/a/b"));
    let pieces = vec![literal("old.", word.slice(0, 4)), default("D", "example.com", domain), literal("/a/b", word.slice(8, 12))];
    let to = |text: &str| planned_to(&[occurrence(pieces.clone())], &[("old.example.com/a/b", text)]);
    assert_eq!(files.fixed(&to("new.example.com/a/b")), ["example.com\nnew.${D}/a/b\n"]);
    assert_eq!(files.fixed(&to("old.example.org/a/b")), ["example.org\nold.${D}/a/b\n"]);
}

#[test]
fn a_variable_that_the_text_stands_beside_in_two_files_is_edited_in_its_own() {
    let mut files = Files::default();
    let (word, value) = (files.line(0, "image: ${IMAGE}"), files.line(1, "IMAGE=redis:7"));
    let found = Occurrence { place: word, ..occurrence(vec![default("IMAGE", "redis:7", value.slice(6, 13))]) };
    let plan = planned(&[found]);
    assert_eq!(files.fixed(&plan), ["image: ${IMAGE}\n", "IMAGE=mirror.example.com/hub/library/redis:7\n"]);
    assert_eq!(plan.files(Applicability::Safe), [FileId(1)]);
}

#[test]
fn a_fixed_text_is_kept() {
    let texts = ["mirror.example.com/hub/library/redis", "cr.backend.ai/stable/python:3", "gcr.io/flat-app"];
    for text in texts {
        let found = occurrence(vec![literal(text, Span::new(FileId(0), 0..text.len()))]);
        assert_eq!(planned(&[found]).verdicts, [Verdict::Kept]);
    }
}
