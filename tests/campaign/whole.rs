//! A campaign from its begin to its end, and what may come between.

use std::fs;

use crate::kit::{Kit, git};

const DOCKERFILE: &str = "FROM old.example.com/base:1\nRUN make\n";
const MOVED: &str = "FROM new.example.com/base:1\nRUN make\n";
const BRANCH: &str = "transship/move";

fn kit() -> Kit {
    let kit = Kit::new(&[
        ("acme/app", &[("Dockerfile", DOCKERFILE), ("README.md", "docker pull old.example.com/base:1\n")]),
        ("acme/other", &[("Dockerfile", "FROM debian:12\n")]),
        ("acme/web", &[("deploy/web.yaml", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: old.example.com/web:2\n")]),
    ]);
    kit.init("allow: [undecided]\n");
    kit
}

#[test]
fn a_campaign_goes_from_its_list_to_its_last_merge() {
    let kit = kit();
    let told = kit.ends(1, &["plan"]);
    assert!(told.contains("2 of 3 repositories would change: 2 references"), "{told}");
    assert_eq!((kit.status("acme/app"), kit.status("acme/other")), ("planned".to_owned(), "nothing".to_owned()));
    let plan = kit.kept("acme/app", "plan.json");
    assert_eq!(plan["references"][0]["to"], "new.example.com/base:1", "{plan}");
    assert_eq!(plan["left"][0]["path"], "README.md", "{plan}");
    assert!(kit.everything().iter().all(|line| !line.contains(BRANCH)), "planning shows nobody anything");

    let told = kit.ends(0, &["publish"]);
    assert!(told.contains("2 opened"), "{told}");
    assert_eq!(kit.file("acme/app", BRANCH, "Dockerfile"), MOVED.trim_end());
    let pulls = kit.pulls("acme/app");
    assert_eq!((pulls.len(), &pulls[0]["standing"], &pulls[0]["base"]), (1, &"open".into(), &"main".into()));
    assert!(pulls[0]["body"].as_str().unwrap().contains("`old.example.com/base:1` | `new.example.com/base:1`"), "{pulls:?}");
    assert!(kit.pulls("acme/other").is_empty());

    let before = kit.everything();
    kit.ends(1, &["plan"]);
    assert!(kit.ends(0, &["publish"]).contains("0 opened, 0 brought up to date, 2 as they were"));
    assert_eq!(kit.everything(), before, "a second run changes nothing");

    assert!(kit.ends(0, &["merge"]).contains("2 merged"));
    assert_eq!(kit.file("acme/app", "main", "Dockerfile"), MOVED.trim_end());
    kit.ends(0, &["plan"]);
    kit.ends(0, &["publish"]);
    assert!(kit.ends(0, &["sync"]).contains("0 open, 2 merged, 0 closed"));
    let report = kit.report();
    assert_eq!(
        (&report["numbers"]["merged"], &report["references"]["left"], &report["references"]["all"]),
        (&2.into(), &0.into(), &2.into())
    );
    assert_eq!(kit.pulls("acme/app").len(), 1);
}

#[test]
fn a_patch_is_one_that_git_am_takes() {
    let kit = kit();
    kit.ends(1, &["plan"]);
    let work = kit.path("work");
    git(kit.path("").as_path(), &["clone", "--quiet", kit.bare("acme/app").to_str().unwrap(), work.to_str().unwrap()]);
    git(&work, &["am", "--quiet", kit.path("campaign/repositories/acme~app/change.patch").to_str().unwrap()]);
    assert_eq!(fs::read_to_string(work.join("Dockerfile")).unwrap(), MOVED);
    let plan = kit.kept("acme/app", "plan.json");
    assert_eq!(git(&work, &["rev-parse", "HEAD^{tree}"]), plan["commits"][0]["tree"]);
}

#[test]
fn nothing_is_put_over_the_commit_of_a_person_unless_a_box_asks_for_it() {
    let kit = kit();
    kit.ends(1, &["plan"]);
    kit.ends(0, &["publish"]);
    kit.commit("acme/app", BRANCH, &[("Dockerfile", "FROM new.example.com/base:1-mine\n")], "mine");
    let mine = kit.tip("acme/app", BRANCH);
    // What is planned is another change by now.
    kit.commit("acme/app", "main", &[("Dockerfile", "FROM old.example.com/base:3\n")], "newer");
    kit.ends(1, &["plan"]);
    assert!(kit.ends(1, &["publish"]).contains("acme/app: left: others have commits"));
    assert_eq!(kit.tip("acme/app", BRANCH), mine);
    assert_eq!(kit.status("acme/app"), "theirs");
    assert!(kit.say(&["merge", "acme/app"]).errors.contains("they merge it"));

    let place = kit.path("forge/acme/app.pulls/1.json");
    let text = fs::read_to_string(&place).unwrap();
    fs::write(&place, text.replace("- [ ] <!-- transship again", "- [x] <!-- transship again")).unwrap();
    assert!(kit.ends(0, &["publish"]).contains("acme/app: brought up to date"));
    assert_eq!(kit.file("acme/app", BRANCH, "Dockerfile"), "FROM new.example.com/base:3");
    assert!(kit.pulls("acme/app")[0]["body"].as_str().unwrap().contains("- [ ] <!-- transship again"));
    assert_eq!((kit.pulls("acme/app").len(), kit.status("acme/app").as_str()), (1, "open"));
}

#[test]
fn an_open_pull_request_follows_its_repository_by_one_commit_in_place() {
    let kit = kit();
    kit.ends(1, &["plan"]);
    kit.ends(0, &["publish"]);
    let first = kit.tip("acme/app", BRANCH);
    // A commit that touches nothing of the change asks for no other branch.
    kit.commit("acme/app", "main", &[("other.txt", "x\n")], "other");
    kit.ends(1, &["plan"]);
    kit.ends(0, &["publish"]);
    assert_eq!(kit.tip("acme/app", BRANCH), first);
    kit.commit("acme/app", "main", &[("Dockerfile", "FROM old.example.com/base:2\n")], "newer");
    // Without a new plan, the one that is there is made anew.
    assert!(kit.ends(0, &["publish"]).contains("acme/app: brought up to date"));
    assert_eq!(kit.file("acme/app", BRANCH, "Dockerfile"), "FROM new.example.com/base:2");
    assert_eq!(git(&kit.bare("acme/app"), &["rev-list", "--count", &format!("main..{BRANCH}")]), "1");
    assert!(kit.pulls("acme/app")[0]["body"].as_str().unwrap().contains("new.example.com/base:2"));

    kit.commit("acme/app", "main", &[("Dockerfile", "FROM debian:12\n")], "without");
    assert!(kit.ends(0, &["publish"]).contains("acme/app: closed"));
    let pulls = kit.pulls("acme/app");
    assert_eq!((&pulls[0]["standing"], pulls[0]["comments"].as_array().unwrap().len()), (&"closed".into(), 1));
    assert_eq!(kit.tip("acme/app", BRANCH), None);
    // What the campaign closed itself it opens again when there is something to do.
    kit.commit("acme/app", "main", &[("Dockerfile", DOCKERFILE)], "again");
    kit.ends(1, &["plan"]);
    assert!(kit.ends(0, &["publish"]).contains("acme/app: opened"));
}

#[test]
fn a_pull_request_that_somebody_closed_is_not_opened_again() {
    let kit = kit();
    kit.ends(1, &["plan"]);
    kit.ends(0, &["publish"]);
    let place = kit.path("forge/acme/app.pulls/1.json");
    fs::write(&place, fs::read_to_string(&place).unwrap().replace("\"open\"", "\"closed\"")).unwrap();
    assert!(kit.ends(1, &["publish"]).contains("acme/app: left: somebody closed"));
    assert_eq!((kit.pulls("acme/app").len(), kit.status("acme/app").as_str()), (1, "closed"));
}

#[test]
fn a_repository_takes_itself_out() {
    let kit = kit();
    kit.commit("acme/app", "main", &[(".transship.yaml", "campaign: false\n")], "out");
    kit.commit("acme/web", "main", &[(".transship.yaml", "exclude: [deploy]\n")], "less");
    kit.commit("acme/other", "main", &[(".transship.yaml", "mapings: []\n")], "fault");
    let said = kit.say(&["plan"]);
    assert!(said.out.contains("0 of 3 repositories would change") && said.out.contains("1 left out, 1 failed"), "{said:?}");
    assert_eq!((kit.status("acme/app"), kit.status("acme/web")), ("opted-out".to_owned(), "nothing".to_owned()));
    assert_eq!(kit.kept("acme/other", "plan.json")["cause"], "rules");
}

#[test]
fn a_target_that_nobody_asked_for_holds_its_pull_request_back() {
    let kit = Kit::new(&[("acme/app", &[("Dockerfile", DOCKERFILE)])]);
    kit.init("");
    kit.ends(1, &["plan"]);
    let said = kit.say(&["publish"]);
    assert!(said.code == 2 && said.errors.contains("whether `new.example.com/base:1` exists is not known"), "{said:?}");
    assert!(kit.pulls("acme/app").is_empty() && kit.tip("acme/app", BRANCH).is_none());
    assert_eq!(kit.report()["repositories"][0]["trouble"]["cause"], "target-unasked");
}

#[test]
fn one_repository_that_fails_stops_no_other_and_is_told_by_its_cause() {
    let kit = kit();
    fs::remove_dir_all(kit.bare("acme/app")).unwrap();
    fs::create_dir_all(kit.bare("acme/empty")).unwrap();
    git(&kit.bare("acme/empty"), &["init", "--quiet", "--bare", "--initial-branch=main"]);
    let list = kit.path("campaign/repos.txt");
    fs::write(&list, fs::read_to_string(&list).unwrap() + "acme/empty\n").unwrap();
    let said = kit.say(&["plan"]);
    assert!(said.code == 2 && said.out.contains("1 of 4 repositories would change"), "{said:?}");
    assert_eq!(kit.kept("acme/app", "plan.json")["cause"], "missing");
    assert_eq!(kit.kept("acme/empty", "plan.json")["cause"], "empty");
    let said = kit.say(&["publish"]);
    assert!(said.code == 2 && said.out.contains("1 opened"), "{said:?}");
    let table = kit.ends(0, &["report"]);
    assert!(table.contains("not on the forge, or not shown (1):") && table.contains("empty (1):"), "{table}");
}

#[test]
fn each_mapping_may_have_a_commit_of_its_own() {
    let kit = Kit::new(&[("acme/app", &[("Dockerfile", "FROM old.example.com/base:1\nFROM older.example.com/x:1\n")])]);
    kit.init("commits: each-mapping\nallow: [undecided]\nsign_off: true\nlabels: [registry]\nassignees: [bob]\ndraft: true\n");
    let place = kit.path("campaign/campaign.yaml");
    let text = fs::read_to_string(&place).unwrap();
    fs::write(&place, text.replace("maps: [", "maps: [\"older.example.com/=new.example.com/older/\", ")).unwrap();
    kit.ends(1, &["plan"]);
    kit.ends(0, &["publish"]);
    let log = git(&kit.bare("acme/app"), &["log", "--format=%s%n%(trailers)", &format!("main..{BRANCH}")]);
    assert_eq!(log.matches("Move container images (move): ").count(), 2, "{log}");
    assert_eq!(log.matches("Signed-off-by: Some Body <some.body@example.com>").count(), 2, "{log}");
    assert_eq!(kit.file("acme/app", BRANCH, "Dockerfile"), "FROM new.example.com/base:1\nFROM new.example.com/older/x:1");
    let pull = &kit.pulls("acme/app")[0];
    assert_eq!((&pull["labels"][0], &pull["assignees"][0], &pull["draft"]), (&"registry".into(), &"bob".into(), &true.into()));
    assert!(kit.ends(0, &["publish"]).contains("1 as they were"));
}

#[test]
fn the_pace_is_kept_over_runs() {
    let kit = kit();
    kit.ends(1, &["plan"]);
    let told = kit.ends(1, &["publish", "--rate", "1/d"]);
    assert!(told.contains("1 opened") && told.contains("the pace lets nothing more be written for"), "{told}");
    assert!(kit.ends(1, &["publish", "--rate", "1/d"]).contains("0 opened"));
    assert!(kit.ends(1, &["publish", "--max-open", "1"]).contains("1 repository wait"));
    assert!(kit.ends(0, &["publish", "--first", "1"]).contains("0 opened"));
    assert!(kit.ends(0, &["publish"]).contains("1 opened"));
}

#[test]
fn impact_counts_what_packs_concern_and_writes_nothing_down() {
    let kit = Kit::new(&[
        ("acme/app", &[("Dockerfile", "FROM k8s.gcr.io/pause:3.5\nFROM quay.io/k8scsi/csi-attacher:v3.0.0\n")]),
        ("acme/other", &[("Dockerfile", "FROM debian:12\n")]),
    ]);
    kit.init("");
    let told = kit.ends(1, &["impact"]);
    assert!(told.contains("1 of 2 repositories, 2 references, 0 retired"), "{told}");
    let told: serde_json::Value = serde_json::from_str(&kit.ends(1, &["impact", "--format", "json", "--pack", "kubernetes-csi"])).unwrap();
    assert_eq!((&told["references"], &told["packs"]["kubernetes-csi"]["repositories"]), (&1.into(), &1.into()), "{told}");
    assert!(!kit.path("campaign/repositories").exists());
}

#[test]
fn only_what_formats_read_is_fetched_where_that_is_asked_for_and_the_rest_is_counted() {
    let kit =
        Kit::new(&[("acme/app", &[("Dockerfile", DOCKERFILE), ("notes.xyz", "old.example.com/base:1\n"), ("logo.png", "no picture\n")])]);
    kit.init("read: formats\n");
    kit.ends(1, &["plan"]);
    let plan = kit.kept("acme/app", "plan.json");
    assert_eq!(
        (&plan["unseen"], plan["left"].as_array().unwrap().len(), &plan["files"][0]),
        (&1.into(), 0, &"Dockerfile".into()),
        "{plan}"
    );
    let clone = kit.path("campaign/.cache/acme~app.git");
    let objects = git(&clone, &["cat-file", "--batch-all-objects", "--batch-check=%(objecttype)"]);
    // The file, and what it becomes.
    assert_eq!(objects.lines().filter(|kind| *kind == "blob").count(), 2, "{objects}");
    let text = fs::read_to_string(kit.path("campaign/campaign.yaml")).unwrap();
    fs::write(kit.path("campaign/campaign.yaml"), text.replace("read: formats\n", "")).unwrap();
    kit.ends(1, &["plan"]);
    let plan = kit.kept("acme/app", "plan.json");
    assert_eq!((&plan["unseen"], &plan["files"]), (&0.into(), &serde_json::json!(["Dockerfile", "notes.xyz"])), "{plan}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_no_text_is_told_and_stops_nothing() {
    use std::os::unix::ffi::OsStrExt as _;
    let kit = Kit::new(&[]);
    let folder = kit.path("odd");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join(std::ffi::OsStr::from_bytes(b"caf\xe9.yaml")), "image: old.example.com/a:1\n").unwrap();
    fs::write(folder.join("Dockerfile"), DOCKERFILE).unwrap();
    kit.add_folder("acme/odd", &folder);
    kit.init("");
    kit.ends(1, &["plan"]);
    let plan = kit.kept("acme/odd", "plan.json");
    assert_eq!((&plan["files"][0], &plan["unread"][0]["why"]), (&"Dockerfile".into(), &"its name is no UTF-8".into()), "{plan}");
}

#[test]
fn a_plan_survives_a_forge_that_does_not_answer_and_one_of_a_later_version_is_not_read() {
    let kit = kit();
    kit.ends(1, &["plan"]);
    let plan = kit.kept("acme/app", "plan.json");
    // Git fails for a while.
    let said = crate::program::finish(kit.command(&["plan"]).env("GIT_ALLOW_PROTOCOL", "https"), b"");
    assert!(said.code == 2 && said.errors.contains("acme/app: "), "{said:?}");
    assert_eq!((kit.kept("acme/app", "plan.json"), kit.status("acme/app").as_str()), (plan, "failed"));
    kit.ends(1, &["plan"]);
    assert_eq!(kit.status("acme/app"), "planned");

    let place = kit.path("campaign/repositories/acme~app/plan.json");
    let later = fs::read_to_string(&place).unwrap().replace("\"version\": 1", "\"version\": 2");
    fs::write(&place, &later).unwrap();
    let said = kit.say(&["publish"]);
    assert!(said.code == 2 && said.errors.contains("it has version 2, of a later transship") && said.out.contains("1 opened"), "{said:?}");
    assert_eq!(fs::read_to_string(&place).unwrap(), later, "nothing is written over what is not understood");
}

#[test]
fn the_past_of_one_repository_is_told_without_a_campaign() {
    let folder = tempfile::TempDir::new().unwrap();
    let commit = |text: &str, date: &str| {
        fs::write(folder.path().join("Dockerfile"), text).unwrap();
        git(folder.path(), &["add", "--all"]);
        let mut command = std::process::Command::new("git");
        command.arg("-C").arg(folder.path()).args(["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "x"]);
        assert!(command.env("GIT_COMMITTER_DATE", date).env("GIT_AUTHOR_DATE", date).status().unwrap().success());
    };
    git(folder.path(), &["init", "--quiet", "--initial-branch=main"]);
    commit("FROM old.example.com/a:1 AS a\nFROM old.example.com/b:1\n", "2025-01-10T12:00:00Z");
    commit("FROM new.example.com/a:1 AS a\nFROM old.example.com/b:1\n", "2025-06-10T12:00:00Z");
    commit("FROM new.example.com/a:1 AS a\nFROM new.example.com/b:1\n", "2025-09-10T12:00:00Z");
    let say = |form: &str| {
        let arguments = ["campaign", "report", "--since", "2024-12-01", "--map", crate::kit::MAP, "--format", form];
        crate::program::finish(&mut crate::program::command(folder.path(), &arguments), b"")
    };
    let told: serde_json::Value = serde_json::from_str(&say("json").out).unwrap();
    let line: Vec<u64> = told["history"].as_array().unwrap().iter().map(|point| point["references"].as_u64().unwrap()).collect();
    let mut steps = line.clone();
    steps.dedup();
    assert!(steps == [2, 1, 0] && line.len() <= 60, "{told}");
    let page = say("html").out;
    assert!(page.contains("0 of 2 references") && page.contains("<polyline points=\"0.0,0.0 "), "{page}");
}
