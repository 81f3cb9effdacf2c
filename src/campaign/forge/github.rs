//! Owns GitHub and GitHub Enterprise, by their REST interface, and by GraphQL where many are asked for at once.
//!
//! Source: docs.github.com/rest (2022-11-28) and its "Best practices" and "Rate limits"; the descriptions of requests in `@octokit/openapi`.

use serde_json::{Value, json};

use super::hosted::{FEW, Hosted, PAGES, Way, found, issue, merged, names, odd, people_and_teams, place, text, texts};
use super::{Forge, Head, Issue, Kind, Listing, Notice, Pull, Push, Repository, Request, Stage, Standing};
use crate::campaign::git::Access;
use crate::campaign::name::Name;
use crate::campaign::planned::Visibility;
use crate::campaign::trouble::{Cause, Trouble};
use crate::credentials::percent_encoded;
use crate::registry::Method;

/// Where GitHub itself answers.
pub const API: &str = "https://api.github.com";
/// The media type of its answers.
const ACCEPT: &str = "application/vnd.github+json";
/// Pull requests that are asked for at once.
const AT_ONCE: usize = 50;
/// How an issue is told.
const ISSUE: [&str; 4] = ["number", "html_url", "body", "open"];
/// Where a token comes from.
const HELP: &str = "set GITHUB_TOKEN (GH_ENTERPRISE_TOKEN for another host than github.com), or log in with `gh auth login`";

/// GitHub, or GitHub Enterprise.
#[derive(Debug)]
pub struct GitHub(Hosted);

impl GitHub {
    /// The forge that is reached so.
    #[must_use]
    pub fn new(way: Way) -> Self {
        let own = |base: &str| match base {
            API => "https://github.com/".to_owned(),
            base => format!("{}/", base.strip_suffix("/api/v3").unwrap_or(base)),
        };
        Self(Hosted::new(way, ACCEPT, own, "x-access-token"))
    }

    /// Where GraphQL answers.
    fn graphql(&self) -> String {
        let base = self.0.rest.base();
        base.strip_suffix("/api/v3").map_or_else(|| format!("{base}/graphql"), |base| format!("{base}/api/graphql"))
    }

    fn pull_path(name: &Name, number: u64) -> String {
        format!("/repos/{name}/pulls/{number}")
    }

    fn issue_path(name: &Name, number: u64, what: &str) -> String {
        format!("/repos/{name}/issues/{number}/{what}")
    }

    fn act(&self, method: Method, path: &str, body: &Value) -> Result<Value, Trouble> {
        self.0.rest.act(method, path, body).map(|answer| answer.value)
    }

    /// Asks for some at once; none where GraphQL does not answer as it should.
    fn at_once(&self, wanted: &[(Name, u64)]) -> Option<Vec<Option<Pull>>> {
        let one = |(index, (name, number)): (usize, &(Name, u64))| {
            // Names hold nothing that ends a text.
            let (owner, last) = (name.owner(), name.last());
            format!(
                "r{index}: repository(owner: \"{owner}\", name: \"{last}\") {{ pullRequest(number: {number}) \
                 {{ number url state title body headRefName baseRefName }} }}"
            )
        };
        let query: Vec<String> = wanted.iter().enumerate().map(one).collect();
        let answer = self.0.rest.query(&self.graphql(), &json!({"query": format!("query {{ {} }}", query.join(" "))})).ok()?;
        let data = answer.value.get("data")?.as_object()?;
        Some((0..wanted.len()).map(|index| of_graphql(data.get(&format!("r{index}"))?.get("pullRequest")?)).collect())
    }
}

/// The branch of a pull request as a filter names it.
fn shown(name: &Name, head: Head<'_>) -> String {
    format!("{}:{}", head.fork.unwrap_or(name).owner(), head.branch)
}

/// Whether a pull request brings a branch of the same place: of the fork, or of its own repository. What is gone by now has no name.
fn is_from(value: &Value, head: Head<'_>) -> bool {
    let of = |side: &str| value[side]["repo"]["full_name"].as_str();
    match head.fork {
        Some(fork) => of("head").is_none_or(|there| there.eq_ignore_ascii_case(fork.as_str())),
        None => of("head").is_none_or(|there| of("base").is_none_or(|base| there == base)),
    }
}

/// A pull request in an answer of GraphQL.
fn of_graphql(value: &Value) -> Option<Pull> {
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    let standing = match value["state"].as_str()? {
        "OPEN" => Standing::Open,
        "MERGED" => Standing::Merged,
        "CLOSED" => Standing::Closed,
        _ => return None,
    };
    Some(Pull {
        number: value["number"].as_u64()?,
        url: text("url")?,
        standing,
        title: text("title")?,
        body: text("body").unwrap_or_default(),
        branch: text("headRefName")?,
        base: text("baseRefName")?,
        closed_by: None,
    })
}

