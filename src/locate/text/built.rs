//! Owns what is built on a registry that a variable holds: names that begin with a use of it, in its own file and in those that see its variables.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::command::Said;
use super::key::{By, called};
use super::name::{self, Address};
use super::pieces::pieces;
use super::{Cover, Met, MetInFile, short};
use crate::locate::File;
use crate::occurrence::{Caution, Origin, Piece, Role, Spelling, USES};
use crate::reference::Reference;
use crate::text::{FileId, Span};

/// Its place in the table of texts.
pub(super) const BUILT: &str = "built";

/// Variables whose uses are looked for, and uses of all of them.
const VARIABLES: usize = 64;
const ALL_USES: usize = 4 << 10;

/// Which files see each other's variables: scripts, and what they read as if it stood in them.
#[derive(Clone, Debug, Default)]
pub struct Sharing(BTreeMap<FileId, BTreeSet<FileId>>);

impl Sharing {
    /// Those that are joined by these pairs, one by way of another.
    #[must_use]
    pub fn of(pairs: &[(FileId, FileId)]) -> Self {
        let mut groups: Vec<BTreeSet<FileId>> = Vec::new();
        for (a, b) in pairs {
            let (own, others): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| group.contains(a) || group.contains(b));
            groups = others;
            groups.push(own.into_iter().flatten().chain([*a, *b]).collect());
        }
        let each = groups.into_iter().flat_map(|group| group.clone().into_iter().map(move |file| (file, group.clone())));
        Self(each.collect())
    }

    fn sees(&self, file: FileId, other: FileId) -> bool {
        file == other || self.0.get(&file).is_some_and(|group| group.contains(&other))
    }
}

/// A name that is built on a variable's value.
pub(super) struct Built<'m> {
    /// Where it stands.
    pub(super) place: Span,
    /// The value, and what follows the variable's use.
    pub(super) pieces: Vec<Piece>,
    /// What it is used for.
    pub(super) role: Role,
    /// What is known of the value.
    pub(super) holder: &'m Met,
    /// Where the variable is used for something else.
    pub(super) caution: Option<Caution>,
}

/// A variable, and the value that it is given once in all files that see it.
struct Holder<'m> {
    met: &'m Met,
    name: &'m str,
    place: Span,
}

/// The names that are built on registries of which only a part moves, those of each variable together.
pub(super) fn built<'m>(files: &'m [File<'_>], met: &'m [MetInFile], sharing: &Sharing) -> Vec<Vec<Built<'m>>> {
    let holders = files.iter().zip(met).flat_map(|(file, met)| met.names.iter().filter_map(move |one| holder(file, one)));
    let holders: Vec<Holder<'m>> = holders.take(VARIABLES).collect();
    let (mut found, mut room) = (Vec::new(), ALL_USES);
    for holder in &holders {
        let is_seen = |file: FileId| sharing.sees(holder.place.file, file);
        let values = files.iter().filter(|file| is_seen(file.id)).map(|file| assignments(file.bytes, holder.name).count()).sum::<usize>();
        if values != 1 {
            continue;
        }
        let (mut own, mut others) = (Vec::new(), Vec::new());
        for file in files.iter().filter(|file| is_seen(file.id)) {
            let is_own = |used: &Range<usize>| file.id == holder.place.file && used.contains(&holder.place.start);
            for used in uses(file.bytes, holder.name).into_iter().filter(|used| !is_own(used)) {
                match of_use(file, &used, holder) {
                    Some(built) => own.push(built),
                    None => others.push(Span::new(file.id, used)),
                }
            }
        }
        others.truncate(USES);
        let Some(left) = room.checked_sub(own.len()) else { break };
        room = left;
        let caution = (!others.is_empty()).then(|| Caution::AlsoUsed { variable: holder.name.into(), places: others });
        found.push(own.into_iter().map(|built| Built { caution: caution.clone(), ..built }).collect());
    }
    found
}

/// The variable whose whole value a name is, where nobody knows what of it moves.
fn holder<'m>(file: &'m File<'_>, one: &'m Met) -> Option<Holder<'m>> {
    let is_one = matches!(one.cover, Cover::Hidden | Cover::Part)
        && one.charts.is_none()
        && one.name.address == Address::Image
        && one.name.holes.is_empty();
    let range = one.name.range.clone();
    let (before, after) = (file.bytes.get(..range.start)?, file.bytes.get(range.end..)?);
    let line = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    let called = called(std::str::from_utf8(before.get(line..)?).ok()?).filter(|called| is_one && called.by == By::Value)?;
    let ends = matches!(after.first(), None | Some(b'"' | b'\'' | b'\n' | b'\r' | b' ' | b'\t' | b'}'));
    let is_variable = called.name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_whole = ends && is_variable && called.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_whole.then(|| Holder { met: one, name: called.name, place: Span::new(file.id, range) })
}

/// Where a variable of that name is given a value in a text.
pub(super) fn assignments<'t>(text: &'t [u8], name: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
    words(text, name).filter(|range| is_given(text.get(range.end..(range.end + 8).min(text.len())).unwrap_or_default()))
}

