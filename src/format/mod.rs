//! The table language: `rules/formats/*.yaml` compiled, and which files each format claims.

mod builtin;
mod compile;
mod extend;
mod path;
mod surroundings;
mod table;
mod together;

pub use compile::{BadFormat, Format, Link, Means, Site, Variables};
pub(crate) use extend::{extended, schema};
pub use path::{BadPath, LastStep, PathPattern, Said, Step, Test, Word};
pub use surroundings::Surroundings;
pub use table::{
    ChartTable, DocumentTest, EVERY_CHART, Engine, FormatRole, FormatTable, Guard, Interpolation, MarkTable, Parts, Reads, RoleBeside,
    Shape, Siblings, SiteTable, Skip, VariableTable,
};
pub use together::{
    CallTable, FetchTable, From, Holds, How, InheritTable, LayerFrom, LayerKind, LayerTable, LinkTable, UnitTable, VariantTable,
};

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use globset::{GlobSet, GlobSetBuilder};

use crate::text::spread;
use compile::glob_of;

/// All formats of a run: the built-in ones and the user's.
#[derive(Clone, Debug)]
pub struct Formats {
    all: Vec<Arc<Format>>,
    files: GlobSet,
    /// The format of each glob of `files`.
    owners: Vec<usize>,
    /// The same of formats of which only calls are read.
    callers: GlobSet,
    calls: Vec<usize>,
}

impl Formats {
    /// The formats in the binary.
    pub fn builtin() -> Self {
        static BUILTIN: LazyLock<Formats> = LazyLock::new(|| Formats::with(Vec::new()).unwrap_or_else(|_| Formats::of(Vec::new())));
        BUILTIN.clone()
    }

    /// The formats in the binary, and a user's own. One with a built-in's id replaces it.
    ///
    /// # Errors
    /// Everything that is wrong with them, with the index of the table.
    pub fn with(own: Vec<FormatTable>) -> Result<Self, Vec<(usize, BadFormat)>> {
        let mut faults = Vec::new();
        // A fault in a built-in table fails `builtin_tables_compile`, so it never reaches a user.
        let mut formats: Vec<Format> = builtin::tables().map(Format::trusted).collect();
        for (index, table) in own.into_iter().enumerate() {
            match Format::new(table) {
                Ok(format) => {
                    formats.retain(|have| have.id != format.id);
                    formats.push(format);
                }
                Err(all) => faults.extend(all.into_iter().map(|fault| (index, fault))),
            }
        }
        if faults.is_empty() { Ok(Self::of(formats)) } else { Err(faults) }
    }

    /// The same formats, by which all addresses of charts are read: as long as no charts move, nobody asks for those of repositories.
    #[must_use]
    pub fn with_charts(&self) -> Self {
        let before: Vec<Format> = self.all.iter().map(|format| Format::clone(format)).collect();
        let asked = |format: &Format| format.table.has_charts().then(|| Format::trusted(format.table.with_charts()));
        let mut formats: Vec<Format> = before.iter().map(|format| asked(format).unwrap_or_else(|| format.clone())).collect();
        let needles = needles_inside(&before).into_iter().zip(needles_inside(&formats));
        for (format, (_, now)) in formats.iter_mut().zip(needles).filter(|(_, (old, now))| old != now) {
            format.look_for(now);
        }
        Self { all: formats.into_iter().map(Arc::new).collect(), ..self.clone() }
    }

    fn of(mut formats: Vec<Format>) -> Self {
        for (index, needles) in needles_inside(&formats).into_iter().enumerate() {
            if let Some(format) = formats.get_mut(index) {
                format.look_for(needles);
            }
        }
        let mut formats: Vec<Arc<Format>> = formats.into_iter().map(Arc::new).collect();
        // A stable order: by rank, then by name.
        formats.sort_by(|a, b| b.table.rank.cmp(&a.table.rank).then_with(|| a.id.cmp(&b.id)));
        Self::sorted(formats)
    }

    fn sorted(formats: Vec<Arc<Format>>) -> Self {
        let (callers, calls) = globs_of(&formats, |table| table.engine == Engine::Calls);
        let (files, owners) = globs_of(&formats, |table| table.engine != Engine::Calls);
        Self { all: formats, files, owners, callers, calls }
    }

