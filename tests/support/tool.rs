//! Owns the calls of the built program, and what its JSON says in the words of `expect.txt`.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::tree::Tree;

/// Stands where a value is not known, in targets.
const HOLE: char = '\u{FFFC}';

/// What the program printed.
pub(crate) struct Output {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// What a case tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// What becomes of references.
    References,
    /// What else still names an old registry, too.
    Residue,
}

/// What `list` and `check` say of a folder.
#[derive(Default)]
pub(crate) struct Seen {
    /// The lines of `expect.txt`.
    pub(crate) lines: Vec<String>,
    pub(crate) found: Vec<Found>,
    pub(crate) edits: Vec<Edit>,
}

/// One occurrence of `list`, with its outcome of `check`.
pub(crate) struct Found {
    pub(crate) path: String,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) written: String,
    pub(crate) reference: String,
    pub(crate) outcome: String,
}

/// One replacement that `fix` will make without being asked twice.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edit {
    pub(crate) path: String,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) text: String,
}

impl Found {
    /// What a line of `expect.txt` says. Its bytes are not known.
    pub(crate) fn expected(line: &str) -> Option<Self> {
        let (place, rest) = line.split_once(' ')?;
        let mut place = place.rsplitn(3, ':');
        let column = place.next()?.parse().ok()?;
        let line = place.next()?.parse().ok()?;
        let path = place.next()?.to_owned();
        let at = rest.rfind(" -> ").or_else(|| rest.rfind(" refused ")).or_else(|| rest.rfind(' '))?;
        let (reference, outcome) = (rest[..at].to_owned(), rest[at + 1..].to_owned());
        Some(Self { path, start: 0, end: 0, line, column, written: String::new(), reference, outcome })
    }
}

/// Runs the program in `folder`.
///
/// # Errors
/// What it said when it ended in a way that no command may.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Result<Output, String> {
    let done = Command::new(env!("CARGO_BIN_EXE_transship"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let output = Output { code: done.status.code(), stdout: text(&done.stdout), stderr: text(&done.stderr) };
    // 0 clean, 1 findings, 2 something could not be read. A panic is 101, a signal has no code.
    match output.code {
        Some(0..=2) => Ok(output),
        code => Err(format!("`transship {}` ended with {code:?}\n{}", arguments.join(" "), output.stderr)),
    }
}

fn json(folder: &Path, arguments: &[&str]) -> Result<Value, String> {
    let output = run(folder, arguments)?;
    serde_json::from_str(&output.stdout)
        .map_err(|error| format!("`transship {}` printed no JSON ({error})\n{}{}", arguments.join(" "), output.stdout, output.stderr))
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

fn number(value: &Value, key: &str) -> usize {
    value[key].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX)
}

fn path(value: &Value) -> String {
    let path = text(value, "path");
    path.strip_prefix("./").map_or(path.clone(), str::to_owned)
}

/// Asks `list` and `check` for what they see.
///
/// # Errors
/// What went wrong, for people.
pub(crate) fn observe(folder: &Path, config: &Path, told: Told) -> Result<Seen, String> {
    let config = config.to_str().ok_or("the path of the configuration is no text")?;
    let list = json(folder, &["list", "--config", config, "--format", "json", "."])?;
    let check = json(folder, &["check", "--config", config, "--format", "json", "."])?;
    let mut diagnostics: Vec<&Value> = check["diagnostics"].as_array().ok_or("check: no `diagnostics`")?.iter().collect();

    let edits = edits(&diagnostics);
    let mut found = Vec::new();
    for occurrence in list["occurrences"].as_array().ok_or("list: no `occurrences`")? {
        found.push(Found {
            path: path(occurrence),
            start: number(occurrence, "start"),
            end: number(occurrence, "end"),
            line: number(occurrence, "line"),
            column: number(occurrence, "column"),
            written: text(occurrence, "written"),
            reference: text(occurrence, "reference"),
            outcome: outcome(occurrence, &mut diagnostics),
        });
    }
    found.sort_by(|a, b| (&a.path, a.start, a.end).cmp(&(&b.path, b.start, b.end)));
    if let Some(unlisted) = diagnostics.iter().find(|d| is_told(d)) {
        return Err(format!("check has a finding of what list does not have: {unlisted}"));
    }
    let mut lines: Vec<(String, String)> =
        found.iter().map(|f| (f.path.clone(), format!("{}:{}:{} {} {}", f.path, f.line, f.column, f.reference, f.outcome))).collect();
    lines.extend(broken(&diagnostics));
    if told == Told::Residue {
        lines.extend(residue(&diagnostics));
    }
    lines.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Seen { lines: lines.into_iter().map(|(_, line)| line).collect(), found, edits })
}

