//! Campaigns on GitHub: a server on loopback that keeps its contract, and git over the same repositories.

use std::fs;
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::described::assert_is_published;
use crate::elsewhere::{self, Subject, count};
use crate::kit::{Kit, MAP};
use crate::program::{Said, finish};
use crate::served::{answer, search};
use crate::server::{Model, Reply, Seen, Server};

const TOKEN: &str = "ghp_TheTokenThatNobodyMaySee1234";
const DOCKERFILE: &str = "FROM old.example.com/base:1\n";
const BRANCH: &str = "transship/move";

/// What the forge knows, and what it answers next instead of what it should.
#[derive(Default)]
struct Hub {
    repositories: Vec<Value>,
    /// Of each repository its pull requests.
    pulls: Vec<(String, Value)>,
    issues: Vec<Value>,
    /// Answers that come first: to requests that begin so.
    odd: Vec<(&'static str, Reply)>,
    /// Requests of which the answer is lost although they were done.
    lost: Vec<&'static str>,
}

fn fault(status: u16, message: &str) -> Reply {
    answer(status, &json!({"message": message, "documentation_url": "https://docs.github.com/rest"}))
}

impl Hub {
    fn reply(&mut self, seen: &Seen) -> Reply {
        let line = seen.line();
        if seen.path.starts_with("/git/") {
            // A server that tells everybody what it was shown.
            return Reply::new(403).body("text/plain", format!("you have shown {}\n", seen.header("authorization")));
        }
        // GraphQL, and where a renamed repository has gone, are published elsewhere.
        if !seen.path.starts_with("/graphql") && !seen.path.starts_with("/repositories/") {
            assert_is_published(seen);
        }
        if seen.header("authorization") != format!("Bearer {TOKEN}") {
            return fault(401, "Bad credentials");
        }
        if let Some(at) = self.odd.iter().position(|(begin, _)| line.starts_with(begin)) {
            return self.odd.remove(at).1;
        }
        let done = self.done(seen, &line);
        match self.lost.iter().position(|begin| line.starts_with(begin)) {
            Some(at) => {
                self.lost.remove(at);
                fault(502, "Server Error")
            }
            None => done,
        }
    }

    fn done(&mut self, seen: &Seen, line: &str) -> Reply {
        let body: Value = serde_json::from_str(&seen.body).unwrap_or_default();
        let (path, query) = seen.path.split_once('?').unwrap_or((&seen.path, ""));
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match (seen.method.as_str(), parts.as_slice()) {
            ("GET", ["user"]) => answer(200, &json!({"login": "somebody"})),
            ("GET", ["orgs", "acme", "repos"]) => self.page(query, &seen.headers["host"]),
            ("GET", ["repos", owner, name]) => {
                let name = format!("{owner}/{name}");
                if name == "acme/old-name" {
                    return Reply::new(301).header("Location", "/repositories/77").body("application/json", "{}");
                }
                self.repositories
                    .iter()
                    .find(|one| one["full_name"] == name)
                    .map_or_else(|| fault(404, "Not Found"), |one| answer(200, one))
            }
            ("GET", ["repositories", "77"]) => answer(200, &repository("acme/app", &json!({}))),
            ("GET", ["repos", owner, name, "pulls"]) => {
                let all = self.pulls.iter().rev().filter(|(of, _)| *of == format!("{owner}/{name}"));
                answer(200, &all.map(|(_, pull)| pull.clone()).collect())
            }
            ("POST", ["repos", owner, name, "pulls"]) => self.open(&format!("{owner}/{name}"), &body),
            ("PATCH", ["repos", owner, name, "pulls", number]) => self.change(&format!("{owner}/{name}"), number, &body),
            ("PUT", ["repos", owner, name, "pulls", number, "merge"]) if body["merge_method"] == "squash" => {
                self.change(&format!("{owner}/{name}"), number, &json!({"state": "closed", "merged_at": "2026-11-30T00:00:00Z"}))
            }
            ("PUT", [.., "merge"]) => fault(405, "Merge commits are not allowed on this repository."),
            ("POST", [.., "labels" | "assignees" | "comments" | "requested_reviewers"]) => answer(201, &json!([])),
            ("POST", ["repos", owner, name, "forks"]) => {
                let more = json!({"fork": true, "parent": {"full_name": format!("{owner}/{name}")}});
                let fork = repository(&format!("{}/{name}", body["organization"].as_str().unwrap()), &more);
                self.repositories.push(fork.clone());
                answer(202, &fork)
            }
            ("GET", ["repos", _, _, "issues"]) => {
                // Pull requests are issues, too, and say of themselves what issues do not have.
                let pulls = self.pulls.iter().map(|(_, pull)| json!({"number": pull["number"], "pull_request": {}, "body": pull["body"]}));
                answer(200, &pulls.chain(self.issues.iter().rev().cloned()).collect())
            }
            ("POST", ["repos", owner, name, "issues"]) => {
                let number = 100 + self.issues.len();
                let url = format!("https://github.com/{owner}/{name}/issues/{number}");
                self.issues.push(json!({"number": number, "html_url": url, "state": "open", "title": body["title"], "body": body["body"]}));
                answer(201, self.issues.last().unwrap())
            }
            ("GET" | "PATCH", ["repos", _, _, "issues", number]) => {
                let issue = self.issues.iter_mut().find(|one| one["number"].as_u64() == number.parse().ok()).unwrap();
                for (key, value) in body.as_object().into_iter().flatten() {
                    issue[key] = value.clone();
                }
                answer(200, issue)
            }
            ("POST", ["graphql"]) => self.graphql(&body),
            _ => fault(404, line),
        }
    }

