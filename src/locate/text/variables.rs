//! Owns variables that hold names of Docker Hub, or begin them, which only their uses say: `ORG=acme` and `docker run $ORG/web:1`, `for i in acme/a:1` and
//! `docker pull $i`, a matrix and `docker run ${{ matrix.distro }}`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::key::{By, called};
use super::short::{self, Shorts};
use super::{Cover, built, lists, name};
use crate::locate::evidence::is_no_image;
use crate::locate::official::is_official;
use crate::occurrence::Role;
use crate::reference::{HOLE, KeyPart, Naming, Reference, begins_names};

/// Uses of variables in one text that are looked at.
const USES: usize = 4 << 10;

/// Variables of one text that are followed.
const VARIABLES: usize = 512;

/// The value of a variable.
pub(super) struct Value {
    /// Its bytes.
    pub(super) range: Range<usize>,
    /// What it reads as.
    pub(super) reads: String,
    /// The whole name, or a part of it, which says something only where others are built on it.
    pub(super) cover: Cover,
    pub(super) role: Role,
}

/// The values of the variables in `text` that a command pulls by, or that stand in the value of a key that says image. `decides` says whether a mapping
/// takes a name.
pub(super) fn values(text: &[u8], shorts: &Shorts, decides: &dyn Fn(&Reference) -> bool) -> Vec<Value> {
    if !shorts.may_stand_in(text) {
        return Vec::new();
    }
    let mut known: BTreeMap<&str, Vec<Given>> = BTreeMap::new();
    let (mut found, mut behind): (BTreeMap<usize, (&str, Value)>, BTreeSet<&str>) = (BTreeMap::new(), BTreeSet::new());
    for at in memchr::memchr_iter(b'$', text).take(USES) {
        let Some(used) = used_at(text, at).filter(|used| known.len() < VARIABLES || known.contains_key(used.name)) else { continue };
        let all = known.entry(used.name).or_insert_with(|| given(text, used.name));
        let values = of_use(all, &used, at);
        if !text.get(..at).is_some_and(built::begins) {
            behind.extend(values.len().checked_sub(2).map(|_| used.name));
            continue;
        }
        let rest = name::forward(text, used.end).1;
        for value in values {
            let Some(reads) = text.get(value.clone()).and_then(|value| std::str::from_utf8(value).ok()) else { continue };
            let Ok(reference) = Reference::parse_with_holes(&format!("{reads}{rest}")) else { continue };
            if !may_be_of_hub(&reference) || !decides(&reference) {
                continue;
            }
            let Some(role) = short::use_at(text, at, &reference) else { continue };
            let cover = if rest.starts_with('/') { Cover::Part } else { Cover::Name };
            let value = Value { range: value.clone(), reads: reads.to_owned(), cover, role };
            let (_, value) = found.entry(value.range.start).or_insert((used.name, value));
            // What the text itself builds under a name is only here.
            if role == Role::Push {
                value.role = Role::Push;
            }
        }
    }
    // Of a list whose items also stand behind a registry nobody knows what they shall be.
    found.values_mut().filter(|(name, _)| behind.contains(name)).for_each(|(_, value)| value.cover = Cover::Hidden);
    let found: Vec<Value> = found.into_values().map(|(_, value)| value).collect();
    let registries = shorts.alone(text).into_iter().filter(|range| is_registry(text, range, decides));
    let others = registries.filter(|range| found.iter().all(|one| one.range != *range)).filter_map(|range| {
        let reads = std::str::from_utf8(text.get(range.clone())?).ok()?.to_owned();
        Some(Value { range, reads, cover: Cover::Below, role: Role::Pull })
    });
    let others: Vec<Value> = others.collect();
    let listed = lists::lists(text).into_iter().flat_map(|list| {
        let cover = if list.is_put_behind { Cover::Hidden } else { Cover::Name };
        list.items.into_iter().map(move |range| (range, cover))
    });
    let listed = listed.filter_map(|(range, cover)| {
        let reads = std::str::from_utf8(text.get(range.clone())?).ok()?.to_owned();
        let reference = Reference::parse_with_holes(&reads).ok()?;
        (may_be_of_hub(&reference) && decides(&reference)).then_some(Value { range, reads, cover, role: Role::Pull })
    });
    let listed: Vec<Value> = listed.filter(|value| found.iter().all(|one| one.range != value.range)).collect();
    found.into_iter().chain(others).chain(listed).collect()
}

