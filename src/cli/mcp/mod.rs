//! `mcp`: serves commands to an agent, by the Model Context Protocol (revision 2025-06-18) over standard input and output: a JSON-RPC message a
//! line. What a tool writes was shown before: `apply` takes the name of a plan.

mod tools;

use std::collections::BTreeMap;
use std::ffi::OsString;

use serde_json::{Map, Value, json};

use super::{Exit, World};
use tools::{Does, TOOLS, Tool};

/// The revisions of the protocol that are spoken, the newest first.
const REVISIONS: [&str; 3] = ["2025-06-18", "2025-03-26", "2024-11-05"];
/// Bytes of a message at most.
const MESSAGE: usize = 4 << 20;

/// What an agent is told of it all.
const ABOUT: &str = include_str!("../../../rules/texts/agent.txt");

/// Codes of JSON-RPC 2.0.
mod code {
    pub(super) const PARSE: i32 = -32700;
    pub(super) const REQUEST: i32 = -32600;
    pub(super) const METHOD: i32 = -32601;
    pub(super) const PARAMS: i32 = -32602;
}

/// A fault of a request: a code, and words.
type Fault = (i32, String);

/// Runs the command, until nothing comes in any more.
pub(super) fn run(world: &mut World<'_>) -> Result<Exit, Exit> {
    let mut session = Session::default();
    while let Some(line) = world.line(MESSAGE) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        if line.len() >= MESSAGE {
            return Err(world.fail(&format!("a message has more than {} MiB", MESSAGE >> 20), "ask for less at once"));
        }
        let Some(answer) = session.answer(&line, world) else { continue };
        if world.out(|out| writeln!(out, "{answer}").and_then(|()| out.flush())).is_break() {
            break;
        }
    }
    Ok(Exit::Clean)
}

/// What was shown so far.
#[derive(Default)]
struct Session {
    /// The command line of each plan, by its name.
    plans: BTreeMap<String, Vec<String>>,
}

impl Session {
    /// The answer to a message; none to a notification.
    fn answer(&mut self, line: &[u8], world: &World<'_>) -> Option<Value> {
        let message: Value = match serde_json::from_slice(line) {
            Ok(message) => message,
            Err(fault) => return Some(failed(&Value::Null, &(code::PARSE, format!("no JSON: {fault}")))),
        };
        let id = message.get("id").cloned();
        let Some(method) = message["method"].as_str() else {
            // An answer to a question that was not asked says nothing.
            let is_answer = message.get("result").is_some() || message.get("error").is_some();
            return (!is_answer).then(|| failed(&id.unwrap_or_default(), &(code::REQUEST, "a request has a `method`".to_owned())));
        };
        let id = id?;
        let params = message.get("params").cloned().unwrap_or_default();
        Some(match self.done(method, &params, world) {
            Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
            Err(fault) => failed(&id, &fault),
        })
    }

    fn done(&mut self, method: &str, params: &Value, world: &World<'_>) -> Result<Value, Fault> {
        match method {
            "initialize" => {
                let asked = params["protocolVersion"].as_str().and_then(|asked| REVISIONS.into_iter().find(|known| *known == asked));
                Ok(json!({
                    "protocolVersion": asked.unwrap_or(REVISIONS[0]),
                    "capabilities": {"tools": {}},
                    "serverInfo": {"name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION")},
                    "instructions": ABOUT,
                }))
            }
            "ping" => Ok(json!({})),
            "tools/list" => Ok(json!({"tools": TOOLS.iter().map(Tool::told).collect::<Vec<_>>()})),
            "tools/call" => {
                let name = params["name"].as_str().unwrap_or_default();
                let tool = TOOLS.iter().find(|tool| tool.name == name);
                let tool = tool.ok_or_else(|| (code::PARAMS, format!("there is no tool `{name}`; `tools/list` tells them")))?;
                let none = Map::new();
                let arguments = params.get("arguments").map_or(Some(&none), Value::as_object);
                let arguments = arguments.ok_or_else(|| (code::PARAMS, "`arguments` must be an object".to_owned()))?;
                Ok(self.call(tool, arguments, world))
            }
            other => Err((code::METHOD, format!("there is no method `{other}`"))),
        }
    }

    /// What a tool says. What is wrong with its arguments is told as it tells things, so that whoever asked can mend them.
    fn call(&mut self, tool: &Tool, arguments: &Map<String, Value>, world: &World<'_>) -> Value {
        match tool.line(arguments).and_then(|line| self.line(tool, line)) {
            Ok(line) => {
                let mut told = ran(&line, world);
                if tool.does == Does::Plans
                    && let Some(name) = told.said["plan"].as_str().map(str::to_owned)
                {
                    told.said["patch"] = ran(&as_patch(&line), world).said;
                    self.plans.insert(name, line);
                }
                told.value()
            }
            Err(words) => json!({"content": [{"type": "text", "text": words}], "isError": true}),
        }
    }

    /// The command line; that of a plan that is to be made is the one by which it was shown.
    fn line(&self, tool: &Tool, line: Vec<String>) -> Result<Vec<String>, String> {
        if tool.does != Does::Makes {
            return Ok(line);
        }
        let name = line.into_iter().next().unwrap_or_default();
        let shown = self.plans.get(&name).ok_or_else(|| format!("no plan called `{name}` was shown in this session; `plan` shows one"))?;
        let makes = shown.iter().map(|word| if word == "--dry-run" { format!("--plan={name}") } else { word.clone() });
        Ok(makes.collect())
    }
}

/// The command line that shows the patch of a plan.
fn as_patch(line: &[String]) -> Vec<String> {
    let mut words = Vec::new();
    let mut line = line.iter();
    while let Some(word) = line.next() {
        match word.as_str() {
            "--dry-run" => words.push("--diff".to_owned()),
            "--format" => _ = line.next(),
            "--" => {
                words.push(word.clone());
                words.extend(line.by_ref().cloned());
            }
            _ => words.push(word.clone()),
        }
    }
    words
}

/// What a command said.
struct Told {
    exit: Exit,
    /// Its output, as JSON where it is.
    said: Value,
    /// What it said beside.
    notes: String,
}

impl Told {
    fn value(self) -> Value {
        let structured = json!({"exit": self.exit as u8, "output": self.said, "notes": self.notes});
        json!({
            "content": [{"type": "text", "text": structured.to_string()}],
            "structuredContent": structured,
            "isError": self.exit == Exit::Failed,
        })
    }
}

/// Runs a command in the folder of the server, with nothing to read.
fn ran(line: &[String], world: &World<'_>) -> Told {
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    let exit = {
        let mut inner = World::new(std::io::empty(), &mut out, &mut errors, world.start.clone());
        let line = [env!("CARGO_PKG_NAME"), "--color=never"].into_iter().map(OsString::from).chain(line.iter().map(OsString::from));
        super::run(line, &mut inner)
    };
    let said = serde_json::from_slice(&out).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&out).into_owned()));
    Told { exit, said, notes: String::from_utf8_lossy(&errors).into_owned() }
}

fn failed(id: &Value, (code, message): &Fault) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}})
}
