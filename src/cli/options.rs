//! Owns the options that several commands share, as they are typed.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use crate::config::{Level, classes_of};
use crate::diagnostic::Tally;
use crate::disk::{ChartFolders, Disk, holding, shown};
use crate::judge::Rules;
use crate::lint::{self, Told, residue};
use crate::mapping::Date;
use crate::occurrence::Class;
use crate::source::{Forced, Vendored};

use super::{Exit, World, environment};

/// Where to look.
#[derive(Clone, Debug, Args)]
pub(super) struct Where {
    /// Files and folders; a file is read whatever its name is
    #[arg(value_name = "PATH", default_value = ".", hide_default_value = true)]
    pub(super) paths: Vec<PathBuf>,
    /// Enter vendored trees
    #[arg(long, help = "Enter vendored trees (vendor, node_modules, third_party, target, .venv, ...)")]
    pub(super) include_vendored: bool,
    /// Pass by what ignore files name, though git keeps it
    #[arg(long)]
    pub(super) no_tracked: bool,
    /// Say which files are read and as what, which folders are left out and why, and how long it took
    #[arg(long, short)]
    pub(super) verbose: bool,
    #[command(flatten)]
    pub(super) left: LeftArgs,
    /// Threads, or requests in flight where registries are asked [default: one for each core; 8 requests]
    #[arg(long, short, value_name = "N", value_parser = from_one::<NonZeroUsize>)]
    pub(super) jobs: Option<NonZeroUsize>,
}

/// What is passed by.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct LeftArgs {
    /// Pass by files and folders, seen from the top of the repository, beside those of `exclude` in the rule file
    #[arg(long, value_name = "GLOB")]
    pub(super) exclude: Vec<String>,
    /// Pass them by also where they are named here: a program names them
    #[arg(long)]
    pub(super) force_exclude: bool,
}

impl Where {
    /// Whether vendored trees are entered.
    pub(super) const fn vendored(&self) -> Vendored {
        if self.include_vendored { Vendored::Include } else { Vendored::Skip }
    }
}

impl LeftArgs {
    /// Whether what is named is passed by.
    pub(super) const fn forced(&self) -> Forced {
        if self.force_exclude { Forced::Yes } else { Forced::No }
    }
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
    /// The rule file for all files (also `TRANSSHIP_CONFIG`) [default: for each file the closest .transship.yaml, in its folder or above, up to the repository's root]
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// A pack of the binary (`transship rules list` shows them); `all` is every one that needs no variable and whose old names end
    #[arg(long, value_name = "NAME")]
    pub(super) pack: Vec<String>,
    /// One more mapping
    #[arg(long, value_name = "FROM=TO")]
    pub(super) map: Vec<String>,
    /// The value of a variable of the mappings
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    pub(super) var: Vec<(String, String)>,
    /// Edit names in texts of these classes too, beside scripts, pipelines and settings: `docs`, `code`, `test`, `comment`, `pushed`, or `deploy` and
    /// `build` for what their formats do not declare (docs/lints.md tells them); `all` is a whole migration
    #[arg(long = "class", value_name = "LIST", value_parser = edited)]
    pub(super) classes: Vec<Edited>,
    /// How findings of a lint are judged, before what the rule file says: `allow`, `warn` or `deny` (docs/lints.md tells the lints)
    #[arg(long = "lint", value_name = "CODE=LEVEL", value_parser = level)]
    pub(super) lints: Vec<(&'static str, Level)>,
    /// Judge as on this day, YYYY-MM-DD: which places have ended by then, which images are retired [default: today]
    #[arg(long, alias = "today", value_name = "DATE", value_parser = day)]
    pub(super) at: Option<Date>,
}

/// What ends a run with exit code 1.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct FailOn {
    /// What fails: `error` (as without it), `warning`, or `never`; and texts that still name an old registry and belong to no reference: `residue` where
    /// they are in use, `residue:all`, or `residue:CLASS,CLASS` (docs/lints.md tells the classes)
    #[arg(long = "fail-on", value_name = "LEVEL|LINT", value_parser = failing)]
    from: Vec<Failing>,
    /// Warnings fail, too: `--fail-on warning`
    #[arg(long)]
    deny_warnings: bool,
    /// Findings fail nothing: `--fail-on never`
    #[arg(long)]
    exit_zero: bool,
}

