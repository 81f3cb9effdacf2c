//! Owns the items of lists that variables of scripts hold whose names say image: `IMAGES=(acme/a:1 acme/b:1)`.

use std::ops::Range;

use super::name;
use crate::reference::Naming;

/// Bytes of one list, and items of all lists in a text.
const LONGEST: usize = 64 << 10;
const ITEMS: usize = 4 << 10;

/// Lists of one text that are looked at.
const LISTS: usize = 256;

/// Bytes before a sign of equality in which its line begins, and of an item's key.
const NEAR: usize = 256;

/// The items of such lists behind the first, which its name says.
pub(super) fn items(text: &[u8]) -> Vec<Range<usize>> {
    let variables = memchr::memchr_iter(b'=', text).filter_map(|at| Some((at, assigned(text, at).filter(|name| Naming::has_image(name))?)));
    let lists = variables.map(|(at, variable)| (variable, inside(text, at + 1))).filter(|(_, all)| all.len() > 1).take(LISTS);
    let kept = lists.filter(|(variable, _)| !is_put_behind(text, variable));
    kept.flat_map(|(_, all)| all.into_iter().skip(1)).take(ITEMS).collect()
}

/// The variable to which a sign of equality gives a value at the begin of a line.
fn assigned(text: &[u8], at: usize) -> Option<&str> {
    let before = text.get(at.saturating_sub(NEAR)..at)?;
    let line = memchr::memrchr(b'\n', before).map(|end| end + 1).or_else(|| (at <= NEAR).then_some(0))?;
    let own = std::str::from_utf8(before.get(line..)?).ok()?.trim_start_matches('\u{feff}').trim();
    let name = own.trim_end_matches(['+', ':', '?', ' ']).rsplit(' ').next()?;
    let words = own.get(..own.find(name)?)?;
    let is_declared = words
        .split_whitespace()
        .all(|word| matches!(word, "export" | "local" | "readonly" | "declare" | "typeset" | "-a" | "-A" | "override"));
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_declared && is_name).then_some(name)
}

/// The names in the brackets, the quotes or the rest of the line behind an assignment.
fn inside(text: &[u8], start: usize) -> Vec<Range<usize>> {
    let rest = text.get(start..(start + LONGEST).min(text.len())).unwrap_or_default();
    let lead = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let close: &[u8] = match rest.get(lead) {
        Some(b'(') => b")",
        Some(b'"') => b"\"",
        Some(b'\'') => b"'",
        _ => b"\n",
    };
    let start = start + lead + usize::from(close != b"\n");
    let mut found = Vec::new();
    let mut at = start;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty() && !rest.starts_with(close) && at - start < LONGEST) {
        match rest {
            [b'\\', b'\n', ..] => at += 2,
            [b'\\', b'\r', b'\n', ..] => at += 3,
            // `[web]=acme/web:1`
            [b'[', ..] => at += memchr::memmem::find(rest.get(..NEAR).unwrap_or(rest), b"]=").map_or(1, |end| end + 2),
            [b'#', ..] => at += memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
            [b'$' | b'`' | b';' | b'|' | b'&', ..] => return Vec::new(),
            [byte, ..] if byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b',') => at += 1,
            _ => {
                let (end, reads, holes) = name::forward(text, at);
                let ends =
                    text.get(end).is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b',' | b')' | b'\\'));
                if end <= at || !ends {
                    return Vec::new();
                }
                found.extend((holes.is_empty() && !reads.is_empty()).then_some(at..end));
                at = end;
            }
        }
    }
    found
}

/// Whether the items are put behind something one after another: `for i in $IMAGES; do docker push $REGISTRY/$i`.
fn is_put_behind(text: &[u8], variable: &str) -> bool {
    let uses = [format!("${variable}"), format!("${{{variable}"), format!("$({variable}")];
    let loops = memchr::memmem::find_iter(text, b"for ").filter_map(|at| {
        let rest = text.get(at + 4..)?;
        let line = rest.get(..memchr::memchr(b'\n', rest).unwrap_or(rest.len()))?;
        let name = std::str::from_utf8(line.get(..memchr::memmem::find(line, b" in ")?)?).ok()?.trim();
        uses.iter().any(|used| memchr::memmem::find(line, used.as_bytes()).is_some()).then_some(name)
    });
    loops
        .take(16)
        .any(|name| [format!("/${name}"), format!("/${{{name}")].iter().any(|used| memchr::memmem::find(text, used.as_bytes()).is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        items(text.as_bytes()).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn a_list_has_items_behind_the_first() {
        assert_eq!(found("IMAGES=(acme/a:1 acme/b:1)"), ["acme/b:1"]);
        assert_eq!(found("declare -A IMAGES=([a]=acme/a:1\n  [b]=\"acme/b:1\" # two\n)"), ["acme/b:1"]);
        assert_eq!(found("images=\"acme/a:1\nacme/b:1 acme/c:1\""), ["acme/b:1", "acme/c:1"]);
        assert_eq!(found("IMAGE_LIST='acme/a:1,acme/b:1'"), ["acme/b:1"]);
        assert_eq!(found("IMAGES := acme/a:1 \\\n  acme/b:1\nx: y"), ["acme/b:1"]);
    }

    #[test]
    fn other_values_are_no_lists() {
        for text in [
            "NAMES=(acme/a:1 acme/b:1)",
            "IMAGES=(acme/a:1)",
            "IMAGES=$(docker images)",
            "IMAGES=\"a/b c/d\"\nfor i in $IMAGES; do docker push $REG/$i; done",
            "run --images=a/b c/d",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
