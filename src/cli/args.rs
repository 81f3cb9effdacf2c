//! Owns the command line as it is typed.

use std::path::PathBuf;

use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum};

use crate::policy::Form;
use crate::report::inventory;
use crate::report::stats;

use super::campaign::args::CampaignArgs;
use super::gate_args::{FilesFrom, Findings, OldArgs, OutputArgs};
use super::options::{Answers, ChartsAt, FailOn, Mappings, Renderers, RevisionArgs, Where};
use super::registry_args::{AsksArgs, AuthArgs, ChartsArgs, LockArgs, MirrorArgs, ProversArgs, RegistryArgs, VerifyArgs};

/// Moves container image references from old registries to new ones.
#[derive(Debug, Parser)]
#[command(version, about, arg_required_else_help = true, after_help = AFTER)]
pub(super) struct Arguments {
    /// Whether the output is coloured
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", value_enum)]
    pub(super) color: ColorChoice,
    #[command(subcommand)]
    pub(super) command: Command,
}

const AFTER: &str = "Exit codes: 0 clean, 1 findings, 2 the work could not be done (bad configuration, unreadable or broken files), \
     3 registries left something undecided.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Find references that have to move
    Check(CheckArgs),
    /// Move them
    Fix(FixArgs),
    /// List every reference
    List(ListArgs),
    /// Count the references by registry, mapping, format, class and folder
    Stats(StatsArgs),
    /// Say what a reference becomes, and why
    Map(MapArgs),
    /// Say what is read in a file, piece by piece, and what is decided
    Explain(ExplainArgs),
    /// Look at the mappings
    Rules(RulesArgs),
    /// List what would be looked into, as what, and why
    Files(FilesArgs),
    /// Say which rule file decides what
    Config(ConfigArgs),
    /// Render charts, overlays and Compose projects before and after the fix, and judge every value.
    Prove(ProveArgs),
    /// Ask registries whether every target exists
    Verify(VerifyArgs),
    /// Write down which digest each target has
    Lock(LockArgs),
    /// Plan the copies of what is missing or differs
    Mirror(MirrorArgs),
    /// Fetch the charts that are named and not in the tree
    Charts(ChartsArgs),
    /// Move images in many repositories, by pull requests
    Campaign(CampaignArgs),
    /// Say which credential a registry would be shown
    Auth(AuthArgs),
    /// Write a .transship.yaml that fits the repository
    Init(InitArgs),
    /// Serve these commands to an agent, over the Model Context Protocol on standard input and output
    Mcp,
    /// Write the rules as a policy for programs that decide elsewhere: conftest, Gatekeeper, Kubernetes itself
    Policy(PolicyArgs),
    /// Make a rule file of another tool's list: image-syncer's images, registries.conf, Renovate's configuration, a Kyverno policy, dfc's images
    Import(ImportArgs),
    /// Print the JSON schema of .transship.yaml
    Schema,
    /// Print a completion script
    Completions {
        /// The shell
        shell: ShellName,
    },
    /// Print the manual page of the program, or of one of its commands
    Man {
        /// A command, and one of its own: `rules list`
        #[arg(value_name = "COMMAND")]
        command: Vec<String>,
        /// Write the pages of all commands into this folder: `transship.1`, `transship-check.1`, …
        #[arg(long, value_name = "DIR", conflicts_with = "command")]
        output: Option<PathBuf>,
    },
}

/// A shell that has completions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ShellName {
    Bash,
    Elvish,
    Fish,
    Nushell,
    #[value(name = "powershell")]
    PowerShell,
    Zsh,
}

#[derive(Debug, Args)]
pub(super) struct PolicyArgs {
    #[command(flatten)]
    pub(super) mappings: Mappings,
    /// Who decides: `conftest`, `gatekeeper` or `validating-admission-policy`; for Kyverno see `transship mirror --engine kyverno`
    #[arg(long = "for", value_name = "PROGRAM")]
    pub(super) form: Form,
}

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// The list, or `-` for standard input; its kind is seen by what it holds
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct FilesArgs {
    #[command(flatten)]
    pub(super) place: Where,
    #[command(flatten)]
    pub(super) mappings: Mappings,
    /// How they are listed
    #[arg(long, value_name = "FORMAT", default_value = "human", value_enum)]
    pub(super) format: Answers,
}