#[derive(Clone, Debug)]
enum Failing {
    From(Threshold),
    Residue(BTreeSet<Class>),
}

/// From which severity on findings fail a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Threshold {
    Error,
    Warning,
    Never,
}

impl FailOn {
    /// The rules, with what fails by them.
    pub(super) fn apply(&self, mut rules: Rules) -> Rules {
        let classes = |one: &Failing| if let Failing::Residue(classes) = one { Some(classes.clone()) } else { None };
        rules.residue_fails = self.from.iter().filter_map(classes).flatten().collect();
        rules
    }

    /// What the numbers of a run come to. What could not be done weighs the same whatever fails.
    pub(super) fn exit(&self, tally: &Tally) -> Exit {
        let warned = tally.warnings > 0;
        match (Exit::of(tally), self.threshold()) {
            (Exit::Findings, Threshold::Never) => Exit::Clean,
            (Exit::Clean | Exit::Undecided, Threshold::Warning) if warned => Exit::Findings,
            (exit, _) => exit,
        }
    }

    /// The last one that is named counts, and `--exit-zero` above all.
    fn threshold(&self) -> Threshold {
        let named = self.from.iter().rev().find_map(|one| if let Failing::From(from) = one { Some(*from) } else { None });
        match named.unwrap_or(Threshold::Error) {
            _ if self.exit_zero => Threshold::Never,
            _ if self.deny_warnings => Threshold::Warning,
            named => named,
        }
    }
}

/// Classes that are edited.
#[derive(Clone, Debug)]
pub(super) struct Edited(pub(super) Vec<Class>);

fn edited(text: &str) -> Result<Edited, String> {
    let known = |word: &str| {
        classes_of(word).ok_or_else(|| {
            format!("`{word}` is no class that is edited; expected `all`, or some of docs, code, test, comment, pushed, deploy, build")
        })
    };
    let classes: Vec<Vec<Class>> = text.split(',').map(known).collect::<Result<_, _>>()?;
    Ok(Edited(classes.concat()))
}

fn failing(text: &str) -> Result<Failing, String> {
    let (lint, classes) = text.split_once(':').unwrap_or((text, ""));
    match text {
        "error" => return Ok(Failing::From(Threshold::Error)),
        "warning" => return Ok(Failing::From(Threshold::Warning)),
        "never" => return Ok(Failing::From(Threshold::Never)),
        _ if lint == residue::LINT.code => {}
        _ => return Err("expected `error`, `warning`, `never`, `residue`, `residue:all` or `residue:CLASS,CLASS`".to_owned()),
    }
    let known = |class: &str| class.parse::<Class>().map_err(|_| format!("there is no class `{class}`; docs/lints.md tells them"));
    Ok(Failing::Residue(match classes {
        "" => Class::ALL.into_iter().filter(|class| class.is_in_use()).collect(),
        "all" => Class::ALL.into(),
        some => some.split(',').map(known).collect::<Result<_, _>>()?,
    }))
}

