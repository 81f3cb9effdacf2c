//! Owns where a stage uses a variable whose value also makes up a base image.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::instruction::{Instruction, Keyword, Stage};
use super::lines::leading_space;
use super::words;
use crate::occurrence::USES;
use crate::text::{FileId, Span};

/// Each variable's uses in the stages that take the global value over (`ARG NAME` without a value), in order of place.
pub(super) type Uses = BTreeMap<Arc<str>, Vec<Span>>;

/// The variables that a stage has taken over.
type Active = BTreeSet<Arc<str>>;

/// Characters of ARGs in stages, and variables that are copied from a stage to those built on it, that are looked at.
const HANDED_ON: usize = 1 << 20;

/// What the search reads.
pub(super) struct Search<'a> {
    /// The file's bytes.
    pub(super) bytes: &'a [u8],
    /// The file.
    pub(super) file: FileId,
    /// The byte that escapes.
    pub(super) escape: u8,
    /// The variables to look for.
    pub(super) names: BTreeSet<Arc<str>>,
}

impl Search<'_> {
    /// Finds the uses. A stage built on another has that one's variables.
    ///
    /// Of each variable [`USES`] are told. None where the stages hand on more than is followed.
    pub(super) fn run(&self, instructions: &[Instruction], stages: &[Stage]) -> Option<Uses> {
        let mut uses = Uses::new();
        let mut left = HANDED_ON;
        let mut taken_over: Vec<Rc<Active>> = Vec::with_capacity(stages.len());
        for stage in stages {
            let mut active = stage.base.and_then(|base| taken_over.get(base)).cloned().unwrap_or_default();
            for instruction in instructions.get(stage.body.clone()).unwrap_or_default() {
                if !active.is_empty() {
                    self.uses_in(instruction, &active, &mut uses);
                }
                if instruction.keyword == Keyword::Arg {
                    self.redeclare(instruction, &mut active, &mut left)?;
                }
            }
            taken_over.push(active);
        }
        Some(uses)
    }

    fn redeclare(&self, instruction: &Instruction, active: &mut Rc<Active>, left: &mut usize) -> Option<()> {
        if !may_name(self.bytes, instruction, self.escape, self.names.iter()) {
            return Some(());
        }
        let text = instruction.body(self.bytes, self.escape).glyphs.trimmed();
        *left = left.checked_sub(text.len())?;
        for word in words::quoted(&text, self.escape) {
            let name = words::split_at_equals(word).map_or(word, |(name, _)| name);
            let text = String::from_utf8_lossy(&words::text(name)).into_owned();
            let Some(known) = self.names.get(&*text) else { continue };
            let is_handed_on = name.len() == word.len();
            if active.contains(known) == is_handed_on {
                continue;
            }
            // What another stage has as well is copied for this one.
            let copied = if Rc::strong_count(active) > 1 { active.len() } else { 0 };
            *left = left.checked_sub(copied)?;
            let active = Rc::make_mut(active);
            if is_handed_on {
                active.insert(known.clone());
            } else {
                active.remove(known);
            }
        }
        Some(())
    }

    fn uses_in(&self, instruction: &Instruction, active: &Active, uses: &mut Uses) {
        let text = self.bytes.get(instruction.lines.start..instruction.end).unwrap_or_default();
        let mut start = instruction.lines.start;
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            let base = start;
            start += line.len();
            if line.get(leading_space(line)..).is_some_and(|text| text.first() == Some(&b'#')) {
                continue;
            }
            for at in memchr::memchr_iter(b'$', line) {
                let (before, after) = (line.get(..at).unwrap_or_default(), line.get(at + 1..).unwrap_or_default());
                let Some((name, length)) = used_name(after) else { continue };
                let Some(known) = active.get(name) else { continue };
                if self.is_escaped(before) {
                    continue;
                }
                let told = uses.entry(known.clone()).or_default();
                if told.len() < USES {
                    told.push(Span::new(self.file, base + at..base + at + 1 + length));
                }
            }
        }
    }

    fn is_escaped(&self, before: &[u8]) -> bool {
        let is_mark = |byte: &&u8| **byte == b'\\' || **byte == self.escape;
        before.iter().rev().take_while(is_mark).count() % 2 == 1
    }
}

/// So many names are looked for in an ARG before it is read; to look for more costs more than to read it.
const FEW: usize = 16;

/// Whether an instruction may name one of the variables: most ARGs of a stage have names of their own.
pub(super) fn may_name<'n>(bytes: &[u8], instruction: &Instruction, escape: u8, mut names: impl Iterator<Item = &'n Arc<str>>) -> bool {
    let text = bytes.get(instruction.lines.clone()).unwrap_or_default();
    // A name may be cut by a continued line.
    let is_in = |name: &Arc<str>| memchr::memmem::find(text, name.as_bytes()).is_some();
    memchr::memchr(escape, text).is_some() || names.by_ref().take(FEW).any(is_in) || names.next().is_some()
}

/// The name of the variable that is used behind a dollar sign, and how many bytes the use takes up to the name's end: `$V`, `${V…`,
/// a shell's `${#V}` and `${!V}`, and `PowerShell`'s `$env:V`.
pub(in crate::locate) fn used_name(after: &[u8]) -> Option<(&str, usize)> {
    let mut skip = 0;
    if after.first() == Some(&b'{') {
        skip = 1 + usize::from(matches!(after.get(1), Some(b'#' | b'!')));
    }
    if after.get(skip..skip + 4).is_some_and(|word| word.eq_ignore_ascii_case(b"env:")) {
        skip += 4;
    }
    let rest = after.get(skip..)?;
    let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    Some((std::str::from_utf8(rest.get(..length)?).ok()?, skip + length))
}
