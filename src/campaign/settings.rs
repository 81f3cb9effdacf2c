//! Owns `campaign.yaml`: what moves, where, and how the pull requests look.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::name::Name;

/// The name of the file.
pub const FILE: &str = "campaign.yaml";

/// What a campaign is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Its name: that of its branch, and of the mark in its pull requests.
    pub name: String,
    /// Where the repositories are.
    pub forge: ForgeAt,
    /// What becomes what.
    pub rules: RulesAt,
    /// The branch, where it is not `transship/NAME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The title of the pull requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The file of a template for their bodies, seen from the campaign's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// How many commits a branch has.
    #[serde(default)]
    pub commits: Commits,
    /// Which fixes are made.
    #[serde(default)]
    pub fixes: Fixes,
    /// Which files are looked into.
    #[serde(default)]
    pub read: Read,
    /// Whether commits say that their author may give them.
    #[serde(default)]
    pub sign_off: bool,
    /// Whether pull requests are drafts.
    #[serde(default)]
    pub draft: bool,
    /// Labels of the pull requests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Who is to look after them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assignees: Vec<String>,
    /// Who is asked to review them.
    #[serde(default, skip_serializing_if = "Reviewers::is_nobody")]
    pub reviewers: Reviewers,
    /// When branches are pushed to forks.
    #[serde(default)]
    pub fork: Forking,
    /// Whose the forks are, where they are not whose the token is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fork_owner: Option<String>,
    /// The repository of which an issue tells how the campaign stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<Name>,
    /// Topics by which a repository takes itself out.
    #[serde(default = "no_campaign", skip_serializing_if = "Vec::is_empty")]
    pub without_topics: Vec<String>,
    /// What is let through that would hold a pull request back.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub allow: BTreeSet<Allowance>,
}

fn no_campaign() -> Vec<String> {
    vec!["no-transship".to_owned()]
}

/// Where the repositories are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForgeAt {
    /// What the forge is.
    pub kind: Kind,
    /// Of `local` the folder of the bare repositories, seen from the campaign's folder; of others the address of the API, where it is not the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// What the addresses that git takes begin with, where they are not the forge's usual ones: `git@github.com:`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<String>,
    /// The organisation, group or user whose repositories `init` lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<String>,
    /// The topic of the repositories that `init` lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
}

/// What a forge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A folder of bare repositories.
    Local,
    /// GitHub, or GitHub Enterprise.
    Github,
    /// GitLab.
    Gitlab,
    /// Gitea, or Forgejo.
    #[serde(alias = "forgejo")]
    Gitea,
    /// Bitbucket Cloud.
    Bitbucket,
}

/// What becomes what, as on the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulesAt {
    /// A rule file, seen from the campaign's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
    /// Packs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packs: Vec<String>,
    /// Mappings, `FROM=TO`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub maps: Vec<String>,
    /// Values of variables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub vars: BTreeMap<String, String>,
}

/// How many commits a branch has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Commits {
    /// One.
    #[default]
    One,
    /// One for each mapping that moves something.
    EachMapping,
}

/// Which fixes are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fixes {
    /// Those that change what they say and nothing else.
    #[default]
    Safe,
    /// Those as well that may change what something else means.
    Unsafe,
}

/// When the branch of a campaign lies in a fork.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Forking {
    /// Never: a repository that we may not push to is left.
    #[default]
    Never,
    /// Where the forge says that we may not push to the repository.
    WhereDenied,
    /// Always.
    Always,
}

/// Who is asked to review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected `code-owners`, or a list of people")]
pub enum Reviewers {
    /// Those that the repository itself names.
    Own(Own),
    /// These people and teams.
    These(Vec<String>),
}

/// The word for those whom a repository names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Own {
    /// The owners of the files that change, by `CODEOWNERS`.
    CodeOwners,
}

impl Default for Reviewers {
    fn default() -> Self {
        Self::These(Vec::new())
    }
}

impl Reviewers {
    /// Whether nobody is asked.
    #[must_use]
    pub fn is_nobody(&self) -> bool {
        *self == Self::default()
    }
}

/// Which files are looked into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Read {
    /// All that may be text, as `fix` does.
    #[default]
    Everything,
    /// Those that a format reads: less is fetched, and names in other files are neither moved nor told.
    Formats,
}

/// What is let through that would hold a pull request back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Allowance {
    /// Targets that their registry does not have.
    Missing,
    /// Targets of which nobody knows whether they exist.
    Undecided,
    /// Targets that want a login, in public repositories.
    Login,
    /// Forks.
    Forks,
}

/// Why a text is no campaign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Bad {
    /// It is no such YAML; the words tell the line.
    #[error("{0}")]
    Yaml(String),
    /// A value cannot be.
    #[error("`{key}: {value}`: {why}")]
    Value {
        /// The key.
        key: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Nothing moves.
    #[error("`rules` names no rule file, pack or mapping, so that nothing would move")]
    NoRules,
}

