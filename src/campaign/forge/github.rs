//! Owns GitHub and GitHub Enterprise, by their REST interface, and by GraphQL where many are asked for at once.
//!
//! Source: docs.github.com/rest (2022-11-28) and its "Best practices" and "Rate limits"; the descriptions of requests in `@octokit/openapi`.

use std::time::Duration;

use serde_json::{Value, json};

use super::rest::Rest;
use super::{Forge, Kind, Pull, Push, Repository, Request, Stage, Standing};
use crate::campaign::git::Access;
use crate::campaign::name::Name;
use crate::campaign::planned::Visibility;
use crate::campaign::trouble::{Cause, Trouble};
use crate::credentials::{Secret, percent_encoded};
use crate::registry::{Verb, Web};

/// Where GitHub itself answers.
pub const API: &str = "https://api.github.com";
/// The media type of its answers.
const ACCEPT: &str = "application/vnd.github+json";
/// Pages that are read at most: a hundred repositories are on one.
const PAGES: usize = 1_000;
/// Pages of open pull requests among which one of another branch is looked for.
const OPEN: usize = 3;
/// Pull requests that are asked for at once.
const AT_ONCE: usize = 50;
/// How long one run of git may take.
const TIME: Duration = Duration::from_secs(600);

/// GitHub, or GitHub Enterprise.
#[derive(Debug)]
pub struct GitHub {
    rest: Rest,
    /// What the addresses of git begin with.
    git: String,
    token: Option<Secret>,
}

impl GitHub {
    /// The forge whose API is at `base`. Git takes addresses that begin with `git`, which may be those of SSH; without one, the forge's own are taken.
    #[must_use]
    pub fn new(web: Web, base: &str, git: Option<&str>, token: Option<Secret>, longest: Duration) -> Self {
        let login = token.as_ref().map(|token| Secret::new(format!("Bearer {}", token.expose())));
        let rest = Rest::new(web, base, ACCEPT, login, longest);
        let own = || match rest.base() {
            API => "https://github.com/".to_owned(),
            base => format!("{}/", base.strip_suffix("/api/v3").unwrap_or(base)),
        };
        let git = git.map_or_else(own, str::to_owned);
        Self { rest, git, token }
    }

    /// Where GraphQL answers.
    fn graphql(&self) -> String {
        let base = self.rest.base();
        base.strip_suffix("/api/v3").map_or_else(|| format!("{base}/graphql"), |base| format!("{base}/api/graphql"))
    }

    fn pull_path(name: &Name, number: u64) -> String {
        format!("/repos/{name}/pulls/{number}")
    }

    fn issue_path(name: &Name, number: u64, what: &str) -> String {
        format!("/repos/{name}/issues/{number}/{what}")
    }

    fn act(&self, verb: Verb, path: &str, body: &Value) -> Result<Value, Trouble> {
        self.rest.act(verb, path, body).map(|answer| answer.value)
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
        let answer = self.rest.query(&self.graphql(), &json!({"query": format!("query {{ {} }}", query.join(" "))})).ok()?;
        let data = answer.value.get("data")?.as_object()?;
        Some((0..wanted.len()).map(|index| of_graphql(data.get(&format!("r{index}"))?.get("pullRequest")?)).collect())
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
    let text = |value: &Value| value.as_str().map(str::to_owned);
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
            topics: value["topics"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
        })
    };
    read().ok_or_else(|| odd("a repository"))
}

fn odd(what: &str) -> Trouble {
    Trouble::new(Cause::Refused, format!("the forge's answer does not have what belongs to {what}"))
}

impl Forge for GitHub {
    fn identity(&self) -> Result<String, Trouble> {
        let host = self.rest.base();
        if self.token.is_none() {
            let help = "set GITHUB_TOKEN (GH_ENTERPRISE_TOKEN for another host than github.com), or log in with `gh auth login`";
            return Err(Trouble::new(Cause::NoLogin, format!("nobody says who asks `{host}`: {help}")));
        }
        match self.rest.get("/user") {
            Ok(answer) => Ok(format!("{host} {}", answer.value["login"].as_str().unwrap_or_default())),
            // An installation of an App is no user.
            Err(trouble) if trouble.cause == Cause::NoPermission => Ok(format!("{host} installation")),
            Err(trouble) => Err(trouble),
        }
    }

