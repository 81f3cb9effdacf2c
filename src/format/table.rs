//! Owns the words of a format file (`rules/formats/*.yaml`, `formats:` of a rule file), as they are written.

use serde::Deserialize;

use super::Surroundings;
use super::path::PathPattern;
use super::together::{LinkTable, UnitTable};
use crate::occurrence::{Class, Confidence, Keep, Role};

/// A kind of file and where references stand in it.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FormatTable {
    /// Its name in messages, rules and output.
    pub id: String,
    /// The format that it adds to: each list of words here goes before that one's list, each other word takes the place of that one's. Its
    /// `id` is that one's, too, unless it says another.
    #[serde(default)]
    pub extends: Option<String>,
    /// Its name for people.
    pub title: String,
    /// Where two formats claim a file, the one with the higher rank is asked first. The built-in ones lie between 0 and 100; without one a
    /// format comes after those that know a file by its name, and before those that take any file of a language.
    #[serde(default = "between")]
    pub rank: u8,
    /// What reads it.
    pub engine: Engine,
    /// Why its text is there, unless the path says otherwise (`tests/`, `docs/`).
    #[serde(default)]
    pub class: Class,
    /// Globs on the path; none for a format that is only embedded in others.
    #[serde(default)]
    pub files: Vec<String>,
    /// When its files are read.
    #[serde(default)]
    pub read: Reads,
    /// Globs on the path that are taken out of `files`.
    #[serde(default)]
    pub not_files: Vec<String>,
    /// Where the file must stand; anywhere when empty.
    #[serde(default)]
    pub surroundings: Vec<Surroundings>,
    /// A document without any of these texts holds no reference and is not parsed.
    #[serde(default)]
    pub needles: Vec<String>,
    /// How a document of this format is told from others.
    #[serde(default)]
    pub document: DocumentTest,
    /// How variables are written in its values.
    #[serde(default)]
    pub interpolation: Interpolation,
    /// Where a document gives variables their values.
    #[serde(default)]
    pub variables: Vec<VariableTable>,
    /// What part it has in what transship does beyond its table.
    #[serde(default)]
    pub is: Option<FormatRole>,
    /// Mappings that are not looked into: those with any of these `key: value` pairs.
    #[serde(default)]
    pub skip: Vec<Skip>,
    /// Tags of lists and mappings that are not looked into, since they only point elsewhere (`!reference`).
    #[serde(default)]
    pub skip_tags: Vec<String>,
    /// Tags of values that are texts all the same (`!Sub`); a value with another tag of its own is none.
    #[serde(default)]
    pub read_tags: Vec<String>,
    /// Values that are never a reference at any site (`auto`).
    #[serde(default)]
    pub placeholders: Vec<String>,
    /// Globs on the path of files that a program makes: they are reported, not edited.
    #[serde(default)]
    pub generated_files: Vec<String>,
    /// Whether it is edited, or only reported: a lock file is made by a program.
    #[serde(default)]
    pub keep: Option<Keep>,
    /// Where references stand.
    #[serde(default)]
    pub sites: Vec<SiteTable>,
    /// What hold together around a file of this format.
    #[serde(default)]
    pub units: Option<UnitTable>,
    /// Which other files a document takes in.
    #[serde(default)]
    pub links: Vec<LinkTable>,
    /// Where this was learnt.
    #[serde(default)]
    pub source: Option<String>,
}

impl FormatTable {
    /// Whether addresses of charts stand in its files.
    pub(super) fn has_charts(&self) -> bool {
        self.sites.iter().any(|site| site.shape == Shape::Chart)
    }

