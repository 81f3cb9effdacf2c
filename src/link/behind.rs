//! Owns names that stand behind something: the value of a variable before which the rest of its file puts a registry (`$REGISTRY/$IMAGE_NAME`) is no
//! name of Docker Hub.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use crate::format::Surroundings;
use crate::locate::{File, Owned, TEXT, value_name};
use crate::occurrence::{Caution, Occurrence, Origin, Piece};
use crate::reference::{HOLE, KeyPart};
use crate::text::{FileId, Span};

/// Bytes before a value in which its name is looked for, and before the use of a variable in which its word begins.
const NEAR: usize = 256;

/// Lines on both sides of a value among which the registry of its name may stand.
const BESIDE: usize = 40;

/// Lets the names that are only used behind something begin with it, and takes out those whose uses are known: they are told there. Notes of each name
/// that stands beside a registry of its own that this one may be put before it.
pub(super) fn take(files: &[File<'_>], found: &mut Vec<Occurrence>) -> Vec<Occurrence> {
    let mut read: BTreeMap<FileId, BTreeMap<&str, Uses<'_>>> = BTreeMap::new();
    let is_plain = |file: &&File<'_>| file.surroundings == Surroundings::Plain;
    let plain: BTreeMap<FileId, &File<'_>> = files.iter().filter(is_plain).map(|file| (file.id, file)).collect();
    let mut known: Option<Owned<()>> = None;
    let mut gone: BTreeSet<usize> = BTreeSet::new();
    for number in 0..found.len() {
        let Some(one) = found.get(number).filter(|one| is_short(one)) else { continue };
        let (place, is_text) = (one.place, &*one.format == TEXT);
        let Some(file) = plain.get(&place.file) else { continue };
        let Some(name) =
            name_of(file.bytes, place.start).filter(|name| is_text || is_variable(name) || is_of_declaration(file.bytes, place.start))
        else {
            continue;
        };
        let uses = uses_of(read.entry(file.id).or_insert_with(|| uses(file.bytes)), last(name));
        match uses {
            // With a registry of its own it would have two in the one place, and without one none in the other.
            Uses { behind: Some(before), is_alone: true, .. } if may_be_registry(before, one) => {
                let at = Span { end: place.start, ..place };
                found.get_mut(number).into_iter().for_each(|one| one.cautions.push(Caution::Preceded { variable: before.text.into(), at }));
            }
            Uses { is_alone: true, .. } => {}
            Uses { behind: Some(before), .. } if may_be_registry(before, one) => {
                gone.extend(known.get_or_insert_with(|| values(found)).at(place).map(|()| number));
                found.get_mut(number).into_iter().for_each(|one| put_before(one, before.text));
            }
            Uses { behind: Some(_), .. } | Uses { is_own: true, .. } => {}
            Uses { .. } => {
                if let (Some((key, at_key)), Some(one)) = (registry_beside(file, place.start, name), found.get_mut(number)) {
                    one.cautions.push(Caution::Preceded { variable: Arc::from(key), at: at_key });
                }
            }
        }
    }
    let all = std::mem::take(found).into_iter().enumerate();
    let (taken, kept): (Vec<_>, Vec<_>) = all.partition(|(at, _)| gone.contains(at));
    found.extend(kept.into_iter().map(|(_, one)| one));
    taken.into_iter().map(|(_, one)| one).collect()
}

/// Whether what is put before a name may be its registry, or the rest of its path: before a path a plain word is a folder.
fn may_be_registry(before: Before<'_>, one: &Occurrence) -> bool {
    let is_path = || one.reference().is_ok_and(|reference| reference.as_str().contains('/'));
    let is_domain = before.text.contains(['.', ':']) || before.text.ends_with("localhost");
    !before.is_literal || is_domain || before.text.is_empty() || !is_path()
}

/// The values of variables that stand in references.
fn values(found: &[Occurrence]) -> Owned<()> {
    let given = found.iter().flat_map(|one| &one.pieces).filter(|piece| matches!(piece.origin, Origin::Default { .. }));
    given.map(|piece| (piece.span, ())).collect()
}

/// Lets a name begin with something that is not known.
fn put_before(one: &mut Occurrence, before: &str) {
    let at = Span { end: one.place.start, ..one.place };
    one.pieces.splice(..0, [Piece::hole(before, at), Piece::implied("/", at)]);
}

/// Whether a name has no registry, and is one text.
fn is_short(one: &Occurrence) -> bool {
    let is_own = one.pieces.first().is_some_and(|piece| piece.origin == Origin::Literal && piece.span.start == one.place.start);
    is_own
        && !one.is_beginning()
        && !one.pieces.iter().any(|piece| matches!(piece.origin, Origin::Sibling { .. }))
        && one.reference().is_ok_and(|reference| reference.domain().is_none() && !reference.as_str().starts_with(HOLE))
}

/// Whether a name is one that only variables have, not keys of a format (`image`): several words, or capitals.
fn is_variable(name: &str) -> bool {
    name.contains(|c: char| c.is_ascii_uppercase() || matches!(c, '_' | '-'))
}

/// The name of the variable, or the key, whose value begins at `at`.
fn name_of(text: &[u8], at: usize) -> Option<&str> {
    let name = key_of(text, at).filter(|name| !name.is_empty())?;
    if !is_of_declaration(text, at) {
        return Some(name);
    }
    // `variable "web_image" { default = "acme/web" }`
    let near = text.get(at.saturating_sub(NEAR)..at)?;
    let label = near.get(..memchr::memmem::rfind(near, b"\" {")?)?;
    std::str::from_utf8(label.get(memchr::memrchr(b'"', label)? + 1..)?).ok()
}

fn key_of(text: &[u8], at: usize) -> Option<&str> {
    value_name(std::str::from_utf8(line_before(text, at)).ok()?)
}

/// Whether the key of a value is one by which variables are declared.
fn is_of_declaration(text: &[u8], at: usize) -> bool {
    matches!(key_of(text, at), Some("default" | "value"))
}

/// The last word of a name with dots (`app.image`).
fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or_default()
}

