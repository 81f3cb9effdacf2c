//! Owns the planning of one repository: its newest commit is read, and what would change is made into commits that nobody has been shown yet.

use std::path::Path;
use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};

use super::forge::Repository;
use super::git::{Access, Change, Clone, Message, Sight, SignOff, Signing};
use super::name::Name;
use super::owners::{owners, places};
use super::planned::{Made, Outcome, Plan};
use super::read::{Account, read, whole};
use super::settings::{Allowance, Commits, Fixes, Own, Reviewers, Settings};
use super::trouble::{Cause, Trouble};
use crate::config::{Campaigns, Config, Options, RULES, load};
use crate::disk::Tree;
use crate::judge::{Only, Rules};
use crate::mapping::Date;
use crate::plan::Applicability;
use crate::source::{Files as _, Forced, Memory, Overlay, TreePath};

/// What the line in a commit begins with by which it is known as one of the campaign.
#[must_use]
pub(super) fn mark(settings: &Settings) -> String {
    format!("Transship-Campaign: {}", settings.name)
}

/// What every repository is planned by.
#[derive(Debug)]
pub struct Planner<'a> {
    /// The campaign.
    pub settings: &'a Settings,
    /// What becomes what.
    pub config: &'a Config,
    /// The day that dates are compared with.
    pub today: Date,
    /// The time of the commits, in seconds since 1970.
    pub now: u64,
    /// What is worked out once.
    pub once: Once,
}

/// What is the same for all repositories, and worked out for the first.
#[derive(Debug, Default)]
pub struct Once {
    /// Whether commits are signed: all clones lie beside each other.
    signing: OnceLock<Signing>,
    /// What those are judged by that have no rules of their own.
    rules: OnceLock<Rules>,
}

/// A plan, and what belongs to it.
#[derive(Debug)]
pub struct Drawn {
    /// What came of it.
    pub outcome: Outcome,
    /// The commits as mails; empty where there are none.
    pub patch: Vec<u8>,
}

impl Drawn {
    const fn without_patch(outcome: Outcome) -> Self {
        Self { outcome, patch: Vec::new() }
    }
}

impl Planner<'_> {
    /// Plans a repository in its clone, by the newest commit of its branch.
    #[must_use]
    pub fn plan(&self, repository: &Repository, clone: &Path, access: &Access) -> Drawn {
        self.try_plan(repository, clone, access).unwrap_or_else(|trouble| Drawn::without_patch(Outcome::Failed(trouble)))
    }

    fn try_plan(&self, repository: &Repository, clone: &Path, access: &Access) -> Result<Drawn, Trouble> {
        if let Some(topic) = self.settings.without_topics.iter().find(|topic| repository.topics.contains(topic)) {
            return Ok(Drawn::without_patch(Outcome::OptedOut { by: format!("topic `{topic}`") }));
        }
        may_change(repository, self.settings)?;
        let clone = Clone::open(clone, access)?;
        let head = clone.head(&repository.branch)?;
        self.plan_commit(repository, &clone, &head)
    }

    /// Plans a repository by a commit that is in its clone.
    ///
    /// # Errors
    /// [`Trouble`] where that cannot be done.
    pub fn plan_commit(&self, repository: &Repository, clone: &Clone, head: &str) -> Result<Drawn, Trouble> {
        let sight = Sight::new(clone, head, &self.config.formats, self.settings.read)?;
        let own = own_rules(&sight)?;
        if own.as_ref().is_some_and(|own| own.campaigns == Campaigns::Refused) {
            return Ok(Drawn::without_patch(Outcome::OptedOut { by: format!("`campaign: false` in `{RULES}`") }));
        }
        let with_own = own.map(|own| Rules::new(with_own(self.config.clone(), own), self.today));
        let shared = || self.once.rules.get_or_init(|| Rules::new(self.config.clone(), self.today));
        let rules = with_own.as_ref().unwrap_or_else(shared);
        let scope = whole(sight.scope(rules.left(Forced::No)));
        let unseen = sight.unseen();
        let mut tree = Tree { files: Overlay { over: Memory::default(), under: sight }, scope, around: Vec::new() };
        let minimum = if self.settings.fixes == Fixes::Unsafe { Applicability::Unsafe } else { Applicability::Safe };
        let mut account = read(&tree, rules, minimum)?;
        let change = change(&account, &tree.files.under);
        let files: Vec<String> = account.changes.keys().map(ToString::to_string).collect();
        let owners = self.owners(&tree.files.under, clone, &files)?;
        let message = Line { settings: self.settings, mark: format!("{} change={change}", mark(self.settings)) };
        let commits = match self.settings.commits {
            _ if account.changes.is_empty() => Vec::new(),
            Commits::One => {
                let changes = changes(std::mem::take(&mut account.changes), &tree.files.under);
                vec![self.commit(clone, head, &changes, &message, &self.settings.title())?]
            }
            Commits::EachMapping => self.each_mapping(clone, head, &message, &mut tree, rules, &account)?,
        };
        let patch = match commits.last() {
            Some(tip) => {
                clone.keep(&tip.commit)?;
                clone.patch(head, &tip.commit)?
            }
            None => Vec::new(),
        };
        let Account { references, refused, left, retired, unread, .. } = account;
        let change = if commits.is_empty() { String::new() } else { change };
        let plan = Plan {
            base: repository.branch.clone(),
            head: head.to_owned(),
            change,
            commits,
            files,
            references: references.into_iter().collect(),
            refused: refused.into_iter().collect(),
            left: left.into_iter().collect(),
            retired: retired.into_iter().collect(),
            unread: unread.into_iter().collect(),
            unseen,
            visibility: repository.visibility,
            owners,
        };
        Ok(Drawn { outcome: Outcome::Planned(Box::new(plan)), patch })
    }

    /// Who is asked to review a change of these files, where the repository says it and the forge does not.
    fn owners(&self, sight: &Sight, clone: &Clone, files: &[String]) -> Result<Vec<String>, Trouble> {
        if self.settings.reviewers != Reviewers::Own(Own::CodeOwners) || files.is_empty() {
            return Ok(Vec::new());
        }
        let places = places(self.settings.forge.kind).iter().filter_map(|place| TreePath::new(place).ok());
        let Some(object) = places.map(|place| sight.object(&place)).find(|object| !object.is_empty()) else { return Ok(Vec::new()) };
        let text = clone.content(object)?;
        Ok(owners(&String::from_utf8_lossy(&text), files.iter().map(String::as_str)))
    }

    /// A commit for each mapping, and one for what several have to change together.
    fn each_mapping(
        &self,
        clone: &Clone,
        head: &str,
        message: &Line<'_>,
        tree: &mut Tree<Overlay<Sight>>,
        rules: &Rules,
        account: &Account,
    ) -> Result<Vec<Made>, Trouble> {
        let minimum = if self.settings.fixes == Fixes::Unsafe { Applicability::Unsafe } else { Applicability::Safe };
        let mut ids: Vec<&str> = account.references.iter().filter_map(|one| one.mapping.as_deref()).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut commits: Vec<Made> = Vec::new();
        for id in ids.into_iter().map(Some).chain([None]) {
            let rules = match id {
                Some(id) => rules.clone().moving(Only { mappings: [id.to_owned()].into(), ..Only::default() }),
                None => rules.clone(),
            };
            let made = read(tree, &rules, minimum)?.changes;
            if made.is_empty() {
                continue;
            }
            let subject = id.map_or_else(|| self.settings.title(), |id| format!("{}: {id}", self.settings.title()));
            let parent = commits.last().map_or(head, |last| last.commit.as_str()).to_owned();
            let made = changes(made, &tree.files.under);
            commits.push(self.commit(clone, &parent, &made, message, &subject)?);
            for Change { path, text, .. } in made {
                if let Ok(path) = TreePath::new(&path) {
                    tree.files.over.put(path, text);
                }
            }
        }
        Ok(commits)
    }

    fn commit(&self, clone: &Clone, parent: &str, changes: &[Change], line: &Line<'_>, subject: &str) -> Result<Made, Trouble> {
        let sign_off = if line.settings.sign_off { SignOff::Yes } else { SignOff::No };
        let signing = *self.once.signing.get_or_init(|| clone.signing());
        let message = Message { subject, text: "", mark: &line.mark, sign_off, signing };
        let (commit, tree) = clone.commit(parent, changes, &message, self.now)?;
        Ok(Made { subject: subject.to_owned(), commit, tree })
    }
}

