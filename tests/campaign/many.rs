//! Fifty repositories, made of the project's own cases: what comes of them, on several machines, killed at any moment, and again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use crate::kit::{Kit, git};

const BRANCH: &str = "transship/move";

/// How many repositories there are.
const MANY: usize = 50;

/// Cases without a rule file of their own that change something, and some that do not: of each format the first ones.
fn cases() -> Vec<(String, PathBuf)> {
    let sorted = |folder: &Path| {
        let mut all: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        all.retain(|path| path.is_dir());
        all.sort();
        all
    };
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let usable =
        |case: &PathBuf| case.join("before").is_dir() && !case.join("transship.yaml").exists() && !has_repository(&case.join("before"));
    let mut found = Vec::new();
    for format in sorted(&fixtures) {
        let name = format.file_name().unwrap().to_str().unwrap().to_owned();
        let of_format = sorted(&format).into_iter().filter(usable).take(3);
        found.extend(of_format.map(|case| (format!("{name}/{}", case.file_name().unwrap().to_str().unwrap()), case)));
    }
    found.truncate(MANY);
    found
}

fn has_repository(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let entry = entry.unwrap();
        entry.file_name() == ".git" || entry.file_name() == ".gitmodules" || (entry.path().is_dir() && has_repository(&entry.path()))
    })
}

fn kit(cases: &[(String, PathBuf)]) -> Kit {
    let kit = Kit::new(&[]);
    for (name, case) in cases {
        kit.add_folder(name, &case.join("before"));
    }
    kit.ends(0, &["init", "move", "--forge", "local", "--at", "../forge", "--map", "a.example.com/=b.example.com/"]);
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/transship.yaml");
    fs::copy(rules, kit.path("campaign/rules.yaml")).unwrap();
    let text = "name: move\nforge: {kind: local, at: ../forge}\nrules: {config: rules.yaml}\nallow: [undecided]\n";
    fs::write(kit.path("campaign/campaign.yaml"), text).unwrap();
    kit
}

/// The files below a folder, by their paths.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else {
                found.push((path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn plan(kit: &Kit, name: &str) -> Value {
    kit.kept(name, "plan.json")
}

/// Every repository that changes has one pull request, of exactly what was planned, and its files are those that `fix` makes.
fn assert_published(kit: &Kit, cases: &[(String, PathBuf)]) -> usize {
    let mut changed = 0;
    for (name, case) in cases {
        let plan = plan(kit, name);
        let commits = plan["commits"].as_array().unwrap();
        let pulls = kit.pulls(name);
        let Some(tip) = commits.last() else {
            assert!(pulls.is_empty() && kit.tip(name, BRANCH).is_none(), "{name}");
            assert_eq!(files(&case.join("before")), files(&case.join("after")), "{name}: nothing was planned");
            continue;
        };
        changed += 1;
        assert_eq!((pulls.len(), kit.tip(name, BRANCH).as_deref()), (1, tip["commit"].as_str()), "{name}");
        for (path, text) in files(&case.join("after")) {
            let said = std::process::Command::new("git").arg("-C").arg(kit.bare(name)).args(["show", &format!("{BRANCH}:{path}")]).output();
            assert!(said.unwrap().stdout == text, "{name}: {path}");
        }
    }
    changed
}

#[test]
fn fifty_repositories_are_planned_in_two_parts_and_published_whoever_is_killed() {
    let cases = cases();
    assert_eq!(cases.len(), MANY);
    let kit = kit(&cases);
    let parts: Vec<_> = ["1/2", "2/2"]
        .map(|part| {
            kit.command(&["plan", "--shard", part]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .into_iter()
        .map(|part| String::from_utf8(part.wait_with_output().unwrap().stdout).unwrap())
        .collect();
    let of = |text: &String| text.split(" of ").nth(1).unwrap().split(' ').next().unwrap().parse::<usize>().unwrap();
    let taken: Vec<usize> = parts.iter().map(of).collect();
    assert!(taken.iter().sum::<usize>() == MANY && taken.iter().all(|part| *part > 0), "{parts:?}");
    let planned = fs::read_dir(kit.path("campaign/repositories")).unwrap().count();
    assert_eq!(planned, MANY);

    // Killed again and again, each time somewhere else.
    for more in [3, 4, 5] {
        let before = opened(&kit, &cases);
        let mut child =
            kit.command(&["publish", "--rate", "1000/h"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while opened(&kit, &cases) < before + more && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let said = kit.say(&["publish", "--rate", "1000/h"]);
    assert_eq!(said.code, 0, "{said:?}");
    let changed = assert_published(&kit, &cases);
    assert!(changed > MANY / 2, "{changed}");

    let before = kit.everything();
    kit.say(&["plan"]);
    let said = kit.say(&["publish", "--rate", "1000/h"]);
    assert!(said.out.contains(&format!("0 opened, 0 brought up to date, {changed} as they were")), "{said:?}");
    assert_eq!(kit.everything(), before);
    let report = kit.report();
    assert_eq!(report["numbers"]["open"], changed, "{report}");
}

fn opened(kit: &Kit, cases: &[(String, PathBuf)]) -> usize {
    cases.iter().filter(|(name, _)| kit.path(&format!("forge/{name}.pulls/1.json")).exists()).count()
}

#[test]
fn planning_that_is_killed_is_taken_up_again() {
    let cases: Vec<(String, PathBuf)> = cases().into_iter().take(12).collect();
    let kit = kit(&cases);
    let planned = || {
        cases.iter().filter(|(name, _)| kit.path(&format!("campaign/repositories/{}/plan.json", name.replace('/', "~"))).exists()).count()
    };
    let mut child = kit.command(&["plan"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while planned() < 3 && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let before = planned();
    let said = kit.say(&["plan", "--unplanned"]);
    assert_ne!(said.code, 2, "{said:?}");
    assert!(said.out.contains(&format!(" of {} repositor", cases.len() - before)), "{before}: {said:?}");
    assert_eq!(planned(), cases.len());
    // A plan that is carried to another machine is made again there, and comes to the same.
    fs::remove_dir_all(kit.path("campaign/.cache")).unwrap();
    assert_eq!(kit.say(&["publish"]).code, 0);
    assert_published(&kit, &cases);
    for (name, _) in &cases {
        let (plan, tip) = (plan(&kit, name), kit.tip(name, BRANCH));
        let tree = tip.map(|tip| git(&kit.bare(name), &["rev-parse", &format!("{tip}^{{tree}}")]));
        assert_eq!(tree.as_deref(), plan["commits"].as_array().unwrap().last().and_then(|made| made["tree"].as_str()), "{name}");
    }
}
