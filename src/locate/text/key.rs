//! Owns what a word in a line is called: the key, the variable, the flag or the function whose value it is.

use super::prose;
use super::words::WORDS;

/// What stands before a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Called<'t> {
    /// The name.
    pub(super) name: &'t str,
    /// How it and the word hang together.
    pub(super) by: By,
}

/// How a name and a word hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// `NAME=word`, `name: word`, `--name word`, `${NAME:-word}`.
    Value,
    /// `name(word`.
    Call,
    /// `"name", word`: the argument before it.
    Argument,
}

/// The name of the key or the variable whose value stands behind `before`, the part of its line.
pub(crate) fn value_name(before: &str) -> Option<&str> {
    called(before).filter(|called| called.by == By::Value).map(|called| called.name)
}

/// The key of the value that a word is, or is an item of, behind `before`, the part of its line: `NO_PROXY=a,`, `hosts: [a, `, `toset([`.
pub(super) fn key_of_item(before: &str) -> Option<&str> {
    let bare = unquoted(before).0;
    // An item of a list with commas and no blanks.
    let item = if bare.ends_with(',') {
        &bare[..bare.rfind(|c: char| c.is_ascii_whitespace() || "\"'=([{".contains(c)).map_or(0, |at| at + 1)]
    } else {
        before
    };
    if let Some(name) = value_name(item) {
        return Some(name);
    }
    let mut outer = &before[..open_bracket(before)?];
    // A list may be given to a function.
    while outer.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '(' | '_')) {
        outer = outer.trim_end_matches('(');
        outer = outer
            .trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_')
            .trim_end_matches(|c: char| c != '(' && c.is_whitespace());
        if !outer.ends_with('(') {
            break;
        }
    }
    assigned(outer.trim_end())
}

/// Where the bracket of a list stands that is open at the end of a text.
pub(super) fn open_bracket(text: &str) -> Option<usize> {
    let mut closed = 0_usize;
    for (at, byte) in text.bytes().enumerate().rev() {
        match byte {
            b']' | b')' | b'}' => closed += 1,
            b'[' | b'(' | b'{' if closed > 0 => closed -= 1,
            b'[' | b'(' => return Some(at),
            b'{' => return None,
            _ => {}
        }
    }
    None
}

/// Bytes above a value in which the element around it is looked for.
const ELEMENT: usize = 4 << 10;

/// The key of the block, the mapping or the element around the value at `at`, behind `before`, what is looked at of its line, which begins at `line`.
pub(super) fn outer<'t>(text: &'t [u8], line: usize, before: &'t str, at: usize) -> Option<&'t str> {
    if unquoted(before).0.trim_end().ends_with('>') {
        let own = at - before.len() + before.rfind('<')?;
        return element_around(text.get(own.saturating_sub(ELEMENT)..own)?);
    }
    match open_brace(before).and_then(|open| before.get(..open)) {
        Some(key) => {
            // A block may belong to what a call finds: `named<BootBuildImage>("bootBuildImage") {`.
            let key = key.trim_end().trim_end_matches([')', '"', '\'', '>']);
            assigned(key).or_else(|| Some(last_word(key)))
        }
        None => std::str::from_utf8(prose::key_above(text, line)?).ok(),
    }
}

/// Where the brace of a mapping stands that is open at the end of a text.
fn open_brace(text: &str) -> Option<usize> {
    let mut closed = 0_usize;
    for (at, byte) in text.bytes().enumerate().rev() {
        match byte {
            b'}' => closed += 1,
            b'{' if closed > 0 => closed -= 1,
            b'{' => return Some(at),
            _ => {}
        }
    }
    None
}

/// The name of the element of XML that is open at the end of a text.
fn element_around(text: &[u8]) -> Option<&str> {
    let mut closed = 0_usize;
    for at in memchr::memrchr_iter(b'<', text) {
        let tag = text.get(at + 1..)?;
        let end = memchr::memchr(b'>', tag).unwrap_or(tag.len());
        match (tag.first(), tag.get(..end).and_then(<[u8]>::last)) {
            (Some(b'/'), _) => closed += 1,
            (Some(b'!' | b'?') | None, _) | (_, Some(b'/')) => {}
            _ if closed > 0 => closed -= 1,
            _ => {
                let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
                return std::str::from_utf8(tag.get(..tag.iter().take_while(|byte| is_part(byte)).count())?).ok();
            }
        }
    }
    None
}

