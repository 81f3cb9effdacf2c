//! Reads Renovate's configuration: `registryAliases`, and `packageRules` with a replacement (docs.renovatebot.com).

use serde_json::Value;

use super::{Imported, is_name, texts};

pub(super) fn import(config: &Value) -> Imported {
    let mut imported = Imported::of("Renovate's configuration");
    for (alias, registry) in config["registryAliases"].as_object().into_iter().flatten() {
        let registry = registry.as_str().unwrap_or_default().trim_end_matches('/');
        if registry.contains("://") || registry.is_empty() {
            imported.leave(alias, "its registry is no registry of images");
        } else {
            imported.copy(format!("{alias}/"), vec![format!("{registry}/")]);
        }
    }
    for rule in config["packageRules"].as_array().into_iter().flatten() {
        let datasources = texts(&rule["matchDatasources"]);
        let is_about_images = datasources.is_empty() || datasources.contains(&"docker");
        let names = texts(&rule["matchPackageNames"]);
        let Some(to) = rule["replacementName"].as_str() else {
            if is_about_images && rule["replacementNameTemplate"].is_string() {
                imported.leave(&names.join(", "), "a template of Renovate makes its new name; write a mapping by hand");
            }
            continue;
        };
        if !is_about_images || !is_name(to) {
            imported.leave(to, "it replaces no image");
            continue;
        }
        if rule["matchCurrentVersion"].is_string() || rule["matchFileNames"].is_array() {
            imported.leave(&names.join(", "), "its conditions on version or file are left out: see `when`");
        }
        for name in names {
            match rule["replacementVersion"].as_str() {
                _ if !is_name(name) => imported.leave(name, "patterns of packages are not read; write a mapping by hand"),
                Some(version) => imported.successor(name, vec![format!("{to}:{version}")]),
                None => imported.copy(name, vec![to.to_owned()]),
            }
        }
    }
    imported
}
