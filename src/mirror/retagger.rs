//! Owns the lists of Giant Swarm's retagger: plain copies in a skopeo list for each source registry, renamed ones in a list of their own.

use std::collections::{BTreeMap, BTreeSet};

use super::images::Images;
use super::node::Node;
use super::prefix::pattern;
use super::script::{header, notes};
use super::{Engine, Options, Profile, Purpose, Row, Written};

pub(super) const ENGINE: Profile = Profile::new("retagger", Purpose::Copy, write, "Giant Swarm retagger's image lists");

/// Where retagger copies to; nothing else can be said in its lists.
const DESTINATIONS: [(&str, &str); 2] =
    [("gsoci.azurecr.io", "giantswarm"), ("giantswarm-registry.cn-shanghai.cr.aliyuncs.com", "giantswarm")];

fn write(rows: &[Row], options: &Options) -> Written {
    let mut written = Written::default();
    let mut plain: BTreeMap<String, Images> = BTreeMap::new();
    let mut renamed: BTreeMap<Vec<(&'static str, String)>, BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        match entry(row) {
            Err(reason) => written.leave(row, reason),
            Ok(Entry::Plain(entries)) => plain.entry(list_name(&row.source_domain())).or_default().add(row, entries),
            Ok(Entry::Renamed(entry)) => renamed.entry(entry).or_default().extend(notes(row)),
        }
    }
    let header = header(Engine::Retagger, options, "# Merge into retagger's file of the same name in its folder images/.", &[]);
    for (name, images) in plain {
        written.data(name, header.clone() + &images.node(|_| None).yaml());
    }
    if !renamed.is_empty() {
        let entries = renamed.into_iter().map(|(entry, notes)| {
            Node::Map(entry.into_iter().map(|(key, value)| (key.to_owned(), Node::text(value))).collect()).noted(notes)
        });
        written.data("renamed-images.yaml", header + &Node::List(entries.collect()).yaml());
    }
    written
}

/// The list of a registry, named as retagger's are. Names that look alike (`a.b.io`, `a-b.io`) share one: a list of skopeo holds any number of registries.
fn list_name(domain: &str) -> String {
    let host: String = domain.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("skopeo-{host}.yaml")
}

enum Entry {
    Plain(Vec<String>),
    Renamed(Vec<(&'static str, String)>),
}

fn entry(row: &Row) -> Result<Entry, &'static str> {
    let path = row.target_path();
    let name = DESTINATIONS
        .iter()
        .filter(|(domain, _)| *domain == row.target_domain())
        .find_map(|(_, folder)| path.strip_prefix(folder)?.strip_prefix('/'))
        .filter(|name| !name.contains('/'))
        .ok_or("retagger copies to gsoci.azurecr.io/giantswarm/NAME only")?;
    let same_name = row.source_path().rsplit('/').next() == Some(name);
    let Some(tag) = row.target_tag() else {
        // A skopeo list takes digests; a renamed image must have a tag.
        let digest = row.digest().map(str::to_owned);
        return if same_name {
            Ok(Entry::Plain(digest.into_iter().collect()))
        } else {
            Err("retagger cannot rename an image without a tag")
        };
    };
    let source_tag = row.source_tag().ok_or("retagger cannot give a tag to an image that has none")?;
    if same_name && tag == source_tag {
        let digest = row.target().digest().map(str::to_owned);
        return Ok(Entry::Plain([tag.to_owned()].into_iter().chain(digest).collect()));
    }
    let mut entry = vec![("image", row.source().name().to_string())];
    match row.digest().and_then(|digest| digest.strip_prefix("sha256:")) {
        Some(hex) => entry.extend([("tag_or_pattern", source_tag.to_owned()), ("sha", hex.to_owned())]),
        // Without a digest the tag is a pattern, which would find `13.8` and `3.80` as well.
        None => entry.push(("tag_or_pattern", format!("^{}$", pattern(source_tag)))),
    }
    if tag != source_tag {
        let suffix = tag.strip_prefix(source_tag).and_then(|rest| rest.strip_prefix('-')).filter(|suffix| !suffix.is_empty());
        entry.push(("add_tag_suffix", suffix.ok_or("retagger can only append `-SUFFIX` to a tag")?.to_owned()));
    }
    if !same_name {
        entry.push(("override_repo_name", name.to_owned()));
    }
    Ok(Entry::Renamed(entry))
}