    /// The same table, by which all addresses of charts are read.
    pub(super) fn with_charts(&self) -> Self {
        let mut table = self.clone();
        let mut keys = Vec::new();
        for site in table.sites.iter_mut().filter(|site| site.shape == Shape::Chart) {
            // What is the chart's own address is one of a registry.
            let all: &[&str] = if site.chart.as_ref().is_some_and(|chart| chart.name.is_some()) { &ADDRESSES } else { &["oci://"] };
            site.schemes = all.iter().map(|scheme| (*scheme).to_owned()).collect();
            keys.extend(site.path.iter().filter_map(|path| PathPattern::new(path).ok()).flat_map(|path| path.last_keys().to_vec()));
        }
        if !table.needles.is_empty() {
            table.needles.append(&mut keys);
        }
        table
    }
}

/// What addresses of repositories of charts begin with.
const ADDRESSES: [&str; 3] = ["https://", "http://", "oci://"];

const fn between() -> u8 {
    15
}

/// When the files of a format are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reads {
    /// Whenever they are met.
    #[default]
    Always,
    /// Where another format reads them too, or where they name what a mapping takes from: its files are of any kind.
    Named,
}

/// A part that one format has for all others: where files hold together, code asks for it and not for an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FormatRole {
    /// A Compose project's files.
    Compose,
    /// The file in which kustomize is told what to do.
    Kustomization,
    /// A chart's values.
    Values,
    /// A chart's own list of its images.
    ChartImages,
    /// What is handed to Kubernetes.
    Manifest,
}

/// A mapping of a document that gives variables their values, or one such value.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VariableTable {
    /// The block in which the variables hold, as a path; the whole document when there is none. The innermost block that gives a variable
    /// a value decides.
    #[serde(default)]
    pub within: Option<String>,
    /// From that block, keys and `[]` down to the mapping of names to values. A value that is a list is one of several.
    pub path: String,
    /// How uses spell a variable, with `{key}` for its key; without it, the path leads to the value of this one variable.
    #[serde(default = "key")]
    pub name: String,
    /// The keys of which the first that is there holds the value, where that is a mapping.
    #[serde(default)]
    pub value: Vec<String>,
}

fn key() -> String {
    "{key}".to_owned()
}

/// What reads a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    /// The Dockerfile scanner.
    Dockerfile,
    /// YAML, and with it JSON.
    Yaml,
    /// JSON with comments and trailing commas.
    Json,
    /// TOML.
    Toml,
    /// Languages with blocks and calls: HCL, Starlark, Groovy, and what is written like them.
    Blocks,
    /// YAML with Go template actions.
    Template,
    /// Texts of any kind in which programs are called. Nothing but the calls is read, so such a format claims no file.
    Calls,
    /// Texts of any kind: what names in them and commands say by themselves.
    Text,
}

/// How variables are written inside a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Interpolation {
    /// They are not.
    #[default]
    None,
    /// `$V`, `${V}`, `${V:-default}` and the like, `$$` for a dollar sign (Compose).
    Compose,
    /// `$V`, `${V}`, `${V:=default}`; `$(V)` of kustomize and Kubernetes.
    Kubernetes,
    /// `{{ action }}`.
    Template,
    /// `${{ expression }}`.
    Github,
    /// `$V`, `${V}`, `$$` for a dollar sign, `$[[ inputs.x ]]`.
    Gitlab,
    /// `${kind:V}`, `${kind:V:default}`.
    Devcontainer,
    /// `${expression}`, `$V`.
    Expression,
}

/// How a document is told from those of other formats: by its outermost keys.
#[derive(Clone, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DocumentTest {
    /// All of these keys, each with a scalar: `kind: Pod`.
    pub all_of: Vec<String>,
    /// At least one of these keys, when any is named.
    pub any_of: Vec<String>,
    /// None of these keys.
    pub none_of: Vec<String>,
    /// `kind` is one of these, when any is named.
    pub kinds: Vec<String>,
    /// Every value of the outermost mapping is a mapping with one of these keys, when any is named.
    pub every_value_has: Vec<String>,
    /// The document is a list, each item of which is a mapping with all of these keys, when any is named.
    pub every_item_has: Vec<String>,
}

