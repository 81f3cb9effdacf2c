//! Owns the command line as it is typed.

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::mapping::Date;

use super::registry_args::{AsksArgs, AuthArgs, LockArgs, MirrorArgs, VerifyArgs};

/// Moves container image references from old registries to new ones.
#[derive(Debug, Parser)]
#[command(version, about, disable_help_subcommand = true, arg_required_else_help = true, after_help = AFTER)]
pub(super) struct Arguments {
    /// Whether the output is coloured
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", value_enum)]
    pub(super) color: When,
    #[command(subcommand)]
    pub(super) command: Command,
}

const AFTER: &str = "Exit codes: 0 clean, 1 findings, 2 the work could not be done (bad configuration, unreadable or broken files), \
     3 registries left something undecided.";

/// When to do something that depends on the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Find references that have to move
    Check(CheckArgs),
    /// Move them
    Fix(FixArgs),
    /// List every reference
    List(ListArgs),
    /// Say what a reference becomes, and why
    Map(MapArgs),
    /// Say what is read in a file, piece by piece, and what is decided
    Explain(ExplainArgs),
    /// Look at the mappings
    Rules(RulesArgs),
    /// Render charts, overlays and Compose projects before and after the fix, and judge every value.
    Prove(ProveArgs),
    /// Ask registries whether every target exists
    Verify(VerifyArgs),
    /// Write down which digest each target has
    Lock(LockArgs),
    /// Plan the copies of what is missing or differs
    Mirror(MirrorArgs),
    /// Say which credential a registry would be shown
    Auth(AuthArgs),
    /// Write a .transship.yaml that fits the repository
    Init(InitArgs),
    /// Print the JSON schema of .transship.yaml
    Schema,
    /// Print a completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Where to look.
#[derive(Clone, Debug, Args)]
pub(super) struct Where {
    /// Files and folders; a file is read whatever its name is
    #[arg(value_name = "PATH", default_value = ".", hide_default_value = true)]
    pub(super) paths: Vec<PathBuf>,
    /// Enter vendored trees
    #[arg(long, help = "Enter vendored trees (vendor, node_modules, third_party, target, .venv, ...)")]
    pub(super) include_vendored: bool,
    /// Threads, or requests in flight where registries are asked [default: one for each core; 8 requests]
    #[arg(long, short, value_name = "N", value_parser = from_one::<NonZeroUsize>)]
    pub(super) jobs: Option<NonZeroUsize>,
}

/// Which version of the files.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct RevisionArgs {
    /// The files of a commit, without a checkout
    #[arg(long, value_name = "REF", conflicts_with_all = ["staged", "stdin_filename"])]
    pub(super) rev: Option<String>,
    /// The files of git's index: what the next commit will hold
    #[arg(long, conflicts_with = "stdin_filename")]
    pub(super) staged: bool,
}

/// What becomes of what.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Mappings {
    /// The rule file [default: .transship.yaml here or above, up to the repository's root]
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// A pack of the binary (`transship rules list` shows them)
    #[arg(long, value_name = "NAME")]
    pub(super) pack: Vec<String>,
    /// One more mapping
    #[arg(long, value_name = "FROM=TO")]
    pub(super) map: Vec<String>,
    /// The value of a variable of the mappings
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    pub(super) var: Vec<(String, String)>,
    /// The day to judge `until` by
    #[arg(long, value_name = "DATE", value_parser = day, hide = true)]
    pub(super) today: Option<Date>,
}

/// A number from 1.
pub(super) fn from_one<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| "expected a whole number from 1, not too large to count to".to_owned())
}

fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn day(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "expected YYYY-MM-DD".to_owned())
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) place: Where,
    #[command(flatten)]
    pub(super) revision: RevisionArgs,
    #[command(flatten)]
    pub(super) mappings: Mappings,
    /// How findings are shown
    #[arg(long, value_enum, default_value = "human")]
    pub(super) format: Findings,
    /// The name under which `-` (standard input) is judged
    #[arg(long, value_name = "NAME")]
    pub(super) stdin_filename: Option<PathBuf>,
}

/// How findings are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Findings {
    /// For people
    Human,
    /// One JSON object
    Json,
    /// Annotations of a GitHub workflow
    Github,
    /// SARIF 2.1.0
    Sarif,
}

#[derive(Debug, Args)]
pub(super) struct FixArgs {
    #[command(flatten)]
    pub(super) place: Where,
    #[command(flatten)]
    pub(super) mappings: Mappings,
    /// Show what would change as a patch for `git apply`, and write nothing
    #[arg(long)]
    pub(super) diff: bool,
    /// Make fixes too that may change what something else means
    #[arg(long = "unsafe")]
    pub(super) not_only_safe: bool,
    /// Write only targets that exist: of a list of candidates the first that does
    #[arg(long)]
    pub(super) verify: bool,
    /// The name under which `-` (standard input) is judged; the fixed text goes to standard output
    #[arg(long, value_name = "NAME")]
    pub(super) stdin_filename: Option<PathBuf>,
    #[command(flatten)]
    pub(super) asks: AsksArgs,
}