/// The part of a line before a byte, as far as it is looked at.
fn line_before(text: &[u8], at: usize) -> &[u8] {
    let near = text.get(at.saturating_sub(NEAR)..at).unwrap_or_default();
    near.get(memchr::memrchr(b'\n', near).map_or(0, |end| end + 1)..).unwrap_or_default()
}

/// How a variable is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Uses<'t> {
    /// What is put before it, where that is done first.
    behind: Option<Before<'t>>,
    /// Whether it also begins a word.
    is_alone: bool,
    /// Whether its own value begins with it: `IMG=${IMG:-acme/web}`.
    is_own: bool,
    /// Another variable whose value it begins.
    given_to: Option<&'t str>,
}

/// What is put before a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Before<'t> {
    text: &'t str,
    /// Whether it is written there as it is, so that before a path it may be a folder.
    is_literal: bool,
}

/// Variables of which one is given to the next.
const GIVEN: usize = 4;

/// How a variable is used, itself and by those whose values it begins.
fn uses_of<'t>(all: &BTreeMap<&'t str, Uses<'t>>, name: &str) -> Uses<'t> {
    let mut whole = all.get(name).copied().unwrap_or_default();
    for _ in 0..GIVEN {
        let Some(next) = whole.given_to.take() else { break };
        let next = all.get(next).copied().unwrap_or(Uses { is_alone: true, ..Uses::default() });
        whole = Uses { behind: whole.behind.or(next.behind), is_alone: whole.is_alone || next.is_alone, given_to: next.given_to, ..whole };
    }
    whole
}

/// How the variables of a file are used, whatever its language: `$NAME`, `${NAME}`, `$(NAME)`, `{{ NAME }}`, `${{ env.NAME }}`, `{NAME}`, `"/" + NAME`.
fn uses(text: &[u8]) -> BTreeMap<&str, Uses<'_>> {
    let mut found: BTreeMap<&str, Uses<'_>> = BTreeMap::new();
    for word in words(text, is_part) {
        let use_of = place_of(line_before(text, word.start), text.get(word.end..).unwrap_or_default());
        let (Some(place), Some(name)) = (use_of, text.get(word).and_then(|name| std::str::from_utf8(name).ok())) else { continue };
        // `$NAME-x` is a variable and a text, `inputs.image-name` a variable.
        let short = name.split('-').next().filter(|short| short.len() < name.len());
        for name in short.into_iter().chain([name]) {
            let uses = found.entry(name).or_default();
            match place {
                Place::Behind(before) => uses.behind = uses.behind.or(Some(before)),
                Place::Given(to) if to == name => uses.is_own = true,
                Place::Given(to) if uses.given_to.is_none_or(|other| other == to) => uses.given_to = Some(to),
                Place::Given(_) | Place::Alone => uses.is_alone = true,
            }
        }
    }
    found
}

