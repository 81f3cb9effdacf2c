//! Owns whether a name is compared with something, or put in the place of something, by what stands directly around it.

use super::words::WORDS;

/// Whether a name between these bytes of its line is an operand of a sign or a word that compares, an argument of a function that does, an item of a
/// list in which something is looked for, what an expansion of the shell cuts off, or a label of a query.
pub(super) fn is_compared(before: &[u8], after: &[u8]) -> bool {
    let (left, right) = (without_marks(before), without_marks_before(after));
    is_operand(left, right, before)
        || is_sought(left, after, right)
        || is_in_list(left)
        || is_in_call(left)
        || is_cut(before)
        || is_label(left)
        || is_pattern(before, after)
}

const fn is_mark(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`' | b' ' | b'\t' | b'\\' | b'^')
}

fn without_marks(before: &[u8]) -> &[u8] {
    before.get(..before.iter().rposition(|byte| !is_mark(*byte)).map_or(0, |at| at + 1)).unwrap_or_default()
}

fn without_marks_before(after: &[u8]) -> &[u8] {
    after.get(after.iter().position(|byte| !is_mark(*byte)).unwrap_or(after.len())..).unwrap_or_default()
}

/// Beside a sign or a word that compares, or a pattern of the shell's `case`.
fn is_operand(left: &[u8], right: &[u8], before: &[u8]) -> bool {
    let is_sign = |sign: &&[u8]| left.ends_with(sign) || right.starts_with(sign);
    let tests = ["[ ", "test "].iter().any(|word| memchr::memmem::find(left, word.as_bytes()).is_some());
    let is_tested = left.ends_with(b" =") && tests;
    let begins = left.is_empty() || left.ends_with(b"|") || left.ends_with(b" in") || left.ends_with(b"(");
    let is_pattern = begins && (right.starts_with(b")") || left.is_empty() && right.starts_with(b"|") && right.contains(&b')'));
    let is_call = left.ends_with(b"(") && !left.trim_ascii_start().starts_with(b"(");
    let word = left.rsplit(|byte| byte.is_ascii_whitespace() || matches!(byte, b'(' | b'$')).next().unwrap_or_default();
    let is_word = left.len() < before.len() && WORDS.operators.iter().any(|one| word.eq_ignore_ascii_case(one.as_bytes()));
    let is_condition = || [&b"ifeq "[..], b"ifneq "].iter().any(|word| left.trim_ascii_start().starts_with(word));
    is_condition() || [&b"=="[..], b"!=", b"=~", b"!~"].iter().any(is_sign) || is_tested || is_pattern && !is_call || is_word
}

/// In quotes before a word that looks for it: `'quay.io' in image`.
fn is_sought(left: &[u8], after: &[u8], right: &[u8]) -> bool {
    let is_quoted = matches!(after, [b'"' | b'\'', ..] | [b'/', b'"' | b'\'', ..]);
    let right = right.strip_prefix(b"/").map_or(right, without_marks_before);
    is_quoted && !left.ends_with(b"for") && (right.starts_with(b"in ") || right.starts_with(b"not in "))
}

/// The text before the bracket that is open at the end of a text.
fn before_bracket(text: &[u8]) -> Option<(&[u8], u8)> {
    let mut closed = 0_usize;
    for (at, byte) in text.iter().enumerate().rev() {
        match byte {
            b']' | b')' => closed += 1,
            b'[' | b'(' if closed > 0 => closed -= 1,
            b'[' | b'(' => return Some((text.get(..at)?, *byte)),
            _ => {}
        }
    }
    None
}

/// In a list in which something is looked for: `image in (quay.io/acme/x, …`. A loop goes through its list: `for image in (`.
fn is_in_list(left: &[u8]) -> bool {
    let Some((outer, _)) = before_bracket(left) else { return false };
    let outer = outer.trim_ascii_end();
    let Some(subject) = outer.strip_suffix(b" in").or_else(|| outer.strip_suffix(b" IN")) else { return false };
    let mut words = subject.rsplit(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let (subject, before) = (words.next(), words.next());
    let is_loop = matches!(subject, None | Some(b"for")) || matches!(before, Some(b"for" | b"foreach" | b"(for" | b"[for"));
    !is_loop
}

/// Whether a name says which image another one stands in for: `….asCompatibleSubstituteFor("quay.io/…`.
pub(super) fn stands_in(before: &[u8]) -> bool {
    call_around(without_marks(before)).is_some_and(|(_, name, _)| WORDS.standing_in.iter().any(|one| one.as_bytes() == name))
}

/// The call whose bracket is open at the end of a text: what stands before the function's name, that in small letters without `_`, and its arguments so far.
fn call_around(left: &[u8]) -> Option<(&[u8], Vec<u8>, &[u8])> {
    let (callee, b'(') = before_bracket(left)? else { return None };
    let start = callee.iter().rposition(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_')).map_or(0, |at| at + 1);
    let (outer, name) = callee.split_at(start);
    let name = name.iter().filter(|byte| **byte != b'_').map(u8::to_ascii_lowercase).collect();
    Some((outer, name, left.get(callee.len() + 1..).unwrap_or_default()))
}

/// Whether a name is what a function looks for to change another text by it, an argument of one that changes its first argument, or of a method.
pub(super) fn is_taken_out(before: &[u8]) -> bool {
    call_around(without_marks(before)).is_some_and(|call| changes(&call))
}

fn changes((outer, name, inner): &(&[u8], Vec<u8>, &[u8])) -> bool {
    let is_of = |list: &[Box<str>]| list.iter().any(|one| one.as_bytes() == name);
    let outer = outer.trim_ascii_end();
    let is_method = [&b"."[..], b"|", b" is", b" not"].iter().any(|end| outer.ends_with(end));
    is_of(&WORDS.changing_calls) && (is_method || inner.contains(&b',')) || is_of(&WORDS.changing_methods) && is_method
}

/// An argument of a function that compares texts, or takes one for another: of those that change their first argument (`replace(image, "quay.io/", …`)
/// any but that; methods and filters have none before.
fn is_in_call(left: &[u8]) -> bool {
    let Some(call) = call_around(left) else { return false };
    WORDS.comparing_calls.iter().any(|one| one.as_bytes() == call.1) || changes(&call)
}

/// What an expansion of the shell cuts off, or replaces: `${image/#quay.io/…}`.
fn is_cut(before: &[u8]) -> bool {
    let Some(inner) = memchr::memmem::rfind(before, b"${").and_then(|open| before.get(open + 2..)) else { return false };
    let name = inner.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let sign = inner.get(name..).unwrap_or_default();
    name > 0 && !sign.is_empty() && sign.iter().all(|byte| matches!(byte, b'/' | b'#' | b'%' | b'^'))
}

/// A label of a query by what runs: `container_cpu{image="quay.io/acme/web"}`.
fn is_label(left: &[u8]) -> bool {
    let Some(name) = [&b"=~"[..], b"!~", b"!=", b"="].iter().find_map(|sign| left.strip_suffix(*sign)) else { return false };
    let start = name.iter().rposition(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_')).map_or(0, |at| at + 1);
    let (outer, label) = name.split_at(start);
    let Some(open) = outer.iter().rposition(|byte| *byte == b'{') else { return false };
    let is_among = outer.len() == open + 1 || outer.ends_with(b",");
    let is_metric = open.checked_sub(1).and_then(|at| outer.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    !label.is_empty() && is_among && is_metric
}

/// A pattern of names or of files: `quay.io/*`, `quay.io/acme/**`, `quay.io/acme/.*`.
fn is_pattern(before: &[u8], after: &[u8]) -> bool {
    let rest = after.strip_prefix(b"/").unwrap_or(after);
    let is_emphasis = before.last() == Some(&b'*');
    !is_emphasis && (rest.starts_with(b"*") || rest.starts_with(b".*"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compares(line: &str) -> bool {
        let at = line.find("quay.io").unwrap();
        let end = at + line[at..].find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '/'))).unwrap_or(line.len() - at);
        let end = at + line[at..end].trim_end_matches(['/', '.']).len();
        is_compared(&line.as_bytes()[..at], &line.as_bytes()[end..])
    }

    #[test]
    fn what_is_compared_is_told_from_what_is_used() {
        for line in [
            "when: image.startswith('quay.io/')",
            "- image is match('quay.io/acme')",
            "- \"'quay.io' in image\"",
            "x: \"{{ image | replace('quay.io/', '') }}\"",
            "a = trimprefix(var.image, \"quay.io/acme/\")",
            "c = strcontains(var.image, \"quay.io/acme\")",
            "if ($image -like \"quay.io/*\") { exit }",
            "if ($image -match 'quay.io/acme') { exit }",
            "y=\"${image/#quay.io/registry.local}\"",
            "\"expr\": \"x{image=~\\\"quay.io/acme/.*\\\"}\"",
            "expr: x{a=\"b\",image=\"quay.io/acme/web\"}",
            "condition: image in (acme/x, quay.io/acme/y)",
            "  if: contains(github.event.head, 'quay.io/acme')",
            "WHERE image IN ('quay.io/acme/web')",
            "glob: quay.io/acme/**",
            "rule: \"Host(`quay.io`)\"",
        ] {
            assert!(compares(line), "{line}");
        }
        for line in [
            "image: quay.io/acme/web",
            "for image in (quay.io/acme/x",
            "for i in quay.io/acme/x quay.io/acme/y; do",
            "a = replace(\"quay.io/acme/web-TAG\", \"TAG\", var.tag)",
            "a = split(\",\", \"quay.io/acme/web\")[0]",
            "IMG=${1:-quay.io/acme/web}",
            "docker pull(\"quay.io/acme/web\")",
            "web { image=\"quay.io/acme/web\"}",
            "**quay.io/acme/web**",
        ] {
            assert!(!compares(line), "{line}");
        }
    }
}
