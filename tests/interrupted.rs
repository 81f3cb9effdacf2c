//! What is left of a run that somebody interrupts: no program that it started, and no file that is neither old nor new.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test may panic, and writes its scratch files")]

#[path = "support/program.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod program;
#[path = "support/script.rs"]
mod script;
#[path = "support/registry/mod.rs"]
mod support;
#[path = "support/witness.rs"]
mod witness;

use std::fs;
use std::io::Write as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use program::{command, repository};
use support::{Reply, Server};
use witness::Witness;

const HUP: i32 = 1;
const INT: i32 = 2;
const TERM: i32 = 15;

fn send(signal: i32, process: u32) {
    let sent = Command::new("/bin/kill").arg(format!("-{signal}")).arg(process.to_string()).status().unwrap();
    assert!(sent.success());
}

/// Starts a program that starts another, which has the witness's child; sends the signal as soon as that is there; and gives the end of the
/// first, when all of them are gone.
fn interrupted(mut command: Command, mut witness: Witness, signal: i32) -> ExitStatus {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let process = child.id();
    let mut pen = witness.pen();
    let end = std::thread::spawn(move || {
        let status = child.wait().unwrap();
        // Whoever waits for the child's word is not to wait for ever.
        writeln!(pen, "ended").unwrap();
        status
    });
    assert_eq!(witness.line(), "started\n");
    send(signal, process);
    let status = end.join().unwrap();
    assert_eq!(witness.words(), "ended\n");
    status
}

fn locked() -> Server {
    Server::start(|_| Reply::error(401, "UNAUTHORIZED").header("WWW-Authenticate", "Basic realm=\"x\""))
}

/// A run that asks a helper.
fn asking(folder: &Path, server: &Server, script: &str) -> Command {
    let domain = server.domain();
    fs::create_dir_all(folder.join("home/.docker")).unwrap();
    fs::create_dir_all(folder.join("bin")).unwrap();
    fs::write(folder.join("home/.docker/config.json"), r#"{"credsStore":"stub"}"#).unwrap();
    fs::write(folder.join("refs.txt"), format!("{domain}/a/b:1\n")).unwrap();
    script::script(&folder.join("bin/docker-credential-stub"), &format!("#!/bin/sh\n{script}\n"));
    let mut command = command(folder, &["verify", "--refs", "refs.txt", "--plain-http", &domain]);
    command.env("PATH", std::env::join_paths([folder.join("bin"), "/usr/bin".into(), "/bin".into()]).unwrap());
    command
}

#[test]
fn an_interrupted_run_leaves_no_credential_helper_behind() {
    let server = locked();
    for signal in [HUP, INT, TERM] {
        let folder = repository(&[]);
        let witness = Witness::new(folder.path());
        let command = asking(folder.path(), &server, &witness.child());
        assert_eq!(interrupted(command, witness, signal).signal(), Some(signal));
    }
}

#[test]
fn an_interrupted_run_leaves_no_renderer_behind() {
    let folder = repository(&[
        ("app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n"),
        ("app/templates/a.yaml", "a: b\n"),
        ("bin/none", ""),
    ]);
    let witness = Witness::new(folder.path());
    script::script(&folder.path().join("bin/helm"), &format!("#!/bin/sh\n{}\n", witness.child()));
    let command = command(folder.path(), &["list", "--rendered", "--no-sandbox", "--helm", "bin/helm", "app"]);
    assert_eq!(interrupted(command, witness, TERM).signal(), Some(TERM));
}

#[test]
fn a_signal_that_is_to_be_ignored_interrupts_nothing() {
    let server = locked();
    for (name, signal) in [("HUP", HUP), ("INT", INT)] {
        let folder = repository(&[]);
        let mut witness = Witness::new(folder.path());
        let go = folder.path().join("go");
        assert!(Command::new("mkfifo").arg(&go).status().unwrap().success());
        let script = format!(
            "echo started > {}\nread line < {}\necho 'credentials not found in native keychain'\nexit 1",
            folder.path().join("witness").display(),
            go.display()
        );
        let asking = asking(folder.path(), &server, &script);
        // As `nohup` does, and a shell for what runs behind it.
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", &format!("trap '' {name}; exec \"$0\" \"$@\"")]).arg(asking.get_program()).args(asking.get_args());
        shell.current_dir(folder.path()).env_clear().envs(asking.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let mut child = shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).spawn().unwrap();
        assert_eq!(witness.line(), "started\n");
        send(signal, child.id());
        fs::write(&go, "go\n").unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(3), "{name}");
    }
}

#[test]
fn an_interrupted_fix_leaves_each_file_old_or_new() {
    let files: Vec<(String, String)> = (0..200).map(|n| (format!("d{n}/Dockerfile"), format!("FROM quay.io/a/b:{n}\n"))).collect();
    let named: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let folder = repository(&named);
    let mut child =
        command(folder.path(), &["fix", "--map", "quay.io/=r.example/"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let is_new = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap().contains("r.example");
    while !files.iter().any(|(path, _)| is_new(path)) && child.try_wait().unwrap().is_none() {}
    send(TERM, child.id());
    child.wait().unwrap();
    for (path, old) in &files {
        let now = fs::read_to_string(folder.path().join(path)).unwrap();
        assert!(now == *old || now == old.replace("quay.io", "r.example"), "{path}: {now}");
        assert_eq!(fs::read_dir(folder.path().join(path).parent().unwrap()).unwrap().count(), 1, "{path}");
    }
}
