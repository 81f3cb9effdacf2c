//! Whole campaigns on a real Gitea, which says what a server of our own can only repeat.

use serde_json::{Value, json};

use crate::served::BRANCH;
use crate::tea::{At, Tea};

/// Repositories of the organisation that change; two more do not.
const CHANGE: usize = 18;

fn name(number: usize) -> String {
    format!("acme/r{number:02}")
}

fn acme(tea: &Tea) {
    tea.done("POST", "/orgs", &json!({"username": "acme"}));
    for number in 0..CHANGE {
        let text = format!("FROM old.example.com/base:{number}\n");
        tea.add("acme", &format!("r{number:02}"), &[("Dockerfile", &text), ("README.md", "# Nothing\n")]);
    }
    tea.add("acme", "without", &[("Dockerfile", "FROM debian:12\n")]);
    tea.add("acme", "archived", &[("Dockerfile", "FROM old.example.com/base:1\n")]);
    tea.done("PATCH", "/repos/acme/archived", &json!({"archived": true}));
}

#[test]
fn a_campaign_on_a_real_gitea_is_opened_updated_merged_closed_and_told() {
    let Some(tea) = Tea::start() else { return };
    acme(&tea);
    tea.person("ann");
    tea.done("POST", "/orgs/acme/labels", &json!({"name": "team", "color": "#112233"}));
    let at = At::new(&tea);
    at.init("acme", "labels: [registry, team]\nassignees: [ann]\n");
    let list = std::fs::read_to_string(at.kit.path("campaign/repos.txt")).unwrap();
    assert_eq!(list.lines().skip(1).count(), CHANGE + 2, "all pages are read: {list}");
    assert!(at.ends(1, &["plan"]).contains("18 of 20 repositories would change"));
    assert!(at.ends(0, &["publish", "--first", "2"]).contains("2 opened"));
    assert!(at.ends(0, &["publish"]).contains("16 opened, 0 brought up to date, 2 as they were"));
    let pulls = tea.pulls(&name(3), "all");
    let labels: Vec<&str> = pulls[0]["labels"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!((pulls.len(), labels.as_slice(), &pulls[0]["assignees"][0]["login"]), (1, ["registry", "team"].as_slice(), &json!("ann")));
    assert_eq!((&pulls[0]["base"]["ref"], &pulls[0]["head"]["ref"]), (&json!("main"), &json!(BRANCH)));
    assert!(pulls[0]["body"].as_str().unwrap().contains("`old.example.com/base:3` | `new.example.com/base:3`"), "{pulls:?}");
    assert_eq!(tea.file(&name(3), BRANCH, "Dockerfile"), "FROM new.example.com/base:3\n");
    let told = at.ends(0, &["publish"]);
    assert!(told.contains("0 opened, 0 brought up to date, 18 as they were"), "{told}");

    // Another mapping, for which every pull request is brought up to date where it is; a person works on one, and one is closed by hand.
    tea.commit(&name(1), BRANCH, &[("Dockerfile", "FROM new.example.com/base:1-mine\n")]);
    let mine = tea.tip(&name(1), BRANCH);
    tea.done("PATCH", &format!("/repos/{}/pulls/1", name(2)), &json!({"state": "closed"}));
    at.settings(|text| text.replace("=new.example.com/", "=newer.example.com/"));
    at.ends(1, &["plan"]);
    let told = at.ends(1, &["publish"]);
    assert!(told.contains("0 opened, 16 brought up to date, 0 as they were, 0 closed, 2 left to people, 0 failed"), "{told}");
    assert_eq!((tea.tip(&name(1), BRANCH), tea.pulls(&name(2), "all").len()), (mine.clone(), 1));
    let pulls = tea.pulls(&name(3), "all");
    assert!(pulls.len() == 1 && pulls[0]["body"].as_str().unwrap().contains("newer.example.com/base:3"), "{pulls:?}");
    assert_eq!(tea.file(&name(3), BRANCH, "Dockerfile"), "FROM newer.example.com/base:3\n");

    // A state that was lost is found again; a repository that was renamed, too.
    std::fs::remove_file(at.kit.path("campaign/repositories/acme~r04/state.json")).unwrap();
    tea.done("PATCH", &format!("/repos/{}", name(5)), &json!({"name": "renamed"}));
    let told = at.ends(0, &["sync"]);
    assert!(told.contains("17 open, 0 merged, 1 closed"), "{told}");
    let told = at.ends(1, &["publish"]);
    // Of the one that was lost nobody knows what it was given, so that it is given again.
    assert!(told.contains("0 opened, 1 brought up to date, 15 as they were, 0 closed, 2 left to people"), "{told}");

    // The box asks for a branch that others have commits on.
    let body = tea.pulls(&name(1), "open")[0]["body"].as_str().unwrap().replace("- [ ]", "- [x]");
    tea.done("PATCH", &format!("/repos/{}/pulls/1", name(1)), &json!({"body": body}));
    assert!(at.ends(1, &["publish"]).contains("acme/r01: brought up to date"));
    assert_eq!(tea.file(&name(1), BRANCH, "Dockerfile"), "FROM newer.example.com/base:1\n");

    // One repository squashes only, one has nothing left to do.
    let only = json!({"allow_merge_commits": false, "allow_rebase": false, "allow_rebase_explicit": false, "allow_fast_forward_only_merge": false,
                      "allow_squash_merge": true, "default_merge_style": "squash"});
    tea.done("PATCH", &format!("/repos/{}", name(6)), &only);
    tea.commit(&name(7), "main", &[("Dockerfile", "FROM debian:12\n")]);
    let told = at.ends(1, &["publish"]);
    assert!(told.contains("acme/r07: closed") && tea.tip(&name(7), BRANCH).is_none(), "{told}");
    let said = at.say(&["merge", "--first", "14"]);
    assert!(said.out.contains("14 merged, 0 failed"), "{said:?}");
    assert_eq!(tea.file(&name(6), "main", "Dockerfile"), "FROM newer.example.com/base:6\n");
    assert!(at.ends(0, &["close", "--why", "Enough."]).contains("2 closed"));
    assert!(tea.tip(&name(17), BRANCH).is_none());
    let told = at.ends(0, &["sync"]);
    assert!(told.contains("0 open, 14 merged, 4 closed"), "{told}");
    at.ends(1, &["plan"]);
    let report = at.report();
    let counted = |status: &str| report["numbers"][status].as_u64().unwrap_or(0);
    assert_eq!((counted("merged"), counted("closed"), counted("nothing")), (14, 3, 2), "{report}");
    let rows: &Vec<Value> = report["repositories"].as_array().unwrap();
    assert_eq!(rows.iter().filter(|row| row["trouble"]["cause"] == "archived").count(), 1, "{report}");
}

#[test]
fn on_a_real_gitea_a_stranger_forks_and_an_issue_tells_of_the_campaign() {
    let Some(tea) = Tea::start() else { return };
    tea.done("POST", "/orgs", &json!({"username": "acme"}));
    tea.add("acme", "app", &[("Dockerfile", "FROM old.example.com/base:1\n"), ("notes.txt", "one\n")]);
    tea.add("acme", "web", &[("Dockerfile", "FROM old.example.com/base:2\n")]);
    tea.add("acme", "platform", &[("README.md", "# Platform\n")]);
    let token = tea.person("bot");
    let at = At { token, ..At::new(&tea) };
    // Without a word for it, nobody forks.
    at.init("acme", "labels: [registry]\ntracking: acme/platform\n");
    at.ends(1, &["plan"]);
    let said = at.say(&["publish"]);
    assert!(said.code == 2 && said.errors.contains("whoever asks may not push to it; `fork: where-denied`"), "{said:?}");
    at.settings(|text| text + "fork: where-denied\n");
    let told = at.ends(0, &["publish"]);
    assert!(told.contains("2 opened") && told.contains("brought http"), "{told}");
    assert_eq!((tea.tip("acme/app", BRANCH), tea.pulls("acme/app", "open").len()), (None, 1));
    assert_eq!(tea.file("bot/app", BRANCH, "Dockerfile"), "FROM new.example.com/base:1\n");
    assert_eq!(tea.pulls("acme/app", "open")[0]["head"]["repo"]["full_name"], "bot/app");
    assert!(at.ends(0, &["publish"]).contains("2 as they were"));
    // The fork falls behind: its branch is made on what the source has now, and a file that is not read comes with it.
    tea.commit("acme/app", "main", &[("Dockerfile", "FROM old.example.com/base:7\n"), ("logo.png", "no picture\n")]);
    assert!(at.ends(0, &["publish"]).contains("acme/app: brought up to date"));
    assert_eq!(tea.file("bot/app", BRANCH, "Dockerfile"), "FROM new.example.com/base:7\n");
    assert_eq!(tea.file("bot/app", BRANCH, "logo.png"), "no picture\n");
    std::fs::remove_file(at.kit.path("campaign/repositories/acme~app/state.json")).unwrap();
    std::fs::remove_file(at.kit.path("campaign/tracking.json")).unwrap();
    assert!(at.ends(0, &["sync"]).contains("2 open"));

    let issues = tea.get("/repos/acme/platform/issues?state=all&type=issues").as_array().unwrap().clone();
    assert_eq!(
        (issues.len(), &issues[0]["title"], &issues[0]["state"]),
        (1, &json!("Move container images (move): 0 of 2 merged"), &json!("open")),
        "{issues:?}"
    );
    // Whoever may merges; what is left is closed, and so is the issue.
    tea.done("POST", "/repos/acme/web/pulls/1/merge", &json!({"Do": "merge"}));
    assert!(at.ends(0, &["close"]).contains("1 closed"));
    assert!(tea.tip("bot/app", BRANCH).is_none());
    at.ends(0, &["sync"]);
    let issue = tea.get("/repos/acme/platform/issues/1");
    assert_eq!((&issue["title"], &issue["state"]), (&json!("Move container images (move): 1 of 2 merged"), &json!("closed")), "{issue}");
}

#[test]
fn on_a_real_gitea_people_and_teams_are_asked_to_review() {
    let Some(tea) = Tea::start() else { return };
    tea.done("POST", "/orgs", &json!({"username": "acme"}));
    let team = tea.done("POST", "/orgs/acme/teams", &json!({"name": "images", "permission": "write", "includes_all_repositories": true, "units": ["repo.code", "repo.pulls", "repo.issues"]}));
    for person in ["ann", "bob", "eve"] {
        tea.person(person);
        tea.done("PUT", &format!("/teams/{}/members/{person}", team["id"]), &Value::Null);
    }
    tea.add("acme", "app", &[("Dockerfile", "FROM old.example.com/base:1\n"), ("CODEOWNERS", "Dockerfile @eve\n")]);
    let at = At::new(&tea);
    at.init("acme", "reviewers: [ann, '@bob', acme/images]\n");
    at.ends(1, &["plan"]);
    assert!(at.ends(0, &["publish"]).contains("1 opened"));
    let pull = tea.get("/repos/acme/app/pulls/1");
    let names = |key: &str, name: &str| -> Vec<String> {
        let mut all: Vec<String> = pull[key].as_array().into_iter().flatten().map(|one| one[name].as_str().unwrap().to_owned()).collect();
        all.sort();
        all
    };
    // Who owns the file is asked by the forge itself.
    assert_eq!(
        (names("requested_reviewers", "login"), names("requested_reviewers_teams", "name")),
        (["ann", "bob", "eve"].map(str::to_owned).to_vec(), vec!["images".to_owned()]),
        "{pull}"
    );
}
