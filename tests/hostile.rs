//! What a stranger's repository can do to whoever runs the program in it: nothing beyond the repository is read, told or written.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and its data needs no care")]

#[path = "support/go_tools.rs"]
mod go_tools;
#[path = "support/program.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod program;

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use program::{Said, repository, say};
use tempfile::TempDir;

const MAP: [&str; 2] = ["--map", "quay.io/=m.io/"];

/// A secret beside the repository, and what no output may hold of it.
struct Outside {
    folder: TempDir,
}

const SECRET: &str = "hunter2secret";

impl Outside {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        for name in ["outside.env", "rules.yaml", "kustomization.yaml", "values.yaml"] {
            fs::write(folder.path().join(name), format!("REG=quay.io\nHELPER_IMAGE=quay.io/a/b:1\nTOKEN={SECRET}\n")).unwrap();
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Nothing is changed, nothing was made, and nothing was told.
    fn is_untouched(&self, said: &Said) {
        let untouched = |name: &str| fs::read_to_string(self.path(name)).unwrap().contains(&format!("TOKEN={SECRET}\n"));
        assert!(["outside.env", "rules.yaml", "kustomization.yaml", "values.yaml"].iter().all(|name| untouched(name)));
        assert_eq!(fs::read_dir(self.folder.path()).unwrap().count(), 4);
        assert!(!said.out.contains(SECRET) && !said.errors.contains(SECRET), "{}{}", said.out, said.errors);
    }
}

fn with_map<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    arguments.iter().copied().chain(MAP).collect()
}

#[test]
fn a_file_that_another_names_is_read_and_written_in_the_repository_only() {
    let cases: [(&str, &[(&str, &str)]); 6] = [
        (".env", &[("compose.yaml", "services:\n  a:\n    image: ${REG}/acme/web:${TOKEN}\n")]),
        ("e.env", &[("kustomization.yaml", "configMapGenerator:\n- {name: a, envs: [e.env]}\n")]),
        ("p.yaml", &[("kustomization.yaml", "patches:\n- {path: p.yaml}\nimages: [{name: quay.io/a/b}]\n")]),
        ("v.yaml", &[("kustomization.yaml", "helmCharts:\n- {name: x, valuesFile: v.yaml}\n")]),
        ("values.yaml", &[("Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n"), ("templates/p.yaml", "image: {{ .Values.x }}\n")]),
        ("inner.yaml", &[("compose.yaml", "include: [inner.yaml]\nservices: {a: {image: quay.io/a/b:1}}\n")]),
    ];
    for (link, files) in cases {
        let outside = Outside::new();
        let folder = repository(files);
        symlink(outside.path("outside.env"), folder.path().join(link)).unwrap();
        let commands: [&[&str]; 6] = [&["list"], &["check"], &["fix", "--diff"], &["fix"], &["fix", link], &["explain", link]];
        for arguments in commands {
            let said = say(&folder, &with_map(arguments));
            outside.is_untouched(&said);
        }
        assert!(fs::symlink_metadata(folder.path().join(link)).unwrap().is_symlink(), "{link}");
    }
}

#[test]
fn a_folder_that_is_a_link_to_another_repository_is_not_entered_although_it_is_named() {
    let other = repository(&[("Dockerfile", "FROM quay.io/a/b:1\n")]);
    let folder = repository(&[("Dockerfile", "FROM redis:7\n")]);
    symlink(other.path(), folder.path().join("sub")).unwrap();
    for arguments in [["fix", "sub"], ["fix", "sub/Dockerfile"], ["fix", "."]] {
        let said = say(&folder, &with_map(&arguments));
        assert_eq!(fs::read_to_string(other.path().join("Dockerfile")).unwrap(), "FROM quay.io/a/b:1\n");
        assert!(arguments[1] == "." || said.code == 2, "{}{}", said.out, said.errors);
    }
    let said = say(&folder, &["list", "--rendered", "sub"]);
    assert_eq!((said.code, said.errors.as_str()), (2, "error: `sub` is not read: it leads out of the tree\n"));
}

