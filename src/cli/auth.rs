//! `auth explain`: which file and entry would give the credential for a repository, never the secret.

use std::fmt::Write as _;

use crate::credentials::{Explanation, Looked, Place, Reach};
use crate::reference::{Invalid, Reference};
use crate::registry::Proxies;
use crate::report::rules_json;
use crate::text::clean;

use super::options::Answers;
use super::registry_args::{AuthArgs, AuthCommand};
use super::{Exit, World, asking, environment};

/// Runs the command.
pub(super) fn run(args: &AuthArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    let AuthCommand::Explain { repositories, credentials, format } = &args.command;
    let credentials = asking::credentials(credentials, world)?;
    let proxies = Proxies::from_environment(environment::value);
    let mut exit = Exit::Clean;
    let mut all = Vec::new();
    for text in repositories {
        let (domain, path) = match named_by(text) {
            Ok(name) => name,
            Err(invalid) => {
                exit = world.fail(&format!("`{text}`: {invalid}"), "name a registry and a repository: registry.example.com/team/app");
                continue;
            }
        };
        let explanation = credentials.explain(&domain, &path);
        let (proxy, plain) = (proxies.shown(&domain), proxies.shown_plain(&domain));
        if *format == Answers::Human {
            let text = told(&explanation, proxy.as_deref(), plain.as_deref());
            let _ = world.out(|out| out.write_all(text.as_bytes()));
        } else {
            all.push(serde_json::json!({
                "repository": explanation.repository, "places": explanation.places, "proxy": proxy, "proxy_plain_http": plain,
            }));
        }
    }
    if *format == Answers::Json {
        world.json(&rules_json::object("repositories", all));
    }
    Ok(exit)
}

/// The domain and the path that a text names. One segment with a `.`, a port or of the name `localhost` is a registry, as people ask for it,
/// though it would be an image's name in a reference. A scheme, and what auth files have behind a domain, are no part of the name.
fn named_by(text: &str) -> Result<(String, String), Invalid> {
    let is_host = |bare: &str| {
        let (name, port) = bare.split_once(':').map_or((bare, None), |(name, port)| (name, Some(port)));
        let numbered = port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
        numbered && (port.is_some() || name == "localhost" || name.contains('.'))
    };
    let url = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let bare = url.unwrap_or(text).trim_end_matches('/');
    let (domain, path) = bare.split_once('/').unwrap_or((bare, ""));
    if !is_host(domain) {
        return parts(text);
    }
    let (version, rest) = path.split_once('/').unwrap_or((path, ""));
    // In a reference `v2` may be the first part of a longer path; in a URL it is the API.
    let is_version = matches!(version, "v1" | "v2") && (url.is_some() || rest.is_empty());
    match if is_version { rest } else { path } {
        "" => parts(&format!("{domain}/x")).map(|(domain, _)| (domain, String::new())),
        path => parts(&format!("{domain}/{path}")),
    }
}

fn parts(text: &str) -> Result<(String, String), Invalid> {
    Reference::parse(text).map(|reference| {
        let name = reference.name();
        (name.domain.into_owned(), name.path.into_owned())
    })
}

fn told(explanation: &Explanation, proxy: Option<&str>, plain: Option<&str>) -> String {
    let mut text = format!("{}\n", explanation.repository);
    for (number, place) in explanation.places.iter().enumerate() {
        let _ = writeln!(text, "  {}. {}: {}", number + 1, named(place), looked(place));
        if place.exposed {
            text.push_str("     warning: others than you can read the secrets in it (chmod 600 mends it)\n");
        }
    }
    if explanation.used().is_none() {
        text.push_str("  no credential: it is asked anonymously\n");
    }
    // Whether a registry has TLS is said where it is asked.
    let ways = if proxy == plain { [("", proxy), ("", None)] } else { [(", with TLS", proxy), (", without TLS", plain)] };
    for (how, proxy) in ways {
        if let Some(proxy) = proxy {
            let _ = writeln!(text, "  through the proxy {}{how}", clean(proxy));
        }
    }
    text
}

fn named(place: &Place) -> String {
    match &place.path {
        Some(path) => format!("{} ({})", clean(&path.display().to_string()), place.by),
        None => place.by.to_owned(),
    }
}

fn looked(place: &Place) -> String {
    // What comes behind a helper that was not asked is not known to be used.
    let when = |done: &str| if place.reach == Reach::Surely { done.to_owned() } else { format!("{done} where no helper above knows it") };
    match &place.looked {
        Looked::Absent => "no such file".to_owned(),
        Looked::Nothing => "nothing for it".to_owned(),
        Looked::NotReached => "not reached".to_owned(),
        Looked::Entry { key, kind, user } => {
            let user = user.as_deref().map(|user| format!(", user `{}`", clean(user))).unwrap_or_default();
            format!("{}: entry `{}`, {kind}{user}", when("used"), clean(key))
        }
        Looked::PassedOver { because } => format!("not read: {because}"),
        Looked::Helper { fault: Some(fault), .. } => format!("{}, and the search ends here: {}", when("asked"), clean(fault)),
        Looked::Helper { program, server, key, .. } => {
            let by = key.as_deref().map_or_else(|| "credsStore".to_owned(), |key| format!("credHelpers `{}`", clean(key)));
            let (program, server) = (clean(program), clean(server));
            format!("{}: helper `{program}` for `{server}`, named by its {by}; places below only where it knows nothing", when("asked"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_host_is_a_registry_and_a_lone_name_an_image() {
        let of = |text: &str| named_by(text).map(|(domain, path)| format!("{domain} {path}")).unwrap();
        for (text, domain) in [
            ("registry.acme.test", "registry.acme.test"),
            ("registry:5000", "registry:5000"),
            ("localhost", "localhost"),
            ("docker.io/", "docker.io"),
            ("index.docker.io", "docker.io"),
        ] {
            assert_eq!(of(text), format!("{domain} "), "{text}");
        }
        assert_eq!(
            [of("nginx"), of("nginx:latest"), of("r.example/a")],
            ["docker.io library/nginx", "docker.io library/nginx", "r.example a"]
        );
    }
}
