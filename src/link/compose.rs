//! Owns which files a Compose file takes in: they get their variables from its project.

use super::kustomize::join;
use crate::locate::{Tree, documents, same_length_text};

/// The files that `include:` and `extends:` of a Compose file in `folder` name, normalised; remote ones are left out.
#[must_use]
pub fn included(bytes: &[u8], folder: &str) -> Vec<String> {
    let text = same_length_text(bytes);
    let Some(range) = documents(&text).into_iter().next() else { return Vec::new() };
    let Ok(tree) = Tree::read(&text[range]) else { return Vec::new() };
    let Some(root) = tree.root() else { return Vec::new() };
    let mut nodes = Vec::new();
    for entry in tree.get(root, "include").map(|list| tree.items(list).to_vec()).unwrap_or_default() {
        let path = tree.get(entry, "path").unwrap_or(entry);
        nodes.push(path);
        nodes.extend(tree.items(path));
    }
    for (_, service) in tree.get(root, "services").map(|services| tree.pairs(services).to_vec()).unwrap_or_default() {
        nodes.extend(tree.get(service, "extends").and_then(|extends| tree.get(extends, "file")));
    }
    nodes.into_iter().filter_map(|node| tree.scalar(node)).filter_map(|path| join(folder, &path.text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_included_and_extended_files() {
        let text =
            "include:\n  - db/a.yaml\n  - path: [x.yaml, ../y.yaml]\n  - oci://r.io/x\nservices:\n  a: {extends: {file: base.yaml}}\n";
        assert_eq!(included(text.as_bytes(), "app"), ["app/db/a.yaml", "app/x.yaml", "y.yaml", "app/base.yaml"]);
    }
}
