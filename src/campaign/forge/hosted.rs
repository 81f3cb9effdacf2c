//! Owns what forges on hosts have in common: who asks, how git reaches their repositories, and how a pull request is found among others.

use std::time::Duration;

use serde_json::Value;

use super::login::{Login, basic};
use super::rest::{Answer, Rest};
use super::{Issue, Pull, Stage, Standing};
use crate::campaign::git::Access;
use crate::campaign::name::Name;
use crate::campaign::trouble::{Cause, Trouble};
use crate::credentials::Secret;
use crate::registry::Web;

/// Pages of repositories that are read at most.
pub(super) const PAGES: usize = 1_000;
/// Pages of pull requests among which one is looked for that the forge does not find by its branch.
pub(super) const FEW: usize = 3;
/// How long one run of git may take.
const TIME: Duration = Duration::from_secs(600);

/// How a forge is reached, as a campaign and this machine say it.
#[derive(Debug)]
pub struct Way {
    /// What speaks to servers.
    pub web: Web,
    /// The address of its API.
    pub base: String,
    /// What the addresses of git begin with, which may be those of SSH; without it, the forge's own are taken.
    pub git: Option<String>,
    /// Who asks.
    pub login: Option<Login>,
    /// The longest time that is waited because the forge asks for it.
    pub longest: Duration,
}

impl Way {
    /// The same, where the address of the API may lack what all forges of the kind have at its end.
    pub(super) fn ending(mut self, end: &str) -> Self {
        let base = self.base.trim_end_matches('/');
        self.base = if base.ends_with(end) { base.to_owned() } else { format!("{base}{end}") };
        self
    }
}

/// A forge on a host.
#[derive(Debug)]
pub(super) struct Hosted {
    pub(super) rest: Rest,
    /// What the addresses of git begin with.
    git: String,
    login: Option<Login>,
    /// What git shows as a name beside a token.
    user: &'static str,
}

impl Hosted {
    /// `own` is what the forge's own addresses of git begin with, by the address of its API; a token is shown to git with the name `user`.
    pub(super) fn new(way: Way, accept: &'static str, own: impl FnOnce(&str) -> String, user: &'static str) -> Self {
        let Way { web, base, git, login, longest } = way;
        let rest = Rest::new(web, &base, accept, login.as_ref(), longest);
        let git = git.unwrap_or_else(|| own(rest.base()));
        Self { rest, git, login, user }
    }

    /// How git reaches a repository.
    pub(super) fn access(&self, name: &Name) -> Access {
        let is_shown = self.git.starts_with("https://") || self.git.starts_with("http://");
        let header = self.login.as_ref().filter(|_| is_shown).map(|login| {
            let name = match login {
                Login::User { name, .. } if !name.contains('@') => name,
                // Bitbucket's API knows people by their address, and git does not.
                _ => self.user,
            };
            (self.git.clone(), Secret::new(format!("Authorization: {}", basic(name, login.secret()).expose())))
        });
        Access { url: format!("{}{name}.git", self.git), header, time: TIME }
    }

    /// Who asks: the value of `key` in the answer of `/user`.
    pub(super) fn user(&self, key: &str) -> Result<String, Trouble> {
        text(&self.rest.get("/user")?.value[key]).ok_or_else(|| odd("whoever asks"))
    }

    /// The host, and who asks it: the value of one of `keys` in the answer of `/user`. `help` says where a token comes from.
    pub(super) fn identity(&self, keys: &[&str], help: &str) -> Result<String, Trouble> {
        let host = self.rest.base();
        if self.login.is_none() {
            return Err(Trouble::new(Cause::NoLogin, format!("nobody says who asks `{host}`: {help}")));
        }
        match self.rest.get("/user") {
            Ok(answer) => {
                let who = keys.iter().find_map(|key| answer.value[*key].as_str());
                Ok(format!("{host} {}", who.unwrap_or_default()))
            }
            // A token of an installation, a repository or a workspace is no user's.
            Err(trouble) if matches!(trouble.cause, Cause::NoPermission | Cause::Missing) => Ok(format!("{host} installation")),
            Err(trouble) => Err(trouble),
        }
    }
}

/// An answer that does not have what it should.
pub(super) fn odd(what: &str) -> Trouble {
    Trouble::new(Cause::Refused, format!("the forge's answer does not have what belongs to {what}"))
}

/// A text of an answer.
pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Texts of a list of an answer.
pub(super) fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(text).collect()
}

/// The names of repositories in order, each once.
pub(super) fn names<'v>(all: impl Iterator<Item = &'v Value>, key: &str) -> Result<Vec<Name>, Trouble> {
    let name = |value: &Value| value[key].as_str().and_then(|name| Name::new(name).ok()).ok_or_else(|| odd("a repository"));
    let mut names = all.map(name).collect::<Result<Vec<Name>, Trouble>>()?;
    names.sort();
    names.dedup();
    Ok(names)
}

/// The fork at a place, by what the forge says of what lies there: its name now, under `key`, where it is one of `of`, whose name stands at one of
/// `parents`; none where nothing is there.
pub(super) fn fork(place: &Name, of: &Name, said: Result<Answer, Trouble>, key: &str, parents: &[&str]) -> Result<Option<Name>, Trouble> {
    let value = match said {
        Err(trouble) if trouble.cause == Cause::Missing => return Ok(None),
        said => said?.value,
    };
    let is_of = |parent: &&str| value.pointer(parent).and_then(Value::as_str).is_some_and(|name| name.eq_ignore_ascii_case(of.as_str()));
    if !parents.iter().any(is_of) {
        return Err(Trouble::new(
            Cause::Refused,
            format!("`{place}` is there, and is no fork of `{of}`: name another owner with `fork_owner`"),
        ));
    }
    value[key].as_str().and_then(|name| Name::new(name).ok()).map(Some).ok_or_else(|| odd("a fork"))
}

