//! Owns the report for people: each finding with the lines that it speaks of, and a closing summary.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use super::census::Census;
use super::residue::Residue;
use super::statistics::Statistics;
use super::{Report, summary};
use crate::diagnostic::{Diagnostic, Severity, Source, Sources, Tally};
use crate::text::{FileId, Lines, Span, harmless, without_commands};

/// Whether the output may hold colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    /// It may.
    Yes,
    /// It may not.
    #[default]
    No,
}

/// Bytes between two places of a finding that are shown in one excerpt: the renderer looks at all of an excerpt, so ten thousand findings of one long
/// file would cost its length each.
const FAR: usize = 1 << 10;
/// Bytes of their lines that are shown on both sides, more than a line of a terminal has.
const BESIDE: usize = 256;

/// Bytes of an excerpt between its places: what is wrong may be a line of megabytes.
const LONGEST: usize = 4 << 10;

/// Places beyond these of one finding are counted, not shown: a variable with a hundred uses would drown everything else.
const MOST_RELATED: usize = 8;

/// The report for people.
#[derive(Debug)]
pub struct Human {
    renderer: Renderer,
    residue: Residue,
    census: Census,
    statistics: Option<Statistics>,
    extent: Extent,
}

/// What is written beside the findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// The closing lines.
    #[default]
    Whole,
    /// Nothing.
    Findings,
}

impl Human {
    /// A report with or without colours.
    pub fn new(colour: Colour) -> Self {
        let renderer = match colour {
            Colour::Yes => Renderer::styled(),
            Colour::No => Renderer::plain(),
        };
        Self { renderer, residue: Residue::default(), census: Census::default(), statistics: None, extent: Extent::Whole }
    }

    /// The same, with numbers of the findings.
    #[must_use]
    pub fn with_statistics(self, statistics: Option<Statistics>) -> Self {
        Self { statistics, ..self }
    }

    /// The same, with so much beside the findings.
    #[must_use]
    pub fn to(self, extent: Extent) -> Self {
        Self { extent, ..self }
    }

    /// Writes what was found most often, where that is more than can be read, and what still names old registries.
    ///
    /// # Errors
    /// What the writer says.
    pub fn left_over(&mut self, out: &mut dyn Write) -> io::Result<()> {
        std::mem::take(&mut self.census).write(out)?;
        std::mem::take(&mut self.residue).write(out)
    }
}

impl Report for Human {
    fn findings(&mut self, found: &[Diagnostic], sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
        self.residue.take(found, sources);
        self.census.take(found);
        if let Some(statistics) = &mut self.statistics {
            statistics.take(found, sources);
        }
        // Notes are for programs and are counted in the summary; `list --unresolved` shows them to people.
        let sources: Texts<'_> = sources.iter().map(|source| (source.id, (source, Lines::new(&source.text)))).collect();
        for one in found.iter().filter(|one| one.is_shown()) {
            writeln!(out, "{}\n", render(&self.renderer, one, &sources))?;
        }
        Ok(())
    }

    fn finish(&mut self, tally: &Tally, out: &mut dyn Write) -> io::Result<()> {
        if let Some(statistics) = &self.statistics {
            statistics.write(out)?;
        }
        if self.extent == Extent::Findings {
            return Ok(());
        }
        self.left_over(out)?;
        out.write_all(summary::of(tally).as_bytes())
    }
}

/// The files that findings point into, with their lines: found once for all findings.
type Texts<'s> = BTreeMap<FileId, (&'s Source, Lines<'s>)>;

/// One finding as text. Everything that may say what a scanned file says is one line that steers nothing: the renderer leaves line breaks in all of
/// it, and takes a help as it is.
fn render(renderer: &Renderer, one: &Diagnostic, sources: &Texts<'_>) -> String {
    let excerpts = excerpts(one, sources);
    let level = match one.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = Group::with_title(level.primary_title(harmless(&one.message)).id(one.lint));
    for excerpt in &excerpts {
        let snippet = Snippet::source(excerpt.text.as_str()).line_start(excerpt.line).path(excerpt.path.as_str());
        group = group.element(snippet.annotations(excerpt.marks.iter().map(mark)));
    }
    let mut report = vec![group];
    if one.related.len() > MOST_RELATED {
        let more = one.related.len() - MOST_RELATED;
        report.push(Group::with_title(Level::NOTE.secondary_title(format!("and {more} more places"))));
    }
    if let Some(help) = &one.help {
        report.push(Group::with_title(Level::HELP.secondary_title(harmless(help))));
    }
    placed(&renderer.render(&report))
}

