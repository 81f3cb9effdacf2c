//! Owns the reading of `fixtures/mirror/*/rows.txt` and the printing of what is written for them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use transship::mirror::{CopyPlan, Digest, Engine, HarborSide, Kind, Options, Place, Row, Runtime, Syntax, Written, plan};
use transship::reference::{HOLE, Reference};

/// One folder below `fixtures/mirror`.
pub(crate) struct Case {
    pub(crate) folder: PathBuf,
    pub(crate) engines: Vec<Engine>,
    pub(crate) options: Options,
    pub(crate) plan: CopyPlan,
}

pub(crate) fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mirror");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.into_iter().map(read).collect()
}

fn read(folder: PathBuf) -> Case {
    let text = std::fs::read_to_string(folder.join("rows.txt")).unwrap();
    let mut engines = Vec::new();
    let mut options = Options::default();
    let mut rows = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["engines", "all"] => engines = Engine::ALL.to_vec(),
            ["engines", ref names @ ..] => engines = names.iter().map(|name| name.parse().unwrap()).collect(),
            ["option", "plain-http", domain] => assert!(options.plain_http.insert(domain.to_owned())),
            ["option", "harbor-side", "source"] => options.harbor = HarborSide::Source,
            ["option", "syntax", "yaml"] => options.syntax = Syntax::Yaml,
            ["option", "runtime", "crictl"] => options.runtime = Runtime::Crictl,
            ["option", "runtime", "ctr"] => options.runtime = Runtime::Ctr,
            [source, target, ref facts @ ..] => rows.push(row(source, target, facts)),
            _ => panic!("{}: {line}", folder.display()),
        }
    }
    let plan = plan(rows).unwrap_or_else(|conflicts| panic!("{}: {conflicts:?}", folder.display()));
    Case { folder, engines, options, plan }
}

/// A row of a source, a target and facts such as `digest=…`, `platforms=a,b`, `any` and `at=FILE:LINE`. What is not known is `{?}`.
pub(crate) fn row(source: &str, target: &str, facts: &[&str]) -> Row {
    let read = |text: &str| Reference::parse_with_holes(&text.replace("{?}", &HOLE.to_string())).unwrap();
    let mut row = Row::new(read(source), read(target)).unwrap();
    for fact in facts {
        row = match fact.split_once('=').unwrap_or((fact, "")) {
            ("satisfied", "") => row.satisfied(),
            ("any", "") => row.with_any_platform(),
            ("replaces", digest) => row.with_replaced(Digest::parse(digest).unwrap()),
            ("digest", digest) => row.with_digest(Digest::parse(digest).unwrap()).unwrap(),
            ("platforms", names) => row.with_platforms(names.split(',').map(|name| name.parse().unwrap())),
            ("at", place) => {
                let (path, line) = place.rsplit_once(':').unwrap();
                row.with_places([Place { path: path.to_owned(), line: line.parse().unwrap() }])
            }
            other => panic!("{other:?}"),
        };
    }
    row
}

/// All that an engine wrote, in one text.
pub(crate) fn shown(written: &Written) -> String {
    let mut text = String::new();
    for file in &written.files {
        let kind = match file.kind {
            Kind::Script => "script",
            Kind::Data => "data",
            Kind::Skeleton => "skeleton",
        };
        let _ = write!(text, "=== {kind} {}\n{}", file.name, file.text);
    }
    for left in &written.left_out {
        let _ = writeln!(text, "=== left out {} -> {}\n{}", left.row.source(), left.row.target(), left.reason);
    }
    without_digests(&text).replace(HOLE, "{?}").replace(&format!("transship {}", env!("CARGO_PKG_VERSION")), "transship VERSION")
}

/// The digests of files hold the version, which is not to be seen in what is expected.
fn without_digests(text: &str) -> String {
    let line = |line: &str| match line.split_once(" with ").and_then(|(comment, rest)| Some((comment, rest.split_once(" sha256:")?.0))) {
        Some((comment @ ("#" | "--"), name)) => format!("{comment} with {name} DIGEST\n"),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}
