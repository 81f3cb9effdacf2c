//! Owns which programs render, and with which arguments and environment.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::unit::{Kind, Restriction, Unit};
use crate::process::is_program;

/// A program and the arguments that always come first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The file to run.
    pub path: PathBuf,
    /// `build` for kustomize, `kustomize` for kubectl, `compose` for docker.
    pub lead: Vec<OsString>,
}

/// The user's own renderers. One that is not there leaves its units unrendered, which is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Programs {
    /// `helm`.
    pub helm: Option<Program>,
    /// `kustomize`, or `kubectl`.
    pub kustomize: Option<Program>,
    /// `docker-compose`, or `docker`.
    pub compose: Option<Program>,
}

/// Whether the renderers may open connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// Proxy variables lead to a closed port, git may use no protocol.
    #[default]
    Off,
    /// Nothing hinders them. Proxies and credentials of the user are not known to them, unless they are given.
    Allowed,
}

impl Programs {
    /// Finds the programs in the folders of `search` (the value of `PATH`); Compose also where docker keeps its plugins, which run on their own.
    /// `home` is the user's folder.
    #[must_use]
    pub fn find(search: &OsStr, home: Option<&Path>) -> Self {
        let in_path = |name: &str| std::env::split_paths(search).map(|folder| folder.join(name)).find(|file| is_program(file));
        let plugins = home.map(|home| home.join(".docker/cli-plugins")).into_iter();
        let plugins = plugins.chain(PLUGIN_FOLDERS.iter().map(PathBuf::from));
        let plugin = || plugins.map(|folder| folder.join("docker-compose")).find(|file| is_program(file));
        Self {
            helm: in_path("helm").map(|path| Program::named(Kind::Helm, path)),
            kustomize: in_path("kustomize").or_else(|| in_path("kubectl")).map(|path| Program::named(Kind::Kustomize, path)),
            compose: in_path("docker-compose").or_else(plugin).map(|path| Program::named(Kind::Compose, path)),
        }
    }

    /// The program for a kind of unit.
    #[must_use]
    pub const fn of(&self, kind: Kind) -> Option<&Program> {
        match kind {
            Kind::Helm => self.helm.as_ref(),
            Kind::Kustomize => self.kustomize.as_ref(),
            Kind::Compose => self.compose.as_ref(),
        }
    }
}

/// Where Linux packages and Docker's own put `docker compose` (docker/cli `cli-plugins/manager/manager_unix.go`).
const PLUGIN_FOLDERS: [&str; 4] = [
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
];

impl Program {
    /// The program at `path`, which renders `kind`: a `kubectl` renders with its `kustomize`, a `docker` with its `compose`. A path is taken
    /// from the current folder, as programs run in others; a bare name is looked for in [`Settings::search`](super::Settings::search).
    #[must_use]
    pub fn named(kind: Kind, path: PathBuf) -> Self {
        let path = if path.components().count() > 1 { std::path::absolute(&path).unwrap_or(path) } else { path };
        let stem = path.file_stem().map(OsStr::to_os_string).unwrap_or_default();
        let lead: &[&str] = match kind {
            Kind::Helm => &["template", "rel"],
            Kind::Kustomize if stem == "kubectl" => &["kustomize"],
            Kind::Kustomize => &["build"],
            Kind::Compose if stem == "docker" => &["compose"],
            Kind::Compose => &[],
        };
        Self { path, lead: lead.iter().map(OsString::from).collect() }
    }

    /// The arguments that render `unit` in the folder that its path starts from.
    pub(super) fn arguments(&self, unit: &Unit, restriction: Restriction) -> Vec<OsString> {
        let mut arguments = self.lead.clone();
        // A path that begins with a dash must not be read as an option.
        let here = |path: &Path| OsString::from(Path::new(".").join(path));
        match unit.kind {
            Kind::Helm => {
                arguments.push(here(&unit.path));
                if let Some(values) = &unit.values {
                    arguments.extend([OsString::from("--values"), here(values)]);
                }
            }
            Kind::Kustomize => {
                // Overlays commonly take files from beside their folder; what lies outside the tree is refused before.
                let word = if restriction == Restriction::Own { "LoadRestrictionsRootOnly" } else { "LoadRestrictionsNone" };
                arguments.extend(["--load-restrictor".into(), word.into(), here(&unit.path)]);
            }
            Kind::Compose => {
                let before = ["--project-name".into(), "p".into(), "--file".into(), here(&unit.path)];
                arguments.extend(before);
                arguments.extend(["config".into(), "--no-path-resolution".into()]);
            }
        }
        arguments
    }
}

