//! Owns texts that carry images among other words: arguments, variables, files inside `ConfigMap`s.

/// A run of text: a word that may be an image, or what stands between two words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Run<'a> {
    Word(&'a str),
    Between(&'a str),
}

/// Whether `after` is `before`, word for word, but for words that `moved` says are images and read as their targets.
///
/// `moved` is asked with what the word is called (`--image=`, `image: ` before it in the text, or else `name`), the word, and what it became.
pub(super) fn carries(before: &str, after: &str, name: &str, moved: &dyn Fn(&str, &str, &str) -> bool) -> bool {
    let mut after = runs(after);
    let mut called = name;
    let mut last = name;
    for run in runs(before) {
        let same = match (run, after.next()) {
            (Run::Word(old), Some(Run::Word(new))) => old == new || moved(called, old, new),
            (old, new) => Some(old) == new,
        };
        if !same {
            return false;
        }
        match run {
            Run::Word(word) => last = word,
            Run::Between(text) if names(text) => called = last,
            Run::Between(_) => called = name,
        }
    }
    after.next().is_none()
}

/// Whether what stands before it is the name of what stands behind it: `=`, `: `, `": "`.
fn names(between: &str) -> bool {
    matches!(between.trim_matches([' ', '"', '\'']), "=" | ":")
}

/// A word is the longest run of letters, digits, `_`, `.`, `/`, `:`, `@` and `-` that ends in a letter, digit or `_`, so that the full stop
/// after an image is no part of it.
fn runs(text: &str) -> impl Iterator<Item = Run<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let word = word_end(rest);
        let (run, end) = if word > 0 { (Run::Word as fn(_) -> _, word) } else { (Run::Between as fn(_) -> _, between_end(rest)) };
        let (found, left) = rest.split_at_checked(end).unwrap_or((rest, ""));
        rest = left;
        Some(run(found))
    })
}

/// The end of the word at the start of `text`; zero when there is none.
fn word_end(text: &str) -> usize {
    let stretch = text.find(|c: char| !is_word_char(c)).unwrap_or(text.len());
    text.get(..stretch).unwrap_or_default().trim_end_matches(|c| !is_letter(c)).len()
}

/// The start of the first word, or the end. A stretch such as `...` or `/-` holds no letter and belongs to no word.
fn between_end(text: &str) -> usize {
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let stretch = rest.find(|c: char| !is_word_char(c)).unwrap_or(rest.len());
        if stretch > 0 && word_end(rest) > 0 {
            break;
        }
        at += stretch;
        at += text.get(at..).and_then(|rest| rest.find(is_word_char)).unwrap_or(text.len() - at);
    }
    at
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_word_char(c: char) -> bool {
    is_letter(c) || matches!(c, '.' | '/' | ':' | '@' | '-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hub(_: &str, old: &str, new: &str) -> bool {
        old.strip_prefix("docker.io/").is_some_and(|rest| format!("m.example.com/{rest}") == new)
    }

    /// What each changed word is called.
    fn names_of(before: &str, after: &str) -> Vec<String> {
        let asked = std::cell::RefCell::new(Vec::new());
        carries(before, after, "own", &|name, _, _| {
            asked.borrow_mut().push(name.to_owned());
            true
        });
        asked.into_inner()
    }

    #[test]
    fn a_word_is_called_by_what_stands_before_it() {
        assert_eq!(names_of("--helper-image=a", "--helper-image=b"), ["--helper-image"]);
        assert_eq!(names_of("image: a\n", "image: b\n"), ["image"]);
        assert_eq!(names_of(r#"{"image": "a"}"#, r#"{"image": "b"}"#), ["image"]);
        assert_eq!(names_of("a", "b"), ["own"]);
        assert_eq!(names_of("image: x a", "image: x b"), ["own"]);
    }

    #[test]
    fn an_argument_that_names_an_image_may_change_to_its_target() {
        assert!(carries("--image=docker.io/a:1", "--image=m.example.com/a:1", "", &hub));
        assert!(carries("pull docker.io/a:1.\n", "pull m.example.com/a:1.\n", "", &hub));
        assert!(!carries("--image=docker.io/a:1", "--image=m.example.com/a:2", "", &hub));
    }

    #[test]
    fn any_other_word_must_stay() {
        assert!(!carries("docker.io/a x", "m.example.com/a y", "", &hub));
        assert!(!carries("docker.io/a", "m.example.com/a ", "", &hub));
        assert!(!carries("docker.io/a  x", "m.example.com/a x", "", &hub));
        assert!(!carries("a", "", "", &hub));
    }

    proptest! {
        #[test]
        fn runs_are_the_text(text in "[a-z./:@ \\n-é=,]{0,60}") {
            let joined: String = runs(&text).map(|run| match run { Run::Word(text) | Run::Between(text) => text }).collect();
            prop_assert_eq!(&joined, &text);
            for run in runs(&text) {
                if let Run::Word(word) = run {
                    prop_assert!(word.ends_with(is_letter) && word.chars().all(is_word_char));
                }
            }
        }

        #[test]
        fn a_text_carries_itself(text in "\\PC{0,60}") {
            prop_assert!(carries(&text, &text, "", &hub));
        }
    }
}
