//! Owns a real Gitea on loopback: a forge with an organisation, its people, and their tokens; it ends with the test.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::go_tools;
use crate::kit::{Kit, git};
use crate::program::{Said, finish};

/// What the server is told. A page holds fewer repositories than there are.
const SETTINGS: &str = "
APP_NAME = test
RUN_MODE = prod
WORK_PATH = @FOLDER@/server
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = @PORT@
ROOT_URL = http://127.0.0.1:@PORT@/
STATIC_ROOT_PATH = @STATIC@
OFFLINE_MODE = true
DISABLE_SSH = true
LFS_START_SERVER = false
[database]
DB_TYPE = sqlite3
PATH = @FOLDER@/server/gitea.db
[repository]
ROOT = @FOLDER@/server/repositories
[indexer]
ISSUE_INDEXER_TYPE = db
[security]
INSTALL_LOCK = true
SECRET_KEY = nobody
PASSWORD_HASH_ALGO = pbkdf2$1$50
[service]
DISABLE_REGISTRATION = true
[api]
MAX_RESPONSE_ITEMS = 7
[log]
MODE = file
LEVEL = Warn
ROOT_PATH = @FOLDER@/log
[cron]
ENABLED = false
[mailer]
ENABLED = false
";

/// Of a password.
const KEPT: &str = "--must-change-password=false";

/// Who owns everything.
pub(crate) const ADMIN: &str = "root-of-all";

/// The forge.
pub(crate) struct Tea {
    folder: TempDir,
    program: PathBuf,
    child: Child,
    port: u16,
    token: String,
}

impl Drop for Tea {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Tea {
    /// Starts one; `None`, and said, where the program is not built.
    pub(crate) fn start() -> Option<Self> {
        let program = go_tools::program("gitea")?;
        let folder = TempDir::new().unwrap();
        // Free a moment ago; a server that finds it taken ends at once, which is told.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let fill = SETTINGS
            .replace("@FOLDER@", folder.path().to_str().unwrap())
            .replace("@PORT@", &port.to_string())
            .replace("@STATIC@", program.parent().unwrap().to_str().unwrap());
        fs::write(folder.path().join("app.ini"), fill).unwrap();
        let run = |arguments: &[&str]| {
            let said = finish(&mut command(&program, folder.path(), arguments), b"");
            assert_eq!(said.code, 0, "gitea {arguments:?}: {said:?}");
            said.out
        };
        run(&["migrate"]);
        let address = format!("{ADMIN}@example.com");
        run(&["admin", "user", "create", "--admin", "--username", ADMIN, "--password", "a-password", "--email", &address, KEPT]);
        let token = token(&run, ADMIN);
        let mut server = command(&program, folder.path(), &["web"]);
        let child = server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let tea = Self { folder, program, child, port, token };
        // Asked again as long as nobody listens.
        let ready = Command::new("curl")
            .args(["--silent", "--show-error", "--fail", "--retry", "300", "--retry-delay", "1", "--retry-connrefused", "--max-time", "60"])
            .arg(format!("{}/api/healthz", tea.at()))
            .output();
        let ready = ready.unwrap_or_else(|error| panic!("curl: {error}; scripts/test installs what is needed"));
        assert!(ready.status.success(), "{}{}", String::from_utf8_lossy(&ready.stderr), tea.log());
        Some(tea)
    }

    /// Its address.
    pub(crate) fn at(&self) -> String {
        format!("http://{}", self.host())
    }

    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What the server has complained of.
    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log/gitea.log")).unwrap_or_default()
    }

    /// Adds somebody; their token.
    pub(crate) fn person(&self, name: &str) -> String {
        let run = |arguments: &[&str]| {
            let said = finish(&mut command(&self.program, self.folder.path(), arguments), b"");
            assert_eq!(said.code, 0, "gitea {arguments:?}: {said:?}");
            said.out
        };
        let address = format!("{name}@example.com");
        run(&["admin", "user", "create", "--username", name, "--password", "a-password", "--email", &address, KEPT]);
        token(&run, name)
    }

