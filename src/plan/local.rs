//! Owns the replacements in one piece's text, as few and as small as they can be.

use crate::text::Edit;

/// Makes one replacement of those with a single separator or nothing between them, and drops a slash that ends or begins both old and new.
pub(super) fn coalesce(text: &str, locals: Vec<Edit>) -> Vec<Edit> {
    let mut all: Vec<Edit> = Vec::with_capacity(locals.len());
    for next in locals {
        let gap = all.last().and_then(|last| text.get(last.range.end..next.range.start));
        match (all.last_mut(), gap) {
            (Some(last), Some(gap @ ("" | "/" | ":" | "@"))) => {
                last.text.push_str(gap);
                last.text.push_str(&next.text);
                last.range.end = next.range.end;
            }
            _ => all.push(next),
        }
    }
    for local in &mut all {
        trim(text, local);
    }
    all
}

fn trim(text: &str, local: &mut Edit) {
    let gone = |local: &Edit| text.get(local.range.clone()).unwrap_or_default();
    if gone(local).ends_with('/') && local.text.ends_with('/') {
        local.range.end -= 1;
        local.text.pop();
    }
    if gone(local).starts_with('/') && local.text.starts_with('/') {
        local.range.start += 1;
        local.text.remove(0);
    }
}

/// The text with the replacements made.
pub(super) fn rewritten(text: &str, locals: &[Edit]) -> String {
    let mut whole = String::new();
    let mut done = 0;
    for local in locals {
        whole.push_str(text.get(done..local.range.start).unwrap_or_default());
        whole.push_str(&local.text);
        done = local.range.end;
    }
    whole.push_str(text.get(done..).unwrap_or_default());
    whole
}
