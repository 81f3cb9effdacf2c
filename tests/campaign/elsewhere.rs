//! What every forge has to do where a branch lies in a fork, and where an issue tells of the campaign.

use std::fs;
use std::process::Command;

use crate::kit::Kit;
use crate::program::{Said, finish};
use crate::served::{BRANCH, Contract, Served};

/// A forge that keeps its contract, and a campaign on it over `acme/app` and `acme/web`.
pub(crate) trait Subject {
    fn kit(&self) -> &Kit;

    /// The program as whoever may write runs it.
    fn command(&self, arguments: &[&str]) -> Command;

    /// Begins the campaign, with more lines of campaign.yaml.
    fn begin(&self, more: &str);

    /// From now on nobody may push to a repository of `acme`.
    fn denies(&self);

    /// The title, the body and the state of each issue.
    fn issues(&self) -> Vec<[String; 3]>;

    /// How many requests had this method and a path with this end.
    fn count(&self, method: &str, end: &str) -> usize;

    fn say(&self, arguments: &[&str]) -> Said {
        finish(&mut self.command(arguments), b"")
    }

    fn ends(&self, code: i32, arguments: &[&str]) -> String {
        let said = self.say(arguments);
        assert_eq!(said.code, code, "{arguments:?}: {said:?}");
        said.out
    }
}

impl<C: Contract> Subject for Served<C> {
    fn kit(&self) -> &Kit {
        &self.kit
    }

    fn command(&self, arguments: &[&str]) -> Command {
        Self::command(self, arguments)
    }

    fn begin(&self, more: &str) {
        self.init(more);
    }

    fn denies(&self) {
        self.with(Contract::denies);
    }

    fn issues(&self) -> Vec<[String; 3]> {
        self.with(|contract| contract.issues())
    }

    fn count(&self, method: &str, end: &str) -> usize {
        count(&self.server.lines(), method, end)
    }
}

pub(crate) fn count(lines: &[String], method: &str, end: &str) -> usize {
    let path = |line: &str| line.split('?').next().unwrap().to_owned();
    lines.iter().filter(|line| line.starts_with(method) && path(line).ends_with(end)).count()
}

/// A fork is made once, holds the branch, and is found again; it may lie behind its source. `rule` is the word for `fork` in campaign.yaml, `made` the end
/// of the path of the request that makes one.
pub(crate) fn opens_from_a_fork(forge: &impl Subject, rule: &str, made: &str) {
    let kit = forge.kit();
    // What the forge makes is made here beforehand: an old state of the repository.
    kit.copy("acme/app", "bot/app");
    kit.commit("acme/app", "main", &[("web/Dockerfile", "FROM old.example.com/web:1\n")], "newer than the fork");
    forge.denies();
    forge.begin(&format!("fork: {rule}\nfork_owner: bot\n"));
    fs::write(kit.path("campaign/repos.txt"), "acme/app\n").unwrap();
    forge.ends(1, &["plan"]);
    assert!(forge.ends(0, &["publish"]).contains("1 opened"));
    assert_eq!((kit.tip("acme/app", BRANCH), forge.count("POST", made)), (None, 1));
    assert_eq!(kit.file("bot/app", BRANCH, "web/Dockerfile"), "FROM new.example.com/web:1");
    assert_eq!(kit.kept("acme/app", "state.json")["pull"]["fork"], "bot/app");
    assert!(forge.ends(0, &["publish"]).contains("1 as they were"));
    // A state that was lost is found again, where it was.
    fs::remove_file(kit.path("campaign/repositories/acme~app/state.json")).unwrap();
    assert!(forge.ends(0, &["sync"]).contains("1 open"));
    assert_eq!(kit.kept("acme/app", "state.json")["pull"]["fork"], "bot/app");
    kit.commit("acme/app", "main", &[("web/Dockerfile", "FROM old.example.com/web:2\n")], "newer");
    assert!(forge.ends(0, &["publish"]).contains("1 brought up to date"));
    assert_eq!(kit.file("bot/app", BRANCH, "web/Dockerfile"), "FROM new.example.com/web:2");
    // Nobody's commit is lost in a fork either.
    kit.commit("bot/app", BRANCH, &[("web/Dockerfile", "FROM mine:1\n")], "mine");
    kit.commit("acme/app", "main", &[("web/Dockerfile", "FROM old.example.com/web:3\n")], "newest");
    assert!(forge.ends(1, &["publish"]).contains("acme/app: left: others have commits"));
    assert_eq!(kit.file("bot/app", BRANCH, "web/Dockerfile"), "FROM mine:1");
    assert!(forge.ends(0, &["close"]).contains("1 closed"));
    assert_eq!(forge.count("POST", made), 1, "a fork is made once");
}

/// One issue for the campaign, which follows it.
pub(crate) fn tells_in_an_issue(forge: &impl Subject) {
    forge.begin("tracking: acme/web\n");
    forge.ends(1, &["plan"]);
    let told = forge.ends(0, &["publish", "--first", "1"]);
    assert!(told.contains("opened ") && told.contains(", which tells how the campaign stands"), "{told}");
    let issues = forge.issues();
    let [title, body, _] = &issues[0];
    assert_eq!((issues.len(), title.as_str()), (1, "Move container images (move): 0 of 2 merged"));
    assert!(body.contains("| open | 1 |") && body.contains("| planned | 1 |") && body.contains("### To do (2)"), "{body}");
    assert!(body.contains("<!-- transship campaign=move tracking body="), "{body}");
    let told = forge.ends(0, &["publish", "--first", "1"]);
    assert!(!told.contains("http") && forge.issues() == issues, "{told}");
    // The file that knows its number is lost: it is found by its mark, and there is no second one.
    fs::remove_file(forge.kit().path("campaign/tracking.json")).unwrap();
    assert!(forge.ends(0, &["publish"]).contains(" up to date"));
    assert!(forge.issues().len() == 1 && forge.issues()[0][1].contains("| open | 2 |"), "{:?}", forge.issues());
}

/// The same to its end: when nothing is left the issue is closed, and opened when there is something again.
pub(crate) fn closes_its_issue(forge: &impl Subject, [open, closed]: [&str; 2]) {
    tells_in_an_issue(forge);
    assert_eq!(forge.issues()[0][2], open);
    forge.ends(0, &["merge"]);
    let issues = forge.issues();
    assert_eq!((issues.len(), issues[0][0].as_str(), issues[0][2].as_str()), (1, "Move container images (move): 2 of 2 merged", closed));
    assert!(issues[0][1].contains("### Done (2)"), "{issues:?}");
    forge.kit().commit("acme/app", "main", &[("web/Dockerfile", "FROM old.example.com/web:3\n")], "again");
    forge.ends(1, &["plan"]);
    forge.ends(0, &["sync"]);
    assert_eq!((forge.issues().len(), forge.issues()[0][2].as_str()), (1, open));
}
