//! Owns which charts a tree wants that are not in it: their names, the versions that are asked for, and where documents say that they are fetched from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::fit::uses;
use super::layers;
use super::reach::{Reader, reach};
use super::said::{Fetched, Written};
use super::taken::Taken;
use crate::format::{Format, FormatRole, Formats, Holds, How};
use crate::locate::{NodeId, Tree, same_length_text};
use crate::source::{Content, Files, Met, Scope, TreePath, content};
use crate::version::{Constraint, Version};

/// Where a chart is fetched from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A repository with an index, at this address.
    Index(String),
    /// A registry: the reference of the chart without its version.
    Registry(String),
    /// The archive itself, at this address.
    Archive(String),
    /// The documents do not say, for this reason.
    Unknown(String),
}

/// A chart that is wanted, and not in the tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WantedChart {
    /// Its name.
    pub name: String,
    /// The version, as it is asked for.
    pub version: String,
    /// Where it is.
    pub place: Place,
}

/// The charts that documents of the scope want and that are not in the tree, each with the places that name it: a file and a byte in it. What these
/// need beside themselves is looked for in the folders of `around`, too.
#[must_use]
pub fn wanted(files: &dyn Files, scope: &Scope, around: &[TreePath], formats: &Formats) -> BTreeMap<WantedChart, Vec<(TreePath, usize)>> {
    let list = |scope: &Scope| -> BTreeSet<TreePath> {
        files.list(scope).into_iter().filter(|met| matches!(met, Met::File { .. })).map(|met| met.path().clone()).collect()
    };
    let asked = list(scope);
    let met: BTreeSet<TreePath> = asked.iter().cloned().chain(list(&Scope { roots: around.to_vec(), ..scope.clone() })).collect();
    let heads: Vec<&str> = met.iter().map(TreePath::as_str).filter(|path| path.rsplit('/').next() == Some("Chart.yaml")).collect();
    let charts = layers::chart_folders(heads.iter().copied());
    let fetches = |format: &Format| format.links.iter().any(|link| link.table.fetched.is_some());
    // Manifests inside of charts are templates.
    let is_template = |path: &TreePath| {
        let above = path.as_str().match_indices('/').filter_map(|(at, _)| path.as_str().get(..=at));
        above.chain([""]).any(|folder| charts.contains(folder))
    };
    let starts = met.iter().flat_map(|path| formats.of_name(path.as_str()).map(move |format| (path.clone(), format)));
    let starts = starts.filter(|(path, format)| fetches(format) && (format.table.is != Some(FormatRole::Manifest) || !is_template(path)));
    let mut readers = reach(starts, files, formats);
    layers::recognise(&mut readers, &heads.iter().copied());
    let mut wanted: BTreeMap<WantedChart, Vec<(TreePath, usize)>> = BTreeMap::new();
    let sources = Sources::of(&readers);
    for (reader, taken, fetched) in all(&readers, How::Chart) {
        let is_packed = |path: &TreePath| {
            let folder = reader.path.folder().join("charts").ok();
            let name = folder.and_then(|folder| path.below(&folder).map(str::to_owned));
            name.is_some_and(|name| {
                name.strip_prefix(&*taken.typed).is_some_and(|rest| rest.starts_with('-') && rest.strip_suffix(".tgz").is_some())
            })
        };
        if taken.found || !asked.contains(&reader.path) || is_dependency_of(reader, formats) && met.iter().any(is_packed) {
            continue;
        }
        if let Some(one) = sources.locked(reader, taken, fetched, files, formats) {
            wanted.entry(one).or_default().push((reader.path.clone(), fetched.at));
        }
    }
    wanted
}

/// The version of a dependency that the lock in a chart's folder says, where it is one of those that the chart asks for.
fn locked(folder: &TreePath, wanted: &WantedChart, files: &dyn Files) -> Option<String> {
    let mut buffer = Vec::new();
    let said = |name: &str, buffer: &mut Vec<u8>| {
        let path = folder.join(name).ok().filter(|path| files.is_file(path))?;
        let Content::Text(bytes) = content(files, &path, buffer) else { return None };
        let text = same_length_text(bytes);
        let tree = Tree::read(&text).ok()?;
        let said = |node: NodeId, key: &str| tree.get(node, key).and_then(|node| tree.scalar(node)).map(|scalar| scalar.text.to_string());
        let is_it = |item: &&NodeId| said(**item, "name").as_ref() == Some(&wanted.name);
        said(*tree.items(tree.get(tree.root()?, "dependencies")?).iter().find(is_it)?, "version")
    };
    let found = ["Chart.lock", "requirements.lock"].into_iter().find_map(|name| said(name, &mut buffer))?;
    let is_asked = Constraint::parse(&wanted.version)?.allows(&Version::parse(&found)?);
    is_asked.then_some(found)
}

pub(super) fn all<'r>(readers: &'r [Reader<'r>], how: How) -> impl Iterator<Item = (&'r Reader<'r>, &'r Taken<'r>, &'r Fetched)> {
    let takes = readers.iter().flat_map(|reader| reader.takes.iter().map(move |taken| (reader, taken)));
    takes.filter(move |(_, taken)| taken.how() == how).filter_map(|(reader, taken)| Some((reader, taken, taken.fetched.as_ref()?)))
}

