//! Owns which value a var has in which file.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::files::Files;
use crate::mapping::{Fault, Place, Var, Vars, is_name, names, nearest};

/// The vars of the command line.
pub(super) fn given(files: &mut Files, given: &BTreeMap<String, String>) -> Vars {
    let var = |(name, value): (&String, &String)| {
        let source = files.source("--var", &format!("{name}={value}"));
        (name.clone(), Var { value: value.clone(), place: Place { span: name.len() + 1..source.text.len(), source } })
    };
    given.iter().map(var).collect()
}

/// The vars of each file, by its index. A name that a file declares is a var in that file only; its value comes from the command line, else
/// from the outermost file that extends it and gives one, else from the file itself.
pub(super) fn resolve(files: &mut Files, given: &Vars) -> Vec<Vars> {
    let order = files.outwards_in();
    let mut faults = Vec::new();
    let mut all = Vec::new();
    for (index, loaded) in files.all.iter().enumerate() {
        let mut vars = Vars::new();
        let mut outer = None;
        for (name, _) in loaded.file.vars() {
            let place = loaded.file.place(&name.span);
            let why = if !is_name(&name.text) {
                Some("expected letters, digits and `_`, not starting with a digit")
            } else if ["path", "name", "tag"].contains(&name.text.as_str()) {
                Some("this is a part of the reference in `to`")
            } else {
                None
            };
            if let Some(why) = why {
                faults.push(Fault::new(place, format!("`{}` cannot name a var", name.text)).label(why));
                continue;
            }
            let outer = outer.get_or_insert_with(|| files.above(index));
            let above = order.iter().filter(|above| outer.contains(above)).filter_map(|above| files.all.get(*above));
            let declared = || above.flat_map(|loaded| loaded.file.vars()).find_map(|(known, var)| var.filter(|_| known.text == name.text));
            let var = given.get(&name.text).cloned().or_else(declared);
            let var = var.unwrap_or_else(|| {
                let fault = Fault::new(place.clone(), format!("the var `{}` has no value", name.text)).label("this must be given a value");
                let help =
                    format!("pass `--var {0}=VALUE`, or set `vars: {{{0}: VALUE}}` in the rule file that extends this one", name.text);
                let fault = match nearly(files, &name.text) {
                    // The user's own line, where it gives a value to a name that is nearly this one.
                    Some((near, written)) => {
                        Fault::new(near, format!("no rule file has a var `{written}`")).meant(&written, std::iter::once(&*name.text))
                    }
                    None => fault.help(help),
                };
                faults.push(fault);
                // With something in its place the other faults of the file can still be found.
                Var { value: format!("{}.invalid/missing", name.text.to_ascii_lowercase().replace('_', "-")), place }
            });
            vars.insert(name.text.clone(), var);
        }
        all.push(vars);
    }
    files.faults.extend(faults);
    all
}

/// A value that a file gives to a name that is nearly this one, and that no pack has.
fn nearly(files: &Files, name: &str) -> Option<(Place, String)> {
    let given = files.all.iter().flat_map(|loaded| loaded.file.vars().filter_map(move |(known, var)| var.map(|_| (loaded, known))));
    let near = given.filter(|(_, known)| nearest(&known.text, std::iter::once(name)).is_some());
    near.map(|(loaded, known)| (loaded.file.place(&known.span), known.text.clone())).next()
}

/// Faults of `--var` options that nothing asks for.
pub(super) fn check_given(files: &mut Files, given: &Vars, maps: &[String], vars: &[Vars]) {
    let declared: BTreeSet<&String> = vars.iter().flat_map(BTreeMap::keys).collect();
    let used: BTreeSet<&str> = maps.iter().flat_map(|map| names(map)).collect();
    for (name, var) in given {
        if declared.contains(name) || used.contains(name.as_str()) {
            continue;
        }
        let place = Place { span: 0..name.len(), source: Arc::clone(&var.place.source) };
        let fault = Fault::new(place, format!("no rule file has a var `{name}`"));
        let fault = fault.label("expected a name under `vars` of the rule file or of a pack");
        files.faults.push(fault.meant(name, declared.iter().map(|name| name.as_str())));
    }
}