    /// Asks the API, as whoever owns everything.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let mut curl = Command::new("curl");
        let token = format!("Authorization: token {}", self.token);
        curl.args(["--silent", "--show-error", "--request", method, "--header", &token, "--header", "Content-Type: application/json"]);
        curl.args(["--write-out", "\n%{http_code}", "--data-binary", "@-"]).arg(format!("{}/api/v1{path}", self.at()));
        let mut child = curl.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(body.to_string().as_bytes()).unwrap();
        let said = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        let (text, status) = said.rsplit_once('\n').unwrap();
        (status.parse().unwrap(), serde_json::from_str(text).unwrap_or_default())
    }

    /// The same, where it has to be done.
    pub(crate) fn done(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, value) = self.ask(method, path, body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {value} {}", self.log());
        value
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        self.done("GET", path, &Value::Null)
    }

    /// Adds a repository of these files to an organisation.
    pub(crate) fn add(&self, organisation: &str, name: &str, files: &[(&str, &str)]) {
        self.done("POST", &format!("/orgs/{organisation}/repos"), &json!({"name": name, "default_branch": "main"}));
        if !files.is_empty() {
            self.commit(&format!("{organisation}/{name}"), "main", files);
        }
    }

    /// Commits these files to a branch, as a person would, and pushes.
    pub(crate) fn commit(&self, name: &str, branch: &str, files: &[(&str, &str)]) {
        let work = TempDir::new().unwrap();
        let at = format!("http://{ADMIN}:{}@{}/{name}.git", self.token, self.host());
        git(work.path(), &["init", "--quiet", &format!("--initial-branch={branch}")]);
        if !git(work.path(), &["ls-remote", &at, &format!("refs/heads/{branch}")]).is_empty() {
            git(work.path(), &["fetch", "--quiet", &at, branch]);
            git(work.path(), &["reset", "--quiet", "--hard", "FETCH_HEAD"]);
        }
        for (path, text) in files {
            let path = work.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        git(work.path(), &["add", "--all"]);
        git(work.path(), &["commit", "--quiet", "-m", "by hand"]);
        git(work.path(), &["push", "--quiet", &at, &format!("HEAD:refs/heads/{branch}")]);
        // What was pushed is noted behind the answer; it is asked for until it is.
        let tip = git(work.path(), &["rev-parse", "HEAD"]);
        let is_noted = || self.get(&format!("/repos/{name}"))["empty"] == false && self.tip(name, branch).as_deref() == Some(tip.trim());
        assert!((0..ASKED).any(|_| is_noted()), "{name} {branch}: {}", self.log());
    }

    /// The commit of a branch.
    pub(crate) fn tip(&self, name: &str, branch: &str) -> Option<String> {
        let (status, value) = self.ask("GET", &format!("/repos/{name}/branches/{branch}"), &Value::Null);
        (status == 200).then(|| value["commit"]["id"].as_str().unwrap().to_owned())
    }

    /// A file of a branch.
    pub(crate) fn file(&self, name: &str, branch: &str, path: &str) -> String {
        let value = self.get(&format!("/repos/{name}/contents/{path}?ref={branch}"));
        let text = value["content"].as_str().unwrap();
        String::from_utf8(base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).unwrap()).unwrap()
    }

    /// The pull requests of a repository in one state, the newest first.
    pub(crate) fn pulls(&self, name: &str, state: &str) -> Vec<Value> {
        self.get(&format!("/repos/{name}/pulls?state={state}")).as_array().unwrap().clone()
    }
}

/// How often the server is asked for what it notes by itself.
const ASKED: usize = 1_000;

/// A campaign on the forge, of whoever has the token.
pub(crate) struct At<'a> {
    pub(crate) tea: &'a Tea,
    pub(crate) kit: Kit,
    pub(crate) token: String,
}

impl<'a> At<'a> {
    /// One of whoever owns everything.
    pub(crate) fn new(tea: &'a Tea) -> Self {
        Self { tea, kit: Kit::new(&[]), token: tea.token.clone() }
    }

    pub(crate) fn say(&self, arguments: &[&str]) -> Said {
        let mut command = self.kit.command(arguments);
        let said = finish(command.env("GITEA_TOKEN", &self.token).env("GITEA_HOST", self.tea.host()), b"");
        assert!(!said.out.contains(&self.token) && !said.errors.contains(&self.token), "{said:?}");
        said
    }

    pub(crate) fn ends(&self, code: i32, arguments: &[&str]) -> String {
        let said = self.say(arguments);
        assert_eq!(said.code, code, "{arguments:?}: {said:?} {}", self.tea.log());
        said.out
    }

    /// Begins a campaign over an organisation, with more lines of campaign.yaml.
    pub(crate) fn init(&self, organisation: &str, more: &str) {
        self.ends(0, &["init", "move", "--forge", "gitea", "--at", &self.tea.at(), "--org", organisation, "--map", crate::kit::MAP]);
        self.settings(|text| format!("{text}allow: [undecided]\n{more}"));
    }

    /// Changes campaign.yaml.
    pub(crate) fn settings(&self, change: impl FnOnce(String) -> String) {
        let place = self.kit.path("campaign/campaign.yaml");
        let text = fs::read_to_string(&place).unwrap();
        fs::write(place, change(text)).unwrap();
    }

    /// The report, as JSON.
    pub(crate) fn report(&self) -> Value {
        serde_json::from_str(&self.ends(0, &["report", "--format", "json"])).unwrap()
    }
}

fn command(program: &Path, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.arg("--config").arg(folder.join("app.ini")).args(arguments).current_dir(folder).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", folder).env("GITEA_WORK_DIR", folder.join("server"));
    // Tests may run as root, in a container.
    command.env("GITEA_I_AM_BEING_UNSAFE_RUNNING_AS_ROOT", "true").env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

fn token(run: &dyn Fn(&[&str]) -> String, name: &str) -> String {
    let told = run(&["admin", "user", "generate-access-token", "--username", name, "--token-name", "test", "--scopes", "all", "--raw"]);
    // Whoever runs it as root is warned first.
    told.lines().last().unwrap().trim().to_owned()
}
