//! Owns a forge on loopback that keeps its contract, git over the same repositories, and what every forge has to do in a campaign.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::kit::{Kit, MAP};
use crate::program::{Said, finish};
use crate::server::{Reply, Seen, Server};

pub(crate) const TOKEN: &str = "TheTokenThatNobodyMaySee1234";
pub(crate) const DOCKERFILE: &str = "FROM old.example.com/base:1\n";
pub(crate) const BRANCH: &str = "transship/move";

/// What a forge answers while nothing goes wrong.
pub(crate) trait Contract: Send + 'static {
    /// What `--forge` calls it.
    const KIND: &'static str;
    /// What the paths of its API begin with.
    const ROOT: &'static str;
    /// The variables of its token and of the host that the token is for.
    const VARIABLES: [&'static str; 2];
    /// The headers by which it says that a limit is used up, and until when.
    const LIMIT: [&'static str; 2];
    /// Lines of campaign.yaml besides.
    const MORE: &'static str;
    /// What a request for a pull request's creation begins with, up to the repository.
    const CREATES: &'static str;
    /// What a question for a repository begins with, up to its name.
    const ASKS: &'static str;

    /// The answer to a request; its path is in parts, without what all begin with, and the name of a repository is spelled with `/`.
    fn answer(&mut self, asked: &Asked<'_>) -> Reply;

    /// A refusal in its words.
    fn fault(status: u16, message: &str) -> Reply;

    /// Tells it what the branches are by now, of each repository.
    fn pushed(&mut self, _tip: &dyn Fn(&str) -> Option<String>) {}

    /// From now on nobody may push to any repository.
    fn denies(&mut self) {}

    /// The title, the body and the state of each issue.
    fn issues(&self) -> Vec<[String; 3]> {
        Vec::new()
    }

    /// The title, the body and the state of each pull request.
    fn pulls(&self) -> Vec<[String; 3]>;
}

/// A request in parts.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    pub(crate) parts: Vec<&'a str>,
    pub(crate) query: &'a str,
    pub(crate) body: Value,
    /// Scheme and host.
    pub(crate) host: String,
}

impl Asked<'_> {
    /// The page that is asked for, from 1.
    pub(crate) fn page(&self) -> usize {
        self.query.split('&').find_map(|pair| pair.strip_prefix("page=")).map_or(1, |page| page.parse().unwrap())
    }

    /// The two that are on the page, and whether another page follows.
    pub(crate) fn two(&self, all: &[Value]) -> (Vec<Value>, bool) {
        let from = (self.page() - 1) * 2;
        (all.iter().skip(from).take(2).cloned().collect(), from + 2 < all.len())
    }
}

pub(crate) fn answer(status: u16, value: &Value) -> Reply {
    Reply::new(status).body("application/json", value.to_string())
}

/// Whether a value has that number under a key.
pub(crate) fn is_numbered(value: &Value, key: &str, number: &str) -> bool {
    value[key].as_u64() == number.parse().ok()
}

/// Takes over the fields of a change.
pub(crate) fn change(value: &mut Value, by: &Value) {
    for (key, new) in by.as_object().unwrap() {
        value[key] = new.clone();
    }
}

struct State<C> {
    contract: C,
    /// Answers that come first: to requests that begin so.
    odd: Vec<(String, Reply)>,
    /// Requests of which the answer is lost although they were done.
    lost: Vec<String>,
}

impl<C: Contract> State<C> {
    fn reply(&mut self, seen: &Seen) -> Reply {
        let line = seen.line();
        if seen.header("authorization") != format!("Bearer {TOKEN}") {
            return C::fault(401, "401 Unauthorized");
        }
        if let Some(at) = self.odd.iter().position(|(begin, _)| line.starts_with(begin)) {
            return self.odd.remove(at).1;
        }
        let (path, query) = seen.path.split_once('?').unwrap_or((&seen.path, ""));
        let parts = path.strip_prefix(C::ROOT).unwrap_or_else(|| panic!("{path}")).trim_start_matches('/').split('/').collect();
        let body = serde_json::from_str(&seen.body).unwrap_or_default();
        let asked = Asked { method: &seen.method, parts, query, body, host: format!("http://{}", seen.headers["host"]) };
        let done = self.contract.answer(&asked);
        match self.lost.iter().position(|begin| line.starts_with(begin)) {
            Some(at) => {
                self.lost.remove(at);
                C::fault(502, "Bad Gateway")
            }
            None => done,
        }
    }
}

