//! Owns the meaning of the instructions: stages, base images, and what COPY, RUN and ONBUILD take from elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::expand::Expander;
use super::instruction::{Cut, Instruction, Keyword, Stage};
use super::lines::{Glyph, Glyphs};
use super::sources::{self, Site, Source};
use super::text::{place, spelled};
use super::uses::{self, Search};
use super::variables::{Value, Variables};
use super::{BuildArgs, words};
use crate::locate::{FAULTS, Fault, Found, PLACES, note};
use crate::occurrence::{Caution, Confidence, Origin, Piece, Spelling, USES};
use crate::platform::Platform;
use crate::reference::HOLE;
use crate::text::{FileId, Span};

/// The most bytes of the ARGs before the first FROM: each of them is there for every FROM.
const ARGS: usize = 512 << 10;

/// `NAME` or `NAME=value` in an ARG.
struct Assignment<'t> {
    name: Arc<str>,
    value: Option<&'t [Glyph]>,
    /// Where the value starts.
    at: usize,
}

/// A FROM line, cut into words.
struct From {
    image: Vec<Glyph>,
    /// The value of `--platform`.
    platform: Option<Vec<Glyph>>,
    name: Option<String>,
}

/// Reads the instructions of one file.
pub(super) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) file: FileId,
    pub(super) escape: u8,
    pub(super) found: Vec<Found>,
    pub(super) faults: Vec<Fault>,
    pub(super) stages: Vec<Stage>,
    /// All names of stages, each with the number of the last stage that has it.
    names: BTreeMap<String, usize>,
    /// The same, of the stages read up to here.
    above: BTreeMap<String, usize>,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8], file: FileId, escape: u8) -> Self {
        Self {
            bytes,
            file,
            escape,
            found: Vec::new(),
            faults: Vec::new(),
            stages: Vec::new(),
            names: BTreeMap::new(),
            above: BTreeMap::new(),
        }
    }

    /// Reads all instructions, from byte `start` on.
    pub(super) fn run(&mut self, start: usize, args: &BuildArgs) {
        let cut = Cut::new(self.bytes, self.file, self.escape, start);
        self.faults.extend(cut.faults);
        let instructions = cut.instructions;
        let first = instructions.iter().position(|one| one.keyword == Keyword::From).unwrap_or(instructions.len());
        let (head, stages) = instructions.split_at(first);
        let is_from = |one: &&Instruction| one.keyword == Keyword::From;
        if let Some(beyond) = stages.iter().filter(is_from).nth(PLACES) {
            self.fault(beyond, &format!("the file has more than {PLACES} stages; none of them was read"));
            return;
        }
        let variables = self.globals(head, args);
        let froms: Vec<Option<From>> = stages.iter().filter(is_from).map(|one| self.from(one)).collect();
        let named = |(number, from): (usize, &Option<From>)| Some((from.as_ref()?.name.clone()?, number));
        self.names = froms.iter().enumerate().filter_map(named).collect();
        let mut froms = froms.into_iter();
        for (index, instruction) in stages.iter().enumerate() {
            // The file is left then, whatever else it holds.
            if self.found.len() > PLACES || self.faults.len() > FAULTS {
                break;
            }
            match instruction.keyword {
                Keyword::From => {
                    self.close_stage(index);
                    self.open_stage(froms.next().flatten(), &variables, index + 1);
                }
                Keyword::Add | Keyword::Copy | Keyword::Run | Keyword::Onbuild => self.sources(instruction),
                Keyword::Arg | Keyword::Other | Keyword::Unknown => {}
            }
        }
        self.close_stage(stages.len());
        self.add_cautions(stages, &variables, stages.first().map_or(self.bytes.len(), |one| one.lines.start));
    }

    /// Reads what stands before the first FROM.
    fn globals(&mut self, head: &[Instruction], args: &BuildArgs) -> Variables {
        let (mut texts, mut left) = (Vec::new(), ARGS);
        for instruction in head {
            match instruction.keyword {
                Keyword::Arg => {
                    let Some(rest) = left.checked_sub(instruction.lines.len()) else {
                        // A later ARG may give a value anew, so that no value is known.
                        self.fault(instruction, "the ARGs before the first FROM are longer than 512 KiB; none of them was read");
                        texts.clear();
                        break;
                    };
                    left = rest;
                    texts.push(instruction.body(self.bytes, self.escape).glyphs.trimmed());
                }
                Keyword::Unknown => {}
                _ => self.fault(instruction, "only ARG may stand before the first FROM"),
            }
        }
        let mut declared = BTreeSet::new();
        let mut assignments = Vec::new();
        for word in texts.iter().flat_map(|text| words::quoted(text, self.escape)) {
            let (name, value) = words::split_at_equals(word).map_or((word, None), |(name, value)| (name, Some(value)));
            let at = word.get(name.len()).map_or(0, |equals| equals.end);
            let name: Arc<str> = String::from_utf8_lossy(&words::text(name)).into();
            declared.insert(name.clone());
            assignments.push(Assignment { name, value, at });
        }
        let mut variables = Variables::new(declared, args);
        for Assignment { name, value, at } in assignments {
            if let Some(pieces) = args.get(&*name) {
                variables.declare(name, Some(Value { pieces: pieces.clone(), made_of: BTreeSet::new() }));
                continue;
            }
            let Some(word) = value else {
                variables.declare(name, None);
                continue;
            };
            let expander = Expander { bytes: self.bytes, file: self.file, escape: self.escape, variables: &variables };
            match expander.expand(word, &Origin::Default { variable: name.clone() }) {
                Ok(mut value) => {
                    if value.pieces.is_empty() {
                        value.pieces.push(self.empty_default(&name, word, at));
                    }
                    variables.declare(name, Some(value));
                }
                Err(broken) => {
                    let start = word.first().map_or(at, |glyph| glyph.start);
                    let span = Span::new(self.file, start..word.last().map_or(start, |glyph| glyph.end));
                    note(&mut self.faults, Fault { span, message: broken });
                    variables.forget(name);
                }
            }
        }
        variables
    }

    /// The piece of a default that is empty: the place where a value would stand.
    fn empty_default(&self, variable: &Arc<str>, word: &[Glyph], at: usize) -> Piece {
        // Between the quotes, if there are some.
        let at = word.first().filter(|glyph| matches!(glyph.byte, b'"' | b'\'')).map_or(at, |glyph| glyph.end);
        Piece {
            text: String::new(),
            span: Span::new(self.file, at..at),
            origin: Origin::Default { variable: variable.clone() },
            spelling: Spelling::Verbatim,
        }
    }

    /// Cuts a FROM line; `None`, and a fault, when `BuildKit` would refuse it.
    fn from(&mut self, instruction: &Instruction) -> Option<From> {
        let mut body = instruction.body(self.bytes, self.escape);
        let mut platform = None;
        let take = |flag: &[Glyph]| platform = words::value_of(flag, "platform").map(<[Glyph]>::to_vec).or(platform.take());
        let flags = words::flags(&mut body.glyphs, take);
        let text = body.glyphs.trimmed();
        if let Some(long) = flags.err().or((text.len() > words::LONGEST).then_some(words::TOO_LONG)) {
            self.fault(instruction, long);
            return None;
        }
        let words = words::plain(&text);
        match words.as_slice() {
            [image] => Some(From { image: image.to_vec(), platform, name: None }),
            [image, keyword, name] if words::is_any_case(keyword, "as") => {
                let name = String::from_utf8_lossy(&words::text(name)).to_lowercase();
                if is_stage_name(&name) {
                    return Some(From { image: image.to_vec(), platform, name: Some(name) });
                }
                self.fault(instruction, &format!("`{name}` cannot be the name of a stage"));
                None
            }
            _ => {
                self.fault(instruction, "FROM takes an image, or an image, `AS` and a name");
                None
            }
        }
    }

    /// Begins a stage, with its base image.
    fn open_stage(&mut self, from: Option<From>, variables: &Variables, body: usize) {
        let start = self.found.len();
        let mut stage = Stage { found: start..start, body: body..body, ..Stage::default() };
        if let Some(from) = from {
            stage.base = self.base(&from, variables);
            if let Some(name) = &from.name {
                self.above.insert(name.clone(), self.stages.len());
            }
            stage.name = from.name;
        }
        self.stages.push(stage);
    }

    /// Ends the stage that is open: `index` is its last instruction's, plus one.
    fn close_stage(&mut self, index: usize) {
        let found = self.found.len();
        if let Some(stage) = self.stages.last_mut() {
            stage.found.end = found;
            stage.body.end = index;
        }
    }

    /// Reads a base image; the number of the stage, when it is one.
    fn base(&mut self, from: &From, variables: &Variables) -> Option<usize> {
        let word = from.image.as_slice();
        let place = place(self.file, word)?;
        let expander = Expander { bytes: self.bytes, file: self.file, escape: self.escape, variables };
        let mut pieces = match expander.expand(word, &Origin::Literal) {
            Ok(value) => value.pieces,
            Err(message) => {
                note(&mut self.faults, Fault { span: place, message });
                return None;
            }
        };
        let text = spelled(&pieces);
        if text.is_empty() {
            // `BuildKit` refuses a blank name. Where a default is empty, a build argument is meant to fill it.
            let variable = pieces.iter().find_map(|piece| match &piece.origin {
                Origin::Default { variable } | Origin::Modified { variable, .. } => Some(variable.clone()),
                _ => None,
            });
            let Some(variable) = variable else {
                note(&mut self.faults, Fault { span: place, message: "FROM names no image".to_owned() });
                return None;
            };
            pieces = vec![Piece::hole(variable, place)];
        }
        // The comparison is with lower-cased names and minds the case of the word (`addState`); the last stage of a name counts.
        let stage = self.above.get(&text).copied();
        if stage.is_none() && text != "scratch" {
            let platform = from.platform.as_deref().and_then(|word| self.platform(word, variables));
            self.found.push(Found { at: Site::From.name(), place, pieces, platform, confidence: Confidence::High, cautions: Vec::new() });
        }
        stage
    }

    /// The platform that a word names; `None` where only the builder knows it (`$BUILDPLATFORM`).
    fn platform(&self, word: &[Glyph], variables: &Variables) -> Option<Platform> {
        let expander = Expander { bytes: self.bytes, file: self.file, escape: self.escape, variables };
        // A word that `BuildKit` refuses is no reference, and its fault no concern of a migration.
        spelled(&expander.expand(word, &Origin::Literal).ok()?.pieces).parse().ok()
    }

    /// Reads what an instruction takes from other stages and images.
    fn sources(&mut self, instruction: &Instruction) {
        let body = instruction.body(self.bytes, self.escape);
        if let Some(wrong) = sources::sources(self.file, body, &mut |source| self.source(source)) {
            self.fault(instruction, wrong);
        }
    }

    fn source(&mut self, source: Source) {
        let text = spelled(&source.pieces);
        // One instruction may name more than the file may hold.
        if text.is_empty() || text == "scratch" || self.found.len() > PLACES {
            return;
        }
        let own = self.stages.len().saturating_sub(1);
        let by_number = if source.site.takes_numbers() { text.parse::<i64>().ok() } else { None };
        let stage = match by_number {
            Some(number) => Some(usize::try_from(number).unwrap_or(usize::MAX)),
            None => self.names.get(&text.to_lowercase()).copied(),
        };
        match stage {
            // It will be a stage of the build that runs the trigger.
            Some(_) if source.site.is_trigger() => {}
            Some(stage) if stage < own => {
                if let Some(current) = self.stages.last_mut() {
                    current.needs.insert(stage);
                }
            }
            Some(_) => {
                let message = format!("`{text}` is no stage above this one");
                note(&mut self.faults, Fault { span: source.place, message });
            }
            None => {
                let confidence = if text.contains(['/', ':', '@']) { Confidence::High } else { Confidence::Low };
                let at = source.site.name();
                let Source { place, pieces, .. } = source;
                self.found.push(Found { at, place, pieces, platform: None, confidence, cautions: Vec::new() });
            }
        }
    }

    /// Says where else the values are used that base images are made of. Defaults of ARGs stand before byte `first_from`.
    fn add_cautions(&mut self, stages: &[Instruction], variables: &Variables, first_from: usize) {
        if !stages.iter().any(|one| one.keyword == Keyword::Arg && uses::may_name(self.bytes, one, self.escape, variables.names())) {
            return;
        }
        let mut names = BTreeSet::new();
        for variable in self.found.iter().flat_map(|found| defaults(found, self.file, first_from)) {
            names.extend(variables.made_of(&variable).cloned());
            names.insert(variable);
        }
        if names.is_empty() {
            return;
        }
        let search = Search { bytes: self.bytes, file: self.file, escape: self.escape, names };
        let Some(uses) = search.run(stages, &self.stages) else {
            // Which of them a fix would change as well is not known.
            self.found = Vec::new();
            self.faults.push(Fault {
                span: Span::new(self.file, 0..0),
                message: "its stages hand more ARGs on to each other than are followed; none of its images was read".to_owned(),
            });
            return;
        };
        for found in &mut self.found {
            for variable in defaults(found, self.file, first_from) {
                let names = std::iter::once(&variable).chain(variables.made_of(&variable).filter(|name| **name != variable));
                let mut places: Vec<Span> = names.filter_map(|name| uses.get(name)).flatten().copied().collect();
                places.sort_unstable();
                places.truncate(USES);
                if !places.is_empty() {
                    found.cautions.push(Caution::AlsoUsed { variable, places });
                }
            }
        }
    }

    /// Records that an instruction is wrong as a whole.
    fn fault(&mut self, instruction: &Instruction, message: &str) {
        let start = self.body_start(instruction);
        let text = self.bytes.get(start..instruction.lines.end).unwrap_or_default();
        let span = Span::new(self.file, start..start + text.trim_ascii_end().len());
        note(&mut self.faults, Fault { span, message: message.to_owned() });
    }

    fn body_start(&self, instruction: &Instruction) -> usize {
        Glyphs::new(self.bytes, instruction.lines.clone(), self.escape).next().map_or(instruction.lines.start, |glyph| glyph.start)
    }
}

/// The variables whose ARG defaults, or values given from outside, are pieces of a reference. The word of a `:-` stands in the FROM line and is used there only.
fn defaults(found: &Found, file: FileId, first_from: usize) -> BTreeSet<Arc<str>> {
    let mut names = BTreeSet::new();
    for piece in &found.pieces {
        if let Origin::Default { variable } = &piece.origin
            && (piece.span.file != file || piece.span.end <= first_from)
            && !piece.text.contains(HOLE)
        {
            names.insert(variable.clone());
        }
    }
    names
}

/// Whether a lower-cased name may be a stage's (`validStageName`).
fn is_stage_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|first| first.is_ascii_lowercase())
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.'))
}
