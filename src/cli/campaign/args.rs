//! Owns the options of `campaign`, as they are typed.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::campaign::{Kind, Rate, Shard, Window};
use crate::cli::options::{Mappings, from_one};
use crate::cli::registry_args::AsksArgs;
use crate::mapping::Date;

/// `campaign`.
#[derive(Debug, Args)]
pub(in crate::cli) struct CampaignArgs {
    /// The folder of the campaign
    #[arg(long, short = 'C', value_name = "DIR", default_value = ".", global = true)]
    pub(super) folder: PathBuf,
    #[command(subcommand)]
    pub(super) command: CampaignCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum CampaignCommand {
    /// Write campaign.yaml and repos.txt
    Init(InitArgs),
    /// Read every repository and write down what would change
    Plan(PlanArgs),
    /// Say how many repositories packs concern, without a plan
    Impact(ImpactArgs),
    /// Ask registries once for every target of the whole campaign
    Verify(VerifyArgs),
    /// Open pull requests, and bring those that are open up to date
    Publish(PublishArgs),
    /// Look how the pull requests stand
    Sync,
    /// Merge pull requests
    Merge(ActArgs),
    /// Close pull requests without merging them
    Close(CloseArgs),
    /// Say how the campaign stands
    Report(ReportArgs),
}

/// `campaign init`.
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// The name of the campaign: its branch is called by it
    #[arg(value_name = "NAME")]
    pub(super) name: String,
    /// Where the repositories are: `github`, `gitlab`, `gitea`, `forgejo`, `bitbucket` or `local`
    #[arg(long, value_name = "KIND", value_parser = forge)]
    pub(super) forge: Kind,
    /// Of `local` the folder of bare repositories; of others the address of the API, where it is not the usual one
    #[arg(long, value_name = "DIR|URL")]
    pub(super) at: Option<String>,
    /// What the addresses that git takes begin with, where they are not the forge's usual ones: `git@github.com:`
    #[arg(long, value_name = "URL")]
    pub(super) git: Option<String>,
    /// The organisation, group, workspace or user whose repositories are listed; of Bitbucket also `WORKSPACE/PROJECT`
    #[arg(long, value_name = "NAME")]
    pub(super) org: Option<String>,
    /// Only repositories that have this topic
    #[arg(long, value_name = "TOPIC")]
    pub(super) topic: Option<String>,
    /// A file that lists the repositories instead, one a line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(super) repos: Option<PathBuf>,
    /// A rule file, seen from the campaign's folder
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<String>,
    /// A pack (`transship rules list` shows them)
    #[arg(long, value_name = "NAME")]
    pub(super) pack: Vec<String>,
    /// A mapping
    #[arg(long, value_name = "FROM=TO")]
    pub(super) map: Vec<String>,
    /// The value of a variable of the mappings
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) var: Vec<String>,
}

fn forge(text: &str) -> Result<Kind, String> {
    match text {
        "local" => Ok(Kind::Local),
        "github" => Ok(Kind::Github),
        "gitlab" => Ok(Kind::Gitlab),
        "gitea" | "forgejo" => Ok(Kind::Gitea),
        "bitbucket" => Ok(Kind::Bitbucket),
        _ => Err("expected `github`, `gitlab`, `gitea`, `forgejo`, `bitbucket` or `local`".to_owned()),
    }
}

/// `campaign plan`.
#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    pub(super) reading: ReadingArgs,
    /// Only those repositories that are not planned yet, or could not be
    #[arg(long)]
    pub(super) unplanned: bool,
}

/// How repositories are read.
#[derive(Debug, Args)]
pub(super) struct ReadingArgs {
    /// Only a part of the repositories, for one of several machines: `I/N`, from 1, or `auto` for what the job's engine says
    #[arg(long, value_name = "I/N|auto")]
    pub(super) shard: Option<Part>,
    /// Repositories that are read at a time [default: one for each core]
    #[arg(long, short, value_name = "N", value_parser = from_one::<NonZeroUsize>)]
    pub(super) jobs: Option<NonZeroUsize>,
    /// MiB that clones may take together before they are let go
    #[arg(long, value_name = "MIB", default_value = "4096")]
    pub(super) cache_size: u64,
    /// Judge as on this day, YYYY-MM-DD [default: today]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub(super) at: Option<Date>,
}

