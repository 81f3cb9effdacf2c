//! What deploy/ has for campaigns on several machines: each job plans its part, goes on where something would change, and fails where it could not
//! be done. A program that only tells what it was asked stands in for ours.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and writes its scratch files")]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn document(name: &str) -> Value {
    serde_yaml::from_str(&fs::read_to_string(root().join("deploy").join(name)).unwrap()).unwrap()
}

/// What is asked of the program by a line of a shell, and how the line ends where the program ends so.
fn asked(program: &str, arguments: &[&str], variables: &[(&str, &str)], ends: i32) -> (String, bool) {
    let folder = TempDir::new().unwrap();
    // A program that this process has open for writing cannot be run, nor while a child that another thread began just now has it.
    let write = "printf '#!/bin/sh\\necho \"$@\"\\nexit \"$ENDS\"\\n' > transship && chmod 755 transship";
    assert!(Command::new("sh").args(["-c", write]).current_dir(folder.path()).status().unwrap().success());
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder.path()).env_clear().env("PATH", path).env("ENDS", ends.to_string());
    let said = command.envs(variables.iter().copied()).output().unwrap();
    (String::from_utf8(said.stdout).unwrap(), said.status.success())
}

/// Asserts that a line plans that part, and how it ends.
fn plans(line: &str, variables: &[(&str, &str)], wanted: &str) {
    for (ends, is_well) in [(0, true), (1, true), (2, false)] {
        assert_eq!(asked("sh", &["-c", line], variables, ends), (format!("{wanted}\n"), is_well), "{line} ends with {ends}");
    }
}

#[test]
fn a_job_of_github_plans_its_part() {
    let workflow = document("github-matrix.yml");
    let plan = &workflow["jobs"]["plan"];
    let parts = plan["strategy"]["matrix"]["part"].as_array().unwrap();
    let mut steps = plan["steps"].as_array().unwrap().iter().filter_map(|step| step["run"].as_str());
    let line = steps.next_back().unwrap();
    for part in parts {
        plans(line, &[("PART", &part.to_string())], &format!("campaign plan --shard {part}/{}", parts.len()));
    }
    let publish = workflow["jobs"]["publish"]["steps"].as_array().unwrap();
    let lines: Vec<&str> = publish.iter().filter_map(|step| step["run"].as_str()).filter(|line| line.contains("campaign ")).collect();
    let verbs: Vec<&str> = lines.iter().filter_map(|line| line.split_whitespace().nth(2)).collect();
    assert_eq!(verbs, ["verify", "publish", "sync", "report"]);
    assert_eq!(asked("sh", &["-c", lines[1]], &[("FIRST", "5")], 1), ("campaign publish --first 5 --rate 60/h\n".to_owned(), true));
    assert!(!asked("sh", &["-c", lines[0]], &[], 2).1 && asked("sh", &["-c", lines[0]], &[], 3).1);
}

#[test]
fn a_pod_of_an_indexed_job_plans_its_part() {
    let job = document("indexed-job.yaml");
    let spec = &job["spec"];
    assert!(spec["completionMode"] == "Indexed" && spec["completions"] == spec["parallelism"], "{spec}");
    let command = spec["template"]["spec"]["containers"][0]["command"].as_array().unwrap();
    assert!(command[0] == "sh" && command[1] == "-c", "{command:?}");
    for index in 0..spec["completions"].as_u64().unwrap() {
        let wanted = format!("campaign -C /campaign plan --shard {}/{}", index + 1, spec["completions"]);
        plans(command[2].as_str().unwrap(), &[("JOB_COMPLETION_INDEX", &index.to_string())], &wanted);
    }
}

#[test]
fn a_step_of_argo_plans_its_part_and_one_writer_publishes() {
    let workflow = document("argo.yaml");
    let templates = workflow["spec"]["templates"].as_array().unwrap();
    let named = |name: &str| templates.iter().find(|template| template["name"] == name).unwrap();
    let sequence = &named("campaign")["dag"]["tasks"][0]["withSequence"];
    let (first, last) = (sequence["start"].as_str().unwrap(), sequence["end"].as_str().unwrap());
    for part in [first, last] {
        let line = named("plan")["container"]["args"][0].as_str().unwrap().replace("{{inputs.parameters.part}}", part);
        plans(&line, &[], &format!("campaign -C /campaign plan --shard {part}/{last}"));
    }
    assert_eq!(first, "1");
    assert!(named("publish")["synchronization"]["mutexes"][0]["name"].is_string());
    let line = named("publish")["container"]["args"][0]
        .as_str()
        .unwrap()
        .replace("cd /campaign\n", "")
        .replace("{{workflow.parameters.first}}", "5");
    let all = "campaign verify\ncampaign publish --first 5 --rate 60/h\ncampaign sync\ncampaign report --format markdown\n";
    assert_eq!(asked("sh", &["-c", &line], &[], 0), (all.to_owned(), true));
    assert_eq!(asked("sh", &["-c", &line], &[], 2), ("campaign verify\n".to_owned(), false));
    assert_eq!(asked("sh", &["-c", &line], &[], 3).0, all, "what nobody could ask holds back no other");
    assert_eq!(named("publish")["container"]["env"], named("plan")["container"]["env"]);
}

#[test]
fn a_task_of_slurm_takes_the_part_that_slurm_tells() {
    let script = root().join("deploy/slurm.sh");
    for (ends, is_well) in [(0, true), (1, true), (2, false)] {
        let said = asked("bash", &[script.to_str().unwrap(), "/shared/c"], &[], ends);
        assert_eq!(said, ("campaign -C /shared/c plan --shard auto\n".to_owned(), is_well));
    }
    assert!(!asked("bash", &[script.to_str().unwrap()], &[], 0).1, "without a folder nothing is planned");
}
