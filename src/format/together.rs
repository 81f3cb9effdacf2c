//! Owns the words of a format file that say which files hold together: units, links, calls and layers.

use serde::Deserialize;

/// The files that hold together around one of the format's files, the head.
#[derive(Clone, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UnitTable {
    /// The names of heads; of several in a folder the first is the folder's. Every file of the format when none is named.
    pub heads: Vec<String>,
    /// What belongs to the unit.
    pub holds: Holds,
    /// Globs on the path of archives whose folders belong to the unit as if they were unpacked beside them.
    pub packed: Vec<String>,
}

/// What belongs to a unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Holds {
    /// What the head takes in, what that takes in, and so on.
    #[default]
    Links,
    /// Everything in the head's folder, with the units of that kind inside of it.
    Folder,
}

/// One place of a document that names other files.
#[derive(Clone, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LinkTable {
    /// The path of the values, each of which names one file. One that holds a line break names none.
    pub path: Option<String>,
    /// Instead of `path`: the name of a file that is taken in whenever it lies beside this one; `{stem}` is this one's name without its ending.
    pub beside: Option<String>,
    /// Instead of `path`: calls of a program whose words name what is taken in, and what is laid over it.
    pub call: Option<CallTable>,
    /// What the file is taken in as.
    pub r#as: How,
    /// The format that the file has, where its name is none of that format's.
    pub format: Option<String>,
    /// Where the value names a folder: the format of which a head stands there, which is what is taken in.
    pub unit: Option<String>,
    /// The value names a folder, and this file in it is meant.
    pub file: Option<String>,
    /// What the value may name: one file, or a folder all files of which are meant, also in patterns (`k8s/*.yaml`).
    pub holds: Holds,
    /// From where the value is seen.
    pub from: From,
    /// Folders, seen from there, in one of which it lies; where there is none, it lies there.
    pub folders: Vec<String>,
    /// Keys, as those of a layer, that name the folder in which it lies, instead of `folders`.
    pub home: Option<String>,
    /// A key beside the value that names the folder it is seen from, which itself is seen from there.
    pub under: Option<String>,
    /// The path that is meant where a mapping or a list stands at `path`: what is built with arguments and nothing else is built here.
    pub unnamed: Option<String>,
    /// Keys that must not stand beside the value.
    pub not_beside: Vec<String>,
    /// Only the part of the value after this text is the path.
    pub after: Option<String>,
    /// A key beside the value that names the folder from which what is taken in is seen by its own links.
    pub within: Option<String>,
    /// A key beside the value that names files of variables for what is taken in.
    pub variables: Option<String>,
    /// A key beside the value that gives values to variables of what is taken in: a mapping, or a list of `NAME=value`.
    pub arguments: Option<String>,
    /// A key beside the value with the names (a mapping, or a list of `NAME=value`) of what else is built from where what is taken in names an image so.
    pub stand_ins: Option<String>,
    /// A key beside the value (`a.b`: in a mapping there) that lists objects of Kubernetes by `kind` and `name`, whose data gives values to its
    /// variables, below `arguments`.
    pub objects: Option<String>,
    /// A key beside the value that says by its `kind` and `name` which object is changed; without it, the change says it itself.
    pub target: Option<String>,
    /// Values that the document lays over those of the chart that is taken in, from the bottom to the top.
    pub layers: Vec<LayerTable>,
    /// What some of the deployments lay over them besides.
    pub variants: Option<VariantTable>,
    /// Where a deployment names others whose layers lie below its own.
    pub inherits: Option<InheritTable>,
    /// Where a chart comes from that is not in the tree; for a repository, by what others name it.
    pub fetched: Option<FetchTable>,
    /// A text without which no document has the link; the last key of `path` when none is named.
    pub needle: Option<String>,
}

/// What a document says of a chart that is fetched, or of where charts are fetched from. All keys are those of a layer.
#[derive(Clone, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FetchTable {
    /// Keys of which the first that is there says which version is wanted.
    pub version: Vec<String>,
    /// A key that has the address of the repository; one without `://` is a registry's.
    pub repository: Option<String>,
    /// A key that names the repository: its name, or a mapping with `kind`, `name` and `namespace`.
    pub source: Option<String>,
    /// Of a repository: a key that has the name by which others name it.
    pub name: Option<String>,
    /// Of a repository: a key that says `true`, or `oci`, where it is a registry.
    pub registry: Option<String>,
}

