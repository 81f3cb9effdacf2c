//! Owns the plan of work: what the options come to, without flags.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::config::{ALL_PACKS, Options, RULES};
use crate::disk::{Revision, find};
use crate::judge::Rules;
use crate::mapping::{Date, Voice};
use crate::source::{Forced, Tracked, TreePath, Unclaimed, Vendored};

use super::environment;
use super::options::{Mappings, RevisionArgs, Where};

/// What is looked into.
#[derive(Clone, Debug)]
pub(super) enum Input {
    /// Files and folders.
    Tree {
        /// Which, as typed.
        paths: Vec<PathBuf>,
        /// Whether vendored trees are entered.
        vendored: Vendored,
        /// Whether files are met that are ignored and kept.
        tracked: Tracked,
        /// In how many threads.
        jobs: NonZeroUsize,
        /// Which version of them.
        of: Of,
        /// Whether those that no format reads are looked through.
        unclaimed: Unclaimed,
        /// How folders that are left out are told.
        left_out: LeftOut,
        /// Whether what is named is passed by, where rules exclude it.
        forced: Forced,
    },
    /// Standard input.
    Stream {
        /// The name under which it is judged, if one was given.
        name: Option<PathBuf>,
    },
}

/// How folders that are left out are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LeftOut {
    /// They are counted.
    Counted,
    /// Each is named, too.
    Named,
}

/// Which version of the files.
#[derive(Clone, Debug)]
pub(super) enum Of {
    /// That of the disk.
    Disk,
    /// That of the disk, which is to be written.
    Written,
    /// One that git keeps.
    Git(Revision),
}

impl Mappings {
    /// The rule file: the one that is named, or that which is found in the folder `start` or above.
    pub(super) fn file(&self, start: &Path) -> Option<PathBuf> {
        self.named().or_else(|| find(start, RULES))
    }

    /// The rule file that the user names.
    pub(super) fn named(&self) -> Option<PathBuf> {
        self.config.clone().or_else(environment::rules)
    }

    /// The options for loading the configuration, with the rule file `config`.
    pub(super) fn options(&self, config: Option<TreePath>) -> Options {
        let voice = if self.named().is_some() { Voice::User } else { Voice::Tree };
        let Mappings { config: _, pack, map, var, classes: _, lints: _, at: _ } = self.clone();
        Options { config, voice, packs: pack, maps: map, vars: var.into_iter().collect() }
    }

    /// Whether all packs are named.
    pub(super) fn names_all_packs(&self) -> bool {
        self.pack.iter().any(|name| name == ALL_PACKS)
    }

    /// The day that `until` and `since` are compared with, in UTC.
    pub(super) fn today(&self) -> Date {
        let seconds = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        self.at.unwrap_or_else(|| Date::of_time(seconds()))
    }
}

/// What means standard input.
pub(super) const STDIN: &str = "-";

/// Files and folders, or standard input: `-`, or a name for the input, means that.
pub(super) fn input(place: &Where, name: Option<&Path>) -> Input {
    let is_stream = place.paths.iter().any(|path| path.as_os_str() == STDIN) || name.is_some();
    if is_stream {
        return Input::Stream { name: name.map(Path::to_owned) };
    }
    let vendored = place.vendored();
    let tracked = if place.no_tracked { Tracked::Ignore } else { Tracked::Read };
    let left_out = if place.verbose { LeftOut::Named } else { LeftOut::Counted };
    let (of, unclaimed, forced) = (Of::Disk, Unclaimed::Skip, place.left.forced());
    Input::Tree { paths: place.paths.clone(), vendored, tracked, jobs: jobs(place), of, unclaimed, left_out, forced }
}

impl Input {
    /// The same files as git keeps them, where the options say so.
    pub(super) fn at(self, revision: &RevisionArgs) -> Self {
        let of = revision.rev.clone().map(Revision::Commit).or_else(|| revision.staged.then_some(Revision::Index)).map(Of::Git);
        self.changed(of)
    }

    /// The files of a commit, of other places where some are named.
    pub(super) fn of_commit(self, revision: Revision, places: Option<Vec<PathBuf>>) -> Self {
        let mut input = self.changed(Some(Of::Git(revision))).quietly();
        if let (Self::Tree { paths, .. }, Some(places)) = (&mut input, places) {
            *paths = places;
        }
        input
    }

    /// The same files, of which nothing is told beside.
    pub(super) fn quietly(mut self) -> Self {
        if let Self::Tree { left_out, .. } = &mut self {
            *left_out = LeftOut::Counted;
        }
        self
    }

    /// The same files, which are to be written.
    pub(super) fn written(self) -> Self {
        self.changed(Some(Of::Written))
    }

    fn changed(mut self, to: Option<Of>) -> Self {
        if let (Self::Tree { of, .. }, Some(to)) = (&mut self, to) {
            *of = to;
        }
        self
    }

    /// The same, and where there are mappings, files that no format reads are looked through for the names that these take.
    pub(super) fn searched_by(self, rules: &Rules) -> Self {
        if rules.moves_anything() { self.with_unclaimed() } else { self }
    }

    /// The same, and files that no format reads are looked through for old names.
    pub(super) fn with_unclaimed(mut self) -> Self {
        if let Self::Tree { unclaimed, .. } = &mut self {
            *unclaimed = Unclaimed::Include;
        }
        self
    }
}

fn jobs(place: &Where) -> NonZeroUsize {
    place.jobs.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
}
