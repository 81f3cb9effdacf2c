//! Owns Backend.AI's move to another registry: its configuration, the commands around it, and the clean-up afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::node::Node;
use super::product::Product;
use super::script::{Script, listed, made_by, quote};
use super::{Engine, Options, Profile, Purpose, Row, Written};
use crate::text::harmless;

pub(super) const ENGINE: Profile =
    Profile::new("backend-ai", Purpose::Use, write, "Backend.AI's registry configuration, the commands around it, and the clean-up");

fn write(rows: &[Row], options: &Options) -> Written {
    let (mut written, fitting) =
        Written::sift(rows, |row| kind(&row.target_domain(), options).and_then(|_| project(row)).map(|project| (row, project)));
    if fitting.is_empty() {
        return written;
    }
    let mut projects: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let kept: Vec<&Row> = fitting.iter().map(|(row, _)| *row).collect();
    for (row, project) in fitting {
        projects.entry(row.target_domain()).or_default().insert(project);
    }
    let old: BTreeSet<String> = kept.iter().map(|row| registry_key(&row.source_domain()).to_owned()).collect();
    let old: BTreeSet<String> = old.into_iter().filter(|domain| !projects.contains_key(domain)).collect();
    written.script("migrate.sh", migrate(&kept, &projects, options));
    written.data("registry-config.json", config(&projects, options).json());
    written.data("allow-registries.sql", allow(&kept, options));
    if !old.is_empty() {
        written.script("clean-up.sh", clean_up(&old, options));
        written.data("clean-up.sql", disallow(&old, options));
    }
    written
}

/// The project that holds the target: the first segment of its path.
fn project(row: &Row) -> Result<String, &'static str> {
    if row.target().is_docker_hub() {
        return Err("the target is on Docker Hub, which has no projects");
    }
    if [row.source_domain(), row.target_domain()].iter().any(|domain| domain.contains([':', '['])) {
        return Err("a registry with a port needs a key in etcd that is encoded; write it by hand");
    }
    match row.target_path().split_once('/') {
        Some((project, _)) => Ok(project.to_owned()),
        None => Err("the target's path has no project before the image's name"),
    }
}

/// What Backend.AI takes the registry for (`manager/container_registry/__init__.py`): a rescan asks `harbor2` for the repositories of its projects
/// in Harbor's words, and `docker` for its catalogue. Most people who use Backend.AI have a Harbor, so that what is not known is taken for one.
fn kind(domain: &str, options: &Options) -> Result<&'static str, &'static str> {
    match Product::of(domain, options) {
        None | Some(Product::Harbor) => Ok("harbor2"),
        Some(Product::GitHub | Product::GitLab) => {
            Err("the target's registry has no catalogue, by which Backend.AI finds images; recent managers have a type of their own for it")
        }
        Some(_) => Ok("docker"),
    }
}

/// Backend.AI knows Docker Hub by its oldest name.
fn registry_key(domain: &str) -> &str {
    if domain == crate::reference::DOCKER_HUB { "index.docker.io" } else { domain }
}

/// `config/docker/registry/*` of etcd, as the migration guide of Backend.AI writes it.
fn config(projects: &BTreeMap<String, BTreeSet<String>>, options: &Options) -> Node {
    let registries = projects.iter().map(|(domain, projects)| {
        let scheme = if options.plain_http.contains(domain) { "http" } else { "https" };
        let entry = Node::map([
            ("", Node::text(format!("{scheme}://{domain}"))),
            ("type", Node::text(kind(domain, options).unwrap_or_default())),
            ("project", Node::text(joined(projects))),
        ]);
        (domain.clone(), entry)
    });
    let registry = Node::Map(registries.collect());
    Node::map([("config", Node::map([("docker", Node::map([("registry", registry)]))]))])
}

/// How etcd keeps a registry's projects.
fn joined(projects: &BTreeSet<String>) -> String {
    projects.iter().map(String::as_str).collect::<Vec<_>>().join(",")
}

/// How the script of the move begins. `projects REGISTRY LIST` tells those that the registry has, and those of the list; `etcd get` fails when there
/// are none.
const MIGRATE: &str = include_str!("../../rules/engines/backend-ai-migrate.sh");

