//! One migration over many repositories, as pull requests: each is planned by what stands in it, shown once, kept up to date, and never put over
//! anybody's work.
//!
//! `plan` only reads; `publish` is the one that writes, alone for each identity. What is known lies in small files of the campaign's folder
//! ([`store`](Store)), and what the forge and git know counts for more than they: whoever is killed begins again.

mod body;
mod cache;
mod dress;
pub mod forge;
pub mod git;
mod home;
mod ledger;
mod name;
mod owners;
mod pace;
mod plan;
mod planned;
mod publish;
mod read;
pub mod report;
mod settings;
mod shard;
mod state;
mod status;
mod store;
mod targets;
mod tracking;
mod trouble;

pub use body::{body, mark as body_mark};
pub use cache::Cache;
pub use home::Home;
pub use ledger::Ledger;
pub use name::{BadName, Name, listed};
pub use pace::{BadPace, Rate, Window};
pub use plan::{Drawn, Once, Planner, clone_in};
pub use planned::{Left, Made, Moved, Outcome, Plan, Planned, Refused, Retired, Unread, VERSION, Visibility};
pub use publish::{Done, Publisher, Ready, Step, close_pull, keep, mark_of_commits};
pub use settings::{Allowance, Bad, Commits, FILE, Fixes, ForgeAt, Forking, Kind, Own, Read, Reviewers, RulesAt, Settings};
pub use shard::{NoShard, Shard};
pub use state::{Shown, State, Work};
pub use status::{Row, Status, rows};
pub use store::{BODY, LIST, PATCH, PLAN, REPOSITORIES, STATE, Store, TARGETS, TRACKING};
pub use targets::{Same, Target, Targets, public, wanted};
pub use tracking::{Kept, Tracking, track};
pub use trouble::{Cause, Trouble};
