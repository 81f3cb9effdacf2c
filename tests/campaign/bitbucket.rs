//! Campaigns on Bitbucket: a server on loopback that keeps its contract, and git over the same repositories.

use serde_json::{Value, json};

use crate::elsewhere;
use crate::program::finish;
use crate::served::{self, Asked, Contract, Served, TOKEN, answer, change, is_numbered};
use crate::server::Reply;

/// What the forge knows.
struct Bucket {
    repositories: Vec<Value>,
    pulls: Vec<Value>,
}

fn repository(name: &str, more: &Value) -> Value {
    let mut one = json!({"full_name": name, "mainbranch": {"name": "main"}, "is_private": true});
    change(&mut one, more);
    one
}

impl Bucket {
    fn new(more: &[(&str, Value)]) -> Self {
        let own = ["acme/app", "acme/web"].map(|name| repository(name, &json!({})));
        Self { repositories: own.into_iter().chain(more.iter().map(|(name, more)| repository(name, more))).collect(), pulls: Vec::new() }
    }

    fn list(asked: &Asked<'_>, all: &[Value]) -> Reply {
        let (some, more) = asked.two(all);
        let mut page = json!({"values": some, "pagelen": 2, "page": asked.page()});
        if more {
            page["next"] = format!("{}/2.0/{}?page={}", asked.host, asked.parts.join("/"), asked.page() + 1).into();
        }
        answer(200, &page)
    }

    fn open(&mut self, name: &str, body: &Value) -> Reply {
        let source = &body["source"]["branch"];
        if self.pulls.iter().any(|one| one["state"] == "OPEN" && one["of"] == name && one["source"]["branch"] == *source) {
            return Self::fault(409, "There already exists one");
        }
        let (number, place) = (self.pulls.len() + 1, json!({"full_name": name}));
        let from = if body["source"]["repository"].is_null() { &place } else { &body["source"]["repository"] };
        let one = json!({
            "id": number, "links": {"html": {"href": format!("https://bitbucket.org/{name}/pull-requests/{number}")}}, "state": "OPEN", "of": name,
            "title": body["title"], "description": body["description"], "draft": body["draft"], "reviewers": [{"uuid": "{1}"}],
            "source": {"branch": source, "repository": from, "commit": {"hash": ""}},
            "destination": {"branch": body["destination"]["branch"], "repository": place},
        });
        self.pulls.push(one.clone());
        answer(201, &one)
    }

    fn one(&mut self, number: &str) -> &mut Value {
        self.pulls.iter_mut().find(|one| is_numbered(one, "id", number)).unwrap()
    }
}

