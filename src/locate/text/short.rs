//! Owns the names without a registry in texts: where a command, a key, or a list says that a word is an image.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::blocks::Blocks;
use super::command::{self, Said, ShortNames};
use super::key::{By, Called, called, open_bracket};
use super::name;
use super::{above, page, rows};
use crate::locate::evidence::{is_no_image, is_sure_by_name};
use crate::locate::official::{is_alias, is_official};
use crate::mapping::MappingSet;
use crate::occurrence::Role;
use crate::reference::{DOCKER_HUB, HOLE, KeyPart, Naming, Reference, is_of_a_node};
use crate::text::Needles;

/// What is looked for of Docker Hub's names, which have no domain.
#[derive(Clone, Debug, Default)]
pub(super) enum Shorts {
    /// Nothing: no mapping takes from there.
    #[default]
    None,
    /// These beginnings.
    Starting {
        /// As they stand before more.
        starts: Needles,
        /// Without the slash at their ends, as variables hold them.
        words: Needles,
    },
    /// Any name.
    Any,
}

/// A word that may be an image's name.
#[derive(Clone, Debug)]
pub(super) struct Word {
    /// Its bytes.
    pub(super) range: Range<usize>,
    /// The name as a reference.
    pub(super) reads: String,
    /// Where values that are not known stand in it.
    pub(super) holes: Vec<Range<usize>>,
    /// The site's name in the table of texts.
    pub(super) site: &'static str,
    /// What it is used for.
    pub(super) role: Role,
}

/// Who reads the instructions of Dockerfiles in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Statements {
    /// They are looked for.
    Any,
    /// Its own format does.
    Read,
}

/// Bytes before a word in which its command begins.
const STATEMENT: usize = 2 << 10;

/// How much of a line before a word is read whole; of longer lines only what stands near a word says anything of it, so that each byte is read
/// for few words.
const LONGEST_LINE: usize = 16 << 10;

impl Shorts {
    pub(super) fn new(mappings: &MappingSet) -> Self {
        let starts: Vec<String> = mappings.source_starts().into_iter().filter(|start| may_start_hub(start)).collect();
        let short = |start: &String| {
            let path = start.strip_prefix(DOCKER_HUB)?.strip_prefix('/')?;
            Some(path.strip_prefix("library/").unwrap_or(path).to_owned()).filter(|path| path.len() > 2)
        };
        match starts.iter().map(short).collect::<Option<Vec<String>>>() {
            Some(all) if all.is_empty() => Self::None,
            Some(all) => Self::Starting {
                starts: Needles::new(all.iter().map(String::as_str)),
                words: Needles::new(all.iter().map(|start| start.trim_end_matches('/'))),
            },
            None => Self::Any,
        }
    }

    /// Whether a text may hold one where something says that it is an image.
    pub(super) fn may_stand_in(&self, text: &[u8]) -> bool {
        match self {
            Self::None => false,
            Self::Starting { words, .. } => words.are_in(text),
            Self::Any => has_sign(text),
        }
    }

    /// Where the beginnings stand that mappings name, without what may follow them.
    pub(super) fn alone(&self, text: &[u8]) -> Vec<Range<usize>> {
        if let Self::Starting { words, .. } = self { words.find(text) } else { Vec::new() }
    }

    fn may_stand_in_line(&self, line: &[u8]) -> bool {
        match self {
            Self::None => false,
            Self::Starting { starts, .. } => starts.are_in(line),
            Self::Any => true,
        }
    }
}

/// Whether names of Docker Hub may begin so.
fn may_start_hub(start: &str) -> bool {
    let hub = format!("{DOCKER_HUB}/");
    start.starts_with(&hub) || hub.starts_with(start)
}

/// Words without which nothing in a text says that something is an image, beside the programs' names.
const SIGNS: [&str; 16] = [
    "image",
    "img",
    "docker",
    "podman",
    "container",
    "repository",
    "from ",
    "from(",
    "from:",
    "from_(",
    "super(",
    "run(ctx",
    // Variables that hold programs.
    "oci_",
    "$cri",
    "engine}",
    "engine)",
];

static SEARCH: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let signs = SIGNS.into_iter().map(str::to_owned).chain(command::signs());
    AhoCorasick::builder().ascii_case_insensitive(true).build(signs).ok()
});