#[derive(Debug, Args)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    pub(super) command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Show the rule files that are in force, what each says, and which of them governs a path
    Show(ShowArgs),
}

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    pub(super) place: Where,
    #[command(flatten)]
    pub(super) mappings: Mappings,
    /// How it is shown
    #[arg(long, value_name = "FORMAT", default_value = "human", value_enum)]
    pub(super) format: Answers,
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) place: Where,
    #[command(flatten)]
    pub(super) revision: RevisionArgs,
    #[command(flatten)]
    pub(super) mappings: Mappings,
    #[command(flatten)]
    pub(super) charts: ChartsAt,
    #[command(flatten)]
    pub(super) fail_on: FailOn,
    #[command(flatten)]
    pub(super) old: OldArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    /// Move what can be moved, as `transship fix` does, and show what is left
    #[arg(long, conflicts_with_all = ["rev", "staged", "diff_base", "write_baseline", "update_baseline", "strict_baseline", "outputs", "statistics", "no_inline_ignore"])]
    pub(super) fix: bool,
    #[command(flatten)]
    pub(super) from: FilesFrom,
    /// The name under which `-` (standard input) is judged
    #[arg(long, value_name = "NAME")]
    pub(super) stdin_filename: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch that people type")]
pub(super) struct FixArgs {
    #[command(flatten)]
    pub(super) place: Where,
    #[command(flatten)]
    pub(super) from: FilesFrom,
    #[command(flatten)]
    pub(super) mappings: Mappings,
    #[command(flatten)]
    pub(super) charts: ChartsAt,
    #[command(flatten)]
    pub(super) fail_on: FailOn,
    /// Show what would change as a patch for `git apply`, and write nothing
    #[arg(long)]
    pub(super) diff: bool,
    /// Say which files would change, and write nothing
    #[arg(long, conflicts_with_all = ["diff", "stdin_filename"])]
    pub(super) dry_run: bool,
    /// Ask of each change whether it shall be made, as `git add -p` does; what must change together is one question
    #[arg(long, short, conflicts_with_all = ["diff", "dry_run", "format", "stdin_filename"])]
    pub(super) interactive: bool,
    /// Make the changes only if they are those that `fix --dry-run --format json` named so (`plan`), with the same options
    #[arg(long, value_name = "HASH", conflicts_with_all = ["diff", "dry_run", "interactive", "stdin_filename"])]
    pub(super) plan: Option<String>,
    /// Move only what this mapping or pack covers, or what stands in this file or below this folder; can be given several times
    #[arg(long, value_name = "MAPPING|PATH")]
    pub(super) only: Vec<String>,
    /// How what is done is told
    #[arg(long, value_enum, default_value = "human", conflicts_with_all = ["diff", "stdin_filename"])]
    pub(super) format: Answers,
    /// Make fixes too that may change what something else means
    #[arg(long = "unsafe")]
    pub(super) not_only_safe: bool,
    /// Add keys to values for images that only a chart outside of the tree says (`--charts`)
    #[arg(long)]
    pub(super) add_overrides: bool,
    /// Write only targets that exist: of a list of candidates the first that does
    #[arg(long)]
    pub(super) verify: bool,
    /// The name under which `-` (standard input) is judged; the fixed text goes to standard output
    #[arg(long, value_name = "NAME")]
    pub(super) stdin_filename: Option<PathBuf>,
    #[command(flatten)]
    pub(super) provers: ProversArgs,
    #[command(flatten)]
    pub(super) asks: AsksArgs,
}

