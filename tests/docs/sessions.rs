//! Owns running the sessions of a document (`console` blocks): each line after `$` is run, and what follows is what it prints.
//!
//! A session runs in the project's folder, or, where blocks of its section have `file=PATH`, in a folder that holds just those files. A line
//! `…` stands for any lines. What a command writes to the errors follows its output.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::fences::{Document, Fence};
use super::is_blessing;

/// What may stand before the arguments.
const PROGRAM: [&str; 2] = ["transship ", "cargo run --release -- "];

/// Runs every session; what differs is written into the document when blessing, else returned.
pub(crate) fn run(document: &mut Document, root: &Path) -> Vec<String> {
    let sessions: Vec<Fence> = document.fences("console").collect();
    let files: Vec<Fence> = document.all_fences().into_iter().filter(|fence| fence.word("file").is_some()).collect();
    let mut faults = Vec::new();
    let mut printed = Vec::new();
    let mut folder: Option<(usize, tempfile::TempDir)> = None;
    for session in &sessions {
        // The sessions of a section follow each other in one folder: what one writes, the next one finds.
        if folder.as_ref().is_none_or(|(section, _)| *section != session.section) {
            folder = files.iter().any(|file| file.section == session.section).then(|| (session.section, unpack(&files, session.section)));
        }
        let place = folder.as_ref().map_or(root, |(_, folder)| folder.path());
        printed.push(replay(&session.body, place));
    }
    for (session, printed) in sessions.iter().zip(printed).rev() {
        if is_alike(&session.body, &printed) {
            continue;
        }
        // What was shortened by hand is to be shortened by hand again.
        if is_blessing() && !session.body.contains("\n…\n") {
            document.replace(session, &printed);
        } else {
            faults.push(format!("{}:{}: shown\n{}\nprinted\n{printed}", document.path, session.line, session.body));
        }
    }
    faults.reverse();
    faults
}

fn unpack(files: &[Fence], section: usize) -> tempfile::TempDir {
    let folder = tempfile::Builder::new().prefix("session-").tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    for file in files.iter().filter(|file| file.section == section) {
        let path = folder.path().join(file.word("file").unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.body).unwrap();
    }
    folder
}

/// The session as it goes now.
fn replay(session: &str, folder: &Path) -> String {
    let mut out = String::new();
    for command in session.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let arguments = PROGRAM.iter().find_map(|program| command.strip_prefix(program));
        let arguments = arguments.unwrap_or_else(|| panic!("a session runs `transship` only, not `{command}`"));
        let done = Command::new(env!("CARGO_BIN_EXE_transship"))
            .args(words(arguments))
            .current_dir(folder)
            .env("NO_COLOR", "1")
            .env_remove("CLICOLOR_FORCE")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        write!(out, "$ {command}\n{}{}", text(done.stdout), text(done.stderr)).unwrap();
    }
    out
}

/// The words of a command; single quotes hold blanks.
fn words(arguments: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for c in arguments.chars() {
        match c {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether `printed` is what is shown, each `…` standing for any lines. Blanks at the end of a line do not count: editors remove them.
fn is_alike(shown: &str, printed: &str) -> bool {
    let lines = |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    let (shown, printed) = (lines(shown), lines(printed));
    let parts: Vec<&[String]> = shown.split(|line| line == "…").collect();
    let Some((first, rest)) = parts.split_first() else { return printed.is_empty() };
    let Some(mut left) = printed.strip_prefix(*first) else { return false };
    let Some((last, middle)) = rest.split_last() else { return left.is_empty() };
    for part in middle {
        let Some(at) = (0..=left.len().saturating_sub(part.len())).find(|at| left[*at..].starts_with(part)) else { return false };
        left = &left[at + part.len()..];
    }
    left.ends_with(last)
}

#[test]
fn shortened_sessions_are_compared_around_the_gap() {
    assert!(is_alike("$ a\nb\n…\ne\n", "$ a\nb\nc\nd\ne\n"));
    assert!(!is_alike("$ a\nb\n…\ne\n", "$ a\nx\nc\nd\ne\n"));
    assert!(!is_alike("$ a\nb\n", "$ a\nb\nc\n"));
    assert!(is_alike("$ a\n…\nc\n…\n", "$ a\nb\nc\nd\n"));
}
