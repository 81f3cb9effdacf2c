//! From a tree of files to what is shown of it: sets are read, judged by the rules and proved, one after the other, without a disk or a clock.

mod charts;
mod comments;
mod findings;
mod judged;
mod loaded;
mod locks;
mod look;
mod meetings;
mod mixed;
mod parts;
mod prefilter;
mod proof;
mod reading;
mod remarks;
mod residue;
mod rules;
mod targets;
mod words;

pub use crate::locate::{Names, Shows};
pub use charts::{ChartTarget, chart_target};
pub use judged::Judged;
pub use loaded::Loaded;
pub use look::{Judge, Look, is_nothing};
pub use meetings::{Becomes, Becoming, Meeting, Meetings};
pub use mixed::Mixed;
pub use prefilter::{Prefilter, Seen};
pub use reading::Reading;
pub use residue::Residue;
pub use rules::{Chooser, FileRules, Need, Obeyed, Only, Overrides, Rules, Tag};
pub use targets::{Found, Place, Sought, Targets, Unasked, Unmapped, Why, becoming, found};
