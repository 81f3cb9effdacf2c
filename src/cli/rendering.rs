//! Owns what the commands that render have in common: which programs, within which limits, and what is shown meanwhile.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::render::{Kind, Limits, Network, Program, Programs, Settings, ValuesFiles};

use super::options::Renderers;
use super::{Exit, World, environment};

/// How units are rendered.
pub(super) struct Rendering {
    /// With which programs, within which limits.
    pub(super) settings: Settings,
    /// Further values files of charts.
    pub(super) values: ValuesFiles,
}

impl Rendering {
    /// What the options come to.
    pub(super) fn new(options: &Renderers, world: &mut World<'_>) -> Result<Self, Exit> {
        let search = environment::search();
        let home = environment::home();
        let mut programs = Programs::find(&search, home.as_deref());
        for path in [&options.helm, &options.kustomize, &options.compose].into_iter().flatten() {
            // A bare name is looked for in PATH when it is run.
            if path.components().count() > 1 && !world.start.join(path).is_file() {
                return Err(world.fail(&format!("`{}` is no program: there is no such file", crate::disk::shown(path)), ""));
            }
        }
        let named = |kind, path: &Option<PathBuf>, found: Option<Program>| path.clone().map(|path| Program::named(kind, path)).or(found);
        programs.helm = named(Kind::Helm, &options.helm, programs.helm);
        programs.kustomize = named(Kind::Kustomize, &options.kustomize, programs.kustomize);
        programs.compose = named(Kind::Compose, &options.compose, programs.compose);
        let values = ValuesFiles::new(options.values.iter().map(String::as_str));
        let values = values.map_err(|fault| world.fail(&format!("`--values`: {fault}"), "give a glob such as `envs/*.yaml`"))?;
        let network = if options.allow_network { Network::Allowed } else { Network::Off };
        let extra = if network == Network::Allowed { environment::proxies() } else { Vec::new() };
        let limits = Limits { time: Duration::from_secs(options.timeout.get()), ..Limits::default() };
        let settings = Settings { programs, search, extra, limits, network, workers: options.render_jobs.unwrap_or(0) };
        Ok(Self { settings, values })
    }
}

/// The folder that holds all `paths`, and the paths from there: one folder is copied and rendered as a whole; of several, what they share.
pub(super) fn root_of(paths: &[PathBuf], start: &Path) -> (PathBuf, Vec<PathBuf>) {
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
