//! Owns the execution of a condition on a machine's course: the chosen branch, and what is executed beside it or in its place.

use super::beside::Guessed;
use super::course::{Asked, Branch, Course, Swap};
use super::run::Machine;
use super::syntax::Node;
use super::value::{NOWHERE, Run, Value, Variables};
use crate::occurrence::Piece;

/// How many runs, which may be empty, are asked what stands before a value.
const NEAR: usize = 16;

impl Machine<'_> {
    /// Prints the chosen branch, and what the course makes of the others. `asked` are the bytes that the conditions read: a branch that asks
    /// for an image's own words (whether it has a registry) says nothing of another image.
    pub(super) fn choose(
        &mut self,
        chosen: &Branch<'_>,
        others: &[Branch<'_>],
        asked: &Asked,
        variables: &mut Variables,
        out: &mut Vec<Run>,
    ) {
        let may_tell = self.course != Course::Chosen && others.iter().any(|other| self.speaks(other.nodes) || self.speaks(chosen.nodes));
        if !may_tell || self.known.is_own(&asked.spans) {
            self.branch(chosen, variables, out);
            return;
        }
        let (before, mut printed, mut added) = (variables.clone(), Vec::new(), Vec::new());
        self.branch(chosen, variables, &mut printed);
        let mut leaves = self.leaves.take();
        for other in others {
            // What prints nothing can still stand in the place of something.
            if !self.speaks(other.nodes) && !other.nodes.is_empty() {
                continue;
            }
            let mut left_out = Vec::new();
            let mut forked = before.clone();
            let course = std::mem::replace(&mut self.course, Course::Added);
            self.branch(other, &mut forked, &mut left_out);
            self.course = course;
            let left = self.leaves.take();
            self.met.asked.extend_from_slice(&asked.spans);
            let kind = if has_lines(&left_out) { Swap::Lines } else { Swap::Words };
            let tells = match kind {
                Swap::Lines => has(&left_out, "mage"),
                Swap::Words => !asked.empty,
            };
            if !tells {
                continue;
            }
            if kind == Swap::Lines && is_blank(&printed) {
                self.met.added = true;
                added.extend(apart(left_out));
                continue;
            }
            match kind {
                Swap::Lines => self.met.lines = true,
                Swap::Words => self.met.words = true,
            }
            if self.course == Course::Swapped(kind) {
                *variables = forked;
                (printed, leaves) = (left_out, left);
                break;
            }
        }
        self.leaves = leaves;
        out.append(&mut printed);
        out.append(&mut added);
    }

    /// Notes what a condition is made of that is not known, where a branch speaks of images.
    pub(super) fn guess<'n>(&mut self, condition: &Value, branches: impl IntoIterator<Item = &'n [Node]>) {
        if condition.is_hidden() && branches.into_iter().any(|nodes| self.speaks(nodes)) {
            self.met.guessed.append(&mut Guessed::of(condition));
        }
    }

    /// Whether a branch may print an image, or words of one.
    fn speaks(&self, nodes: &[Node]) -> bool {
        self.known.speaking.contains(&nodes.as_ptr().addr())
    }

    fn branch(&mut self, branch: &Branch<'_>, variables: &mut Variables, out: &mut Vec<Run>) {
        let scope = variables.len();
        variables.extend(branch.set.iter().cloned());
        self.run(branch.nodes, &branch.dot, variables, out);
        variables.truncate(scope);
    }

    /// What stands for an empty value that is printed right behind a tag's colon: who turns a part on has to give it.
    pub(super) fn missing(&self, value: &Value, printed: &[Run]) -> Option<Run> {
        let behind_colon = || {
            let mut last = printed.iter().rev().take(NEAR).flat_map(|piece| piece.text.chars().rev());
            last.next() == Some(':') && last.next().is_some_and(|c| c.is_ascii_alphanumeric())
        };
        let lacks = self.course != Course::Chosen && matches!(value, Value::Nil | Value::Text(_)) && !value.is_true();
        (lacks && behind_colon()).then(|| Piece::hole("a tag that is not set", NOWHERE).into())
    }
}

fn has(printed: &[Run], word: &str) -> bool {
    printed.iter().any(|piece| piece.text.contains(word))
}

fn is_blank(printed: &[Run]) -> bool {
    printed.iter().all(|piece| piece.text.trim().is_empty())
}

/// Whether what is printed has lines of YAML in it, with a key or a dash.
fn has_lines(printed: &[Run]) -> bool {
    let text: String = printed.iter().map(|piece| &*piece.text).collect();
    let is_line = |line: &str| line.contains(": ") || line.ends_with(':') || line.trim_start().starts_with("- ");
    text.contains('\n') && text.lines().any(|line| is_line(line.trim_end()))
}

/// The lines, in a document of their own when they are one.
fn apart(printed: Vec<Run>) -> Vec<Run> {
    let text: String = printed.iter().map(|piece| &*piece.text).collect();
    if !text.lines().any(|line| line.starts_with("apiVersion:")) {
        return printed;
    }
    let mark = || Run::implied("\n---\n");
    [vec![mark()], printed, vec![mark()]].concat()
}