    /// Every format, in the order in which they are asked.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Format>> {
        self.all.iter()
    }

    /// A format that is not the same in `others`, if there is one.
    pub fn other_than(&self, others: &Self) -> Option<&str> {
        let is_same = |own: &Format, other: &Format| format!("{:?}", own.table) == format!("{:?}", other.table);
        let is_known = |own: &Arc<Format>| others.get(&own.id).is_some_and(|other| Arc::ptr_eq(own, other) || is_same(own, other));
        self.all.iter().find(|own| !is_known(own)).map(|own| &*own.id)
    }

    /// The format with this id.
    pub fn get(&self, id: &str) -> Option<&Arc<Format>> {
        self.all.iter().find(|format| &*format.id == id)
    }

    /// The format that has this part, the first one where several have it.
    pub fn by_role(&self, role: FormatRole) -> Option<&Arc<Format>> {
        self.all.iter().find(|format| format.table.is == Some(role))
    }

    /// Whether a file with this path (with `/`) may hold references, judged by its name alone: other files are not even opened.
    pub fn claims(&self, path: &str) -> bool {
        self.of_name(path).any(|format| format.table.read == Reads::Always)
    }

    /// Whether the name of a file is one of the format's.
    pub fn may_be(&self, path: &str, id: &str) -> bool {
        self.of_name(path).any(|format| &*format.id == id)
    }

    /// Whether a file of that path is an archive whose folder belongs to a unit.
    #[must_use]
    pub fn is_packed(&self, path: &str) -> bool {
        self.all.iter().any(|format| format.packs(path))
    }

    /// The formats that claim a file, in the order in which they are asked.
    pub fn of_file(&self, path: &str, surroundings: Surroundings) -> Vec<&Arc<Format>> {
        self.of_name(path).filter(|format| format.stands_in(surroundings) && !format.excludes(path)).collect()
    }

    /// The formats one of whose names a file has, wherever it stands, in the order in which they are asked.
    pub fn of_name<'f>(&'f self, path: &str) -> impl Iterator<Item = &'f Arc<Format>> + use<'f> {
        let globs = self.files.matches(path).into_iter().chain(filled(path).map(|path| self.files.matches(path)).unwrap_or_default());
        let mut owners: Vec<usize> = globs.filter_map(|glob| self.owners.get(glob).copied()).collect();
        owners.sort_unstable();
        owners.dedup();
        owners.into_iter().filter_map(|owner| self.all.get(owner))
    }

    /// The formats by which calls are read in a file of this name, whatever else it is.
    pub fn callers<'f>(&'f self, path: &str) -> impl Iterator<Item = &'f Arc<Format>> + use<'f> {
        let mut found: Vec<usize> = self.callers.matches(path).into_iter().filter_map(|glob| self.calls.get(glob).copied()).collect();
        found.dedup();
        found.into_iter().filter_map(|index| self.all.get(index))
    }

    /// How far up something may lie that holds together with a file of this name, when that is the head of a unit: in its folder, or anywhere
    /// above where others take such units in.
    pub fn head(&self, name: &str) -> Option<From> {
        let format = self.of_name(name).find(|format| format.is_head(name))?;
        let is_taken_in = self.all.iter().flat_map(|other| &other.table.links).any(|link| link.unit.as_deref() == Some(&*format.id));
        Some(if is_taken_in { From::Above } else { From::Folder })
    }
}

impl Default for Formats {
    fn default() -> Self {
        Self::builtin()
    }
}

/// The globs of formats with such engines, and the format of each.
fn globs_of(formats: &[Arc<Format>], is_its: impl Fn(&FormatTable) -> bool) -> (GlobSet, Vec<usize>) {
    let (mut globs, mut owners) = (GlobSetBuilder::new(), Vec::new());
    for (index, format) in formats.iter().enumerate().filter(|(_, format)| is_its(&format.table)) {
        for glob in format.table.files.iter().flat_map(|glob| spread(glob)).filter_map(|glob| glob_of(&glob).ok()) {
            globs.add(glob);
            owners.push(index);
        }
    }
    (globs.build().unwrap_or_default(), owners)
}

/// The path of the file that a template becomes, by its ending (`deploy.yaml.j2`).
fn filled(path: &str) -> Option<&str> {
    let (filled, ending) = path.rsplit_once('.')?;
    TEMPLATE_ENDINGS.lines().any(|known| known == ending).then_some(filled)
}

