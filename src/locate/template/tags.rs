//! Owns the tags of templates whose language nobody names: where they stand in a text, whatever program will fill them in.

use std::ops::Range;

use super::actions::{Action, ActionKind, kind};

/// How a tag is written.
struct Notation {
    open: &'static str,
    close: &'static str,
    holds: Holds,
}

/// What may stand in a tag.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// Anything, on lines of its own too.
    Anything,
    /// Words: letters, digits, dots, dashes, blanks.
    Words,
    /// Words with dots between them, blanks around them.
    Path,
    /// One word.
    Word,
    /// One word in capitals.
    Capitals,
}

/// Bytes of the longest tag.
const LONGEST: usize = 1 << 10;

/// What tools write (Go, Jinja, ERB, Circle CI, GitLab, Concourse, Octopus, Terraform, RPM, Windows, autoconf and people), the longer openings first.
const NOTATIONS: [Notation; 16] = [
    Notation { open: "${{", close: "}}", holds: Holds::Anything },
    Notation { open: "$[[", close: "]]", holds: Holds::Anything },
    Notation { open: "${", close: "}", holds: Holds::Word },
    Notation { open: "$(", close: ")", holds: Holds::Word },
    Notation { open: "{{", close: "}}", holds: Holds::Anything },
    Notation { open: "{%", close: "%}", holds: Holds::Anything },
    Notation { open: "{#", close: "#}", holds: Holds::Anything },
    Notation { open: "<%", close: "%>", holds: Holds::Anything },
    Notation { open: "[[", close: "]]", holds: Holds::Words },
    Notation { open: "((", close: "))", holds: Holds::Words },
    Notation { open: "#{", close: "}", holds: Holds::Words },
    Notation { open: "<<", close: ">>", holds: Holds::Path },
    Notation { open: "<", close: ">", holds: Holds::Words },
    Notation { open: "%{", close: "}", holds: Holds::Anything },
    Notation { open: "%", close: "%", holds: Holds::Word },
    Notation { open: "@", close: "@", holds: Holds::Word },
];

/// `__NAME__`.
const UNDERSCORES: Notation = Notation { open: "__", close: "__", holds: Holds::Capitals };

/// The tags of a text, in order.
pub(crate) fn tags(text: &str) -> Vec<Action> {
    let bytes = text.as_bytes();
    // Where statements have marks of their own, what stands in braces is printed, whatever it is called.
    let prints = text.contains("{%");
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| opens(*byte))).map(|from| at + from) {
        let begins = |notation: &&Notation| notation.open.as_bytes().first() == bytes.get(start);
        let tag = NOTATIONS.iter().chain([&UNDERSCORES]).filter(begins).find_map(|notation| Some((notation, notation.end(text, start)?)));
        at = tag.as_ref().map_or(start + 1, |(_, end)| *end);
        found.extend(tag.map(|(notation, end)| {
            let is_printed = prints && notation.open == "{{";
            let kind = if is_printed { ActionKind::Value } else { notation.kind(&text[start..end]) };
            Action { kind, range: start..end }
        }));
    }
    found
}

/// Whether a byte opens a tag.
const fn opens(byte: u8) -> bool {
    matches!(byte, b'$' | b'{' | b'<' | b'[' | b'(' | b'#' | b'%' | b'@' | b'_')
}

impl Notation {
    /// Where the tag that starts at `start` ends.
    fn end(&self, text: &str, start: usize) -> Option<usize> {
        let inner = text.get(start..)?.strip_prefix(self.open)?;
        let near = inner.as_bytes().get(..LONGEST).unwrap_or(inner.as_bytes());
        let length = memchr::memmem::find(near, self.close.as_bytes())?;
        let held = inner.get(..length)?;
        let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_';
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        let fits = match self.holds {
            Holds::Anything => true,
            Holds::Words => held.contains(is_letter) && held.chars().all(|c| is_word(c) || matches!(c, ' ' | '$' | '|' | ':')),
            // A here-document (`<<EOF >>file`) has no dot.
            Holds::Path => held.trim().starts_with(is_letter) && held.contains('.') && held.trim().chars().all(is_word),
            Holds::Word => held.starts_with(is_letter) && held.chars().all(is_word),
            Holds::Capitals => {
                held.starts_with(|c: char| c.is_ascii_uppercase()) && held.chars().all(|c| is_word(c) && !c.is_ascii_lowercase())
            }
        };
        // Octopus closes with a sign of its own.
        let end = start + self.open.len() + length + self.close.len();
        let further = usize::from(self.open == "#{" && text.as_bytes().get(end) == Some(&b'#'));
        // A comparison has blanks around its signs.
        (fits && (self.open != "<" || held.trim() == held)).then_some(end + further)
    }

    fn kind(&self, tag: &str) -> ActionKind {
        match self.open {
            "{#" => ActionKind::Comment,
            "<%" if tag.starts_with("<%=") || tag.starts_with("<%-=") => ActionKind::Value,
            "{%" | "<%" => ActionKind::Control,
            // Terraform's directives (Terraform language, "Strings and Templates"); macros of RPM are values.
            "%{" => {
                let word = tag.trim_start_matches(['%', '{', '~']).split_whitespace().next().unwrap_or_default();
                let is_directive = matches!(word.trim_end_matches(['}', '~']), "for" | "endfor" | "if" | "else" | "endif");
                if is_directive { ActionKind::Control } else { ActionKind::Value }
            }
            _ => kind(tag.trim_start_matches(['[', '$'])),
        }
    }
}

/// What a tag says, without its marks.
pub(crate) fn tag_name(tag: &str) -> &str {
    tag.trim_matches(|c: char| {
        matches!(c, '$' | '{' | '}' | '[' | ']' | '(' | ')' | '<' | '>' | '%' | '@' | '#' | '=' | '-' | '~' | ' ') || c.is_control()
    })
}

/// The ranges of the tags of a text.
pub(crate) fn tag_ranges(text: &str) -> Vec<Range<usize>> {
    tags(text).into_iter().map(|tag| tag.range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        tag_ranges(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn tags_of_all_tools_are_found() {
        for tag in [
            "{{ .Tag }}",
            "${{ x.y }}",
            "$[[ inputs.x ]]",
            "[[ .Tag ]]",
            "((tag))",
            "<tag>",
            "<your tag>",
            "<< parameters.tag >>",
            "<<pipeline.parameters.tag>>",
            "<%= tag %>",
            "#{tag}#",
            "#{tag}",
            "${TAG}",
            "$(TAG)",
            "%TAG%",
            "@TAG@",
            "__TAG__",
            "%{ if x }",
            "%{~ endfor ~}",
            "%{tag}",
            "{% if x %}",
        ] {
            assert_eq!(found(&format!("quay.io/a/b:{tag}")), [tag]);
            assert_eq!(found(&format!("{tag}/a/b:1")), [tag]);
        }
    }

    #[test]
    fn other_signs_are_no_tags() {
        for text in [
            "a/b@sha256:0123",
            "a/b:1_2",
            "a__b__c",
            "100%",
            "a <b",
            "[[1, 2], [3]]",
            "x < y > z()",
            "((1))",
            "cat <<EOF >>x",
            "1 << 2 >> 3",
            "%2F%2F",
            "me@x.y",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_tag_is_called_by_what_it_says() {
        for (tag, name) in
            [("[[ .Tag ]]", ".Tag"), ("#{tag}#", "tag"), ("<%= tag -%>", "tag"), ("__TAG__", "__TAG__"), ("{%- if x -%}", "if x")]
        {
            assert_eq!(tag_name(tag), name);
        }
    }
}