/// Whether a name may be one of Docker Hub, without its domain.
fn may_be_of_hub(reference: &Reference) -> bool {
    reference.domain().is_none() && (reference.as_str().contains('/') || is_official(reference.path())) && !is_no_image(reference)
}

/// Whether a word that a mapping takes names from is the whole value of what is called a registry: `make REGISTRY=acme`.
fn is_registry(text: &[u8], word: &Range<usize>, decides: &dyn Fn(&Reference) -> bool) -> bool {
    let line = text.get(..word.start).and_then(|before| memchr::memrchr(b'\n', before)).map_or(0, |at| at + 1);
    let (before, reads) = (text.get(line..word.start), text.get(word.clone()));
    let [Some(Ok(before)), Some(Ok(reads))] = [before, reads].map(|bytes| bytes.map(std::str::from_utf8)) else { return false };
    let ends = matches!(text.get(word.end), None | Some(b'"' | b'\'' | b'\n' | b'\r' | b' ' | b'\t' | b';' | b'}'));
    let says = |name: &str| KeyPart::of(name) == Some(KeyPart::Registry) || Naming::has_image(name) && begins_names(name, || true);
    let takes = || Reference::parse_with_holes(&format!("{reads}/{HOLE}")).is_ok_and(|reference| decides(&reference));
    ends && called(before).is_some_and(|called| called.by == By::Value && says(called.name)) && takes()
}

/// Where a variable is used.
struct Used<'t> {
    name: &'t str,
    end: usize,
    /// Whether each of its values is used in a run of its own: `${{ matrix.image }}`.
    is_of_matrix: bool,
}

/// The use of a variable at a dollar sign: `$NAME`, `${NAME}`, `$(NAME)`, `${{ env.NAME }}`.
fn used_at(text: &[u8], at: usize) -> Option<Used<'_>> {
    if let Some((name, end)) = built::used_at(text, at) {
        return Some(Used { name, end, is_of_matrix: false });
    }
    let inner = text.get(at..)?.strip_prefix(b"${{")?;
    let length = memchr::memmem::find(inner.get(..inner.len().min(LONGEST))?, b"}}")?;
    let expression = std::str::from_utf8(inner.get(..length)?).ok()?;
    let (context, name) = expression.trim().split_once('.')?;
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let is_known = matches!(context, "env" | "matrix" | "inputs");
    (is_known && is_plain).then_some(Used { name, end: at + "${{}}".len() + length, is_of_matrix: context == "matrix" })
}

/// The longest expression that is read.
const LONGEST: usize = 128;

/// Where a variable is given a value, or one after another.
struct Given {
    /// Where its name stands.
    at: usize,
    /// Whether it holds one after another of them from there on: `for NAME in …`.
    is_loop: bool,
    values: Vec<Range<usize>>,
}

/// What a variable holds where it is used: an item of the loop around it, else what it is given once.
fn of_use<'g>(all: &'g [Given], used: &Used<'_>, at: usize) -> Vec<&'g Range<usize>> {
    let of_loop = all.iter().filter(|given| given.is_loop && given.at < at).max_by_key(|given| given.at);
    match (of_loop, all) {
        (Some(given), _) | (None, [given]) => given.values.iter().collect(),
        (None, _) if used.is_of_matrix => all.iter().flat_map(|given| &given.values).collect(),
        (None, _) => Vec::new(),
    }
}