#[test]
fn charts_beside_the_tree_are_read_in_it_only_and_none_is_waited_for() {
    let chart = [("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"), ("values.yaml", "image: quay.io/a/web:1\n")];
    let template = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: {{ .Values.image }}\n";
    let other = repository(&[&chart[..], &[("templates/pod.yaml", template)]].concat());
    let head = "apiVersion: v2\nname: a\nversion: 1.0.0\ndependencies: [{name: web, version: 1.0.0, repository: 'https://c.example'}]\n";
    let seen = |lay: &dyn Fn(&Path)| {
        // What git ignores is no chart of the tree.
        let folder = repository(&[("Chart.yaml", head), ("store/.keep", ""), (".gitignore", "own/\n")]);
        lay(folder.path());
        let plain = say(&folder, &with_map(&["check"]));
        let named = say(&folder, &[&with_map(&["check"])[..], &["--charts", "store"]].concat());
        let listed = say(&folder, &["list", "--rendered", "--charts", "store"]);
        assert!([&plain, &named, &listed].iter().all(|said| said.code < 3), "{plain:?} {named:?} {listed:?}");
        plain.out.contains("quay.io/a/web") || named.out.contains("quay.io/a/web") || listed.out.contains("quay.io/a/web")
    };
    let own = |folder: &Path| {
        fs::create_dir_all(folder.join("own/templates")).unwrap();
        for (name, text) in chart.iter().chain(&[("templates/pod.yaml", template)]) {
            fs::write(folder.join("own").join(name), text).unwrap();
        }
        symlink("../own", folder.join("store/web")).unwrap();
    };
    assert!(seen(&own), "a link in the tree is followed");
    assert!(!seen(&|folder| symlink(other.path(), folder.join("store/web")).unwrap()));
    assert!(!seen(&|folder| symlink(other.path().parent().unwrap(), folder.join(".transship-charts")).unwrap()));
    assert!(!seen(&|folder| {
        fs::create_dir(folder.join("store/web")).unwrap();
        symlink(other.path().join("Chart.yaml"), folder.join("store/web/Chart.yaml")).unwrap();
        symlink(other.path().join("values.yaml"), folder.join("store/web/values.yaml")).unwrap();
        symlink(other.path().join("templates"), folder.join("store/web/templates")).unwrap();
    }));
    let pipe = |place: PathBuf| assert!(Command::new("mkfifo").arg(place).status().unwrap().success());
    assert!(!seen(&|folder| {
        fs::create_dir_all(folder.join(".transship-charts/web")).unwrap();
        pipe(folder.join(".transship-charts/web-1.0.0.tgz"));
        pipe(folder.join(".transship-charts/web/Chart.yaml"));
        pipe(folder.join("store/web-1.0.0.tgz"));
    }));
}

#[test]
fn of_a_file_that_is_no_rule_file_nothing_is_quoted() {
    let secrets = [
        format!("TOKEN={SECRET}\n"),
        format!("apiVersion: v1\nkind: Config\nusers: [{{token: {SECRET}}}]\n"),
        format!("{SECRET}\nmappings: []\n"),
        format!("{{\"auths\": {{\"r.io\": {{\"auth\": \"{SECRET}\"}}}}}}\n"),
        format!("- {SECRET}\n"),
    ];
    for secret in &secrets {
        let folder = repository(&[(".transship.yaml", "extends: [./kept.yaml]\n"), ("kept.yaml", secret), ("alone.yaml", secret)]);
        for arguments in [&["check"][..], &["check", "--config", "alone.yaml"], &["rules", "test", "--format", "json"], &["verify"]] {
            let said = say(&folder, arguments);
            assert_eq!(said.code, 2, "{arguments:?}");
            assert!(!said.out.contains(SECRET) && !said.errors.contains(SECRET), "{arguments:?} {}{}", said.out, said.errors);
            assert!(said.errors.contains(".yaml` is no rule file"), "{arguments:?} {}", said.errors);
        }
    }
}

