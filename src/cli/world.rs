//! Owns what a command can touch: input, output, errors, the current folder; and the code that it ends with.

use std::io::{self, BufWriter, Read, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ColorChoice;
use clap::builder::StyledStr;

use crate::diagnostic::Tally;
use crate::disk::{Tree, trees};
use crate::format::Formats;
use crate::report::human::Colour;
use crate::source::Vendored;
use crate::text::harmless;

use super::environment;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Nothing to say.
    Clean = 0,
    /// There are findings.
    Findings = 1,
    /// The work could not be done, or not all of it.
    Failed = 2,
    /// Registries could not be asked, or did not say.
    Undecided = 3,
}

impl Exit {
    /// What the numbers of a run come to: a file that could not be read weighs more than findings, since nobody knows what is in it.
    pub const fn of(tally: &Tally) -> Self {
        if tally.unreadable + tally.unwritten > 0 {
            Self::Failed
        } else if tally.findings > tally.undecided {
            Self::Findings
        } else if tally.undecided > 0 {
            Self::Undecided
        } else {
            Self::Clean
        }
    }
}

impl From<crate::registry::Verdict> for Exit {
    fn from(verdict: crate::registry::Verdict) -> Self {
        match verdict {
            crate::registry::Verdict::Good => Self::Clean,
            crate::registry::Verdict::Finding => Self::Findings,
            crate::registry::Verdict::Undecided => Self::Undecided,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What the output has come to.
enum Output {
    Open,
    /// Nobody reads any more: the run ends quietly.
    Closed,
    /// It cannot be written.
    Broken(io::Error),
}

/// Whether what is said beside is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notes {
    Told,
    Left,
}

/// What a command can touch.
pub struct World<'a> {
    input: Box<dyn Read + 'a>,
    /// What came in, for a command that reads it twice.
    read: Vec<u8>,
    out: BufWriter<Box<dyn Write + 'a>>,
    errors: Box<dyn Write + 'a>,
    output: Output,
    colours: [Colour; 2],
    notes: Notes,
    /// Trees that were listed ahead, and the paths that lie in them.
    known: Option<(Vec<PathBuf>, Vec<Tree>)>,
    /// The current folder.
    pub start: PathBuf,
}

impl<'a> World<'a> {
    /// A world of these streams. Without [`World::with_colours`] nothing is coloured, unless `--color always` asks for it.
    pub fn new(input: impl Read + 'a, out: impl Write + 'a, errors: impl Write + 'a, start: PathBuf) -> Self {
        Self {
            input: Box::new(input),
            read: Vec::new(),
            out: BufWriter::with_capacity(64 << 10, Box::new(out)),
            errors: Box::new(errors),
            output: Output::Open,
            colours: [Colour::No; 2],
            notes: Notes::Told,
            known: None,
            start,
        }
    }

    /// What the terminals behind output and errors can show.
    #[must_use]
    pub fn with_colours(self, out: Colour, errors: Colour) -> Self {
        Self { colours: [out, errors], ..self }
    }

    /// Obeys `--color`.
    pub(super) fn paint(&mut self, when: ColorChoice) {
        match when {
            ColorChoice::Auto if environment::are_colours_forced() => self.colours = [Colour::Yes; 2],
            ColorChoice::Auto => {}
            ColorChoice::Always => self.colours = [Colour::Yes; 2],
            ColorChoice::Never => self.colours = [Colour::No; 2],
        }
    }

    /// From now on nothing is said beside findings and errors.
    pub(super) const fn hush(&mut self) {
        self.notes = Notes::Left;
    }

    /// Whether the output may be coloured.
    pub(super) const fn colour(&self) -> Colour {
        self.colours[0]
    }

    /// Whether the errors may be coloured.
    pub(super) const fn error_colour(&self) -> Colour {
        self.colours[1]
    }

    /// clap's text, with its colours where they may be.
    pub(super) fn painted(&self, text: &StyledStr) -> String {
        if self.error_colour() == Colour::Yes { text.ansi().to_string() } else { text.to_string() }
    }

    /// Keeps the trees of `paths`, whose files were listed ahead, for whoever asks for the same next.
    pub(super) fn know(&mut self, paths: &[PathBuf], trees: Vec<Tree>) {
        self.known = Some((paths.to_vec(), trees));
    }