/// Whether what a document takes in is a dependency of the chart that it says things of.
pub(super) fn is_dependency_of(reader: &Reader<'_>, formats: &Formats) -> bool {
    let heads = formats.get(&reader.format.id).and_then(|format| format.table.units.as_ref());
    heads.is_some_and(|units| units.holds == Holds::Folder && !units.packed.is_empty())
}

/// The repositories that documents name.
pub(super) struct Sources(Vec<Repository>);

struct Repository {
    path: TreePath,
    format: Arc<str>,
    address: String,
    fetched: Fetched,
}

impl Sources {
    pub(super) fn of(readers: &[Reader<'_>]) -> Self {
        let own = |(reader, taken, fetched): (&Reader<'_>, &Taken<'_>, &Fetched)| Repository {
            path: reader.path.clone(),
            format: reader.format.id.clone(),
            address: taken.typed.clone(),
            fetched: fetched.clone(),
        };
        Self(all(readers, How::Repository).map(own).collect())
    }

    /// The repository of that kind and name, as documents of one format see it: the one that is nearest to the document.
    fn named(&self, by: &Reader<'_>, [kind, name]: &[String; 2]) -> Option<&Repository> {
        let is_it = |source: &Option<[String; 2]>| {
            source.as_ref().is_some_and(|[own, called]| called == name && (kind.is_empty() || own.is_empty() || own == kind))
        };
        let found = self.0.iter().filter(|one| one.format == by.format.id && is_it(&one.fetched.source));
        let shared = |path: &TreePath| path.segments().zip(by.path.segments()).take_while(|(a, b)| a == b).count();
        found.max_by_key(|one| shared(&one.path))
    }

    /// The same as [`Sources::chart`], in the version that the lock beside a chart says of its dependency.
    pub(super) fn locked(
        &self,
        by: &Reader<'_>,
        taken: &Taken<'_>,
        fetched: &Fetched,
        files: &dyn Files,
        formats: &Formats,
    ) -> Option<WantedChart> {
        let wanted = self.chart(by, taken, fetched)?;
        let locked = if is_dependency_of(by, formats) { locked(&by.path.folder(), &wanted, files) } else { None };
        Some(WantedChart { version: locked.unwrap_or(wanted.version), ..wanted })
    }

    /// What a document wants where it names a chart; `None` where it means a folder, or nothing.
    pub(super) fn chart(&self, by: &Reader<'_>, taken: &Taken<'_>, fetched: &Fetched) -> Option<WantedChart> {
        let typed = taken.typed.trim();
        let name = |text: &str| text.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
        let unknown = |reason: String| Place::Unknown(reason);
        let (mut version, mut called) = (fetched.version.clone(), name(typed));
        let place = if let Some(address) = typed.strip_prefix("oci://") {
            Place::Registry(address.to_owned())
        } else if typed.starts_with("https://") || typed.starts_with("http://") {
            Place::Archive(typed.to_owned())
        } else if !uses(typed).is_empty() {
            unknown(format!("`{typed}` has something that is filled in"))
        } else {
            match (&fetched.repository, &fetched.source) {
                (Some(Written::Open(address)), _) => unknown(format!("its repository, `{address}`, has something that is filled in")),
                (Some(Written::Known(address)), _) if !address.is_empty() => {
                    match address.strip_prefix('@').or_else(|| address.strip_prefix("alias:")) {
                        Some(alias) => unknown(format!("its repository is known to the machine alone, as `{alias}`")),
                        // Its folder is in the tree, or missing there.
                        None if address.starts_with("file://") => return None,
                        None => place(address, typed, false),
                    }
                }
                (_, Some(source)) => match self.named(by, source) {
                    Some(one) if one.fetched.version != Written::default() || source[0] == "OCIRepository" => {
                        version = one.fetched.version.clone();
                        let address = one.address.trim_start_matches("oci://").to_owned();
                        called = name(&address);
                        Place::Registry(address)
                    }
                    Some(one) => place(&one.address, typed, one.fetched.registry),
                    None => {
                        let [kind, name] = source;
                        let kind = if kind.is_empty() { "repository" } else { kind };
                        unknown(format!("no {kind} `{name}` with an address is in the tree"))
                    }
                },
                // `repository/chart`, as helm's own command line has it.
                _ => match typed.split_once('/') {
                    Some((alias, rest)) if !alias.is_empty() && !alias.starts_with('.') && !rest.contains('/') => {
                        match self.named(by, &[String::new(), alias.to_owned()]) {
                            Some(one) => place(&one.address, rest, one.fetched.registry),
                            None => unknown(format!("no repository `{alias}` with an address is in the tree")),
                        }
                    }
                    _ => return None,
                },
            }
        };
        let (version, place) = match version {
            Written::Known(version) => (version, place),
            Written::Open(version) => (version, unknown("its version has something that is filled in".to_owned())),
        };
        (!called.is_empty()).then_some(WantedChart { name: called, version, place })
    }
}

/// Where the chart of a repository is.
fn place(address: &str, chart: &str, is_registry: bool) -> Place {
    let address = address.trim_end_matches('/');
    match address.split_once("://") {
        Some(("http" | "https", _)) if !is_registry => Place::Index(address.to_owned()),
        Some(("oci", rest)) => Place::Registry(format!("{rest}/{chart}")),
        None => Place::Registry(format!("{address}/{chart}")),
        Some((_, rest)) if is_registry => Place::Registry(format!("{rest}/{chart}")),
        Some((scheme, _)) => Place::Unknown(format!("nothing is fetched by `{scheme}://`")),
    }
}
