//! Owns the compiled form of a format: patterns, needles and the index from a key to its sites.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use aho_corasick::{AhoCorasick, MatchKind};
use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use regex::Regex;

use super::Surroundings;
use super::path::{LastStep, PathPattern, Said, Test};
use super::table::{Engine, FormatTable, Parts, Shape, SiteTable, Skip, VariableTable};
use super::together::LinkTable;

/// A format. What of its table has to be compiled is compiled when it is first asked for: few files of a run are of most formats.
#[derive(Clone, Debug)]
pub struct Format {
    /// Its id, shared by the occurrences.
    pub id: Arc<str>,
    /// The table as written.
    pub table: FormatTable,
    /// What is looked for beside its own needles: those of the documents that stand inside its own.
    inside: BTreeSet<String>,
    needles: OnceLock<Option<AhoCorasick>>,
    names: OnceLock<Names>,
    places: OnceLock<Places>,
    takes: OnceLock<Takes>,
}

/// What the path of a file says, compiled.
#[derive(Clone, Debug, Default)]
struct Names {
    not_files: GlobSet,
    generated: GlobSet,
    packed: GlobSet,
}

/// What stands in a document, compiled, and the index from a key to its sites.
#[derive(Clone, Debug, Default)]
struct Places {
    sites: Vec<Site>,
    variables: Vec<Variables>,
    skip: Vec<(String, Test)>,
    by_key: BTreeMap<String, Vec<usize>>,
    by_pattern: Vec<usize>,
    of_items: Vec<usize>,
}

/// What a document takes in, compiled.
#[derive(Clone, Debug, Default)]
struct Takes {
    links: Vec<Link>,
    needles: Option<AhoCorasick>,
}

/// A compiled site.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its id, shared by the occurrences.
    pub id: Arc<str>,
    /// The site as written.
    pub table: SiteTable,
    /// Where it is, for YAML.
    pub path: Option<PathPattern>,
    /// What of the pair at its path it means.
    pub means: Means,
    /// What the text before `after` must be.
    pub before: Option<Regex>,
}

/// What of a pair a site means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// The value, or an item of a sequence.
    Value,
    /// The key.
    Key,
}

/// A compiled place of variables.
#[derive(Clone, Debug)]
pub struct Variables {
    /// The place as written.
    pub table: VariableTable,
    /// The block in which they hold; none: the document.
    pub within: Option<PathPattern>,
}

impl Variables {
    /// The key of the variable that a use calls `name`; empty for the one variable of a place without keys. `None`: it is none of these.
    pub fn key_of<'n>(&self, name: &'n str) -> Option<&'n str> {
        match self.table.name.split_once("{key}") {
            Some((before, after)) => name.strip_prefix(before)?.strip_suffix(after).filter(|key| !key.is_empty()),
            None => (self.table.name == name).then_some(""),
        }
    }
}

/// A compiled link.
#[derive(Clone, Debug)]
pub struct Link {
    /// The link as written.
    pub table: LinkTable,
    /// Where it is; none for a file that lies beside, and for calls.
    pub path: Option<PathPattern>,
    /// For calls: the program's name, up to its first argument.
    pub program: Option<Regex>,
}