/// Encloses a path with its line and column: the renderer counts columns from where the text that it is given begins, and writes them behind it. No
/// text of an excerpt, a title or a path holds this character when it is rendered.
const CUT: char = '\u{1}';

/// What was rendered, with nothing behind the places that are told already.
fn placed(rendered: &str) -> String {
    let mut parts = rendered.split(CUT);
    let mut out = parts.next().unwrap_or_default().to_owned();
    while let (Some(place), Some(rest)) = (parts.next(), parts.next()) {
        out.push_str(place);
        out.push_str(rest.trim_start_matches(|c: char| c == ':' || c.is_ascii_digit()));
    }
    out
}

fn mark(mark: &Mark) -> Annotation<'_> {
    mark.kind.span(mark.range.clone()).label(mark.label.as_deref())
}

/// Lines of one file that a finding speaks of.
struct Excerpt {
    path: String,
    line: usize,
    text: String,
    marks: Vec<Mark>,
}

struct Mark {
    range: Range<usize>,
    label: Option<String>,
    kind: AnnotationKind,
}

fn excerpts(one: &Diagnostic, sources: &Texts<'_>) -> Vec<Excerpt> {
    let own = (one.place, one.label.as_deref().map(harmless), AnnotationKind::Primary);
    let related = one.related.iter().take(MOST_RELATED).map(|(span, label)| (*span, Some(harmless(label)), AnnotationKind::Context));
    let mut all: Vec<Shown> = std::iter::once(own).chain(related).collect();
    all.sort_by_key(|(span, ..)| *span);
    let mut near: Vec<Vec<Shown>> = Vec::new();
    for one in all {
        let last = near.last().and_then(|group| group.iter().map(|(span, ..)| *span).reduce(|a, b| a.cover(b).unwrap_or(b)));
        match (near.last_mut(), last) {
            (Some(group), Some(last)) if last.file == one.0.file && one.0.start <= last.end.saturating_add(FAR) => group.push(one),
            _ => near.push(vec![one]),
        }
    }
    // The finding's own place comes first.
    near.sort_by_key(|group| !group.iter().any(|(_, _, kind)| *kind == AnnotationKind::Primary));
    let text =
        |group: &Vec<Shown>| group.first().and_then(|(span, ..)| sources.get(&span.file)).filter(|(source, _)| !source.text.is_empty());
    near.into_iter().filter_map(|group| text(&group).map(|(source, lines)| excerpt(source, lines, group))).collect()
}

/// A place, what is said of it, and whether it is the finding's own.
type Shown = (Span, Option<String>, AnnotationKind);

/// The lines from the first to the last place, or what of them is near; the renderer leaves out those between that say nothing.
fn excerpt(source: &Source, lines: &Lines<'_>, places: Vec<Shown>) -> Excerpt {
    let end = source.text.len();
    let first = places.iter().map(|(span, ..)| span.start).min().unwrap_or(0);
    let last = places.iter().map(|(span, ..)| span.end.max(span.start)).max().unwrap_or(end).min(first.saturating_add(LONGEST));
    let line = lines.position(first).line;
    let begin = lines.range(line).start;
    let mut from = begin.max(first.min(end).saturating_sub(BESIDE));
    let is_cut = from > begin;
    if from == 0 && source.text.starts_with(b"\xef\xbb\xbf") {
        from = 3;
    }
    let to = lines.range(lines.position(last).line).end.min(last.saturating_add(BESIDE));
    let text = printable(source.text.get(from..to).unwrap_or_default());
    let own = places.iter().find(|(_, _, kind)| *kind == AnnotationKind::Primary).map_or(first, |(span, ..)| span.start);
    let mut path = harmless(&source.shown);
    if is_cut {
        let at = lines.position(own);
        path = format!("{CUT}{path}:{}:{}{CUT}", at.line, at.column);
    }
    let marks = places.into_iter().map(|(span, label, kind)| Mark {
        range: span.start.min(to).saturating_sub(from)..span.end.min(to).saturating_sub(from),
        label,
        kind,
    });
    Excerpt { path, line, text, marks: marks.collect() }
}

