//! Owns the forge that is a folder: bare repositories, and beside each a folder with a file for every pull request.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Forge, Head, Kind, Listing, Pull, Push, Repository, Request, Stage, Standing};
use crate::apply::{Existing, Mode, create};
use crate::campaign::git::{Access, Git};
use crate::campaign::name::Name;
use crate::campaign::planned::Visibility;
use crate::campaign::trouble::{Cause, Trouble};
use crate::disk::Disk;

/// How long git may take.
const TIME: Duration = Duration::from_secs(600);
/// What a bare repository's folder is called behind its name.
const GIT: &str = ".git";
/// What the folder of its pull requests is called behind its name.
const PULLS: &str = ".pulls";
/// How deep owners may lie.
const DEPTH: usize = 4;

/// A folder of bare repositories.
#[derive(Debug)]
pub struct Local {
    root: PathBuf,
    disk: Disk,
}

/// A pull request, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    pull: Pull,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    assignees: Vec<String>,
    #[serde(default)]
    reviewers: Vec<String>,
    #[serde(default)]
    comments: Vec<String>,
}

impl Local {
    /// The forge in a folder.
    ///
    /// # Errors
    /// [`Trouble`] where there is no such folder.
    pub fn new(root: &Path) -> Result<Self, Trouble> {
        let failed = |fault: io::Error| {
            Trouble::new(
                Cause::Unreachable,
                format!("`{}` is no folder of repositories: {}", root.display(), crate::diagnostic::reason(&fault)),
            )
        };
        let root = root.canonicalize().map_err(failed)?;
        Ok(Self { disk: Disk::new(&root, &root), root })
    }

    fn repository_at(&self, name: &Name) -> PathBuf {
        self.root.join(format!("{name}{GIT}"))
    }

    fn pulls_at(&self, name: &Name) -> PathBuf {
        self.root.join(format!("{name}{PULLS}"))
    }

    fn git(&self, name: &Name) -> Git {
        Git::new(&self.repository_at(name), TIME)
    }

    fn find(folder: &Path, prefix: &str, depth: usize, found: &mut Vec<Name>) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let Some(file) = entry.file_name().to_str().map(str::to_owned) else { continue };
            if !entry.file_type()?.is_dir() {
                continue;
            }
            match file.strip_suffix(GIT) {
                Some(name) => found.extend(Name::new(&format!("{prefix}{name}"))),
                None if depth < DEPTH && !file.ends_with(PULLS) => {
                    Self::find(&entry.path(), &format!("{prefix}{file}/"), depth + 1, found)?;
                }
                None => {}
            }
        }
        Ok(())
    }

    fn kept(&self, name: &Name, number: u64) -> Result<Kept, Trouble> {
        let place = self.pulls_at(name).join(format!("{number}.json"));
        let text = fs::read_to_string(&place).map_err(|fault| {
            Trouble::new(Cause::Missing, format!("pull request {number} was not read: {}", crate::diagnostic::reason(&fault)))
        })?;
        serde_json::from_str(&text).map_err(|fault| Trouble::new(Cause::Refused, format!("`{}` cannot be read: {fault}", place.display())))
    }

    fn all(&self, name: &Name) -> Result<Vec<Kept>, Trouble> {
        let entries = match fs::read_dir(self.pulls_at(name)) {
            Ok(entries) => entries,
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(fault) => return Err(Trouble::new(Cause::Unreachable, crate::diagnostic::reason(&fault))),
        };
        let number = |entry: fs::DirEntry| entry.file_name().to_str()?.strip_suffix(".json")?.parse::<u64>().ok();
        let mut numbers: Vec<u64> = entries.flatten().filter_map(number).collect();
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        numbers.into_iter().map(|number| self.kept(name, number)).collect()
    }

    fn put(&self, name: &Name, kept: &Kept, existing: Existing) -> io::Result<()> {
        let text = serde_json::to_string_pretty(kept).map_err(io::Error::other)? + "\n";
        let place = self.pulls_at(name).join(format!("{}.json", kept.pull.number));
        create(&self.disk, &place, text.as_bytes(), existing, Mode::Data)
    }

    fn change(&self, name: &Name, number: u64, change: impl FnOnce(&mut Kept)) -> Result<(), Trouble> {
        let mut kept = self.kept(name, number)?;
        change(&mut kept);
        self.put(name, &kept, Existing::Replace).map_err(|fault| written(&fault))
    }
}

/// Adds what is not there yet.
fn add(all: &mut Vec<String>, more: &[String]) {
    let new: Vec<String> = more.iter().filter(|one| !all.contains(one)).cloned().collect();
    all.extend(new);
}

fn written(fault: &io::Error) -> Trouble {
    Trouble::new(Cause::Unreachable, format!("the pull request was not written: {}", crate::disk::told(fault)))
}

impl Forge for Local {
    fn identity(&self) -> Result<String, Trouble> {
        Ok(format!("local {}", self.root.display()))
    }

    fn names(&self, listing: Listing<'_>) -> Result<Vec<Name>, Trouble> {
        if listing.topic.is_some() {
            return Err(Trouble::new(Cause::Refused, "a folder of repositories knows no topics: leave out `--topic`"));
        }
        let mut found = Vec::new();
        Self::find(&self.root, "", 0, &mut found).map_err(|fault| {
            Trouble::new(Cause::Unreachable, format!("`{}` was not read: {}", self.root.display(), crate::diagnostic::reason(&fault)))
        })?;
        found.retain(|name| listing.of.is_none_or(|of| name.owner() == of));
        found.sort();
        Ok(found)
    }

