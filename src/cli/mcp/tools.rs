//! Owns the tools that an agent is given: what they are for, what they take, and which command they are.

use std::path::{Component, Path};

use serde_json::{Map, Value, json};

/// One tool.
pub(super) struct Tool {
    pub(super) name: &'static str,
    about: &'static str,
    /// The command with its fixed options; none where it makes what a plan shows.
    command: &'static [&'static str],
    takes: &'static [Taken],
    pub(super) does: Does,
}

/// What a tool does beside telling something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Does {
    /// Nothing.
    Nothing,
    /// It asks registries.
    Asks,
    /// It shows a plan, which can be made.
    Plans,
    /// It makes a plan that was shown.
    Makes,
}

/// Something that a tool takes.
struct Taken {
    name: &'static str,
    about: &'static str,
    kind: Kind,
}

/// What it is, and how it stands on a command line.
#[derive(Clone, Copy)]
enum Kind {
    /// Files and folders below the folder of the server, behind the options.
    Paths,
    /// Words behind the options, at least one.
    Words,
    /// An option that is given several times.
    Several(&'static str),
    /// An option that is given once, a file or a word.
    Once(&'static str),
    /// An option without a value.
    Switch(&'static str),
    /// The name of a plan.
    Plan,
}

const PATHS: Taken =
    Taken { name: "paths", about: "Files and folders, relative to the folder of the server; all of it without any", kind: Kind::Paths };
const CONFIG: Taken =
    Taken { name: "config", about: "The rule file; without one, for each file the closest .transship.yaml", kind: Kind::Once("--config") };
const PACKS: Taken = Taken { name: "packs", about: "Built-in packs of mappings, such as bitnami-legacy", kind: Kind::Several("--pack") };
const MAPS: Taken =
    Taken { name: "maps", about: "More mappings, as FROM=TO: quay.io/acme/=registry.example.com/acme/", kind: Kind::Several("--map") };
const UNSAFE: Taken = Taken {
    name: "unsafe",
    about: "Fixes too that may change what something else means; each is shown with why",
    kind: Kind::Switch("--unsafe"),
};
const CLASSES: Taken = Taken {
    name: "classes",
    about: "Edit names in texts of these classes too: docs, code, test, comment, pushed, or all",
    kind: Kind::Several("--class"),
};

/// All tools.
pub(super) const TOOLS: [Tool; 7] = [
    Tool {
        name: "list",
        about: "Every container image reference of the repository, with its place, registry, format and role.",
        command: &["list", "--format", "json"],
        takes: &[PATHS, CONFIG, PACKS, MAPS],
        does: Does::Nothing,
    },
    Tool {
        name: "map",
        about: "What references become, and by which mapping.",
        command: &["map", "--format", "json"],
        takes: &[Taken { name: "references", about: "Image references, or addresses of charts", kind: Kind::Words }, CONFIG, PACKS, MAPS],
        does: Does::Nothing,
    },
    Tool {
        name: "check",
        about: "References that have to move, what cannot be moved and why, and what still names an old registry. Exit 1 means findings.",
        command: &["check", "--format", "json"],
        takes: &[PATHS, CONFIG, PACKS, MAPS],
        does: Does::Nothing,
    },
    Tool {
        name: "explain",
        about: "What is read in a file or a line of it, piece by piece, and what is decided; or what a lint means.",
        command: &["explain", "--format", "json"],
        takes: &[Taken { name: "place", about: "FILE, FILE:LINE, or the code of a lint", kind: Kind::Words }, CONFIG, PACKS, MAPS],
        does: Does::Nothing,
    },
    Tool {
        name: "verify",
        about: "Asks registries whether every target exists. Exit 3 means that some could not be asked.",
        command: &["verify", "--format", "json"],
        takes: &[PATHS, CONFIG, PACKS, MAPS],
        does: Does::Asks,
    },
    Tool {
        name: "plan",
        about: "What would change, as edits and as a patch, without writing anything. Its `plan` names it for `apply`.",
        command: &["fix", "--dry-run", "--format", "json"],
        takes: &[PATHS, CONFIG, PACKS, MAPS, UNSAFE, CLASSES],
        does: Does::Plans,
    },
    Tool {
        name: "apply",
        about: "Makes the changes of a plan that was shown in this session, and nothing else: if files or rules have changed since, nothing is written.",
        command: &[],
        takes: &[Taken { name: "plan", about: "What `plan` called it: sha256:...", kind: Kind::Plan }],
        does: Does::Makes,
    },
];

impl Tool {
    /// The tool as the protocol tells it.
    pub(super) fn told(&self) -> Value {
        let property = |taken: &Taken| (taken.name.to_owned(), taken.schema());
        let properties: Map<String, Value> = self.takes.iter().map(property).collect();
        let required: Vec<&str> = self.takes.iter().filter(|taken| taken.is_required()).map(|taken| taken.name).collect();
        json!({
            "name": self.name,
            "description": self.about,
            "inputSchema": {"type": "object", "properties": properties, "required": required, "additionalProperties": false},
            "annotations": {
                "readOnlyHint": self.does != Does::Makes,
                "destructiveHint": self.does == Does::Makes,
                "idempotentHint": true,
                "openWorldHint": self.does == Does::Asks,
            },
        })
    }

    /// The command line that the arguments ask for, without the program's name; that of a plan that is made is the name of the plan.
    ///
    /// # Errors
    /// What is wrong with the arguments, in words.
    pub(super) fn line(&self, arguments: &Map<String, Value>) -> Result<Vec<String>, String> {
        if let Some(name) = arguments.keys().find(|name| self.takes.iter().all(|taken| taken.name != *name)) {
            let known: Vec<&str> = self.takes.iter().map(|taken| taken.name).collect();
            return Err(format!("`{}` takes no `{name}`; it takes {}", self.name, known.join(", ")));
        }
        let mut options: Vec<String> = self.command.iter().map(|&word| word.to_owned()).collect();
        let mut behind = Vec::new();
        for taken in self.takes {
            match arguments.get(taken.name) {
                Some(value) => taken.put(value, &mut options, &mut behind)?,
                None if taken.is_required() => return Err(format!("`{}` needs `{}`: {}", self.name, taken.name, taken.about)),
                None => {}
            }
        }
        if !behind.is_empty() {
            options.push("--".to_owned());
        }
        options.extend(behind);
        Ok(options)
    }
}

impl Taken {
    const fn is_required(&self) -> bool {
        matches!(self.kind, Kind::Words | Kind::Plan)
    }

    fn schema(&self) -> Value {
        match self.kind {
            Kind::Paths | Kind::Words | Kind::Several(_) => {
                json!({"type": "array", "items": {"type": "string"}, "description": self.about})
            }
            Kind::Once(_) | Kind::Plan => json!({"type": "string", "description": self.about}),
            Kind::Switch(_) => json!({"type": "boolean", "description": self.about}),
        }
    }

    fn put(&self, value: &Value, options: &mut Vec<String>, behind: &mut Vec<String>) -> Result<(), String> {
        let wrong = |what: &str| format!("`{}` must be {what}", self.name);
        let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| wrong("a text"));
        let texts = |value: &Value| match value {
            // One alone is meant as a list of one.
            Value::String(one) => Ok(vec![one.clone()]),
            value => value.as_array().ok_or_else(|| wrong("a list of texts"))?.iter().map(text).collect(),
        };
        match self.kind {
            Kind::Paths => {
                for path in texts(value)? {
                    behind.push(below(path)?);
                }
            }
            Kind::Words => {
                behind.extend(texts(value)?);
                if behind.is_empty() {
                    return Err(wrong("a list of at least one text"));
                }
            }
            Kind::Several(option) => options.extend(texts(value)?.iter().map(|text| format!("{option}={text}"))),
            Kind::Once(option) => options.push(format!("{option}={}", below(text(value)?)?)),
            Kind::Switch(option) => {
                if value.as_bool().ok_or_else(|| wrong("true or false"))? {
                    options.push(option.to_owned());
                }
            }
            Kind::Plan => options.push(text(value)?),
        }
        Ok(())
    }
}

/// A path that leads below the folder of the server.
fn below(path: String) -> Result<String, String> {
    let is_below = Path::new(&path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if is_below && !path.is_empty() { Ok(path) } else { Err(format!("`{path}` must be a path below the folder of the server")) }
}