/// Where a variable is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place<'t> {
    /// Behind this, as it stands before an image's name.
    Behind(Before<'t>),
    /// As the beginning of another variable's value.
    Given(&'t str),
    /// As the beginning of a word.
    Alone,
}

/// Where the variable between `before`, the part of its line, and `after` is used; `None` where it is not used, or as a part of a path.
fn place_of<'t>(before: &'t [u8], after: &[u8]) -> Option<Place<'t>> {
    // `env.NAME`, `.Values.NAME`.
    let is_path = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let bare = trim_end(before, is_path).trim_ascii_end();
    let opened = [&b"${{"[..], b"{{-", b"{{", b"${", b"$(", b"#{", b"<%=", b"$"].into_iter().find_map(|open| bare.strip_suffix(open));
    let braced = || bare.strip_suffix(b"{").filter(|_| after.starts_with(b"}"));
    let added = || {
        let text = [b'+', b'.', b'~', b'&'].iter().find_map(|sign| bare.strip_suffix(&[*sign]))?;
        text.trim_ascii_end().strip_suffix(b"\"").or_else(|| text.trim_ascii_end().strip_suffix(b"'")).filter(|text| text.ends_with(b"/"))
    };
    let before = opened.or_else(braced).or_else(added)?;
    let is_word = |byte: &u8| !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\'' | b'`' | b'=' | b',');
    let word = || {
        let bare = before.strip_suffix(b"/").unwrap_or(before);
        // What stands in brackets may have blanks.
        let start = if bare.ends_with(b"}}") { memchr::memmem::rfind(bare, b"{{") } else { None };
        let start = start.map_or(bare.len(), |open| open - usize::from(bare.get(..open).is_some_and(|before| before.ends_with(b"$"))));
        let start = trim_end(bare.get(..start).unwrap_or_default(), is_word).len();
        let word = std::str::from_utf8(bare.get(start..).unwrap_or_default()).unwrap_or_default();
        // `registry + "/" + NAME`
        let added = || bare.trim_ascii_end().strip_suffix(b"\"").or_else(|| bare.trim_ascii_end().strip_suffix(b"'"));
        let outer = added().filter(|_| word.is_empty()).map(|text| trim_end(text, |byte| !is_part(*byte)));
        let outer = outer.map(|text| text.get(trim_end(text, |byte| is_part(*byte)).len()..).unwrap_or_default());
        let outer = outer.and_then(|outer| std::str::from_utf8(outer).ok());
        let is_literal = outer.is_none() && !word.contains(['$', '{', '(', '%', '#']);
        Before { text: outer.unwrap_or(word), is_literal }
    };
    match before.last() {
        Some(b'/') if before.ends_with(b"//") => Some(Place::Alone),
        Some(b'/') => Some(word()).filter(|word| !word.text.starts_with(['/', '.', '~'])).map(Place::Behind),
        // `$REGISTRY$NAME`.
        Some(b'}' | b')') => Some(Place::Behind(word())),
        Some(byte) if byte.is_ascii_alphanumeric() => None,
        _ => {
            let given = std::str::from_utf8(before).ok().and_then(value_name).filter(|name| is_variable(name));
            Some(given.map_or(Place::Alone, |name| Place::Given(last(name))))
        }
    }
}

/// A text without the bytes at its end for which `is_of` holds.
fn trim_end(text: &[u8], is_of: impl Fn(&u8) -> bool) -> &[u8] {
    text.get(..text.iter().rposition(|byte| !is_of(byte)).map_or(0, |at| at + 1)).unwrap_or_default()
}

/// The key near the value at `at` that holds the registry of what `name` names, by their words: in its line, or in a line that begins as its own does.
fn registry_beside<'f>(file: &File<'f>, at: usize, name: &str) -> Option<(&'f str, Span)> {
    let text = file.bytes;
    let lines = lines_around(text, at);
    let own = lines.iter().position(|line| line.contains(&at))?;
    let bytes = |line: &Range<usize>| text.get(line.start..line.end.min(line.start + NEAR)).unwrap_or_default();
    let indent = |line: &Range<usize>| bytes(line).iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let depth = indent(lines.get(own)?);
    let is_inside = |line: &&Range<usize>| bytes(line).trim_ascii().is_empty() || indent(line) >= depth;
    let below = lines.get(own..)?.iter().take_while(is_inside);
    let above = lines.get(..own)?.iter().rev().take_while(is_inside);
    let (stem, outer) = (KeyPart::stem(last(name)), name.rsplit_once('.').map_or("", |(outer, _)| outer));
    below.chain(above).filter(|line| indent(line) == depth).find_map(|line| {
        words(bytes(line), |byte| is_part(byte) || byte == b'.').find_map(|word| {
            let (key, after) = (text_at(file, line.start + word.start..line.start + word.end)?, bytes(line).get(word.end..)?);
            let is_registry = || {
                let (around, key) = key.rsplit_once('.').unwrap_or(("", key));
                around == outer && KeyPart::of(key) == Some(KeyPart::Registry) && KeyPart::stem(key) == stem
            };
            let is_element = || after.starts_with(b">") && bytes(line).get(..word.start).is_some_and(|before| before.ends_with(b"<"));
            ((is_given(after) || is_element()) && is_registry())
                .then(|| (key, Span::new(file.id, line.start + word.start..line.start + word.end)))
        })
    })
}

