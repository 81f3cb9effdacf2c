//! Owns how a fix is told: what was changed, what is left, and the numbers.

use std::io;

use crate::diagnostic::{Diagnostic, Sources, Tally};
use crate::render::{Report as Rendered, human as of_renderings};
use crate::report::Report;
use crate::report::human::Human;
use crate::report::json::{Changed, Json};
use crate::report::summary;
use crate::text::{count, harmless};

use super::World;
use super::options::Answers;

/// What becomes of a new text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    /// It replaces the file's.
    InPlace,
    /// It is shown as a patch.
    Patch,
    /// Its file is named.
    Named,
    /// It goes to standard output as a whole.
    Text,
}

/// What tells of a fix.
pub(super) struct Teller {
    pub(super) write: Write,
    human: Human,
    json: Option<Json>,
}

impl Teller {
    pub(super) fn new(write: Write, format: Answers, world: &World<'_>) -> Self {
        let colour = if matches!(write, Write::InPlace | Write::Named) { world.colour() } else { world.error_colour() };
        Self { write, human: Human::new(colour), json: (format == Answers::Json).then(Json::of_fix) }
    }

    /// Tells of files that were changed, or would be.
    pub(super) fn changed(&mut self, changed: Vec<Changed>, world: &mut World<'_>) {
        match &mut self.json {
            Some(json) => json.changed(changed),
            None if self.write == Write::Named => {
                for one in changed {
                    let text = format!("would change {}: {}\n", harmless(one.path()), count(one.places(), "place"));
                    let _ = world.out(|out| out.write_all(text.as_bytes()));
                }
            }
            None => {}
        }
    }

    /// Tells what is left.
    pub(super) fn findings(&mut self, found: &[Diagnostic], sources: &Sources, world: &mut World<'_>) {
        match &mut self.json {
            Some(json) => _ = world.out(|out| json.findings(found, sources, out)),
            None => beside(self.write, world, |out| self.human.findings(found, sources, out)),
        }
    }

    /// Tells the numbers, what the plan is called, and what renderings say.
    pub(super) fn finish(mut self, tally: &Tally, plan: Option<String>, rendered: Option<&Rendered>, world: &mut World<'_>) {
        if let Some(json) = &mut self.json {
            json.named(plan);
            let _ = world.out(|out| json.finish(tally, out));
        } else {
            beside(self.write, world, |out| self.human.left_over(out));
            let (verb, left) =
                if matches!(self.write, Write::Patch | Write::Named) { ("would change", "then left: ") } else { ("changed", "") };
            beside(self.write, world, |out| write!(out, "{}{left}{}", summary::of_fix(tally, verb), summary::of(tally)));
        }
        if let Some(rendered) = rendered {
            let text = of_renderings(rendered);
            match self.json {
                Some(_) => world.say(&text),
                None => beside(self.write, world, |out| out.write_all(text.as_bytes())),
            }
        }
    }
}

/// Writes for people: to the errors where standard output belongs to a patch or a text.
fn beside(write: Write, world: &mut World<'_>, text: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) {
    if matches!(write, Write::InPlace | Write::Named) {
        let _ = world.out(text);
    } else {
        world.errors(text);
    }
}
