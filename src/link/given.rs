//! Owns what the files of a set give one another: values of variables, and another format than a name says.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::format::{Format, FormatRole, Formats, From, How};
use crate::locate::{File, Linked, Located, PLACES, Variable, locate_as, locate_linked, locate_variables, values};
use crate::source::TreePath;
use crate::text::{FileId, Span};

use super::arguments::arguments;
use super::distinct::Distinct;
use super::env;
use super::object::in_object;
use super::reach::Reader;
use super::taken::{Layered, Object, Taken};

/// In how many ways the variables of one file are read at most, and over how many files they are handed on.
const WAYS: usize = 64;
const FAR: usize = 64;

type Variables = BTreeMap<String, Variable>;

/// Who takes in which of the files.
pub(super) struct Given<'r, 'a> {
    files: BTreeMap<&'r str, &'r File<'a>>,
    readers: BTreeMap<&'r str, Vec<&'r Reader<'r>>>,
    takers: BTreeMap<&'r str, Vec<(&'r Reader<'r>, &'r Taken<'r>)>>,
    formats: &'r Formats,
    /// Files that releases of charts lay over what is not in sight: whatever they are called, they are values.
    values: BTreeSet<&'r str>,
    /// Folders that are taken in as wholes.
    folders: BTreeMap<&'r str, Vec<(&'r Reader<'r>, &'r Taken<'r>)>>,
    /// The variables of files, in each way; none while they are looked for, so that circles end.
    known: RefCell<BTreeMap<String, Vec<Variables>>>,
    /// The keys of files that decide on a role somewhere, each with where it stands: many files may be beside one.
    deciding: RefCell<BTreeMap<&'r str, Rc<[Deciding]>>>,
    /// Those of all formats.
    role_keys: OnceCell<BTreeSet<&'r str>>,
}

/// A key that decides on a role.
struct Deciding {
    key: String,
    /// Where it stands, behind the number of the document.
    path: String,
}