fn level(text: &str) -> Result<(&'static str, Level), String> {
    let (code, level) = text.split_once('=').ok_or("expected CODE=LEVEL, for example `unpinned=warn`")?;
    let level = level.parse().map_err(|_| format!("`{level}` is no level; expected `allow`, `warn` or `deny`"))?;
    let judged = || lint::all().iter().filter(|lint| lint.told != Told::Always).map(|lint| lint.code);
    let known = judged().find(|known| *known == code);
    Ok((known.ok_or_else(|| format!("`{code}` is none of {}", judged().collect::<Vec<_>>().join(", ")))?, level))
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

impl ChartsAt {
    /// The folders in which charts are looked for.
    ///
    /// # Errors
    /// The code to end with, where the folder that is named is none; that is said already.
    pub(super) fn folders(&self, world: &mut World<'_>) -> Result<ChartFolders, Exit> {
        if let Some(folder) = self.charts.as_ref().filter(|folder| !world.start.join(folder).is_dir()) {
            return Err(world.fail(&format!("`--charts`: `{}` is no folder", shown(folder)), "name one that holds charts, packed or not"));
        }
        let first = self.charts.clone().unwrap_or_else(|| CHARTS.into());
        let tree = holding(&first, &world.start);
        if world.start.join(&first).is_dir() && !tree.holds(&first) {
            world.tell(&format!("`{}` is left out: it leads out of the tree", shown(&first)));
        }
        let helms = environment::charts().map(|folder| (folder.clone(), Disk::new(&folder, &world.start)));
        Ok(ChartFolders::new(std::iter::once((first, tree)).chain(helms)))
    }

    /// The rules, with these charts in sight; without any, as they are.
    ///
    /// # Errors
    /// As [`ChartsAt::folders`].
    pub(super) fn seen_by(&self, rules: Rules, world: &mut World<'_>) -> Result<Rules, Exit> {
        let folders = self.folders(world)?;
        Ok(if folders.is_empty() { rules } else { rules.seeing(Arc::new(folders)) })
    }
}

/// The folder of charts that are not in the tree, where none is named.
pub(super) const CHARTS: &str = ".transship-charts";

/// How answers are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Answers {
    /// For people
    Human,
    /// One JSON object
    Json,
}

/// What the system is to keep renderers from.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(super) struct Sandbox {
    /// Render nothing where the system cannot keep renderers from files outside the tree and from the network
    #[arg(long)]
    pub(super) require_sandbox: bool,
    /// Do without what the system keeps renderers from, for one that needs more of this machine
    #[arg(long, conflicts_with = "require_sandbox")]
    pub(super) no_sandbox: bool,
}

/// Which charts are in sight that are not in the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(super) struct ChartsAt {
    /// A folder of charts, packed or not, which are looked into where files name charts that are not in the tree [default: .transship-charts, then
    /// helm's cache]
    #[arg(long, value_name = "DIR")]
    pub(super) charts: Option<PathBuf>,
}

/// How charts are deployed, as helm's own options say it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(super) struct Deployment {
    /// Render charts with this value
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// Render charts for this version of Kubernetes
    #[arg(long, value_name = "VERSION")]
    pub(super) kube_version: Option<String>,
    /// Render charts for a cluster that has this API
    #[arg(long, value_name = "API")]
    pub(super) api_versions: Vec<String>,
    /// Render charts for this namespace
    #[arg(long, value_name = "NAME")]
    pub(super) namespace: Option<String>,
}

impl Deployment {
    /// The arguments for helm.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        let each = |option: &'static str, values: &[String]| {
            values.iter().map(|value| format!("{option}={value}").into()).collect::<Vec<OsString>>()
        };
        let one = |option, value: &Option<String>| each(option, value.as_slice());
        let (set, apis) = (each("--set", &self.set), each("--api-versions", &self.api_versions));
        [set, one("--kube-version", &self.kube_version), apis, one("--namespace", &self.namespace)].concat()
    }
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
    #[command(flatten)]
    pub(super) deployment: Deployment,
    /// The charts that are in sight
    #[arg(skip)]
    pub(super) charts: ChartsAt,
    /// Let the renderers open connections
    #[arg(long)]
    pub(super) allow_network: bool,
    #[command(flatten)]
    pub(super) sandbox: Sandbox,
    /// Seconds that one rendering may take
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = from_one::<NonZeroU64>)]
    pub(super) timeout: NonZeroU64,
    /// Renderings at a time; as many as there are cores without it
    #[arg(long, value_name = "N")]
    pub(super) render_jobs: Option<usize>,
}

impl Renderers {
    /// The same, with those charts in sight.
    pub(super) fn seeing(&self, charts: &ChartsAt) -> Self {
        Self { charts: charts.clone(), ..self.clone() }
    }
}
