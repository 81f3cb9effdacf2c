//! Owns the cut of a Dockerfile into instructions: where each begins, which one it is, and where it ends, here-documents included.

use std::collections::BTreeSet;
use std::ops::Range;

use super::heredoc;
use super::lines::{Glyphs, LineKind, Part, is_space, line_at};
use crate::locate::{Fault, note};
use crate::text::{FileId, Span};

/// The instructions that a reference, or a use of a variable, may stand in; all others are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    /// `ADD`.
    Add,
    /// `ARG`.
    Arg,
    /// `COPY`.
    Copy,
    /// `FROM`.
    From,
    /// `ONBUILD`.
    Onbuild,
    /// `RUN`.
    Run,
    /// Another instruction of the language.
    Other,
    /// No instruction.
    Unknown,
}

impl Keyword {
    /// The instruction that `word` names, in any case.
    pub(super) fn new(word: &[u8]) -> Self {
        const OTHERS: [&str; 12] = [
            "CMD",
            "ENTRYPOINT",
            "ENV",
            "EXPOSE",
            "HEALTHCHECK",
            "LABEL",
            "MAINTAINER",
            "SHELL",
            "STOPSIGNAL",
            "USER",
            "VOLUME",
            "WORKDIR",
        ];
        let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
        match word.len() {
            3 if is("RUN") => Self::Run,
            3 if is("ARG") => Self::Arg,
            3 if is("ADD") => Self::Add,
            4 if is("COPY") => Self::Copy,
            4 if is("FROM") => Self::From,
            7 if is("ONBUILD") => Self::Onbuild,
            _ if OTHERS.iter().any(|name| is(name)) => Self::Other,
            _ => Self::Unknown,
        }
    }
}

/// One instruction.
#[derive(Clone, Debug)]
pub(super) struct Instruction {
    /// Which one.
    pub(super) keyword: Keyword,
    /// Its own lines.
    pub(super) lines: Range<usize>,
    /// One past its last byte, here-documents included.
    pub(super) end: usize,
}

impl Instruction {
    /// Its characters after its keyword.
    pub(super) fn body<'a>(&self, bytes: &'a [u8], escape: u8) -> Body<'a> {
        Body::new(Glyphs::new(bytes, self.lines.clone(), escape))
    }
}

/// A stage of a build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stage {
    /// Its name, in lower case.
    pub name: Option<String>,
    /// The stage that it is built on; `None` when that is an image, nothing (`scratch`), or not known.
    pub base: Option<usize>,
    /// The stages that it copies from or mounts.
    pub needs: BTreeSet<usize>,
    /// Which of the references stand in it, as indices.
    pub found: Range<usize>,
    /// Its instructions after FROM.
    pub(super) body: Range<usize>,
}

/// A file's instructions.
#[derive(Debug)]
pub(super) struct Cut<'a> {
    bytes: &'a [u8],
    file: FileId,
    escape: u8,
    /// The instructions, in order.
    pub(super) instructions: Vec<Instruction>,
    /// What is none.
    pub(super) faults: Vec<Fault>,
}

impl<'a> Cut<'a> {
    /// Cuts the file from byte `start` on.
    pub(super) fn new(bytes: &'a [u8], file: FileId, escape: u8, start: usize) -> Self {
        // An instruction has some hundred bytes; a large file need not be one with many of them.
        let instructions = Vec::with_capacity((bytes.len() / 64).min(64));
        let mut cut = Self { bytes, file, escape, instructions, faults: Vec::new() };
        let mut at = start;
        let mut known = true;
        while at < bytes.len() {
            let first = line_at(bytes, at, escape, Part::First);
            if matches!(first.kind, LineKind::Blank | LineKind::Comment) {
                at = first.next;
                continue;
            }
            let own_end = cut.end_of_lines(first.next, first.kind);
            let lines = at..own_end;
            let keyword = cut.keyword(&lines, &first.content, first.kind);
            let end = cut.end_of_heredocs(keyword, &lines);
            // A text that is no Dockerfile at all is said once, not line by line.
            if keyword == Keyword::Unknown && known {
                note(&mut cut.faults, Fault { span: Span::new(file, first.content), message: "unknown instruction".to_owned() });
            }
            known = keyword != Keyword::Unknown;
            cut.instructions.push(Instruction { keyword, lines, end });
            at = end;
        }
        cut
    }

