//! Owns the command line of the commands that ask registries, as it is typed.

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::mirror::{Engine, HarborSide, Runtime, Syntax};
use crate::platform::Platform;
use crate::reference::Reference;

use super::governed::{self, Asked};
use super::options::{Answers, CHARTS, ChartsAt, Deployment, Mappings, Renderers, Sandbox, Where, from_one};

/// Which registries may be asked, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Registries")]
pub(super) struct RegistryArgs {
    /// A registry that may be asked, and shown its credential, whoever names it (also `TRANSSHIP_ALLOW_HOSTS`)
    #[arg(long, visible_alias = "host", value_name = "HOST", value_parser = host)]
    pub(super) allow_host: Vec<String>,
    /// A registry that is spoken to without TLS
    #[arg(long, value_name = "HOST", value_parser = host)]
    pub(super) plain_http: Vec<String>,
    /// A file with certificate authorities to trust beside the system's
    #[arg(long, value_name = "FILE")]
    pub(super) ca_file: Vec<PathBuf>,
    /// A token server that may be shown credentials beside a registry's own
    #[arg(long, value_name = "HOST", value_parser = host)]
    pub(super) realm: Vec<String>,
    /// Seconds that one request may take [default: 20]
    #[arg(long, value_name = "SECONDS", value_parser = from_one::<NonZeroU64>)]
    pub(super) timeout: Option<NonZeroU64>,
    /// Seconds for all questions together; what has no answer by then is not-checked
    #[arg(long, value_name = "SECONDS", value_parser = from_one::<NonZeroU64>)]
    pub(super) max_time: Option<NonZeroU64>,
    /// Requests in flight to one registry [default: 4]
    #[arg(long, value_name = "N", value_parser = from_one::<NonZeroUsize>)]
    pub(super) per_host: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(super) credentials: CredentialArgs,
}

/// Where credentials are, beside the places that docker and podman use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(super) struct CredentialArgs {
    /// An auth file of docker or podman, asked before all others
    #[arg(long, value_name = "FILE")]
    pub(super) authfile: Option<PathBuf>,
    /// An auth file of image-syncer
    #[arg(long, value_name = "FILE")]
    pub(super) auth: Option<PathBuf>,
}

/// A registry's domain, with a port or not.
pub(super) fn host(text: &str) -> Result<String, String> {
    let whole = Reference::parse(&format!("{text}/x")).ok().filter(|reference| reference.domain() == Some(text));
    whole
        .map(|_| text.to_ascii_lowercase())
        .ok_or_else(|| "expected a registry's name, with a port or not: registry.example.com:5000".to_owned())
}

/// Where targets come from.
#[derive(Clone, Debug, Args)]
pub(super) struct SoughtArgs {
    #[command(flatten)]
    pub(super) place: Where,
    #[command(flatten)]
    pub(super) mappings: Mappings,
    #[command(flatten)]
    pub(super) charts: ChartsAt,
    /// Take the references of a list, one a line, instead of scanning; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "paths")]
    pub(super) refs: Option<PathBuf>,
    /// Take the images that helm, kustomize and docker compose render, instead of what the files name
    #[arg(long, conflicts_with = "refs")]
    pub(super) rendered: bool,
    /// The name under which `-` (standard input) is read
    #[arg(long, value_name = "NAME", conflicts_with_all = ["refs", "rendered"])]
    pub(super) stdin_filename: Option<PathBuf>,
    /// The helm program
    #[arg(long, value_name = "PATH", requires = "rendered")]
    helm: Option<PathBuf>,
    /// The kustomize or kubectl program
    #[arg(long, value_name = "PATH", requires = "rendered")]
    kustomize: Option<PathBuf>,
    /// The docker-compose or docker program
    #[arg(long, value_name = "PATH", requires = "rendered")]
    compose: Option<PathBuf>,
    /// Render charts with these values files too
    #[arg(long, value_name = "GLOB", requires = "rendered")]
    values: Vec<String>,
    #[command(flatten)]
    sandbox: Sandbox,
}

impl SoughtArgs {
    /// What is asked about: a list of references is about no place, and judged by the rule file of the folder in which one stands.
    pub(super) fn asked(&self) -> Asked {
        if self.refs.is_some() { Asked::default() } else { governed::asked(&self.place, self.stdin_filename.as_deref()) }
    }