/// What the word behind `before`, the part of its line, is called; `None` where nothing names it, or where it is compared.
pub(super) fn called(before: &str) -> Option<Called<'_>> {
    let (rest, is_quoted) = unquoted(before);
    let (rest, is_in_list) = match rest.strip_suffix(['[', '{']) {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let trimmed = rest.trim_end();
    let value = |name| Some(Called { name, by: By::Value });
    match trimmed.chars().next_back()? {
        '(' => {
            let callee = trimmed.trim_end_matches('(');
            let callee = callee.strip_suffix('>').and_then(|callee| callee.rsplit_once('<')).map_or(callee, |(callee, _)| callee);
            match last_word(callee) {
                // Brackets around a list: `IMAGES=(`.
                "" => value(assigned(callee.trim_end())?),
                // It is filled into the text, which is handed on: `image = fmt.Sprintf("`.
                name if fills_in(name) => called(callee.strip_suffix(name)?),
                name => Some(Called { name, by: By::Call }),
            }
        }
        ',' => {
            let argument = trimmed.strip_suffix(',')?.trim_end();
            let name = last_word(argument.trim_end_matches(['"', '\'', '`', ')']));
            (!name.is_empty()).then_some(Called { name, by: By::Argument })
        }
        ':' | '=' | '>' => value(assigned(trimmed)?),
        '-' => {
            let (outer, name) = trimmed.strip_suffix('-')?.trim_end_matches(':').rsplit_once("${")?;
            // An argument has no name of its own: `IMAGE="${1:-`.
            let is_argument = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
            value(if is_argument { assigned(unquoted(outer).0)? } else { last_word(name).trim_start_matches('-') })
        }
        _ if rest.len() == trimmed.len() || is_in_list => None,
        _ => {
            let name = last_word(trimmed);
            // A word of a sentence is followed by others, a name by a text in quotes; but no name is what ECMAScript's modules are imported from.
            let is_import = name == "from" && trimmed.trim_start().len() > name.len();
            let is_name = name.starts_with('-') || is_quoted && !before.ends_with('`') && !is_import;
            value(name).filter(|called| is_name && !called.name.is_empty())
        }
    }
}

/// Whether a function fills something into a text.
fn fills_in(name: &str) -> bool {
    let last = name.rsplit(['.', ':']).next().unwrap_or_default();
    WORDS.formatting.iter().any(|one| one.eq_ignore_ascii_case(last))
}

/// The text before the quotes, the letters of a kind of string (`f"…"`) and the scheme that open a word; and whether there are quotes.
fn unquoted(before: &str) -> (&str, bool) {
    let rest = match before.strip_suffix("://") {
        Some(rest) => rest.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '-'),
        None => before,
    };
    let Some(inner) = Some(rest.trim_end_matches(['"', '\'', '`', '\\'])).filter(|inner| inner.len() < rest.len()) else {
        return (rest, false);
    };
    let bare =
        inner.strip_suffix(['f', 'r', 'b', 'u', '$', '@']).filter(|bare| !bare.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_'));
    (bare.unwrap_or(inner), true)
}

