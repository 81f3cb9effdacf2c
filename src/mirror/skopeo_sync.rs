//! Owns the source lists of `skopeo sync`: one for each folder of a target registry, since a destination is a folder and the last segment stays.

use std::collections::BTreeMap;

use super::images::Images;
use super::node::Node;
use super::product::before;
use super::script::{Script, domains, header, listed, quote};
use super::{Engine, Options, Profile, Purpose, Row, Written};

pub(super) const ENGINE: Profile =
    Profile::new("skopeo-sync", Purpose::Copy, write, "the YAML of `skopeo sync` and the command for each destination");

fn write(rows: &[Row], options: &Options) -> Written {
    let (mut written, fitting) = Written::sift(rows, |row| entries(row).map(|entries| (row, entries)));
    if fitting.is_empty() {
        return written;
    }
    let kept = fitting.iter().map(|(row, _)| *row);
    let words = [("domains", vec![listed(&domains(kept.clone()))]), ("before", before(kept, options))];
    let mut folders: BTreeMap<(String, String), Images> = BTreeMap::new();
    for (row, (folder, entries)) in fitting {
        folders.entry((row.target_domain(), folder)).or_default().add(row, entries);
    }
    let mut script = Script::new(Engine::SkopeoSync, options, include_str!("../../rules/engines/skopeo-sync.sh"), &words);
    let mut lists = Vec::new();
    for (number, ((domain, folder), images)) in folders.into_iter().enumerate() {
        let name = format!("sync-{}.yaml", number + 1);
        let destination = if folder.is_empty() { domain.clone() } else { format!("{domain}/{folder}") };
        let flags = if options.plain_http.contains(&domain) { "--dest-tls-verify=false " } else { "" };
        script.line(&format!("copy {flags}{} {}", quote(&name), quote(&destination)));
        let header = header(Engine::SkopeoSync, options, "# for {destination}", &[("destination", vec![destination])]);
        let plain = |domain: &str| options.plain_http.contains(domain).then(|| ("tls-verify".to_owned(), Node::Truth(false)));
        lists.push((name, header + &images.node(plain).yaml()));
    }
    written.script("mirror.sh", script.finish());
    for (name, text) in lists {
        written.data(name, text);
    }
    written
}

/// The destination's folder and what to list below the source's path.
fn entries(row: &Row) -> Result<(String, Vec<String>), &'static str> {
    let (source, target) = (row.source_path(), row.target_path());
    let (folder, last) = target.rsplit_once('/').unwrap_or(("", &target));
    if source.rsplit('/').next() != Some(last) {
        return Err("skopeo sync keeps the last segment of the path, and the target renames it");
    }
    let mut entries = Vec::new();
    if let Some(tag) = row.target_tag() {
        if row.source_tag() != Some(tag) {
            return Err("skopeo sync keeps the tag, and the target has another");
        }
        entries.push(tag.to_owned());
    }
    // Whoever wants `name:tag@digest` pulls by the digest, which the tag may have left since; old releases refuse both in one entry.
    if row.target().digest().is_some() || row.target_tag().is_none() {
        entries.extend(row.digest().map(str::to_owned));
    }
    Ok((folder.to_owned(), entries))
}
