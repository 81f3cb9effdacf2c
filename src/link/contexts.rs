//! Owns the environments of a release: what its templates of values see in each of them.

use std::rc::Rc;

use crate::format::How;
use crate::locate::File;

use super::chart::{Context, Layer, is_template};
use super::fit::Values;
use super::reach::Reader;
use super::resolve::resolved;
use super::taken::Taken;

/// What templates ask for the name of the environment by.
const NAME: &str = ".Environment.Name";

/// The ways in which a release of `reader` may be deployed, each once for every environment where a template of values is part of it.
pub(super) fn each<'a>(
    ways: Vec<(Values, Vec<Layer<'a>>)>,
    reader: &Reader<'_>,
    readers: &[Reader<'_>],
    files: &[File<'a>],
) -> Vec<(Values, Vec<Layer<'a>>)> {
    let is_filled = |layer: &Layer<'a>| matches!(layer, Layer::File(file) if is_template(file.path));
    if !ways.iter().any(|(_, stack)| stack.iter().any(is_filled)) {
        return ways;
    }
    let contexts = all(reader, readers, files);
    let mut found = Vec::new();
    for (known, stack) in ways {
        let name = known.iter().find(|(variable, _)| variable.trim_matches(['$', '{', '}', ' ']) == NAME).map(|(_, value)| value);
        let is_meant = |context: &&Rc<Context<'a>>| name.is_none_or(|name| context.name.as_ref() == Some(name));
        let meant: Vec<&Rc<Context<'a>>> = contexts.iter().filter(is_meant).filter(|_| stack.iter().any(is_filled)).collect();
        if meant.is_empty() {
            found.push((known, stack));
            continue;
        }
        for context in meant {
            let with = |layer: &Layer<'a>| match layer {
                Layer::File(file) if is_template(file.path) => Layer::Template(*file, Rc::clone(context)),
                other => other.clone(),
            };
            found.push((known.clone(), stack.iter().map(with).collect()));
        }
    }
    found
}

/// What is said of environments in a file, in those that it takes in, and in those that take it in.
fn all<'a>(reader: &Reader<'_>, readers: &[Reader<'_>], files: &[File<'a>]) -> Vec<Rc<Context<'a>>> {
    let takes = |one: &Reader<'_>, other: &Reader<'_>| {
        let documents = one.takes.iter().filter(|taken| taken.how() == How::Document && taken.is_found());
        documents.flat_map(Taken::paths).any(|path| *path == other.path)
    };
    let (near, own): (Vec<_>, Vec<_>) = readers
        .iter()
        .filter(|one| one.path == reader.path || takes(reader, one) || takes(one, reader))
        .partition(|one| one.path != reader.path);
    let mut found: Vec<Context<'a>> = Vec::new();
    for one in near.into_iter().chain(own) {
        let Some(file) = files.iter().find(|file| file.path == one.path.as_str()) else { continue };
        for taken in one.takes.iter().filter(|taken| taken.how() == How::Context) {
            for (name, layers) in &taken.contexts {
                let mut layers: Vec<Layer<'a>> =
                    taken.layers.iter().chain(layers).filter_map(|layer| resolved(layer, file, taken.document, (readers, files))).collect();
                match found.iter_mut().find(|have| have.name.as_ref() == Some(name)) {
                    Some(have) => have.layers.append(&mut layers),
                    None => found.push(Context { name: Some(name.clone()), layers }),
                }
            }
        }
    }
    found.into_iter().map(Rc::new).collect()
}