/// A forge, the server in front of it, and a campaign.
pub(crate) struct Served<C> {
    pub(crate) kit: Kit,
    state: Arc<Mutex<State<C>>>,
    pub(crate) server: Server,
}

impl<C: Contract> Served<C> {
    pub(crate) fn new(contract: C) -> Self {
        let kit = Kit::new(&[("acme/app", &[("Dockerfile", DOCKERFILE)]), ("acme/web", &[("Dockerfile", DOCKERFILE)])]);
        let state = Arc::new(Mutex::new(State { contract, odd: Vec::new(), lost: Vec::new() }));
        let shared = Arc::clone(&state);
        let server = Server::start(move |seen| shared.lock().unwrap().reply(seen));
        Self { kit, state, server }
    }

    /// One whose campaign is planned.
    pub(crate) fn planned(contract: C) -> Self {
        let served = Self::new(contract);
        served.init("");
        served.ends(1, &["plan"]);
        served
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.kit.command(arguments);
        let [token, host] = C::VARIABLES;
        command.env(token, TOKEN).env(host, self.server.domain());
        command
    }

    pub(crate) fn say(&self, arguments: &[&str]) -> Said {
        finish(&mut self.command(arguments), b"")
    }

    pub(crate) fn ends(&self, code: i32, arguments: &[&str]) -> String {
        let said = self.say(arguments);
        assert_eq!(said.code, code, "{arguments:?}: {said:?}");
        said.out
    }

    /// Begins a campaign over all repositories of `acme`, with more lines of campaign.yaml.
    pub(crate) fn init(&self, more: &str) {
        self.listed(&["--org", "acme"]);
        let place = self.kit.path("campaign/campaign.yaml");
        let text = fs::read_to_string(&place).unwrap();
        fs::write(place, format!("{text}allow: [undecided]\n{}{more}", C::MORE)).unwrap();
    }

    /// Begins a campaign over the repositories that the forge lists by these options; their names.
    pub(crate) fn listed(&self, options: &[&str]) -> Vec<String> {
        let (at, git) = (format!("http://{}", self.server.domain()), format!("file://{}/", self.kit.path("forge").display()));
        let at = if C::ROOT == "/2.0" { format!("{at}/2.0") } else { at };
        self.ends(0, &[&["init", "move", "--forge", C::KIND, "--at", &at, "--git", &git, "--map", MAP], options].concat());
        let list = fs::read_to_string(self.kit.path("campaign/repos.txt")).unwrap();
        list.lines().skip(1).map(str::to_owned).collect()
    }

    /// What is answered once to the next request that begins so.
    pub(crate) fn odd(&self, begin: &str, reply: Reply) {
        self.state.lock().unwrap().odd.push((begin.to_owned(), reply));
    }

    pub(crate) fn pulls(&self) -> Vec<[String; 3]> {
        self.state.lock().unwrap().contract.pulls()
    }

    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut C) -> T) -> T {
        act(&mut self.state.lock().unwrap().contract)
    }

    /// Tells the forge what git knows.
    pub(crate) fn pushed(&self) {
        self.with(|contract| contract.pushed(&|name| self.kit.tip(name, BRANCH)));
    }

    /// The bodies of all requests that begin so.
    pub(crate) fn bodies(&self, line: &str) -> Vec<Value> {
        let all = self.server.seen().into_iter().filter(|seen| seen.line().starts_with(line));
        all.map(|seen| serde_json::from_str(&seen.body).unwrap_or_default()).collect()
    }

    fn creates(name: &str) -> String {
        format!("POST {}{}{}/", C::ROOT, C::CREATES, Self::spelled(name))
    }

    pub(crate) fn asks(name: &str) -> String {
        format!("GET {}{}{}", C::ROOT, C::ASKS, Self::spelled(name))
    }

    fn spelled(name: &str) -> String {
        if C::KIND == "gitlab" { name.replace('/', "%2F") } else { name.to_owned() }
    }
}

