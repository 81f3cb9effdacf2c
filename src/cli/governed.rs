//! Owns which rule files a run is judged by: for each file the closest one, whatever folder one stands in.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::config::{Config, Covered, Governed, RULES};
use crate::disk::{Tree, find, shown, trees};
use crate::judge::Rules;
use crate::source::{Files, Met, TreePath, Vendored};

use super::options::{Mappings, Where};
use super::{Exit, World, help};

/// The most rule files of one tree: each is loaded with all that it extends.
const MOST: usize = 256;

/// What is asked about.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// Files and folders.
    pub(super) paths: Vec<PathBuf>,
    /// Globs of what is passed by, beside those of the rule files.
    pub(super) exclude: Vec<String>,
    /// Whether vendored trees are entered. Rule files that lie in them govern nothing all the same.
    pub(super) vendored: Vendored,
}

/// What is asked about: these places, or standard input under that name.
pub(super) fn asked(place: &Where, name: Option<&Path>) -> Asked {
    let of_place = || place.paths.iter().filter(|path| path.as_os_str() != "-").cloned().collect();
    let paths = name.map_or_else(of_place, |name| vec![name.to_owned()]);
    Asked { paths, exclude: place.left.exclude.clone(), vendored: place.vendored() }
}

/// The rules by which that is judged; without any, says how to choose them.
///
/// # Errors
/// The code to end with, when there are none or they have faults; both are said already.
pub(super) fn required(mappings: &Mappings, asked: &Asked, command: &str, world: &mut World<'_>) -> Result<Rules, Exit> {
    let configs = optional(mappings, asked, world)?;
    let configs = help::wanted(configs, mappings, command, world)?;
    Ok(help::rules_of(without(configs, asked, world)?, mappings))
}

/// The rules by which that is judged, if any.
///
/// # Errors
/// As [`required`], when they have faults.
pub(super) fn rules(mappings: &Mappings, asked: &Asked, world: &mut World<'_>) -> Result<Rules, Exit> {
    Ok(help::rules_of(covered(mappings, asked, world)?, mappings))
}

/// The configurations by which that is judged; where there are none, one that says nothing.
///
/// # Errors
/// As [`required`], when they have faults.
pub(super) fn covered(mappings: &Mappings, asked: &Asked, world: &mut World<'_>) -> Result<Governed<Config>, Exit> {
    let configs = optional(mappings, asked, world)?.unwrap_or_default();
    without(configs, asked, world)
}

/// The configurations, by which what the command line excludes is passed by, too.
fn without(configs: Governed<Config>, asked: &Asked, world: &mut World<'_>) -> Result<Governed<Config>, Exit> {
    let covered = Covered::default().without(&asked.exclude).map_err(|fault| world.fail(&format!("`--exclude`: {fault}"), ""))?;
    Ok(configs.map(|config| Config { covered: config.covered.clone().and(&covered), ..config }))
}