/// Values that hold for some deployments only.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VariantTable {
    /// Keys, as those of a layer, to a list with an item for each deployment.
    pub path: String,
    /// What it lays over the others; the keys count from the item.
    pub layers: Vec<LayerTable>,
}

/// Deployments that others begin with.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InheritTable {
    /// A key beside the link's value: a list of mappings.
    pub path: String,
    /// The key in each of them that names one to begin with.
    pub name: String,
    /// The outermost key of the mapping that has those, by their names.
    pub from: String,
}

/// How a program is called that deploys a chart.
#[derive(Clone, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CallTable {
    /// A regular expression for its name, as a word or as that of a variable.
    pub program: String,
    /// The words of which one says that it deploys. The words behind it that are no options name the chart, and the release. Without any, the words
    /// behind the program name what is taken in.
    pub verbs: Vec<String>,
    /// Options whose value names files of values.
    pub files: Vec<String>,
    /// Options whose value is `key=value`, and more of them behind commas.
    pub parameters: Vec<String>,
    /// The same, where every value is a text.
    pub texts: Vec<String>,
    /// Options whose value is `key=value`, where the value itself stands elsewhere.
    pub elsewhere: Vec<String>,
    /// Other options that have a value.
    pub others: Vec<String>,
    /// Words behind which a folder stands from which names may be seen (`cd`).
    pub folders: Vec<String>,
}

/// Values that a release lays over a chart's own.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerTable {
    /// Keys, with dots between them, from the innermost mapping around the link's value that has the first of them; with a dot before them, from the
    /// innermost mapping, whatever it has.
    pub path: String,
    /// How the values stand there.
    pub r#as: LayerKind,
    /// From where files are seen.
    #[serde(default)]
    pub from: LayerFrom,
    /// Keys at which such values can be put where there are none: from the document's outermost mapping, where the mappings around the last of them must
    /// be there; with a dot before them, from the innermost mapping around the link's value.
    #[serde(default)]
    pub made: Option<String>,
}

/// How values stand in a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LayerKind {
    /// The name of a file, or a list of names; a mapping in the list holds the values themselves.
    Files,
    /// A mapping.
    Tree,
    /// A mapping, as a text.
    Text,
    /// One value each, named as with `helm --set`: a list of `name` and `value`, or a mapping of names to values.
    Parameters,
    /// A list of `kind`, `name`, `valuesKey` and `targetPath` of what holds values in files of the document's folder (Flux `valuesFrom`).
    Objects,
}

/// From where a release sees its files of values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LayerFrom {
    /// From the document's folder, or the top of a repository above it.
    #[default]
    Document,
    /// From the chart, or else as from the document.
    Chart,
}

/// What a file is taken in as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// A document, with the variables of the one that takes it in.
    #[default]
    Document,
    /// A manifest, or a unit with all it makes (kustomize).
    Resource,
    /// A unit that acts on the resources (kustomize).
    Component,
    /// A change of what is there by then (kustomize).
    Patch,
    /// Variables of the document that takes it in, in the notation of `.env`.
    Variables,
    /// Lines in the notation of `.env` that are values by themselves, for the position `variable`.
    Environment,
    /// A document of a build: what only renders does not read it.
    Build,
    /// A chart, which is rendered with the values that the link lays over its own.
    Chart,
    /// A change of an object that deploys a chart, in a file or written there: what it says of values is laid over the others.
    Override,
    /// Values that templates of values see: one stack of them for each item of the mapping, whose key is the name of the environment. The link's layers
    /// lie below those of its variants, which count from the item.
    Context,
    /// Lines of a script or of a Makefile, read as if they stood there: a variable of the one is seen in the other.
    Script,
    /// Where charts are fetched from, by the name that others say.
    Repository,
    /// Something that the tool hands on, and in which nothing is looked for.
    Data,
    /// The tool's own settings, which may name anything in the document's folder.
    Config,
}

/// From where a link's value is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum From {
    /// From the document's folder.
    #[default]
    Folder,
    /// From the top of a repository, which may be any folder above the document. A folder without a head is taken in with all that it holds.
    Above,
}