/// What is wrong with a table, and where in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("format `{format}`: {fault}")]
pub struct BadFormat {
    /// The format.
    pub format: String,
    /// The list (`sites`, `links`) and the index in it, when it is in an entry of one.
    pub entry: Option<(&'static str, usize)>,
    /// The word of the format or of the entry.
    pub word: &'static str,
    /// Its value, of a list the one that is meant; empty when the word is missing.
    pub value: String,
    /// What is wrong, and what is expected.
    pub fault: String,
}

impl Format {
    /// Compiles a table.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn new(table: FormatTable) -> Result<Self, Vec<BadFormat>> {
        let mut faults = Vec::new();
        let mut fault = |entry, (word, value, fault): Bad| faults.push(BadFormat { format: table.id.clone(), entry, word, value, fault });
        let places = Places::of(&table, &mut fault);
        let takes = Takes::of(&table, &mut fault);
        if let Err(bad) = check_globs("files", &table.files) {
            fault(None, bad);
        }
        let names = Names::of(&table, &mut fault);
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self { names: names.into(), places: places.into(), takes: takes.into(), ..Self::trusted(table) })
    }

    /// A table in which nothing is wrong, by a test.
    pub(super) fn trusted(table: FormatTable) -> Self {
        Self {
            id: Arc::from(table.id.as_str()),
            table,
            inside: BTreeSet::new(),
            needles: OnceLock::new(),
            names: OnceLock::new(),
            places: OnceLock::new(),
            takes: OnceLock::new(),
        }
    }

    fn names(&self) -> &Names {
        self.names.get_or_init(|| Names::of(&self.table, &mut |_, _| ()))
    }

    fn places(&self) -> &Places {
        self.places.get_or_init(|| Places::of(&self.table, &mut |_, _| ()))
    }

    fn takes(&self) -> &Takes {
        self.takes.get_or_init(|| Takes::of(&self.table, &mut |_, _| ()))
    }

    fn needles(&self) -> Option<&AhoCorasick> {
        // A format without needles is always parsed.
        let all = || (!self.table.needles.is_empty()).then(|| self.table.needles.iter().chain(&self.inside).collect::<Vec<_>>());
        self.needles.get_or_init(|| searcher(&all().unwrap_or_default())).as_ref()
    }

    /// Looks for these texts, too: those of the documents that stand inside this format's.
    pub(super) fn look_for(&mut self, inside: BTreeSet<String>) {
        (self.inside, self.needles) = (inside, OnceLock::new());
    }

    /// Its sites, in order: the first that fits a value has it.
    pub fn sites(&self) -> &[Site] {
        &self.places().sites
    }

    /// Where its documents give variables their values.
    pub fn variables(&self) -> &[Variables] {
        &self.places().variables
    }

    /// The keys whose values take a mapping out, and what these are.
    pub fn skip(&self) -> &[(String, Test)] {
        &self.places().skip
    }

    /// What its documents take in, in order: the first that fits a value has it.
    pub fn links(&self) -> &[Link] {
        &self.takes().links
    }

    /// The formats of the documents that may stand inside this one's.
    pub(super) fn inner(&self) -> impl Iterator<Item = &str> {
        self.table.sites.iter().filter_map(|site| site.format.as_deref())
    }

    /// Whether any of its sites means a key.
    pub fn reads_keys(&self) -> bool {
        self.sites().iter().any(|site| site.means == Means::Key)
    }

    /// Whether a file with these surroundings can be of this format.
    pub fn stands_in(&self, surroundings: Surroundings) -> bool {
        self.table.surroundings.is_empty() || self.table.surroundings.contains(&surroundings)
    }

    /// Whether a file of that path is an archive that belongs to one of the format's units.
    pub(super) fn packs(&self, path: &str) -> bool {
        self.table.units.as_ref().is_some_and(|units| !units.packed.is_empty()) && self.names().packed.is_match(path)
    }

    /// Whether `not_files` takes the path out.
    pub fn excludes(&self, path: &str) -> bool {
        !self.table.not_files.is_empty() && self.names().not_files.is_match(path)
    }

    /// Whether a file of this path is made by a program.
    pub fn is_generated(&self, path: &str) -> bool {
        !self.table.generated_files.is_empty() && self.names().generated.is_match(path)
    }

    /// Whether a text can hold a reference at all: it has one of the needles.
    pub fn may_be_in(&self, text: &[u8]) -> bool {
        self.needles().is_none_or(|needles| needles.is_match(text)) || may_spell(text)
    }

    /// Whether a text can name a file that is taken in.
    pub fn may_link(&self, text: &[u8]) -> bool {
        !self.table.links.is_empty() && self.takes().needles.as_ref().is_some_and(|needles| needles.is_match(text) || may_spell(text))
    }

    /// Whether a file of this path, which has to be one of the format's, is a head.
    pub fn is_head(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or_default();
        self.table.units.as_ref().is_some_and(|units| units.heads.is_empty() || units.heads.iter().any(|head| head == name))
    }

    /// The sites whose path may end in `key` (none: an item of a sequence), in order.
    pub fn sites_ending_in(&self, key: Option<&str>, said: Said) -> Vec<usize> {
        let places = self.places();
        let Some(key) = key else { return places.of_items.clone() };
        let mut found = places.by_key.get(key).cloned().unwrap_or_default();
        let by_pattern = places.by_pattern.iter().filter(|&&index| {
            match places.sites.get(index).and_then(|site| site.path.as_ref()).map(PathPattern::last) {
                Some(LastStep::Key(Some(regex))) => regex.is_match(key),
                Some(LastStep::Saying(word)) => said.has(word),
                _ => true,
            }
        });
        found.extend(by_pattern);
        found.sort_unstable();
        found
    }

    /// The site of an engine's own position.
    pub fn site_at(&self, position: &str) -> Option<&Site> {
        self.sites().iter().find(|site| site.table.at.as_deref() == Some(position))
    }
}

