//! Owns Gitea and Forgejo, by their REST interface (version 1), which is one.
//!
//! Source: Gitea 1.26, `routers/api/v1` and `modules/structs`.

use serde_json::{Value, json};

use super::hosted::{Drafts, FEW, Hosted, PAGES, Way, found, issue, merged, names, odd, people_and_teams, place, text, texts};
use super::{Forge, Head, Issue, Kind, Listing, Notice, Pull, Push, Repository, Request, Standing};
use crate::campaign::git::Access;
use crate::campaign::name::Name;
use crate::campaign::planned::Visibility;
use crate::campaign::trouble::{Cause, Trouble};
use crate::credentials::percent_encoded;
use crate::registry::Method;

/// What the address of every API ends with.
const END: &str = "/api/v1";
/// Where a token comes from.
const HELP: &str = "set GITEA_TOKEN, and GITEA_HOST to the host that it is for, or store a login with git's credential helpers";
/// The most that are on one page of a server that nobody has configured (`MAX_RESPONSE_ITEMS`).
const PAGE: usize = 50;
/// What a title begins with (`WORK_IN_PROGRESS_PREFIXES`).
const DRAFTS: Drafts = Drafts(&["WIP:", "[WIP]"]);
/// How an issue is told.
const ISSUE: [&str; 4] = ["number", "html_url", "body", "open"];
/// The colour of labels that are made.
const COLOUR: &str = "#ededed";

/// Gitea, or Forgejo.
#[derive(Debug)]
pub struct Gitea(Hosted);

impl Gitea {
    /// The forge that is reached so. The address may be that of the forge itself, without `/api/v1`.
    #[must_use]
    pub fn new(way: Way) -> Self {
        let own = |base: &str| format!("{}/", base.strip_suffix(END).unwrap_or(base));
        // Any name does beside a token.
        Self(Hosted::new(way.ending(END), "application/json", own, "token"))
    }

    fn act(&self, method: Method, path: &str, body: &Value) -> Result<Value, Trouble> {
        self.0.rest.act(method, path, body).map(|answer| answer.value)
    }

    fn raw(&self, name: &Name, number: u64) -> Result<Value, Trouble> {
        Ok(self.0.rest.get(&pull_path(name, number))?.value)
    }

    /// The number of each label, of the repository or of its organisation; one that is in neither is made.
    fn numbers(&self, name: &Name, labels: &[String]) -> Result<Vec<u64>, Trouble> {
        let own = format!("/repos/{name}/labels");
        let mut known = self.0.rest.list(&format!("{own}?limit={PAGE}"), PAGES)?;
        match self.0.rest.list(&format!("/orgs/{}/labels?limit={PAGE}", name.owner()), PAGES) {
            Ok(more) => known.extend(more),
            // The owner is a person, or their labels are not shown.
            Err(trouble) if matches!(trouble.cause, Cause::Missing | Cause::NoPermission) => {}
            Err(trouble) => return Err(trouble),
        }
        let number = |label: &String| {
            let there = known.iter().find(|one| one["name"] == label.as_str()).and_then(|one| one["id"].as_u64());
            match there {
                Some(number) => Ok(number),
                None => {
                    self.act(Method::Post, &own, &json!({"name": label, "color": COLOUR}))?["id"].as_u64().ok_or_else(|| odd("a label"))
                }
            }
        };
        labels.iter().map(number).collect()
    }
}

fn pull_path(name: &Name, number: u64) -> String {
    format!("/repos/{name}/pulls/{number}")
}

fn issue_path(name: &Name, number: u64) -> String {
    format!("/repos/{name}/issues/{number}")
}

fn pull(value: &Value) -> Result<Pull, Trouble> {
    let read = || {
        let standing = match (value["state"].as_str()?, value["merged"].as_bool()) {
            ("open", _) => Standing::Open,
            (_, Some(true)) => Standing::Merged,
            _ => Standing::Closed,
        };
        Some(Pull {
            number: value["number"].as_u64()?,
            url: text(&value["html_url"])?,
            standing,
            title: DRAFTS.bare(value["title"].as_str()?).to_owned(),
            body: text(&value["body"]).unwrap_or_default(),
            branch: text(&value["head"]["ref"])?,
            base: text(&value["base"]["ref"])?,
            closed_by: None,
        })
    };
    read().ok_or_else(|| odd("a pull request"))
}

