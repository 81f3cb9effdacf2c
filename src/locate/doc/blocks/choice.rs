//! Owns which texts of an expression may be what it says: `var.x == "" ? "a" : "b"`, `"a" if x else "b"`, `coalesce(var.x, "a")`.

use std::ops::Range;

use super::token::{Token, Tokens};

/// Calls that answer with the first of their arguments that says something (Terraform language, "coalesce" and "try").
pub(super) const DEFAULTS: [&str; 2] = ["coalesce", "try"];

/// Bytes before a text that say whether it is chosen.
const NEAR: usize = 1 << 10;

/// Whether a text may be what the expression says in which it stands between `before` and `after`.
pub(super) fn is_choice(before: &str, after: &str) -> bool {
    let near = before.len().saturating_sub(NEAR);
    let before = (near..before.len()).find_map(|at| before.get(at..)).unwrap_or_default().trim_end();
    let after = after.trim_start_matches([' ', '\t']);
    let is_last = after.is_empty() || after.starts_with(['\n', '\r', ',', ')', ']', '}', ':', ';', '#']);
    let is_behind = before.ends_with(['?']) || before.ends_with("||") || before.ends_with(':') && before.contains('?');
    (is_last && (is_behind || before.ends_with(" else"))) || after.starts_with("if ") && before.is_empty()
}

/// The one text in an expression that may be what it says, without its quotes; none where there are several.
pub(in crate::locate) fn chosen(expression: &str) -> Option<Range<usize>> {
    let mut tokens = Tokens::new(expression);
    let mut found = None;
    loop {
        match tokens.next() {
            Token::End => return found,
            Token::Text(raw, ..) if is_choice(expression.get(..raw.start)?, expression.get(raw.end..)?) => {
                let inner = raw.start + 1..raw.end.checked_sub(1)?;
                if found.replace(inner).is_some() {
                    return None;
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compared_or_joined_is_no_choice() {
        for (expression, text) in [
            ("var.x == \"\" ? \"a/b\" : var.x", Some("a/b")),
            ("var.x != \"\" ? var.x : \"a/b\"", Some("a/b")),
            ("x || \"a/b\"", Some("a/b")),
            ("x ? \"a\" : \"b\"", None),
            ("\"a\" == x", None),
            ("x ? \"a\" + y : z", None),
            ("lookup(x, \"a\", \"b\")", None),
        ] {
            assert_eq!(chosen(expression).and_then(|range| expression.get(range)), text, "{expression}");
        }
    }
}