fn text_at<'f>(file: &File<'f>, range: Range<usize>) -> Option<&'f str> {
    std::str::from_utf8(file.bytes.get(range)?).ok()
}

/// Whether a value follows, and no tag (`registry:2`).
fn is_given(after: &[u8]) -> bool {
    let after = after.strip_prefix(b"\"").unwrap_or(after).trim_ascii_start();
    match after {
        [b':', next, ..] => !(next.is_ascii_alphanumeric() || matches!(next, b'.' | b'_')),
        [b':' | b'=' | b'?', ..] => true,
        _ => false,
    }
}

/// The words of a line.
fn words(line: &[u8], is_of: impl Fn(u8) -> bool) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + line.get(at..)?.iter().position(|byte| is_of(*byte))?;
        at = start + line.get(start..)?.iter().take_while(|byte| is_of(**byte)).count();
        Some(start..at)
    })
}

const fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// The lines around a byte, in order, so many on both sides.
fn lines_around(text: &[u8], at: usize) -> Vec<Range<usize>> {
    let ends = |text: &[u8]| memchr::memchr_iter(b'\n', text).take(BESIDE).map(|end| end + 1).collect::<Vec<usize>>();
    let before = text.get(..at).unwrap_or_default();
    let mut starts: Vec<usize> = memchr::memrchr_iter(b'\n', before).take(BESIDE).map(|end| end + 1).collect();
    starts.reverse();
    starts.extend(ends(text.get(at..).unwrap_or_default()).into_iter().map(|end| at + end));
    if starts.first().is_none_or(|first| *first > at) || starts.len() < BESIDE && !starts.contains(&0) {
        starts.insert(0, 0);
    }
    let ends = starts.iter().copied().skip(1).chain([text.len()]);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(text: &str) -> (bool, bool) {
        let uses = uses(text.as_bytes()).get("NAME").copied().unwrap_or_default();
        (uses.behind.is_some(), uses.is_alone)
    }

    #[test]
    fn a_variable_is_used_as_the_one_that_it_is_given_to() {
        let used = |text: &str| {
            let uses = uses_of(&uses(text.as_bytes()), "NAME");
            (uses.behind.is_some(), uses.is_alone)
        };
        assert_eq!(used("IMAGE=\"${NAME}:v1\"\ncheck \"$REGISTRY/$IMAGE\"\n"), (true, false));
        assert_eq!(used("IMAGE=\"${NAME}:v1\"\ncheck \"$IMAGE\"\n"), (false, true));
        assert_eq!(used("NAME=${NAME}-x\nIMAGE=$NAME\nWHOLE=quay.io/$IMAGE\n"), (true, false));
        assert_eq!(used("IMAGE=$NAME\n"), (false, true));
    }

    #[test]
    fn a_variable_is_used_behind_a_registry_however_it_is_spelled() {
        for text in [
            "docker push $REGISTRY/$NAME:1",
            "docker push ${REGISTRY}/${NAME}:1",
            "docker push $(REGISTRY)/$(NAME):1",
            "push: ${{ env.REGISTRY }}/${{ env.NAME }}",
            "image: {{ registry }}/{{ NAME }}",
            "f\"{REGISTRY}/{NAME}:1\"",
            "`${registry}/${NAME}`",
            "x = registry + \"/\" + NAME",
            "docker push quay.io/$NAME",
            "docker push ${PREFIX}${NAME}",
        ] {
            assert_eq!(used(text), (true, false), "{text}");
        }
    }

    #[test]
    fn a_variable_is_used_alone() {
        for text in ["docker run $NAME:1", "image: {{ NAME }}", "skopeo copy docker://${NAME} x", "x \"${NAME}\""] {
            assert_eq!(used(text), (false, true), "{text}");
        }
    }

    #[test]
    fn paths_and_other_words_are_no_uses() {
        for text in ["ls /images/$NAME", "cd ./$NAME", "NAME: acme/web", "NAME=acme/web", "f(NAME)", "{ NAME: x }"] {
            assert_eq!(used(text), (false, false), "{text}");
        }
    }
}