#[test]
fn of_a_rule_file_only_what_is_its_languages_own_is_quoted() {
    let texts = [
        format!("vars: {{a: b}}\npassword: {SECRET}\n"),
        format!("vars:\n  inner:\n    password: {SECRET}\n"),
        format!("extends: []\nnested: {{password: {SECRET}}}\n"),
        format!("about: x\npassword: \"{SECRET}\n"),
        format!("about: x\n{SECRET}\n"),
    ];
    for text in &texts {
        let folder = repository(&[(".transship.yaml", text)]);
        let said = say(&folder, &["check"]);
        assert!(said.code == 2 && !said.errors.contains(SECRET), "{text}{}", said.errors);
    }
    // What is wrong in the language's own words is shown with its line.
    let folder = repository(&[(".transship.yaml", "mappings:\n  - from: quay.io/\n    too: r.io/\n")]);
    let errors = say(&folder, &["check"]).errors;
    assert!(errors.contains("3 |     too") && errors.contains("did you mean `to`?"), "{errors}");
}

#[test]
fn rule_files_locks_and_variables_have_an_end() {
    let long = format!("# {}\n", "x".repeat(1 << 20));
    let folder = repository(&[
        (".transship.yaml", &format!("mappings: []\n{long}")),
        ("transship.lock", &long),
        ("app/compose.yaml", "services: {a: {image: \"${REG}/b:1\"}}\n"),
        ("app/.env", &long),
    ]);
    assert!(say(&folder, &["check"]).errors.contains("it has more than 1 MiB"));
    fs::remove_file(folder.path().join(".transship.yaml")).unwrap();
    let said = say(&folder, &with_map(&["mirror", "--locked", "--all"]));
    assert!(said.code == 2 && said.errors.contains("`transship.lock` was not read: it is longer than 1 MiB"), "{}", said.errors);
    let said = say(&folder, &["list"]);
    assert!(said.code == 2 && said.errors.contains("`app/.env` was not read: it is longer than 1 MiB"), "{}", said.errors);
}

#[test]
fn a_file_too_long_to_be_read_is_told_only_where_it_may_hold_something() {
    let long = format!("{}\n", "x".repeat(17 << 20));
    for name in ["compose.yaml", "notes.txt"] {
        let passed = repository(&[(name, &long)]);
        assert_eq!(say(&passed, &with_map(&["check"])).code, 0, "{name}");
        let told = say(&repository(&[(name, &format!("# docker pull quay.io/a/b:1\n{long}"))]), &with_map(&["check"]));
        assert!(told.code == 2 && told.out.contains("it is longer than 16 MiB"), "{name} {} {}{}", told.code, told.out, told.errors);
    }
}

#[test]
fn what_never_ends_is_not_waited_for() {
    let folder = repository(&[("Dockerfile", "FROM quay.io/a/b:1\n"), ("sub/Dockerfile", "FROM quay.io/a/b:1\n")]);
    assert!(Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap().success());
    let told = |arguments: &[&str], words: &str| {
        let said = say(&folder, &with_map(arguments));
        assert!(said.code == 2 && (said.errors.contains(words) || said.out.contains(words)), "{arguments:?} {}{}", said.out, said.errors);
    };
    told(&["check", "pipe"], "it is no regular file");
    told(&["check", "--config", "pipe"], "it is no regular file");
    told(&["verify", "--locked", "--lock-file", "pipe"], "it is no regular file");
    symlink("/dev/zero", folder.path().join("sub/.gitignore")).unwrap();
    told(&["check"], "its `.gitignore` is no file of the tree");
    told(&["check", "sub/"], "its `.gitignore` is no file of the tree");
    let said = say(&folder, &["list", "--rendered"]);
    assert!(said.code < 3, "{}", said.errors);
}

#[test]
fn what_is_written_for_others_stays_in_the_tree() {
    let outside = Outside::new();
    let folder = repository(&[("Dockerfile", "FROM quay.io/a/b:1\n")]);
    symlink(outside.folder.path(), folder.path().join("plan")).unwrap();
    symlink(outside.path("outside.env"), folder.path().join("transship.lock")).unwrap();
    symlink(outside.path("rules.yaml"), folder.path().join(".transship.yaml")).unwrap();
    let commands: [&[&str]; 4] = [
        &["mirror", "--all", "--output", "plan", "--pack", "inveniordm", "--map", "quay.io/=m.io/"],
        &["mirror", "--all", "--output", "plan/new/deep", "--pack", "inveniordm", "--map", "quay.io/=m.io/"],
        &["init", "--force"],
        &["lock", "--pack", "inveniordm", "--max-time", "1"],
    ];
    for arguments in commands {
        let said = say(&folder, arguments);
        assert_ne!(said.code, 0, "{arguments:?}");
        outside.is_untouched(&said);
    }
}