fn has_sign(text: &[u8]) -> bool {
    SEARCH.as_ref().is_none_or(|signs| signs.is_match(text))
}

/// The words of `text` that a command, a key or a list says to be images, in order. `decides` says whether a
/// mapping takes a name. What begins behind the byte that is given with them was not looked through, since there are `room` words before it.
pub(super) fn words(
    text: &str,
    shorts: &Shorts,
    statements: Statements,
    decides: &dyn Fn(&Reference) -> bool,
    room: usize,
) -> (Vec<Word>, Option<usize>) {
    let (mut found, mut cut): (Vec<Word>, _) = (Vec::new(), None);
    // A byte order mark belongs to no line.
    let (mut blocks, mut start) = (Blocks::default(), text.len() - text.trim_start_matches('\u{feff}').len());
    let mut last = "";
    for line in text.get(start..).unwrap_or_default().split_inclusive('\n') {
        let range = start..start + line.len();
        start += line.len();
        if line.trim().is_empty() {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        blocks.leave(line, indent);
        let goes_on = last.ends_with('(') || line.trim_start().starts_with('.');
        let says = |line: &str| has_sign(line.as_bytes());
        let may_say = || blocks.image().is_some() || says(line) || goes_on && says(last) || is_continued(text.as_bytes(), range.start);
        let is_read = statements == Statements::Read && line.trim_start().get(..5).is_some_and(|word| word.eq_ignore_ascii_case("FROM "));
        if found.len() >= room {
            cut = Some(range.start);
            break;
        }
        if !is_read && shorts.may_stand_in_line(line.as_bytes()) && (matches!(shorts, Shorts::Starting { .. }) || may_say()) {
            in_line(text, &range, &blocks, shorts, decides, &mut found);
        }
        blocks.enter(line, indent);
        last = line.trim_end();
    }
    let built: BTreeSet<String> =
        found.iter().filter(|word| word.role == Role::Push && !word.reads.contains('/')).map(|word| bare(&word.reads).to_owned()).collect();
    // What the text itself builds under a bare name is only here.
    found.retain(|word| !built.contains(bare(&word.reads)));
    (found, cut)
}

fn bare(name: &str) -> &str {
    name.split([':', '@']).next().unwrap_or(name)
}

/// Whether the line that begins at `start` goes on with the one before it.
fn is_continued(text: &[u8], start: usize) -> bool {
    let before = text.get(..start).unwrap_or_default();
    before.strip_suffix(b"\n").is_some_and(|before| before.strip_suffix(b"\r").unwrap_or(before).ends_with(b"\\"))
}

fn in_line(
    text: &str,
    line: &Range<usize>,
    blocks: &Blocks<'_>,
    shorts: &Shorts,
    decides: &dyn Fn(&Reference) -> bool,
    found: &mut Vec<Word>,
) {
    let bytes = text.as_bytes();
    let pages = page::in_line(bytes, line).filter(|(_, reads)| Reference::parse(reads).is_ok_and(|reference| decides(&reference)));
    found.extend(pages.map(|(range, reads)| Word { range, reads, holes: Vec::new(), site: page::PAGE, role: Role::Pull }));
    let calls = if command::may_stand_in(bytes.get(statement(bytes, line.start, line.start)..line.end).unwrap_or_default()) {
        Calls::Perhaps
    } else {
        Calls::None
    };
    let mut at = line.start;
    while at < line.end {
        if !begins(bytes, line.start, at) {
            at += 1;
            continue;
        }
        if let Some(end) = unknown_word(bytes, at).filter(|_| calls == Calls::None) {
            at = end;
            continue;
        }
        let (end, reads, holes) = name::forward(bytes, at);
        let range = at..end.min(line.end);
        // What a scheme stands before is a word of its own.
        let written = bytes.get(range.clone()).unwrap_or_default();
        let scheme = memchr::memmem::find(written, b"docker://").map(|scheme| at + scheme + "docker://".len());
        at = scheme.unwrap_or(range.end).max(at + 1);
        if reads.contains("//") || !ends(bytes.get(range.end..).unwrap_or_default()) {
            continue;
        }
        let Ok(reference) = Reference::parse_with_holes(&reads) else { continue };
        if reference.domain().is_some() || reads.starts_with(HOLE) {
            continue;
        }
        let is_tagged = || matches!(shorts, Shorts::Starting { .. }) && is_tagged(&reference, bytes.get(range.end));
        let (site, role) = match position(text, line, &range, &reference, blocks, calls) {
            Place::Image(site, role) => (site, role),
            Place::Unsaid if is_tagged() => (TAGGED, Role::Pull),
            Place::Unsaid | Place::Other => continue,
        };
        if !decides(&reference) {
            continue;
        }
        found.push(Word { range, reads, holes, site, role });
    }
}

/// Whether a statement may call a program that takes images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Calls {
    /// No program's name stands in it.
    None,
    /// One does.
    Perhaps,
}

