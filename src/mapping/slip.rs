//! Owns what people write around a name, or in it, that is none of it, and how the name reads without.

/// A way in which a text is mended.
type Mend = fn(&str) -> String;

/// What goes, in this order, and what is said of it.
const SLIPS: [(Mend, &str); 6] = [
    (|text| text.split_whitespace().collect(), "without blanks"),
    (|text| text.split_once("://").map_or(text, |(_, rest)| rest).to_owned(), "without a scheme"),
    (with_vars, "with the names of vars in braces alone"),
    (without_gaps, "without empty parts"),
    (|text| text.trim_end_matches('*').to_owned(), "without `*`: a prefix takes along what is left over"),
    (|text| text.trim_end_matches('/').to_owned(), "without a `/` at its end"),
];

/// What to write instead of a text that cannot be read, where it `reads` without what people add by habit.
pub(super) fn help(text: &str, reads: impl Fn(&str) -> bool) -> Option<String> {
    let mut plain = text.to_owned();
    let mut gone = Vec::new();
    for (mend, what) in SLIPS {
        let mended = mend(&plain);
        if mended != plain {
            plain = mended;
            gone.push(what);
            if reads(&plain) {
                return Some(format!("write `{plain}`: {}", gone.join(", ")));
            }
        }
    }
    None
}

/// `$REG/`, `${REG}/` and `$(REG)/` with their names as rule files write them.
fn with_vars(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('$') {
        out.push_str(before);
        let bare = behind.strip_prefix(['{', '(']).unwrap_or(behind);
        let length = bare.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(bare.len());
        let (name, after) = bare.split_at(length);
        rest = if bare.len() == behind.len() { after } else { after.strip_prefix(['}', ')']).unwrap_or(after) };
        out.extend(["{", name, "}"]);
    }
    out + rest
}

fn without_gaps(text: &str) -> String {
    let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty()).collect();
    parts.join("/") + if text.ends_with('/') { "/" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::Reference;

    #[test]
    fn what_people_add_by_habit_goes() {
        let reads = |text: &str| Reference::parse(&text.replace("{reg}", "x.io")).is_ok();
        for (written, plain) in [
            (" quay.io/a", "quay.io/a"),
            ("https://quay.io/a/", "quay.io/a"),
            ("docker://quay.io//a", "quay.io/a"),
            ("/quay.io/a", "quay.io/a"),
            ("$reg/a", "{reg}/a"),
            ("${reg}/a", "{reg}/a"),
            ("$(reg)/a", "{reg}/a"),
            ("quay.io/a/*", "quay.io/a"),
        ] {
            let said = help(written, reads).unwrap_or_default();
            assert!(said.starts_with(&format!("write `{plain}`: ")), "{written}: {said}");
        }
        for wrong in ["x_y.io/a", "x.io:abc/a", "{", ""] {
            assert_eq!(help(wrong, reads), None, "{wrong}");
        }
    }
}