impl Names {
    fn of(table: &FormatTable, fault: Told) -> Self {
        let mut globs = |word, globs| {
            check_globs(word, globs).unwrap_or_else(|bad| {
                fault(None, bad);
                GlobSet::empty()
            })
        };
        Self {
            not_files: globs("not_files", &table.not_files),
            generated: globs("generated_files", &table.generated_files),
            packed: globs("packed", table.units.as_ref().map_or(&[], |units| &units.packed)),
        }
    }
}

impl Places {
    fn of(table: &FormatTable, fault: Told) -> Self {
        let sites = compiled("sites", &table.sites, |site| compile_site(table.engine, site), fault);
        let variables = compiled("variables", &table.variables, compile_variables, fault);
        let skip = compiled("skip", &table.skip, compile_skip, fault);
        let (mut by_key, mut by_pattern, mut of_items) = (BTreeMap::<String, Vec<usize>>::new(), Vec::new(), Vec::new());
        for (index, site) in sites.iter().enumerate() {
            match site.path.as_ref().map(PathPattern::last) {
                Some(LastStep::Keys(keys)) => keys.iter().for_each(|key| by_key.entry(key.clone()).or_default().push(index)),
                Some(LastStep::Key(_) | LastStep::Saying(_)) => by_pattern.push(index),
                Some(LastStep::Item) => of_items.push(index),
                None => {}
            }
        }
        Self { sites, variables, skip, by_key, by_pattern, of_items }
    }
}

impl Takes {
    fn of(table: &FormatTable, fault: Told) -> Self {
        let links = compiled("links", &table.links, compile_link, fault);
        let needles = searcher(&links.iter().flat_map(Link::needles).collect::<Vec<_>>());
        Self { links, needles }
    }
}

impl Link {
    /// Texts of which one stands in every document that has the link.
    fn needles(&self) -> impl Iterator<Item = &String> {
        let keys = self.path.as_ref().filter(|_| self.table.needle.is_none()).map(PathPattern::last_keys).unwrap_or_default();
        let verbs = self.table.call.iter().flat_map(|call| &call.verbs);
        keys.iter().chain(&self.table.needle).chain(verbs)
    }
}

/// Whether an escape may spell a character of a text by its number, or a tag all of it, which then is not there to be found.
fn may_spell(text: &[u8]) -> bool {
    memchr::memchr_iter(b'\\', text).any(|at| matches!(text.get(at + 1), Some(b'x' | b'u' | b'U')))
        || memchr::memmem::find(text, b"!!binary").is_some()
}

/// Only leftmost kinds look for several texts at once with vector instructions; which one is found does not matter.
fn searcher<T: AsRef<[u8]>>(needles: &[T]) -> Option<AhoCorasick> {
    (!needles.is_empty()).then(|| AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(needles).ok()).flatten()
}

/// The entries of a list of the table, compiled; `fault` is told of those that cannot be.
fn compiled<T, C>(list: &'static str, tables: &[T], compile: impl Fn(&T) -> Result<C, Bad>, fault: Told) -> Vec<C> {
    let each = tables.iter().enumerate();
    each.filter_map(|(index, table)| compile(table).map_err(|bad| fault(Some((list, index)), bad)).ok()).collect()
}