/// All that a variable is given in a text.
fn given(text: &[u8], variable: &str) -> Vec<Given> {
    let assigned = built::assignments(text, variable).map(|name| (name, false));
    let of_loops = memchr::memmem::find_iter(text, variable.as_bytes()).map(|at| (at..at + variable.len(), true));
    let of_loops = of_loops.filter(|(name, _)| {
        text.get(..name.start).is_some_and(|before| before.ends_with(b"for "))
            && text.get(name.end..).is_some_and(|rest| rest.starts_with(b" in "))
    });
    let all = assigned.chain(of_loops).take(ASSIGNMENTS);
    let values = |(name, is_loop): (Range<usize>, bool)| {
        let values = if is_loop { items(text, name.end + " in ".len()) } else { value(text, name.end, variable) };
        Given { at: name.start, is_loop, values }
    };
    all.map(values).collect()
}

/// Values of one variable that are looked at, and items of one value.
const ASSIGNMENTS: usize = 64;
const ITEMS: usize = 256;

/// The value behind a variable's name, itself or where it is not set (`${ORG:-acme}`), where that is a text without variables of its own; or the items
/// of a list of YAML.
fn value(text: &[u8], name: usize, variable: &str) -> Vec<Range<usize>> {
    let is_lead = |byte: &u8| matches!(byte, b' ' | b'\t' | b'?' | b'+' | b':' | b'=' | b'"' | b'\'');
    let lead = |at: usize| at + text.get(at..).map_or(0, |rest| rest.iter().take_while(|byte| is_lead(byte)).count());
    let mut start = lead(name);
    match text.get(start..) {
        Some([b'[', ..]) => return items(text, start + 1),
        Some([b'\n', ..] | [b'\r', b'\n', ..]) => return items_below(text, start),
        _ => {}
    }
    if let Some(own) = text.get(start..).and_then(|rest| rest.strip_prefix(b"${")?.strip_prefix(variable.as_bytes())) {
        let word = own.strip_prefix(b":-").or_else(|| own.strip_prefix(b"-")).or_else(|| own.strip_prefix(b":="));
        let Some(word) = word else { return Vec::new() };
        start = text.len() - word.len();
    }
    one(text, start).into_iter().collect()
}

/// The name at a byte, if it is whole and without variables.
fn one(text: &[u8], start: usize) -> Option<Range<usize>> {
    let (end, reads, holes) = name::forward(text, start);
    let ends = matches!(text.get(end), None | Some(b'"' | b'\'' | b'\n' | b'\r' | b' ' | b'\t' | b';' | b'}' | b',' | b']'));
    (ends && holes.is_empty() && !reads.is_empty()).then_some(start..end)
}

/// The words of a list that begins at a byte, up to the end of its line, a semicolon or a bracket.
fn items(text: &[u8], start: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = start;
    while let Some(rest) = text.get(at..).filter(|_| found.len() < ITEMS) {
        match rest {
            [b'\\', b'\n', ..] => at += 2,
            [b'\\', b'\r', b'\n', ..] => at += 3,
            [b' ' | b'\t' | b'"' | b'\'' | b',', ..] => at += 1,
            [] | [b';' | b']' | b'\n' | b'\r' | b')', ..] => break,
            _ => {
                let end = name::forward(text, at).0.max(at + 1);
                found.extend(one(text, at));
                at = end;
            }
        }
    }
    found
}

/// The items of the list of YAML that stands in the lines below a byte.
fn items_below(text: &[u8], start: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut ends = memchr::memchr_iter(b'\n', text.get(start..).unwrap_or_default()).map(|end| start + end + 1);
    while let Some(line) = ends.next().filter(|_| found.len() < ITEMS) {
        let rest = text.get(line..).unwrap_or_default();
        let item = rest.trim_ascii_start();
        let Some(value) = item.strip_prefix(b"- ") else { break };
        let quoted = value.trim_ascii_start();
        let value = quoted.strip_prefix(b"\"").or_else(|| quoted.strip_prefix(b"'")).unwrap_or(quoted);
        found.extend(one(text, text.len() - value.len()));
    }
    found
}