/// Bytes as text of the same length, so that ranges stay: what is not UTF-8 shows as `?`, and a carriage return as a blank.
fn printable(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.extend(without_commands(chunk.valid()).chars().map(|c| if c == '\r' { ' ' } else { c }));
        out.extend(std::iter::repeat_n('?', chunk.invalid().len()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(range: Range<usize>) -> Span {
        Span::new(FileId(0), range)
    }

    fn text(one: &Diagnostic, source: &[u8]) -> String {
        let mut out = Vec::new();
        let sources = Sources::one(FileId(0), "Dockerfile", source);
        Human::new(Colour::No).findings(std::slice::from_ref(one), &sources, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn shows_the_line_the_mapping_and_what_can_be_pasted() {
        let message = "`inveniosoftware/centos8-python` is served by `docker.io`";
        let mut one = Diagnostic::new("old-registry", Severity::Error, message, span(5..39));
        one.label = Some("mapping `inveniordm`".into());
        one.help = Some("replace with `registry.cern.ch/inveniosoftware/centos8-python:3.8`".into());
        let want = "\
error[old-registry]: `inveniosoftware/centos8-python` is served by `docker.io`
 --> Dockerfile:1:6
  |
1 | FROM inveniosoftware/centos8-python:3.8
  |      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ mapping `inveniordm`
  |
help: replace with `registry.cern.ch/inveniosoftware/centos8-python:3.8`

";
        assert_eq!(text(&one, b"FROM inveniosoftware/centos8-python:3.8\n"), want);
    }

    #[test]
    fn a_mark_other_bytes_and_places_past_the_end_do_no_harm() {
        let one = Diagnostic::new("broken-document", Severity::Warning, "odd", span(6..400));
        let shown = text(&one, b"\xef\xbb\xbf\xff\xfe x\r\n");
        assert!(shown.contains("Dockerfile:1:4"), "{shown}");
        assert!(shown.contains("?? x"), "{shown}");
    }

    #[test]
    fn related_places_are_marked_in_the_same_excerpt() {
        let mut one = Diagnostic::new("old-registry", Severity::Error, "m", span(22..28));
        one.related = vec![(span(8..9), "becomes `b`".into())];
        let shown = text(&one, b"ARG REG=a\n\n\n\n\n\n\nFROM $REG/x\n");
        assert!(shown.contains("- becomes `b`") && shown.contains("8 | FROM $REG/x"), "{shown}");
    }

    #[test]
    fn what_lies_far_away_is_shown_by_itself_with_its_own_place() {
        let pad = "\u{e9} ".repeat(2_000);
        let source = format!("a: {{{pad}, image: quay.io/a/b:1, {pad}}}\n{pad}\nend: here\n");
        let (image, end) = (source.find("quay").unwrap(), source.find("end").unwrap());
        let mut one = Diagnostic::new("old-registry", Severity::Error, "m", span(image..image + 13));
        one.related = vec![(span(end..end + 3), "becomes `b`".into())];
        let shown = text(&one, source.as_bytes());
        assert!(shown.contains(" --> Dockerfile:1:4014\n") && shown.contains("::: Dockerfile:3:1\n"), "{shown}");
        assert!(shown.contains("quay.io/a/b:1") && shown.contains("3 | end: here") && shown.len() < 1_000, "{shown}");
    }

    #[test]
    fn a_file_that_was_not_read_has_no_excerpt() {
        let one = Diagnostic::new("unreadable-file", Severity::Warning, "`x` was not read: permission denied", span(0..0));
        assert_eq!(text(&one, b""), "warning[unreadable-file]: `x` was not read: permission denied\n\n");
    }
}
