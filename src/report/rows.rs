//! Owns a line of the inventory: one occurrence with everything that can be said of it without asking anybody.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::judge::{Reading, Residue, Rules};
use crate::lint::{residue, shown};
use crate::locate::File;
use crate::occurrence::{Class, Confidence, Occurrence, Role};
use crate::plan::Decided;
use crate::platform::Platform;
use crate::reference::{Invalid, Reference};
use crate::text::{FileId, Lines, Position};

/// One occurrence, as `list` shows it. Values that are not known stand as `{variable}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The file, with `/`.
    pub path: String,
    /// Line of the place, from 1.
    pub line: usize,
    /// Column of the place in characters, from 1.
    pub column: usize,
    /// First byte of the place.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// The format.
    pub format: String,
    /// The site in the format.
    pub site: String,
    /// Why the text is there.
    pub class: Class,
    /// What the reference is used for.
    pub role: Role,
    /// How sure the position is.
    pub confidence: Confidence,
    /// The bytes at the place.
    pub written: String,
    /// What the pieces spell.
    pub reference: String,
    /// Canonical name with tag and digest; none when the text is no reference.
    pub canonical: Option<String>,
    /// The canonical name's domain.
    pub domain: Option<String>,
    /// The canonical name's path.
    pub repository: Option<String>,
    /// The tag.
    pub tag: Option<String>,
    /// The digest.
    pub digest: Option<String>,
    /// Why something of it is not known; none when all is.
    pub unresolved: Option<String>,
    /// The platform that it is pulled for, where the file says one.
    pub platform: Option<Platform>,
    /// The mapping that covers it.
    pub mapping: Option<String>,
}

impl Row {
    /// The row of an occurrence in `file`, which people type as `path`.
    fn new(path: &str, file: &File<'_>, lines: &Lines<'_>, occurrence: &Occurrence, decided: &Decided) -> Self {
        let reference = &decided.reference;
        let Position { line, column } = lines.position(occurrence.place.start);
        let written = file.bytes.get(occurrence.place.range()).unwrap_or_default();
        let known = reference.as_ref().ok();
        let whole = known.map(Reference::canonical).map(|text| shown(&text, occurrence));
        let [domain, repository, tag, digest] = known.map(|known| parts(known, occurrence)).unwrap_or_default();
        Self {
            path: path.to_owned(),
            line,
            column,
            start: occurrence.place.start,
            end: occurrence.place.end,
            format: occurrence.format.to_string(),
            site: occurrence.site.to_string(),
            class: occurrence.class,
            role: occurrence.role,
            confidence: occurrence.confidence,
            written: String::from_utf8_lossy(written).into_owned(),
            reference: occurrence.expanded(),
            canonical: whole,
            domain,
            repository,
            tag,
            digest,
            unresolved: unresolved(occurrence, reference),
            platform: occurrence.platform.clone(),
            mapping: decided.decision.mapping().map(ToString::to_string),
        }
    }

    /// The rows of the references of a reading for which `holds`, file by file.
    pub fn all(reading: &Reading<'_>, holds: &dyn Fn(&Occurrence, &Decided) -> bool) -> Vec<Self> {
        let mut rows = Vec::new();
        for file in &reading.files {
            let mut own = reading.shown().filter(|(_, one, decided)| one.place.file == file.id && holds(one, decided)).peekable();
            if own.peek().is_some() {
                let (lines, path) = (Lines::new(file.bytes), reading.path_of(file.id));
                rows.extend(own.map(|(_, one, decided)| Self::new(path, file, &lines, one, decided)));
            }
        }
        rows
    }
}

