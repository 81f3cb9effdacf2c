//! Owns where a stage uses a variable whose value also makes up a base image.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::instruction::{Instruction, Keyword, Stage};
use super::lines::leading_space;
use super::words;
use crate::text::{FileId, Span};

/// Each variable's uses in the stages that take the global value over (`ARG NAME` without a value), in order of place.
pub(super) type Uses = BTreeMap<Arc<str>, Vec<Span>>;

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
    pub(super) fn run(&self, instructions: &[Instruction], stages: &[Stage]) -> Uses {
        let mut uses = Uses::new();
        let mut taken_over: Vec<BTreeSet<Arc<str>>> = Vec::with_capacity(stages.len());
        for stage in stages {
            let mut active = stage.base.and_then(|base| taken_over.get(base)).cloned().unwrap_or_default();
            for instruction in instructions.get(stage.body.clone()).unwrap_or_default() {
                if !active.is_empty() {
                    self.uses_in(instruction, &active, &mut uses);
                }
                if instruction.keyword == Keyword::Arg {
                    self.redeclare(instruction, &mut active);
                }
            }
            taken_over.push(active);
        }
        uses
    }

    fn redeclare(&self, instruction: &Instruction, active: &mut BTreeSet<Arc<str>>) {
        if !may_name(self.bytes, instruction, self.escape, self.names.iter()) {
            return;
        }
        let body = instruction.body(self.bytes, self.escape);
        for word in words::quoted(&body.glyphs.trimmed(), self.escape) {
            let name = words::split_at_equals(word).map_or(word, |(name, _)| name);
            let text = String::from_utf8_lossy(&words::text(name)).into_owned();
            let Some(known) = self.names.get(&*text) else { continue };
            if name.len() == word.len() {
                active.insert(known.clone());
            } else {
                active.remove(known);
            }
        }
    }

    fn uses_in(&self, instruction: &Instruction, active: &BTreeSet<Arc<str>>, uses: &mut Uses) {
        let text = self.bytes.get(instruction.lines.start..instruction.end).unwrap_or_default();
        for at in memchr::memchr_iter(b'$', text) {
            let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
            let Some((name, length)) = used_name(after) else { continue };
            let Some(known) = active.get(name) else { continue };
            if self.is_escaped(before) || is_comment(before) {
                continue;
            }
            let start = instruction.lines.start + at;
            uses.entry(known.clone()).or_default().push(Span::new(self.file, start..start + 1 + length));
        }
    }

    fn is_escaped(&self, before: &[u8]) -> bool {
        let is_mark = |byte: &&u8| **byte == b'\\' || **byte == self.escape;
        before.iter().rev().take_while(is_mark).count() % 2 == 1
    }
}

/// Whether an instruction may name one of the variables: most ARGs of a stage have names of their own.
pub(super) fn may_name<'n>(bytes: &[u8], instruction: &Instruction, escape: u8, mut names: impl Iterator<Item = &'n Arc<str>>) -> bool {
    let text = bytes.get(instruction.lines.clone()).unwrap_or_default();
    // A name may be cut by a continued line.
    memchr::memchr(escape, text).is_some() || names.any(|name| memchr::memmem::find(text, name.as_bytes()).is_some())
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

/// Whether the line that `before` ends in is a comment.
fn is_comment(before: &[u8]) -> bool {
    let line = memchr::memrchr(b'\n', before).map_or(before, |at| before.get(at + 1..).unwrap_or_default());
    line.get(leading_space(line)..).is_some_and(|text| text.first() == Some(&b'#'))
}
