//! `auth explain`: which file and entry would give the credential for a repository, never the secret.

use std::fmt::Write as _;

use crate::config::environment;
use crate::credentials::{Explanation, Looked, Place};
use crate::reference::Reference;
use crate::registry::{Proxies, clean};

use super::asking;
use super::registry_args::{AuthArgs, AuthCommand, Results};
use super::world::{Exit, World};

/// Runs the command.
pub(super) fn run(args: &AuthArgs, world: &mut World<'_>) -> Exit {
    let AuthCommand::Explain { repositories, credentials, format } = &args.command;
    let credentials = match asking::credentials(credentials, world) {
        Ok(credentials) => credentials,
        Err(exit) => return exit,
    };
    let proxies = Proxies::from_environment(environment::value);
    let mut exit = Exit::Clean;
    let mut all = Vec::new();
    for text in repositories {
        let reference = match Reference::parse(text) {
            Ok(reference) => reference,
            Err(invalid) => {
                exit = world.fail(&format!("`{text}`: {invalid}"), "name a registry and a repository: registry.example.com/team/app");
                continue;
            }
        };
        let name = reference.name();
        let explanation = credentials.explain(&name.domain, &name.path);
        let proxy = proxies.shown(&name.domain);
        if *format == Results::Human {
            let text = told(&explanation, proxy.as_deref());
            let _ = world.out(|out| out.write_all(text.as_bytes()));
        } else {
            all.push(serde_json::json!({"repository": explanation.repository, "places": explanation.places, "proxy": proxy}));
        }
    }
    if *format == Results::Json {
        let object = serde_json::json!({"version": crate::report::VERSION, "repositories": all});
        let _ = world.out(|out| writeln!(out, "{object:#}"));
    }
    exit
}

fn told(explanation: &Explanation, proxy: Option<&str>) -> String {
    let mut text = format!("{}\n", explanation.repository);
    for (number, place) in explanation.places.iter().enumerate() {
        let _ = writeln!(text, "  {}. {}: {}", number + 1, named(place), looked(&place.looked));
        if place.exposed {
            text.push_str("     warning: others than you can read the secrets in it (chmod 600 mends it)\n");
        }
    }
    if explanation.used().is_none() {
        text.push_str("  no credential: it is asked anonymously\n");
    }
    if let Some(proxy) = proxy {
        let _ = writeln!(text, "  through the proxy {}", clean(proxy));
    }
    text
}

fn named(place: &Place) -> String {
    match &place.path {
        Some(path) => format!("{} ({})", clean(&path.display().to_string()), place.by),
        None => place.by.to_owned(),
    }
}

fn looked(looked: &Looked) -> String {
    match looked {
        Looked::Absent => "no such file".to_owned(),
        Looked::Nothing => "nothing for it".to_owned(),
        Looked::NotReached => "not reached".to_owned(),
        Looked::Entry { key, kind, user } => {
            let user = user.as_deref().map(|user| format!(", user `{}`", clean(user))).unwrap_or_default();
            format!("used: entry `{}`, {kind}{user}", clean(key))
        }
        Looked::Helper { program, server, key } => {
            let why = key.as_deref().map_or_else(|| "its credsStore".to_owned(), |key| format!("its credHelpers `{}`", clean(key)));
            format!("{why} asks `{}` for `{}`", clean(program), clean(server))
        }
    }
}