/// Whether a pull request brings a branch of the same place: of that fork, or of its own repository and not of somebody's fork.
fn is_from(value: &Value, head: Head<'_>) -> bool {
    match head.fork {
        Some(fork) => value["head"]["repo"]["full_name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(fork.as_str())),
        None => value["head"]["repo_id"] == value["base"]["repo_id"],
    }
}

impl Forge for Gitea {
    fn identity(&self) -> Result<String, Trouble> {
        self.0.identity(&["login"], HELP)
    }

    fn names(&self, Listing { of, topic }: Listing<'_>) -> Result<Vec<Name>, Trouble> {
        let rest = &self.0.rest;
        let Some(of) = of.filter(|_| topic.is_none()) else {
            let filter = topic.map(|topic| format!("topic=true&q={}&", percent_encoded(topic))).unwrap_or_default();
            let all = rest.list_in(&format!("/repos/search?{filter}sort=alpha&order=asc&limit={PAGE}"), "data", PAGES)?;
            let mut names = names(all.iter(), "full_name")?;
            names.retain(|name| of.is_none_or(|of| name.owner().eq_ignore_ascii_case(of)));
            return Ok(names);
        };
        let of = percent_encoded(of);
        let all = match rest.list(&format!("/orgs/{of}/repos?limit={PAGE}"), PAGES) {
            Err(trouble) if trouble.cause == Cause::Missing => rest.list(&format!("/users/{of}/repos?limit={PAGE}"), PAGES)?,
            all => all?,
        };
        names(all.iter(), "full_name")
    }

    fn repository(&self, name: &Name) -> Result<Repository, Trouble> {
        let value = self.0.rest.get(&format!("/repos/{name}"))?.value;
        let is = |key: &str| value[key].as_bool() == Some(true);
        if is("empty") {
            return Err(Trouble::new(Cause::Empty, "it has no commit"));
        }
        let visibility = match value["private"].as_bool() {
            Some(false) if !is("internal") => Visibility::Public,
            Some(_) => Visibility::Private,
            None => Visibility::Unknown,
        };
        let kind = match (is("archived"), is("fork")) {
            (true, _) => Kind::Archived,
            (_, true) => Kind::Fork,
            _ => Kind::Own,
        };
        let push = match value["permissions"]["push"].as_bool() {
            // A mirror takes nothing from anybody but its source.
            Some(push) if push && !is("mirror") => Push::Allowed,
            Some(_) => Push::Denied,
            None => Push::Unknown,
        };
        let now = value["full_name"].as_str().and_then(|name| Name::new(name).ok()).ok_or_else(|| odd("a repository"))?;
        // Servers before 1.23 tell topics apart.
        let topics = match &value["topics"] {
            Value::Array(_) => texts(&value["topics"]),
            _ => texts(&self.0.rest.get(&format!("/repos/{now}/topics"))?.value["topics"]),
        };
        let branch = text(&value["default_branch"]).ok_or_else(|| odd("a repository"))?;
        Ok(Repository { name: now, branch, visibility, kind, push, topics })
    }

    fn access(&self, name: &Name) -> Access {
        self.0.access(name)
    }

    fn pulls(&self, name: &Name, head: Head<'_>, mark: &str) -> Result<Vec<Pull>, Trouble> {
        // The newest come first. No filter finds those of a branch but one that tells any of them.
        let some = |state: &str| -> Result<Vec<Pull>, Trouble> {
            let all = self.0.rest.list(&format!("/repos/{name}/pulls?state={state}&limit={PAGE}"), FEW)?;
            all.iter().filter(|value| is_from(value, head)).map(pull).collect()
        };
        let open = some("open")?;
        let of_branch: Vec<Pull> = open.iter().filter(|pull| pull.branch == head.branch).cloned().collect();
        if !of_branch.is_empty() {
            return Ok(of_branch);
        }
        found(some("closed")?, head.branch, mark, || Ok(open))
    }

    fn fork(&self, name: &Name, owner: Option<&str>) -> Result<Option<Name>, Trouble> {
        let place = place(&owner.map_or_else(|| self.0.user("login"), |owner| Ok(owner.to_owned()))?, name)?;
        let said = self.0.rest.get(&format!("/repos/{place}"));
        super::hosted::fork(&place, name, said, "full_name", &["/parent/full_name"])
    }

    fn make_fork(&self, name: &Name, owner: Option<&str>) -> Result<Name, Trouble> {
        let body = owner.map_or_else(|| json!({}), |owner| json!({"organization": owner}));
        let made = self.act(Method::Post, &format!("/repos/{name}/forks"), &body)?;
        made["full_name"].as_str().and_then(|name| Name::new(name).ok()).ok_or_else(|| odd("a fork"))
    }

    fn pull(&self, name: &Name, number: u64) -> Result<Pull, Trouble> {
        pull(&self.raw(name, number)?)
    }

    fn create(&self, name: &Name, request: &Request<'_>) -> Result<Pull, Trouble> {
        let Request { title, body, head, base, stage } = request;
        // A fork under the name of its source is known by its owner, any other by its name.
        let branch = match head.fork {
            None => head.branch.to_owned(),
            Some(fork) if fork.last() == name.last() => format!("{}:{}", fork.owner(), head.branch),
            Some(fork) => format!("{fork}:{}", head.branch),
        };
        let body = json!({"title": DRAFTS.titled(*stage, title), "body": body, "head": branch, "base": base});
        // One that is there already is a conflict (409), which is told as such.
        pull(&self.act(Method::Post, &format!("/repos/{name}/pulls"), &body)?)
    }

    fn update(&self, name: &Name, number: u64, title: &str, body: &str) -> Result<(), Trouble> {
        let before = self.raw(name, number)?;
        let title = DRAFTS.retitled(before["title"].as_str().unwrap_or_default(), title);
        self.act(Method::Patch, &pull_path(name, number), &json!({"title": title, "body": body})).map(drop)
    }

    fn comment(&self, name: &Name, number: u64, text: &str) -> Result<(), Trouble> {
        self.act(Method::Post, &format!("{}/comments", issue_path(name, number)), &json!({"body": text})).map(drop)
    }

    fn label(&self, name: &Name, number: u64, labels: &[String]) -> Result<(), Trouble> {
        let labels = self.numbers(name, labels)?;
        self.act(Method::Post, &format!("{}/labels", issue_path(name, number)), &json!({"labels": labels})).map(drop)
    }

    fn assign(&self, name: &Name, number: u64, people: &[String]) -> Result<(), Trouble> {
        // The list takes the place of the one that is there.
        let before = self.raw(name, number)?;
        let mut all: Vec<String> = before["assignees"].as_array().into_iter().flatten().filter_map(|one| text(&one["login"])).collect();
        all.extend(people.iter().filter(|one| !all.contains(one)).cloned().collect::<Vec<String>>());
        self.act(Method::Patch, &issue_path(name, number), &json!({"assignees": all})).map(drop)
    }

    fn review(&self, name: &Name, number: u64, people: &[String]) -> Result<(), Trouble> {
        let (people, teams) = people_and_teams(people);
        let path = format!("{}/requested_reviewers", pull_path(name, number));
        self.act(Method::Post, &path, &json!({"reviewers": people, "team_reviewers": teams})).map(drop)
    }

    fn merge(&self, name: &Name, number: u64, tip: &str) -> Result<(), Trouble> {
        let path = format!("{}/merge", pull_path(name, number));
        let act = |way: &str| self.act(Method::Post, &path, &json!({"Do": way, "head_commit_id": tip}));
        merged(&["merge", "squash", "rebase", "rebase-merge", "fast-forward-only"], "merge style for this repository", act)
    }

    fn close(&self, name: &Name, number: u64) -> Result<(), Trouble> {
        self.act(Method::Patch, &pull_path(name, number), &json!({"state": "closed"})).map(drop)
    }

    fn issues(&self, name: &Name, mark: &str) -> Result<Vec<Issue>, Trouble> {
        let all = self.0.rest.list(&format!("/repos/{name}/issues?type=issues&state=all&limit={PAGE}"), PAGES)?;
        let all = all.iter().map(|one| issue(one, ISSUE));
        all.filter(|one| one.as_ref().map_or(true, |one| one.body.contains(mark))).collect()
    }

    fn issue(&self, name: &Name, number: u64) -> Result<Issue, Trouble> {
        issue(&self.0.rest.get(&issue_path(name, number))?.value, ISSUE)
    }

    fn open_issue(&self, name: &Name, title: &str, body: &str) -> Result<Issue, Trouble> {
        issue(&self.act(Method::Post, &format!("/repos/{name}/issues"), &json!({"title": title, "body": body}))?, ISSUE)
    }

    fn update_issue(&self, name: &Name, number: u64, notice: &Notice<'_>) -> Result<(), Trouble> {
        let Notice { title, body, standing } = notice;
        let state = if *standing == Standing::Open { "open" } else { "closed" };
        self.act(Method::Patch, &issue_path(name, number), &json!({"title": title, "body": body, "state": state})).map(drop)
    }
}