impl Settings {
    /// Reads `campaign.yaml`.
    ///
    /// # Errors
    /// [`Bad`] with the first thing that is wrong.
    pub fn read(text: &str) -> Result<Self, Bad> {
        let settings: Self = serde_yaml::from_str(text).map_err(|fault| Bad::Yaml(fault.to_string().trim().to_owned()))?;
        let bad = |key, value: &str, why| Err(Bad::Value { key, value: value.to_owned(), why });
        // git-check-ref-format(1).
        let is_lock = |text: &str| text.split('/').any(|part| part.rsplit_once('.').is_some_and(|(_, ending)| ending == "lock"));
        let is_name = |text: &str| Name::new(text).is_ok() && !is_lock(text) && !text.ends_with('.') && !text.contains("..");
        if !is_name(&settings.name) || settings.name.contains('/') {
            return bad("name", &settings.name, "expected letters, digits, `.`, `-` and `_`: a branch is called by it");
        }
        if let Some(branch) = settings.branch.as_ref().filter(|branch| !is_name(branch)) {
            return bad("branch", branch, "expected the name of a branch, of letters, digits, `/`, `.`, `-` and `_`");
        }
        let ForgeAt { kind, at, .. } = &settings.forge;
        match (kind, at) {
            (Kind::Local, None) => return bad("forge", "local", "`at` has to name the folder of the bare repositories"),
            (Kind::Gitea, None) => {
                return bad("forge", "gitea", "`at` has to name the address of the forge, such as `https://codeberg.org`");
            }
            _ => {}
        }
        if let (Kind::Bitbucket, [label, ..]) = (kind, settings.labels.as_slice()) {
            return bad("labels", label, "Bitbucket has no labels");
        }
        if let (Kind::Bitbucket | Kind::Local, Some(tracking)) = (kind, &settings.tracking) {
            return bad("tracking", tracking.as_str(), "this forge has no issues");
        }
        match (kind, settings.fork, &settings.fork_owner) {
            (_, Forking::Never, _) => {}
            (Kind::Local, ..) => return bad("fork", "local", "a folder of repositories has no forks"),
            (Kind::Bitbucket, _, None) => return bad("fork", "bitbucket", "`fork_owner` has to name the workspace of the forks"),
            (_, _, Some(owner)) if Name::new(owner).is_err() => {
                return bad("fork_owner", owner, "expected the name of a person or an organisation");
            }
            _ => {}
        }
        let RulesAt { config, packs, maps, .. } = &settings.rules;
        if config.is_none() && packs.is_empty() && maps.is_empty() {
            return Err(Bad::NoRules);
        }
        Ok(settings)
    }

    /// Its branch.
    #[must_use]
    pub fn branch(&self) -> String {
        self.branch.clone().unwrap_or_else(|| format!("transship/{}", self.name))
    }

    /// The title of its pull requests.
    #[must_use]
    pub fn title(&self) -> String {
        self.title.clone().unwrap_or_else(|| format!("Move container images ({})", self.name))
    }

    /// Whether something is let through.
    #[must_use]
    pub fn allows(&self, what: Allowance) -> bool {
        self.allow.contains(&what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "name: bitnami\nforge: {kind: local, at: ../forge}\nrules: {packs: [bitnami-legacy]}\n";

    #[test]
    fn a_campaign_says_what_moves_and_where() {
        let settings = Settings::read(LEAST).unwrap();
        assert_eq!((settings.branch().as_str(), settings.commits, settings.read), ("transship/bitnami", Commits::One, Read::Everything));
        assert_eq!(settings.without_topics, ["no-transship"]);
        let again = Settings::read(&serde_yaml::to_string(&settings).unwrap()).unwrap();
        assert_eq!(again, settings);
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_place() {
        let unknown = Settings::read(&format!("{LEAST}typo: 1\n")).unwrap_err().to_string();
        assert!(unknown.contains("typo") && unknown.contains('4'), "{unknown}");
        for (old, new) in [("bitnami\n", "../x\n"), ("bitnami\n", "a b\n"), (", at: ../forge", ""), ("packs: [bitnami-legacy]", "")] {
            assert!(Settings::read(&LEAST.replacen(old, new, 1)).is_err(), "{new}");
        }
        let of = |forge: &str, more: &str| {
            Settings::read(&LEAST.replacen("{kind: local, at: ../forge}", forge, 1).replace("rules", &format!("{more}rules")))
        };
        assert!(of("{kind: gitea}", "").unwrap_err().to_string().contains("codeberg.org"));
        assert_eq!(of("{kind: forgejo, at: 'https://codeberg.org'}", "labels: [a]\n").unwrap().forge.kind, Kind::Gitea);
        assert!(of("{kind: bitbucket}", "").is_ok());
        for (forge, more) in [
            ("{kind: bitbucket}", "tracking: a/b\n"),
            ("{kind: local, at: x}", "tracking: a/b\n"),
            ("{kind: github}", "tracking: a b\n"),
            ("{kind: local, at: x}", "fork: always\n"),
            ("{kind: bitbucket}", "fork: always\n"),
            ("{kind: github}", "fork: always\nfork_owner: ../x\n"),
            ("{kind: github}", "reviewers: somebody\n"),
        ] {
            assert!(of(forge, more).is_err(), "{forge} {more}");
        }
        let known = of("{kind: github}", "fork: where-denied\nfork_owner: bot\ntracking: a/b\nreviewers: code-owners\n").unwrap();
        assert_eq!((known.fork, known.reviewers), (Forking::WhereDenied, Reviewers::Own(Own::CodeOwners)));
        assert_eq!(
            of("{kind: github}", "reviewers: [a, team/b]\n").unwrap().reviewers,
            Reviewers::These(vec!["a".into(), "team/b".into()])
        );
        assert_eq!(of("{kind: bitbucket}", "labels: [a]\n").unwrap_err().to_string(), "`labels: a`: Bitbucket has no labels");
    }
}