/// A `key: value` pair that takes a mapping out.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Skip {
    /// The key.
    pub key: String,
    /// Its value; `/re/`: a value in which the expression is found.
    pub value: String,
}

/// One declared place of a format.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteTable {
    /// Its name in output.
    pub id: String,
    /// The position, for engines that name theirs (`from`, `copy-from`).
    #[serde(default)]
    pub at: Option<String>,
    /// The path of the value, or with `@key` behind it of the key. See docs/formats.md for the pattern language.
    #[serde(default)]
    pub path: Option<String>,
    /// How the value is cut into texts, each of which may be a reference.
    #[serde(default)]
    pub parts: Parts,
    /// How the reference is spelled there.
    #[serde(default)]
    pub shape: Shape,
    /// What it is used for.
    #[serde(default)]
    pub role: Role,
    /// Another role where a key stands beside the value.
    #[serde(default)]
    pub role_beside: Vec<RoleBeside>,
    /// The other parts of the reference, in keys beside the value.
    #[serde(default)]
    pub siblings: Siblings,
    /// Keys beside the value that name the platform it is pulled for. Of several the first that is there counts.
    #[serde(default)]
    pub platform: Vec<String>,
    /// Keys that must stand beside the value.
    #[serde(default)]
    pub beside: Vec<String>,
    /// At least one of these keys must stand beside the value, when any is named.
    #[serde(default)]
    pub beside_any: Vec<String>,
    /// Keys that must not stand beside the value (null does not count as standing there).
    #[serde(default)]
    pub not_beside: Vec<String>,
    /// What the value must look like.
    #[serde(default)]
    pub guard: Guard,
    /// Only the part of the value after this text is the reference.
    #[serde(default)]
    pub after: Option<String>,
    /// A regular expression that the part before `after` must match.
    #[serde(default)]
    pub before: Option<String>,
    /// For [`Shape::Uri`]: the schemes whose rest is a reference (`docker://`). A value with another scheme is none. For [`Shape::Registry`]:
    /// the schemes that may stand before it. For [`Shape::Chart`]: those of addresses that are read although no mapping moves charts.
    #[serde(default)]
    pub schemes: Vec<String>,
    /// For [`Shape::Embedded`]: the format of the text inside.
    #[serde(default)]
    pub format: Option<String>,
    /// For [`Shape::Chart`]: what the address holds, and what changes with it.
    #[serde(default)]
    pub chart: Option<ChartTable>,
    /// The command that makes the file again where a program writes it, with `{folder}` for its folder.
    #[serde(default)]
    pub renew: Option<String>,
    /// How sure the place is.
    #[serde(default)]
    pub confidence: Confidence,
    /// Why a reference there is reported and never edited.
    #[serde(default)]
    pub keep: Option<Keep>,
}

/// How a reference is spelled at a site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// The whole reference in one value.
    #[default]
    Reference,
    /// A repository, perhaps with its domain; the tag is elsewhere or in `siblings`.
    Repository,
    /// What the keys of the mapping spell together with the value, by their words in any spelling: registry, namespace, repository, name, tag,
    /// digest. The value that bears the name is at the site; where the keys spell no reference, the next site is asked.
    Keys,
    /// A scheme and a reference.
    Uri,
    /// A registry's domain, perhaps with the beginning of a path: what is pulled from it is not known here.
    Registry,
    /// An address of charts: a repository with an index (`https://`), a path of a registry (`oci://`), or one chart there.
    Chart,
    /// A document of another format, in one value.
    Embedded,
    /// A mapping that is a document of another format (`spec.values` of a `HelmRelease`).
    Subtree,
}

