//! What is found in one file, and that every span of it holds the text that it speaks of.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use transship::format::Formats;
use transship::locate::{File, Linked, Located, Surroundings, Variable, locate_linked};
use transship::occurrence::{Caution, Occurrence, Spelling};
use transship::text::{FileId, Span};

const FILE: FileId = FileId(0);
/// Where values come from that other files give.
const OTHER: FileId = FileId(7);

fn look(path: &str, text: &str, linked: &Linked) -> Located {
    let file = File { id: FILE, path, bytes: text.as_bytes(), surroundings: Surroundings::Plain };
    locate_linked(&file, &Formats::builtin(), linked)
}

/// Variables that another file gives, each at a place of its own.
fn given(values: &[(&str, &str)]) -> Linked {
    let variable = |(name, text): &(&str, &str)| {
        let span = Span::new(OTHER, 3..3 + text.len());
        ((*name).to_owned(), Variable { text: Some((*text).to_owned()), span, spelling: Spelling::Verbatim })
    };
    Linked { variables: values.iter().map(variable).collect() }
}

/// The texts that the places of the cautions cut out.
fn also_used<'t>(occurrence: &Occurrence, text: &'t str) -> Vec<&'t str> {
    let places = occurrence.cautions.iter().flat_map(|caution| match caution {
        Caution::AlsoUsed { places, .. } => places.as_slice(),
        _ => &[],
    });
    places.map(|place| &text[place.range()]).collect()
}

#[test]
fn a_caution_inside_a_document_in_a_value_is_carried_with_it() {
    let text = "---\nservices: {}\n---\nservices:\n  web:\n    build:\n      dockerfile_inline: |\n        ARG R=quay.io\n        FROM ${R}/a/b:1\n        ARG R\n        RUN echo $R\n";
    let located = look("compose.yaml", text, &Linked::default());
    assert_eq!(also_used(&located.occurrences[0], text), ["$R"]);
}

#[test]
fn a_value_of_another_file_stays_where_it_stands() {
    let text = "services: {}\n---\nservices: {web: {image: \"${R}/a/b:1\"}}\n";
    let located = look("compose.yaml", text, &given(&[("R", "quay.io")]));
    let piece = &located.occurrences[0].pieces[0];
    assert_eq!((piece.text.as_str(), piece.span), ("quay.io", Span::new(OTHER, 3..10)));
}