impl FixArgs {
    /// Whether it is said how registries are asked, though they are not.
    pub(super) fn asks_in_vain(&self) -> bool {
        !self.verify && self.asks != AsksArgs::default()
    }
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    pub(super) place: Where,
    #[command(flatten)]
    pub(super) revision: RevisionArgs,
    #[command(flatten)]
    pub(super) mappings: Mappings,
    /// How the inventory is written
    #[arg(long, value_enum, default_value = "table")]
    pub(super) format: InventoryForm,
    /// The name under which `-` (standard input) is read
    #[arg(long, value_name = "NAME")]
    pub(super) stdin_filename: Option<PathBuf>,
    /// Only those of which something is not known
    #[arg(long)]
    pub(super) unresolved: bool,
    /// Only those that a mapping or `registries.deny` covers
    #[arg(long)]
    pub(super) residual: bool,
    /// List the images that will be pulled, as helm, kustomize and docker compose render them
    #[arg(long, conflicts_with_all = ["unresolved", "residual"])]
    pub(super) rendered: bool,
    #[command(flatten)]
    pub(super) renderers: Renderers,
}

/// How the inventory is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum InventoryForm {
    /// For people
    Table,
    /// One JSON object
    Json,
    /// Comma-separated values
    Csv,
}

#[derive(Debug, Args)]
pub(super) struct MapArgs {
    /// References
    #[arg(required = true, value_name = "REF")]
    pub(super) references: Vec<String>,
    /// How the answers are shown
    #[arg(long, value_enum, default_value = "human")]
    pub(super) format: Answers,
    #[command(flatten)]
    pub(super) mappings: Mappings,
}

/// How answers about mappings are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Answers {
    /// For people
    Human,
    /// One JSON object
    Json,
}

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// A file, or a line of it
    #[arg(value_name = "FILE[:LINE]")]
    pub(super) place: PathBuf,
    /// How it is said
    #[arg(long, value_enum, default_value = "human")]
    pub(super) format: Form,
    #[command(flatten)]
    pub(super) mappings: Mappings,
}

/// How an answer is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// For people
    Human,
    /// One JSON object
    Json,
}

#[derive(Debug, Args)]
pub(super) struct RulesArgs {
    #[command(subcommand)]
    pub(super) command: RulesCommand,
    /// How it is shown
    #[arg(long, value_enum, default_value = "human", global = true)]
    pub(super) format: Answers,
}

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// The packs of the binary, and the mappings of this repository
    List(Mappings),
    /// One pack, or one mapping of this repository
    Show {
        /// A pack's name or a mapping's id
        name: String,
        #[command(flatten)]
        mappings: Mappings,
    },
    /// Run the mappings' own tests
    Test(Mappings),
    /// Look for what is allowed and unwise
    Lint(Mappings),
}

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    #[command(flatten)]
    pub(super) place: Where,
    /// Replace the file that is there
    #[arg(long)]
    pub(super) force: bool,
}

/// How units are rendered: with the user's own programs.
#[derive(Clone, Debug, Args)]
pub(super) struct Renderers {
    /// The helm program
    #[arg(long, value_name = "PATH")]
    pub(super) helm: Option<PathBuf>,
    /// The kustomize or kubectl program
    #[arg(long, value_name = "PATH")]
    pub(super) kustomize: Option<PathBuf>,
    /// The docker-compose or docker program
    #[arg(long, value_name = "PATH")]
    pub(super) compose: Option<PathBuf>,
    /// Render charts with these values files too, beside their defaults and each `ci/*-values.yaml`
    #[arg(long, value_name = "GLOB")]
    pub(super) values: Vec<String>,
    /// Let the renderers open connections
    #[arg(long)]
    pub(super) allow_network: bool,
    /// Seconds that one rendering may take
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = from_one::<NonZeroU64>)]
    pub(super) timeout: NonZeroU64,
    /// Renderings at a time; as many as there are cores without it
    #[arg(long, value_name = "N")]
    pub(super) render_jobs: Option<usize>,
}

/// `prove`.
#[derive(Debug, Args)]
pub(super) struct ProveArgs {
    #[command(flatten)]
    pub(super) place: Where,
    #[command(flatten)]
    pub(super) mappings: Mappings,
    #[command(flatten)]
    pub(super) renderers: Renderers,
    /// Compare this commit with the working tree, instead of the working tree with its planned fix
    #[arg(long, value_name = "REF")]
    pub(super) base: Option<String>,
    /// Prove unsafe fixes too
    #[arg(long = "unsafe", conflicts_with = "base")]
    pub(super) not_only_safe: bool,
    /// How the proof is printed
    #[arg(long, value_enum, default_value = "human")]
    pub(super) format: Proof,
}

/// The form of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Proof {
    /// A table for people.
    Human,
    /// One object.
    Json,
    /// A comment for a pull request.
    Markdown,
}