impl Row {
    /// The rows of what belongs to no reference, and still names what a mapping takes from.
    pub fn residue(reading: &Reading<'_>, rules: &Rules) -> Vec<Self> {
        let mut lines: BTreeMap<FileId, Lines<'_>> = BTreeMap::new();
        let row = |one: Residue| {
            let text = || reading.file(one.place.file).map_or(&[][..], |file| file.bytes);
            let lines = lines.entry(one.place.file).or_insert_with(|| Lines::new(text()));
            let Position { line, column } = lines.position(one.place.start);
            Self {
                path: reading.path_of(one.place.file).to_owned(),
                line,
                column,
                start: one.place.start,
                end: one.place.end,
                format: residue::LINT.code.to_owned(),
                site: one.told.class.to_string(),
                class: one.told.class,
                role: Role::Config,
                confidence: Confidence::Low,
                written: one.text.clone(),
                reference: one.text,
                canonical: None,
                domain: None,
                repository: None,
                tag: None,
                digest: None,
                unresolved: None,
                platform: None,
                mapping: None,
            }
        };
        let left = reading.residue(rules, &reading.judge(rules).plan).into_iter();
        left.filter(|one| !reading.holds(residue::LINT.code, one.place)).map(row).collect()
    }
}

/// Domain, path, tag and digest, each hole with the name of its variable: the holes of the whole come in that order.
fn parts(reference: &Reference, occurrence: &Occurrence) -> [Option<String>; 4] {
    let name = reference.name();
    let texts = [Some(&*name.domain), Some(&*name.path), reference.tag(), reference.digest()];
    // The separator can be in no reference, so the parts come apart again where they were joined.
    let joined = texts.map(Option::unwrap_or_default).join("\n");
    let filled = shown(&joined, occurrence);
    let mut parts = filled.split('\n');
    texts.map(|text| parts.next().filter(|part| text.is_some() && !part.is_empty()).map(str::to_owned))
}

fn unresolved(occurrence: &Occurrence, reference: &Result<Reference, Invalid>) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    for name in occurrence.holes() {
        let name = format!("`{name}`");
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match reference {
        Err(Invalid::Hidden) | Ok(_) if !names.is_empty() => Some(format!("{} not known", names.join(", "))),
        Ok(_) if occurrence.lacks_tag() => Some("its tag is empty: a template or a base fills it in".to_owned()),
        Ok(_) => None,
        Err(invalid) => Some(invalid.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locate::Surroundings;
    use crate::mapping::Decision;
    use crate::occurrence::Piece;
    use crate::text::{FileId, Span};

    fn row(pieces: Vec<Piece>) -> Row {
        let file = File { id: FileId(0), path: "a/Dockerfile", bytes: b"FROM quay.io/x/y:1\n", surroundings: Surroundings::Plain };
        let place = Span::new(FileId(0), 5..18);
        let occurrence = Occurrence {
            format: "dockerfile".into(),
            site: "from".into(),
            role: Role::Pull,
            class: Class::Build,
            confidence: Confidence::High,
            place,
            pieces,
            platform: None,
            cautions: Vec::new(),
        };
        Row::new(file.path, &file, &Lines::new(file.bytes), &occurrence, &Decided::new(&occurrence, |_| Decision::Unchanged))
    }

    fn span(range: std::ops::Range<usize>) -> Span {
        Span::new(FileId(0), range)
    }

    #[test]
    fn holes_are_named_in_every_part() {
        let row = row(vec![
            Piece::literal("quay.io/", span(5..13)),
            Piece::hole("NAME", span(13..14)),
            Piece::literal("/y:", span(14..17)),
            Piece::hole("TAG", span(17..18)),
        ]);
        assert_eq!(row.canonical.as_deref(), Some("quay.io/{NAME}/y:{TAG}"));
        assert_eq!(row.repository.as_deref(), Some("{NAME}/y"));
        assert_eq!(row.tag.as_deref(), Some("{TAG}"));
        assert_eq!((row.domain.as_deref(), row.digest.as_deref()), (Some("quay.io"), None));
        assert_eq!(row.unresolved.as_deref(), Some("`NAME`, `TAG` not known"));
        assert_eq!((row.line, row.column, row.written.as_str()), (1, 6, "quay.io/x/y:1"));
    }

    #[test]
    fn what_is_no_reference_has_no_name_and_a_reason() {
        let row = row(vec![Piece::literal("a//b", span(5..9))]);
        assert_eq!((row.canonical, row.domain), (None, None));
        assert!(row.unresolved.unwrap().contains("path"));
    }
}
