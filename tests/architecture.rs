//! What keeps the house in order: layers, small files, no panics, a case for every trap and every format.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and reads only files of the project")]

#[path = "support/source.rs"]
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use source::Source;

/// The layers, lowest first, each with the reason for its place. A module imports from lower layers only: not from higher ones, and not from
/// its neighbours, so that each can be read, tested and replaced alone.
const LAYERS: &[(&[&str], &str)] = &[
    (&["text"], "bytes, spans and edits know nothing of what they hold"),
    (&["reference"], "the grammar of references, without files"),
    (&["platform"], "for which machine an image is"),
    (&["version"], "versions of charts, and what is asked of them"),
    (&["source"], "one tree of files for every host"),
    (&["occurrence"], "a reference in pieces of text"),
    (&["format", "mapping"], "the two languages of the rules: where references stand, and what becomes of them; neither needs the other"),
    (&["config"], "reads rule files into mappings"),
    (&["locate"], "finds occurrences by the formats' tables"),
    (&["link"], "which files hold together, and what that joins"),
    (&["plan"], "occurrences and targets into edits, and their proof"),
    (&["diagnostic"], "a finding carries the fix of a plan"),
    (&["lint"], "plans into findings"),
    (&["baseline"], "which findings are old"),
    (&["judge"], "one reading of a set of files, for all commands; what stands up to here touches nothing but memory"),
    (&["process"], "a program that is run ends with all its children, and touches what it was given"),
    (&["disk"], "trees of files in folders and in git"),
    (&["credentials"], "which secret belongs to which registry"),
    (&["registry"], "the only layer that opens sockets; what stands below works offline"),
    (&["lock"], "what registries said once, and what has changed since"),
    (&["apply", "mirror", "render"], "the thin edges: files out, copy plans out, other programs"),
    (&["policy"], "the rules as others decide by them"),
    (&["import"], "what other tools are told of moves, as a rule file"),
    (&["charts"], "charts that a tree wants from elsewhere, in a folder"),
    (&["ask"], "what registries are asked for"),
    (&["run"], "trees looked through in parallel"),
    (&["report"], "what a run says, for people and machines"),
    (&["campaign"], "many runs, in many repositories"),
    (&["cli"], "arguments into one plan of work"),
    (&["lib", "main"], "the door"),
];

/// The last layer that touches nothing but memory: what stands up to it runs in a browser and in an editor as well.
const LAST_PURE: &str = "judge";

/// A file of more lines of code owns more than one idea.
const LINES_OF_CODE: usize = 500;

/// What a format needs before it can be believed.
const CASES: usize = 6;

