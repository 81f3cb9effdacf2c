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
    let fetches = |format: &Format| format.table.links.iter().any(|link| link.fetched.is_some());
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
    let (sources, mut locks) = (Sources::of(&readers), Locks::default());
    for (reader, taken, fetched) in all(&readers, How::Chart) {
        if taken.found || !asked.contains(&reader.path) || is_dependency_of(reader, formats) && is_packed(&reader.path, &taken.typed, &met)
        {
            continue;
        }
        if let Some(one) = sources.locked(reader, taken, fetched, files, formats, &mut locks) {
            wanted.entry(one).or_default().push((reader.path.clone(), fetched.at));
        }
    }
    wanted
}

/// Whether the chart at `head` has one of that name packed in its folder.
fn is_packed(head: &TreePath, name: &str, met: &BTreeSet<TreePath>) -> bool {
    let Ok(first) = head.folder().join(&format!("charts/{name}-")) else { return false };
    let named = met.range(first.clone()..).map_while(|path| path.as_str().strip_prefix(first.as_str()));
    named.into_iter().any(|rest| rest.strip_suffix(".tgz").is_some())
}

/// The versions that the locks in the folders of charts say of their dependencies, of each folder that was asked for.
#[derive(Default)]
pub(super) struct Locks(BTreeMap<TreePath, BTreeMap<String, String>>);

impl Locks {
    /// The version of a dependency that the lock in a chart's folder says, where it is one of those that the chart asks for.
    fn version(&mut self, folder: TreePath, wanted: &WantedChart, files: &dyn Files) -> Option<String> {
        let locked = self.0.entry(folder).or_insert_with_key(|folder| locked(folder, files));
        let found = locked.get(&wanted.name)?;
        let is_asked = Constraint::parse(&wanted.version)?.allows(&Version::parse(found)?);
        is_asked.then(|| found.clone())
    }
}

/// What the locks in a folder say: of equal names the first.
fn locked(folder: &TreePath, files: &dyn Files) -> BTreeMap<String, String> {
    let (mut buffer, mut found) = (Vec::new(), BTreeMap::new());
    for path in ["Chart.lock", "requirements.lock"].into_iter().filter_map(|name| folder.join(name).ok()).filter(|path| files.is_file(path))
    {
        let Content::Text(bytes) = content(files, &path, &mut buffer) else { continue };
        let text = same_length_text(bytes);
        let Ok(tree) = Tree::read(&text) else { continue };
        let list = tree.root().and_then(|root| tree.get(root, "dependencies")).map(|list| tree.items(list)).unwrap_or_default();
        let said = |node: NodeId, key: &str| tree.get(node, key).and_then(|node| tree.scalar(node)).map(|scalar| scalar.text.to_string());
        for (name, version) in list.iter().filter_map(|item| said(*item, "name").zip(said(*item, "version"))) {
            found.entry(name).or_insert(version);
        }
    }
    found
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

/// The repositories that documents name, by the format that sees them, their names and their kinds; in order of their paths.
pub(super) struct Sources(BTreeMap<(Arc<str>, String, String), Vec<Repository>>);

struct Repository {
    path: TreePath,
    address: String,
    fetched: Fetched,
}

impl Sources {
    pub(super) fn of(readers: &[Reader<'_>]) -> Self {
        let mut sources: BTreeMap<_, Vec<Repository>> = BTreeMap::new();
        for (reader, taken, fetched) in all(readers, How::Repository) {
            let Some([kind, name]) = &fetched.source else { continue };
            let one = Repository { path: reader.path.clone(), address: taken.typed.clone(), fetched: fetched.clone() };
            sources.entry((reader.format.id.clone(), name.clone(), kind.clone())).or_default().push(one);
        }
        for all in sources.values_mut() {
            all.sort_by(|a, b| a.path.cmp(&b.path));
        }
        Self(sources)
    }

    /// The repository of that kind and name, as documents of one format see it: the one that is nearest to the document.
    fn named(&self, by: &Reader<'_>, [kind, name]: &[String; 2]) -> Option<&Repository> {
        let first = (by.format.id.clone(), name.clone(), String::new());
        let called = self.0.range(first..).take_while(|((format, own, _), _)| *format == by.format.id && own == name);
        let of_kind = called.filter(|((.., own), _)| kind.is_empty() || own.is_empty() || own == kind);
        // In order of the paths, the nearest ones are those before and behind the document's own.
        let near = of_kind.flat_map(|(_, all)| {
            let behind = all.partition_point(|one| one.path <= by.path);
            [behind.checked_sub(1), Some(behind)].into_iter().flatten().filter_map(|at| all.get(at))
        });
        let shared = |path: &TreePath| path.segments().zip(by.path.segments()).take_while(|(a, b)| a == b).count();
        near.max_by_key(|one| shared(&one.path))
    }

    /// The same as [`Sources::chart`], in the version that the lock beside a chart says of its dependency.
    pub(super) fn locked(
        &self,
        by: &Reader<'_>,
        taken: &Taken<'_>,
        fetched: &Fetched,
        files: &dyn Files,
        formats: &Formats,
        locks: &mut Locks,
    ) -> Option<WantedChart> {
        let wanted = self.chart(by, taken, fetched)?;
        let locked = if is_dependency_of(by, formats) { locks.version(by.path.folder(), &wanted, files) } else { None };
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