/// Who is told of faults, each with the entry in which it is.
type Told<'t> = &'t mut dyn FnMut(Option<(&'static str, usize)>, Bad);

/// The word, its value, and what is wrong with it.
type Bad = (&'static str, String, String);

fn compile_site(engine: Engine, site: &SiteTable) -> Result<Site, Bad> {
    let mut site = site.clone();
    let missing = |word: &'static str, fault: &str| Err((word, String::new(), fault.to_owned()));
    let value = |text: &Option<String>| text.clone().unwrap_or_default();
    let whole = site.path.as_deref();
    let (path, means) = match whole.and_then(|path| path.strip_suffix("@key")) {
        Some(path) => (Some(path), Means::Key),
        None => (whole, Means::Value),
    };
    let path = path.map(PathPattern::new).transpose();
    let path = path.map_err(|fault| ("path", value(&site.path), fault.to_string()))?;
    match (engine, &path, &site.at) {
        (Engine::Dockerfile | Engine::Text, _, None) => return missing("at", "a site of the engines dockerfile and text needs `at`"),
        (_, None, None) => return missing("path", "a site needs `path`"),
        _ => {}
    }
    if matches!(site.shape, Shape::Embedded | Shape::Subtree) && site.format.is_none() {
        return missing("format", "the shapes `embedded` and `subtree` need `format`");
    }
    if site.shape == Shape::Uri && site.schemes.is_empty() {
        return missing("schemes", "the shape `uri` needs `schemes`");
    }
    if site.parts == Parts::Argv {
        if site.before.is_none() {
            return missing("before", "the parts `argv` need `before`, which says whose value an image is");
        }
        site.after.get_or_insert_with(|| "=".to_owned());
    }
    let before = site.before.as_deref().map(Regex::new).transpose();
    let before = before
        .map_err(|_| ("before", value(&site.before), format!("the regular expression `{}` does not compile", value(&site.before))))?;
    Ok(Site { id: Arc::from(site.id.as_str()), table: site, path, means, before })
}

fn pattern(word: &'static str, path: Option<&str>) -> Result<Option<PathPattern>, Bad> {
    let of = |path: &str| PathPattern::new(path).map_err(|fault| (word, path.to_owned(), fault.to_string()));
    path.map(of).transpose()
}

fn compile_skip(skip: &Skip) -> Result<(String, Test), Bad> {
    let test = Test::new(&skip.value).map_err(|fault| ("value", skip.value.clone(), fault.to_string()))?;
    Ok((skip.key.clone(), test))
}

fn compile_variables(table: &VariableTable) -> Result<Variables, Bad> {
    Ok(Variables { table: table.clone(), within: pattern("within", table.within.as_deref())? })
}

fn compile_link(link: &LinkTable) -> Result<Link, Bad> {
    let path = pattern("path", link.path.as_deref())?;
    if path.is_none() && link.beside.is_none() && link.call.is_none() {
        return Err(("path", String::new(), "a link needs `path`, `beside` or `call`".to_owned()));
    }
    // A word of its own, quoted or in a folder, or the name of a variable.
    let word = |program: &str| Regex::new(&format!(r#"(?:^|[\u{{feff}}\s;&|(`"'@/\\-]|\$[({{]?)(?:{program})[)}}"']*[ \t]"#));
    let program = link.call.as_ref().map(|call| word(&call.program).map_err(|_| call.program.clone())).transpose();
    let program = program.map_err(|program| ("call", program.clone(), format!("the regular expression `{program}` does not compile")))?;
    Ok(Link { table: link.clone(), path, program })
}

fn check_globs(word: &'static str, globs: &[String]) -> Result<GlobSet, Bad> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        if glob.starts_with('!') {
            return Err((
                word,
                glob.clone(),
                format!("`{glob}` takes nothing out; what is no file of this format stands under `not_files`"),
            ));
        }
        set.add(glob_of(glob).map_err(|error| (word, glob.clone(), format!("the glob `{glob}` cannot be read: {}", error.kind())))?);
    }
    set.build().map_err(|error| (word, String::new(), error.to_string()))
}

/// A glob on a path with `/`: `*` stays in its folder, `{a,}` may be empty.
pub(super) fn glob_of(glob: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(glob).literal_separator(true).empty_alternates(true).build()
}