    /// How units are rendered. `--timeout` is for requests here; a rendering has its usual time.
    pub(super) fn renderers(&self) -> Renderers {
        Renderers {
            helm: self.helm.clone(),
            kustomize: self.kustomize.clone(),
            compose: self.compose.clone(),
            values: self.values.clone(),
            deployment: Deployment::default(),
            charts: self.charts.clone(),
            allow_network: false,
            sandbox: self.sandbox,
            timeout: RENDERING,
            render_jobs: None,
        }
    }
}

/// How `fix --prove` renders. `--timeout` is for requests there; a rendering has its usual time.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Proof")]
pub(super) struct ProversArgs {
    /// Write only what helm, kustomize and docker compose render as it should be, and hold back the rest
    #[arg(long, conflicts_with = "stdin_filename")]
    pub(super) prove: bool,
    /// The helm program
    #[arg(long, value_name = "PATH", requires = "prove")]
    helm: Option<PathBuf>,
    /// The kustomize or kubectl program
    #[arg(long, value_name = "PATH", requires = "prove")]
    kustomize: Option<PathBuf>,
    /// The docker-compose or docker program
    #[arg(long, value_name = "PATH", requires = "prove")]
    compose: Option<PathBuf>,
    /// Render charts with these values files too
    #[arg(long, value_name = "GLOB", requires = "prove")]
    values: Vec<String>,
    #[command(flatten)]
    sandbox: Sandbox,
}

impl ProversArgs {
    pub(super) fn renderers(&self, charts: &ChartsAt) -> Renderers {
        Renderers {
            helm: self.helm.clone(),
            kustomize: self.kustomize.clone(),
            compose: self.compose.clone(),
            values: self.values.clone(),
            deployment: Deployment::default(),
            charts: charts.clone(),
            allow_network: false,
            sandbox: self.sandbox,
            timeout: RENDERING,
            render_jobs: None,
        }
    }
}

/// Seconds that one rendering may take.
const RENDERING: NonZeroU64 = NonZeroU64::MIN.saturating_add(59);

/// `verify`.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    pub(super) sought: SoughtArgs,
    /// Compare each target with its source: the same digest, or which platforms differ
    #[arg(long)]
    pub(super) compare: bool,
    /// Ask also for what was found a few minutes ago (always so where `CI` is set)
    #[arg(long)]
    pub(super) no_cache: bool,
    /// Fail where a digest is not the one in transship.lock
    #[arg(long)]
    pub(super) locked: bool,
    /// The lock [default: transship.lock here or above]
    #[arg(long, value_name = "FILE", requires = "locked")]
    pub(super) lock_file: Option<PathBuf>,
    /// What the exit code tells of; all is shown in any case [default: both]
    #[arg(long, value_name = "WHAT", value_enum, value_delimiter = ',')]
    pub(super) fail_on: Vec<FailOn>,
    /// How the results are shown
    #[arg(long, value_enum, default_value = "human")]
    pub(super) format: Verification,
    #[command(flatten)]
    pub(super) asks: AsksArgs,
}

/// What makes a verification fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    /// Targets that are missing or not what was wanted, and drift (exit code 1)
    Missing,
    /// Registries that could not be asked or did not say (exit code 3)
    Undecided,
}

/// How a verification is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Verification {
    /// For people
    Human,
    /// One JSON object
    Json,
    /// Annotations of a GitHub workflow
    Github,
}

/// How targets are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(super) struct AsksArgs {
    #[command(flatten)]
    pub(super) depth: DepthArgs,
    #[command(flatten)]
    pub(super) registries: RegistryArgs,
}

/// How closely is looked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Registries")]
pub(super) struct DepthArgs {
    /// A platform that every target must have, unless its place names one itself (`linux/arm64`)
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    pub(super) platform: Vec<Platform>,
    /// Read every manifest and hash it, instead of believing a header
    #[arg(long)]
    pub(super) strict: bool,
}

/// `lock`.
#[derive(Debug, Args)]
pub(super) struct LockArgs {
    #[command(flatten)]
    pub(super) sought: SoughtArgs,
    /// Lock what can be locked, and name the rest
    #[arg(long)]
    pub(super) partial: bool,
    /// The lock [default: transship.lock here or above, else a new one beside the rule file]
    #[arg(long, value_name = "FILE")]
    pub(super) lock_file: Option<PathBuf>,
    #[command(flatten)]
    pub(super) registries: RegistryArgs,
}

