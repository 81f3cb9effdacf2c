//! Owns Bitbucket Cloud, by its REST interface (version 2.0).
//!
//! Source: developer.atlassian.com/cloud/bitbucket/rest: repositories, pullrequests, workspaces.

use serde_json::{Value, json};

use super::hosted::{FEW, Hosted, PAGES, Way, found, names, odd, place, text};
use super::{Forge, Head, Kind, Listing, Pull, Push, Repository, Request, Stage, Standing};
use crate::campaign::git::Access;
use crate::campaign::name::Name;
use crate::campaign::planned::Visibility;
use crate::campaign::trouble::{Cause, Trouble};
use crate::credentials::percent_encoded;
use crate::registry::Method;

/// Where Bitbucket answers.
pub const API: &str = "https://api.bitbucket.org/2.0";
/// Where a token comes from.
const HELP: &str = "set BITBUCKET_TOKEN to an access token, or to an API token with BITBUCKET_EMAIL beside it";

/// Bitbucket Cloud. It has no labels, and nobody is assigned: people are asked to review.
#[derive(Debug)]
pub struct Bitbucket(Hosted);

impl Bitbucket {
    /// The forge that is reached so.
    #[must_use]
    pub fn new(way: Way) -> Self {
        let is_shown_by_address = matches!(&way.login, Some(super::Login::User { .. }));
        let user = if is_shown_by_address { "x-bitbucket-api-token-auth" } else { "x-token-auth" };
        let own = |base: &str| match base {
            API => "https://bitbucket.org/".to_owned(),
            base => format!("{}/", base.strip_suffix("/2.0").unwrap_or(base)),
        };
        Self(Hosted::new(way, "application/json", own, user))
    }

    fn act(&self, method: Method, path: &str, body: &Value) -> Result<Value, Trouble> {
        self.0.rest.act(method, path, body).map(|answer| answer.value)
    }

    fn raw(&self, name: &Name, number: u64) -> Result<Value, Trouble> {
        Ok(self.0.rest.get(&pull_path(name, number))?.value)
    }

    /// Writes a pull request anew. What is left out of it would be taken away, so that it is sent as it was.
    fn put(&self, name: &Name, number: u64, before: &Value, change: &[(&str, Value)]) -> Result<(), Trouble> {
        let reviewers: Vec<Value> = reviewers(before).into_iter().map(|uuid| json!({"uuid": uuid})).collect();
        let mut body = json!({
            "title": before["title"], "description": before["description"], "draft": before["draft"].as_bool() == Some(true), "reviewers": reviewers,
        });
        for (key, value) in change {
            body[*key] = value.clone();
        }
        self.act(Method::Put, &pull_path(name, number), &body).map(drop)
    }

    /// The UUID of somebody: of one who is named by it, or of a member of the workspace.
    fn person(&self, name: &Name, login: &str) -> Result<String, Trouble> {
        if login.starts_with('{') && login.ends_with('}') {
            return Ok(login.to_owned());
        }
        let members = self.0.rest.list_in(&format!("/workspaces/{}/members?pagelen=100", name.owner()), "values", PAGES)?;
        let is_meant = |user: &Value| ["nickname", "account_id", "display_name"].iter().any(|key| user[*key] == login);
        let found = members.iter().map(|member| &member["user"]).find(|user| is_meant(user));
        let found = found.ok_or_else(|| {
            let place = name.owner();
            Trouble::new(
                Cause::Refused,
                format!("nobody in the workspace `{place}` is called `{login}`: see `assignees` and `reviewers` in campaign.yaml"),
            )
        })?;
        text(&found["uuid"]).ok_or_else(|| odd("a person"))
    }
}

fn pull_path(name: &Name, number: u64) -> String {
    format!("/repositories/{name}/pullrequests/{number}")
}

/// The UUIDs of those who are asked to review.
fn reviewers(pull: &Value) -> Vec<String> {
    pull["reviewers"].as_array().into_iter().flatten().filter_map(|one| text(&one["uuid"])).collect()
}

