//! Owns what is read from the process's environment, so that the rest stays pure.

use std::ffi::OsString;
use std::path::PathBuf;

/// The value of `PATH`.
pub(super) fn search() -> OsString {
    value("PATH").unwrap_or_default()
}

/// The user's folder.
pub(super) fn home() -> Option<PathBuf> {
    value("HOME").map(PathBuf::from)
}

/// The variables that a network needs on this machine, for programs that may use it: proxies.
pub(super) fn proxies() -> Vec<(OsString, OsString)> {
    let names = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];
    names.into_iter().filter_map(|name| Some((OsString::from(name), std::env::var_os(name)?))).collect()
}

/// The value of one variable, as it is.
pub(super) fn value(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// The folder where what registries said is kept between runs: `$XDG_CACHE_HOME/transship/presence`, or below `~/.cache`.
pub(super) fn presence_cache() -> Option<PathBuf> {
    Some(cache()?.join("transship/presence"))
}

/// The folder where helm keeps the charts that it has fetched (Helm, `pkg/helmpath`).
pub(super) fn charts() -> Option<PathBuf> {
    let below = |name: &str, rest: &str| folder(name).map(|folder| folder.join(rest));
    folder("HELM_REPOSITORY_CACHE").or_else(|| below("HELM_CACHE_HOME", "repository")).or_else(|| Some(cache()?.join("helm/repository")))
}

fn cache() -> Option<PathBuf> {
    folder("XDG_CACHE_HOME").or_else(|| home().map(|home| home.join(".cache")))
}

/// The folder that a variable names.
fn folder(name: &str) -> Option<PathBuf> {
    value(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Whether a pipeline runs us: `CI` is set, and not to `false`.
pub(super) fn is_pipeline() -> bool {
    value("CI").is_some_and(|value| !value.is_empty() && value != "false")
}
