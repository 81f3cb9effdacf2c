//! Owns a case: a folder with `before`, `after` and `expect.txt`, and where all of them are.

use std::fs;
use std::path::{Path, PathBuf};

use super::tool::Told;
use super::tree::Tree;

/// One case of one format.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) before: Tree,
    pub(crate) after: Tree,
    /// The lines of `expect.txt` that are no comment.
    pub(crate) expected: Vec<String>,
    /// Its own mappings, or those of all cases.
    pub(crate) config: PathBuf,
    /// What its lines tell.
    pub(crate) told: Told,
    /// Texts that no output may hold (`never-printed.txt`).
    pub(crate) never_printed: Vec<String>,
}

/// The folder of all fixtures.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The names of the folders in a folder, in order.
pub(crate) fn folders(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(Result::unwrap).filter(|e| e.path().is_dir()).map(|e| e.file_name().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// The formats that have cases.
pub(crate) fn formats() -> Vec<String> {
    let has_cases = |name: &String| {
        let folder = fixtures().join(name);
        folders(&folder).iter().any(|case| folder.join(case).join("before").is_dir() && folder.join(case).join("after").is_dir())
    };
    folders(&fixtures()).into_iter().filter(has_cases).collect()
}

/// The cases of one format.
pub(crate) fn of_format(format: &str) -> Vec<Case> {
    let folder = fixtures().join(format);
    folders(&folder).into_iter().map(|name| Case::read(&folder.join(&name), name)).collect()
}

fn lines(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

impl Case {
    fn read(folder: &Path, name: String) -> Self {
        let own = folder.join("transship.yaml");
        let of_format = folder.parent().map(|format| format.join("transship.yaml"));
        let shared = of_format.filter(|config| config.is_file()).unwrap_or_else(|| fixtures().join("transship.yaml"));
        Self {
            name,
            told: if folder.parent().is_some_and(|format| format.ends_with("residue")) { Told::Residue } else { Told::References },
            before: Tree::read(&folder.join("before")),
            after: if folder.join("after").is_dir() { Tree::read(&folder.join("after")) } else { Tree::default() },
            expected: lines(&folder.join("expect.txt")).into_iter().filter(|line| !line.starts_with('#')).collect(),
            config: if own.is_file() { own } else { shared },
            never_printed: lines(&folder.join("never-printed.txt")),
            folder: folder.to_owned(),
        }
    }

    /// Writes what the program makes of the case into it. The comment that says what the case is about stays.
    pub(crate) fn bless(&mut self, expected: Vec<String>, after: Tree) {
        let file = self.folder.join("expect.txt");
        let about: Vec<String> = lines(&file).into_iter().filter(|line| line.starts_with('#')).collect();
        let text: String = about.iter().chain(&expected).flat_map(|line| [line, "\n"]).collect();
        fs::write(file, text).unwrap();
        let folder = self.folder.join("after");
        if folder.is_dir() {
            fs::remove_dir_all(&folder).unwrap();
        }
        after.write(&folder);
        self.expected = expected;
        self.after = after;
    }
}