/// The configurations by which what is asked about is judged, if any: the one that is named for all of them, else for each file that of the
/// closest rule file, in its folder or above, up to the top of its tree. The trees are [known](World::know) then.
///
/// # Errors
/// As [`required`], when they have faults.
pub(super) fn optional(mappings: &Mappings, asked: &Asked, world: &mut World<'_>) -> Result<Option<Governed<Config>>, Exit> {
    if mappings.named().is_some() {
        return Ok(help::optional(mappings, world)?.map(Governed::all));
    }
    let trees = trees(&asked.paths, asked.vendored, &world.start, &|_| None);
    let found: Vec<RuleFiles> = trees.iter().map(|tree| RuleFiles::of(tree, &world.start)).collect();
    let Some(first) = found.first() else { return Ok(help::optional(mappings, world)?.map(Governed::all)) };
    let is_one = found.iter().all(|one| one.below.is_empty() && one.whole == first.whole);
    if found.len() > 1 && !is_one {
        let tops: Vec<String> = trees.iter().map(|tree| format!("`{}`", shown(tree.files.root()))).collect();
        let what = format!("{} have rule files of their own", tops.join(" and "));
        return Err(world.fail(&what, "ask about one repository at a time, or name the rule file for all of them with `--config`"));
    }
    let whole = help::at(mappings, first.whole.as_deref(), world)?;
    let Some(tree) = trees.first().filter(|_| !first.below.is_empty()) else {
        world.know(&asked.paths, trees);
        return Ok(whole.map(Governed::all));
    };
    if first.below.len() > MOST {
        let what = format!("there are more than {MOST} files called `{RULES}` in `{}`", shown(tree.files.root()));
        return Err(world.fail(&what, "name one for all files with `--config`"));
    }
    let whole = whole.unwrap_or_default();
    let mut below = Vec::new();
    for path in &first.below {
        let options = mappings.options(Some(path.clone()));
        let Some(config) = help::load(&options, &tree.files, world)? else { continue };
        if let Some(format) = config.formats.other_than(&whole.formats) {
            let what = format!("`{}` has a format of its own, `{format}`", tree.files.shown(path));
            return Err(world.fail(&what, &format!("write it in the `{RULES}` at the top: what is read is the same for all files")));
        }
        below.push((path.folder(), config));
    }
    let baseline = closest(&tree.scope.roots, &below).unwrap_or(&whole).baseline.clone();
    world.know(&asked.paths, trees);
    Ok(Some(Governed::new(Config { baseline, ..whole }, below)))
}

/// The configuration of a folder that holds all that is asked about, the closest one: what is old there is listed where it says.
fn closest<'c>(roots: &[TreePath], below: &'c [(TreePath, Config)]) -> Option<&'c Config> {
    let holds = |folder: &TreePath| !roots.is_empty() && roots.iter().all(|root| root.below(folder).is_some());
    let around = below.iter().filter(|(folder, _)| holds(folder));
    around.max_by_key(|(folder, _)| folder.as_str().len()).map(|(_, config)| config)
}

/// The rule files of a tree.
struct RuleFiles {
    /// The one that holds where no other is closer, on the disk.
    whole: Option<PathBuf>,
    /// Those of folders, in the tree.
    below: Vec<TreePath>,
}

impl RuleFiles {
    /// Those that may be closest to a file that is asked about.
    fn of(tree: &Tree, start: &Path) -> Self {
        let top = tree.files.root();
        // Beside a tree that has none, that of the folder in which one stands: whoever keeps clones in it means all of them.
        let beside = || find(start, RULES).filter(|file| !start.join(file).starts_with(top));
        let whole = find(top, RULES).map(|file| typed(&top.join(file), start)).or_else(beside);
        let mut folders: BTreeSet<TreePath> = tree.scope.roots.iter().flat_map(TreePath::above).collect();
        let is_left = |path: &TreePath| tree.scope.vendored == Vendored::Include && tree.scope.is_vendored(path);
        let met = tree.files.list_ahead(&tree.scope);
        let paths = met.iter().filter_map(|met| if let Met::File { path, .. } = met { Some(path) } else { None });
        let mut last = None;
        for path in paths {
            // Files come folder by folder.
            let folder = path.as_str().rsplit_once('/').map(|(folder, _)| folder);
            if folder.is_none() || last.replace(folder) == Some(folder) || is_left(path) {
                continue;
            }
            for folder in path.above() {
                // All that are above it are known with it.
                if !folders.insert(folder) {
                    break;
                }
            }
        }
        let files = folders.into_iter().filter(|folder| !folder.is_root()).filter_map(|folder| folder.join(RULES).ok());
        Self { whole, below: files.filter(|file| tree.files.is_file(file)).collect() }
    }
}

/// A path as people in the folder `start` would type it.
fn typed(path: &Path, start: &Path) -> PathBuf {
    path.strip_prefix(start).unwrap_or(path).to_owned()
}
