//! Owns a forge of bare repositories, a campaign over them, and what is asked of both.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Said, command, finish};

/// A folder with `forge/` and `campaign/`.
pub(crate) struct Kit {
    folder: TempDir,
}

/// The mapping of the campaign.
pub(crate) const MAP: &str = "old.example.com/=new.example.com/";

impl Kit {
    /// A forge with these repositories, each of files.
    pub(crate) fn new(repositories: &[(&str, &[(&str, &str)])]) -> Self {
        let kit = Self { folder: TempDir::new().unwrap() };
        fs::create_dir(kit.path("forge")).unwrap();
        for (name, files) in repositories {
            kit.add(name, files);
        }
        kit
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Adds a repository of these files.
    pub(crate) fn add(&self, name: &str, files: &[(&str, &str)]) {
        let bare = self.bare(name);
        fs::create_dir_all(&bare).unwrap();
        git(&bare, &["init", "--quiet", "--bare", "--initial-branch=main"]);
        git(&bare, &["config", "uploadpack.allowFilter", "true"]);
        self.commit(name, "main", files, "begin");
    }

    /// Adds a repository of all that is in a folder.
    pub(crate) fn add_folder(&self, name: &str, folder: &Path) {
        let bare = self.bare(name);
        fs::create_dir_all(&bare).unwrap();
        git(&bare, &["init", "--quiet", "--bare", "--initial-branch=main"]);
        git(&bare, &["config", "uploadpack.allowFilter", "true"]);
        let (bare, folder) = (format!("--git-dir={}", bare.display()), format!("--work-tree={}", folder.display()));
        git(self.folder.path(), &[&bare, &folder, "add", "--all", "--force", "--", &folder["--work-tree=".len()..]]);
        git(self.folder.path(), &[&bare, &folder, "commit", "--quiet", "-m", "begin"]);
    }

    /// Adds a repository that is as another is now.
    pub(crate) fn copy(&self, from: &str, to: &str) {
        let (from, to) = (self.bare(from), self.bare(to));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        git(self.folder.path(), &["clone", "--quiet", "--bare", from.to_str().unwrap(), to.to_str().unwrap()]);
        git(&to, &["config", "uploadpack.allowFilter", "true"]);
    }

    pub(crate) fn bare(&self, name: &str) -> PathBuf {
        self.path(&format!("forge/{name}.git"))
    }

    /// Commits these files to a branch, as a person would, and pushes.
    pub(crate) fn commit(&self, name: &str, branch: &str, files: &[(&str, &str)], message: &str) {
        let work = TempDir::new().unwrap();
        git(work.path(), &["init", "--quiet", &format!("--initial-branch={branch}")]);
        git(work.path(), &["remote", "add", "origin", self.bare(name).to_str().unwrap()]);
        if try_git(work.path(), &["fetch", "--quiet", "origin", branch]).is_some() {
            git(work.path(), &["reset", "--quiet", "--hard", "FETCH_HEAD"]);
        }
        for (path, text) in files {
            let path = work.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        git(work.path(), &["add", "--all"]);
        git(work.path(), &["commit", "--quiet", "--allow-empty", "-m", message]);
        git(work.path(), &["push", "--quiet", "origin", &format!("HEAD:refs/heads/{branch}")]);
    }

    /// Writes a campaign over all repositories, with more lines of campaign.yaml.
    pub(crate) fn init(&self, more: &str) {
        let said = self.say(&["init", "move", "--forge", "local", "--at", "../forge", "--map", MAP]);
        assert_eq!(said.code, 0, "{said:?}");
        let place = self.path("campaign/campaign.yaml");
        let text = fs::read_to_string(&place).unwrap();
        fs::write(place, format!("{text}{more}")).unwrap();
    }

    /// The command, as somebody would give it.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut all = vec!["campaign", "--folder", "campaign"];
        all.extend(arguments);
        let mut command = command(self.folder.path(), &all);
        identify(&mut command);
        command
    }

    pub(crate) fn say(&self, arguments: &[&str]) -> Said {
        finish(&mut self.command(arguments), b"")
    }

    /// Runs a command that ends with that code.
    pub(crate) fn ends(&self, code: i32, arguments: &[&str]) -> String {
        let said = self.say(arguments);
        assert_eq!(said.code, code, "{arguments:?}: {said:?}");
        said.out
    }

    /// What is kept of a repository.
    pub(crate) fn kept(&self, name: &str, file: &str) -> Value {
        let place = self.path(&format!("campaign/repositories/{}/{file}", name.replace('/', "~")));
        let text = fs::read_to_string(&place).unwrap_or_else(|fault| panic!("{}: {fault}", place.display()));
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    }

    /// The pull requests of a repository on the forge, in order.
    pub(crate) fn pulls(&self, name: &str) -> Vec<Value> {
        let folder = self.path(&format!("forge/{name}.pulls"));
        let mut files: Vec<PathBuf> = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|ending| ending == "json"));
        files.sort();
        files.iter().map(|file| serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()).collect()
    }

    /// The commit of a branch on the forge.
    pub(crate) fn tip(&self, name: &str, branch: &str) -> Option<String> {
        try_git(&self.bare(name), &["rev-parse", "--verify", "--quiet", &format!("refs/heads/{branch}")])
    }

    /// A file of a branch on the forge.
    pub(crate) fn file(&self, name: &str, branch: &str, path: &str) -> String {
        git(&self.bare(name), &["show", &format!("{branch}:{path}")])
    }

    /// The rows of the report, by repository.
    pub(crate) fn report(&self) -> Value {
        serde_json::from_str(&self.ends(0, &["report", "--format", "json"])).unwrap()
    }

    /// How a repository stands.
    pub(crate) fn status(&self, name: &str) -> String {
        let report = self.report();
        let rows = report["repositories"].as_array().unwrap();
        let row = rows.iter().find(|row| row["repository"] == name).unwrap();
        row["status"].as_str().unwrap().to_owned()
    }

    /// The branches and pull requests of all repositories.
    pub(crate) fn everything(&self) -> Vec<String> {
        let mut all = Vec::new();
        let mut names: Vec<PathBuf> = Vec::new();
        let mut folders = vec![self.path("forge")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.extension().and_then(|ending| ending.to_str()) {
                    Some("git") => names.push(path),
                    Some("json") => all.push(format!("{} {}", path.display(), fs::read_to_string(&path).unwrap())),
                    _ if path.is_dir() => folders.push(path),
                    _ => {}
                }
            }
        }
        all.extend(
            names.iter().map(|bare| format!("{} {}", bare.display(), git(bare, &["for-each-ref", "--format=%(refname) %(objectname)"]))),
        );
        all.sort();
        all
    }
}

/// Who commits, and when no configuration says it.
fn identify(command: &mut Command) {
    for (name, value) in [("NAME", "Some Body"), ("EMAIL", "some.body@example.com")] {
        command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
    }
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
}

pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    try_git(folder, arguments).unwrap_or_else(|| panic!("git {arguments:?} in {}", folder.display()))
}

fn try_git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments);
    identify(&mut command);
    let done = command.output().unwrap();
    done.status.success().then(|| String::from_utf8(done.stdout).unwrap().trim_end().to_owned())
}
