//! Owns the script of `az acr import` commands.

use std::collections::BTreeSet;

use super::plan::commands;
use super::script::{Script, quote, variable};
use super::{Engine, Options, Profile, Purpose, Row, Written};

pub(super) const ENGINE: Profile = Profile::new("acr-import", Purpose::Copy, write, "a script of `az acr import`");

/// How its script begins. `digest REGISTRY IMAGE` tells what an image of the registry has, and nothing when it is not there;
/// `bring REGISTRY IMAGE DIGEST ARGUMENT…` imports the image unless it is there with this digest.
const HEAD: &str = include_str!("../../rules/engines/acr-import.sh");

/// The clouds' domains below which every registry is one label.
const SUFFIXES: [&str; 3] = [".azurecr.io", ".azurecr.cn", ".azurecr.us"];

fn write(rows: &[Row], options: &Options) -> Written {
    let (mut written, kept) = Written::sift(rows, |row| {
        if options.plain_http.contains(&row.source_domain()) {
            return Err("Azure reads sources over TLS only");
        }
        registry(&row.target_domain()).map(|_| row).ok_or("the target is no Azure registry")
    });
    if kept.is_empty() {
        return written;
    }
    let mut script = Script::new(Engine::AcrImport, options, HEAD, &[]);
    let sources: BTreeSet<String> = kept.iter().map(|row| row.source_domain()).collect();
    for domain in sources {
        script.line(&credentials(&domain));
    }
    for row in commands(kept) {
        script.about(&row);
        let domain = row.target_domain();
        let (flag, image) = match row.target_tag() {
            Some(tag) => ("--image", format!("{}:{tag}", row.target_path())),
            None => ("--repository", row.target_path()),
        };
        let name = row.target_tag().map_or_else(|| format!("{image}@{}", row.digest().unwrap_or_default()), |_| image.clone());
        let force = if row.replaces().is_some() { " --force" } else { "" };
        let array = array(&row.source_domain());
        script.line(&format!(
            r#"attempt bring {} {} {} --source {} {flag} {}{force} ${{{array}[@]+"${{{array}[@]}}"}}"#,
            quote(registry(&domain).unwrap_or_default()),
            quote(&name),
            quote(row.digest().unwrap_or_default()),
            quote(&row.copy_from()),
            quote(&image)
        ));
    }
    written.script("mirror.sh", script.finish());
    written
}

/// The registry's name in Azure.
pub(super) fn registry(domain: &str) -> Option<&str> {
    SUFFIXES.iter().find_map(|suffix| domain.strip_suffix(suffix)).filter(|name| !name.contains('.'))
}

fn array(domain: &str) -> String {
    variable(domain, "LOGIN").to_ascii_lowercase()
}

fn credentials(domain: &str) -> String {
    let (user, password, array) = (variable(domain, "USERNAME"), variable(domain, "PASSWORD"), array(domain));
    format!(r#"{array}=(); if [ -n "${{{user}:-}}" ]; then {array}=(--username "${user}" --password "${{{password}:?}}"); fi"#)
}