fn pull(value: &Value) -> Result<Pull, Trouble> {
    let read = || {
        let standing = match value["state"].as_str()? {
            // A draft is open in all other respects.
            "OPEN" | "DRAFT" | "QUEUED" => Standing::Open,
            "MERGED" => Standing::Merged,
            "DECLINED" | "SUPERSEDED" => Standing::Closed,
            _ => return None,
        };
        let closed_by = text(&value["closed_by"]["nickname"]).filter(|_| standing == Standing::Closed);
        Some(Pull {
            number: value["id"].as_u64()?,
            url: text(&value["links"]["html"]["href"])?,
            standing,
            title: text(&value["title"])?,
            body: text(&value["description"]).unwrap_or_default(),
            branch: text(&value["source"]["branch"]["name"])?,
            base: text(&value["destination"]["branch"]["name"])?,
            closed_by,
        })
    };
    read().ok_or_else(|| odd("a pull request"))
}

/// Whether a pull request brings a branch of the same place: of that fork, or of its own repository and not of somebody's fork.
fn is_from(value: &Value, head: Head<'_>) -> bool {
    let of = |side: &str| &value[side]["repository"]["full_name"];
    head.fork.map_or_else(|| of("source") == of("destination"), |fork| of("source") == fork.as_str())
}

/// Whose a fork is: there is no place of whoever asks.
fn owner_of(owner: Option<&str>) -> Result<&str, Trouble> {
    owner.ok_or_else(|| Trouble::new(Cause::Refused, "campaign.yaml: name a workspace with `fork_owner`, where Bitbucket's forks are made"))
}

impl Forge for Bitbucket {
    fn identity(&self) -> Result<String, Trouble> {
        self.0.identity(&["nickname", "username", "uuid"], HELP)
    }

    fn names(&self, Listing { of, topic }: Listing<'_>) -> Result<Vec<Name>, Trouble> {
        let refused = |why: &str| Trouble::new(Cause::Refused, why);
        if topic.is_some() {
            return Err(refused("Bitbucket knows no topics: name a project with `--org WORKSPACE/KEY`"));
        }
        let of = of.ok_or_else(|| refused("Bitbucket does not list all repositories: name a workspace with `--org`"))?;
        let (workspace, filter) = match of.split_once('/') {
            Some((workspace, key)) => (workspace, format!("&q={}", percent_encoded(&format!("project.key=\"{key}\"")))),
            None => (of, String::new()),
        };
        let path = format!("/repositories/{}?pagelen=100&sort=full_name{filter}", percent_encoded(workspace));
        names(self.0.rest.list_in(&path, "values", PAGES)?.iter(), "full_name")
    }

    fn repository(&self, name: &Name) -> Result<Repository, Trouble> {
        let value = self.0.rest.get(&format!("/repositories/{name}"))?.value;
        let now = value["full_name"].as_str().and_then(|name| Name::new(name).ok()).ok_or_else(|| odd("a repository"))?;
        let Some(branch) = text(&value["mainbranch"]["name"]) else { return Err(Trouble::new(Cause::Empty, "it has no commit")) };
        let visibility = match value["is_private"].as_bool() {
            Some(true) => Visibility::Private,
            Some(false) => Visibility::Public,
            None => Visibility::Unknown,
        };
        let kind = if value["parent"].is_object() { Kind::Fork } else { Kind::Own };
        // Who may push is told by no answer that every token may have.
        Ok(Repository { name: now, branch, visibility, kind, push: Push::Unknown, topics: Vec::new() })
    }

    fn access(&self, name: &Name) -> Access {
        self.0.access(name)
    }

    fn pulls(&self, name: &Name, head: Head<'_>, mark: &str) -> Result<Vec<Pull>, Trouble> {
        let branch = head.branch;
        let some = |filter: &str, pages: usize| -> Result<Vec<Pull>, Trouble> {
            let path = format!("/repositories/{name}/pullrequests?{filter}&sort=-created_on&pagelen=50");
            self.0.rest.list_in(&path, "values", pages)?.iter().filter(|value| is_from(value, head)).map(pull).collect()
        };
        let of_branch = percent_encoded(&format!("source.branch.name=\"{branch}\""));
        let of_branch = some(&format!("q={of_branch}&state=OPEN&state=MERGED&state=DECLINED&state=SUPERSEDED"), 1)?;
        found(of_branch, branch, mark, || some("state=OPEN", FEW))
    }

    fn fork(&self, name: &Name, owner: Option<&str>) -> Result<Option<Name>, Trouble> {
        let place = place(owner_of(owner)?, name)?;
        let said = self.0.rest.get(&format!("/repositories/{place}"));
        super::hosted::fork(&place, name, said, "full_name", &["/parent/full_name"])
    }

