//! Owns the search for units in a scratch copy.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use ignore::WalkBuilder;

use super::given::Given;
use super::lay::Charts;
use super::{Kind, Unit, yaml};
use crate::disk::ChartFolders;
use crate::format::{FormatRole, Formats, Holds};
use crate::locate::Node;

/// What there is to render, before anything is laid in.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Folders with a `Chart.yaml`.
    pub(super) charts: BTreeSet<PathBuf>,
    kustomizations: BTreeSet<PathBuf>,
    composes: Vec<PathBuf>,
    files: Vec<PathBuf>,
}

/// What charts are rendered with beside what they have themselves: values files, and charts of a folder for dependencies that are not there.
#[derive(Clone, Debug)]
pub struct ValuesFiles {
    files: GlobSet,
    given: Vec<Given>,
    charts: ChartFolders,
}

impl ValuesFiles {
    /// Those that are called as the format of values says (`values-prod.yaml`, `ci/*-values.yaml`), and the given globs. Each is tried on a file's
    /// path from the folder of the chart that it lies in, and from the tree's root.
    ///
    /// # Errors
    /// The first glob that is none, with the reason.
    pub fn new<'a>(globs: impl IntoIterator<Item = &'a str>) -> Result<Self, globset::Error> {
        let mut set = GlobSetBuilder::new();
        let own = FORMATS.by_role(FormatRole::Values).into_iter().flat_map(|format| format.table.files.iter().map(String::as_str));
        for glob in own.chain(globs) {
            // The formats' own may have nothing between braces.
            set.add(GlobBuilder::new(glob.trim_start_matches("./")).empty_alternates(true).build()?);
        }
        Ok(Self { files: set.build()?, given: Vec::new(), charts: ChartFolders::default() })
    }

    /// The same, with charts of those folders.
    #[must_use]
    pub fn with_charts(self, charts: ChartFolders) -> Self {
        Self { charts, ..self }
    }

    /// The same, with what some charts are given.
    #[must_use]
    pub fn with_given(self, given: Vec<Given>) -> Self {
        Self { given, ..self }
    }

    /// The folders with charts for dependencies that are not there.
    pub(super) const fn charts(&self) -> &ChartFolders {
        &self.charts
    }

    /// The charts' defaults only.
    pub fn none() -> Self {
        Self { files: GlobSet::empty(), given: Vec::new(), charts: ChartFolders::default() }
    }
}

/// The formats of what the programs render: none of them knows a user's own.
pub(super) static FORMATS: LazyLock<Formats> = LazyLock::new(Formats::builtin);

/// The kind of the unit for which a file of that path stands, by its name alone.
pub(super) fn head(path: &Path) -> Option<Kind> {
    let path = &*path.to_string_lossy();
    FORMATS.of_name(path).filter(|format| format.is_head(path)).find_map(|format| match format.table.is {
        Some(FormatRole::Kustomization) => Some(Kind::Kustomize),
        Some(FormatRole::Compose) => Some(Kind::Compose),
        _ => format.table.units.as_ref().filter(|units| units.holds == Holds::Folder).map(|_| Kind::Helm),
    })
}

/// Looks through a scratch copy.
pub(super) fn find(root: &Path) -> Found {
    let mut found = Found::default();
    for entry in WalkBuilder::new(root).standard_filters(false).follow_links(false).build().flatten() {
        let Ok(path) = entry.path().strip_prefix(root) else { continue };
        if entry.file_type().is_some_and(|kind| kind.is_dir()) {
            continue;
        }
        let name = entry.file_name().to_string_lossy();
        let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        match head(path) {
            Some(Kind::Helm) => _ = found.charts.insert(folder.to_path_buf()),
            Some(Kind::Kustomize) => _ = found.kustomizations.insert(folder.to_path_buf()),
            Some(Kind::Compose) if is_compose(entry.path()) => found.composes.push(path.to_path_buf()),
            Some(Kind::Compose) | None => {}
        }
        if name.ends_with(".yaml") || name.ends_with(".yml") {
            found.files.push(path.to_path_buf());
        }
    }
    found.composes.sort();
    found.files.sort();
    found
}

