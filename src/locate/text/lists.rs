//! Owns the items of lists that variables of scripts hold whose names say image: `IMAGES=(acme/a:1 acme/b:1)`.

use std::ops::Range;

use super::{built, name};
use crate::reference::Naming;

/// Bytes of one list, lists of one text that are looked at, and bytes of an item's key.
const LONGEST: usize = 64 << 10;
const LISTS: usize = 256;
const KEY: usize = 256;

/// What a variable whose name says image holds, which is more than one item.
pub(super) struct List {
    pub(super) items: Vec<Range<usize>>,
    /// Whether they are put behind something one after another, so that nobody knows what they shall be.
    pub(super) is_put_behind: bool,
}

/// Such lists.
pub(super) fn lists(text: &[u8]) -> Vec<List> {
    let lines = text.split_inclusive(|byte| *byte == b'\n').scan(0, |end, line| {
        *end += line.len();
        Some((*end, line))
    });
    let given = lines.filter_map(|(end, line)| {
        let (name, rest) = built::assigned(line).filter(|(name, _)| Naming::has_image(name))?;
        let sign = rest.iter().take_while(|byte| matches!(byte, b' ' | b'+' | b':' | b'?')).count();
        let value = rest.get(sign..)?.strip_prefix(b"=")?;
        Some((name, inside(text, end - value.len())))
    });
    let lists = given.filter(|(_, items)| items.len() > 1).take(LISTS);
    lists.map(|(name, items)| List { items, is_put_behind: is_put_behind(text, name) }).collect()
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
            [b'[', ..] => at += memchr::memmem::find(rest.get(..KEY).unwrap_or(rest), b"]=").map_or(1, |end| end + 2),
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
        let kept = lists(text.as_bytes()).into_iter().filter(|list| !list.is_put_behind);
        kept.flat_map(|list| list.items).map(|range| &text[range]).collect()
    }

    #[test]
    fn all_items_of_a_list_are_found() {
        assert_eq!(found("IMAGES=(acme/a:1 acme/b:1)"), ["acme/a:1", "acme/b:1"]);
        assert_eq!(found("declare -A IMAGES=([a]=acme/a:1\n  [b]=\"acme/b:1\" # two\n)"), ["acme/a:1", "acme/b:1"]);
        assert_eq!(found("images=\"acme/a:1\nacme/b:1 acme/c:1\""), ["acme/a:1", "acme/b:1", "acme/c:1"]);
        assert_eq!(found("IMAGE_LIST='acme/a:1,acme/b:1'"), ["acme/a:1", "acme/b:1"]);
        assert_eq!(found("IMAGES := acme/a:1 \\\n  acme/b:1\nx: y"), ["acme/a:1", "acme/b:1"]);
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