/// The environment of a renderer: nothing of the user's but where programs are found. `home` is an empty folder.
pub(super) fn environment(home: &Path, search: &OsStr, network: Network) -> Vec<(OsString, OsString)> {
    let empty = home.join("empty");
    let mut set: Vec<(OsString, OsString)> = vec![
        ("PATH".into(), search.into()),
        ("HOME".into(), home.into()),
        ("XDG_CONFIG_HOME".into(), home.join("config").into()),
        ("XDG_CACHE_HOME".into(), home.join("cache").into()),
        ("XDG_DATA_HOME".into(), home.join("data").into()),
        ("TMPDIR".into(), home.join("tmp").into()),
        ("DOCKER_CONFIG".into(), empty.clone().into()),
        // A plugin could be any program; post-renderers are only ever given as options.
        ("HELM_PLUGINS".into(), empty.clone().into()),
        ("KUSTOMIZE_PLUGIN_HOME".into(), empty.into()),
        // Services of every profile are deployed by someone.
        ("COMPOSE_PROFILES".into(), "*".into()),
        ("COMPOSE_ANSI".into(), "never".into()),
        ("NO_COLOR".into(), "1".into()),
        ("LC_ALL".into(), "C".into()),
        ("TZ".into(), "UTC".into()),
        ("GIT_TERMINAL_PROMPT".into(), "0".into()),
    ];
    if network == Network::Off {
        // Port 9 (discard) of this machine: the connection is refused at once.
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
            set.push((name.into(), "http://127.0.0.1:9".into()));
        }
        let off = [("NO_PROXY", ""), ("no_proxy", ""), ("GIT_ALLOW_PROTOCOL", "none")];
        let compose = [("COMPOSE_EXPERIMENTAL_GIT_REMOTE", "false"), ("COMPOSE_EXPERIMENTAL_OCI_REMOTE", "false")];
        set.extend(off.into_iter().chain(compose).map(|(name, value)| (name.into(), value.into())));
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(program: &Program, unit: &Unit) -> String {
        let words: Vec<String> = program.arguments(unit, Restriction::Own).iter().map(|word| word.to_string_lossy().into_owned()).collect();
        words.join(" ")
    }

    #[test]
    fn kubectl_and_docker_render_by_their_subcommands() {
        let overlay = Unit { kind: Kind::Kustomize, path: "-o".into(), values: None };
        let kubectl = Program::named(Kind::Kustomize, "/bin/kubectl".into());
        assert_eq!(words(&kubectl, &overlay), "kustomize --load-restrictor LoadRestrictionsRootOnly ./-o");
        let project = Unit { kind: Kind::Compose, path: "a/compose.yaml".into(), values: None };
        let docker = Program::named(Kind::Compose, "/bin/docker".into());
        assert_eq!(words(&docker, &project), "compose --project-name p --file ./a/compose.yaml config --no-path-resolution");
    }

    #[test]
    fn a_program_is_named_from_the_current_folder() {
        let named = |path: &str| Program::named(Kind::Helm, path.into()).path;
        assert!(named("bin/helm").is_absolute() && named("bin/helm").ends_with("bin/helm"));
        assert_eq!(named("helm3"), PathBuf::from("helm3"));
    }

    #[test]
    fn a_values_file_is_named_from_the_root_of_the_tree() {
        let chart = Unit { kind: Kind::Helm, path: "app".into(), values: Some("app/ci/x-values.yaml".into()) };
        let helm = Program::named(Kind::Helm, "/bin/helm".into());
        assert_eq!(words(&helm, &chart), "template rel ./app --values ./app/ci/x-values.yaml");
    }

    #[cfg(unix)]
    #[test]
    fn only_files_that_can_run_are_programs() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (helm, kubectl) = (folder.path().join("helm"), folder.path().join("kubectl"));
        for path in [&helm, &kubectl] {
            super::super::copy::write(path, b"").unwrap();
        }
        std::fs::set_permissions(&kubectl, std::fs::Permissions::from_mode(0o755)).unwrap();
        let found = Programs::find(folder.path().as_os_str(), Some(folder.path()));
        assert_eq!(found.helm, None);
        assert_eq!(found.kustomize, Some(Program { path: kubectl, lead: vec!["kustomize".into()] }));
    }

    #[test]
    fn an_allowed_network_keeps_no_proxy_and_still_no_plugin() {
        let set = environment(Path::new("/h"), OsStr::new("/bin"), Network::Allowed);
        assert!(!set.iter().any(|(name, _)| name == "HTTPS_PROXY"));
        assert!(set.iter().any(|(name, value)| name == "HELM_PLUGINS" && value == "/h/empty"));
    }
}