#[test]
fn a_repository_in_a_repository_is_still_a_tree_of_its_own() {
    let folder = repository(&[("Dockerfile", "FROM redis:7\n"), ("inner/.git/HEAD", ""), ("inner/Dockerfile", "FROM quay.io/a/b:1\n")]);
    let said = say(&folder, &with_map(&["fix", "inner"]));
    assert_eq!(said.code, 0, "{}", said.errors);
    assert_eq!(fs::read_to_string(Path::new(folder.path()).join("inner/Dockerfile")).unwrap(), "FROM m.io/a/b:1\n");
}

#[test]
fn a_rule_file_of_the_tree_shows_no_registry_a_credential_and_reaches_no_private_one() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let domain = listener.local_addr().unwrap().to_string();
    let rules = format!("mappings: [{{from: quay.io/, to: {domain}/}}]\n");
    let folder = repository(&[("Dockerfile", "FROM quay.io/a/b:1\n"), (".transship.yaml", &rules)]);
    let flags = ["--max-time", "5", "--timeout", "2"];
    let ask = |more: &[&str]| {
        let commands: [&[&str]; 4] = [&["verify"], &["fix", "--verify"], &["lock"], &["mirror"]];
        let said = commands.map(|command| say(&folder, &[command, &flags, more].concat()));
        (said.map(|said| said.out + &said.errors).concat(), listener.accept().is_ok())
    };
    let note = format!("only the rule file of this tree names `{domain}`");
    let (strange, is_asked) = ask(&[]);
    assert!(strange.contains(&note) && strange.contains(&format!("--allow-host {domain}")) && !is_asked, "{strange}");
    for named in [["--config", ".transship.yaml"], ["--allow-host", &domain]] {
        let (trusted, is_asked) = ask(&named);
        assert!(!trusted.contains(&note) && is_asked, "{trusted}");
    }
    let mut command = program::command(folder.path(), &[&["verify"][..], &flags].concat());
    let said = program::finish(command.env("TRANSSHIP_ALLOW_HOSTS", format!("r.example,{domain}")), b"");
    assert!(!said.errors.contains(&note) && listener.accept().is_ok(), "{}", said.errors);
    let said = program::finish(command.env("TRANSSHIP_ALLOW_HOSTS", "not a host/x"), b"");
    assert!(said.code == 2 && said.errors.contains("TRANSSHIP_ALLOW_HOSTS: expected a registry's name"), "{}", said.errors);
}

#[test]
fn a_packs_registries_are_trusted_and_what_a_tree_puts_in_them_is_not() {
    let strange = |rules: &str, arguments: &[&str]| {
        let folder = repository(&[("Dockerfile", "FROM redis:7\n"), (".transship.yaml", rules)]);
        let said = say(&folder, &[&["verify", "--max-time", "1"], arguments].concat());
        said.errors.lines().find(|line| line.contains("only the rule file")).unwrap_or_default().to_owned()
    };
    assert_eq!(strange("extends: [inveniordm]\n", &[]), "");
    assert!(strange("extends: [docker-hub-proxy]\nvars: {mirror: evil.example/x}\n", &[]).contains("names `evil.example`:"));
    assert_eq!(strange("extends: [docker-hub-proxy]\nvars: {mirror: evil.example/x}\n", &["--var", "mirror=good.example/x"]), "");
    assert!(strange("extends: [./more.yaml, inveniordm]\nmappings: [{from: a.example/, to: evil.example/}]\n", &[]).is_empty());
}

