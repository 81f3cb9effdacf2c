//! Owns what is read from the process's environment, so that the rest stays pure.

use std::ffi::OsString;
use std::path::PathBuf;

/// The value of `PATH`.
#[must_use]
pub(super) fn search() -> OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

/// The user's folder.
#[must_use]
pub(super) fn home() -> Option<PathBuf> {
    std::env::var_os("HOME").map(PathBuf::from)
}

/// The variables that a network needs on this machine, for programs that may use it: proxies.
#[must_use]
pub(super) fn proxies() -> Vec<(OsString, OsString)> {
    let names = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];
    names.into_iter().filter_map(|name| Some((OsString::from(name), std::env::var_os(name)?))).collect()
}

/// The value of one variable, as it is.
#[must_use]
pub(super) fn value(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// The folder where what registries said is kept between runs: `$XDG_CACHE_HOME/transship/presence`, or below `~/.cache`.
#[must_use]
pub(super) fn presence_cache() -> Option<PathBuf> {
    let set = |name| value(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| home().map(|home| home.join(".cache")))?;
    Some(cache.join("transship/presence"))
}

/// Whether a pipeline runs us: `CI` is set, and not to `false`.
#[must_use]
pub(super) fn is_pipeline() -> bool {
    value("CI").is_some_and(|value| !value.is_empty() && value != "false")
}