/// Whether a diagnostic says what becomes of an occurrence.
fn is_told(d: &Value) -> bool {
    text(d, "lint") == "unresolved-reference" || !d["target"].is_null() || !d["refusal"].is_null()
}

/// The outcome of an occurrence, which takes its diagnostic away: two occurrences may stand at one place.
fn outcome(occurrence: &Value, diagnostics: &mut Vec<&Value>) -> String {
    let is_here = |d: &Value| path(d) == path(occurrence) && d["start"] == occurrence["start"] && d["end"] == occurrence["end"];
    // Two images may stand at one place.
    let is_its = |d: &Value| d["reference"].is_null() || d["reference"] == occurrence["reference"];
    let Some(at) = diagnostics.iter().position(|d| is_here(d) && is_its(d) && is_told(d)) else {
        return "kept".to_owned();
    };
    let diagnostic = diagnostics.remove(at);
    if let Some(code) = diagnostic["refusal"].as_str() {
        return format!("refused {code}");
    }
    if diagnostic["target"].is_null() {
        return "unresolved".to_owned();
    }
    format!("-> {}", shown_target(&text(diagnostic, "target"), &text(occurrence, "reference")))
}

/// A target for people: its holes are those of the reference, in order; a tag that nobody gave shows as nothing, as in the reference.
pub(crate) fn shown_target(target: &str, reference: &str) -> String {
    let mut holes = reference.match_indices('{').filter_map(|(at, _)| {
        let rest = &reference[at..];
        rest.find('}').map(|end| &rest[..=end])
    });
    let mut shown = String::new();
    for piece in target.split_inclusive(HOLE) {
        let Some(known) = piece.strip_suffix(HOLE) else {
            shown.push_str(piece);
            continue;
        };
        match holes.next() {
            Some(hole) => shown.extend([known, hole]),
            None => shown.push_str(known.strip_suffix([':', '@']).unwrap_or(known)),
        }
    }
    shown
}

fn edits(diagnostics: &[&Value]) -> Vec<Edit> {
    let mut edits: Vec<Edit> = diagnostics
        .iter()
        .filter(|d| d["fix"]["applicability"] == "safe")
        .flat_map(|d| d["fix"]["edits"].as_array().into_iter().flatten())
        .map(|edit| Edit { path: path(edit), start: number(edit, "start"), end: number(edit, "end"), text: text(edit, "text") })
        .collect();
    // Occurrences that share bytes share a fix, which each of their diagnostics repeats.
    edits.sort();
    edits.dedup();
    edits
}

/// One line for each file of which something could not be read.
fn broken(diagnostics: &[&Value]) -> Vec<(String, String)> {
    let is_fault = |d: &&&Value| matches!(d["lint"].as_str(), Some("broken-document" | "unreadable-file"));
    let mut paths: Vec<String> = diagnostics.iter().filter(is_fault).map(|d| path(d)).collect();
    paths.dedup();
    paths.into_iter().map(|path| (path.clone(), format!("{path} broken"))).collect()
}

/// One line for each text that still names an old registry.
fn residue(diagnostics: &[&Value]) -> Vec<(String, String)> {
    let left = diagnostics.iter().filter(|d| d["lint"] == "residue");
    let line = |d: &Value| {
        format!("{}:{}:{} {} residue {}", path(d), number(d, "line"), number(d, "column"), text(d, "reference"), text(d, "class"))
    };
    left.map(|d| (path(d), line(d))).collect()
}

/// The files after the edits.
///
/// # Errors
/// The edit that does not fit into its file, or overlaps another.
pub(crate) fn apply(tree: &Tree, edits: &[Edit]) -> Result<Tree, String> {
    let mut out = tree.clone();
    for edit in edits.iter().rev() {
        let bytes = out.0.get_mut(&edit.path).ok_or_else(|| format!("an edit names no file of the case: {edit:?}"))?;
        if edit.start > edit.end || edit.end > tree.0[&edit.path].len() {
            return Err(format!("an edit lies outside its file: {edit:?}"));
        }
        bytes.splice(edit.start..edit.end, edit.text.bytes());
    }
    let overlap = edits.windows(2).find(|two| two[0].path == two[1].path && two[0].end > two[1].start);
    overlap.map_or(Ok(out), |two| Err(format!("edits overlap: {two:?}")))
}
