//! Owns where an edit is right: in which classes of texts, and in which files.

use std::collections::BTreeSet;

use globset::GlobSet;

use super::files::Files;
use super::globs::globs;
use crate::mapping::Node;
use crate::occurrence::Class;

/// In which classes of texts names are edited. What is deployed, built, run and configured is always one.
#[derive(Clone, Debug, Default)]
pub struct Classes {
    everywhere: BTreeSet<Class>,
    by_file: Vec<(GlobSet, BTreeSet<Class>)>,
}

impl Classes {
    /// Whether texts of a class are edited in the file at `path`.
    #[must_use]
    pub fn edit(&self, path: &str, class: Class) -> bool {
        class.is_in_use() || self.name(path, class)
    }

    /// Whether somebody names a class for the file at `path`: then its texts are edited where the format of their document does not say that
    /// they are images, too.
    #[must_use]
    pub fn name(&self, path: &str, class: Class) -> bool {
        self.everywhere.contains(&class) || self.by_file.iter().any(|(files, classes)| classes.contains(&class) && files.is_match(path))
    }

    /// The same, and these classes in every file.
    #[must_use]
    pub fn and(mut self, classes: impl IntoIterator<Item = Class>) -> Self {
        self.everywhere.extend(classes);
        self
    }
}

/// The classes that a word means: one, or all of a whole migration; `None` for one that is never edited, and for another word.
#[must_use]
pub fn classes_of(word: &str) -> Option<Vec<Class>> {
    if word == "all" {
        return Some(Class::MOVING.to_vec());
    }
    word.parse().ok().filter(|class| Class::MOVING.contains(class)).map(|class| vec![class])
}

/// `classes:` of all rule files.
pub(super) fn classes(files: &mut Files<'_>) -> Classes {
    let mut classes = Classes::default();
    let mut faults = Vec::new();
    let meant = |node: &Node| {
        node.items().iter().filter_map(Node::text).filter_map(|word| classes_of(&word.text)).flatten().collect::<BTreeSet<_>>()
    };
    for loaded in &files.all {
        for entry in loaded.file.root.get("classes").map(Node::items).unwrap_or_default() {
            let Some(edit) = entry.get("edit") else {
                classes.everywhere.extend(meant(entry));
                continue;
            };
            classes.by_file.push((globs(&loaded.file, &entry.texts_at("files"), &mut faults), meant(edit)));
        }
    }
    files.faults.extend(faults);
    classes
}