    /// Two repositories are on a page.
    fn page(&self, query: &str, host: &str) -> Reply {
        let page: usize = query.split('&').find_map(|pair| pair.strip_prefix("page=")).map_or(1, |page| page.parse().unwrap());
        let reply = answer(200, &self.repositories.iter().skip((page - 1) * 2).take(2).cloned().collect());
        if page * 2 >= self.repositories.len() {
            return reply;
        }
        reply.header("Link", format!("<http://{host}/orgs/acme/repos?page={}>; rel=\"next\"", page + 1))
    }

    fn open(&mut self, name: &str, body: &Value) -> Reply {
        let head = body["head"].as_str().unwrap();
        let (owner, branch) = head.split_once(':').unwrap_or(("acme", head));
        let (from, base) =
            (format!("{owner}/{}", name.split('/').nth(1).unwrap()), json!({"ref": body["base"], "repo": {"full_name": name}}));
        if self.pulls.iter().any(|(of, pull)| of == name && pull["state"] == "open" && pull["head"]["ref"] == branch) {
            let errors =
                json!([{"resource": "PullRequest", "code": "custom", "message": "A pull request already exists for acme:transship/move."}]);
            return answer(422, &json!({"message": "Validation Failed", "errors": errors}));
        }
        let number = self.pulls.len() + 1;
        let pull = json!({
            "number": number, "html_url": format!("https://github.com/{name}/pull/{number}"), "state": "open", "merged_at": null,
            "title": body["title"], "body": body["body"], "draft": body["draft"], "head": {"ref": branch, "repo": {"full_name": from}}, "base": base,
        });
        self.pulls.push((name.to_owned(), pull.clone()));
        answer(201, &pull)
    }

    fn change(&mut self, name: &str, number: &str, body: &Value) -> Reply {
        let pull = self.pulls.iter_mut().find(|(of, pull)| of == name && pull["number"].as_u64() == number.parse().ok());
        let Some((_, pull)) = pull else { return fault(404, "Not Found") };
        for (key, value) in body.as_object().unwrap() {
            pull[key] = value.clone();
        }
        answer(200, pull)
    }

