//! Owns regclient's regsync.yml, which expresses every row.

use super::node::Node;
use super::plan::commands;
use super::product::before;
use super::script::{domains, header, listed, notes};
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
    let words = [("domains", vec![listed(&hosts)]), ("before", before(rows, options))];
    let mut written = Written::default();
    written.data(
        "regsync.yml",
        header(Engine::Regsync, options, include_str!("../../rules/engines/regsync.yaml"), &words) + &Node::Map(entries).yaml(),
    );
    written
}
