//! Owns what else a variable of a `.env` feeds than images: other lines of the file, other values of those who read it, and containers that get
//! the file whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::format::How;
use crate::locate::File;
use crate::occurrence::{Caution, Occurrence, Origin, USES};
use crate::source::TreePath;
use crate::text::{FileId, Span};

use super::reach::Reader;
use super::taken::Taken;

/// Notes of each occurrence that is made of a line of a file of variables where else that line is used.
pub(super) fn tell(files: &[File<'_>], readers: &[Reader<'_>], found: &mut [Occurrence]) {
    let of_kind = |how: How| readers.iter().flat_map(move |reader| reader.takes.iter().filter(move |taken| taken.how() == how));
    let paths = |how: How| of_kind(how).flat_map(Taken::paths).map(TreePath::as_str).collect::<BTreeSet<_>>();
    let variables = paths(How::Variables);
    // What is filled in by whoever applies manifests may be used in all of them.
    let applied = |reader: &&Reader<'_>| {
        reader.takes.iter().any(|taken| taken.link.table.objects.is_some() && (!taken.arguments.is_empty() || !taken.objects.is_empty()))
    };
    let appliers: BTreeSet<&str> = readers.iter().filter(applied).map(|reader| reader.path.as_str()).collect();
    let feeding: Vec<&File<'_>> = files.iter().filter(|file| variables.contains(file.path) || !appliers.is_empty()).collect();
    if feeding.is_empty() {
        return;
    }
    let handed_on = paths(How::Data);
    let readers: BTreeSet<&str> = readers.iter().map(|reader| reader.path.as_str()).collect();
    let reading = || files.iter().filter(|file| readers.contains(file.path) && appliers.is_empty());
    let mut uses: BTreeMap<String, BTreeSet<Span>> = BTreeMap::new();
    let places: BTreeSet<Span> = found.iter().map(|one| one.place).collect();
    for file in feeding.iter().copied().chain(reading()) {
        for (name, span) in used(file) {
            if !is_in(&places, span) {
                let uses = uses.entry(name.to_owned()).or_default();
                if uses.len() < USES {
                    uses.insert(span);
                }
            }
        }
    }
    let names = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or_default().as_bytes();
        let at = reading().find_map(|file| Some((file.id, memchr::memmem::find(file.bytes, name)?)));
        at.map(|(file, at)| Span::new(file, at..at + name.len()))
    };
    let whole: BTreeMap<FileId, Span> =
        feeding.iter().filter(|file| handed_on.contains(file.path)).filter_map(|file| Some((file.id, names(file.path)?))).collect();
    let fed: BTreeSet<FileId> = feeding.iter().map(|file| file.id).collect();
    for one in found {
        let mut told: BTreeMap<Arc<str>, BTreeSet<Span>> = BTreeMap::new();
        for piece in one.pieces.iter().filter(|piece| fed.contains(&piece.span.file)) {
            let Origin::Default { variable } = &piece.origin else { continue };
            let own = uses.get(&**variable).into_iter().flatten().copied().chain(whole.get(&piece.span.file).copied());
            told.entry(Arc::clone(variable)).or_default().extend(own);
        }
        let told = told.into_iter().filter(|(_, places)| !places.is_empty());
        one.cautions.extend(told.map(|(variable, places)| Caution::AlsoUsed { variable, places: places.into_iter().collect() }));
    }
}

/// Whether a place lies in one of these.
fn is_in(places: &BTreeSet<Span>, span: Span) -> bool {
    let before = places.range(..=Span { end: usize::MAX, ..span });
    before.rev().take(NEAR).any(|place| place.contains(span))
}

/// Of how many places before it one may reach over a use.
const NEAR: usize = 4;

/// The uses of variables in a text, `$NAME` or `${NAME…}`, but for those in comments.
fn used<'a>(file: &File<'a>) -> impl Iterator<Item = (&'a str, Span)> {
    let (id, mut start) = (file.id, 0);
    file.bytes.split_inclusive(|byte| *byte == b'\n').flat_map(move |line| {
        let base = start;
        start += line.len();
        let is_comment = line.trim_ascii_start().starts_with(b"#");
        let uses = memchr::memchr_iter(b'$', line).filter_map(move |at| {
            let is_escaped = at > 0 && line.get(at - 1) == Some(&b'$');
            let start = at + 1 + usize::from(line.get(at + 1) == Some(&b'{'));
            let length = line.get(start..)?.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
            let name = std::str::from_utf8(line.get(start..start + length)?).ok()?;
            (length > 0 && !is_escaped).then(|| (name, Span::new(id, base + at..base + start + length)))
        });
        uses.filter(move |_| !is_comment)
    })
}