/// How a value is cut into texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Parts {
    /// It is one text.
    #[default]
    Whole,
    /// Each of its lines, but for comments (`#`).
    Lines,
    /// What stands between its commas.
    Csv,
    /// What stands between its commas and white space, behind `name=` if there is such a text: `3.6=acme/web:1, 3.7=acme/web:2`. A value of one
    /// text has none.
    List,
    /// The arguments of a program, items of a list or words of one text: what follows a flag that `before` matches, in the same word behind
    /// `after` (usually `=`) or as the next word.
    Argv,
    /// The words of a shell's commands; of those before which `before`, if given, matches the rest of the command. Several sites may read
    /// one text.
    Shell,
}

/// What a value must look like to be taken for a reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Guard {
    /// Nothing: the place says that it is an image, and a text that is none is told.
    #[default]
    Name,
    /// It must be a valid reference: the place says that it may be an image, and a text that is none is something else. This and all that is
    /// stricter takes no file's name without a registry (`img/logo.png`).
    WellFormed,
    /// It must have a `/`, a `:` or an `@`: the place only suggests it.
    ReferenceLike,
    /// The name of the value (its key, the `name` beside a `value`, what precedes `after`) and the text decide together: where the name says
    /// that it is an image, it must have a `/`, a `:` or an `@`; where it says nothing, a registry's domain and a tag. What has half of that
    /// is listed with low confidence.
    Named,
    /// As `named`; one word without a registry or an organization is listed with low confidence.
    NamedPath,
    /// It must begin with a registry's domain: the place says nothing.
    HostQualified,
    /// It must begin with a registry's domain and have a tag or a digest: the text may hold anything.
    Versioned,
    /// It must be a registry's domain and nothing else: what has more is an image there.
    Domain,
}

/// The keys beside a value that hold the other parts of its reference. Of several names the first that is there counts.
#[derive(Clone, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Siblings {
    /// The domain, perhaps with the beginning of the path.
    pub registry: Vec<String>,
    /// The beginning of the path, after the registry.
    pub namespace: Vec<String>,
    /// The tag.
    pub tag: Vec<String>,
    /// The digest with its algorithm; bare hex digits are taken for sha256.
    pub digest: Vec<String>,
    /// Where the registry stands, by its path from the outermost key (`global.imageRegistry`), when it is there and not empty: it may
    /// stand in the place of the key beside the value. What a chart's templates make of it decides; alone, the value is not edited.
    pub registry_override: Vec<String>,
    /// Where the registry stands when no key beside the value gives it.
    pub registry_default: Vec<String>,
    /// Where the beginning of the path stands when no key beside the value gives it.
    pub namespace_default: Vec<String>,
}

impl Siblings {
    /// Whether no key is named.
    pub fn is_empty(&self) -> bool {
        [&self.registry, &self.namespace, &self.tag, &self.digest].iter().all(|keys| keys.is_empty())
    }

    /// The outermost keys below which something stands that goes with values anywhere.
    pub fn outermost(&self) -> impl Iterator<Item = &str> {
        let paths = [&self.registry_override, &self.registry_default, &self.namespace_default].into_iter().flatten();
        paths.filter_map(|path| path.split('.').next())
    }
}

/// Stands in [`ChartTable::name`] for whatever charts a repository holds.
pub const EVERY_CHART: &str = "*";

/// What an address of charts holds, and what changes with it.
#[derive(Clone, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChartTable {
    /// The key beside the address that names the chart; `*` where the repository holds any. Without it the address is the chart's own, in a
    /// registry.
    pub name: Option<String>,
    /// What says beside it that a registry serves the charts.
    pub mark: Option<MarkTable>,
    /// Where the address of a registry is written without `oci://`: why, in a few words.
    pub bare: Option<String>,
    /// Keys beside the address that may not fit another server: with one of them an edit is unsafe.
    pub doubts: Vec<String>,
    /// Why an address that leads from an index to a registry is told and not edited.
    pub told: Option<String>,
}

/// A key and its value.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkTable {
    /// The key.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// A role that holds where a key stands beside the value.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleBeside {
    /// The key.
    pub key: String,
    /// The role.
    pub role: Role,
}