/// How files are called that a program fills in.
const TEMPLATE_ENDINGS: &str = include_str!("../../rules/lists/template_endings.txt");

/// For each format the needles of those that stand inside it, however deep: without them its documents would not be parsed. One without needles
/// adds none: the place it stands at is what its outer format looks for.
fn needles_inside(formats: &[Format]) -> Vec<BTreeSet<String>> {
    formats.iter().map(|outer| needles_with(outer, formats)).collect()
}

fn needles_with<'f>(outer: &'f Format, formats: &'f [Format]) -> BTreeSet<String> {
    let mut seen: BTreeSet<&str> = BTreeSet::from([&*outer.id]);
    let mut open = vec![outer];
    let mut needles = BTreeSet::new();
    while let Some(format) = open.pop() {
        needles.extend(format.table.needles.iter().cloned());
        let inner = format.inner().filter(|id| seen.insert(id));
        open.extend(inner.filter_map(|id| formats.iter().find(|format| &*format.id == id)));
    }
    needles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builtin_tables_compile() {
        for (name, text) in builtin::FORMATS {
            let table: FormatTable = serde_json::from_str(text).unwrap();
            assert_eq!(table.id, *name, "the file is called as its format");
            Format::new(table).unwrap();
        }
    }

    #[test]
    fn builtin_tables_lead_to_tables_that_are_there() {
        let formats = Formats::builtin();
        for format in formats.iter() {
            let missing: Vec<&str> = format.inner().filter(|id| formats.get(id).is_none()).collect();
            assert!(missing.is_empty(), "{}: {missing:?}", format.id);
        }
    }

    #[test]
    fn a_file_is_claimed_by_its_name() {
        let formats = Formats::builtin();
        for path in [
            "Dockerfile",
            "a/b/Dockerfile.slim",
            "x/app.dockerfile",
            "docker-compose.override.yml",
            "deploy/x.yaml",
            "charts/x/values.yaml",
            "deploy/x.yaml.j2",
            "compose.yml.template",
        ] {
            assert!(formats.claims(path), "{path}");
        }
        for path in ["main.go", "README.md", "a/Makefile"] {
            assert!(!formats.claims(path), "{path}");
        }
    }

    #[test]
    fn a_format_looks_for_what_stands_inside_it() {
        let own = [
            "{id: outer, title: O, engine: yaml, needles: [image], sites: [{id: x, path: x, shape: subtree, format: middle}]}",
            "{id: middle, title: M, engine: yaml, sites: [{id: x, path: x, shape: subtree, format: inner}, {id: y, path: y, shape: subtree, format: outer}]}",
            "{id: inner, title: I, engine: yaml, needles: [hub], sites: [{id: x, path: x}]}",
        ];
        let formats = Formats::with(own.map(|text| serde_yaml::from_str(text).unwrap()).to_vec()).unwrap();
        let may_be = |id: &str, text: &[u8]| formats.get(id).unwrap().may_be_in(text);
        assert!(may_be("outer", b"x: hub") && may_be("outer", b"x: image") && !may_be("outer", b"x: y"));
        assert!(may_be("middle", b"x: y"), "a format without needles is always parsed");
        assert!(!may_be("inner", b"x: image"));
    }

    #[test]
    fn each_part_has_its_format() {
        use FormatRole::{ChartImages, Compose, Kustomization, Manifest, Values};
        let formats = Formats::builtin();
        let ids = [Compose, Kustomization, Values, ChartImages, Manifest].map(|role| formats.by_role(role).map(|format| &*format.id));
        assert_eq!(ids, ["compose", "kustomization", "helm-values", "helm-chart-images", "kubernetes"].map(Some));
    }

    #[test]
    fn a_users_format_replaces_one_of_the_same_name() {
        let own = "{id: compose, title: Mine, engine: yaml, files: ['**/mine.yaml'], sites: [{id: x, path: x.image}]}";
        let formats = Formats::with(vec![serde_yaml::from_str(own).unwrap()]).unwrap();
        assert_eq!(formats.get("compose").unwrap().table.title, "Mine");
        assert!(formats.of_file("a/mine.yaml", Surroundings::Plain).iter().any(|f| &*f.id == "compose"));
    }
}