    fn graphql(&self, body: &Value) -> Reply {
        let query = body["query"].as_str().unwrap();
        let mut data = serde_json::Map::new();
        for (index, part) in query.split("repository(").skip(1).enumerate() {
            let number: u64 = part.split("number: ").nth(1).unwrap().split(')').next().unwrap().parse().unwrap();
            let pull = self.pulls.iter().find(|(_, pull)| pull["number"] == number).map(|(_, pull)| {
                let state = match (pull["state"].as_str(), pull["merged_at"].is_null()) {
                    (Some("open"), _) => "OPEN",
                    (_, false) => "MERGED",
                    (_, true) => "CLOSED",
                };
                json!({
                    "number": number, "url": pull["html_url"], "state": state, "title": pull["title"], "body": pull["body"],
                    "headRefName": pull["head"]["ref"], "baseRefName": pull["base"]["ref"],
                })
            });
            data.insert(format!("r{index}"), json!({"pullRequest": pull}));
        }
        answer(200, &json!({"data": data}))
    }
}

fn repository(name: &str, more: &Value) -> Value {
    let mut one = json!({
        "full_name": name, "default_branch": "main", "private": true, "archived": false, "disabled": false, "fork": false,
        "permissions": {"push": true}, "topics": [],
    });
    for (key, value) in more.as_object().unwrap() {
        one[key] = value.clone();
    }
    one
}

/// A forge, the server in front of it, and a campaign.
struct OnHub {
    kit: Kit,
    hub: Arc<Mutex<Hub>>,
    server: Server,
}

impl OnHub {
    fn new(more: &[(&str, Value)]) -> Self {
        let kit = Kit::new(&[("acme/app", &[("Dockerfile", DOCKERFILE)]), ("acme/web", &[("Dockerfile", DOCKERFILE)])]);
        let mut hub = Hub::default();
        hub.repositories.extend(["acme/app", "acme/web"].map(|name| repository(name, &json!({}))));
        hub.repositories.extend(more.iter().map(|(name, more)| repository(name, more)));
        let hub = Arc::new(Mutex::new(hub));
        let shared = Arc::clone(&hub);
        let server = Server::start(move |seen| shared.lock().unwrap().reply(seen));
        Self { kit, hub, server }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.kit.command(arguments);
        command.env("GH_ENTERPRISE_TOKEN", TOKEN);
        command
    }

    fn say(&self, arguments: &[&str]) -> Said {
        finish(&mut self.command(arguments), b"")
    }

    fn ends(&self, code: i32, arguments: &[&str]) -> String {
        let said = self.say(arguments);
        assert_eq!(said.code, code, "{arguments:?}: {said:?}");
        said.out
    }

    fn init(&self) {
        self.init_with(&format!("file://{}/", self.kit.path("forge").display()));
    }

    /// The same, where the addresses of git begin so.
    fn init_with(&self, git: &str) {
        let at = format!("http://{}", self.server.domain());
        self.ends(0, &["init", "move", "--forge", "github", "--at", &at, "--git", git, "--org", "acme", "--map", MAP]);
        let place = self.kit.path("campaign/campaign.yaml");
        let text = fs::read_to_string(&place).unwrap();
        fs::write(place, text + "allow: [undecided]\nlabels: [registry]\n").unwrap();
    }

    fn odd(&self, begin: &'static str, reply: Reply) {
        self.hub.lock().unwrap().odd.push((begin, reply));
    }

    fn pulls(&self) -> Vec<Value> {
        self.hub.lock().unwrap().pulls.iter().map(|(_, pull)| pull.clone()).collect()
    }

    fn count(&self, line: &str) -> usize {
        self.server.lines().iter().filter(|seen| seen.starts_with(line)).count()
    }
}

impl Subject for OnHub {
    fn kit(&self) -> &Kit {
        &self.kit
    }

    fn command(&self, arguments: &[&str]) -> Command {
        Self::command(self, arguments)
    }

    fn begin(&self, more: &str) {
        self.init();
        let place = self.kit.path("campaign/campaign.yaml");
        let text = fs::read_to_string(&place).unwrap();
        fs::write(place, text + more).unwrap();
    }

    fn denies(&self) {
        self.hub.lock().unwrap().repositories.iter_mut().for_each(|one| one["permissions"]["push"] = false.into());
    }

