//! Reads image-syncer's list of images: `source[:tags]: destination`, or a list of them (`pkg/sync` of AliyunContainerService/image-syncer).

use serde_json::{Map, Value};

use super::{Imported, is_name, texts};

/// Whether a key and its value may be an entry.
pub(super) fn is_entry((key, value): (&String, &Value)) -> bool {
    let name = parts(key).0;
    is_name(name) && name.contains('/') && !texts(value).is_empty()
}

/// The repository, and what stands behind its colon or `@`.
fn parts(text: &str) -> (&str, &str) {
    if let Some((name, digest)) = text.split_once('@') {
        return (name, digest);
    }
    let path = text.find('/').unwrap_or_default();
    text.get(path..).and_then(|rest| rest.find(':')).map_or((text, ""), |colon| (&text[..path + colon], &text[path + colon + 1..]))
}

pub(super) fn import(list: &Map<String, Value>) -> Imported {
    let mut imported = Imported::of("image-syncer's list of images");
    for (source, destinations) in list {
        let (from, tags) = parts(source);
        let destinations = texts(destinations);
        if tags.starts_with("sha256:") || tags.contains(",sha256:") {
            imported.leave(source, "a digest stays as it is: it needs no mapping of its own");
            continue;
        }
        if tags.is_empty() {
            imported.copy(from, destinations.iter().map(|to| parts(to).0.to_owned()).collect());
        } else if tags.starts_with('/') && tags.ends_with('/') {
            imported.copy_of_tags(from, tags.to_owned(), destinations.iter().map(|to| parts(to).0.to_owned()).collect());
        } else {
            for tag in tags.split(',').map(str::trim) {
                let named = |to: &&str| if parts(to).1.is_empty() { format!("{to}:{tag}") } else { (*to).to_owned() };
                imported.copy(format!("{from}:{tag}"), destinations.iter().map(named).collect());
            }
        }
    }
    imported
}