/// The name to which a value is given by the sign at the end.
fn assigned(text: &str) -> Option<&str> {
    if ["==", "!=", "=~", "<=", ">=", "::", "->", "~="].iter().any(|sign| text.ends_with(sign))
        && !text.ends_with("::=")
        && !text.ends_with("+::")
    {
        return None;
    }
    let bare = text.trim_end_matches([':', '=', '?', '+', '>', '!']);
    if bare.len() == text.len() {
        return None;
    }
    let bare = bare.trim_end().trim_end_matches(['"', '\'', ']', '`']);
    // A type may stand between a name and its value: `IMAGE: &str =`, `image string =`.
    // A file may be one line, with as many values as bytes.
    let near = bare.char_indices().rev().nth(LONGEST_TYPE).map_or(0, |(at, _)| at);
    let typed = bare[near..].rsplit_once(": ").map(|(name, kind)| (&bare[..near + name.len()], kind));
    let name = match typed.filter(|(name, kind)| text.ends_with('=') && is_type(kind) && !name.ends_with(':')) {
        Some((name, _)) => last_word(name),
        None => match last_word(bare) {
            kind if is_type(kind) => last_word(bare.strip_suffix(kind)?.trim_end()),
            name => name,
        },
    };
    (!name.is_empty()).then_some(name)
}

/// The most signs that a type and what stands before it have.
const LONGEST_TYPE: usize = 64;

fn is_type(text: &str) -> bool {
    let text = text.trim_start_matches(['&', '*']).trim_start_matches("'static ");
    matches!(text, "str" | "string" | "String" | "char" | "std::string" | "std::string_view" | "Optional[str]" | "string?" | "String?")
}

/// The name at the end of a text.
fn last_word(text: &str) -> &str {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let start = text.rfind(|c: char| !is_part(c)).map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let start = if text[..start].ends_with("::") { text[..start - 2].rfind(|c: char| !is_part(c)).map_or(0, |at| at + 1) } else { start };
    &text[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_called_as_its_language_has_it() {
        for (name, before) in [
            ("IMG", "IMG ?= "),
            ("IMAGE", "export IMAGE='"),
            ("image", "    \"image\": \""),
            ("image", "  - image: "),
            ("--image", "kubectl run x --image="),
            ("--image", "kind create cluster --image "),
            ("image", "    docker { image '"),
            ("IMAGE", "IMAGE=\"${IMAGE:-"),
            ("IMAGE", ": \"${IMAGE:="),
            ("IMAGE", "local IMAGE=\"${1:-"),
            ("IMAGE", "pub const IMAGE: &str = \""),
            ("Image", "public const string Image = \""),
            ("image", "image = f\""),
            ("spec.image", "spec.image = `"),
            ("image", "spec[\"image\"] = \""),
            ("IMAGES", "IMAGES=(\""),
            ("dockerBaseImage", "dockerBaseImage := \""),
            ("URL", "URL=docker://"),
        ] {
            assert_eq!(called(before), Some(Called { name, by: By::Value }), "{before}");
        }
        assert_eq!(called("env('HELPER_IMAGE', '"), Some(Called { name: "HELPER_IMAGE", by: By::Argument }));
        assert_eq!(called("set :image, \""), Some(Called { name: "image", by: By::Argument }));
        assert_eq!(called("b.WithImage(\""), Some(Called { name: "b.WithImage", by: By::Call }));
        assert_eq!(called("new PostgreSQLContainer<>(\""), Some(Called { name: "PostgreSQLContainer", by: By::Call }));
    }

    #[test]
    fn an_item_has_the_key_of_its_list() {
        for (name, before) in [
            ("NO_PROXY", "NO_PROXY=localhost,"),
            ("NO_PROXY", "export NO_PROXY=\"localhost,127.0.0.1,"),
            ("paths", "on: {push: {paths: [\"a/**\", \""),
            ("fqdns", "  fqdns           = toset([\""),
            ("target_fqdns", "rule { target_fqdns = [\"*.a\", \""),
            ("host", "host: "),
            ("x", "x=\u{3000}a,"),
        ] {
            assert_eq!(key_of_item(before), Some(name), "{before}");
        }
        for before in ["- ", "pull(a, ", "{a: b, ", "", "\u{a0}a,"] {
            assert_eq!(key_of_item(before), None, "{before}");
        }
    }

    #[test]
    fn what_is_compared_and_a_word_of_a_sentence_have_no_name() {
        for before in ["if image == \"", "image != '", "the image ", "see acme/", ""] {
            assert_eq!(called(before), None, "{before}");
        }
    }
}