#[test]
fn nothing_is_copied_on_the_word_of_a_strangers_lock_alone() {
    let digest = format!("sha256:{}", "0".repeat(64));
    let entry = |source: &str| {
        format!(
            "{{\"target\": \"m.io/a/b:1\", \"source\": \"{source}\", \"target_digest\": \"{digest}\", \"source_digest\": \"{digest}\", \"platforms\": []}}"
        )
    };
    let lock = |source: &str| format!("{{\"version\": 1, \"references\": [{}]}}\n", entry(source));
    let plan = |source: &str, more: &[&str]| {
        let folder = repository(&[("Dockerfile", "FROM m.io/a/b:1\n"), ("transship.lock", &lock(source))]);
        say(&folder, &[&with_map(&["mirror", "--locked", "--all", "--engine", "skopeo-copy"])[..], more].concat())
    };
    let strange = plan("quay.io/evil/x:1", &[]);
    assert!(
        !strange.out.contains("evil")
            && strange.errors.contains("nothing but transship.lock says that `m.io/a/b:1` is a copy of `quay.io/evil/x:1`"),
        "{strange:?}"
    );
    let mapped = plan("quay.io/a/b:1", &[]);
    assert!(mapped.out.contains("quay.io/a/b") && !mapped.errors.contains("nothing but"), "{mapped:?}");
    let named = plan("quay.io/evil/x:1", &["--lock-file", "transship.lock"]);
    assert!(named.out.contains("quay.io/evil/x"), "{named:?}");
}