impl<'r, 'a> Given<'r, 'a> {
    pub(super) fn new(files: &'r [File<'a>], readers: &'r [Reader<'r>], formats: &'r Formats) -> Self {
        let (mut takers, mut by_path): (BTreeMap<&str, Vec<_>>, BTreeMap<&str, Vec<_>>) = (BTreeMap::new(), BTreeMap::new());
        let (mut folders, mut values): (BTreeMap<&str, Vec<_>>, BTreeSet<&str>) = (BTreeMap::new(), BTreeSet::new());
        for reader in readers {
            by_path.entry(reader.path.as_str()).or_default().push(reader);
            for taken in &reader.takes {
                taken.paths().iter().for_each(|path| takers.entry(path.as_str()).or_default().push((reader, taken)));
                let layers = taken.all_layers().filter(|_| !taken.is_found());
                values.extend(layers.flat_map(Layered::files).map(TreePath::as_str));
                if gives(taken) && !taken.is_found() {
                    taken.paths().iter().for_each(|path| folders.entry(path.as_str()).or_default().push((reader, taken)));
                }
            }
        }
        let files = files.iter().map(|file| (file.path, file)).collect();
        let (known, deciding, role_keys) = <(RefCell<_>, RefCell<_>, OnceCell<_>)>::default();
        Self { files, readers: by_path, takers, formats, values, folders, known, deciding, role_keys }
    }

    /// Finds the references of a file: once for each way in which others give it values.
    pub(super) fn locate(&self, file: &File<'_>) -> Located {
        let takers = self.takers(file.path);
        if let Some((reader, _)) = takers.iter().find(|(_, taken)| taken.how() == How::Environment) {
            // kustomize reads quotes and comments as they stand; a value that has any is no reference, and stays.
            return locate_variables(file, &env::read(file.bytes, file.id), self.formats, &reader.format.id);
        }
        let is_another = |id: &&str| !self.formats.may_be(file.path, id);
        let format = takers.iter().find_map(|(_, taken)| taken.link.table.format.as_deref().filter(is_another));
        let values = self.formats.by_role(FormatRole::Values).filter(|_| self.values.contains(file.path));
        let format = format.or(values.map(|format| &*format.id).filter(is_another));
        let mut ways = self.variables(file.path, FAR);
        let builds = takers.iter().filter(|(_, taken)| taken.how() == How::Build);
        ways.extend(builds.flat_map(|(reader, taken)| self.arguments(reader, taken)));
        if ways.is_empty() {
            ways.push(Variables::new());
        }
        let keys = self.keys_beside(file);
        let (mut all, mut found) = (Located::default(), Distinct::by(PartialEq::eq));
        for variables in ways {
            let linked = Linked { variables, keys: keys.clone() };
            let located = match format {
                Some(id) => locate_as(file, self.formats, &linked, id),
                None => locate_linked(file, self.formats, &linked),
            };
            found.add(located.occurrences);
            all.faults = located.faults;
            if found.all().len() > PLACES || all.is_full() {
                break;
            }
        }
        all.occurrences = found.into_all();
        all
    }

    /// The keys that decide on a role, in the documents that are taken in as documents by this one, or that take it in.
    fn keys_beside(&self, file: &File<'_>) -> BTreeSet<String> {
        let is_document = |taken: &Taken<'_>| taken.how() == How::Document;
        let takers = self.takers(file.path).iter().filter(|(_, taken)| is_document(taken)).map(|(reader, _)| reader.path.as_str());
        let own = self.readers.get(file.path).into_iter().flatten().flat_map(|reader| &reader.takes).filter(|taken| is_document(taken));
        let others: BTreeSet<&str> = takers.chain(own.flat_map(Taken::paths).map(TreePath::as_str)).collect();
        let deciding = role_keys(self.formats.of_name(file.path));
        if deciding.is_empty() {
            return BTreeSet::new();
        }
        let mut keys = BTreeSet::new();
        for other in others.into_iter().filter(|path| *path != file.path) {
            let found = self.deciding_in(other);
            keys.extend(found.iter().filter(|one| deciding.contains(&*one.key)).map(|one| format!("{}.{}", one.path, one.key)));
        }
        keys
    }

    /// The keys of a file that decide on a role anywhere.
    fn deciding_in(&self, path: &str) -> Rc<[Deciding]> {
        let Some((&path, file)) = self.files.get_key_value(path) else { return Rc::default() };
        if let Some(known) = self.deciding.borrow().get(path) {
            return Rc::clone(known);
        }
        let of_formats = || role_keys(self.formats.iter());
        let all = self.role_keys.get_or_init(of_formats);
        let values = values(file, self.formats).unwrap_or_default().into_iter().filter(|value| all.contains(&*value.text));
        let found: Rc<[Deciding]> =
            values.filter_map(|value| Some(Deciding { path: value.path.split_once('.')?.1.to_owned(), key: value.text })).collect();
        self.deciding.borrow_mut().insert(path, Rc::clone(&found));
        found
    }

    /// Whether a file gives nothing to itself, and gets nothing from others.
    pub(super) fn is_alone(&self, path: &str) -> bool {
        !self.readers.contains_key(path) && self.takers(path).is_empty()
    }

    fn takers(&self, path: &str) -> &[(&'r Reader<'r>, &'r Taken<'r>)] {
        self.takers.get(path).map(Vec::as_slice).unwrap_or_default()
    }

    /// The variables that a file is read with, in each way: its own, where it is a project by itself, and its own below those of whoever takes it in
    /// as a document.
    fn variables(&self, path: &str, far: usize) -> Vec<Variables> {
        let Some(far) = far.checked_sub(1) else { return Vec::new() };
        if let Some(known) = self.known.borrow().get(path) {
            return known.clone();
        }
        self.known.borrow_mut().insert(path.to_owned(), Vec::new());
        let readers = self.readers.get(path).into_iter().flatten();
        let beside = readers.flat_map(|reader| &reader.takes).filter(|taken| taken.how() == How::Variables);
        let own = self.read(beside.flat_map(Taken::paths));
        let above = path.match_indices('/').filter_map(|(at, _)| self.folders.get(path.get(..at)?)).flatten();
        let is_handed = |taken: &Taken<'_>| matches!(taken.how(), How::Document | How::Resource | How::Component | How::Patch);
        let takers = self.takers(path).iter().chain(above).filter(|(reader, taken)| is_handed(taken) && reader.path.as_str() != path);
        let is_project = !own.is_empty() && self.formats.head(path).is_some();
        let mut ways = if is_project { vec![own.clone()] } else { Vec::new() };
        for (reader, taken) in takers {
            if taken.link.table.from == From::Above {
                // What is filled in by whoever applies a folder ends there.
                let given = self.arguments(reader, taken);
                ways.extend(given.into_iter().take(WAYS.saturating_sub(ways.len())).filter(|way| !way.is_empty()));
                continue;
            }
            let with = if taken.variables.is_empty() { own.clone() } else { self.read(taken.variables.iter()) };
            for above in self.variables(reader.path.as_str(), far) {
                let mut way = with.clone();
                way.extend(above);
                if !ways.contains(&way) && ways.len() < WAYS {
                    ways.push(way);
                }
            }
        }
        if ways.is_empty() {
            ways.push(own);
        }
        self.known.borrow_mut().insert(path.to_owned(), ways.clone());
        ways
    }

    /// The variables of files, of which a later one overrides the earlier ones.
    fn read<'p>(&self, paths: impl Iterator<Item = &'p TreePath>) -> Variables {
        paths.filter_map(|path| self.files.get(path.as_str())).flat_map(|file| env::read(file.bytes, file.id)).collect()
    }

    /// What the data of an object gives to variables.
    fn data(&self, object: &Object) -> Variables {
        let read = |file: &&File<'_>| {
            in_object(file, object, &|tree, data, document, base| {
                let all = arguments(tree, data, document, base).into_iter();
                Some(all.map(|(name, value)| (name, Variable { span: Span { file: file.id, ..value.span }, ..value })).collect())
            })
        };
        self.files.values().copied().find_map(|file| read(&file)).unwrap_or_default()
    }

    /// What a build gives to the variables of what it builds, in each way in which its own document is read. What is not known gives nothing.
    fn arguments(&self, reader: &Reader<'_>, taken: &Taken<'_>) -> Vec<Variables> {
        let Some(file) = self.files.get(reader.path.as_str()).filter(|_| gives(taken)) else { return Vec::new() };
        let objects: Variables = taken.objects.iter().flat_map(|object| self.data(object)).collect();
        let of = |variables: &Variables| {
            let value = |(name, value): (&String, &Variable)| Some((name.clone(), known(value, variables, file.id)?));
            objects.clone().into_iter().chain(taken.arguments.iter().filter_map(value)).collect()
        };
        self.variables(reader.path.as_str(), FAR).iter().map(of).collect()
    }
}

