//! Owns the compiled form of a format: patterns, needles and the index from a key to its sites.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aho_corasick::{AhoCorasick, MatchKind};
use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use regex::Regex;

use super::Surroundings;
use super::path::{BadPath, LastStep, PathPattern};
use super::table::{Engine, FormatTable, LinkTable, Shape, SiteTable, UnitTable};

/// A compiled format.
#[derive(Clone, Debug)]
pub struct Format {
    /// Its id, shared by the occurrences.
    pub id: Arc<str>,
    /// The table as written.
    pub table: FormatTable,
    /// Its sites, in order: the first that fits a value has it.
    pub sites: Vec<Site>,
    /// What its documents take in, in order: the first that fits a value has it.
    pub links: Vec<Link>,
    needles: Option<AhoCorasick>,
    link_needles: Option<AhoCorasick>,
    not_files: GlobSet,
    generated: GlobSet,
    by_key: BTreeMap<String, Vec<usize>>,
    by_pattern: Vec<usize>,
    of_items: Vec<usize>,
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
    /// What the text before `after` must be.
    pub before: Option<Regex>,
}

/// A compiled link.
#[derive(Clone, Debug)]
pub struct Link {
    /// The link as written.
    pub table: LinkTable,
    /// Where it is; none for a file that lies beside.
    pub path: Option<PathPattern>,
}

/// Why a text is no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFormat {
    /// It is not of the table's form.
    #[error("{0}")]
    Table(String),
    /// A glob does not compile.
    #[error("format `{format}`: the glob `{glob}` does not compile")]
    Glob {
        /// The format.
        format: String,
        /// The glob.
        glob: String,
    },
    /// A site's path does not compile, or is missing.
    #[error("format `{format}`, site `{site}`: {fault}")]
    Path {
        /// The format.
        format: String,
        /// The site.
        site: String,
        /// What is wrong.
        fault: BadPath,
    },
    /// A link's path does not compile, or is missing.
    #[error("format `{format}`, link `{link}`: {fault}")]
    Link {
        /// The format.
        format: String,
        /// The link's path, as written.
        link: String,
        /// What is wrong.
        fault: BadPath,
    },
    /// A site lacks a word that its shape needs, or has one that does not go with it.
    #[error("format `{format}`, site `{site}`: {fault}")]
    Site {
        /// The format.
        format: String,
        /// The site.
        site: String,
        /// What is wrong, and what is expected.
        fault: String,
    },
}

impl Format {
    /// Reads a format from its YAML text.
    ///
    /// # Errors
    /// [`BadFormat`] with the first thing that is wrong.
    pub fn read(text: &str) -> Result<Self, BadFormat> {
        let table: FormatTable = serde_yaml::from_str(text).map_err(|fault| BadFormat::Table(fault.to_string()))?;
        Self::new(table)
    }

    fn new(table: FormatTable) -> Result<Self, BadFormat> {
        let mut sites = Vec::with_capacity(table.sites.len());
        for site in &table.sites {
            sites.push(compile_site(&table, site)?);
        }
        let (mut by_key, mut by_pattern, mut of_items) = (BTreeMap::<String, Vec<usize>>::new(), Vec::new(), Vec::new());
        for (index, site) in sites.iter().enumerate() {
            match site.path.as_ref().map(PathPattern::last) {
                Some(LastStep::Keys(keys)) => keys.iter().for_each(|key| by_key.entry(key.clone()).or_default().push(index)),
                Some(LastStep::Key(_)) => by_pattern.push(index),
                Some(LastStep::Item) => of_items.push(index),
                None => {}
            }
        }
        let links = table.links.iter().map(|link| compile_link(&table, link)).collect::<Result<Vec<_>, _>>()?;
        let link_needles: Vec<&String> = links.iter().flat_map(Link::needles).collect();
        let link_needles = searcher(&link_needles);
        let needles = searcher(&table.needles);
        check_globs(&table, &table.files)?;
        let not_files = check_globs(&table, &table.not_files)?;
        let generated = check_globs(&table, &table.generated_files)?;
        Ok(Self { id: Arc::from(table.id.as_str()), sites, links, needles, link_needles, not_files, generated, by_key, by_pattern, of_items, table })
    }

    /// Looks for these texts, too: those of the documents that stand inside this format's. A format without needles is always parsed.
    pub(super) fn look_for(&mut self, more: &BTreeSet<String>) {
        if !self.table.needles.is_empty() {
            self.needles = searcher(&self.table.needles.iter().chain(more).collect::<Vec<_>>());
        }
    }

    /// The formats of the documents that may stand inside this one's.
    pub(super) fn inner(&self) -> impl Iterator<Item = &str> {
        self.table.sites.iter().filter_map(|site| site.format.as_deref())
    }

    /// Whether a file with these surroundings can be of this format.
    #[must_use]
    pub fn stands_in(&self, surroundings: Surroundings) -> bool {
        self.table.surroundings.is_empty() || self.table.surroundings.contains(&surroundings)
    }

    /// Whether `not_files` takes the path out.
    #[must_use]
    pub fn excludes(&self, path: &str) -> bool {
        self.not_files.is_match(path)
    }

