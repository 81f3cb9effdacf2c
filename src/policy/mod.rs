//! What may be deployed, told to programs that decide it elsewhere: the rules as Rego for conftest and Gatekeeper, and as a policy in CEL that
//! Kubernetes itself obeys.

mod cel;
mod rego;

use std::fmt;
use std::str::FromStr;

use crate::config::{Config, Entry};
use crate::mapping::Date;
use crate::reference::{DOCKER_HUB, HUB_DOMAINS};

/// Which program decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// conftest, of manifests in a pipeline.
    Conftest,
    /// Gatekeeper, of what is created in a cluster.
    Gatekeeper,
    /// Kubernetes 1.30 and later, by itself.
    ValidatingAdmissionPolicy,
}

impl Form {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 3] = [Self::Conftest, Self::Gatekeeper, Self::ValidatingAdmissionPolicy];
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conftest => "conftest",
            Self::Gatekeeper => "gatekeeper",
            Self::ValidatingAdmissionPolicy => "validating-admission-policy",
        })
    }
}

impl FromStr for Form {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.map(|form| form.to_string());
        let at = known.iter().position(|name| name == text);
        at.and_then(|at| Self::ALL.get(at).copied()).ok_or_else(|| format!("expected one of {}", known.join(", ")))
    }
}

/// What is denied, in the order in which it is asked: the first mapping that covers an image decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    moves: Vec<Move>,
    allow: Vec<String>,
    deny: Vec<Denied>,
    /// What cannot be said so: each in a line.
    pub left: Vec<String>,
}

/// What a mapping covers, and what is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Move {
    id: String,
    covers: String,
    except: Vec<String>,
    /// What becomes of it; empty when it stays.
    to: String,
}

/// A registry that nobody shall use.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Denied {
    covers: String,
    name: String,
}

/// What an image that Docker Hub serves may begin with, as a regular expression.
fn hub() -> String {
    format!("^(?:{})/", HUB_DOMAINS.map(regex::escape).join("|"))
}

impl Policy {
    /// What `config` denies on a day: what only warns is left out.
    #[must_use]
    pub fn new(config: &Config, today: Date) -> Self {
        let mut policy = Self::default();
        for mapping in config.mappings.iter() {
            let id = mapping.id.to_string();
            if let Some(day) = mapping.until.filter(|day| today < *day) {
                policy.left.push(format!("mapping `{id}`: it only warns until {day}"));
                continue;
            }
            match mapping.expression() {
                Err(condition) => policy.left.push(format!("mapping `{id}`: a policy does not know its condition `{condition}`")),
                Ok(expression) => {
                    let stays = mapping.to.contains(&mapping.from);
                    let to = if stays { String::new() } else { mapping.to.join(" or ") };
                    policy.moves.push(Move { id, covers: expression.covers, except: expression.except, to });
                }
            }
        }
        let ended = |entry: &&Entry| entry.until.is_none_or(|day| today < day);
        policy.allow = config.registries.allow.iter().filter(ended).map(covers).collect();
        for entry in &config.registries.deny {
            if let Some(day) = entry.until.filter(|day| today < *day) {
                policy.left.push(format!("`{}` in `registries.deny`: it only warns until {day}", entry.name));
                continue;
            }
            policy.deny.push(Denied { covers: covers(entry), name: format!("{}{}", entry.name, entry.told()) });
        }
        policy
    }

    /// How much it holds.
    #[must_use]
    pub fn rules(&self) -> usize {
        self.moves.len() + self.deny.len() + usize::from(!self.allow.is_empty())
    }

    /// The files of a form, one text.
    #[must_use]
    pub fn write(&self, form: Form) -> String {
        match form {
            Form::Conftest => rego::conftest(self),
            Form::Gatekeeper => rego::gatekeeper(self),
            Form::ValidatingAdmissionPolicy => cel::policy(self),
        }
    }
}

/// What an entry of `registries` covers, as a regular expression on canonical references.
fn covers(entry: &Entry) -> String {
    let name = entry.name.trim_end_matches('/');
    let (domain, path) = name.split_once('/').map_or((name, None), |(domain, path)| (domain, Some(path)));
    let front = domain.strip_prefix("*.");
    let labels = |text: &str| regex::escape(&text.to_ascii_lowercase()).replace("\\*", "[^./:]+");
    let own = if HUB_DOMAINS.contains(&domain) { DOCKER_HUB } else { domain.strip_suffix(":443").unwrap_or(domain) };
    let domain = front.map_or_else(|| labels(own), |rest| format!("(?:[^./:]+\\.)+{}", labels(rest)));
    // Behind a domain a colon would begin a port: another registry.
    let rest = match path {
        Some(path) => format!("{}(?:[/:@].*)?", regex::escape(path).replace("\\*", "[^/:@]+")),
        None => ".*".to_owned(),
    };
    format!("^{domain}/{rest}$")
}
