//! Owns objects of Kubernetes that hold texts for others: where in a file the data of one of them stands, or which file a kustomization puts there.

use crate::format::FormatRole;
use crate::locate::{File, NodeId, Tree, documents, same_length_text};

use super::reach::Reader;
use super::taken::Object;

/// What `read` makes of the data of an object in the file: of the document's tree, the mapping in it, its text, and the byte where that begins.
pub(super) fn in_object<R>(file: &File<'_>, wanted: &Object, read: &dyn Fn(&Tree<'_>, NodeId, &str, usize) -> Option<R>) -> Option<R> {
    memchr::memmem::find(file.bytes, wanted.kind.as_bytes())?;
    let text = same_length_text(file.bytes);
    documents(&text).into_iter().find_map(|range| {
        let document = &text[range.clone()];
        let tree = Tree::read(document).ok()?;
        let root = tree.root()?;
        let said = |path: &[&str]| path.iter().try_fold(root, |node, key| tree.get(node, key));
        let is = |path: &[&str], wanted: &str| said(path).and_then(|node| tree.scalar(node)).is_some_and(|scalar| scalar.text == wanted);
        if !is(&["kind"], &wanted.kind) || !is(&["metadata", "name"], &wanted.name) {
            return None;
        }
        // What a Secret has in `data` is encoded.
        let places = [said(&["data"]).filter(|_| wanted.kind == "ConfigMap"), said(&["stringData"])];
        places.into_iter().flatten().find_map(|data| read(&tree, data, document, range.start))
    })
}

/// The file that a kustomization puts under the object's key, where it makes the object (kustomize `api/kv/kv.go`, `ParseFileSource`).
pub(super) fn generated<'r, 'a>(wanted: &Object, readers: &[Reader<'_>], files: &'r [File<'a>]) -> Option<&'r File<'a>> {
    let generator = if wanted.kind == "Secret" { "secretGenerator" } else { "configMapGenerator" };
    readers.iter().filter(|reader| reader.format.table.is == Some(FormatRole::Kustomization)).find_map(|reader| {
        let own = files.iter().find(|file| file.path == reader.path.as_str())?;
        memchr::memmem::find(own.bytes, generator.as_bytes())?;
        let text = same_length_text(own.bytes);
        let tree = Tree::read(&text).ok()?;
        let said = |node: NodeId, key: &str| tree.get(node, key).and_then(|node| tree.scalar(node)).map(|scalar| &*scalar.text);
        let made = tree.items(tree.get(tree.root()?, generator)?).iter().find(|made| said(**made, "name") == Some(&wanted.name))?;
        let path = tree.items(tree.get(*made, "files")?).iter().find_map(|item| {
            let text = &*tree.scalar(*item)?.text;
            let (key, path) = text.split_once('=').unwrap_or((text.rsplit('/').next()?, text));
            (key == wanted.key).then_some(path)
        })?;
        let path = reader.path.folder().join(path).ok()?;
        files.iter().find(|file| file.path == path.as_str())
    })
}