/// The end of the word that begins at `at`, if it is one word without a path and none of Docker Hub's own images: only a command may make an image
/// of it.
fn unknown_word(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let length = rest.iter().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))).unwrap_or(rest.len());
    let is_whole = match rest.get(length..).unwrap_or_default() {
        [] | [b'"' | b'\'' | b'`' | b',' | b')' | b']' | b'}' | b';' | b'|' | b'=' | b'&', ..] => true,
        [byte, ..] => byte.is_ascii_whitespace(),
    };
    let word = std::str::from_utf8(rest.get(..length)?).ok()?;
    (is_whole && !is_official(word.trim_end_matches(['.', '_', '-']))).then_some(at + length)
}

/// Whether a name that is the value of something stands in no quotes and reads as another name of the program, or as a quotient of two: but not in
/// a line of YAML in one of its texts.
pub(super) fn is_identifier(text: &[u8], name: &name::Name) -> bool {
    let (before, after) = (text.get(..name.range.start).unwrap_or_default(), text.get(name.range.end..).unwrap_or_default());
    let is_bare = !name.reads.contains([':', '@', HOLE]) && before.last().is_some_and(u8::is_ascii_whitespace);
    let is_yaml = || before.trim_ascii_end().ends_with(b":") && after.iter().find(|byte| !matches!(byte, b' ' | b'\r')) == Some(&b'\n');
    is_bare && !is_yaml()
}

/// Whether a name stands in a line `name: …` of make, which says what a rule's target is made of; commands stand behind tabulators.
pub(super) fn is_of_a_rule(text: &[u8], name: &name::Name) -> bool {
    let before = text.get(..name.range.start).unwrap_or_default();
    let line = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = before.get(line..).unwrap_or_default();
    !line.starts_with(b"\t") && line.trim_ascii_end().ends_with(b":")
}

/// The site of names that a key or a variable says to be images.
pub(super) const ASSIGNED: &str = "assigned";

/// The site of names that nothing but their form says to be images.
pub(super) const TAGGED: &str = "tagged";

/// The site of names under a key that says image, further out.
pub(super) const LISTED: &str = "listed";

/// Whether a name with an organization has a tag of its own, and is no place in a file (`web/main.go:12`).
fn is_tagged(reference: &Reference, next: Option<&u8>) -> bool {
    let tag = reference.tag().unwrap_or_default();
    let is_number = tag.len() > 3 && tag.bytes().all(|byte| byte.is_ascii_digit());
    let is_file = reference.path().rsplit('/').next().is_some_and(|last| last.contains('.'));
    reference.path().contains('/') && !tag.is_empty() && !is_number && !is_file && !matches!(next, Some(b':'))
}

/// What says by itself that an image follows; by the second Azure's App Service is told what a site runs.
const SCHEMES: [&str; 2] = ["docker://", "DOCKER|"];

/// Whether a name may begin at a byte.
fn begins(bytes: &[u8], line: usize, at: usize) -> bool {
    if !bytes.get(at).is_some_and(u8::is_ascii_alphanumeric) {
        return false;
    }
    let before = bytes.get(line..at).unwrap_or_default();
    match before.last() {
        // The name of a variable, not the word that stands in for its value.
        Some(b'{') if before.ends_with(b"${") => false,
        Some(byte)
            if byte.is_ascii_whitespace()
                || matches!(byte, b'"' | b'\'' | b'`' | b'=' | b'(' | b'[' | b',' | b'|' | b'>' | b'{' | b'*') =>
        {
            true
        }
        Some(b'-') => before.ends_with(b":-"),
        // A byte order mark.
        Some(0xbf) => before == b"\xef\xbb\xbf",
        Some(b'/') => before.ends_with(b"docker://"),
        Some(b'n') => before.ends_with(b"\\n"),
        Some(_) => false,
        None => true,
    }
}