    fn make_fork(&self, name: &Name, owner: Option<&str>) -> Result<Name, Trouble> {
        let body = json!({"name": name.last(), "workspace": {"slug": owner_of(owner)?}});
        let made = self.act(Method::Post, &format!("/repositories/{name}/forks"), &body)?;
        made["full_name"].as_str().and_then(|name| Name::new(name).ok()).ok_or_else(|| odd("a fork"))
    }

    fn pull(&self, name: &Name, number: u64) -> Result<Pull, Trouble> {
        pull(&self.raw(name, number)?)
    }

    fn create(&self, name: &Name, request: &Request<'_>) -> Result<Pull, Trouble> {
        let Request { title, body, head, base, stage } = request;
        let mut body = json!({
            "title": title, "description": body, "draft": *stage == Stage::Draft,
            "source": {"branch": {"name": head.branch}}, "destination": {"branch": {"name": base}},
        });
        if let Some(fork) = head.fork {
            body["source"]["repository"] = json!({"full_name": fork});
        }
        let made = self.act(Method::Post, &format!("/repositories/{name}/pullrequests"), &body).map_err(|trouble| {
            let is_there = trouble.message.contains("already exists");
            if is_there { Trouble { cause: Cause::Changed, ..trouble } } else { trouble }
        })?;
        pull(&made)
    }

    fn update(&self, name: &Name, number: u64, title: &str, body: &str) -> Result<(), Trouble> {
        let before = self.raw(name, number)?;
        self.put(name, number, &before, &[("title", title.into()), ("description", body.into())])
    }

    fn comment(&self, name: &Name, number: u64, text: &str) -> Result<(), Trouble> {
        self.act(Method::Post, &format!("{}/comments", pull_path(name, number)), &json!({"content": {"raw": text}})).map(drop)
    }

    fn label(&self, _: &Name, _: u64, _: &[String]) -> Result<(), Trouble> {
        Err(Trouble::new(Cause::Refused, "this forge has no labels: take `labels` out of campaign.yaml"))
    }

    fn assign(&self, name: &Name, number: u64, people: &[String]) -> Result<(), Trouble> {
        let before = self.raw(name, number)?;
        let mut all = reviewers(&before);
        for login in people {
            let person = self.person(name, login)?;
            if !all.contains(&person) {
                all.push(person);
            }
        }
        let all: Vec<Value> = all.into_iter().map(|uuid| json!({"uuid": uuid})).collect();
        self.put(name, number, &before, &[("reviewers", all.into())])
    }

    fn review(&self, name: &Name, number: u64, people: &[String]) -> Result<(), Trouble> {
        // Whom this forge assigns it to reviews it.
        self.assign(name, number, people)
    }

    fn merge(&self, name: &Name, number: u64, tip: &str) -> Result<(), Trouble> {
        // Bitbucket takes no commit with the request, so it is looked at just before; hashes are told by their first letters.
        let there = self.raw(name, number)?;
        let hash = there["source"]["commit"]["hash"].as_str().filter(|hash| !hash.is_empty()).ok_or_else(|| odd("a pull request"))?;
        if !tip.starts_with(hash) {
            return Err(Trouble::new(Cause::Changed, "its branch has another commit by now"));
        }
        let done = self.act(Method::Post, &format!("{}/merge", pull_path(name, number)), &json!({"type": "pullrequest"}));
        let done = done.map_err(|trouble| match trouble.cause {
            Cause::Refused => {
                Trouble { cause: Cause::Changed, message: format!("it cannot be merged as it is: {}", trouble.message), ..trouble }
            }
            _ => trouble,
        })?;
        // What takes long is answered before it is done (202).
        if done["state"] == "MERGED" || self.pull(name, number)?.standing == Standing::Merged {
            return Ok(());
        }
        Err(Trouble::new(
            Cause::Unreachable,
            "the forge has begun to merge it and is not done yet: `transship campaign sync` tells how it ended",
        ))
    }

    fn close(&self, name: &Name, number: u64) -> Result<(), Trouble> {
        self.act(Method::Post, &format!("{}/decline", pull_path(name, number)), &json!({})).map(drop)
    }
}