    /// Whether a file of this path is made by a program.
    #[must_use]
    pub fn is_generated(&self, path: &str) -> bool {
        self.generated.is_match(path)
    }

    /// Whether a text can hold a reference at all: it has one of the needles.
    #[must_use]
    pub fn may_be_in(&self, text: &[u8]) -> bool {
        self.needles.as_ref().is_none_or(|needles| needles.is_match(text))
    }

    /// Whether a text can name a file that is taken in.
    #[must_use]
    pub fn may_link(&self, text: &[u8]) -> bool {
        self.link_needles.as_ref().is_some_and(|needles| needles.is_match(text))
    }

    /// Whether a file of this path, which has to be one of the format's, is a head.
    #[must_use]
    pub fn is_head(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or_default();
        self.heads().is_some_and(|heads| heads.is_empty() || heads.iter().any(|head| head == name))
    }

    /// The names of heads, if its files are the heads of units.
    #[must_use]
    pub fn heads(&self) -> Option<&[String]> {
        self.table.units.as_ref().map(|UnitTable { heads, .. }| heads.as_slice())
    }

    /// The sites whose path may end in `key` (none: an item of a sequence), in order.
    #[must_use]
    pub fn sites_ending_in(&self, key: Option<&str>) -> Vec<usize> {
        let Some(key) = key else { return self.of_items.clone() };
        let mut found = self.by_key.get(key).cloned().unwrap_or_default();
        let by_pattern = self.by_pattern.iter().filter(|&&index| {
            match self.sites.get(index).and_then(|site| site.path.as_ref()).map(PathPattern::last) {
                Some(LastStep::Key(Some(regex))) => regex.is_match(key),
                _ => true,
            }
        });
        found.extend(by_pattern);
        found.sort_unstable();
        found
    }

    /// The site of an engine's own position.
    #[must_use]
    pub fn site_at(&self, position: &str) -> Option<&Site> {
        self.sites.iter().find(|site| site.table.at.as_deref() == Some(position))
    }
}

impl Link {
    /// Texts of which one stands in every document that has the link.
    fn needles(&self) -> impl Iterator<Item = &String> {
        let keys = self.path.as_ref().filter(|_| self.table.needle.is_none()).map(PathPattern::last_keys).unwrap_or_default();
        keys.iter().chain(&self.table.needle)
    }
}

/// Only leftmost kinds look for several texts at once with vector instructions; which one is found does not matter.
fn searcher<T: AsRef<[u8]>>(needles: &[T]) -> Option<AhoCorasick> {
    (!needles.is_empty()).then(|| AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(needles).ok()).flatten()
}

fn compile_site(format: &FormatTable, site: &SiteTable) -> Result<Site, BadFormat> {
    let fault = |fault: String| BadFormat::Site { format: format.id.clone(), site: site.id.clone(), fault };
    let path = site.path.as_deref().map(PathPattern::new).transpose();
    let path = path.map_err(|fault| BadFormat::Path { format: format.id.clone(), site: site.id.clone(), fault })?;
    match (format.engine, &path, &site.at) {
        (Engine::Dockerfile, _, None) => return Err(fault("a site of the dockerfile engine needs `at`".to_owned())),
        (Engine::Yaml | Engine::Template, None, None) => return Err(fault("a site needs `path`".to_owned())),
        _ => {}
    }
    if matches!(site.shape, Shape::Embedded | Shape::Subtree) && site.format.is_none() {
        return Err(fault("the shapes `embedded` and `subtree` need `format`".to_owned()));
    }
    if site.shape == Shape::Uri && site.schemes.is_empty() {
        return Err(fault("the shape `uri` needs `schemes`".to_owned()));
    }
    let before = site.before.as_deref().map(Regex::new).transpose();
    let before = before.map_err(|error| fault(format!("`before` does not compile: {error}")))?;
    Ok(Site { id: Arc::from(site.id.as_str()), table: site.clone(), path, before })
}

fn compile_link(format: &FormatTable, link: &LinkTable) -> Result<Link, BadFormat> {
    let written = link.path.as_deref().or(link.beside.as_deref()).unwrap_or_default();
    let fault = |fault| BadFormat::Link { format: format.id.clone(), link: written.to_owned(), fault };
    let path = link.path.as_deref().map(PathPattern::new).transpose().map_err(fault)?;
    if path.is_none() && link.beside.is_none() { Err(fault(BadPath::Empty)) } else { Ok(Link { table: link.clone(), path }) }
}

fn check_globs(format: &FormatTable, globs: &[String]) -> Result<GlobSet, BadFormat> {
    let bad = |glob: &str| BadFormat::Glob { format: format.id.clone(), glob: glob.to_owned() };
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        set.add(glob_of(glob).map_err(|_| bad(glob))?);
    }
    set.build().map_err(|_| bad(""))
}

/// A glob on a path with `/`: `*` stays in its folder, `{a,}` may be empty.
pub(super) fn glob_of(glob: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(glob).literal_separator(true).empty_alternates(true).build()
}
