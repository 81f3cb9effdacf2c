//! Campaigns on GitLab: a server on loopback that keeps its contract, and git over the same projects.

use serde_json::{Value, json};

use crate::elsewhere;
use crate::served;
use crate::served::{Asked, BRANCH, Contract, Served, answer, change, is_numbered};
use crate::server::Reply;

/// What the forge knows.
struct Lab {
    projects: Vec<Value>,
    requests: Vec<Value>,
    issues: Vec<Value>,
}

fn project(name: &str, more: &Value) -> Value {
    let mut one = json!({
        "id": 7, "path_with_namespace": name, "default_branch": "main", "visibility": "private", "archived": false, "topics": [],
        "permissions": {"project_access": null, "group_access": {"access_level": 40}},
    });
    change(&mut one, more);
    one
}

impl Lab {
    fn new(more: &[(&str, Value)]) -> Self {
        let own = ["acme/app", "acme/web"].map(|name| project(name, &json!({})));
        Self {
            projects: own.into_iter().chain(more.iter().map(|(name, more)| project(name, more))).collect(),
            requests: Vec::new(),
            issues: Vec::new(),
        }
    }

    fn list(&self, asked: &Asked<'_>, path: &str) -> Reply {
        let (some, more) = asked.two(&self.projects);
        let reply = answer(200, &some.into());
        let next = format!("<{}/api/v4/{path}?page={}>; rel=\"next\"", asked.host, asked.page() + 1);
        if more { reply.header("Link", next) } else { reply }
    }

    fn open(&mut self, name: &str, body: &Value) -> Reply {
        // One that is opened in a fork belongs to its source.
        let (from, name) = if name == "bot/app" { (8, "acme/app") } else { (7, name) };
        assert_eq!(body["target_project_id"].as_u64(), (from == 8).then_some(7));
        let is_open = |one: &Value| one["state"] == "opened" && one["project"] == name && one["source_branch"] == body["source_branch"];
        let is_open = |one: &&Value| is_open(one) && one["source_project_id"] == from;
        if let Some(there) = self.requests.iter().find(is_open) {
            let message = format!("Another open merge request already exists for this source branch: !{}", there["iid"]);
            return answer(409, &json!({"message": [message]}));
        }
        let number = self.requests.len() + 1;
        let mut one = json!({
            "iid": number, "web_url": format!("https://gitlab.com/{name}/-/merge_requests/{number}"), "state": "opened", "project": name,
            "source_project_id": from, "target_project_id": 7, "reviewers": [{"id": 3}], "assignees": [{"id": 1, "username": "first"}],
        });
        change(&mut one, body);
        self.requests.push(one.clone());
        answer(201, &one)
    }

    fn put(&mut self, number: &str, asked: &Asked<'_>) -> Reply {
        let one = self.requests.iter_mut().find(|one| is_numbered(one, "iid", number)).unwrap();
        match asked.parts.get(4) {
            None if asked.body["state_event"] == "close" => one["state"] = "closed".into(),
            None => change(one, &asked.body),
            Some(_) if one["title"].as_str().unwrap().starts_with("Draft:") => return Self::fault(405, "405 Method Not Allowed"),
            Some(_) => one["state"] = "merged".into(),
        }
        answer(200, one)
    }
}