/// How the script of the clean-up begins.
const CLEAN_UP: &str = include_str!("../../rules/engines/backend-ai-clean-up.sh");

fn migrate(rows: &[&Row], projects: &BTreeMap<String, BTreeSet<String>>, options: &Options) -> String {
    let mut script = Script::new(Engine::BackendAi, options, MIGRATE, &[]);
    for (number, (domain, projects)) in projects.iter().enumerate() {
        script.line(&format!("projects_{number}=$(projects {} {})", quote(domain), quote(&joined(projects))));
    }
    script.line("backend.ai mgr etcd put-json '' registry-config.json");
    for (number, domain) in projects.keys().enumerate() {
        script.line(&format!(
            r#"backend.ai mgr etcd put {} "$projects_{number}""#,
            quote(&format!("config/docker/registry/{domain}/project"))
        ));
    }
    for domain in projects.keys() {
        script.line(&format!("backend.ai mgr image rescan {}", quote(domain)));
    }
    script.comment("Then run the statements of allow-registries.sql in: backend.ai mgr dbshell");
    script.comment(
        "Aliases are not in the scanned files; give each of yours its new image (backend.ai mgr image alias ALIAS TARGET ARCHITECTURE):",
    );
    let aliases: BTreeSet<(String, &str)> =
        rows.iter().flat_map(|row| architectures(row).into_iter().map(|architecture| (familiar_target(row), architecture))).collect();
    for (target, architecture) in aliases {
        script.comment(&format!("backend.ai mgr image alias ALIAS {} {architecture}", quote(&target)));
    }
    script.text()
}

fn familiar_target(row: &Row) -> String {
    match row.target_tag() {
        Some(tag) => format!("{}:{tag}", row.target().name()),
        None => row.copy_to(),
    }
}

/// Backend.AI names architectures as the kernel does; without known platforms the commonest.
fn architectures(row: &Row) -> BTreeSet<&'static str> {
    let names = row.platforms().iter().filter_map(|platform| match platform.architecture() {
        "amd64" => Some("x86_64"),
        "arm64" => Some("aarch64"),
        _ => None,
    });
    let names: BTreeSet<&str> = names.collect();
    if names.is_empty() { ["x86_64"].into() } else { names }
}

fn sql(options: &Options, about: &[&str]) -> String {
    let lines = made_by(Engine::BackendAi, options);
    let lines = lines.iter().map(String::as_str).chain(about.iter().copied());
    lines.map(|line| format!("-- {}", harmless(line))).chain([String::new()]).collect::<Vec<_>>().join("\n")
}

/// Every domain that may use an old registry may use what takes its place too; the old one stays allowed until the clean-up.
fn allow(rows: &[&Row], options: &Options) -> String {
    let mut text = sql(options, &["for backend.ai mgr dbshell"]);
    text += "SELECT name, allowed_docker_registries FROM domains;\n";
    let mut moves: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        moves.entry(row.target_domain()).or_default().insert(quote(registry_key(&row.source_domain())));
    }
    for (new, old) in moves {
        let new = quote(&new);
        let _ = writeln!(
            text,
            "UPDATE domains SET allowed_docker_registries = array_append(allowed_docker_registries, {new})\n  \
             WHERE NOT ({new} = ANY (allowed_docker_registries)) AND allowed_docker_registries && ARRAY[{}]::varchar[];",
            listed(&old)
        );
    }
    text
}

fn clean_up(old: &BTreeSet<String>, options: &Options) -> String {
    let mut script = Script::new(Engine::BackendAi, options, CLEAN_UP, &[("old", vec![listed(old)])]);
    for domain in old {
        for prefix in ["images", "config/docker/registry"] {
            script.line(&format!("backend.ai mgr etcd delete --prefix {}", quote(&format!("{prefix}/{domain}"))));
        }
    }
    script.text()
}

fn disallow(old: &BTreeSet<String>, options: &Options) -> String {
    let mut text = sql(options, &["for backend.ai mgr dbshell, after clean-up.sh"]);
    for domain in old {
        let old = quote(domain);
        let _ = write!(
            text,
            "UPDATE domains SET allowed_docker_registries = array_remove(allowed_docker_registries, {old})\n  \
             WHERE {old} = ANY (allowed_docker_registries);\n"
        );
    }
    text
}