    fn issues(&self) -> Vec<[String; 3]> {
        let hub = self.hub.lock().unwrap();
        hub.issues.iter().map(|one| ["title", "body", "state"].map(|key| one[key].as_str().unwrap().to_owned())).collect()
    }

    fn count(&self, method: &str, end: &str) -> usize {
        count(&self.server.lines(), method, end)
    }
}

#[test]
fn a_fork_on_github_holds_the_branch_that_its_source_does_not_take() {
    let hub = OnHub::new(&[]);
    elsewhere::opens_from_a_fork(&hub, "where-denied", "/forks");
    let opened = hub.server.seen().into_iter().find(|seen| seen.line() == "POST /repos/acme/app/pulls").unwrap();
    let opened: Value = serde_json::from_str(&opened.body).unwrap();
    assert_eq!((&opened["head"], &opened["head_repo"]), (&json!("bot:transship/move"), &Value::Null));
}

#[test]
fn an_issue_of_github_tells_of_the_campaign() {
    elsewhere::closes_its_issue(&OnHub::new(&[]), ["open", "closed"]);
}

#[test]
fn people_and_teams_of_github_are_asked_to_review() {
    let hub = OnHub::new(&[]);
    hub.begin("reviewers: [ann, acme/team]\nassignees: [ann]\n");
    hub.ends(1, &["plan"]);
    hub.ends(0, &["publish"]);
    let asked = hub.server.seen().into_iter().find(|seen| seen.line() == "POST /repos/acme/app/pulls/1/requested_reviewers").unwrap();
    assert_eq!(serde_json::from_str::<Value>(&asked.body).unwrap(), json!({"reviewers": ["ann"], "team_reviewers": ["team"]}));
    // What is wanted no more is not asked for, and nothing is asked for twice.
    let place = hub.kit.path("campaign/campaign.yaml");
    let text = fs::read_to_string(&place).unwrap();
    fs::write(&place, text.replace("labels: [registry]", "labels: []").replace("[ann, acme/team]", "[bob, ann]")).unwrap();
    hub.ends(0, &["publish"]);
    let asked: Vec<Value> = hub
        .server
        .seen()
        .iter()
        .filter(|seen| seen.line().contains("/pulls/1/requested"))
        .map(|seen| serde_json::from_str(&seen.body).unwrap())
        .collect();
    assert_eq!(asked[1..], [json!({"reviewers": ["bob"], "team_reviewers": []})]);
    assert_eq!(hub.count("POST /repos/acme/app/issues/1/labels"), 1);
}

#[test]
fn a_campaign_on_github_goes_from_an_organisation_to_merges() {
    let hub = OnHub::new(&[("acme/archived", json!({"archived": true})), ("acme/fork", json!({"fork": true}))]);
    hub.init();
    let list = fs::read_to_string(hub.kit.path("campaign/repos.txt")).unwrap();
    assert_eq!(list.lines().skip(1).collect::<Vec<_>>(), ["acme/app", "acme/archived", "acme/fork", "acme/web"], "all pages are read");
    let told = hub.ends(1, &["plan"]);
    assert!(told.contains("2 of 4 repositories would change"), "{told}");
    assert!(hub.ends(0, &["publish"]).contains("2 opened"));
    let pulls = hub.pulls();
    assert_eq!((pulls.len(), &pulls[0]["head"]["ref"], &pulls[0]["base"]["ref"]), (2, &BRANCH.into(), &"main".into()));
    assert_eq!(hub.kit.file("acme/app", BRANCH, "Dockerfile"), "FROM new.example.com/base:1");
    assert_eq!(hub.count("POST /repos/acme/app/issues/1/labels"), 1);
    assert!(hub.ends(0, &["publish"]).contains("2 as they were"));
    assert_eq!(hub.pulls(), pulls);
    // A state that was lost is found again on the forge.
    fs::remove_file(hub.kit.path("campaign/repositories/acme~app/state.json")).unwrap();
    assert!(hub.ends(0, &["sync"]).contains("2 open"));
    assert!(hub.ends(0, &["merge"]).contains("2 merged"));
    assert!(hub.ends(0, &["sync"]).contains("0 open, 2 merged, 0 closed"));
    assert_eq!(hub.count("POST /graphql"), 2);
    let table = hub.ends(0, &["report"]);
    assert!(table.contains("archived (1):") && table.contains("forks (1):"), "{table}");
}

#[test]
fn limits_are_waited_for_and_end_with_their_reason() {
    let hub = OnHub::new(&[]);
    hub.init();
    hub.ends(1, &["plan"]);
    hub.odd("POST /repos/acme/app/pulls", fault(403, "You have exceeded a secondary rate limit.").header("Retry-After", "0"));
    hub.odd("POST /repos/acme/app/pulls", fault(429, "Too many requests").header("Retry-After", "0"));
    let used_up = || fault(403, "API rate limit exceeded").header("X-RateLimit-Remaining", "0");
    hub.odd("POST /repos/acme/app/pulls", used_up().header("X-RateLimit-Reset", "1"));
    hub.odd("POST /repos/acme/web/pulls", used_up().header("X-RateLimit-Reset", "99999999999"));
    let said = hub.say(&["publish"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.out.contains("acme/app: opened") && said.errors.contains("acme/web: the forge allows no more for now"), "{said:?}");
    assert!(said.errors.contains("API rate limit exceeded") && said.errors.contains("nothing more is asked of the forge"), "{said:?}");
    // The branch is there already; the next run opens what is missing, and nothing twice.
    assert!(hub.ends(0, &["publish"]).contains("1 opened"));
    assert_eq!(hub.pulls().len(), 2);
}

#[test]
fn an_answer_that_is_lost_opens_no_second_pull_request() {
    let hub = OnHub::new(&[]);
    hub.init();
    hub.ends(1, &["plan"]);
    hub.hub.lock().unwrap().lost.push("POST /repos/acme/app/pulls");
    assert!(hub.ends(0, &["publish"]).contains("2 opened"));
    assert_eq!(hub.pulls().len(), 2);
    hub.odd("GET /repos/acme/app", fault(502, "Server Error"));
    hub.odd("GET /repos/acme/app", fault(503, "Unavailable").header("Retry-After", "0"));
    assert!(hub.ends(0, &["publish"]).contains("2 as they were"), "a question is put again");
}

#[test]
fn a_renamed_repository_is_found_and_others_are_told_by_their_cause() {
    let hub = OnHub::new(&[("acme/locked", json!({"permissions": {"push": false}}))]);
    hub.init();
    hub.kit.add("acme/locked", &[("Dockerfile", DOCKERFILE)]);
    let list = hub.kit.path("campaign/repos.txt");
    fs::write(&list, "acme/old-name\nacme/locked\nacme/gone\n").unwrap();
    let said = hub.say(&["plan"]);
    assert!(said.code == 2 && said.out.contains("2 of 3 repositories would change") && said.errors.contains("acme/gone"), "{said:?}");
    let said = hub.say(&["publish"]);
    assert!(said.errors.contains("acme/locked: whoever asks may not push to it"), "{said:?}");
    assert!(said.out.contains("no permission: acme/locked") && said.out.contains("acme/old-name: opened"), "{said:?}");
    assert!(hub.kit.tip("acme/locked", BRANCH).is_none());
}

#[test]
fn whoever_is_not_known_is_told_so_once() {
    let hub = OnHub::new(&[]);
    hub.init();
    let mut command = hub.kit.command(&["publish"]);
    let said = finish(command.env_remove("GH_ENTERPRISE_TOKEN").env("GITHUB_TOKEN", TOKEN), b"");
    assert!(said.code == 2 && said.errors.contains("nobody says who asks"), "a token of github.com is shown to no other host: {said:?}");
    let said = finish(hub.kit.command(&["plan", "--jobs", "1"]).env("GH_ENTERPRISE_TOKEN", "wrong-token"), b"");
    assert!(said.code == 2 && said.errors.contains("Bad credentials"), "{said:?}");
    assert_eq!(hub.count("GET /repos/"), 1, "what would meet all is asked once");
    assert!(
        hub.server.seen().iter().all(|seen| seen.header("authorization") != format!("Bearer {TOKEN}") || seen.path.starts_with("/orgs"))
    );
}

#[test]
fn git_shows_the_token_to_the_forge_and_tells_it_to_nobody() {
    let hub = OnHub::new(&[]);
    hub.init_with(&format!("http://{}/git/", hub.server.domain()));
    let said = hub.say(&["plan", "--jobs", "1"]);
    assert!(said.code == 2 && said.errors.contains("403"), "{said:?}");
    let login = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("x-access-token:{TOKEN}"));
    let shown: Vec<Seen> = hub.server.seen().into_iter().filter(|seen| seen.path.starts_with("/git/")).collect();
    assert!(!shown.is_empty() && shown.iter().all(|seen| seen.header("authorization") == format!("Basic {login}")), "{shown:?}");
    assert!(!said.errors.contains(TOKEN) && !said.errors.contains(&login), "{said:?}");
    assert_eq!(hub.kit.kept("acme/app", "plan.json")["cause"], "no-permission");
    let mut files = 0;
    search(hub.kit.path("").as_path(), &mut files, &login);
    search(hub.kit.path("").as_path(), &mut files, TOKEN);
}

#[test]
fn a_public_repository_is_not_led_to_a_registry_that_wants_a_login() {
    let login = "Basic YWxpY2U6aHVudGVyMg==";
    let registry = Server::start(move |seen| {
        if seen.header("authorization") == login {
            Model::usual().answer(seen)
        } else {
            Reply::error(401, "UNAUTHORIZED").header("WWW-Authenticate", "Basic realm=\"x\"")
        }
    });
    let domain = registry.domain();
    let hub = OnHub::new(&[]);
    hub.init();
    hub.hub.lock().unwrap().repositories[0]["private"] = false.into();
    for name in ["acme/app", "acme/web"] {
        hub.kit.commit(name, "main", &[("Dockerfile", "FROM old.example.com/single:1.0\n")], "single");
    }
    let place = hub.kit.path("campaign/campaign.yaml");
    let text = fs::read_to_string(&place).unwrap().replace("=new.example.com/", &format!("={domain}/public/"));
    fs::write(&place, text.replace("allow: [undecided]\n", "")).unwrap();
    let auths = format!(r#"{{"auths": {{"{domain}": {{"auth": "YWxpY2U6aHVudGVyMg=="}}}}}}"#);
    fs::write(hub.kit.path("auth.json"), auths).unwrap();
    hub.ends(1, &["plan"]);
    let told = hub.ends(0, &["verify", "--plain-http", &domain, "--authfile", "auth.json"]);
    assert!(told.contains("1 target: 1 exist"), "{told}");
    let said = hub.say(&["publish"]);
    assert!(said.code == 2 && said.out.contains("public, and a target wants a login: acme/app"), "{said:?}");
    assert!(said.out.contains("acme/web: opened") && hub.pulls().len() == 1, "{said:?}");
}

#[test]
fn the_token_appears_nowhere_but_in_the_header() {
    let hub = OnHub::new(&[]);
    hub.init();
    // A forge that repeats it.
    hub.odd("GET /repos/acme/web", fault(403, &format!("token {TOKEN} may not")));
    let mut told = String::new();
    for arguments in [["plan"].as_slice(), &["plan", "--unplanned"], &["publish"], &["sync"], &["report", "--format", "html"], &["merge"]] {
        let said = hub.say(arguments);
        told += &(said.out + &said.errors);
    }
    assert!(told.contains("[secret]") && told.contains("2 merged"), "{told}");
    assert!(!told.contains(TOKEN));
    let mut files = 0;
    search(hub.kit.path("").as_path(), &mut files, TOKEN);
    assert!(files > 20);
    for seen in hub.server.seen() {
        assert!(!seen.body.contains(TOKEN) && !seen.path.contains(TOKEN), "{seen:?}");
    }
}
