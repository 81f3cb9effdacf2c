//! Owns what the commands that render have in common: which programs, within which limits, and what is shown meanwhile.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::ChartOptions;
use crate::disk::{holding, normal, shown};
use crate::render::{self, Given, Kind, Limits, Network, Program, Programs, Settings, ValuesFiles, Wall, Walls};
use crate::text::harmless;

use super::options::{Deployment, Renderers, Sandbox};
use super::{Exit, World, environment};

/// How units are rendered.
pub(super) struct Rendering {
    /// With which programs, within which limits.
    pub(super) settings: Settings,
    /// Further values files of charts.
    pub(super) values: ValuesFiles,
}

impl Rendering {
    /// What the options, and what the rule files say of charts, come to for the tree in the folder `root`.
    pub(super) fn new(options: &Renderers, charts: &[ChartOptions], root: &Path, world: &mut World<'_>) -> Result<Self, Exit> {
        let search = environment::search();
        let home = environment::home();
        let mut programs = Programs::find(&search, home.as_deref());
        for path in [&options.helm, &options.kustomize, &options.compose].into_iter().flatten() {
            // A bare name is looked for in PATH when it is run.
            if path.components().count() > 1 && !world.start.join(path).is_file() {
                return Err(world.fail(&format!("`{}` is no program: there is no such file", shown(path)), ""));
            }
        }
        let named = |kind, path: &Option<PathBuf>, found: Option<Program>| path.clone().map(|path| Program::named(kind, path)).or(found);
        programs.helm = named(Kind::Helm, &options.helm, programs.helm);
        programs.kustomize = named(Kind::Kustomize, &options.kustomize, programs.kustomize);
        programs.compose = named(Kind::Compose, &options.compose, programs.compose);
        let values = ValuesFiles::new(options.values.iter().map(String::as_str));
        let values = values.map_err(|fault| world.fail(&format!("`--values`: {fault}"), "give a glob such as `envs/*.yaml`"))?;
        let given: Vec<Given> = charts.iter().map(|charts| given(charts, root, &world.start)).collect();
        let values = values.with_charts(options.charts.folders(world)?).with_given(given.clone());
        let network = if options.allow_network { Network::Allowed } else { Network::Off };
        let extra = if network == Network::Allowed { environment::proxies() } else { Vec::new() };
        let limits = Limits { time: Duration::from_secs(options.timeout.get()), ..Limits::default() };
        let walls = self::walls(options.sandbox, network, world)?;
        let helm = options.deployment.arguments();
        let settings = Settings { programs, search, extra, helm, given, limits, network, workers: options.render_jobs.unwrap_or(0), walls };
        Ok(Self { settings, values })
    }
}

/// What the rule files say of charts, as renderers take it.
fn given(options: &ChartOptions, root: &Path, start: &Path) -> Given {
    let ChartOptions { folders, values, set, kube_version, api_versions, namespace } = options.clone();
    let whole = holding(root, start);
    let within = normal(root).strip_prefix(whole.root()).unwrap_or(Path::new("")).to_owned();
    Given { within, folders, values, arguments: Deployment { set, kube_version, api_versions, namespace }.arguments() }
}

/// What renderers are kept from; where the system cannot, that is said.
fn walls(options: Sandbox, network: Network, world: &mut World<'_>) -> Result<Walls, Exit> {
    let walls = if options.no_sandbox { Walls::default() } else { render::walls() };
    let lacks_files = (walls.files == Wall::None).then_some("files outside the tree");
    let lacks_network = (walls.network == Wall::None && network == Network::Off).then_some("the network");
    let lacks: Vec<&str> = lacks_files.into_iter().chain(lacks_network).collect();
    if lacks.is_empty() {
        return Ok(walls);
    }
    let lacks = format!("nothing keeps the renderers from {}", lacks.join(" and "));
    if options.require_sandbox {
        return Err(world.fail(&format!("this system has no sandbox: {lacks}"), "docs/security.md says which systems have one"));
    }
    world.say(&format!("note: {lacks} but their own options, and what is refused before they run\n"));
    Ok(walls)
}

/// The folder that is copied and rendered, and the paths in it.
///
/// # Errors
/// The code to end with, where a link leads to it out of the tree that it is named in; that is said already.
pub(super) fn root(paths: &[PathBuf], world: &mut World<'_>) -> Result<(PathBuf, Vec<PathBuf>), Exit> {
    let (root, within) = root_of(paths, &world.start);
    if root.exists() && !holding(&root, &world.start).holds(&root) {
        return Err(world.fail(
            &format!("`{}` is not read: it leads out of the tree", harmless(&shown(root.strip_prefix(&world.start).unwrap_or(&root)))),
            "",
        ));
    }
    Ok((root, within))
}

/// The folder that holds all `paths`, and the paths from there: one folder is copied and rendered as a whole; of several, what they share.
fn root_of(paths: &[PathBuf], start: &Path) -> (PathBuf, Vec<PathBuf>) {
    match paths {
        [only] if start.join(only).is_dir() => (start.join(only), Vec::new()),
        paths => {
            let inside =
                |path: &Path| path.is_relative() && path.components().next().is_none_or(|first| first.as_os_str() != OsStr::new(".."));
            if paths.iter().all(|path| inside(path)) {
                return (start.to_owned(), paths.to_vec());
            }
            let whole: Vec<PathBuf> = paths.iter().map(|path| start.join(path)).collect();
            let mut root = whole.first().cloned().unwrap_or_else(|| start.to_owned());
            while !(whole.iter().all(|path| path.starts_with(&root)) && root.is_dir()) {
                if !root.pop() {
                    break;
                }
            }
            let within = whole.iter().filter_map(|path| path.strip_prefix(&root).ok().map(Path::to_owned)).collect();
            (root, within)
        }
    }
}