#[test]
fn a_byte_that_is_no_text_is_not_written_anew() {
    let folder = repository(&[("other/Dockerfile", "FROM quay.io/a/b:1\n")]);
    let texts: [&[u8]; 3] = [
        b"FROM quay.io/a/b:1@sha256:6\xd3$$d\n",
        b"ARG A=quay.io/a\xff\nFROM ${A}/b:1\n",
        b"services: {a: {image: \"quay.io/a/b:1\xe9\"}}\n",
    ];
    for (text, name) in texts.into_iter().zip(["Dockerfile", "Dockerfile.two", "compose.yaml"]) {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let said = say(&folder, &with_map(&["fix", "--unsafe"]));
    for (text, name) in texts.into_iter().zip(["Dockerfile", "Dockerfile.two", "compose.yaml"]) {
        let now = fs::read(folder.path().join(name)).unwrap();
        let odd = |bytes: &[u8]| bytes.iter().copied().filter(|byte| *byte > 0x7f).collect::<Vec<u8>>();
        assert_eq!(odd(&now), odd(text), "{name} {said:?}");
    }
    assert!(fs::read_to_string(folder.path().join("other/Dockerfile")).unwrap().contains("m.io"));
}

/// What steers a terminal or a CI service, in a form that each kind of text can hold.
const STEERS: &str = "\u{1b}[31m\u{202e}##[set-output name=x]##vso[task.complete]y";

#[test]
fn no_output_steers_whatever_strangers_call_things() {
    let word = format!("a\n::error::b{STEERS}");
    let quoted = word.replace('\u{1b}', "\\e").replace('\n', "\\n");
    let rules = format!(
        "mappings:\n- {{id: \"{quoted}\", about: \"{quoted}\", from: quay.io/, to: 127.0.0.1:1/, tests: [{{given: quay.io/a/b, want: \"x{quoted}\"}}]}}\n"
    );
    let good = rules.split(", tests").next().unwrap().to_owned() + "}\n";
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: \"{quoted}\"}}\nspec:\n  containers:\n  - {{name: \"{quoted}\", image: \"quay.io/a/b:1\"}}\n  - {{name: x, image: \"quay.io/a/{quoted}\"}}\n"
    );
    let failing = format!("x: {{{{ fail \"{}\" }}}}\n", word.replace('\u{1b}', "\\x1b").replace('\n', "\\n"));
    let compose = format!("services:\n  \"{quoted}\":\n    image: quay.io/a/b:${{X:?{STEERS}}}\n    x-{STEERS}: quay.io/a/b:1\n");
    let folder = repository(&[
        (".transship.yaml", &good),
        ("bad.yaml", &rules),
        ("broken.yaml", &format!("mappings:\n- from: \"quay.io/{STEERS}\n  to: \"{quoted}\"\n")),
        (
            "chart/Chart.yaml",
            &format!(
                "apiVersion: v2\nname: a\nversion: 1.0.0\ndependencies:\n- {{name: x, version: '1', repository: 'https://c.example'}}\n- {{name: \"{quoted}\", version: \"{quoted}\", repository: \"https://c.example/{quoted}\"}}\n"
            ),
        ),
        ("chart/values.yaml", &format!("image: quay.io/a/b:1 # {STEERS}\n")),
        (&format!("chart/templates/{STEERS}.yaml"), &pod),
        ("failing/Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n"),
        ("failing/templates/x.yaml", &failing),
        (&format!("{word}/compose.yaml"), &compose),
        ("Dockerfile", &format!("FROM quay.io/a/b:1 # {STEERS}\nFROM quay.io/a/b@sha256:{STEERS}\nARG X\nFROM ${{X}}/{STEERS}\n")),
        (&format!("{STEERS}.Dockerfile"), "FROM quay.io/a/b:1\n"),
        (&format!("{STEERS}.txt"), "x"),
        ("odd.lock", &format!("{{\"version\": 1, \"{quoted}\": []}}\n").replace("\\e", "\\u001b")),
        (
            "strange.json",
            &format!(
                "{{\"version\": 1, \"entries\": [{{\"path\": \"{0}\", \"lint\": \"{0}\", \"repository\": \"{0}\", \"count\": 2, \"reason\": \"{0}\"}}]}}",
                quoted.replace("\\e", "\\u001b")
            ),
        ),
        ("refs.txt", &format!("quay.io/a/b:1\nquay.io/{STEERS}\n")),
        ("transship.lock", &format!("{{\"version\": 1, \"references\": [{{\"target\": \"{}\"}}]}}\n", STEERS.replace('\u{1b}', "\\u001b"))),
    ]);
    let store = folder.path().join("store");
    fs::create_dir(&store).unwrap();
    fs::write(store.join(format!("{word}.tgz").replace('/', "_")), "").unwrap();
    let entry = format!(
        "{{\"name\": \"x\", \"wanted\": \"1\", \"from\": \"https://c.example\", \"version\": \"{0}\", \"file\": \"{0}.tgz\", \"digest\": \"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\", \"proven\": []}}",
        word.replace('\u{1b}', "\\u001b").replace('\n', "\\n")
    );
    fs::write(store.join("charts.json"), format!("{{\"version\": 1, \"charts\": [{entry}]}}")).unwrap();
    fs::create_dir(folder.path().join("strange")).unwrap();
    fs::write(folder.path().join("strange/charts.json"), format!("{{\"version\": 1, \"{quoted}\": []}}").replace("\\e", "\\u001b"))
        .unwrap();
    // The renderers' words are strangers' as well.
    let users = std::env::var_os("PATH").unwrap();
    let search = go_tools::path()
        .map_or(users.clone(), |tools| std::env::join_paths(std::env::split_paths(&tools).chain(std::env::split_paths(&users))).unwrap());
    let odd = folder.path().join(std::ffi::OsStr::from_bytes(b"z\xff.compose.yaml"));
    fs::write(odd, "services: {a: {image: \"quay.io/a/b:1\"}}\n").unwrap();
    let text = format!("{STEERS}.txt");
    let dockerfile = format!("{STEERS}.Dockerfile");
    let ask = ["--max-time", "1", "--timeout", "1"];
    let mut commands: Vec<Vec<&str>> = Vec::new();
    commands.extend(checks(&text, &dockerfile));
    for format in ["table", "json", "csv"] {
        commands.push(vec!["list", "--format", format]);
        commands.push(vec!["list", "--rendered", "--format", format]);
    }
    for format in ["human", "json", "markdown"] {
        commands.push(vec!["prove", "--format", format]);
    }
    for format in ["human", "json", "github"] {
        for more in [&[][..], &["--rendered"], &["--refs", "refs.txt"], &["--locked"]] {
            commands.push([&["verify", "--format", format][..], &ask, more].concat());
        }
    }
    for config in [".transship.yaml", "bad.yaml", "broken.yaml", &text] {
        for command in [&["rules", "list"][..], &["rules", "test"], &["rules", "lint"], &["map", "quay.io/a/b:1"], &["check"]] {
            commands.push([command, &["--config", config]].concat());
        }
    }
    for charts in ["store", "strange"] {
        commands.push(vec!["charts", "pull", "--dry-run", "--charts", charts]);
        commands.push(vec!["charts", "pull", "--dry-run", "--charts", charts, "--format", "json"]);
    }
    commands.push(vec!["check", "--charts", "store"]);
    commands.push(vec!["rules", "show", &word]);
    commands.push(vec!["explain", &dockerfile]);
    commands.push(vec!["explain", "Dockerfile"]);
    commands.push(vec!["map", &word]);
    commands.push([&["lock"][..], &ask].concat());
    commands.push([&["lock", "--lock-file", "odd.lock"][..], &ask].concat());
    commands.push([&["mirror"][..], &ask].concat());
    commands.push(vec!["mirror", "--all", "--output", "plan"]);
    commands.push([&["fix", "--verify"][..], &ask].concat());
    commands.push(vec!["fix"]);
    for arguments in commands {
        let mut command = program::command(folder.path(), &arguments);
        let said = program::finish(command.env("PATH", &search), b"");
        assert!(said.code < 4, "{arguments:?} {said:?}");
        assert_steers_nobody(&arguments, &said);
    }
}

