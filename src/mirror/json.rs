//! Owns the plan as JSON, for programs.

use super::node::Node;
use super::script::made_by;
use super::{Engine, Options, Profile, Purpose, Row, Written};

pub(super) const ENGINE: Profile = Profile::new("json", Purpose::Copy, write, "the plan itself, for programs");

fn write(rows: &[Row], options: &Options) -> Written {
    let plan = Node::map([
        ("version", Node::Number(1)),
        ("made_by", Node::texts(made_by(Engine::Json, options))),
        ("rows", Node::List(rows.iter().map(row).collect())),
    ]);
    let mut written = Written::default();
    written.data("mirror.json", plan.json());
    written
}

fn row(row: &Row) -> Node {
    let place = |place: &super::Place| {
        let line = i64::try_from(place.line).unwrap_or(i64::MAX);
        Node::map([("path", Node::text(&place.path)), ("line", Node::Number(line))])
    };
    let mut entries = vec![("source", Node::text(row.source().canonical())), ("target", Node::text(row.target().canonical()))];
    entries.extend(row.digest().map(|digest| ("digest", Node::text(digest))));
    entries.extend(row.replaces().map(|digest| ("replaces", Node::text(digest))));
    entries.extend([
        ("copy_from", Node::text(row.copy_from())),
        ("copy_to", Node::text(row.copy_to())),
        ("platforms", Node::texts(row.platforms().iter().map(ToString::to_string))),
        ("takes_any_platform", Node::Truth(row.takes_any())),
        ("places", Node::List(row.places().iter().map(place).collect())),
    ]);
    Node::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}