    /// One past the last line of the instruction whose first line ends at `next`.
    fn end_of_lines(&self, mut next: usize, mut kind: LineKind) -> usize {
        while kind != LineKind::Last && next < self.bytes.len() {
            let line = line_at(self.bytes, next, self.escape, Part::Later);
            next = line.next;
            if matches!(line.kind, LineKind::Last | LineKind::Continued) {
                kind = line.kind;
            }
        }
        next
    }

    fn keyword(&self, lines: &Range<usize>, first: &Range<usize>, kind: LineKind) -> Keyword {
        let text = self.bytes.get(first.clone()).unwrap_or_default();
        match text.iter().position(|b| is_space(*b)) {
            Some(end) => Keyword::new(text.get(..end).unwrap_or_default()),
            None if kind == LineKind::Last => Keyword::new(text),
            // A continuation right after the word, or in it: what follows in the next line belongs to it.
            None => self.glyphs(lines).keyword,
        }
    }

    /// The instruction's characters after its keyword.
    fn glyphs(&self, lines: &Range<usize>) -> Body<'a> {
        Body::new(Glyphs::new(self.bytes, lines.clone(), self.escape))
    }

    /// One past the last here-document of an instruction that may have some; otherwise one past its own lines.
    fn end_of_heredocs(&mut self, keyword: Keyword, lines: &Range<usize>) -> usize {
        let text = self.bytes.get(lines.clone()).unwrap_or_default();
        let may = matches!(keyword, Keyword::Add | Keyword::Copy | Keyword::Run | Keyword::Onbuild);
        if !may || memchr::memchr(b'<', text).is_none() {
            return lines.end;
        }
        let mut body = self.glyphs(lines);
        if keyword == Keyword::Onbuild {
            body.glyphs.skip_space();
            body = Body::new(body.glyphs);
            if !matches!(body.keyword, Keyword::Add | Keyword::Copy | Keyword::Run) {
                return lines.end;
            }
        }
        let text: Vec<u8> = body.glyphs.map(|glyph| glyph.byte).collect();
        let mut at = lines.end;
        for heredoc in heredoc::opened_by(&text) {
            let Some(end) = heredoc.end(self.bytes, at) else {
                // What follows is its text, for all that can be told: to read on could take a line of SQL for a stage.
                let message = format!("here-document `{}` has no end", String::from_utf8_lossy(&heredoc.name));
                note(&mut self.faults, Fault { span: Span::new(self.file, lines.clone()), message });
                return self.bytes.len();
            };
            at = end;
        }
        at
    }
}

/// An instruction cut after its keyword.
#[derive(Clone, Debug)]
pub(super) struct Body<'a> {
    /// The instruction.
    pub(super) keyword: Keyword,
    /// What follows the keyword.
    pub(super) glyphs: Glyphs<'a>,
}

impl<'a> Body<'a> {
    /// Cuts after the first word.
    pub(super) fn new(mut glyphs: Glyphs<'a>) -> Self {
        // No keyword is longer than eleven letters, so what does not fit is none.
        let mut word = [0; 12];
        let mut length = 0;
        while let Some(byte) = glyphs.peek().filter(|byte| !is_space(*byte)) {
            if let Some(slot) = word.get_mut(length) {
                *slot = byte;
                length += 1;
            }
            glyphs.next();
        }
        Self { keyword: Keyword::new(word.get(..length).unwrap_or_default()), glyphs }
    }
}
