//! Campaigns on Gitea and Forgejo: a server on loopback that keeps their contract, and git over the same repositories.

use serde_json::{Value, json};

use crate::elsewhere;
use crate::served::{self, Asked, Contract, Served, answer, change, is_numbered};
use crate::server::Reply;

/// What the forge knows.
struct Tea {
    repositories: Vec<Value>,
    pulls: Vec<Value>,
    labels: Vec<Value>,
    issues: Vec<Value>,
}

fn repository(name: &str, more: &Value) -> Value {
    let mut one = json!({
        "full_name": name, "default_branch": "main", "private": true, "internal": false, "archived": false, "fork": false, "empty": false,
        "mirror": false, "permissions": {"admin": false, "push": true, "pull": true}, "topics": [],
    });
    change(&mut one, more);
    one
}

impl Tea {
    fn new(more: &[(&str, Value)]) -> Self {
        let own = ["acme/app", "acme/web"].map(|name| repository(name, &json!({})));
        let repositories = own.into_iter().chain(more.iter().map(|(name, more)| repository(name, more))).collect();
        Self { repositories, pulls: Vec::new(), labels: vec![json!({"id": 7, "name": "registry"})], issues: Vec::new() }
    }

    fn list(asked: &Asked<'_>, all: &[Value], wrap: impl Fn(Value) -> Value) -> Reply {
        let (some, more) = asked.two(all);
        let reply = answer(200, &wrap(some.into()));
        let path = asked.parts.join("/");
        let next = format!("<{}/api/v1/{path}?page={}>; rel=\"next\",<{}/x>; rel=\"last\"", asked.host, asked.page() + 1, asked.host);
        if more { reply.header("Link", next) } else { reply }
    }

    fn open(&mut self, name: &str, body: &Value) -> Reply {
        // A branch of a fork is told with its owner before it.
        let head = body["head"].as_str().unwrap();
        let (owner, branch) = head.split_once(':').unwrap_or(("acme", head));
        let (from, repo) = (format!("{owner}/{}", name.split('/').nth(1).unwrap()), if owner == "acme" { 5 } else { 6 });
        let is_open = |one: &&Value| one["state"] == "open" && one["of"] == name && one["head"]["ref"] == branch;
        if self.pulls.iter().any(|one| is_open(&one)) {
            return Self::fault(409, "pull request already exists for these targets");
        }
        let number = self.pulls.len() + 1;
        let one = json!({
            "number": number, "html_url": format!("https://codeberg.org/{name}/pulls/{number}"), "state": "open", "merged": false, "of": name,
            "title": body["title"], "body": body["body"], "head": {"ref": branch, "repo_id": repo, "repo": {"full_name": from}}, "base": {"ref": body["base"], "repo_id": 5},
            "assignees": [{"login": "first"}],
        });
        self.pulls.push(one.clone());
        answer(201, &one)
    }

    fn one(&mut self, number: &str) -> &mut Value {
        self.pulls.iter_mut().find(|one| is_numbered(one, "number", number)).unwrap()
    }
}