/// Where the fork of a repository lies.
pub(super) fn place(owner: &str, of: &Name) -> Result<Name, Trouble> {
    Name::new(&format!("{owner}/{}", of.last())).map_err(|bad| Trouble::new(Cause::Refused, format!("`fork_owner`: {bad}")))
}

/// An issue in an answer: under which keys its number, its address and its text stand, and what `state` says while it is open.
pub(super) fn issue(value: &Value, [number, url, body, open]: [&str; 4]) -> Result<Issue, Trouble> {
    let read = || {
        let standing = if value["state"].as_str()? == open { Standing::Open } else { Standing::Closed };
        Some(Issue { number: value[number].as_u64()?, url: text(&value[url])?, standing, body: text(&value[body]).unwrap_or_default() })
    };
    read().ok_or_else(|| odd("an issue"))
}

/// People and teams (`organisation/team`) apart, of teams the last part.
pub(super) fn people_and_teams(all: &[String]) -> (Vec<&str>, Vec<&str>) {
    let bare = all.iter().map(|one| one.trim_start_matches('@'));
    let (teams, people): (Vec<&str>, Vec<&str>) = bare.partition(|one| one.contains('/'));
    (people, teams.into_iter().filter_map(|team| team.rsplit('/').next()).collect())
}

/// Those of a list that bring the branch; where there are none, those of another list whose body holds the mark.
pub(super) fn found(
    mut pulls: Vec<Pull>,
    branch: &str,
    mark: &str,
    open: impl FnOnce() -> Result<Vec<Pull>, Trouble>,
) -> Result<Vec<Pull>, Trouble> {
    pulls.retain(|pull| pull.branch == branch);
    if pulls.is_empty() {
        pulls = open()?;
        pulls.retain(|pull| pull.body.contains(mark));
    }
    Ok(pulls)
}

/// Tries the ways of merging that there are, one after the other, since repositories choose which they allow; a refusal that holds `refusal` is one
/// of the way.
pub(super) fn merged(ways: &[&str], refusal: &str, act: impl Fn(&str) -> Result<Value, Trouble>) -> Result<(), Trouble> {
    let mut last = None;
    for way in ways {
        match act(way) {
            Ok(_) => return Ok(()),
            Err(trouble) if trouble.message.contains(refusal) => last = Some(trouble),
            Err(trouble) => return Err(trouble),
        }
    }
    Err(last.unwrap_or_else(|| odd("a merge")))
}

/// What a title begins with by which a forge knows drafts; the first is the one that is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drafts(pub(super) &'static [&'static str]);

impl Drafts {
    /// The title that makes a pull request a draft, or none.
    pub(super) fn titled(self, stage: Stage, title: &str) -> String {
        match (stage, self.0) {
            (Stage::Draft, [word, ..]) => format!("{word} {title}"),
            _ => title.to_owned(),
        }
    }

    /// The same title with other words: whoever has called a draft ready has the last word.
    pub(super) fn retitled(self, before: &str, title: &str) -> String {
        self.titled(if self.bare(before) == before { Stage::Ready } else { Stage::Draft }, self.bare(title))
    }

    /// A title without that.
    pub(super) fn bare(self, title: &str) -> &str {
        let after = |word: &&str| title.split_at_checked(word.len()).filter(|(begin, _)| begin.eq_ignore_ascii_case(word));
        self.0.iter().find_map(after).map_or(title, |(_, rest)| rest.trim_start())
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn a_draft_stays_one_until_somebody_says_otherwise() {
        let drafts = Drafts(&["Draft:", "[Draft]"]);
        assert_eq!(drafts.titled(Stage::Draft, "Move"), "Draft: Move");
        assert_eq!(drafts.titled(Stage::Ready, "Move"), "Move");
        assert_eq!(drafts.retitled("draft: Move", "Move on"), "Draft: Move on");
        assert_eq!(drafts.retitled("[draft]Move", "Draft: Move on"), "Draft: Move on");
        assert_eq!(drafts.retitled("Move", "Move on"), "Move on");
        assert_eq!((drafts.bare("Drafts"), drafts.bare("Drä"), drafts.bare("Draft:")), ("Drafts", "Drä", ""));
    }

    #[test]
    fn people_are_shown_to_git_by_a_name_that_it_knows() {
        let at = |login: Login| {
            let web = Web::new(crate::registry::Settings::default()).unwrap();
            let way = Way { web, base: "https://x.example/".to_owned(), git: None, login: Some(login), longest: Duration::ZERO };
            let access = Hosted::new(way.ending("/api/v1"), "", |base| format!("{base}/"), "token").access(&Name::new("a/b").unwrap());
            assert_eq!(access.url, "https://x.example/api/v1/a/b.git");
            let shown = access.header.unwrap().1;
            let login = STANDARD.decode(shown.expose().rsplit(' ').next().unwrap()).unwrap();
            String::from_utf8(login).unwrap()
        };
        let user = |name: &str| Login::User { name: name.to_owned(), password: Secret::new("secret") };
        assert_eq!(at(Login::Token(Secret::new("secret"))), "token:secret");
        assert_eq!(at(user("me")), "me:secret");
        assert_eq!(at(user("me@example.com")), "token:secret");
    }
}