    fn repository(&self, name: &Name) -> Result<Repository, Trouble> {
        if !self.repository_at(name).is_dir() {
            return Err(Trouble::new(Cause::Missing, format!("`{}` is not there", self.repository_at(name).display())));
        }
        // A file says it, but where git keeps references elsewhere: there the name is none that a branch can have.
        let head = fs::read_to_string(self.repository_at(name).join("HEAD")).unwrap_or_default();
        let branch = match head.trim_end().strip_prefix("ref: refs/heads/").filter(|branch| !branch.starts_with('.')) {
            Some(branch) => branch.to_owned(),
            None => self.git(name).text(&["symbolic-ref", "--short", "HEAD"], b"")?,
        };
        Ok(Repository {
            name: name.clone(),
            branch,
            visibility: Visibility::Unknown,
            kind: Kind::Own,
            push: Push::Allowed,
            topics: Vec::new(),
        })
    }

    fn access(&self, name: &Name) -> Access {
        Access { url: format!("file://{}", self.repository_at(name).display()), header: None, time: TIME }
    }

    fn pulls(&self, name: &Name, head: Head<'_>, mark: &str) -> Result<Vec<Pull>, Trouble> {
        let all = self.all(name)?.into_iter().map(|kept| kept.pull);
        Ok(all.filter(|pull| pull.branch == head.branch || pull.body.contains(mark)).collect())
    }

    fn pull(&self, name: &Name, number: u64) -> Result<Pull, Trouble> {
        self.kept(name, number).map(|kept| kept.pull)
    }

    fn create(&self, name: &Name, request: &Request<'_>) -> Result<Pull, Trouble> {
        let all = self.all(name)?;
        if all.iter().any(|kept| kept.pull.standing == Standing::Open && kept.pull.branch == request.head.branch) {
            return Err(Trouble::new(Cause::Changed, format!("there is a pull request of `{}` already", request.head.branch)));
        }
        let number = all.iter().map(|kept| kept.pull.number).max().unwrap_or(0) + 1;
        let url = format!("file://{}", self.pulls_at(name).join(format!("{number}.json")).display());
        let pull = Pull {
            number,
            url,
            standing: Standing::Open,
            title: request.title.to_owned(),
            body: request.body.to_owned(),
            branch: request.head.branch.to_owned(),
            base: request.base.to_owned(),
            closed_by: None,
        };
        let draft = request.stage == Stage::Draft;
        let kept = Kept { pull, draft, labels: Vec::new(), assignees: Vec::new(), reviewers: Vec::new(), comments: Vec::new() };
        self.put(name, &kept, Existing::Refuse).map_err(|fault| written(&fault))?;
        Ok(kept.pull)
    }

    fn update(&self, name: &Name, number: u64, title: &str, body: &str) -> Result<(), Trouble> {
        self.change(name, number, |kept| (kept.pull.title, kept.pull.body) = (title.to_owned(), body.to_owned()))
    }

    fn comment(&self, name: &Name, number: u64, text: &str) -> Result<(), Trouble> {
        self.change(name, number, |kept| kept.comments.push(text.to_owned()))
    }

    fn label(&self, name: &Name, number: u64, labels: &[String]) -> Result<(), Trouble> {
        self.change(name, number, |kept| add(&mut kept.labels, labels))
    }

    fn assign(&self, name: &Name, number: u64, people: &[String]) -> Result<(), Trouble> {
        self.change(name, number, |kept| add(&mut kept.assignees, people))
    }

    fn review(&self, name: &Name, number: u64, people: &[String]) -> Result<(), Trouble> {
        self.change(name, number, |kept| add(&mut kept.reviewers, people))
    }

    fn merge(&self, name: &Name, number: u64, tip: &str) -> Result<(), Trouble> {
        let Pull { branch, base, standing, .. } = self.pull(name, number)?;
        if standing != Standing::Open {
            return Err(Trouble::new(Cause::Changed, "it is not open any more"));
        }
        let git = self.git(name);
        let (branch, base) = (format!("refs/heads/{branch}"), format!("refs/heads/{base}"));
        let commit_of = |path: &str| git.text(&["rev-parse", "--verify", &format!("{path}^{{commit}}")], b"");
        let (ours, theirs) = (commit_of(&base)?, commit_of(&branch)?);
        if theirs != tip {
            return Err(Trouble::new(Cause::Changed, "its branch has another commit by now"));
        }
        if git.offline(&["merge-base", "--is-ancestor", &theirs, &ours], b"").is_err() {
            let tree = git.text(&["merge-tree", "--write-tree", &ours, &theirs], b"");
            let tree = tree.map_err(|_| Trouble::new(Cause::Changed, "it cannot be merged without a conflict"))?;
            let message = format!("Merge pull request {number}\n");
            let merge = git.text(&["commit-tree", &tree, "-p", &ours, "-p", &theirs, "-F", "-"], message.as_bytes())?;
            git.offline(&["update-ref", &base, &merge, &ours], b"")?;
        }
        self.change(name, number, |kept| kept.pull.standing = Standing::Merged)
    }

    fn close(&self, name: &Name, number: u64) -> Result<(), Trouble> {
        self.change(name, number, |kept| kept.pull.standing = Standing::Closed)
    }
}