/// From the list to the last merge; `listed` are the names, and two of them change.
pub(crate) fn goes_the_whole_way<C: Contract>(forge: &Served<C>, listed: &[&str]) {
    assert_eq!(forge.listed(&["--org", "acme"]), listed, "all pages are read");
    fs::remove_dir_all(forge.kit.path("campaign")).unwrap();
    forge.init("");
    assert!(forge.ends(1, &["plan"]).contains(&format!("2 of {} repositories would change", listed.len())));
    assert!(forge.ends(0, &["publish"]).contains("2 opened"));
    let before = forge.pulls();
    assert_eq!(before.len(), 2);
    assert!(before.iter().all(|[title, body, _]| title == "Move container images (move)" && body.contains("new.example.com/base:1")));
    assert_eq!(forge.kit.file("acme/app", BRANCH, "Dockerfile"), "FROM new.example.com/base:1");
    assert!(forge.ends(0, &["publish"]).contains("2 as they were"));
    assert_eq!(forge.pulls(), before);
    // What was planned is another now: the same pull request tells it.
    forge.kit.commit("acme/app", "main", &[("web/Dockerfile", "FROM old.example.com/other:2\n")], "more");
    forge.ends(1, &["plan"]);
    assert!(forge.ends(0, &["publish"]).contains("0 opened, 1 brought up to date, 1 as they were"));
    let after = forge.pulls();
    assert!(after.len() == 2 && after.iter().filter(|[_, body, _]| body.contains("new.example.com/other:2")).count() == 1, "{after:?}");
    // A state that was lost is found again on the forge.
    fs::remove_file(forge.kit.path("campaign/repositories/acme~app/state.json")).unwrap();
    assert!(forge.ends(0, &["sync"]).contains("2 open"));
    forge.pushed();
    assert!(forge.ends(0, &["merge"]).contains("2 merged"));
    assert!(forge.ends(0, &["sync"]).contains("0 open, 2 merged, 0 closed"));
}