    /// The trees of `paths`.
    pub(super) fn trees(&mut self, paths: &[PathBuf], vendored: Vendored, formats: &Formats) -> Vec<Tree> {
        let mut trees = trees(paths, vendored, &self.start, &|name| formats.head(name));
        if let Some((_, known)) = self.known.take().filter(|(of, _)| of == paths) {
            for (tree, known) in trees.iter_mut().zip(known).filter(|(tree, known)| tree.files.root() == known.files.root()) {
                tree.files = known.files;
            }
        }
        trees
    }

    /// Everything that comes in.
    pub(super) fn read_input(&mut self) -> io::Result<Vec<u8>> {
        self.input.read_to_end(&mut self.read)?;
        Ok(self.read.clone())
    }

    /// One line of what comes in, after a question; none at its end, and where nobody reads the question.
    pub(super) fn ask(&mut self, question: &str) -> Option<String> {
        if self.out(|out| out.write_all(question.as_bytes()).and_then(|()| out.flush())).is_break() {
            return None;
        }
        self.line(usize::MAX).map(|line| String::from_utf8_lossy(&line).into_owned())
    }

    /// One line of what comes in, of at most so many bytes; none at its end.
    pub(super) fn line(&mut self, most: usize) -> Option<Vec<u8>> {
        // A byte at a time: what follows the line is for whoever reads next.
        let mut line = Vec::new();
        let mut byte = [0];
        while line.len() < most && self.input.read(&mut byte).is_ok_and(|read| read > 0) {
            if byte[0] == b'\n' {
                return Some(line);
            }
            line.extend(byte);
        }
        (!line.is_empty()).then_some(line)
    }

    /// Writes what came in to the output.
    pub(super) fn echo(&mut self) {
        let read = std::mem::take(&mut self.read);
        let _ = self.out(|out| out.write_all(&read));
        self.read = read;
    }

    /// Writes to the output. `Break` when that makes no sense any more.
    pub(super) fn out(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> ControlFlow<()> {
        if !matches!(self.output, Output::Open) {
            return ControlFlow::Break(());
        }
        let written = write(&mut self.out);
        self.note(written)
    }

    /// Brings to the output what is buffered, so that whoever watches a long run sees it.
    pub(super) fn flush(&mut self) {
        let _ = self.out(|out| out.flush());
    }

    fn note(&mut self, written: io::Result<()>) -> ControlFlow<()> {
        match written {
            Ok(()) => return ControlFlow::Continue(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.output = Output::Closed,
            Err(error) => self.output = Output::Broken(error),
        }
        ControlFlow::Break(())
    }

    /// Writes to the errors. Where even that fails there is nobody left to tell.
    pub(super) fn errors(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        let _ = write(&mut self.errors);
    }

    /// Writes a text to the errors.
    pub(super) fn say(&mut self, text: &str) {
        self.errors(|errors| errors.write_all(text.as_bytes()));
    }

    /// Says what went wrong, and what to do about it, each in one line, whatever others say in it.
    pub(super) fn fail(&mut self, error: &str, help: &str) -> Exit {
        self.complain(error);
        if !help.is_empty() {
            self.say(&format!("help: {}\n", harmless(help)));
        }
        Exit::Failed
    }

    /// Says what is wrong, in one line, and goes on.
    pub(super) fn complain(&mut self, error: &str) {
        self.say(&format!("error: {}\n", harmless(error)));
    }

    /// Says something beside, in one line, whatever others say in it.
    pub(super) fn tell(&mut self, note: &str) {
        if self.notes == Notes::Left {
            return;
        }
        self.say(&format!("note: {}\n", harmless(note)));
    }

    /// Writes one JSON value to the output.
    pub(super) fn json(&mut self, value: &serde_json::Value) {
        let _ = self.out(|out| writeln!(out, "{value:#}"));
    }

    /// Writes out what is buffered, and says how the command ended.
    pub(super) fn close(&mut self, exit: Exit) -> Exit {
        if matches!(self.output, Output::Open) {
            let flushed = self.out.flush();
            let _ = self.note(flushed);
        }
        match std::mem::replace(&mut self.output, Output::Closed) {
            Output::Open | Output::Closed => exit,
            Output::Broken(error) => self.fail(&format!("the output cannot be written: {}", crate::diagnostic::reason(&error)), ""),
        }
    }
}