/// Tables that are never used by themselves: their cases stand in the folder of the format that leads to them.
const PART_OF: &[(&str, &str, &str)] = &[
    ("compose-document", "compose", "the same documents under other names"),
    ("mirror-table", "mirror-list", "the same tables under a name that others have, too"),
    ("azure-pipelines", "pipelines", "a service that runs pipelines"),
    ("bake", "blocks", "targets of builds, in HCL"),
    ("bazel", "blocks", "rules in Starlark"),
    ("gitlab-runner", "pipelines", "what runs the jobs of pipelines"),
    ("gradle", "blocks", "a build in Groovy or Kotlin"),
    ("jenkins", "blocks", "pipelines in Groovy"),
    ("nomad", "blocks", "jobs in HCL"),
    ("packer", "blocks", "machines and images in HCL"),
    ("terraform", "blocks", "infrastructure in HCL"),
    ("tilt", "blocks", "builds and manifests in Starlark"),
    ("vagrant", "blocks", "machines in Ruby"),
    ("cloudformation", "cloud", "tasks of a cloud"),
    ("ecs", "cloud", "tasks of a cloud"),
    ("updatecli", "pipelines", "a tool that pipelines run"),
    ("bitbucket", "pipelines", "a service that runs pipelines"),
    ("buildkite", "pipelines", "a service that runs pipelines"),
    ("circleci", "pipelines", "a service that runs pipelines"),
    ("cloud-build", "pipelines", "a service that runs pipelines"),
    ("compose-v1", "compose", "the same files in their first version"),
    ("concourse", "pipelines", "a service that runs pipelines"),
    ("drone", "pipelines", "services that run pipelines"),
    ("github-action", "github-workflow", "an action that workflows use"),
    ("helm-chart-images", "helm-chart", "the list inside an annotation"),
    ("helm-lock", "helm-chart", "the lock beside the chart"),
    ("helm-notes", "helm-chart", "what the chart says to its user"),
    ("json-patch", "kustomization", "the operations that it applies, in a file of their own or not"),
    ("keyed-json", "keyed-yaml", "the same keys in JSON"),
    ("keyed-toml", "keyed-yaml", "the same keys in TOML"),
    ("kustomize-patch", "kustomization", "a patch written into a kustomization"),
    ("travis", "pipelines", "services that run pipelines"),
    ("buildpacks", "pipelines", "what builds images without a Dockerfile"),
    ("ko", "pipelines", "what builds images without a Dockerfile"),
    ("werf", "pipelines", "what builds images and deploys them"),
    ("pulumi", "cloud", "resources of a cloud"),
    ("azure-resources", "cloud", "resources of a cloud"),
    ("home-assistant", "pipelines", "what builds images without a Dockerfile of its own"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|(modules, _)| modules.contains(&module))
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// The top modules that `use crate::…` and `crate::…` name, with their lines.
fn imports(source: &Source) -> Vec<(usize, String)> {
    let path = regex::Regex::new(r"\bcrate::(\w+)").unwrap();
    let group = regex::Regex::new(r"\bcrate::\{").unwrap();
    let line_of = |at: usize| source.code[..at].matches('\n').count() + 1;
    let mut found: Vec<(usize, String)> =
        path.captures_iter(&source.code).map(|c| (line_of(c.get(0).unwrap().start()), c[1].to_owned())).collect();
    for opening in group.find_iter(&source.code) {
        let names = first_names(&source.code[opening.end()..]);
        found.extend(names.into_iter().map(|name| (line_of(opening.start()), name)));
    }
    found
}

/// The first name of each entry of a `use` group, up to its closing brace.
fn first_names(group: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut depth = 0usize;
    let mut in_name = true;
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(String::new());
                in_name = true;
            }
            ':' => in_name = false,
            c if in_name && depth == 0 && !c.is_whitespace() => names.last_mut().unwrap().push(c),
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

#[test]
fn lower_layers_import_no_higher_ones() {
    let mut faults = Vec::new();
    for source in source::all() {
        let module = source.module();
        let Some(own) = layer_of(module) else {
            faults.push(format!("src/{}: `{module}` has no place in LAYERS", source.path));
            continue;
        };
        for (line, name) in imports(&source) {
            // A name that is no module (a macro, a type of the library) belongs to no layer.
            let Some(other) = layer_of(&name) else { continue };
            if name != module && other >= own {
                let reason = LAYERS[own].1;
                faults.push(format!("src/{}:{line}: `{module}` imports `{name}`, but stands below it: {reason}", source.path));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn pure_layers_name_no_edge() {
    let edge = regex::Regex::new(r"\bstd::(fs|thread|env|process|net|time|os)\b|\b(SystemTime|Instant)::").unwrap();
    let group = regex::Regex::new(r"\bstd::\{[^}]*\b(fs|thread|env|process|net|time|os)\b").unwrap();
    let last = layer_of(LAST_PURE).unwrap();
    let mut faults = Vec::new();
    for source in source::all().into_iter().filter(|source| layer_of(source.module()).is_some_and(|own| own <= last)) {
        for found in edge.find_iter(&source.code).chain(group.find_iter(&source.code)) {
            let line = source.code[..found.start()].matches('\n').count() + 1;
            faults.push(format!("src/{}:{line}: `{}` in a layer that touches nothing but memory", source.path, found.as_str()));
        }
    }
    assert_none(&faults);
}

/// Which files of a folder each of them imports: by their names, and by what the folder's `mod.rs` hands on of them.
fn neighbours(folder: &[&Source]) -> BTreeMap<String, BTreeSet<String>> {
    let stem = |source: &Source| source.path.rsplit('/').next().unwrap().trim_end_matches(".rs").to_owned();
    let names: BTreeSet<String> = folder.iter().map(|source| stem(source)).filter(|name| name != "mod").collect();
    let handed = regex::Regex::new(r"(?s)\buse (?:self::)?(\w+)::(\w+|\{[^}]*\})").unwrap();
    let mut owner: BTreeMap<String, String> = BTreeMap::new();
    for source in folder.iter().filter(|source| stem(source) == "mod") {
        for found in handed.captures_iter(&source.code).filter(|found| names.contains(&found[1])) {
            let items = found[2].trim_matches(['{', '}']).split(',').map(|item| item.trim().to_owned());
            owner.extend(items.map(|item| (item, found[1].to_owned())));
        }
    }
    let single = regex::Regex::new(r"\bsuper::(\w+)").unwrap();
    let group = regex::Regex::new(r"\buse super::\{").unwrap();
    let of = |source: &&Source| {
        let mut used: Vec<String> = single.captures_iter(&source.code).map(|found| found[1].to_owned()).collect();
        used.extend(group.find_iter(&source.code).flat_map(|found| first_names(&source.code[found.end()..])));
        let files = used.into_iter().filter_map(|name| if names.contains(&name) { Some(name) } else { owner.get(&name).cloned() });
        let own = stem(source);
        (own.clone(), files.filter(|name| *name != own).collect())
    };
    folder.iter().filter(|source| stem(source) != "mod").map(of).collect()
}

#[test]
fn no_files_of_a_folder_import_each_other_in_a_circle() {
    let all = source::all();
    let mut folders: BTreeMap<&str, Vec<&Source>> = BTreeMap::new();
    for source in &all {
        folders.entry(source.path.rsplit_once('/').map_or("", |(folder, _)| folder)).or_default().push(source);
    }
    let mut faults = Vec::new();
    for (folder, sources) in folders.iter().filter(|(folder, _)| !folder.is_empty()) {
        let mut left = neighbours(sources);
        // Whoever imports nobody that is left is in no circle.
        while let Some(free) = left.iter().find(|(_, used)| used.iter().all(|name| !left.contains_key(name))).map(|(name, _)| name.clone())
        {
            left.remove(&free);
        }
        for name in left.keys() {
            let mut reached: BTreeSet<&String> = BTreeSet::new();
            let mut open: Vec<&String> = left[name].iter().filter(|other| left.contains_key(*other)).collect();
            while let Some(next) = open.pop() {
                if reached.insert(next) {
                    open.extend(left[next].iter().filter(|other| left.contains_key(*other)));
                }
            }
            if reached.contains(name) {
                let used: Vec<&String> = left[name].iter().filter(|other| reached.contains(other)).collect();
                faults.push(format!("src/{folder}/{name}.rs stands in a circle; it imports {used:?}"));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn imports_are_seen_in_groups_and_paths() {
    let code =
        "use crate::plan::{Plan, Fix};\nuse crate::{text, mapping::{Decision, Target}};\nlet a = crate::lint::all();\n// crate::cli\n";
    let source = Source { path: String::from("text/mod.rs"), text: String::new(), code: source::without_comments(code) };
    let names: Vec<String> = imports(&source).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["plan", "lint", "text", "mapping"]);
}

#[test]
fn strings_and_comments_are_no_code() {
    let code =
        "let a = \"x // .unwrap() \\\" y\"; // .unwrap()\nlet b = r#\"a\"b.unwrap()\"#; /* .unwrap() /* */ */ let c = '\"'; d::<'a>();";
    let seen = source::without_comments(code);
    assert!(!seen.contains("unwrap"), "{seen}");
    assert!(seen.contains("let b") && seen.contains("let c") && seen.contains("d::<'a>();"), "{seen}");
}

#[test]
fn no_file_owns_more_than_one_idea() {
    let long = source::all().into_iter().filter(|source| source.code_lines() > LINES_OF_CODE);
    let faults: Vec<String> = long.map(|s| format!("src/{}: {} lines of code, at most {LINES_OF_CODE}", s.path, s.code_lines())).collect();
    assert_none(&faults);
}

#[test]
fn nothing_unwraps_outside_of_tests() {
    let mut faults = Vec::new();
    for source in source::all() {
        for (index, line) in source.code.lines().enumerate() {
            if [".unwrap()", ".expect(", ".unwrap_err()", ".expect_err("].iter().any(|call| line.contains(call)) {
                faults.push(format!("src/{}:{}: a panic is a bug: {}", source.path, index + 1, line.trim()));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn every_file_says_what_it_owns() {
    let silent = source::all().into_iter().filter(|source| !source.text.starts_with("//! "));
    let faults: Vec<String> = silent.map(|s| format!("src/{}: the first line is `//! ` and one sentence", s.path)).collect();
    assert_none(&faults);
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(Result::unwrap);
    entries.map(|entry| entry.file_name().to_str().unwrap().to_owned()).collect()
}

/// The names of the cases of a format.
fn cases(format: &str) -> BTreeSet<String> {
    let folder = root().join("fixtures").join(format);
    names(&folder).into_iter().filter(|case| folder.join(case).join("expect.txt").is_file()).collect()
}

#[test]
fn every_format_has_cases() {
    let tables = names(&root().join("rules/formats"));
    assert!(!tables.is_empty(), "rules/formats holds no table");
    let mut faults = Vec::new();
    for table in &tables {
        let format = table.trim_end_matches(".yaml");
        let folder = PART_OF.iter().find(|(part, _, _)| *part == format).map_or(format, |(_, whole, _)| whole);
        let count = cases(folder).len();
        if count < CASES {
            faults.push(format!("rules/formats/{table}: fixtures/{folder} has {count} cases, at least {CASES} are wanted"));
        }
    }
    for (part, _, _) in PART_OF {
        if !tables.contains(&format!("{part}.yaml")) {
            faults.push(format!("PART_OF names `{part}`, which is no table"));
        }
    }
    assert_none(&faults);
}

#[test]
fn every_trap_has_a_case() {
    let text = fs::read_to_string(root().join("fixtures/TRAPS.md")).unwrap();
    let mut faults = Vec::new();
    let mut numbers = Vec::new();
    for row in text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| #")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [number, _, listed] = cells[..] else {
            faults.push(format!("TRAPS.md: three cells are wanted: {row}"));
            continue;
        };
        numbers.push(number.parse::<usize>().unwrap_or_default());
        for case in listed.split(", ") {
            let known = case.split_once('/').is_some_and(|(format, name)| cases(format).contains(name));
            if !known {
                faults.push(format!("TRAPS.md: trap {number} names `{case}`, which is no case"));
            }
        }
    }
    assert_eq!(numbers, (1..=numbers.len()).collect::<Vec<_>>(), "the traps are numbered from 1");
    assert_none(&faults);
}
