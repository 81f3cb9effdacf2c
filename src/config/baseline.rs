//! Owns `baseline:` of rule files: the file of old findings.

use super::files::Files;
use crate::mapping::Fault;
use crate::source::TreePath;

/// The file that the outermost rule file names, as people would type it, and in its tree; its path is relative to the rule file's folder.
pub(super) fn baseline(files: &mut Files<'_>) -> Option<(String, TreePath)> {
    for index in files.outwards_in() {
        let Some(loaded) = files.all.get(index) else { continue };
        let Some(text) = loaded.file.root.text_at("baseline") else { continue };
        let found = loaded
            .folder()
            .ok_or_else(|| "a pack stands in no folder".to_owned())
            .and_then(|folder| folder.join(&text.text).map_err(|fault| fault.to_string()));
        match found {
            Ok(path) => return Some((files.shown(&path), path)),
            Err(why) => {
                let fault = Fault::new(loaded.file.place(&text.span), format!("`{}` is no place for a baseline: {why}", text.text));
                files.faults.push(fault.label("expected a path relative to this file"));
            }
        }
    }
    None
}
