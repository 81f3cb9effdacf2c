//! The report of a thousand repositories, in a browser.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::kit::Kit;

/// What is kept of one repository: of a hundred, 75 are merged, 24 open, and one failed.
fn kept(kit: &Kit, number: u64) {
    let name = format!("acme/r{number:04}");
    let (is_merged, is_failed) = (number % 100 < 75, number % 100 == 99);
    let write = |file: &str, value: &Value| {
        let place = kit.path(&format!("campaign/repositories/{}/{file}", name.replace('/', "~")));
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, value.to_string()).unwrap();
    };
    let reference = |line: usize| json!({"path": "Dockerfile", "line": line, "from": "old.example.com/a:1", "to": "new.example.com/a:1", "mapping": "<b>move</b>"});
    let commit = json!({"subject": "s", "commit": "c", "tree": "t"});
    write(
        "plan.json",
        &json!({
            "version": 1, "repository": name, "at": 1_790_000_000, "outcome": "planned", "base": "main", "head": "h", "change": "c", "commits": [commit],
            "files": ["Dockerfile"], "references": [reference(1), reference(2)], "refused": [], "left": [], "retired": [], "unread": [], "unseen": 0,
            "visibility": "private",
        }),
    );
    let trouble = json!({"cause": "no-permission", "message": "<img src=x onerror=alert(1)> says no"});
    let opened = 1_790_000_000 + number * 600;
    let pull = json!({
        "number": 1, "url": format!("https://forge.example/{name}/1"), "standing": if is_merged { "merged" } else { "open" }, "change": "c", "references": 2,
        "opened": opened, "ended": if is_merged { json!(opened + 86_400) } else { Value::Null }, "work": "ours",
    });
    write(
        "state.json",
        &if is_failed { json!({"repository": name, "trouble": trouble}) } else { json!({"repository": name, "pull": pull}) },
    );
}

#[test]
fn a_thousand_repositories_can_be_read_in_a_browser() {
    let kit = Kit::new(&[]);
    let list: Vec<String> = (0..1_000).map(|number| format!("acme/r{number:04}")).collect();
    fs::write(kit.path("list"), list.join("\n")).unwrap();
    kit.ends(0, &["init", "move", "--forge", "local", "--at", "../forge", "--map", crate::kit::MAP, "--repos", "list"]);
    (0..1_000).for_each(|number| kept(&kit, number));
    let folder = kit.path("pages");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("report.html"), kit.ends(0, &["report", "--format", "html"])).unwrap();
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/report.mjs");
    let done = Command::new("node").arg(driver).arg(&folder).output();
    let done = done.unwrap_or_else(|error| panic!("node: {error}; scripts/test installs it"));
    assert!(done.status.success(), "{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(String::from_utf8_lossy(&done.stdout).ends_with("all held\n"), "{done:?}");
}
