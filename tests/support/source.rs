//! Owns a view of the project's sources without comments, strings and test modules, line by line as they stand in the file.

use std::fs;
use std::path::{Path, PathBuf};

/// One file under `src/`.
pub(crate) struct Source {
    /// Its path below `src/`, with `/`.
    pub(crate) path: String,
    /// Its text as written.
    pub(crate) text: String,
    /// The same text with comments, the insides of strings and `#[cfg(test)]` modules blanked; line ends stay.
    pub(crate) code: String,
}

impl Source {
    /// The first folder or file of its path: the layer it belongs to.
    pub(crate) fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    pub(crate) fn code_lines(&self) -> usize {
        self.code.lines().filter(|line| !line.trim().is_empty()).count()
    }
}

/// Every file under `src/`, in order of path. Files that hold nothing but tests (`tests.rs`, `tests/`) are left out.
pub(crate) fn all() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    files_below(&root, &mut files);
    files.sort();
    let sources = files.into_iter().map(|file| {
        let path = file.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        let text = fs::read_to_string(&file).unwrap();
        let code = without_test_modules(&without_comments(&text));
        Source { path, text, code }
    });
    sources.filter(|source| !source.path.split('/').any(|part| matches!(part, "tests" | "tests.rs"))).collect()
}

fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// What the cursor of [`without_comments`] stands in.
enum In {
    Code,
    LineComment,
    BlockComment(usize),
    /// A string that ends at a quote followed by so many `#`; `None` for one with escapes.
    Str(Option<usize>),
}

/// Blanks comments, and what stands between the quotes of strings and characters.
pub(crate) fn without_comments(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let mut out = String::with_capacity(text.len());
    let mut state = In::Code;
    let mut i = 0;
    while i < chars.len() {
        // How many characters are done with, and whether they stay.
        let (taken, stays) = match &mut state {
            In::Code => match (at(i), at(i + 1)) {
                ('/', '/') => {
                    state = In::LineComment;
                    (2, false)
                }
                ('/', '*') => {
                    state = In::BlockComment(1);
                    (2, false)
                }
                ('"', _) => {
                    state = In::Str(raw_marks(&chars[..i]));
                    (1, true)
                }
                // A character, unless the quote begins a lifetime.
                ('\'', '\\') => (3 + chars[i + 3..].iter().take_while(|&&c| c != '\'').count() + 1, false),
                ('\'', _) if at(i + 2) == '\'' => (3, false),
                _ => (1, true),
            },
            In::LineComment => {
                if at(i) == '\n' {
                    state = In::Code;
                }
                (1, false)
            }
            In::BlockComment(depth) => match (at(i), at(i + 1)) {
                ('*', '/') => {
                    *depth -= 1;
                    if *depth == 0 {
                        state = In::Code;
                    }
                    (2, false)
                }
                ('/', '*') => {
                    *depth += 1;
                    (2, false)
                }
                _ => (1, false),
            },
            In::Str(None) if at(i) == '\\' => (2, false),
            In::Str(marks) => {
                let wanted = marks.unwrap_or(0);
                let ends = at(i) == '"' && (1..=wanted).all(|next| at(i + next) == '#');
                if ends {
                    state = In::Code;
                }
                (1, ends)
            }
        };
        for &c in chars.iter().skip(i).take(taken) {
            out.push(if stays || c == '\n' { c } else { ' ' });
        }
        i += taken;
    }
    out
}

/// How many `#` stand between an `r` and the quote that follows `before`; `None` when the string is not raw.
fn raw_marks(before: &[char]) -> Option<usize> {
    let marks = before.iter().rev().take_while(|&&c| c == '#').count();
    let mut rest = before.iter().rev().skip(marks);
    let raw = rest.next() == Some(&'r');
    let prefix = rest.next().is_none_or(|&c| !c.is_alphanumeric() && c != '_' || c == 'b');
    (raw && prefix).then_some(marks)
}

/// Blanks `#[cfg(test)]` and the item that follows.
fn without_test_modules(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = code.to_owned();
    while let Some(start) = out.find(MARK) {
        let rest = &out[start..];
        let brace = rest.find('{').unwrap_or(rest.len());
        let end = match rest.find(';') {
            Some(semicolon) if semicolon < brace => semicolon + 1,
            _ => closing_brace(rest, brace),
        };
        let blank: String = rest[..end].chars().map(|c| if c == '\n' { c } else { ' ' }).collect();
        out.replace_range(start..start + end, &blank);
    }
    out
}

/// The byte after the brace that closes the one at `open`.
fn closing_brace(code: &str, open: usize) -> usize {
    let mut depth = 0usize;
    for (at, c) in code.char_indices().skip_while(|(at, _)| *at < open) {
        match c {
            '{' => depth += 1,
            '}' if depth <= 1 => return at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}