/// Whether values of variables go with what is taken in.
fn gives(taken: &Taken<'_>) -> bool {
    !taken.arguments.is_empty() || !taken.objects.is_empty()
}

/// The keys by which sites of formats have another role when they stand beside.
fn role_keys<'f>(formats: impl Iterator<Item = &'f Arc<Format>>) -> BTreeSet<&'f str> {
    let roles = formats.flat_map(|format| &format.table.sites).flat_map(|site| &site.role_beside);
    roles.map(|beside| beside.key.as_str()).collect()
}

/// A value in `file` that is no variable, or nothing but one that is known, or has a default there.
fn known(value: &Variable, variables: &Variables, file: FileId) -> Option<Variable> {
    let text = value.text.as_deref()?;
    let Some(use_) = text.strip_prefix('$') else {
        return (!text.contains('$')).then(|| Variable { span: Span { file, ..value.span }, ..value.clone() });
    };
    let braced = use_.strip_prefix('{').and_then(|inner| inner.strip_suffix('}'));
    let inner = braced.unwrap_or(use_);
    let (name, rest) = inner.split_at(inner.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count());
    let default = rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-')).filter(|_| braced.is_some());
    if let Some(known) = variables.get(name).filter(|_| default.is_some() || rest.is_empty()) {
        return Some(known.clone());
    }
    let default = default.filter(|default| !default.is_empty() && !default.contains(['$', '{', '}']))?;
    let end = value.span.end - 1;
    Some(Variable { text: Some(default.to_owned()), span: Span { file, start: end - default.len(), end }, spelling: value.spelling })
}