/// Whether a name may end before `rest`.
fn ends(rest: &[u8]) -> bool {
    match rest {
        [] | [b'.'] | [b'"' | b'\'' | b'`' | b',' | b')' | b']' | b'}' | b';' | b'|' | b'<' | b'\\' | b'&' | b'~', ..] => true,
        // What ends a sentence, and a tag that is put behind by other means.
        [b'.' | b':', next, ..] => next.is_ascii_whitespace() || matches!(next, b'"' | b'\'' | b'`'),
        [byte, ..] => byte.is_ascii_whitespace(),
    }
}

/// What is said of a word.
enum Place {
    /// It is an image: its site and its role.
    Image(&'static str, Role),
    /// It is something else.
    Other,
    /// Nothing.
    Unsaid,
}

/// Whether a word is a key, by what follows it in its line.
fn is_key(after: &str) -> bool {
    let after = after.strip_prefix(['"', '\'']).unwrap_or(after).trim_start();
    after.strip_prefix(':').is_some_and(|value| value.is_empty() || value.starts_with([' ', '\t', '"', '\'']))
}

/// What the text around a word says of it.
fn position(text: &str, line: &Range<usize>, word: &Range<usize>, reference: &Reference, blocks: &Blocks<'_>, calls: Calls) -> Place {
    let mut start = near(line.start, word.start);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let Some(before) = text.get(start..word.start) else { return Place::Other };
    if is_key(text.get(word.end..line.end).unwrap_or_default()) {
        return Place::Other;
    }
    let is_bare = !reference.as_str().contains('/');
    let is_known = !is_bare || is_official(bare(reference.as_str()));
    let said = if calls == Calls::None { Said::Nothing } else { said(text.as_bytes(), line.start, word.start) };
    match said {
        Said::Image(Role::Push, _) => return Place::Image("pushed", Role::Push),
        Said::Image(_, ShortNames::Registry) => return Place::Other,
        Said::Image(_, ShortNames::Aliases) if is_bare && is_alias(bare(reference.as_str())) => return Place::Other,
        Said::Image(_, ShortNames::None) if is_bare && !reference.as_str().contains([':', '@']) => return Place::Other,
        // Of one word without a version a statement in prose and in other languages is full.
        Said::Image(..) if before.trim_start().starts_with("FROM ") && is_bare && !reference.as_str().contains([':', '@']) => {
            return Place::Other;
        }
        Said::Image(..) if command::is_from_of_query(before) => return Place::Other,
        Said::Image(..) if is_bare && !reference.as_str().contains([':', '@']) && command::is_sentence(before.as_bytes()) => {
            return Place::Other;
        }
        Said::Image(role, _) if is_known => return Place::Image("command", role),
        Said::Image(..) | Said::Other => return Place::Other,
        Said::Nothing => {}
    }
    if !is_known || blocks.is_machine() || is_no_image(reference) {
        return Place::Other;
    }
    let pulled = |site| Place::Image(site, Role::Pull);
    if SCHEMES.iter().any(|scheme| before.ends_with(scheme)) {
        return pulled(ASSIGNED);
    }
    let statement = above::statement(text, line.start, before);
    let named = called(&statement).map(|called| match (called.by, called.name) {
        (By::Call, "super") => Called { name: above::extended(text, word.start).unwrap_or("super"), ..called },
        _ => called,
    });
    if named.is_some_and(|called| says_image(&called, reference) || called.by == By::Argument && is_for_images(&statement, reference)) {
        return pulled(ASSIGNED);
    }
    let is_part = named.is_none_or(|called| {
        called.by == By::Value
            && match KeyPart::of(called.name) {
                Some(KeyPart::Repository) => true,
                // Without a registry a path is one of files, or of keys.
                Some(KeyPart::Name) => !called.name.to_ascii_lowercase().ends_with("path"),
                _ => Naming::of(called.name) != Naming::Otherwise,
            }
    });
    let is_value = before.trim_start_matches([' ', '\t', '-', '"', '\'', '`']).is_empty() || named.is_some();
    if blocks.are_images(named.as_ref(), reference)
        && is_part
        && is_value
        && reference.as_str().contains(['/', ':', '@'])
        && !is_port(reference)
    {
        return pulled(LISTED);
    }
    if !is_bare && rows::is_one(before) {
        return pulled(rows::ROW);
    }
    Place::Unsaid
}

/// Where what counts begins in a line before a word.
const fn near(line: usize, word: usize) -> usize {
    if word - line > LONGEST_LINE { word - STATEMENT } else { line }
}

/// What the command says in which the word stands that begins at `word`, in the line that begins at `line`; lines that go on are one.
pub(super) fn said(text: &[u8], line: usize, word: usize) -> Said {
    let start = statement(text, line, word).max(word.saturating_sub(STATEMENT));
    command::said(text.get(start..word).unwrap_or_default())
}

/// Where the statement begins in which a word stands, in the line that begins at `line`; lines that go on are one.
pub(super) fn statement(text: &[u8], line: usize, word: usize) -> usize {
    let mut start = line;
    while start > 0 && word - start < STATEMENT && is_continued(text, start) {
        start = text.get(..start - 1).and_then(|before| memchr::memrchr(b'\n', before)).map_or(0, |at| at + 1);
    }
    start
}

/// What the name is used for that begins with a variable at a byte; `None` where nothing says that it is an image.
pub(super) fn use_at(text: &[u8], at: usize, reference: &Reference) -> Option<Role> {
    let line = text.get(..at).and_then(|before| memchr::memrchr(b'\n', before)).map_or(0, |at| at + 1);
    match said(text, line, at) {
        Said::Image(role, _) => Some(role),
        Said::Other => None,
        Said::Nothing => {
            let before = std::str::from_utf8(text.get(line..at)?).ok()?;
            called(before).is_some_and(|called| says_image(&called, reference)).then_some(Role::Pull)
        }
    }
}

/// Whether what a word is called makes an image of it.
fn says_image(called: &Called<'_>, reference: &Reference) -> bool {
    let is_bare = !reference.as_str().contains('/');
    let is_versioned = reference.tag().is_some() || reference.digest().is_some();
    match called.by {
        By::Value if is_bare && !is_versioned => {
            Naming::of(called.name) == Naming::Image && !called.name.starts_with("IMAGE_TAG") && !is_of_a_node(called.name)
        }
        // Of Nextflow, of workflows, and of Singularity's files.
        By::Value if matches!(called.name, "container" | "process.container" | "docker" | "dockerPull" | "From") => {
            is_versioned && !is_port(reference)
        }
        By::Value if KeyPart::of(called.name) == Some(KeyPart::Repository) && is_versioned && !is_bare => !is_port(reference),
        By::Value | By::Argument => {
            is_sure_by_name(called.name, reference) || called.by == By::Argument && called.name == "ctx" && is_versioned
        }
        By::Call => {
            let mut parts = called.name.rsplit(['.', ':']).filter(|part| !part.is_empty());
            let (last, before) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let says = |part: &str| Naming::of(part) == Naming::Image || part.ends_with("Container") || part == "containers";
            // What a builder begins with, and functions that have to do with images otherwise: `createContainerCmd("acme/web:1")`.
            let is_about = || matches!(last, "from" | "From" | "from_") || last.contains("Container") || Naming::has_image(last);
            is_versioned && !is_port(reference) && is_about() || (says(last) || says(before)) && (is_versioned || !is_bare)
        }
    }
}

/// Whether a further argument, behind `before`, is handed to a function of images, with a version: `AddContainer("web", "acme/web:1")`.
fn is_for_images(before: &str, reference: &Reference) -> bool {
    let callee = || open_bracket(before).and_then(|open| called(before.get(..=open)?)).filter(|called| called.by == By::Call);
    (reference.tag().is_some() || reference.digest().is_some()) && callee().is_some_and(|callee| says_image(&callee, reference))
}

/// A service with its port.
fn is_port(reference: &Reference) -> bool {
    reference.tag().is_some_and(|tag| matches!(tag.len(), 4 | 5) && tag.bytes().all(|byte| byte.is_ascii_digit()))
        && !reference.path().contains('/')
}
