//! Owns whether two descriptions of texts, with wildcards or holes, can describe the same text.

use crate::reference::HOLE;

/// One step of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Atom {
    /// This character.
    Is(char),
    /// Some characters of one segment; a capture holds at least one.
    Within(Option<String>),
    /// At least one character, slashes included.
    Across,
}

/// Whether some filling of the holes of `text` is covered by `atoms`.
pub(crate) fn could_meet(text: &str, atoms: &[Atom]) -> bool {
    meet(&steps_of(text), &steps(atoms))
}

/// The steps of a text with holes: one in the domain, in a tag, or between two slashes holds no slash.
pub(crate) fn steps_of(text: &str) -> Vec<Step> {
    let mut in_first = true;
    let mut before = None;
    let mut all = text.chars().peekable();
    let mut steps = Vec::with_capacity(text.len());
    while let Some(c) = all.next() {
        in_first &= c != '/';
        let whole = before == Some('/') && all.peek() == Some(&'/');
        steps.push(match c {
            HOLE if in_first || whole => Step::Within,
            HOLE => Step::Any,
            c => Step::Is(c),
        });
        before = Some(c);
    }
    steps
}

/// Whether one text is covered by both.
pub(crate) fn both_cover(a: &[Atom], b: &[Atom]) -> bool {
    may_meet(a, b) && meet(&steps(a), &steps(b))
}

/// Whether nothing in what is known of their starts and ends differs, as it does in nearly all pairs.
pub(crate) fn may_meet(a: &[Atom], b: &[Atom]) -> bool {
    let differ = |(a, b): (&Atom, &Atom)| matches!((a, b), (Atom::Is(x), Atom::Is(y)) if x != y);
    let known = |(a, b): &(&Atom, &Atom)| matches!((a, b), (Atom::Is(_), Atom::Is(_)));
    let differs_at_start = a.iter().zip(b).take_while(known).any(differ);
    !differs_at_start && !a.iter().rev().zip(b.iter().rev()).take_while(known).any(differ)
}

/// One step of two texts that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Is(char),
    /// Any number of characters other than a slash.
    Within,
    /// Any number of characters.
    Any,
}

fn steps(atoms: &[Atom]) -> Vec<Step> {
    let step = |atom: &Atom| match atom {
        Atom::Is(c) => Step::Is(*c),
        Atom::Within(_) => Step::Within,
        Atom::Across => Step::Any,
    };
    atoms.iter().map(step).collect()
}

/// Whether a text exists that both sequences of steps spell, by walking all pairs of positions.
fn meet(a: &[Step], b: &[Step]) -> bool {
    // reached[j]: the first i steps of `a` and the first j of `b` can spell the same text.
    let mut reached = vec![false; b.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    let mut next = vec![false; b.len() + 1];
    for i in 0..=a.len() {
        let step = i.checked_sub(1).and_then(|at| a.get(at)).copied();
        for j in 0..=b.len() {
            let other = j.checked_sub(1).and_then(|at| b.get(at)).copied();
            let at = |row: &[bool], j: usize| row.get(j).copied().unwrap_or_default();
            let met = match (step, other) {
                (None, None) => true,
                (None, Some(other)) => wild(other) && at(&next, j - 1),
                (Some(step), None) => wild(step) && at(&reached, j),
                (Some(step), Some(other)) => {
                    let alike = step == other || takes(step, other) || takes(other, step);
                    (alike && at(&reached, j - 1))
                        || (wild(step) && (at(&reached, j) || (takes(step, other) && at(&next, j - 1))))
                        || (wild(other) && (at(&next, j - 1) || (takes(other, step) && at(&reached, j))))
                }
            };
            if let Some(cell) = next.get_mut(j) {
                *cell = met;
            }
        }
        std::mem::swap(&mut reached, &mut next);
    }
    reached.last().copied().unwrap_or_default()
}

const fn wild(step: Step) -> bool {
    !matches!(step, Step::Is(_))
}

/// Whether a wildcard can stand for (a text of) the other step.
fn takes(step: Step, other: Step) -> bool {
    match step {
        Step::Is(_) => false,
        Step::Any => true,
        Step::Within => other != Step::Is('/'),
    }
}

/// Whether some filling of the holes of `text` makes it `literal`.
pub(crate) fn could_equal(text: &str, literal: &str) -> bool {
    could_meet(text, &literal.chars().map(Atom::Is).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atoms(text: &str) -> Vec<Atom> {
        let atom = |c| match c {
            '*' => Atom::Within(None),
            '%' => Atom::Across,
            c => Atom::Is(c),
        };
        text.chars().map(atom).collect()
    }

    #[test]
    fn wildcards_meet_where_a_text_is_covered_by_both() {
        for (a, b) in [("a/*", "*/b"), ("*x", "x*"), ("a/%", "*/*/c"), ("%/z", "a/*/z"), ("a*c*", "*b*c"), ("", "*")] {
            assert!(both_cover(&atoms(a), &atoms(b)) && both_cover(&atoms(b), &atoms(a)), "{a} {b}");
        }
        for (a, b) in [("a/*", "a/b/c"), ("*", "a/b"), ("x*", "y*"), ("a/%", "b/%"), ("*a", "*b"), ("a", "ab")] {
            assert!(!both_cover(&atoms(a), &atoms(b)) && !both_cover(&atoms(b), &atoms(a)), "{a} {b}");
        }
    }

    #[test]
    fn a_hole_holds_a_slash_only_where_it_may() {
        let could = |text: &str, pattern: &str| could_meet(&text.replace('?', &HOLE.to_string()), &atoms(pattern));
        assert!(could("a.io/?", "a.io/b/c") && could("a.io/x?/z", "a.io/xb/c/z"));
        assert!(!could("a.io/?/z", "a.io/b/c/z") && !could("?.io/z", "a.io/b/x.io/z"));
    }
}
