//! Reads `registries.conf` of containers/image: `[[registry]]` tables (containers-registries.conf(5)).

use toml::de::{DeTable, DeValue};

use super::Imported;

/// One `[[registry]]`.
pub(super) struct Registry {
    prefix: String,
    location: String,
    mirrors: Vec<String>,
    blocked: Blocked,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Blocked {
    Yes,
    No,
}

/// The registries of a text, when it is such a file.
pub(super) fn tables(text: &str) -> Option<Vec<Registry>> {
    let table = DeTable::parse(text).ok()?.into_inner();
    let DeValue::Array(all) = table.get("registry")?.get_ref() else { return None };
    let of = |table: &DeTable<'_>, key: &str| Some(table.get(key)?.get_ref().as_str()?.to_owned());
    let registry = |table: &DeTable<'_>| {
        let location = of(table, "location").or_else(|| of(table, "prefix"))?;
        let mirrors = match table.get("mirror").map(toml::Spanned::get_ref) {
            Some(DeValue::Array(all)) => all.iter().filter_map(|one| of(one.get_ref().as_table()?, "location")).collect(),
            _ => Vec::new(),
        };
        let is_blocked = table.get("blocked").and_then(|blocked| blocked.get_ref().as_bool()) == Some(true);
        let blocked = if is_blocked { Blocked::Yes } else { Blocked::No };
        Some(Registry { prefix: of(table, "prefix").unwrap_or_else(|| location.clone()), location, mirrors, blocked })
    };
    Some(all.iter().filter_map(|one| registry(one.get_ref().as_table()?)).collect())
}

pub(super) fn import(registries: &[Registry]) -> Imported {
    let mut imported = Imported::of("registries.conf");
    for Registry { prefix, location, mirrors, blocked } in registries {
        if *blocked == Blocked::Yes {
            imported.deny(prefix);
            continue;
        }
        if prefix.contains('*') {
            imported.leave(prefix, "a prefix with `*` says nothing of the name behind it; write a mapping by hand");
            continue;
        }
        let own = (location != prefix).then_some(location);
        let to: Vec<&String> = mirrors.iter().chain(own).collect();
        if to.is_empty() {
            imported.leave(prefix, "nothing stands in for it");
            continue;
        }
        // A prefix covers the repository of that name and all below it.
        if prefix.matches('/').count() > 1 {
            imported.copy(prefix.as_str(), to.iter().map(|to| (*to).clone()).collect());
        }
        imported.copy(format!("{prefix}/"), to.iter().map(|to| format!("{to}/")).collect());
    }
    imported
}