/// Limits are waited for, and the last is told; nothing is opened twice.
pub(crate) fn obeys_limits<C: Contract>(contract: C) {
    let forge = Served::planned(contract);
    let [remaining, reset] = C::LIMIT;
    let used_up = |status: u16, at: &str| C::fault(status, "too many").header(remaining, "0").header(reset, at);
    forge.odd(&Served::<C>::creates("acme/app"), C::fault(429, "too many").header("Retry-After", "0"));
    forge.odd(&Served::<C>::creates("acme/app"), used_up(429, "1"));
    forge.odd(&Served::<C>::creates("acme/app"), used_up(403, "1"));
    forge.odd(&Served::<C>::creates("acme/web"), used_up(429, "99999999999"));
    let said = forge.say(&["publish"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.out.contains("acme/app: opened") && said.errors.contains("acme/web: the forge allows no more for now"), "{said:?}");
    assert!(said.errors.contains("too many") && said.errors.contains("nothing more is asked of the forge"), "{said:?}");
    assert!(forge.ends(0, &["publish"]).contains("1 opened"));
    // A limit without a time is not waited for longer than is allowed.
    forge.odd(&Served::<C>::asks("acme/app"), C::fault(429, "slow down"));
    let said = forge.say(&["publish", "--max-wait", "1"]);
    assert!(said.code == 2 && said.errors.contains("asked again in 60 s") && said.errors.contains("slow down"), "{said:?}");
    assert_eq!(forge.pulls().len(), 2);
}

/// A lost answer, a server that fails, one that says no, and a pull request that is there already.
pub(crate) fn opens_nothing_twice<C: Contract>(contract: C) {
    let forge = Served::planned(contract);
    forge.state.lock().unwrap().lost.push(Served::<C>::creates("acme/app"));
    forge.odd(&Served::<C>::creates("acme/web"), C::fault(403, "you may not"));
    let said = forge.say(&["publish"]);
    assert!(said.code == 2 && said.out.contains("1 opened") && said.out.contains("no permission: acme/web"), "{said:?}");
    assert!(said.errors.contains("acme/web: the forge answers with status 403: you may not"), "{said:?}");
    // Somebody else's run has opened it after this one has looked.
    forge.odd(&Served::<C>::asks("acme/app"), C::fault(502, "Bad Gateway"));
    forge.odd(&Served::<C>::asks("acme/app"), C::fault(503, "Unavailable").header("Retry-After", "0"));
    assert!(forge.ends(0, &["publish"]).contains("1 opened, 0 brought up to date, 1 as they were"), "a question is put again");
    assert_eq!(forge.pulls().len(), 2);
}

/// A repository under its old name (`acme/old-name` is `acme/app`), and one that is not there.
pub(crate) fn finds_what_was_renamed<C: Contract>(contract: C) {
    let forge = Served::new(contract);
    forge.init("");
    fs::write(forge.kit.path("campaign/repos.txt"), "acme/old-name\nacme/gone\n").unwrap();
    let said = forge.say(&["plan"]);
    assert!(said.code == 2 && said.out.contains("1 of 2 repositories would change") && said.errors.contains("acme/gone"), "{said:?}");
    let said = forge.say(&["publish"]);
    assert!(said.out.contains("acme/old-name: opened") && said.out.contains("not on the forge, or not shown: acme/gone"), "{said:?}");
    assert!(forge.kit.tip("acme/app", BRANCH).is_some());
    // Git is led on by a forge as well.
    std::os::unix::fs::symlink(forge.kit.bare("acme/app"), forge.kit.bare("acme/old-name")).unwrap();
    assert!(forge.ends(0, &["close", "--why", "Enough."]).contains("1 closed"));
    assert!(forge.kit.tip("acme/app", BRANCH).is_none());
    assert!(forge.ends(0, &["sync"]).contains("0 open, 0 merged, 1 closed"));
}

/// A token is for one host, is told to nobody, and one that is not accepted ends the run.
pub(crate) fn keeps_the_token<C: Contract>(contract: C) {
    let forge = Served::planned(contract);
    let [token, host] = C::VARIABLES;
    let said = finish(forge.command(&["publish"]).env(host, "other.example.com"), b"");
    assert!(said.code == 2 && said.errors.contains("nobody says who asks") && said.errors.contains(token), "{said:?}");
    let said = finish(forge.command(&["publish"]).env(token, "wrong-token"), b"");
    assert!(said.code == 2 && said.errors.contains("401 Unauthorized"), "{said:?}");
    forge.odd(&Served::<C>::asks("acme/web"), C::fault(403, &format!("token {TOKEN} may not")));
    let said = forge.say(&["publish"]);
    assert!(said.errors.contains("token [secret] may not") && !said.errors.contains(TOKEN), "{said:?}");
    let mut files = 0;
    search(&forge.kit.path(""), &mut files, TOKEN);
    assert!(files > 20);
    for seen in forge.server.seen() {
        assert!(!seen.body.contains(TOKEN) && !seen.path.contains(TOKEN), "{seen:?}");
    }
}

/// Looks for a secret in all files below a folder.
pub(crate) fn search(folder: &Path, files: &mut usize, secret: &str) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search(&path, files, secret);
        } else {
            let bytes = fs::read(&path).unwrap();
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{}", path.display());
            *files += 1;
        }
    }
}