impl Contract for Tea {
    const KIND: &'static str = "gitea";
    const ROOT: &'static str = "/api/v1";
    const VARIABLES: [&'static str; 2] = ["GITEA_TOKEN", "GITEA_HOST"];
    const LIMIT: [&'static str; 2] = ["X-RateLimit-Remaining", "X-RateLimit-Reset"];
    const MORE: &'static str = "labels: [registry, team, new]\nassignees: [somebody]\n";
    const CREATES: &'static str = "/repos/";
    const ASKS: &'static str = "/repos/";

    fn answer(&mut self, asked: &Asked<'_>) -> Reply {
        let name = asked.parts.get(1..3).map(|parts| parts.join("/")).unwrap_or_default();
        if name == "acme/old-name" {
            // `RedirectToRepo` keeps the rest of the path, whatever is done there.
            let place = format!("/api/v1/{}?{}", asked.parts.join("/").replace("old-name", "app"), asked.query);
            return Reply::new(301).header("Location", place).body("text/html", "<a>Moved</a>");
        }
        match (asked.method, asked.parts.as_slice()) {
            ("GET", ["user"]) => answer(200, &json!({"login": "somebody"})),
            ("GET", ["orgs", "acme", "repos"] | ["users", "ann", "repos"]) => Self::list(asked, &self.repositories, |all| all),
            ("GET", ["repos", "search"]) => Self::list(asked, &self.repositories, |all| json!({"ok": true, "data": all})),
            ("GET", ["orgs", "acme", "labels"]) => answer(200, &json!([{"id": 70, "name": "team"}])),
            ("GET", ["repos", _, _, "labels"]) => Self::list(asked, &self.labels, |all| all),
            ("POST", ["repos", _, _, "labels"]) => {
                let label = json!({"id": 100 + self.labels.len(), "name": asked.body["name"], "color": asked.body["color"]});
                self.labels.push(label.clone());
                answer(201, &label)
            }
            ("GET", ["repos", _, _]) => {
                let found = self.repositories.iter().find(|one| one["full_name"] == name.as_str());
                found.map_or_else(|| Self::fault(404, "not found"), |one| answer(200, one))
            }
            ("GET", ["repos", _, _, "topics"]) => answer(200, &json!({"topics": ["no-transship"]})),
            ("GET", ["repos", _, _, "pulls"]) => {
                let state = if asked.query.contains("state=open") { "open" } else { "closed" };
                let all = self.pulls.iter().rev().filter(|one| one["of"] == name.as_str() && one["state"] == state);
                Self::list(asked, &all.cloned().collect::<Vec<Value>>(), |all| all)
            }
            ("GET", ["repos", _, _, "pulls", number]) => answer(200, self.one(number)),
            ("POST", ["repos", _, _, "pulls"]) => self.open(&name, &asked.body),
            ("PATCH", ["repos", _, _, "pulls", number]) => {
                let one = self.one(number);
                change(one, &asked.body);
                answer(201, one)
            }
            ("POST", ["repos", _, _, "pulls", number, "merge"]) => {
                let is_draft = self.one(number)["title"].as_str().unwrap().starts_with("WIP:");
                match asked.body["Do"].as_str() {
                    _ if is_draft => Self::fault(405, "Work in progress PRs cannot be merged"),
                    Some("squash") => {
                        change(self.one(number), &json!({"state": "closed", "merged": true}));
                        Reply::new(200)
                    }
                    way => Self::fault(405, &format!("{} is not allowed an allowed merge style for this repository", way.unwrap())),
                }
            }
            ("POST", ["repos", _, last, "forks"]) => {
                let fork = repository(
                    &format!("{}/{last}", asked.body["organization"].as_str().unwrap()),
                    &json!({"fork": true, "parent": {"full_name": name}}),
                );
                self.repositories.push(fork.clone());
                answer(202, &fork)
            }
            ("GET", ["repos", _, _, "issues"]) => Self::list(asked, &self.issues.iter().rev().cloned().collect::<Vec<Value>>(), |all| all),
            ("POST", ["repos", _, _, "issues"]) => {
                let number = 100 + self.issues.len();
                let mut one =
                    json!({"number": number, "html_url": format!("https://codeberg.org/{name}/issues/{number}"), "state": "open"});
                change(&mut one, &asked.body);
                self.issues.push(one.clone());
                answer(201, &one)
            }
            ("GET" | "PATCH", ["repos", _, _, "issues", number]) if asked.body["assignees"].is_null() => {
                let one = self.issues.iter_mut().find(|one| is_numbered(one, "number", number)).unwrap();
                if asked.method == "PATCH" {
                    change(one, &asked.body);
                }
                answer(200, one)
            }
            ("POST", [.., "requested_reviewers"]) | ("POST" | "PATCH", ["repos", _, _, "issues", ..]) => answer(201, &json!([])),
            _ => Self::fault(404, &asked.parts.join("/")),
        }
    }

    fn fault(status: u16, message: &str) -> Reply {
        answer(status, &json!({"message": message, "url": "https://codeberg.org/api/swagger"}))
    }

    fn denies(&mut self) {
        self.repositories.iter_mut().for_each(|one| one["permissions"]["push"] = false.into());
    }

    fn issues(&self) -> Vec<[String; 3]> {
        self.issues.iter().map(|one| ["title", "body", "state"].map(|key| one[key].as_str().unwrap().to_owned())).collect()
    }

    fn pulls(&self) -> Vec<[String; 3]> {
        let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
        self.pulls.iter().map(|one| [text(one, "title"), text(one, "body"), text(one, "state")]).collect()
    }
}

#[test]
fn a_campaign_on_gitea_goes_from_an_organisation_to_merges() {
    let more = [("acme/archived", json!({"archived": true})), ("acme/fork", json!({"fork": true}))];
    let tea = Served::new(Tea::new(&more));
    served::goes_the_whole_way(&tea, &["acme/app", "acme/archived", "acme/fork", "acme/web"]);
    // Labels are told by number: the repository's, the organisation's, and one that was made.
    let labelled = tea.bodies("POST /api/v1/repos/acme/app/issues/1/labels");
    assert_eq!(labelled[0], json!({"labels": [7, 70, 101]}));
    assert_eq!(tea.with(|tea| tea.labels.len()), 2, "a label is made once");
    assert_eq!(tea.bodies("PATCH /api/v1/repos/acme/app/issues/1")[0], json!({"assignees": ["first", "somebody"]}));
    let merges = tea.bodies("POST /api/v1/repos/acme/web/pulls/2/merge");
    assert_eq!((merges.len(), &merges[0]["Do"], &merges[1]["Do"]), (2, &json!("merge"), &json!("squash")));
    assert_eq!(merges[1]["head_commit_id"], tea.kit.tip("acme/web", served::BRANCH).unwrap());
}

#[test]
fn a_draft_on_gitea_is_one_until_somebody_calls_it_ready() {
    let tea = Served::new(Tea::new(&[]));
    tea.init("draft: true\n");
    tea.ends(1, &["plan"]);
    tea.ends(0, &["publish"]);
    assert!(tea.pulls().iter().all(|[title, ..]| title == "WIP: Move container images (move)"), "{:?}", tea.pulls());
    let said = tea.say(&["merge"]);
    assert!(said.code == 2 && said.errors.contains("acme/app: the forge answers with status 405: Work in progress"), "{said:?}");
    tea.with(|tea| tea.pulls[1]["title"] = "Move".into());
    for name in ["acme/app", "acme/web"] {
        tea.kit.commit(name, "main", &[("web/Dockerfile", "FROM old.example.com/other:2\n")], "more");
    }
    tea.ends(1, &["plan"]);
    assert!(tea.ends(0, &["publish"]).contains("2 brought up to date"));
    let titles: Vec<String> = tea.pulls().into_iter().map(|[title, ..]| title).collect();
    assert_eq!(titles, ["WIP: Move container images (move)", "Move container images (move)"]);
}

#[test]
fn gitea_is_told_by_cause() {
    let tea = Served::new(Tea::new(&[
        ("acme/mirror", json!({"mirror": true})),
        ("acme/empty", json!({"empty": true})),
        ("acme/out", json!({"topics": null})),
    ]));
    for name in ["acme/mirror", "acme/out"] {
        tea.kit.add(name, &[("Dockerfile", served::DOCKERFILE)]);
    }
    tea.init("");
    let said = tea.say(&["plan"]);
    assert!(said.errors.contains("acme/empty: it has no commit"), "{said:?}");
    assert_eq!(tea.kit.kept("acme/out", "plan.json")["outcome"], "opted-out", "topics of an old server are asked for");
    tea.odd("POST /api/v1/repos/acme/app/pulls", Tea::fault(423, "acme/app is archived"));
    let said = tea.say(&["publish"]);
    assert!(said.out.contains("no permission: acme/mirror") && said.out.contains("archived: acme/app"), "{said:?}");
    assert_eq!(tea.pulls().len(), 1);
}

#[test]
fn gitea_lists_by_topic_and_of_people() {
    let tea = Served::new(Tea::new(&[("other/one", json!({}))]));
    assert_eq!(tea.listed(&["--topic", "images", "--org", "Acme"]), ["acme/app", "acme/web"]);
    assert!(tea.server.lines().contains(&"GET /api/v1/repos/search?topic=true&q=images&sort=alpha&order=asc&limit=50".to_owned()));
    for (options, wanted) in [(["--org", "ann"].as_slice(), 3), (&[], 3)] {
        std::fs::remove_dir_all(tea.kit.path("campaign")).unwrap();
        assert_eq!(tea.listed(options).len(), wanted);
    }
}

#[test]
fn a_fork_on_gitea_holds_the_branch_that_its_source_does_not_take() {
    let tea = Served::new(Tea::new(&[]));
    elsewhere::opens_from_a_fork(&tea, "where-denied", "/forks");
    assert_eq!(tea.bodies("POST /api/v1/repos/acme/app/pulls")[0]["head"], "bot:transship/move");
    assert!(tea.bodies("POST /api/v1/repos/acme/app/issues/1/labels").is_empty(), "who may not push gives no labels");
}

#[test]
fn an_issue_of_gitea_tells_of_the_campaign() {
    elsewhere::closes_its_issue(&Served::new(Tea::new(&[])), ["open", "closed"]);
}

#[test]
fn people_and_teams_of_gitea_are_asked_to_review() {
    let tea = Served::new(Tea::new(&[]));
    tea.init("reviewers: [ann, '@bob', acme/team]\n");
    tea.ends(1, &["plan"]);
    tea.ends(0, &["publish"]);
    let asked = tea.bodies("POST /api/v1/repos/acme/app/pulls/1/requested_reviewers");
    assert_eq!(asked, [json!({"reviewers": ["ann", "bob"], "team_reviewers": ["team"]})]);
}

#[test]
fn gitea_limits_are_obeyed() {
    served::obeys_limits(Tea::new(&[]));
}

#[test]
fn nothing_is_opened_twice_on_gitea() {
    served::opens_nothing_twice(Tea::new(&[]));
}

#[test]
fn a_repository_of_gitea_that_was_renamed_is_found() {
    served::finds_what_was_renamed(Tea::new(&[]));
}

#[test]
fn the_token_of_gitea_is_for_gitea() {
    served::keeps_the_token(Tea::new(&[]));
}
