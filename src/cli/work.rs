//! Owns the plan of work: what the options come to, without flags.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::config::{Options, RULES};
use crate::disk::{Revision, find};
use crate::mapping::Date;
use crate::plan::Applicability;
use crate::report::inventory::Form;
use crate::source::{TreePath, Vendored};

use super::args::{CheckArgs, Findings, FixArgs, InitArgs, InventoryForm, ListArgs, Mappings, RevisionArgs, Where};
use super::registry_args::AsksArgs;

/// What is looked into.
#[derive(Clone, Debug)]
pub(super) enum Input {
    /// Files and folders.
    Tree {
        /// Which, as typed.
        paths: Vec<PathBuf>,
        /// Whether vendored trees are entered.
        vendored: Vendored,
        /// In how many threads.
        jobs: NonZeroUsize,
        /// Which version of them.
        of: Of,
    },
    /// Standard input.
    Stream {
        /// The name under which it is judged, if one was given.
        name: Option<PathBuf>,
    },
}

/// Which version of the files.
#[derive(Clone, Debug)]
pub(super) enum Of {
    /// That of the disk.
    Disk,
    /// One that git keeps.
    Git(Revision),
}

/// What it is judged by.
#[derive(Clone, Debug, Default)]
pub(super) struct Judging {
    mappings: Mappings,
}

impl Judging {
    /// The rule file: the one that is named, or that which is found in the folder `start` or above.
    pub(super) fn file(&self, start: &Path) -> Option<PathBuf> {
        self.mappings.config.clone().or_else(|| find(start, RULES))
    }

    /// The options for loading the configuration, with the rule file `config`.
    pub(super) fn options(&self, config: Option<TreePath>) -> Options {
        let Mappings { config: _, pack, map, var, today: _ } = self.mappings.clone();
        Options { config, packs: pack, maps: map, vars: var.into_iter().collect() }
    }

    /// The day that `until` is compared with, in UTC.
    pub(super) fn today(&self) -> Date {
        let seconds = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        self.mappings.today.unwrap_or_else(|| Date::of_time(seconds()))
    }
}

impl From<&Mappings> for Judging {
    fn from(mappings: &Mappings) -> Self {
        Self { mappings: mappings.clone() }
    }
}

/// `check`.
#[derive(Clone, Debug)]
pub(super) struct Check {
    pub(super) input: Input,
    pub(super) judging: Judging,
    pub(super) format: Findings,
}

/// `fix`.
#[derive(Clone, Debug)]
pub(super) struct Fix {
    pub(super) input: Input,
    pub(super) judging: Judging,
    pub(super) write: Write,
    /// Fixes below this are left.
    pub(super) minimum: Applicability,
    /// How registries are asked whether the targets exist; none leaves them in peace.
    pub(super) asks: Option<Asks>,
}

/// How the targets of a fix are asked for.
#[derive(Clone, Debug)]
pub(super) struct Asks {
    pub(super) how: AsksArgs,
    /// Requests in flight.
    pub(super) jobs: Option<NonZeroUsize>,
}

/// What `fix` does with a new text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Write {
    /// It replaces the file's.
    InPlace,
    /// It is shown as a patch.
    DiffOnly,
}

/// `list`.
#[derive(Clone, Debug)]
pub(super) struct List {
    pub(super) input: Input,
    pub(super) judging: Judging,
    pub(super) form: Form,
    pub(super) which: Vec<Which>,
}

/// Which occurrences `list` shows; all that are asked for must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// Something of it is not known.
    Unresolved,
    /// A mapping or the deny list covers it.
    Residual,
}

/// `init`.
#[derive(Clone, Debug)]
pub(super) struct Init {
    pub(super) input: Input,
    pub(super) existing: crate::apply::Existing,
}

impl From<&CheckArgs> for Check {
    fn from(args: &CheckArgs) -> Self {
        let input = input(&args.place, args.stdin_filename.as_deref()).at(&args.revision);
        Self { input, judging: (&args.mappings).into(), format: args.format }
    }
}

impl From<&FixArgs> for Fix {
    fn from(args: &FixArgs) -> Self {
        Self {
            input: input(&args.place, args.stdin_filename.as_deref()),
            judging: (&args.mappings).into(),
            write: if args.diff { Write::DiffOnly } else { Write::InPlace },
            minimum: if args.not_only_safe { Applicability::Unsafe } else { Applicability::Safe },
            asks: args.verify.then(|| Asks { how: args.asks.clone(), jobs: args.place.jobs }),
        }
    }
}

impl From<&ListArgs> for List {
    fn from(args: &ListArgs) -> Self {
        let form = match args.format {
            InventoryForm::Table => Form::Table,
            InventoryForm::Json => Form::Json,
            InventoryForm::Csv => Form::Csv,
        };
        let which = [(args.unresolved, Which::Unresolved), (args.residual, Which::Residual)];
        let which = which.into_iter().filter_map(|(asked, which)| asked.then_some(which)).collect();
        let input = input(&args.place, args.stdin_filename.as_deref()).at(&args.revision);
        Self { input, judging: (&args.mappings).into(), form, which }
    }
}

impl From<&InitArgs> for Init {
    fn from(args: &InitArgs) -> Self {
        let existing = if args.force { crate::apply::Existing::Replace } else { crate::apply::Existing::Refuse };
        Self { input: input(&args.place, None), existing }
    }
}

impl From<&Where> for Input {
    fn from(place: &Where) -> Self {
        input(place, None)
    }
}

/// Files and folders, or standard input: `-`, or a name for the input, means that.
pub(super) fn input(place: &Where, name: Option<&Path>) -> Input {
    let is_stream = place.paths.iter().any(|path| path.as_os_str() == "-") || name.is_some();
    if is_stream {
        return Input::Stream { name: name.map(Path::to_owned) };
    }
    let vendored = if place.include_vendored { Vendored::Include } else { Vendored::Skip };
    Input::Tree { paths: place.paths.clone(), vendored, jobs: jobs(place), of: Of::Disk }
}

impl Input {
    /// The same files as git keeps them, where the options say so.
    fn at(self, revision: &RevisionArgs) -> Self {
        let of = revision.rev.clone().map(Revision::Commit).or_else(|| revision.staged.then_some(Revision::Index));
        match (self, of) {
            (Self::Tree { paths, vendored, jobs, .. }, Some(of)) => Self::Tree { paths, vendored, jobs, of: Of::Git(of) },
            (input, _) => input,
        }
    }
}

fn jobs(place: &Where) -> NonZeroUsize {
    place.jobs.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
}
