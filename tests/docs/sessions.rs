//! Owns running the commands of a document. Of a session (a `console` block) each line after `$` is run, and what follows is what it prints; of
//! a list of commands (a `sh` block) each line is run, and has to end with 0 or 1.
//!
//! A block with `in=PATH` begins in a repository that holds a copy of that folder, one with `file=PATH` in one that holds the blocks of its section
//! so far; what follows in the section goes on there. Other sessions run in the project's folder, where they may only call the program. A line `…`
//! stands for any lines. What a command writes to the errors follows its output. `<!-- not run: REASON -->` above a block says why it is not run.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::fences::{Document, Fence};

/// How the program is called.
const PROGRAM: [&str; 2] = ["transship ", "cargo run --release -- "];

/// What becomes of a session that prints something else than is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Differing {
    /// It is told.
    Told,
    /// What is printed takes its place.
    Replaced,
}

/// Where commands run.
struct Stage<'a> {
    root: &'a Path,
    /// The folder of the section that holds it.
    folder: Option<(usize, tempfile::TempDir)>,
    /// Where the program is found under its name.
    programs: tempfile::TempDir,
}

/// Runs everything. What differs is written into the document, or returned; so is what cannot be run and has no reason.
pub(crate) fn run(document: &mut Document, root: &Path, differing: Differing) -> Vec<String> {
    let mut stage = Stage { root, folder: None, programs: programs() };
    let mut faults = Vec::new();
    let mut printed: Vec<(Fence, String)> = Vec::new();
    for fence in document.all_fences() {
        let at = |what: &str| format!("{}:{}: {what}", document.path, fence.line);
        match (fence.language(), fence.word("file")) {
            (_, Some(path)) => stage.write(&fence, path),
            _ if fence.not_run.is_some() => {}
            ("console", None) => {
                stage.enter(&fence);
                match stage.replay(&fence) {
                    Ok(text) => printed.push((fence, text)),
                    Err(why) => faults.push(at(&why)),
                }
            }
            ("sh" | "bash" | "shell", None) => {
                stage.enter(&fence);
                faults.extend(stage.obey(&fence).iter().map(|why| at(why)));
            }
            _ => {}
        }
    }
    // From the last to the first, so that places stay right.
    for (session, printed) in printed.iter().rev().filter(|(session, printed)| !is_alike(&session.body, printed)) {
        // What was shortened by hand is to be shortened by hand again.
        if differing == Differing::Replaced && !session.body.contains("\n…\n") {
            document.replace(session, printed);
        } else {
            faults.push(format!("{}:{}: shown\n{}\nprinted\n{printed}", document.path, session.line, session.body));
        }
    }
    faults
}

fn programs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::hard_link(env!("CARGO_BIN_EXE_transship"), folder.path().join("transship"))
        .or_else(|_| fs::copy(env!("CARGO_BIN_EXE_transship"), folder.path().join("transship")).map(drop))
        .unwrap();
    folder
}

impl Stage<'_> {
    /// Leaves the folder of another section, and makes one where the block says of what.
    fn enter(&mut self, fence: &Fence) {
        if let Some(from) = fence.word("in") {
            let folder = empty();
            copy(&self.root.join(from), folder.path());
            self.folder = Some((fence.section, folder));
            let commit = "git init -q -b main && git add -A && git commit -qm 'as it was' && git update-ref refs/remotes/origin/main HEAD";
            assert!(self.sh(commit).status.success(), "{from} cannot be committed");
        }
        if self.folder.as_ref().is_some_and(|(section, _)| *section != fence.section) {
            self.folder = None;
        }
    }

    fn write(&mut self, fence: &Fence, path: &str) {
        self.enter(fence);
        let (_, folder) = self.folder.get_or_insert_with(|| {
            let folder = empty();
            fs::create_dir(folder.path().join(".git")).unwrap();
            (fence.section, folder)
        });
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &fence.body).unwrap();
    }

    /// The session as it goes now.
    fn replay(&self, session: &Fence) -> Result<String, String> {
        let mut out = String::new();
        for command in session.body.lines().filter_map(|line| line.strip_prefix("$ ")) {
            if self.folder.is_none() && !PROGRAM.iter().any(|program| command.starts_with(program)) {
                return Err(format!("only the program runs in the project's folder, not `{command}`"));
            }
            let done = self.sh(command);
            let text = |bytes| String::from_utf8(bytes).unwrap();
            write!(out, "$ {command}\n{}{}", text(done.stdout), text(done.stderr)).unwrap();
        }
        Ok(out)
    }

    /// Runs a list of commands; what is wrong with them.
    fn obey(&self, list: &Fence) -> Option<String> {
        if self.folder.is_none() {
            return Some("commands with no `file=` before them, no `in=`, and no `<!-- not run: REASON -->`".to_owned());
        }
        let commands = list.body.replace("\\\n", " ");
        let bad = commands.lines().map(|line| (line, self.sh(line))).find(|(_, done)| !matches!(done.status.code(), Some(0 | 1)))?;
        Some(format!("`{}` ends with {:?}: {}", bad.0, bad.1.status.code(), String::from_utf8_lossy(&bad.1.stderr)))
    }

    fn sh(&self, command: &str) -> Output {
        let command = command.strip_prefix(PROGRAM[1]).map_or_else(|| command.to_owned(), |rest| format!("{}{rest}", PROGRAM[0]));
        let mut path = vec![self.programs.path().to_owned()];
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        let mut sh = Command::new("sh");
        sh.arg("-c").arg(command).current_dir(self.folder.as_ref().map_or(self.root, |(_, folder)| folder.path()));
        sh.env("PATH", std::env::join_paths(path).unwrap()).env("HOME", self.programs.path()).env("NO_COLOR", "1");
        // A commit has the same name whoever makes it, and whenever.
        for who in ["AUTHOR", "COMMITTER"] {
            sh.env(format!("GIT_{who}_NAME"), "A. User").env(format!("GIT_{who}_EMAIL"), "user@example.com");
            sh.env(format!("GIT_{who}_DATE"), "2026-01-01T00:00:00Z");
        }
        sh.env("GIT_CONFIG_NOSYSTEM", "1").env_remove("CLICOLOR_FORCE").env_remove("FORCE_COLOR").env_remove("GITHUB_STEP_SUMMARY");
        sh.stdin(Stdio::null()).output().unwrap()
    }
}

fn empty() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("session-").tempdir().unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    let mut entries: Vec<PathBuf> = fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        let to = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            copy(&entry, &to);
        } else {
            fs::copy(&entry, to).unwrap();
        }
    }
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

#[test]
fn commands_without_a_folder_and_without_a_reason_are_told() {
    let page = "# A page\n\n```sh\ntransship check\n```\n\n<!-- not run: asks a registry -->\n```sh\ntransship verify\n```\n";
    let mut page = Document::of("page.md", page.to_owned());
    let faults = run(&mut page, Path::new(env!("CARGO_MANIFEST_DIR")), Differing::Told);
    assert!(matches!(faults.as_slice(), [fault] if fault.starts_with("page.md:3: ")), "{faults:?}");
}

#[test]
fn a_command_that_could_not_do_its_work_is_told() {
    let page = "```dockerfile file=Dockerfile\nFROM a/b:1\n```\n\n```sh\ntransship list\ntransship list --no-such-option\n```\n";
    let mut page = Document::of("page.md", page.to_owned());
    let faults = run(&mut page, Path::new(env!("CARGO_MANIFEST_DIR")), Differing::Told);
    assert!(matches!(faults.as_slice(), [fault] if fault.contains("--no-such-option")), "{faults:?}");
}
