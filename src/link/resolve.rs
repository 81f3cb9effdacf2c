//! Owns what a layer that a document names is: a file of the set, what stands in the document itself, or in an object of Kubernetes.

use crate::locate::File;
use crate::source::TreePath;

use super::chart::{ChartFile, Inline, Layer};
use super::object::{generated, in_object};
use super::reach::Reader;
use super::taken::{Layered, Object};

/// What a layer of the document that begins at that byte of `own` is, among the files of a set and what they take in.
pub(super) fn resolved<'a>(
    layer: &Layered,
    own: &File<'a>,
    document: usize,
    (readers, files): (&[Reader<'_>], &[File<'a>]),
) -> Option<Layer<'a>> {
    match layer {
        Layered::Inline(_, inline) | Layered::Parameters(inline) => Some(Layer::Inline(inline.standing(own.id, document))),
        Layered::File(places) => places.iter().find_map(|place| file_at(place, files)),
        // Which of those that fit it is, is another stack.
        Layered::Like(_) => None,
        Layered::Object(wanted) => {
            let inline = files.iter().find_map(|file| object(file, wanted)).map(Layer::Inline);
            inline.or_else(|| generated(wanted, readers, files).map(of_file))
        }
    }
}

fn file_at<'a>(place: &TreePath, files: &[File<'a>]) -> Option<Layer<'a>> {
    files.iter().find(|file| file.path == place.as_str()).map(of_file)
}

const fn of_file<'a>(file: &File<'a>) -> Layer<'a> {
    Layer::File(ChartFile { path: file.path, file: file.id, bytes: file.bytes })
}

/// The values in an object of the file.
fn object(file: &File<'_>, wanted: &Object) -> Option<Inline> {
    in_object(file, wanted, &|tree, data, document, base| {
        let node = tree.get(data, &wanted.key)?;
        let inline = match &wanted.target {
            Some(target) => Inline::parameters(std::iter::once((target.as_str(), node, 0)), tree, document),
            None => Inline::text(tree, node, document)?,
        };
        Some(inline.standing(file.id, base))
    })
}