/// `mirror`.
#[derive(Debug, Args)]
pub(super) struct MirrorArgs {
    #[command(flatten)]
    pub(super) sought: SoughtArgs,
    /// The program, service or configuration that carries the plan out
    #[arg(long, value_name = "NAME", default_value_t, value_parser = engine())]
    pub(super) engine: Engine,
    /// The folder for the plan's files; `-` is standard output, for a plan of one file
    #[arg(long, short, value_name = "DIR", default_value = "-")]
    pub(super) output: PathBuf,
    #[command(flatten)]
    pub(super) rows: RowArgs,
    /// Take the sources of targets that the files name already from transship.lock
    #[arg(long)]
    pub(super) locked: bool,
    /// The lock [default: transship.lock here or above]
    #[arg(long, value_name = "FILE", requires = "locked")]
    pub(super) lock_file: Option<PathBuf>,
    #[command(flatten)]
    pub(super) surroundings: EngineArgs,
    #[command(flatten)]
    pub(super) registries: RegistryArgs,
}

fn engine() -> impl clap::builder::TypedValueParser<Value = Engine> {
    use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _};
    let values = Engine::ALL.iter().map(|engine| PossibleValue::new(engine.name()).help(engine.about()));
    PossibleValuesParser::new(values).try_map(|name| name.parse::<Engine>())
}

/// Which rows a plan has.
#[derive(Clone, Debug, Args)]
pub(super) struct RowArgs {
    /// Plan every reference that a mapping covers, without asking any registry
    #[arg(long)]
    pub(super) all: bool,
    /// Plan what is missing, and leave targets as they are that differ from their sources
    #[arg(long, conflicts_with = "all")]
    pub(super) missing_only: bool,
    /// Accept that rows are left out
    #[arg(long)]
    pub(super) partial: bool,
    /// A platform that every target must have, unless its place names one itself (`linux/arm64`)
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    pub(super) platform: Vec<Platform>,
}

/// What is around an engine.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Engines")]
pub(super) struct EngineArgs {
    /// Which end of the copies the replicating Harbor is
    #[arg(long, value_enum, default_value = "target")]
    pub(super) harbor_side: HarborSide,
    /// A registry that is a Harbor, whatever its name looks like
    #[arg(long, value_name = "HOST", value_parser = host)]
    pub(super) harbor: Vec<String>,
    /// What runs containers on the nodes
    #[arg(long, value_enum, default_value = "docker")]
    pub(super) runtime: Runtime,
    /// The syntax of image-syncer's files
    #[arg(long, value_enum, default_value = "json")]
    pub(super) syntax: Syntax,
}

/// `charts`.
#[derive(Debug, Args)]
pub(super) struct ChartsArgs {
    #[command(subcommand)]
    pub(super) command: ChartsCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum ChartsCommand {
    /// Fetch the charts that files name and that are not in the tree, into a folder for `--charts`
    Pull(PullArgs),
}

/// `charts pull`.
#[derive(Debug, Args)]
pub(super) struct PullArgs {
    #[command(flatten)]
    pub(super) place: Where,
    #[command(flatten)]
    pub(super) mappings: Mappings,
    /// The folder for the charts
    #[arg(long, value_name = "DIR", default_value = CHARTS)]
    pub(super) charts: PathBuf,
    /// Say what is wanted and what is there, and ask nobody
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Ask also for what was fetched before
    #[arg(long, conflicts_with = "dry_run")]
    pub(super) update: bool,
    /// How the results are shown
    #[arg(long, value_enum, default_value = "human")]
    pub(super) format: Answers,
    #[command(flatten)]
    pub(super) registries: RegistryArgs,
}

/// `auth`.
#[derive(Debug, Args)]
pub(super) struct AuthArgs {
    #[command(subcommand)]
    pub(super) command: AuthCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum AuthCommand {
    /// Say which file and entry would give the credential, never the secret
    Explain {
        /// A repository
        #[arg(value_name = "HOST/REPO", required = true)]
        repositories: Vec<String>,
        #[command(flatten)]
        credentials: CredentialArgs,
        /// How the answer is shown
        #[arg(long, value_enum, default_value = "human")]
        format: Answers,
    },
}