impl CheckArgs {
    /// `check --fix` as the command that it means.
    pub(super) fn as_fix(&self) -> FixArgs {
        FixArgs {
            place: self.place.clone(),
            from: self.from.clone(),
            mappings: self.mappings.clone(),
            charts: self.charts.clone(),
            fail_on: self.fail_on.clone(),
            diff: false,
            dry_run: false,
            interactive: false,
            plan: None,
            only: Vec::new(),
            format: if self.output.format == Some(Findings::Json) { Answers::Json } else { Answers::Human },
            not_only_safe: false,
            add_overrides: false,
            verify: false,
            stdin_filename: self.stdin_filename.clone(),
            provers: ProversArgs::default(),
            asks: AsksArgs::default(),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    pub(super) place: Where,
    #[command(flatten)]
    pub(super) from: FilesFrom,
    #[command(flatten)]
    pub(super) revision: RevisionArgs,
    #[command(flatten)]
    pub(super) mappings: Mappings,
    #[command(flatten)]
    pub(super) charts: ChartsAt,
    /// How the inventory is written
    #[arg(long, value_enum, default_value = "table")]
    pub(super) format: inventory::Form,
    /// The name under which `-` (standard input) is read
    #[arg(long, value_name = "NAME")]
    pub(super) stdin_filename: Option<PathBuf>,
    /// Only those of which something is not known
    #[arg(long)]
    pub(super) unresolved: bool,
    /// Only those that a mapping or `registries.deny` covers, and what else still names an old registry, in files of any kind
    #[arg(long)]
    pub(super) residual: bool,
    /// Only those that name REF, each with why: a reference, a name with any tag, or the beginning of names
    #[arg(long, value_name = "REF")]
    pub(super) why: Option<String>,
    /// List the images that will be pulled, as helm, kustomize and docker compose render them
    #[arg(long, conflicts_with_all = ["unresolved", "residual", "why"])]
    pub(super) rendered: bool,
    #[command(flatten)]
    pub(super) renderers: Renderers,
}

#[derive(Debug, Args)]
pub(super) struct StatsArgs {
    #[command(flatten)]
    pub(super) place: Where,
    #[command(flatten)]
    pub(super) revision: RevisionArgs,
    #[command(flatten)]
    pub(super) mappings: Mappings,
    #[command(flatten)]
    pub(super) charts: ChartsAt,
    /// How the numbers are written
    #[arg(long, value_enum, default_value = "table")]
    pub(super) format: stats::Form,
    /// The name under which `-` (standard input) is read
    #[arg(long, value_name = "NAME")]
    pub(super) stdin_filename: Option<PathBuf>,
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

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// A file, or a line of it; or a lint's code
    #[arg(value_name = "FILE[:LINE]|LINT")]
    pub(super) place: PathBuf,
    /// How it is said
    #[arg(long, value_enum, default_value = "human")]
    pub(super) format: Answers,
    #[command(flatten)]
    pub(super) mappings: Mappings,
    #[command(flatten)]
    pub(super) charts: ChartsAt,
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
    /// Take a newer, signed file of a pack into the rules of this repository (`.transship-packs/`)
    Update(UpdateArgs),
}

/// `rules update`.
#[derive(Debug, Args)]
pub(super) struct UpdateArgs {
    /// The file of the pack, or its address
    #[arg(value_name = "FILE|URL")]
    pub(super) source: String,
    /// The public key (of minisign) that it must be signed with, or the file that holds it; it is written down, and asked for the next time
    #[arg(long, value_name = "FILE|KEY")]
    pub(super) key: Option<String>,
    /// Its signature [default: the same name with `.minisig` behind it]
    #[arg(long, value_name = "FILE|URL")]
    pub(super) signature: Option<String>,
    /// Take the file whose SHA-256 this is, signed or not
    #[arg(long, value_name = "DIGEST")]
    pub(super) sha256: Option<String>,
    /// The pack that it must be [default: as the file is called]
    #[arg(long, value_name = "NAME")]
    pub(super) pack: Option<String>,
    /// The rule file beside which packs are kept [default: .transship.yaml here or above, up to the repository's root]
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Show what would change, and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) registries: RegistryArgs,
}

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    #[command(flatten)]
    pub(super) place: Where,
    /// Write a mapping from this registry, or from what lies below a path of it
    #[arg(long, value_name = "PREFIX", requires = "to")]
    pub(super) from: Option<String>,
    /// Where the mapping leads
    #[arg(long, value_name = "PREFIX", requires = "from")]
    pub(super) to: Option<String>,
    /// Replace the file that is there
    #[arg(long)]
    pub(super) force: bool,
}

/// `prove`.
#[derive(Debug, Args)]
pub(super) struct ProveArgs {
    #[command(flatten)]
    pub(super) place: Where,
    #[command(flatten)]
    pub(super) mappings: Mappings,
    #[command(flatten)]
    pub(super) charts: ChartsAt,
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