/// What all commits of a plan say.
struct Line<'a> {
    settings: &'a Settings,
    mark: String,
}

/// Whether the repository may be changed at all.
///
/// # Errors
/// [`Trouble`] with the cause.
pub(super) fn may_change(repository: &Repository, settings: &Settings) -> Result<(), Trouble> {
    if repository.is_archived() {
        return Err(Trouble::new(Cause::Archived, "it is archived"));
    }
    if repository.is_fork() && !settings.allows(Allowance::Forks) {
        return Err(Trouble::new(Cause::Fork, "it is a fork; `allow: [forks]` in campaign.yaml takes forks in"));
    }
    Ok(())
}

/// The repository's own rule file at the top.
fn own_rules(sight: &Sight) -> Result<Option<Config>, Trouble> {
    let Ok(path) = TreePath::new(RULES) else { return Ok(None) };
    if !sight.is_file(&path) {
        return Ok(None);
    }
    let options = Options { config: Some(path), ..Options::default() };
    load(&options, sight).map_err(|faults| {
        let first = faults.to_string();
        let first = first.lines().take(3).map(str::trim).collect::<Vec<_>>().join(" ");
        Trouble::new(Cause::Rules, format!("`{RULES}` has faults: {first}"))
    })
}

/// What the campaign moves, in the files and places that the repository leaves open to it.
fn with_own(config: Config, own: Config) -> Config {
    let allowed = if config.allowed.is_empty() { own.allowed } else { config.allowed };
    Config { covered: config.covered.and(&own.covered), allowed, ..config }
}

fn changes(changes: std::collections::BTreeMap<TreePath, Vec<u8>>, sight: &Sight) -> Vec<Change> {
    changes.into_iter().map(|(path, text)| Change { mode: sight.mode(&path).to_owned(), path: path.to_string(), text }).collect()
}

/// What a change is known by: it is the same as long as the files that it touches are.
fn change(account: &Account, sight: &Sight) -> String {
    let mut hash = Sha256::new();
    for (path, text) in &account.changes {
        for part in [path.as_str().as_bytes(), sight.object(path).as_bytes(), Sha256::digest(text).as_slice()] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
    }
    hash.finalize().iter().take(8).fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// Where the clone of a repository stands in a cache.
#[must_use]
pub fn clone_in(cache: &Path, name: &Name) -> std::path::PathBuf {
    cache.join(format!("{}.git", name.folder()))
}
