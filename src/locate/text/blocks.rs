//! Owns what the lines around a line say of it: the keys, the lists, the jobs and the functions in which it stands.

use super::key::{Called, called};
use super::words::WORDS;
use crate::reference::{KeyPart, Naming, Reference};

/// Keys around a line of which the innermost are kept: none further out is asked.
const DEEPEST: usize = 64;

/// What the lines around say of a line.
#[derive(Default)]
pub(super) struct Blocks<'t>(Vec<Block<'t>>);

/// Lines that stand below another.
struct Block<'t> {
    /// The indentation of the line that opens them.
    indent: usize,
    /// What they are called; nothing, where that says what is done in them.
    key: &'t str,
    /// Whether a colon opens them.
    by_colon: bool,
}

impl<'t> Blocks<'t> {
    /// Leaves the blocks that a line of that indentation is not in.
    pub(super) fn leave(&mut self, line: &str, indent: usize) {
        let is_item = line.trim_start().starts_with("- ");
        let stays = |outer: usize| outer == OPEN || outer < indent || is_item && outer == indent;
        while self.0.last().is_some_and(|block| !stays(block.indent)) {
            self.0.pop();
        }
        // The commands of a rule of make: no other block that a colon opens is indented by tabs.
        if let Some(block) = self.0.last_mut().filter(|block| block.by_colon && line.starts_with('\t')) {
            block.key = "";
        }
        let ends = line.trim_start();
        if self.0.last().is_some_and(|block| block.indent == OPEN) && (ends.starts_with(['"', '\'', ')']) || ends.starts_with("endef")) {
            self.0.pop();
        }
    }

    /// Enters the block that a line opens.
    pub(super) fn enter(&mut self, line: &'t str, indent: usize) {
        let text = line.trim_end();
        let define = text.trim_start().strip_prefix("define ");
        let is_text = text.ends_with("=\"") || text.ends_with("='");
        if define.is_none() && !is_text && !text.ends_with([':', '{', '[', '(', '=', '\\']) {
            return;
        }
        let opened = text.trim_end_matches(['\\', ' ', '{', '[', '(', '"', '\'']);
        let name = define.map(str::trim).or_else(|| called(opened).map(|called| called.name));
        // `variable "images" {`; but no sentence.
        let bare = || opened.rsplit(['"', '\'']).next().unwrap_or_default().trim();
        let name = name.unwrap_or_else(|| bare());
        if name.contains(' ') {
            return;
        }
        if self.0.len() == DEEPEST {
            self.0.remove(0);
        }
        let is_function = opened.trim_end().ends_with(')') && text.ends_with('{');
        let key = if is_function || WORDS.acts(name) { "" } else { name };
        self.0.push(Block { indent: if define.is_some() || is_text { OPEN } else { indent }, key, by_colon: text.ends_with(':') });
    }

    /// Whether a machine stands around: its images are none of containers.
    pub(super) fn is_machine(&self) -> bool {
        let words = ["machine", "instance", "_vm", "vmss"];
        self.0.last().is_some_and(|block| words.iter().any(|word| block.key.to_ascii_lowercase().contains(word)))
    }

    /// How many blocks further out the nearest key says image, not far out.
    pub(super) fn image(&self) -> Option<usize> {
        self.0.iter().rev().take(3).position(|block| Naming::has_image(block.key))
    }

    /// Whether what stands here is one of the images that a key around tells of. Without a version it may be a path, so the key has to be near,
    /// and to name images.
    pub(super) fn are_images(&self, called: Option<&Called<'_>>, reference: &Reference) -> bool {
        let Some(far) = self.image() else { return false };
        if reference.tag().is_some() || reference.digest().is_some() {
            return true;
        }
        let key = self.0.iter().rev().nth(far).map_or("", |block| block.key);
        let is_part = || called.is_some_and(|called| KeyPart::of(called.name).is_some());
        far == 0 && Naming::of(key) == Naming::Image || far == 1 && is_part()
    }
}

/// The indentation of what is closed by a sign of its own.
const OPEN: usize = usize::MAX;
