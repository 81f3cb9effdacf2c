//! Owns GitLab, by its REST interface (version 4).
//!
//! Source: docs.gitlab.com/api: projects, groups, `merge_requests`, notes, users, "Rate limits".

use serde_json::{Value, json};

use super::hosted::{Drafts, FEW, Hosted, PAGES, Way, found, issue, names, odd, place, text, texts};
use super::{Forge, Head, Issue, Kind, Listing, Notice, Pull, Push, Repository, Request, Standing};
use crate::campaign::git::Access;
use crate::campaign::name::Name;
use crate::campaign::planned::Visibility;
use crate::campaign::trouble::{Cause, Trouble};
use crate::credentials::percent_encoded;
use crate::registry::Method;

/// Where GitLab itself answers.
pub const API: &str = "https://gitlab.com/api/v4";
/// What the address of every API ends with.
const END: &str = "/api/v4";
/// Where a token comes from.
const HELP: &str = "set GITLAB_TOKEN (and GITLAB_HOST for another host than gitlab.com) to a token with the scope `api`; the token of a CI job does not do; \
                    or log in with `glab auth login`";
/// How an issue is told.
const ISSUE: [&str; 4] = ["iid", "web_url", "description", "opened"];
/// What a title begins with.
const DRAFTS: Drafts = Drafts(&["Draft:", "[Draft]", "(Draft)"]);
/// The access level of those who may push (Developer).
const DEVELOPER: u64 = 30;

/// GitLab: that of gitlab.com, or another.
#[derive(Debug)]
pub struct GitLab(Hosted);

impl GitLab {
    /// The forge that is reached so. The address may be that of the forge itself, without `/api/v4`.
    #[must_use]
    pub fn new(way: Way) -> Self {
        let own = |base: &str| format!("{}/", base.strip_suffix(END).unwrap_or(base));
        Self(Hosted::new(way.ending(END), "application/json", own, "oauth2"))
    }

    fn get(&self, path: &str) -> Result<Value, Trouble> {
        self.0.rest.get(path).map(|answer| answer.value)
    }

    /// Does something to a project. One that has moved answers questions under its old path, and nothing else.
    fn act(&self, method: Method, name: &Name, path: &str, body: &Value) -> Result<Value, Trouble> {
        let act = |name: &Name| self.0.rest.act(method, &format!("{}{path}", project(name)), body).map(|answer| answer.value);
        match act(name) {
            Err(trouble) if trouble.message.contains("moved projects") => act(&self.repository(name)?.name),
            done => done,
        }
    }

    fn raw(&self, name: &Name, number: u64) -> Result<Value, Trouble> {
        self.get(&format!("{}{}", project(name), request_path(number)))
    }

    /// The number of a person.
    fn person(&self, login: &str) -> Result<u64, Trouble> {
        let found = self.get(&format!("/users?username={}", percent_encoded(login)))?;
        let number = found.as_array().ok_or_else(|| odd("a list of people"))?.first().map(|one| one["id"].as_u64());
        match number {
            None => Err(Trouble::new(
                Cause::Missing,
                format!("nobody is called `{login}` there: see `assignees` and `reviewers` in campaign.yaml"),
            )),
            Some(number) => number.ok_or_else(|| odd("a person")),
        }
    }

    /// The number of a project.
    fn number(&self, name: &Name) -> Result<u64, Trouble> {
        self.get(&project(name))?["id"].as_u64().ok_or_else(|| odd("a project"))
    }

    /// Adds people to those whom a merge request has under `has`, by the key `key`. The list takes the place of the one that is there.
    fn add_people(&self, name: &Name, number: u64, people: &[u64], [has, key]: [&str; 2]) -> Result<(), Trouble> {
        let before = self.raw(name, number)?;
        let mut all: Vec<u64> = before[has].as_array().into_iter().flatten().filter_map(|one| one["id"].as_u64()).collect();
        all.extend(people.iter().filter(|one| !all.contains(one)).copied().collect::<Vec<u64>>());
        self.act(Method::Put, name, &request_path(number), &json!({key: all})).map(drop)
    }
}

/// The path of a project: its name is one part of it.
fn project(name: &Name) -> String {
    format!("/projects/{}", percent_encoded(name.as_str()))
}

fn request_path(number: u64) -> String {
    format!("/merge_requests/{number}")
}

fn pull(value: &Value) -> Result<Pull, Trouble> {
    let read = || {
        let standing = match value["state"].as_str()? {
            // One that is being merged is locked.
            "opened" | "locked" => Standing::Open,
            "merged" => Standing::Merged,
            "closed" => Standing::Closed,
            _ => return None,
        };
        Some(Pull {
            number: value["iid"].as_u64()?,
            url: text(&value["web_url"])?,
            standing,
            title: DRAFTS.bare(value["title"].as_str()?).to_owned(),
            body: text(&value["description"]).unwrap_or_default(),
            branch: text(&value["source_branch"])?,
            base: text(&value["target_branch"])?,
            closed_by: text(&value["closed_by"]["username"]),
        })
    };
    read().ok_or_else(|| odd("a merge request"))
}

