//! What the tests have in common: settings for loopback, and short ways to ask.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use transship::credentials::{Credentials, Places};
use transship::reference::Reference;
use transship::registry::{Ask, Client, Code, Depth, Hosts, Limits, Outcome, Presence, Registry as _, Settings};

use crate::support::Server;

/// Settings under which these registries may be asked in plain text, with short times.
pub(crate) fn settings(domains: &[&str]) -> Settings {
    Settings {
        hosts: Hosts::only(domains.iter().copied()),
        plain_http: domains.iter().map(|domain| (*domain).to_owned()).collect(),
        limits: Limits {
            connect: Duration::from_secs(2),
            request: Duration::from_secs(5),
            pause: Duration::from_millis(20),
            ..Limits::default()
        },
        ..Settings::default()
    }
}

pub(crate) fn client(domains: &[&str]) -> Client {
    Client::new(settings(domains), Arc::new(Credentials::none())).unwrap()
}

pub(crate) fn client_with(settings: Settings, credentials: Credentials) -> Client {
    Client::new(settings, Arc::new(credentials)).unwrap()
}

/// A registry with the usual content.
pub(crate) fn usual() -> Server {
    Server::usual()
}

pub(crate) fn reference(text: &str) -> Reference {
    Reference::parse(text).unwrap()
}

pub(crate) fn ask(client: &Client, text: &str) -> Presence {
    client.presence(&reference(text), &Ask::default())
}

pub(crate) fn strictly(client: &Client, text: &str) -> Presence {
    client.presence(&reference(text), &Ask { depth: Depth::Hash, ..Ask::default() })
}

pub(crate) fn for_platform(client: &Client, text: &str, platform: &str) -> Presence {
    client.presence(&reference(text), &Ask { platforms: vec![platform.parse().unwrap()], ..Ask::default() })
}

/// Outcome and reason together.
pub(crate) fn said(presence: &Presence) -> (Outcome, Code) {
    (presence.outcome(), presence.reason().code)
}

/// An `auths` entry.
pub(crate) fn entry(key: &str, user: &str, password: &str) -> String {
    format!(r#""{key}":{{"auth":"{}"}}"#, STANDARD.encode(format!("{user}:{password}")))
}

/// The header that a user and a password make.
pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// The credentials of a docker configuration with this text.
pub(crate) fn stored(text: &str) -> Credentials {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "config.json", text);
    Credentials::load(&Places { docker: Some(path), ..Places::default() }).unwrap()
}

/// The credential of one user for one registry.
pub(crate) fn login(key: &str, user: &str, password: &str) -> Credentials {
    stored(&format!(r#"{{"auths":{{{}}}}}"#, entry(key, user, password)))
}

pub(crate) fn file(folder: &Path, name: &str, text: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), text.as_bytes()).unwrap();
    path
}

/// Answers one request with a 401 whose challenge is of any bytes.
pub(crate) fn refuse(listener: &TcpListener, challenge: &[u8]) {
    let (mut stream, _) = listener.accept().unwrap();
    BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
    let head = b"HTTP/1.1 401 Told\r\nContent-Length: 0\r\nConnection: close\r\nWWW-Authenticate: ";
    stream.write_all(&[head, challenge, b"\r\n\r\n"].concat()).unwrap();
}
