//! Proof by rendering: the user's own helm, kustomize and docker compose render every unit of a tree before and after, and each value is judged.
//!
//! The way of the data: [`Scratch`] copies a tree (or takes a commit) and finds its [`Unit`]s; [`render()`] runs the user's [`Programs`] on one
//! within [`Limits`] and reads the output as a list of values, [`Rendered`]; [`judge()`] compares two of them; [`prove()`] does all that for all
//! units in parallel and gives a [`Report`].
//!
//! ```no_run
//! use std::path::{Path, PathBuf};
//! use transship::render::{Change, Limits, Network, Pair, Programs, Settings, ValuesFiles, human, prove, walls};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let search = std::env::var_os("PATH").unwrap_or_default();
//! let programs = Programs::find(&search, None);
//! let settings = Settings { programs, search, extra: Vec::new(), helm: Vec::new(), given: Vec::new(), limits: Limits::default(), network: Network::Off, workers: 0, walls: walls() };
//! let planned = [(PathBuf::from("app/values.yaml"), b"image: mirror.example.com/web:1\n".to_vec())];
//! let pair = Pair::new(Path::new("."), Change::Planned(&planned), &ValuesFiles::new(["envs/*.yaml"])?, &[])?;
//! let target = |image: &str| (image == "web:1").then(|| "mirror.example.com/web:1".to_owned());
//! let report = prove(&pair.before, &pair.after, &pair.units, &settings, &target, &|_, _| {});
//! assert!(human(&report).contains("proved"));
//! # Ok(())
//! # }
//! ```

mod copy;
mod given;
mod held;
mod images;
mod judge;
mod lay;
mod listing;
mod origin;
mod pair;
mod programs;
mod prove;
mod reach;
#[expect(clippy::module_inception, reason = "one rendering is the idea that the stage is named after")]
mod render;
mod report;
mod report_help;
mod report_json;
mod report_markdown;
mod run;
mod scalar;
mod scratch;
mod trace;
mod trace_file;
mod unit;
mod units;
mod values;
mod words;
mod yaml;

pub use crate::process::cage::{Wall, Walls, walls};
pub use given::Given;
pub use held::held;
pub use images::{Image, Images, images};
pub use judge::{Finding, Outcome, Want, is_image, is_misspelled_image, judge};
pub use lay::Laid;
pub use origin::Origin;
pub use pair::{Change, Pair};
pub use programs::{Network, Program, Programs};
pub use prove::{Progress, Report, Times, UnitReport, Verdict, prove};
pub use render::{Rendering, Settings, render};
pub use report::{human, human_images};
pub use report_help::help;
pub use report_json::{json, json_images};
pub use report_markdown::markdown;
pub use run::{Failure, Limits};
pub use scalar::Type;
pub use scratch::{NoScratch, Scratch};
pub use unit::{Kind, Unit};
pub use units::ValuesFiles;
pub use values::{Object, Rendered, Secrecy, Unreadable, Value};