/// Whether a merge request brings a branch of the project of that number; without one of its own project, not of somebody's fork.
fn is_from(value: &Value, fork: Option<u64>) -> bool {
    fork.map_or_else(|| value["source_project_id"] == value["target_project_id"], |fork| value["source_project_id"] == fork)
}

impl Forge for GitLab {
    fn identity(&self) -> Result<String, Trouble> {
        self.0.identity(&["username"], HELP)
    }

    fn names(&self, Listing { of, topic }: Listing<'_>) -> Result<Vec<Name>, Trouble> {
        let rest = &self.0.rest;
        let topic = topic.map(|topic| format!("&topic={}", percent_encoded(topic))).unwrap_or_default();
        let filter = format!("simple=true&order_by=id&sort=asc&per_page=100{topic}");
        let all = match of.map(percent_encoded) {
            // There are millions.
            None if rest.base() == API && topic.is_empty() => {
                return Err(Trouble::new(
                    Cause::Refused,
                    "gitlab.com does not list all projects: name a group with `--org`, or a topic with `--topic`",
                ));
            }
            None => rest.list(&format!("/projects?pagination=keyset&{filter}"), PAGES)?,
            Some(of) => match rest.list(&format!("/groups/{of}/projects?include_subgroups=true&with_shared=false&{filter}"), PAGES) {
                Err(trouble) if trouble.cause == Cause::Missing => rest.list(&format!("/users/{of}/projects?{filter}"), PAGES)?,
                all => all?,
            },
        };
        names(all.iter(), "path_with_namespace")
    }

    fn repository(&self, name: &Name) -> Result<Repository, Trouble> {
        let value = self.get(&project(name))?;
        let now = value["path_with_namespace"].as_str().and_then(|name| Name::new(name).ok()).ok_or_else(|| odd("a project"))?;
        let Some(branch) = text(&value["default_branch"]) else { return Err(Trouble::new(Cause::Empty, "it has no commit")) };
        let kind = if value["archived"].as_bool() == Some(true) {
            Kind::Archived
        } else if value["forked_from_project"].is_object() {
            Kind::Fork
        } else {
            Kind::Own
        };
        let visibility = match value["visibility"].as_str() {
            Some("public") => Visibility::Public,
            Some(_) => Visibility::Private,
            None => Visibility::Unknown,
        };
        let level = |of: &str| value["permissions"][of]["access_level"].as_u64();
        let push = match level("project_access").max(level("group_access")) {
            Some(level) if level >= DEVELOPER => Push::Allowed,
            Some(_) => Push::Denied,
            // Whoever administers the server has no level and may.
            None => Push::Unknown,
        };
        Ok(Repository { name: now, branch, visibility, kind, push, topics: texts(&value["topics"]) })
    }

    fn access(&self, name: &Name) -> Access {
        self.0.access(name)
    }

    fn pulls(&self, name: &Name, Head { branch, fork }: Head<'_>, mark: &str) -> Result<Vec<Pull>, Trouble> {
        let fork = fork.map(|fork| self.number(fork)).transpose()?;
        let some = |filter: &str, pages: usize| -> Result<Vec<Pull>, Trouble> {
            let path = format!("{}/merge_requests?{filter}&order_by=created_at&sort=desc&per_page=100", project(name));
            self.0.rest.list(&path, pages)?.iter().filter(|value| is_from(value, fork)).map(pull).collect()
        };
        let of_branch = some(&format!("state=all&source_branch={}", percent_encoded(branch)), 1)?;
        found(of_branch, branch, mark, || some("state=opened", FEW))
    }

    fn fork(&self, name: &Name, owner: Option<&str>) -> Result<Option<Name>, Trouble> {
        let place = place(&owner.map_or_else(|| self.0.user("username"), |owner| Ok(owner.to_owned()))?, name)?;
        let said = self.0.rest.get(&project(&place));
        super::hosted::fork(&place, name, said, "path_with_namespace", &["/forked_from_project/path_with_namespace"])
    }

    fn make_fork(&self, name: &Name, owner: Option<&str>) -> Result<Name, Trouble> {
        let body = owner.map_or_else(|| json!({}), |owner| json!({"namespace_path": owner}));
        let made = self.act(Method::Post, name, "/fork", &body)?;
        made["path_with_namespace"].as_str().and_then(|name| Name::new(name).ok()).ok_or_else(|| odd("a fork"))
    }

    fn pull(&self, name: &Name, number: u64) -> Result<Pull, Trouble> {
        pull(&self.raw(name, number)?)
    }