    fn names(&self, of: Option<&str>) -> Result<Vec<Name>, Trouble> {
        let of =
            of.ok_or_else(|| Trouble::new(Cause::Refused, "GitHub does not list all repositories: name an organisation with `--org`"))?;
        let of = percent_encoded(of);
        let all = match self.rest.list(&format!("/orgs/{of}/repos?type=all&sort=full_name&per_page=100"), PAGES) {
            Err(trouble) if trouble.cause == Cause::Missing => {
                self.rest.list(&format!("/users/{of}/repos?sort=full_name&per_page=100"), PAGES)?
            }
            all => all?,
        };
        let name = |value: &Value| value["full_name"].as_str().and_then(|name| Name::new(name).ok()).ok_or_else(|| odd("a repository"));
        let mut names = all.iter().map(name).collect::<Result<Vec<Name>, Trouble>>()?;
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn repository(&self, name: &Name) -> Result<Repository, Trouble> {
        repository(&self.rest.get(&format!("/repos/{name}"))?.value)
    }

    fn access(&self, name: &Name) -> Access {
        use base64::Engine as _;
        let is_shown = self.git.starts_with("https://") || self.git.starts_with("http://");
        let header = self.token.as_ref().filter(|_| is_shown).map(|token| {
            let login = base64::engine::general_purpose::STANDARD.encode(format!("x-access-token:{}", token.expose()));
            (self.git.clone(), Secret::new(format!("Authorization: Basic {login}")))
        });
        Access { url: format!("{}{name}.git", self.git), header, time: TIME }
    }

    fn pulls(&self, name: &Name, branch: &str, mark: &str) -> Result<Vec<Pull>, Trouble> {
        let head = percent_encoded(&format!("{}:{branch}", name.owner()));
        let order = "sort=created&direction=desc&per_page=100";
        let found = self.rest.list(&format!("/repos/{name}/pulls?state=all&head={head}&{order}"), 1)?;
        let mut found = found.iter().map(pull).collect::<Result<Vec<Pull>, Trouble>>()?;
        // Where the head is not known, GitHub leaves the filter out.
        found.retain(|pull| pull.branch == branch);
        if found.is_empty() {
            let open = self.rest.list(&format!("/repos/{name}/pulls?state=open&{order}"), OPEN)?;
            let open = open.iter().map(pull).collect::<Result<Vec<Pull>, Trouble>>()?;
            found = open.into_iter().filter(|pull| pull.body.contains(mark)).collect();
        }
        Ok(found)
    }

    fn pull(&self, name: &Name, number: u64) -> Result<Pull, Trouble> {
        pull(&self.rest.get(&Self::pull_path(name, number))?.value)
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
        let Request { title, body, branch, base, stage } = request;
        let body = json!({"title": title, "body": body, "head": branch, "base": base, "draft": *stage == Stage::Draft});
        let made = self.act(Verb::Post, &format!("/repos/{name}/pulls"), &body).map_err(|trouble| {
            let is_there = trouble.message.contains("already exists");
            if is_there { Trouble { cause: Cause::Changed, ..trouble } } else { trouble }
        })?;
        pull(&made)
    }

    fn update(&self, name: &Name, number: u64, title: &str, body: &str) -> Result<(), Trouble> {
        self.act(Verb::Patch, &Self::pull_path(name, number), &json!({"title": title, "body": body})).map(drop)
    }

    fn comment(&self, name: &Name, number: u64, text: &str) -> Result<(), Trouble> {
        self.act(Verb::Post, &Self::issue_path(name, number, "comments"), &json!({"body": text})).map(drop)
    }

    fn label(&self, name: &Name, number: u64, labels: &[String]) -> Result<(), Trouble> {
        self.act(Verb::Post, &Self::issue_path(name, number, "labels"), &json!({"labels": labels})).map(drop)
    }

    fn assign(&self, name: &Name, number: u64, people: &[String]) -> Result<(), Trouble> {
        self.act(Verb::Post, &Self::issue_path(name, number, "assignees"), &json!({"assignees": people})).map(drop)
    }

    fn merge(&self, name: &Name, number: u64, tip: &str) -> Result<(), Trouble> {
        let path = format!("{}/merge", Self::pull_path(name, number));
        let mut last = None;
        // Repositories choose which ways they allow; the refusal names the way.
        for way in ["merge", "squash", "rebase"] {
            match self.act(Verb::Put, &path, &json!({"sha": tip, "merge_method": way})) {
                Ok(_) => return Ok(()),
                Err(trouble) if trouble.message.contains("not allowed on this repository") => last = Some(trouble),
                Err(trouble) => return Err(trouble),
            }
        }
        Err(last.unwrap_or_else(|| odd("a merge")))
    }

    fn close(&self, name: &Name, number: u64) -> Result<(), Trouble> {
        self.act(Verb::Patch, &Self::pull_path(name, number), &json!({"state": "closed"})).map(drop)
    }
}