fn is_compose(path: &Path) -> bool {
    yaml::read(path, |tree, at| tree.get(at, "services").is_some_and(|services| matches!(tree.node(services), Node::Mapping(_))))
}

impl Found {
    /// The units in the order of reports.
    pub(super) fn into_units(self, charts: &Charts, values: &ValuesFiles) -> Vec<Unit> {
        let mut units = Vec::new();
        let mut with: BTreeMap<&Path, Vec<Unit>> = BTreeMap::new();
        for file in self.files {
            if let Some(folder) = charts.nearest(&file).filter(|folder| values.takes(folder, &file)) {
                with.entry(folder).or_default().push(Unit { kind: Kind::Helm, path: folder.to_path_buf(), values: Some(file) });
            }
        }
        for folder in charts.renderable() {
            units.push(Unit { kind: Kind::Helm, path: folder.to_path_buf(), values: None });
            units.extend(with.remove(folder).unwrap_or_default());
        }
        units.extend(self.kustomizations.into_iter().map(|path| Unit { kind: Kind::Kustomize, path, values: None }));
        units.extend(self.composes.into_iter().map(|path| Unit { kind: Kind::Compose, path, values: None }));
        units
    }
}

impl ValuesFiles {
    fn takes(&self, chart: &Path, file: &Path) -> bool {
        let own = if chart == Path::new(".") { Some(file) } else { file.strip_prefix(chart).ok() };
        // The defaults are rendered anyway.
        let is_given = |own: &Path| self.given.iter().any(|given| given.takes(chart, own, file));
        own.is_some_and(|own| own != Path::new("values.yaml") && (self.files.is_match(own) || self.files.is_match(file) || is_given(own)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::copy::tree;

    fn found(files: &[(&str, &str)], globs: &[&str]) -> Vec<String> {
        let tree = tree(files);
        let found = find(tree.path());
        let charts = Charts::read(tree.path(), found.charts.iter().cloned());
        found.into_units(&charts, &ValuesFiles::new(globs.iter().copied()).unwrap()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_library_and_a_chart_without_a_name_are_no_units() {
        let files = [("a/Chart.yaml", "name: a"), ("b/Chart.yaml", "name: b\ntype: library"), ("c/Chart.yaml", "version: 1")];
        assert_eq!(found(&files, &[]), ["helm a"]);
    }

    #[test]
    fn values_files_belong_to_the_chart_around_them() {
        let files = [
            ("a/Chart.yaml", "name: a"),
            ("a/ci/x-values.yaml", ""),
            ("a/ci/other.yaml", ""),
            ("a/envs/prod.yaml", ""),
            ("a/charts/b/Chart.yaml", "name: b"),
            ("a/charts/b/ci/y-values.yaml", ""),
            ("envs/prod.yaml", ""),
        ];
        let wanted = [
            "helm a",
            "helm a with a/ci/x-values.yaml",
            "helm a with a/envs/prod.yaml",
            "helm a/charts/b",
            "helm a/charts/b with a/charts/b/ci/y-values.yaml",
        ];
        assert_eq!(found(&files, &["envs/*.yaml"]), wanted);
        assert!(ValuesFiles::new(["{"]).is_err());
    }

    #[test]
    fn a_compose_file_has_services() {
        let files = [
            ("docker-compose.prod.yml", "services: {a: {}}"),
            ("compose.yaml", "services: [a]"),
            ("my-compose.yaml", "x: 1"),
            ("decompose.txt", "services: {}"),
            ("docker-stack.prod.yml", "services: {a: {}}"),
            ("swarm/stack.yaml", "services: {a: {}}"),
            ("over/Kustomization", ""),
        ];
        assert_eq!(
            found(&files, &[]),
            ["kustomize over", "compose docker-compose.prod.yml", "compose docker-stack.prod.yml", "compose swarm/stack.yaml"]
        );
    }
}