fn day(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "expected YYYY-MM-DD".to_owned())
}

/// Which part of the repositories.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    /// The one that the engine says.
    Auto,
    /// This one.
    Is(Shard),
}

impl std::str::FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" {
            Ok(Self::Auto)
        } else {
            text.parse().map(Self::Is).map_err(|fault: crate::campaign::NoShard| fault.to_string())
        }
    }
}

/// `campaign impact`.
#[derive(Debug, Args)]
pub(super) struct ImpactArgs {
    #[command(flatten)]
    pub(super) reading: ReadingArgs,
    /// Packs [default: all that need no variable and whose old names end]
    #[arg(long, value_name = "NAME")]
    pub(super) pack: Vec<String>,
    /// How it is shown
    #[arg(long, value_name = "FORMAT", default_value = "human", value_enum)]
    pub(super) format: crate::cli::options::Answers,
}

/// `campaign verify`.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    pub(super) asks: AsksArgs,
    /// Compare each target with the image that it takes the place of
    #[arg(long)]
    pub(super) compare: bool,
}

/// How fast something is written.
#[derive(Debug, Args)]
pub(super) struct PaceArgs {
    /// Pull requests at most in a time, for all campaigns of one identity: `60/h`
    #[arg(long, value_name = "N/TIME", default_value = "60/h")]
    pub(super) rate: Rate,
    /// Days and hours in UTC in which something is written: `mon-thu 08:00-16:00`
    #[arg(long, value_name = "DAYS HOURS")]
    pub(super) window: Option<Window>,
    /// Wait where the pace asks for it, instead of ending
    #[arg(long)]
    pub(super) wait: bool,
}

/// `campaign publish`.
#[derive(Debug, Args)]
pub(super) struct PublishArgs {
    #[command(flatten)]
    pub(super) pace: PaceArgs,
    /// Open no other while so many are open
    #[arg(long, value_name = "N")]
    pub(super) max_open: Option<usize>,
    /// Only the first repositories of the list that have something to change
    #[arg(long, value_name = "N")]
    pub(super) first: Option<usize>,
    /// Seconds that are waited at most where the forge asks for it
    #[arg(long, value_name = "SECONDS", default_value = "300")]
    pub(super) max_wait: u64,
}

/// `campaign merge`.
#[derive(Debug, Args)]
pub(super) struct ActArgs {
    #[command(flatten)]
    pub(super) pace: PaceArgs,
    /// Only so many
    #[arg(long, value_name = "N")]
    pub(super) first: Option<usize>,
    /// Only these repositories
    #[arg(value_name = "REPOSITORY")]
    pub(super) only: Vec<String>,
}

/// `campaign close`.
#[derive(Debug, Args)]
pub(super) struct CloseArgs {
    #[command(flatten)]
    pub(super) act: ActArgs,
    /// What is said in each
    #[arg(long, value_name = "TEXT", default_value = "This campaign has ended: nothing here has to be done any more.")]
    pub(super) why: String,
}

/// `campaign report`.
#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// The form
    #[arg(long, value_name = "FORMAT", default_value = "table", value_enum)]
    pub(super) format: ReportForm,
    /// Only repositories that are not done
    #[arg(long)]
    pub(super) open: bool,
    /// Say of the repository that you stand in how many references were still to move since this day, without a campaign
    #[arg(long, value_name = "DATE", value_parser = day, conflicts_with = "open")]
    pub(super) since: Option<Date>,
    #[command(flatten)]
    pub(super) mappings: Mappings,
}

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportForm {
    /// For people
    Table,
    /// One object
    Json,
    /// Comma-separated values
    Csv,
    /// For a page or an issue
    Markdown,
    /// One page for a browser, with everything in it
    Html,
}
