//! Owns the options of a gate, as they are typed: what is old, where findings go, and what fails.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What is old.
#[derive(Clone, Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch that people type")]
#[command(next_help_heading = "Only what is new")]
pub(super) struct OldArgs {
    /// Findings that this file lists are old: they are counted, and fail nothing [default: `baseline` of the rule file]
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// Write all findings into this file, to be the baseline from now on
    #[arg(long, value_name = "FILE", conflicts_with_all = ["baseline", "update_baseline", "strict_baseline", "diff_base"])]
    pub(super) write_baseline: Option<PathBuf>,
    /// Take out of the baseline what is not found any more, and follow files that have moved; nothing is added
    #[arg(long, conflicts_with = "diff_base")]
    pub(super) update_baseline: bool,
    /// Fail where less is found than the baseline says
    #[arg(long, conflicts_with = "update_baseline")]
    pub(super) strict_baseline: bool,
    /// Use no baseline, though the rule file names one
    #[arg(long, conflicts_with_all = ["baseline", "write_baseline", "update_baseline", "strict_baseline"])]
    pub(super) no_baseline: bool,
    /// Write a comment with this reason above each finding, so that it is held back from now on
    #[arg(long, value_name = "REASON", conflicts_with_all = ["rev", "staged", "diff_base", "write_baseline", "update_baseline", "strict_baseline", "no_inline_ignore", "stdin_filename", "fix"])]
    pub(super) add_ignore: Option<String>,
    /// Leave comments in files out of account: only the rule file allows anything
    #[arg(long)]
    pub(super) no_inline_ignore: bool,
    /// Findings that this commit has too are old
    #[arg(long, value_name = "REF", conflicts_with = "stdin_filename")]
    pub(super) diff_base: Option<String>,
}

impl OldArgs {
    /// The baselines that are named.
    pub(super) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.baseline.iter().chain(&self.write_baseline)
    }
}

/// Where findings go, and in which form.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArgs {
    /// How findings are shown (also `TRANSSHIP_FORMAT`) [default: human]
    #[arg(long, value_enum)]
    pub(super) format: Option<Findings>,
    /// Write findings to a file, too: `sarif=report.sarif`; `github-summary` alone adds to the file that a job on GitHub names. As often as wanted
    #[arg(long = "output", value_name = "FORMAT=FILE", value_parser = output)]
    pub(super) outputs: Vec<Output>,
    /// Count the findings by lint, mapping, repository and folder
    #[arg(long)]
    pub(super) statistics: bool,
    /// Say nothing but findings and errors
    #[arg(long, short, conflicts_with = "verbose")]
    pub(super) quiet: bool,
}

/// How findings are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Findings {
    /// For people
    #[default]
    Human,
    /// One line a finding, for grep and editors
    Concise,
    /// One JSON object
    Json,
    /// One JSON object a finding, each in a line
    JsonLines,
    /// SARIF 2.1.0
    Sarif,
    /// Annotations of a GitHub workflow
    Github,
    /// The summary of a GitHub job, in Markdown
    #[value(alias = "summary")]
    GithubSummary,
    /// A Code Quality report of GitLab
    Gitlab,
    /// Results of tests, in the XML of JUnit
    Junit,
    /// The XML of Checkstyle
    Checkstyle,
    /// The diagnostic format of reviewdog
    Rdjson,
    /// Logging commands of Azure Pipelines
    Azure,
}

/// One more form of the findings.
#[derive(Clone, Debug)]
pub(super) struct Output {
    /// Which.
    pub(super) format: Findings,
    /// The file; none for the one that the environment names.
    pub(super) file: Option<PathBuf>,
}

fn output(text: &str) -> Result<Output, String> {
    let (word, file) = text.split_once('=').map_or((text, None), |(word, file)| (word, Some(file)));
    let format = format(word)?;
    match file {
        None if format != Findings::GithubSummary => Err(format!("expected FORMAT=FILE, for example `{word}=findings.out`")),
        Some("" | "-") => Err(format!("expected the name of a file behind `{word}=`; `--format {word}` writes to standard output")),
        file => Ok(Output { format, file: file.map(PathBuf::from) }),
    }
}

/// The form of that name.
pub(super) fn format(word: &str) -> Result<Findings, String> {
    Findings::from_str(word, false).map_err(|_| {
        let known: Vec<String> =
            Findings::value_variants().iter().filter_map(|one| Some(one.to_possible_value()?.get_name().to_owned())).collect();
        format!("`{word}` is no form of findings; expected one of {}", known.join(", "))
    })
}

/// Paths in a file.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct FilesFrom {
    /// Read the paths from this file, `-` for standard input: one a line, or with a NUL behind each (`git diff --name-only -z`)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["paths", "stdin_filename"])]
    pub(super) files_from: Option<PathBuf>,
}

impl FilesFrom {
    /// Whether the paths come from standard input.
    pub(super) fn is_input(&self) -> bool {
        self.files_from.as_ref().is_some_and(|file| file.as_os_str() == super::work::STDIN)
    }
}
