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
    let below = |name: &str, rest: &str| path(name).map(|folder| folder.join(rest));
    path("HELM_REPOSITORY_CACHE").or_else(|| below("HELM_CACHE_HOME", "repository")).or_else(|| Some(cache()?.join("helm/repository")))
}

/// The folder where it is kept what was written to forges lately, and who writes: `$XDG_CACHE_HOME/transship/forges`, or below `~/.cache`.
pub(super) fn forges() -> Option<PathBuf> {
    Some(cache()?.join("transship/forges"))
}

fn cache() -> Option<PathBuf> {
    path("XDG_CACHE_HOME").or_else(|| home().map(|home| home.join(".cache")))
}

/// The folder or file that a variable names.
fn path(name: &str) -> Option<PathBuf> {
    value(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The rule file that `TRANSSHIP_CONFIG` names.
pub(super) fn rules() -> Option<PathBuf> {
    path("TRANSSHIP_CONFIG")
}

/// How `check` shows findings: `TRANSSHIP_FORMAT`.
pub(super) fn format() -> Option<String> {
    value("TRANSSHIP_FORMAT").filter(|value| !value.is_empty()).map(|value| value.to_string_lossy().into_owned())
}

/// The file that GitHub shows as the summary of a job's step.
pub(super) fn step_summary() -> Option<PathBuf> {
    path("GITHUB_STEP_SUMMARY")
}

/// Whether colours are asked for wherever the output goes: `FORCE_COLOR` is set and neither `0` nor `false`, and `NO_COLOR` is not.
pub(super) fn are_colours_forced() -> bool {
    let is_set = |name: &str| value(name).filter(|value| !value.is_empty());
    is_set("NO_COLOR").is_none() && is_set("FORCE_COLOR").is_some_and(|value| value != "0" && value != "false")
}

/// Whether a pipeline runs us: `CI` is set, and not to `false`.
pub(super) fn is_pipeline() -> bool {
    value("CI").is_some_and(|value| !value.is_empty() && value != "false")
}