/// The variable to which a line gives a value as it begins, and what follows its name.
pub(super) fn assigned(line: &[u8]) -> Option<(&str, &[u8])> {
    const DECLARING: [&[u8]; 9] = [b"export ", b"readonly ", b"local ", b"declare ", b"typeset ", b"-a ", b"-A ", b"set ", b"override "];
    let mut line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii_start();
    while let Some(rest) = DECLARING.iter().find_map(|word| line.strip_prefix(*word)) {
        line = rest.trim_ascii_start();
    }
    let length = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let (name, rest) = line.split_at(length);
    std::str::from_utf8(name).ok().filter(|name| !name.is_empty() && is_given(rest)).map(|name| (name, rest))
}

/// Whether what follows a name gives it a value: `=`, `?=`, `:=`, `: `.
pub(super) fn is_given(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii_start();
    let rest = rest.strip_prefix(b"?").or_else(|| rest.strip_prefix(b"::")).or_else(|| rest.strip_prefix(b"+")).unwrap_or(rest);
    matches!(rest.strip_prefix(b":").unwrap_or(rest), [b'=', next, ..] if *next != b'=') || matches!(rest, [b':', b' ', ..])
}

/// Where a name stands in a text as a word that is no variable's use.
fn words<'t>(text: &'t [u8], name: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    memchr::memmem::find_iter(text, name.as_bytes()).map(|at| at..at + name.len()).filter(move |range| {
        let before = range.start.checked_sub(1).and_then(|before| text.get(before));
        !before.is_some_and(|byte| is_word(byte) || matches!(byte, b'$' | b'{' | b'(' | b'%' | b'.' | b'-'))
            && !text.get(range.end).is_some_and(is_word)
    })
}

/// Where a variable is used: `$NAME`, `${NAME}`, `$(NAME)`, and with more in the brackets (`${NAME:-…}`); not in comments.
pub(super) fn uses(text: &[u8], name: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for at in memchr::memmem::find_iter(text, name.as_bytes()) {
        let Some(before) = text.get(..at) else { continue };
        let line = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let end = at + name.len();
        let goes_on = text.get(end).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        if goes_on || text.get(line..).is_some_and(|line| line.trim_ascii_start().starts_with(b"#")) {
            continue;
        }
        let close = |open: u8| if open == b'{' { b'}' } else { b')' };
        match before {
            // A dollar sign that is doubled is one of the shell's in a Makefile.
            [.., b'$', open @ (b'{' | b'(')] => {
                let length = text.get(end..).and_then(|rest| rest.iter().position(|byte| *byte == close(*open)));
                found.extend(length.map(|length| at - 2..end + length + 1));
            }
            [.., b'$'] => found.push(at - 1..end),
            _ => {}
        }
    }
    found
}

/// Whether a name may begin behind a text.
pub(super) fn begins(before: &[u8]) -> bool {
    let is_of_name =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/' | b':' | b'@' | b'$' | b'}' | b')');
    !before.last().is_some_and(is_of_name) || before.ends_with(b"docker://")
}

/// The variable that is used at a dollar sign as it is, and where its use ends.
pub(super) fn used_at(text: &[u8], at: usize) -> Option<(&str, usize)> {
    let rest = text.get(at + 1..)?;
    let close = rest.first().and_then(|open| match open {
        b'{' => Some(b'}'),
        b'(' => Some(b')'),
        _ => None,
    });
    let start = at + 1 + usize::from(close.is_some());
    let length = text.get(start..)?.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let is_closed = close.is_none_or(|close| text.get(start + length) == Some(&close));
    let name = std::str::from_utf8(text.get(start..start + length)?).ok().filter(|name| is_closed && !name.is_empty())?;
    Some((name, start + length + usize::from(close.is_some())))
}

/// The name that begins with a use; `None` where the use is something else.
fn of_use<'m>(file: &File<'_>, used: &Range<usize>, holder: &Holder<'m>) -> Option<Built<'m>> {
    let typed = file.bytes.get(used.clone())?;
    let is_plain = typed.len() <= holder.name.len() + "${}".len();
    let before = file.bytes.get(..used.start)?;
    if !is_plain || !begins(before) || file.bytes.get(used.end) != Some(&b'/') {
        return None;
    }
    let (end, rest, holes) = name::forward(file.bytes, used.end);
    if end <= used.end + 1 {
        return None;
    }
    let value = &holder.met.name.reads;
    let role = if value.split('/').next().is_some_and(|domain| domain.contains(['.', ':'])) {
        let line = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        match short::said(file.bytes, line, used.start) {
            Said::Image(role, _) => role,
            Said::Nothing => Role::Pull,
            Said::Other => return None,
        }
    } else {
        // Without a domain the value says nothing itself.
        short::use_at(file.bytes, used.start, &Reference::parse_with_holes(&format!("{value}{rest}")).ok()?)?
    };
    let place = Span::new(file.id, used.start..end);
    let own = Piece {
        text: value.clone(),
        span: holder.place,
        origin: Origin::Default { variable: Arc::from(holder.name) },
        spelling: Spelling::Verbatim,
    };
    let behind = pieces(file.bytes, Span { start: used.end, ..place }, &holes);
    Some(Built { place, pieces: std::iter::once(own).chain(behind).collect(), role, holder: holder.met, caution: None })
}
