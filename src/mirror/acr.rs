//! Owns the script of `az acr import` commands.

use super::script::{Script, domains, quote, variable};
use super::{Engine, Options, Row, Written};

/// The clouds' domains below which every registry is one label.
const SUFFIXES: [&str; 3] = [".azurecr.io", ".azurecr.cn", ".azurecr.us"];

pub(super) fn write(rows: &[Row], options: &Options) -> Written {
    let mut written = Written::default();
    let mut kept = Vec::new();
    for row in rows {
        match registry(row, options) {
            Ok(registry) => kept.push((row, registry)),
            Err(reason) => written.leave(row, reason),
        }
    }
    if kept.is_empty() {
        return written;
    }
    let mut script = Script::new(
        Engine::AcrImport,
        options,
        &[
            "Azure pulls the images itself, with all their platforms; an image may have at most 50 manifests. az login comes first.",
            "A private source needs its two environment variables; public ones are read without.",
            "A tag that is there already is an error; add --force to the commands to replace it.",
        ],
    );
    script.define_attempt();
    for domain in domains(kept.iter().map(|(row, _)| *row)) {
        let sources = kept.iter().any(|(row, _)| row.source_domain() == domain);
        if sources {
            script.line(&credentials(&domain));
        }
    }
    for (row, registry) in kept {
        script.places(row);
        let (flag, image) = match row.target_tag() {
            Some(tag) => ("--image", format!("{}:{tag}", row.target_path())),
            None => ("--repository", row.target_path()),
        };
        let array = array(&row.source_domain());
        script.line(&format!(
            r#"attempt az acr import --name {} --source {} {flag} {} ${{{array}[@]+"${{{array}[@]}}"}}"#,
            quote(&registry),
            quote(&row.copy_from()),
            quote(&image)
        ));
    }
    written.script("mirror.sh", script.finish());
    written
}

fn registry(row: &Row, options: &Options) -> Result<String, &'static str> {
    if options.plain_http.contains(&row.source_domain()) {
        return Err("Azure reads sources over TLS only");
    }
    let domain = row.target_domain();
    let name = SUFFIXES.iter().find_map(|suffix| domain.strip_suffix(suffix));
    match name {
        Some(name) if !name.contains('.') => Ok(name.to_owned()),
        _ => Err("the target is no Azure registry"),
    }
}

fn array(domain: &str) -> String {
    variable(domain, "LOGIN").to_ascii_lowercase()
}

fn credentials(domain: &str) -> String {
    let (user, password, array) = (variable(domain, "USERNAME"), variable(domain, "PASSWORD"), array(domain));
    format!(r#"{array}=(); if [ -n "${{{user}:-}}" ]; then {array}=(--username "${user}" --password "${{{password}:?}}"); fi"#)
}