impl Contract for Lab {
    const KIND: &'static str = "gitlab";
    const ROOT: &'static str = "/api/v4";
    const VARIABLES: [&'static str; 2] = ["GITLAB_TOKEN", "GITLAB_HOST"];
    const LIMIT: [&'static str; 2] = ["RateLimit-Remaining", "RateLimit-Reset"];
    const MORE: &'static str = "labels: [registry, 'team::images']\nassignees: [somebody]\n";
    const CREATES: &'static str = "/projects/";
    const ASKS: &'static str = "/projects/";

    fn answer(&mut self, asked: &Asked<'_>) -> Reply {
        let name = asked.parts.get(1).map(|name| name.replace("%2F", "/")).unwrap_or_default();
        if asked.parts.first() == Some(&"projects") && name == "acme/old-name" {
            if asked.method != "GET" {
                return Self::fault(405, "Non GET methods are not allowed for moved projects");
            }
            let path = asked.parts.join("/").replace("old-name", "app");
            let place = format!("{}/api/v4/{path}?{}", asked.host, asked.query);
            return Reply::new(301).header("Location", place).body("application/json", "{}");
        }
        match (asked.method, asked.parts.as_slice()) {
            ("GET", ["user"]) => answer(200, &json!({"username": "somebody"})),
            ("GET", ["users"]) if asked.query == "username=somebody" => answer(200, &json!([{"id": 42, "username": "somebody"}])),
            ("GET", ["users"]) => answer(200, &json!([])),
            ("GET", ["groups", "acme", "projects"]) => self.list(asked, "groups/acme/projects"),
            ("GET", ["users", "ann", "projects"]) => self.list(asked, "users/ann/projects"),
            ("GET", ["projects"]) if asked.query.contains("topic=images") => answer(200, &json!([{"path_with_namespace": "deep/er/one"}])),
            ("GET", ["projects", _]) => {
                let found = self.projects.iter().find(|one| one["path_with_namespace"] == name.as_str());
                found.map_or_else(|| Self::fault(404, "404 Project Not Found"), |one| answer(200, one))
            }
            ("GET", ["projects", _, "merge_requests"]) => {
                let branch = asked.query.contains("source_branch=").then_some("transship/move");
                let all = self.requests.iter().rev().filter(|one| one["project"] == name.as_str());
                answer(200, &all.filter(|one| branch.is_none_or(|branch| one["source_branch"] == branch)).cloned().collect())
            }
            ("GET", ["projects", _, "merge_requests", number]) => {
                answer(200, self.requests.iter().find(|one| is_numbered(one, "iid", number)).unwrap())
            }
            ("POST", ["projects", _, "merge_requests"]) => self.open(&name, &asked.body),
            ("PUT", ["projects", _, "merge_requests", number, ..]) => self.put(number, asked),
            ("POST", ["projects", _, "fork"]) => {
                let (place, of) =
                    (format!("{}/{}", asked.body["namespace_path"].as_str().unwrap(), name.rsplit('/').next().unwrap()), &name);
                let fork =
                    project(&place, &json!({"id": 8, "forked_from_project": {"path_with_namespace": of}, "import_status": "scheduled"}));
                self.projects.push(fork.clone());
                answer(201, &fork)
            }
            ("GET", ["projects", _, "issues"]) => answer(200, &self.issues.iter().rev().cloned().collect()),
            ("POST", ["projects", _, "issues"]) => {
                let number = 100 + self.issues.len();
                let mut one = json!({"iid": number, "web_url": format!("https://gitlab.com/{name}/-/issues/{number}"), "state": "opened"});
                change(&mut one, &asked.body);
                self.issues.push(one.clone());
                answer(201, &one)
            }
            ("GET" | "PUT", ["projects", _, "issues", number]) => {
                let one = self.issues.iter_mut().find(|one| is_numbered(one, "iid", number)).unwrap();
                let state = match asked.body["state_event"].as_str() {
                    Some("close") => "closed",
                    Some("reopen") => "opened",
                    _ => one["state"].as_str().unwrap(),
                };
                one["state"] = state.to_owned().into();
                if asked.method == "PUT" {
                    change(one, &json!({"title": asked.body["title"], "description": asked.body["description"]}));
                }
                answer(200, one)
            }
            ("POST", ["projects", _, "merge_requests", _, "notes"]) => answer(201, &json!({"id": 1})),
            _ => Self::fault(404, &asked.parts.join("/")),
        }
    }

    fn fault(status: u16, message: &str) -> Reply {
        answer(status, &json!({"message": message}))
    }

    fn denies(&mut self) {
        self.projects.iter_mut().for_each(|one| one["permissions"]["group_access"]["access_level"] = 20.into());
    }

    fn issues(&self) -> Vec<[String; 3]> {
        self.issues.iter().map(|one| ["title", "description", "state"].map(|key| one[key].as_str().unwrap().to_owned())).collect()
    }

    fn pulls(&self) -> Vec<[String; 3]> {
        let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
        self.requests.iter().map(|one| [text(one, "title"), text(one, "description"), text(one, "state")]).collect()
    }
}

#[test]
fn a_campaign_on_gitlab_goes_from_a_group_to_merges() {
    let more = [("acme/deep/archived", json!({"archived": true})), ("acme/fork", json!({"forked_from_project": {"id": 3}}))];
    let lab = Served::new(Lab::new(&more));
    served::goes_the_whole_way(&lab, &["acme/app", "acme/deep/archived", "acme/fork", "acme/web"]);
    let puts = lab.bodies("PUT /api/v4/projects/acme%2Fapp/merge_requests/1");
    assert!(puts.contains(&json!({"add_labels": "registry,team::images"})), "{puts:?}");
    assert!(puts.contains(&json!({"assignee_ids": [1, 42]})), "who is assigned already stays so: {puts:?}");
    assert_eq!(lab.bodies("PUT /api/v4/projects/acme%2Fweb/merge_requests/2/merge")[0]["sha"], lab.kit.tip("acme/web", BRANCH).unwrap());
}

#[test]
fn a_fork_on_gitlab_holds_the_branch_that_its_source_does_not_take() {
    elsewhere::opens_from_a_fork(&Served::new(Lab::new(&[])), "where-denied", "/fork");
}

#[test]
fn an_issue_of_gitlab_tells_of_the_campaign() {
    elsewhere::closes_its_issue(&Served::new(Lab::new(&[])), ["opened", "closed"]);
}

#[test]
fn who_owns_the_changed_files_on_gitlab_is_asked_to_review() {
    let lab = Served::new(Lab::new(&[]));
    lab.kit.commit(
        "acme/app",
        "main",
        &[(".gitlab/CODEOWNERS", "* @nobody\n[Images]\nDockerfile @somebody @a-group @group/team\n")],
        "owners",
    );
    lab.kit.commit("acme/web", "main", &[("docs/CODEOWNERS", "*.md @somebody\n"), (".gitlab/CODEOWNERS", "* @somebody\n")], "owners");
    lab.init("reviewers: code-owners\nread: formats\n");
    lab.ends(1, &["plan"]);
    assert_eq!(lab.kit.kept("acme/app", "plan.json")["owners"], json!(["a-group", "nobody", "somebody"]));
    lab.ends(0, &["publish"]);
    let puts = lab.bodies("PUT /api/v4/projects/acme%2Fapp/merge_requests/1");
    assert!(puts.contains(&json!({"reviewer_ids": [3, 42]})), "who is asked already stays so, and groups are left out: {puts:?}");
    let puts = lab.bodies("PUT /api/v4/projects/acme%2Fweb/merge_requests/2");
    assert!(puts.iter().all(|put| put["reviewer_ids"].is_null()), "the first file that is there counts: {puts:?}");
    assert!(lab.ends(0, &["publish"]).contains("2 as they were"));
}

#[test]
fn a_draft_on_gitlab_is_one_until_somebody_calls_it_ready() {
    let lab = Served::new(Lab::new(&[]));
    lab.init("draft: true\n");
    lab.ends(1, &["plan"]);
    lab.ends(0, &["publish"]);
    assert!(lab.pulls().iter().all(|[title, ..]| title == "Draft: Move container images (move)"), "{:?}", lab.pulls());
    let said = lab.say(&["merge"]);
    assert!(said.code == 2 && said.errors.contains("acme/app: it cannot be merged as it is"), "{said:?}");
    lab.with(|lab| lab.requests[1]["title"] = "Move".into());
    for name in ["acme/app", "acme/web"] {
        lab.kit.commit(name, "main", &[("web/Dockerfile", "FROM old.example.com/other:2\n")], "more");
    }
    lab.ends(1, &["plan"]);
    assert!(lab.ends(0, &["publish"]).contains("2 brought up to date"));
    let titles: Vec<String> = lab.pulls().into_iter().map(|[title, ..]| title).collect();
    assert_eq!(titles, ["Draft: Move container images (move)", "Move container images (move)"]);
}

#[test]
fn gitlab_is_told_by_cause() {
    let lab = Served::new(Lab::new(&[
        ("acme/locked", json!({"permissions": {"project_access": {"access_level": 20}, "group_access": null}})),
        ("acme/empty", json!({"default_branch": null})),
    ]));
    lab.kit.add("acme/locked", &[("Dockerfile", served::DOCKERFILE)]);
    lab.init("");
    let said = lab.say(&["plan"]);
    assert!(said.errors.contains("acme/empty: it has no commit"), "{said:?}");
    // A stranger's merge request of a branch with the same name is not ours.
    lab.with(|lab| {
        lab.requests.push(json!({
            "iid": 9, "web_url": "https://gitlab.com/x", "state": "opened", "project": "acme/app", "title": "Theirs", "description": "",
            "source_branch": BRANCH, "target_branch": "main", "source_project_id": 666, "target_project_id": 7,
        }));
    });
    lab.odd("GET /api/v4/users?username=somebody", answer(200, &json!([])));
    let said = lab.say(&["publish"]);
    assert!(said.out.contains("no permission: acme/locked") && said.errors.contains("nobody is called `somebody` there"), "{said:?}");
    assert_eq!(lab.pulls().len(), 3, "a request of somebody's fork is none of ours, and stops ours as little");
    // 401 to whoever is known means that they may not.
    lab.ends(2, &["publish"]);
    lab.odd("PUT /api/v4/projects/acme%2Fapp/merge_requests", Lab::fault(401, "401 Unauthorized"));
    let said = lab.say(&["merge"]);
    assert!(said.errors.contains("acme/app: the forge answers with status 401") && said.out.contains("1 merged, 1 failed"), "{said:?}");
}

#[test]
fn gitlab_lists_by_topic_and_of_people() {
    let lab = Served::new(Lab::new(&[]));
    assert_eq!(lab.listed(&["--topic", "images"]), ["deep/er/one"]);
    std::fs::remove_dir_all(lab.kit.path("campaign")).unwrap();
    assert_eq!(lab.listed(&["--org", "ann"]), ["acme/app", "acme/web"]);
}

#[test]
fn gitlab_limits_are_obeyed() {
    served::obeys_limits(Lab::new(&[]));
}

#[test]
fn nothing_is_opened_twice_on_gitlab() {
    served::opens_nothing_twice(Lab::new(&[]));
}

#[test]
fn a_project_that_was_moved_is_found() {
    served::finds_what_was_renamed(Lab::new(&[]));
}

#[test]
fn the_token_of_gitlab_is_for_gitlab() {
    served::keeps_the_token(Lab::new(&[]));
}
