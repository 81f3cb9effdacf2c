//! Owns which value a var has in which file.

use std::collections::{BTreeMap, BTreeSet};

use super::files::Files;
use crate::mapping::{Fault, Place, Vars, is_name, names};

/// The vars of each file, by its index. A name that a file declares is a var in that file only; its value comes from the command line, else
/// from the outermost file that extends it and gives one, else from the file itself.
pub(super) fn resolve(files: &mut Files, given: &BTreeMap<String, String>) -> Vec<Vars> {
    let order = files.outwards_in();
    let mut faults = Vec::new();
    let mut all = Vec::new();
    for index in 0..files.all.len() {
        let outer: Vec<usize> = order.iter().copied().filter(|above| files.reach(*above).contains(&index)).collect();
        let mut vars = Vars::new();
        for (name, _) in files.all.get(index).map(|loaded| loaded.file.vars()).unwrap_or_default() {
            let place = || files.all.get(index).map(|loaded| loaded.file.place(&name.span));
            if !is_name(&name.text) {
                let why = "expected letters, digits and `_`, not starting with a digit";
                faults.extend(place().map(|place| Fault::new(place, format!("`{}` cannot name a var", name.text)).label(why)));
                continue;
            }
            if ["path", "name", "tag"].contains(&name.text.as_str()) {
                let why = "this is a part of the reference in `to`";
                faults.extend(place().map(|place| Fault::new(place, format!("`{}` cannot name a var", name.text)).label(why)));
                continue;
            }
            let declared = outer
                .iter()
                .filter_map(|above| files.all.get(*above))
                .find_map(|loaded| loaded.file.vars().into_iter().find(|(known, _)| known.text == name.text).and_then(|(_, value)| value));
            let value = given.get(&name.text).cloned().or(declared);
            if value.is_none() {
                let fault = place().map(|place| Fault::new(place, format!("the var `{}` has no value", name.text)));
                let help =
                    format!("pass `--var {0}=VALUE`, or set `vars: {{{0}: VALUE}}` in the rule file that extends this one", name.text);
                faults.extend(fault.map(|fault| fault.label("this must be given a value").help(help)));
            }
            // With something in its place the other faults of the file can still be found.
            let stand_in = || format!("{}.invalid/missing", name.text.to_ascii_lowercase().replace('_', "-"));
            vars.insert(name.text.clone(), value.unwrap_or_else(stand_in));
        }
        all.push(vars);
    }
    files.faults.extend(faults);
    all
}

/// Faults of `--var` options that nothing asks for.
pub(super) fn check_given(files: &mut Files, given: &BTreeMap<String, String>, maps: &[String], vars: &[Vars]) {
    let declared: BTreeSet<&String> = vars.iter().flat_map(BTreeMap::keys).collect();
    let used: BTreeSet<&str> = maps.iter().flat_map(|map| names(map)).collect();
    for (name, value) in given {
        if declared.contains(name) || used.contains(name.as_str()) {
            continue;
        }
        let source = files.source("--var", &format!("{name}={value}"));
        let fault = Fault::new(Place { source, span: 0..name.len() }, format!("no rule file has a var `{name}`"));
        let fault = fault.label("expected a name under `vars` of the rule file or of a pack");
        files.faults.push(match crate::mapping::nearest(name, declared.iter().map(|name| name.as_str())) {
            Some(near) => fault.help(format!("did you mean `{near}`?")),
            None => fault,
        });
    }
}
