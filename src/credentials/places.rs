//! Owns where credentials are looked for, in order.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use super::secret::Secret;

/// The places, as the command line and the environment give them. Nothing of a scanned repository can add one.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// `--authfile`.
    pub authfile: Option<PathBuf>,
    /// `--auth`: an auth file of image-syncer, read only when named.
    pub syncer: Option<PathBuf>,
    /// `REGISTRY_AUTH_FILE`.
    pub registry_auth_file: Option<PathBuf>,
    /// `DOCKER_AUTH_CONFIG`: a docker configuration as text.
    pub docker_auth_config: Option<Secret>,
    /// Why `DOCKER_AUTH_CONFIG` is not read, where it is set and is not.
    pub passed_over: Option<&'static str>,
    /// Docker's `config.json`.
    pub docker: Option<PathBuf>,
    /// The `containers/auth.json` files, in order.
    pub containers: Vec<PathBuf>,
    /// `PATH`, where credential helpers are found; entries that are not absolute are not used.
    pub path: Option<OsString>,
    /// How long a helper may take: ten seconds, unless it is said.
    pub helper_timeout: Option<Duration>,
}

/// Where a folder of the user's has the file of podman and its kin.
const AUTH_FILE: &str = "containers/auth.json";

/// The file of podman and its kin for a user without a folder of the session, as for root and in a cron job (containers/image
/// `pkg/docker/config/config.go`, `getPathToAuthWithOS`).
#[cfg(target_os = "linux")]
fn of_user_id() -> Option<PathBuf> {
    use std::os::unix::fs::MetadataExt as _;
    // A process owns its own folder there.
    let user = std::fs::metadata("/proc/self").ok()?.uid();
    Some(PathBuf::from(format!("/run/containers/{user}/auth.json")))
}

/// On other systems it is among the user's settings, which are looked at anyway.
#[cfg(not(target_os = "linux"))]
const fn of_user_id() -> Option<PathBuf> {
    None
}

impl Places {
    /// The places that an environment names; `get` reads one variable (`std::env::var_os`). Empty values count as unset.
    ///
    /// `DOCKER_AUTH_CONFIG` is passed over in a GitLab job, whose runner uses the name for itself, unless `DOCKER_AUTH_ORDER` is set
    /// (docker/cli#6171).
    pub fn from_environment(get: impl Fn(&str) -> Option<OsString>) -> Self {
        let get = |name: &str| get(name).filter(|value| !value.is_empty());
        let folder = |name: &str| get(name).map(PathBuf::from);
        let home = folder("HOME").or_else(|| folder("USERPROFILE"));
        let inline = get("DOCKER_AUTH_CONFIG").map(|text| Secret::new(text.to_string_lossy()));
        let (inline, passed_over) = if get("GITLAB_CI").is_none() || get("DOCKER_AUTH_ORDER").is_some() {
            (inline, None)
        } else {
            (None, inline.map(|_| "it is for GitLab's runner; set `DOCKER_AUTH_ORDER` to have it read"))
        };
        let docker = folder("DOCKER_CONFIG").or_else(|| home.as_ref().map(|home| home.join(".docker")));
        let config = folder("XDG_CONFIG_HOME").or_else(|| home.as_ref().map(|home| home.join(".config")));
        let runtime = folder("XDG_RUNTIME_DIR").map(|folder| folder.join(AUTH_FILE)).or_else(of_user_id);
        Self {
            registry_auth_file: folder("REGISTRY_AUTH_FILE"),
            docker_auth_config: inline,
            passed_over,
            docker: docker.map(|folder| folder.join("config.json")),
            containers: runtime.into_iter().chain(config.map(|folder| folder.join(AUTH_FILE))).collect(),
            path: get("PATH"),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Places {
        Places::from_environment(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value)))
    }

    #[test]
    fn docker_config_replaces_the_home_folder() {
        assert_eq!(read(&[("HOME", "/h")]).docker, Some("/h/.docker/config.json".into()));
        assert_eq!(read(&[("HOME", "/h"), ("DOCKER_CONFIG", "/d")]).docker, Some("/d/config.json".into()));
    }

    #[test]
    fn a_gitlab_job_keeps_docker_auth_config_to_itself() {
        assert!(read(&[("DOCKER_AUTH_CONFIG", "{}")]).docker_auth_config.is_some());
        let passed = read(&[("DOCKER_AUTH_CONFIG", "{}"), ("GITLAB_CI", "true")]);
        assert!(passed.docker_auth_config.is_none() && passed.passed_over.is_some());
        assert!(read(&[("GITLAB_CI", "true")]).passed_over.is_none());
        assert!(read(&[("DOCKER_AUTH_CONFIG", "{}"), ("GITLAB_CI", "true"), ("DOCKER_AUTH_ORDER", "env")]).docker_auth_config.is_some());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn without_a_runtime_folder_the_file_is_that_of_the_user_id() {
        use std::os::unix::fs::MetadataExt as _;
        // Whoever makes a file owns it.
        let user = tempfile::NamedTempFile::new().unwrap().path().metadata().unwrap().uid();
        let own = PathBuf::from(format!("/run/containers/{user}/auth.json"));
        for variables in [&[("HOME", "/h")][..], &[("HOME", "/h"), ("XDG_RUNTIME_DIR", "")]] {
            assert_eq!(read(variables).containers, [own.clone(), "/h/.config/containers/auth.json".into()]);
        }
        assert_eq!(read(&[("XDG_RUNTIME_DIR", "/r")]).containers, [PathBuf::from("/r/containers/auth.json")]);
    }

    #[test]
    fn an_empty_variable_is_unset() {
        assert!(read(&[("REGISTRY_AUTH_FILE", "")]).registry_auth_file.is_none());
    }
}
