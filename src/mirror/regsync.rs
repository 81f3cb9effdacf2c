//! Owns regclient's regsync.yml, which expresses every row.

use super::node::Node;
use super::plan::commands;
use super::product::before;
use super::script::{commented, comments, domains, listed, notes};
use super::{Engine, Options, Profile, Purpose, Row, Written};

pub(super) const ENGINE: Profile = Profile::new("regsync", Purpose::Copy, write, "regsync.yml for regclient's `regsync once`");

fn write(rows: &[Row], options: &Options) -> Written {
    let hosts = domains(rows);
    let plain: Vec<Node> = hosts
        .iter()
        .filter(|domain| options.plain_http.contains(*domain))
        .map(|domain| Node::map([("registry", Node::text(domain)), ("tls", Node::text("disabled"))]))
        .collect();
    let sync = commands(rows).into_iter().map(|row| {
        let entries = [("source", Node::text(row.copy_from())), ("target", Node::text(row.copy_to())), ("type", Node::text("image"))];
        Node::map(entries).noted(notes(&row))
    });
    let mut entries = vec![("version".to_owned(), Node::Number(1))];
    if !plain.is_empty() {
        entries.push(("creds".to_owned(), Node::List(plain)));
    }
    entries.push(("sync".to_owned(), Node::List(sync.collect())));
    let header = comments(
        Engine::Regsync,
        options,
        &[
            "Dry run: regsync check -c regsync.yml. Copy: regsync once -c regsync.yml",
            &format!("Credentials are those of docker login: {}", listed(&hosts)),
            "Certificate authorities of your own: /etc/docker/certs.d/HOST/*.crt, the system's store, or regcert of the registry under creds.",
        ],
    );
    let mut written = Written::default();
    let before = before(rows, options);
    written.data("regsync.yml", header + &commented(before.iter().map(String::as_str)) + &Node::Map(entries).yaml());
    written
}
