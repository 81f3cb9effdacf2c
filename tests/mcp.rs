//! A session of an agent with the built program: what is shown, what is made, and what is wrong with what was asked.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and writes its scratch files")]

#[path = "support/program.rs"]
mod program;

use std::fs;

use program::{command, finish, json, repository, say};
use serde_json::{Value, json};
use tempfile::TempDir;

const RULES: &str = "mappings:\n  - {from: quay.io/acme/, to: registry.example.com/acme/}\n";

fn folder() -> TempDir {
    repository(&[
        (".transship.yaml", RULES),
        ("Dockerfile", "FROM quay.io/acme/web:1\n"),
        ("other/Dockerfile", "FROM quay.io/acme/job:2\n"),
    ])
}

/// The answers to messages, sent one after the other to one server.
fn session(folder: &TempDir, messages: &[Value]) -> Vec<Value> {
    let lines: Vec<String> = messages.iter().map(Value::to_string).collect();
    let said = finish(&mut command(folder.path(), &["mcp"]), lines.join("\n"));
    assert_eq!((said.code, said.errors.as_str()), (0, ""), "{said:?}");
    said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn call(id: u32, tool: &str, arguments: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": tool, "arguments": arguments}})
}

fn told(answer: &Value) -> &Value {
    let result = &answer["result"];
    let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(text, result["structuredContent"]);
    &result["structuredContent"]
}

#[test]
fn a_session_shows_a_plan_and_makes_just_that() {
    let folder = folder();
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
    let shown = session(&folder, &[call(1, "plan", &json!({"paths": ["other"]}))]);
    let name = told(&shown[0])["output"]["plan"].as_str().unwrap().to_owned();
    assert!(told(&shown[0])["output"]["patch"].as_str().unwrap().contains("+FROM registry.example.com/acme/job:2\n"), "{shown:?}");
    assert_eq!(read("other/Dockerfile"), "FROM quay.io/acme/job:2\n", "a plan writes nothing");
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-03-26", "capabilities": {}}});
    let heard = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let answers = session(
        &folder,
        &[
            hello,
            heard,
            json!({"jsonrpc": "2.0", "id": "two", "method": "tools/list"}),
            call(3, "check", &json!({})),
            call(4, "map", &json!({"references": ["quay.io/acme/web:1"]})),
            call(5, "apply", &json!({"plan": name})),
            call(6, "plan", &json!({"paths": ["other"]})),
            call(7, "apply", &json!({"plan": name})),
            call(8, "explain", &json!({"place": "Dockerfile:1"})),
        ],
    );
    assert_eq!(
        answers.iter().map(|answer| answer["id"].clone()).collect::<Vec<_>>(),
        [json!(1), json!("two"), 3.into(), 4.into(), 5.into(), 6.into(), 7.into(), 8.into()]
    );
    assert_eq!(
        (&answers[0]["result"]["protocolVersion"], &answers[0]["result"]["serverInfo"]["name"]),
        (&json!("2025-03-26"), &json!("transship"))
    );
    let names: Vec<&str> = answers[1]["result"]["tools"].as_array().unwrap().iter().filter_map(|tool| tool["name"].as_str()).collect();
    assert_eq!(names, ["list", "map", "check", "explain", "verify", "plan", "apply"]);
    assert_eq!((&told(&answers[2])["exit"], &told(&answers[2])["output"]["summary"]["findings"]), (&json!(1), &json!(2)));
    assert_eq!(told(&answers[3])["output"]["references"][0]["candidates"][0], "registry.example.com/acme/web:1", "{}", answers[3]);
    assert!(answers[4]["result"]["isError"] == true && answers[4].to_string().contains("was shown in this session"), "{}", answers[4]);
    assert_eq!(told(&answers[5])["output"]["plan"], name, "nothing has changed");
    assert_eq!(told(&answers[6])["exit"], 0, "{}", answers[6]);
    assert_eq!(read("other/Dockerfile"), "FROM registry.example.com/acme/job:2\n");
    assert_eq!(read("Dockerfile"), "FROM quay.io/acme/web:1\n", "what was not in the plan stays");
    assert_eq!(told(&answers[7])["exit"], 0, "{}", answers[7]);
}

#[test]
fn a_plan_of_other_files_is_not_made() {
    let folder = folder();
    let plan = |arguments: &[&str]| json(&say(&folder, arguments))["plan"].as_str().unwrap().to_owned();
    let name = plan(&["fix", "--dry-run", "--format", "json"]);
    assert!(name.starts_with("sha256:") && name.len() == 71, "{name}");
    fs::write(folder.path().join("Dockerfile"), "FROM quay.io/acme/web:2\n").unwrap();
    let said = say(&folder, &["fix", "--plan", &name]);
    assert!(said.code == 2 && said.errors.contains("the changes are others than those of that plan"), "{said:?}");
    assert_eq!(fs::read_to_string(folder.path().join("other/Dockerfile")).unwrap(), "FROM quay.io/acme/job:2\n");
    assert_eq!(say(&folder, &["fix", "--plan", &plan(&["fix", "--dry-run", "--format", "json"])]).code, 0);
    assert_eq!(fs::read_to_string(folder.path().join("Dockerfile")).unwrap(), "FROM registry.example.com/acme/web:2\n");
}

#[test]
fn what_is_wrong_is_told_and_ends_nothing() {
    let folder = folder();
    let input = "no json\n[]\n\n{\"id\": 1, \"method\": \"resources/list\"}\n{\"id\": 2, \"result\": {}}\n";
    let said = finish(&mut command(folder.path(), &["mcp"]), input);
    let codes: Vec<Value> = said.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["error"]["code"].clone()).collect();
    assert_eq!(codes, [-32700, -32600, -32601]);
    let asked = [
        ("nothing", json!({}), "there is no tool `nothing`"),
        ("check", json!({"path": "."}), "`check` takes no `path`; it takes paths, config, packs, maps"),
        ("check", json!({"paths": ["../x"]}), "`../x` must be a path below the folder of the server"),
        ("check", json!({"paths": ["/etc"]}), "`/etc` must be a path below the folder of the server"),
        ("check", json!({"paths": 1}), "`paths` must be a list of texts"),
        ("plan", json!({"unsafe": "yes"}), "`unsafe` must be true or false"),
        ("map", json!({}), "`map` needs `references`"),
        ("check", json!({"paths": ["--fix"]}), "--fix"),
        ("map", json!({"references": ["--help"]}), "--help"),
        ("check", json!({"packs": ["bitnammi"]}), "bitnami"),
    ];
    let messages: Vec<Value> = asked.iter().zip(0..).map(|((tool, arguments, _), id)| call(id, tool, arguments)).collect();
    for ((tool, _, wanted), answer) in asked.iter().zip(session(&folder, &messages)) {
        let is_told = answer["result"]["isError"] == true || answer["error"]["code"] == -32602;
        assert!(is_told && answer.to_string().contains(wanted), "{tool}: {answer}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("Dockerfile")).unwrap(), "FROM quay.io/acme/web:1\n");
}