/// A pull request in an answer of REST.
fn pull(value: &Value) -> Result<Pull, Trouble> {
    let read = || {
        let standing = match (value["state"].as_str()?, value["merged_at"].is_null()) {
            ("open", _) => Standing::Open,
            (_, false) => Standing::Merged,
            (_, true) => Standing::Closed,
        };
        Some(Pull {
            number: value["number"].as_u64()?,
            url: text(&value["html_url"])?,
            standing,
            title: text(&value["title"])?,
            body: text(&value["body"]).unwrap_or_default(),
            branch: text(&value["head"]["ref"])?,
            base: text(&value["base"]["ref"])?,
            closed_by: text(&value["closed_by"]["login"]),
        })
    };
    read().ok_or_else(|| odd("a pull request"))
}

fn repository(value: &Value) -> Result<Repository, Trouble> {
    let is = |key: &str| value[key].as_bool() == Some(true);
    let read = || {
        Some(Repository {
            name: Name::new(value["full_name"].as_str()?).ok()?,
            branch: value["default_branch"].as_str()?.to_owned(),
            visibility: match value["private"].as_bool() {
                Some(true) => Visibility::Private,
                Some(false) => Visibility::Public,
                None => Visibility::Unknown,
            },
            kind: if is("archived") || is("disabled") {
                Kind::Archived
            } else if is("fork") {
                Kind::Fork
            } else {
                Kind::Own
            },
            push: match value["permissions"]["push"].as_bool() {
                Some(true) => Push::Allowed,
                Some(false) => Push::Denied,
                None => Push::Unknown,
            },
            topics: texts(&value["topics"]),
        })
    };
    read().ok_or_else(|| odd("a repository"))
}

impl Forge for GitHub {
    fn identity(&self) -> Result<String, Trouble> {
        self.0.identity(&["login"], HELP)
    }

    fn names(&self, listing: Listing<'_>) -> Result<Vec<Name>, Trouble> {
        let of = listing
            .of
            .ok_or_else(|| Trouble::new(Cause::Refused, "GitHub does not list all repositories: name an organisation with `--org`"))?;
        let of = percent_encoded(of);
        let all = match self.0.rest.list(&format!("/orgs/{of}/repos?type=all&sort=full_name&per_page=100"), PAGES) {
            Err(trouble) if trouble.cause == Cause::Missing => {
                self.0.rest.list(&format!("/users/{of}/repos?sort=full_name&per_page=100"), PAGES)?
            }
            all => all?,
        };
        let has = |value: &&Value| listing.topic.is_none_or(|topic| texts(&value["topics"]).iter().any(|one| one == topic));
        names(all.iter().filter(has), "full_name")
    }

    fn repository(&self, name: &Name) -> Result<Repository, Trouble> {
        repository(&self.0.rest.get(&format!("/repos/{name}"))?.value)
    }

    fn access(&self, name: &Name) -> Access {
        self.0.access(name)
    }

    fn pulls(&self, name: &Name, head: Head<'_>, mark: &str) -> Result<Vec<Pull>, Trouble> {
        let filter = percent_encoded(&shown(name, head));
        let some = |filter: &str, pages: usize| -> Result<Vec<Pull>, Trouble> {
            let path = format!("/repos/{name}/pulls?{filter}&sort=created&direction=desc&per_page=100");
            self.0.rest.list(&path, pages)?.iter().filter(|value| is_from(value, head)).map(pull).collect()
        };
        // Where the head is not known, GitHub leaves the filter out.
        found(some(&format!("state=all&head={filter}"), 1)?, head.branch, mark, || some("state=open", FEW))
    }

    fn fork(&self, name: &Name, owner: Option<&str>) -> Result<Option<Name>, Trouble> {
        let place = place(&owner.map_or_else(|| self.0.user("login"), |owner| Ok(owner.to_owned()))?, name)?;
        let said = self.0.rest.get(&format!("/repos/{place}"));
        super::hosted::fork(&place, name, said, "full_name", &["/parent/full_name", "/source/full_name"])
    }

    fn make_fork(&self, name: &Name, owner: Option<&str>) -> Result<Name, Trouble> {
        let mut body = json!({"default_branch_only": true});
        if let Some(owner) = owner {
            body["organization"] = owner.into();
        }
        // One that is there already is the answer, whatever it is called.
        let made = self.act(Method::Post, &format!("/repos/{name}/forks"), &body)?;
        made["full_name"].as_str().and_then(|name| Name::new(name).ok()).ok_or_else(|| odd("a fork"))
    }

    fn pull(&self, name: &Name, number: u64) -> Result<Pull, Trouble> {
        pull(&self.0.rest.get(&Self::pull_path(name, number))?.value)
    }