impl Contract for Bucket {
    const KIND: &'static str = "bitbucket";
    const ROOT: &'static str = "/2.0";
    const VARIABLES: [&'static str; 2] = ["BITBUCKET_TOKEN", "BITBUCKET_HOST"];
    const LIMIT: [&'static str; 2] = ["X-RateLimit-Remaining", "X-RateLimit-Reset"];
    const MORE: &'static str = "assignees: [somebody, '{3}']\n";
    const CREATES: &'static str = "/repositories/";
    const ASKS: &'static str = "/repositories/";

    fn answer(&mut self, asked: &Asked<'_>) -> Reply {
        let name = asked.parts.get(1..3).map(|parts| parts.join("/")).unwrap_or_default();
        if name == "acme/old-name" {
            let place = format!("{}/2.0/{}?{}", asked.host, asked.parts.join("/").replace("old-name", "app"), asked.query);
            return Reply::new(302).header("Location", place);
        }
        match (asked.method, asked.parts.as_slice()) {
            ("GET", ["user"]) => answer(200, &json!({"nickname": "somebody", "uuid": "{2}"})),
            ("GET", ["repositories", "acme"]) => Self::list(asked, &self.repositories),
            ("GET", ["workspaces", "acme", "members"]) => {
                let member = |uuid: &str, name: &str| json!({"user": {"uuid": uuid, "nickname": name}});
                Self::list(asked, &[member("{8}", "a"), member("{9}", "b"), member("{2}", "somebody")])
            }
            ("GET", ["repositories", _, _]) => {
                let found = self.repositories.iter().find(|one| one["full_name"] == name.as_str());
                found.map_or_else(|| Self::fault(404, "Repository not found"), |one| answer(200, one))
            }
            ("GET", ["repositories", _, _, "pullrequests"]) => {
                let is_all = asked.query.contains("state=DECLINED");
                let all = self.pulls.iter().rev().filter(|one| one["of"] == name.as_str() && (is_all || one["state"] == "OPEN"));
                Self::list(asked, &all.cloned().collect::<Vec<Value>>())
            }
            ("POST", ["repositories", _, _, "pullrequests"]) => self.open(&name, &asked.body),
            ("GET", [.., "pullrequests", number]) => answer(200, self.one(number)),
            ("PUT", [.., "pullrequests", number]) => {
                let one = self.one(number);
                // What is not sent is taken away.
                change(one, &json!({"reviewers": [], "draft": false}));
                change(one, &asked.body);
                answer(200, one)
            }
            ("POST", [.., "pullrequests", number, "merge"]) => {
                let one = self.one(number);
                one["state"] = "MERGED".into();
                // The second takes longer.
                if *number == "1" { answer(200, one) } else { Reply::new(202) }
            }
            ("POST", [.., "pullrequests", number, "decline"]) => {
                let one = self.one(number);
                change(one, &json!({"state": "DECLINED", "closed_by": {"nickname": "somebody"}}));
                answer(200, one)
            }
            ("POST", [.., "comments"]) => answer(201, &json!({"id": 1})),
            ("POST", ["repositories", _, last, "forks"]) => {
                assert_eq!(asked.body["name"], *last);
                let place = format!("{}/{last}", asked.body["workspace"]["slug"].as_str().unwrap());
                let fork = repository(&place, &json!({"parent": {"full_name": name}}));
                self.repositories.push(fork.clone());
                answer(201, &fork)
            }
            _ => Self::fault(404, &asked.parts.join("/")),
        }
    }

    fn fault(status: u16, message: &str) -> Reply {
        answer(status, &json!({"type": "error", "error": {"message": message}}))
    }

    fn pushed(&mut self, tip: &dyn Fn(&str) -> Option<String>) {
        for one in &mut self.pulls {
            let tip = tip(one["of"].as_str().unwrap()).unwrap();
            one["source"]["commit"]["hash"] = tip.split_at(12).0.into();
        }
    }

    fn pulls(&self) -> Vec<[String; 3]> {
        let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
        self.pulls.iter().map(|one| [text(one, "title"), text(one, "description"), text(one, "state")]).collect()
    }
}

#[test]
fn a_fork_on_bitbucket_holds_the_branch_where_that_is_wanted() {
    let bucket = Served::new(Bucket::new(&[]));
    elsewhere::opens_from_a_fork(&bucket, "always", "/forks");
    assert_eq!(bucket.bodies("POST /2.0/repositories/acme/app/pullrequests")[0]["source"]["repository"], json!({"full_name": "bot/app"}));
}

#[test]
fn a_campaign_on_bitbucket_goes_from_a_workspace_to_merges() {
    let bucket = Served::new(Bucket::new(&[("acme/fork", json!({"parent": {"full_name": "other/one"}}))]));
    served::goes_the_whole_way(&bucket, &["acme/app", "acme/fork", "acme/web"]);
    // Nobody is assigned: they are asked to review, and those who were asked before still are, also after the body has changed.
    bucket.with(|bucket| {
        assert!(bucket.pulls.iter().all(|one| one["reviewers"] == json!([{"uuid": "{1}"}, {"uuid": "{2}"}, {"uuid": "{3}"}])));
    });
}

#[test]
fn a_draft_on_bitbucket_is_one_until_somebody_calls_it_ready() {
    let bucket = Served::new(Bucket::new(&[]));
    bucket.init("draft: true\n");
    bucket.ends(1, &["plan"]);
    bucket.ends(0, &["publish"]);
    bucket.with(|bucket| bucket.pulls[1]["draft"] = false.into());
    for name in ["acme/app", "acme/web"] {
        bucket.kit.commit(name, "main", &[("web/Dockerfile", "FROM old.example.com/other:2\n")], "more");
    }
    bucket.ends(1, &["plan"]);
    assert!(bucket.ends(0, &["publish"]).contains("2 brought up to date"));
    bucket.with(|bucket| assert_eq!((&bucket.pulls[0]["draft"], &bucket.pulls[1]["draft"]), (&json!(true), &json!(false))));
}

#[test]
fn bitbucket_is_told_by_cause() {
    let bucket = Served::new(Bucket::new(&[("acme/empty", json!({"mainbranch": null}))]));
    bucket.init("");
    let said = bucket.say(&["plan"]);
    assert!(said.errors.contains("acme/empty: it has no commit"), "{said:?}");
    bucket.with(|bucket| bucket.repositories.pop());
    let place = bucket.kit.path("campaign/campaign.yaml");
    let text = std::fs::read_to_string(&place).unwrap();
    std::fs::write(&place, text.replace("[somebody,", "[stranger,")).unwrap();
    let said = bucket.say(&["publish"]);
    assert!(said.errors.contains("nobody in the workspace `acme` is called `stranger`"), "{said:?}");
    // The branch has another commit than the one that is merged.
    bucket.pushed();
    bucket.with(|bucket| bucket.pulls[0]["source"]["commit"]["hash"] = "0123456789ab".into());
    bucket.odd("POST /2.0/repositories/acme/web/pullrequests/2/merge", Bucket::fault(400, "You have conflicts"));
    let said = bucket.say(&["merge"]);
    assert!(said.code == 2 && said.errors.contains("acme/app: its branch has another commit by now"), "{said:?}");
    assert!(
        said.errors.contains("acme/web: it cannot be merged as it is: the forge answers with status 400: You have conflicts"),
        "{said:?}"
    );
    std::fs::write(&place, text + "labels: [registry]\n").unwrap();
    let said = bucket.say(&["publish"]);
    assert!(said.code == 2 && said.errors.contains("Bitbucket has no labels"), "{said:?}");
}

#[test]
fn bitbucket_lists_a_project_of_a_workspace() {
    let bucket = Served::new(Bucket::new(&[]));
    assert_eq!(bucket.listed(&["--org", "acme/PRJ"]), ["acme/app", "acme/web"]);
    let asked = "GET /2.0/repositories/acme?pagelen=100&sort=full_name&q=project.key%3D%22PRJ%22";
    assert!(bucket.server.lines().contains(&asked.to_owned()));
}

#[test]
fn an_api_token_of_bitbucket_is_shown_with_its_address() {
    let bucket = Served::planned(Bucket::new(&[]));
    let said = finish(bucket.command(&["publish"]).env("BITBUCKET_EMAIL", "me@example.com"), b"");
    assert!(said.code == 2 && said.errors.contains("status 401"), "{said:?}");
    let login = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("me@example.com:{TOKEN}"));
    assert_eq!(bucket.server.seen().last().unwrap().header("authorization"), format!("Basic {login}"));
}

#[test]
fn bitbucket_limits_are_obeyed() {
    served::obeys_limits(Bucket::new(&[]));
}

#[test]
fn nothing_is_opened_twice_on_bitbucket() {
    served::opens_nothing_twice(Bucket::new(&[]));
}

#[test]
fn a_repository_of_bitbucket_that_was_renamed_is_found() {
    served::finds_what_was_renamed(Bucket::new(&[]));
}

#[test]
fn the_token_of_bitbucket_is_for_bitbucket() {
    served::keeps_the_token(Bucket::new(&[]));
}