/// Checks that show findings in every form, some by their files' names, and by baselines of others.
fn checks<'a>(text: &'a str, dockerfile: &'a str) -> Vec<Vec<&'a str>> {
    let mut commands: Vec<Vec<&str>> = Vec::new();
    for format in
        ["human", "concise", "github", "github-summary", "json", "json-lines", "sarif", "gitlab", "junit", "checkstyle", "rdjson", "azure"]
    {
        commands.push(vec!["check", "--format", format]);
        commands.push(vec!["check", "--format", format, "--statistics", "--verbose"]);
        commands.push(vec!["check", "--format", format, text, dockerfile]);
    }
    commands.push(vec!["check", "--baseline", "strange.json"]);
    commands.push(vec!["check", "--baseline", "odd.lock"]);
    commands.push(vec!["check", "--write-baseline", "new.json"]);
    commands
}

/// No line of an output has a sign that a terminal or a service obeys.
fn assert_steers_nobody(arguments: &[&str], said: &Said) {
    let is_for_programs = arguments.iter().any(|word| ["json", "json-lines", "sarif", "gitlab", "rdjson"].contains(word));
    for line in said.out.lines().chain(said.errors.lines()) {
        let steers = line.chars().find(|c| c.is_control() || *c == '\u{202e}');
        assert_eq!(steers.filter(|c| !is_for_programs || *c != '\u{202e}'), None, "{arguments:?} {line:?}");
        assert!(is_for_programs || !line.contains("##["), "{arguments:?} {line:?}");
        let commands = line.matches("##vso[").count();
        let own = usize::from(arguments.contains(&"azure") && line.starts_with("##vso[task.logissue "));
        assert!(is_for_programs || commands == own, "{arguments:?} {line:?}");
        let is_ours = arguments.contains(&"github")
            && (line.starts_with("::error ") || line.starts_with("::warning ") || line.starts_with("::notice "));
        assert!(is_ours || !line.trim_start().starts_with("::"), "{arguments:?} {line:?}");
    }
}

#[test]
fn what_renderers_are_not_kept_from_is_said() {
    let folder = repository(&[("compose.yaml", "services: {a: {image: redis}}\n")]);
    let open = say(&folder, &["list", "--rendered", "--no-sandbox", "--compose", "/bin/false"]);
    assert!(
        open.errors.starts_with("note: nothing keeps the renderers from files outside the tree and the network but"),
        "{}",
        open.errors
    );
    let both = say(&folder, &["list", "--rendered", "--no-sandbox", "--require-sandbox"]);
    assert!(both.code == 2 && both.errors.contains("cannot be used with"), "{}", both.errors);
    let required = say(&folder, &["list", "--rendered", "--require-sandbox", "--compose", "/bin/false"]);
    // Where there is no sandbox, nothing was rendered, which is said; where there is one, nothing is.
    assert!(
        required.code == 2 && (required.errors.is_empty() || required.errors.starts_with("error: this system has no sandbox")),
        "{required:?}"
    );
}