    fn all_pulls(&self, wanted: &[(Name, u64)]) -> Vec<Result<Pull, Trouble>> {
        let some = |wanted: &[(Name, u64)]| -> Vec<Result<Pull, Trouble>> {
            let known = self.at_once(wanted).unwrap_or_else(|| vec![None; wanted.len()]);
            let one = |((name, number), known): (&(Name, u64), Option<Pull>)| known.map_or_else(|| self.pull(name, *number), Ok);
            wanted.iter().zip(known).map(one).collect()
        };
        wanted.chunks(AT_ONCE).flat_map(some).collect()
    }

    fn create(&self, name: &Name, request: &Request<'_>) -> Result<Pull, Trouble> {
        let Request { title, body, head, base, stage } = request;
        let branch = if head.fork.is_some() { shown(name, *head) } else { head.branch.to_owned() };
        let mut body = json!({"title": title, "body": body, "head": branch, "base": base, "draft": *stage == Stage::Draft});
        if let Some(fork) = head.fork.filter(|fork| fork.owner() == name.owner()) {
            // Of two repositories of one owner only this tells which is meant.
            body["head_repo"] = fork.as_str().into();
        }
        let made = self.act(Method::Post, &format!("/repos/{name}/pulls"), &body).map_err(|trouble| {
            let is_there = trouble.message.contains("already exists");
            if is_there { Trouble { cause: Cause::Changed, ..trouble } } else { trouble }
        })?;
        pull(&made)
    }

    fn update(&self, name: &Name, number: u64, title: &str, body: &str) -> Result<(), Trouble> {
        self.act(Method::Patch, &Self::pull_path(name, number), &json!({"title": title, "body": body})).map(drop)
    }

    fn comment(&self, name: &Name, number: u64, text: &str) -> Result<(), Trouble> {
        self.act(Method::Post, &Self::issue_path(name, number, "comments"), &json!({"body": text})).map(drop)
    }

    fn label(&self, name: &Name, number: u64, labels: &[String]) -> Result<(), Trouble> {
        self.act(Method::Post, &Self::issue_path(name, number, "labels"), &json!({"labels": labels})).map(drop)
    }

    fn assign(&self, name: &Name, number: u64, people: &[String]) -> Result<(), Trouble> {
        self.act(Method::Post, &Self::issue_path(name, number, "assignees"), &json!({"assignees": people})).map(drop)
    }

    fn review(&self, name: &Name, number: u64, people: &[String]) -> Result<(), Trouble> {
        let (people, teams) = people_and_teams(people);
        let path = format!("{}/requested_reviewers", Self::pull_path(name, number));
        self.act(Method::Post, &path, &json!({"reviewers": people, "team_reviewers": teams})).map(drop)
    }

    fn merge(&self, name: &Name, number: u64, tip: &str) -> Result<(), Trouble> {
        let path = format!("{}/merge", Self::pull_path(name, number));
        let act = |way: &str| self.act(Method::Put, &path, &json!({"sha": tip, "merge_method": way}));
        merged(&["merge", "squash", "rebase"], "not allowed on this repository", act)
    }

    fn close(&self, name: &Name, number: u64) -> Result<(), Trouble> {
        self.act(Method::Patch, &Self::pull_path(name, number), &json!({"state": "closed"})).map(drop)
    }

    fn issues(&self, name: &Name, mark: &str) -> Result<Vec<Issue>, Trouble> {
        let all = self.0.rest.list(&format!("/repos/{name}/issues?state=all&sort=created&direction=desc&per_page=100"), PAGES)?;
        // Each pull request is an issue, too.
        let all = all.iter().filter(|one| one["pull_request"].is_null()).map(|one| issue(one, ISSUE));
        all.filter(|one| one.as_ref().map_or(true, |one| one.body.contains(mark))).collect()
    }

    fn issue(&self, name: &Name, number: u64) -> Result<Issue, Trouble> {
        issue(&self.0.rest.get(&format!("/repos/{name}/issues/{number}"))?.value, ISSUE)
    }

    fn open_issue(&self, name: &Name, title: &str, body: &str) -> Result<Issue, Trouble> {
        issue(&self.act(Method::Post, &format!("/repos/{name}/issues"), &json!({"title": title, "body": body}))?, ISSUE)
    }

    fn update_issue(&self, name: &Name, number: u64, notice: &Notice<'_>) -> Result<(), Trouble> {
        let Notice { title, body, standing } = notice;
        let state = if *standing == Standing::Open { "open" } else { "closed" };
        let body = json!({"title": title, "body": body, "state": state});
        self.act(Method::Patch, &format!("/repos/{name}/issues/{number}"), &body).map(drop)
    }
}