    fn create(&self, name: &Name, request: &Request<'_>) -> Result<Pull, Trouble> {
        let Request { title, body, head, base, stage } = request;
        let title = DRAFTS.titled(*stage, title);
        let mut body = json!({"title": title, "description": body, "source_branch": head.branch, "target_branch": base});
        if head.fork.is_some() {
            body["target_project_id"] = self.number(name)?.into();
        }
        // It is opened where its branch lies. One that is there already is a conflict (409), which is told as such.
        pull(&self.act(Method::Post, head.fork.unwrap_or(name), "/merge_requests", &body)?)
    }

    fn update(&self, name: &Name, number: u64, title: &str, body: &str) -> Result<(), Trouble> {
        let before = self.raw(name, number)?;
        let title = DRAFTS.retitled(before["title"].as_str().unwrap_or_default(), title);
        self.act(Method::Put, name, &request_path(number), &json!({"title": title, "description": body})).map(drop)
    }

    fn comment(&self, name: &Name, number: u64, text: &str) -> Result<(), Trouble> {
        self.act(Method::Post, name, &format!("{}/notes", request_path(number)), &json!({"body": text})).map(drop)
    }

    fn label(&self, name: &Name, number: u64, labels: &[String]) -> Result<(), Trouble> {
        if let Some(label) = labels.iter().find(|label| label.contains(',')) {
            return Err(Trouble::new(Cause::Refused, format!("`{label}` is no label of GitLab: a comma stands between two")));
        }
        self.act(Method::Put, name, &request_path(number), &json!({"add_labels": labels.join(",")})).map(drop)
    }

    fn assign(&self, name: &Name, number: u64, people: &[String]) -> Result<(), Trouble> {
        // Where only one is allowed, GitLab takes the first.
        let people = people.iter().map(|login| self.person(login)).collect::<Result<Vec<u64>, Trouble>>()?;
        self.add_people(name, number, &people, ["assignees", "assignee_ids"])
    }

    fn review(&self, name: &Name, number: u64, people: &[String]) -> Result<(), Trouble> {
        let mut numbers = Vec::new();
        for login in people {
            match self.person(login) {
                Ok(person) => numbers.push(person),
                // Among those who own code there are groups, which review nothing here.
                Err(trouble) if trouble.cause == Cause::Missing => {}
                Err(trouble) => return Err(trouble),
            }
        }
        if numbers.is_empty() {
            return Ok(());
        }
        self.add_people(name, number, &numbers, ["reviewers", "reviewer_ids"])
    }

    fn merge(&self, name: &Name, number: u64, tip: &str) -> Result<(), Trouble> {
        let done = self.act(Method::Put, name, &format!("{}/merge", request_path(number)), &json!({"sha": tip}));
        done.map(drop).map_err(|trouble| match trouble.cause {
            // Who asks is known by now: here it means that they may not merge.
            Cause::NoLogin => Trouble { cause: Cause::NoPermission, ..trouble },
            // A draft, a pipeline that has not succeeded, a conflict: 405, 406 or 422, by the version.
            Cause::Changed | Cause::Refused => {
                Trouble { cause: Cause::Changed, message: format!("it cannot be merged as it is: {}", trouble.message), ..trouble }
            }
            _ => trouble,
        })
    }

    fn close(&self, name: &Name, number: u64) -> Result<(), Trouble> {
        self.act(Method::Put, name, &request_path(number), &json!({"state_event": "close"})).map(drop)
    }

    fn issues(&self, name: &Name, mark: &str) -> Result<Vec<Issue>, Trouble> {
        let path = format!("{}/issues?state=all&order_by=created_at&sort=desc&per_page=100", project(name));
        let all = self.0.rest.list(&path, PAGES)?;
        let all = all.iter().map(|one| issue(one, ISSUE));
        all.filter(|one| one.as_ref().map_or(true, |one| one.body.contains(mark))).collect()
    }

    fn issue(&self, name: &Name, number: u64) -> Result<Issue, Trouble> {
        issue(&self.get(&format!("{}/issues/{number}", project(name)))?, ISSUE)
    }

    fn open_issue(&self, name: &Name, title: &str, body: &str) -> Result<Issue, Trouble> {
        issue(&self.act(Method::Post, name, "/issues", &json!({"title": title, "description": body}))?, ISSUE)
    }

    fn update_issue(&self, name: &Name, number: u64, notice: &Notice<'_>) -> Result<(), Trouble> {
        let Notice { title, body, standing } = notice;
        let event = if *standing == Standing::Open { "reopen" } else { "close" };
        let body = json!({"title": title, "description": body, "state_event": event});
        self.act(Method::Put, name, &format!("/issues/{number}"), &body).map(drop)
    }
}
