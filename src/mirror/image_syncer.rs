//! Owns image-syncer's list of images, with the skeleton of its credentials.

use std::collections::{BTreeMap, BTreeSet};

use super::node::Node;
use super::product::before;
use super::script::{Script, domains, header, notes, variable};
use super::{Engine, Kind, Options, Profile, Purpose, Row, Syntax, Written};

pub(super) const ENGINE: Profile = Profile::new("image-syncer", Purpose::Copy, write, "images and an auth skeleton for image-syncer");

fn write(rows: &[Row], options: &Options) -> Written {
    let (mut written, fitting) = Written::sift(rows, |row| match pairs(row) {
        pairs if pairs.is_empty() => {
            Err("image-syncer names a copy by the source's digest or by a tag of each, and this row has one of either")
        }
        pairs => Ok((row, pairs)),
    });
    let kept: Vec<&Row> = fitting.iter().map(|(row, _)| *row).collect();
    let mut images: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
    for (row, pairs) in fitting {
        for (source, target) in pairs {
            let (targets, about) = images.entry(source).or_default();
            targets.insert(target);
            about.extend(notes(row));
        }
    }
    if images.is_empty() {
        return written;
    }
    // Keys are single: a source with several targets has them in one list.
    let images = Node::Map(images.into_iter().map(|(source, (targets, notes))| (source, one_or_list(targets).noted(notes))).collect());
    let auth = auth(&domains(kept.iter().copied()), options);
    let extension = match options.syntax {
        Syntax::Json => "json",
        Syntax::Yaml => "yaml",
    };
    let words = [("before", before(kept.iter().copied(), options)), ("extension", vec![extension.to_owned()])];
    written
        .script("mirror.sh", Script::new(Engine::ImageSyncer, options, include_str!("../../rules/engines/image-syncer.sh"), &words).text());
    for (name, kind, node) in [("images", Kind::Data, images), ("auth", Kind::Skeleton, auth)] {
        let text = match options.syntax {
            Syntax::Json => node.json(),
            Syntax::Yaml => header(Engine::ImageSyncer, options, "", &[]) + &node.yaml(),
        };
        written.file(&format!("{name}.{extension}"), kind, text);
    }
    written
}

/// Source and target of each copy. A pinned source loses its tag in image-syncer, so a row with both becomes two.
fn pairs(row: &Row) -> Vec<(String, String)> {
    let (from, to) = (row.source().name(), row.target().name());
    let mut pairs = Vec::new();
    if let (Some(source), Some(target)) = (row.source_tag(), row.target_tag()) {
        pairs.push((format!("{from}:{source}"), format!("{to}:{target}")));
    }
    // A target that is pinned by hand must be there by its digest, wherever the tag points by now.
    if row.target().digest().is_some() || row.target_tag().is_none() {
        pairs.extend(row.digest().map(|digest| (format!("{from}@{digest}"), format!("{to}@{digest}"))));
    }
    pairs
}

fn one_or_list(mut targets: BTreeSet<String>) -> Node {
    match targets.pop_first() {
        Some(only) if targets.is_empty() => Node::text(only),
        first => Node::texts(first.into_iter().chain(targets)),
    }
}

/// One entry for each domain and none for namespaces: where both are there, image-syncer takes either.
fn auth(domains: &BTreeSet<String>, options: &Options) -> Node {
    let entry = |domain: &String| {
        let placeholder = |what| Node::text(format!("${{{}}}", variable(domain, what)));
        let mut keys = vec![("username".to_owned(), placeholder("USERNAME")), ("password".to_owned(), placeholder("PASSWORD"))];
        if options.plain_http.contains(domain) {
            keys.push(("insecure".to_owned(), Node::Truth(true)));
        }
        (domain.clone(), Node::Map(keys))
    };
    Node::Map(domains.iter().map(entry).collect())
}
