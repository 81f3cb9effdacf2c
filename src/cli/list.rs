//! `list`: every reference, with everything that can be said of it offline.

use std::ops::ControlFlow;

use crate::config::Judgement;
use crate::diagnostic::Tally;
use crate::disk::Disk;
use crate::judge::{Look, Reading, Rules};
use crate::mapping::Decision;
use crate::occurrence::Occurrence;
use crate::plan::Decided;
use crate::reference::Reference;
use crate::report::Report;
use crate::report::explained::{Decides, Explained};
use crate::report::human::Human;
use crate::report::inventory::{Form, Inventory};
use crate::report::rows::Row;

use super::args::ListArgs;
use super::found::others;
use super::work::{Input, input};
use super::{Exit, World, drive, governed};

/// Runs the command.
pub(super) fn run(args: &ListArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    let asked = governed::asked(&args.place, args.stdin_filename.as_deref());
    let rules = if args.residual {
        governed::required(&args.mappings, &asked, "list --residual", world)?
    } else {
        governed::rules(&args.mappings, &asked, world)?
    };
    let rules = args.charts.seen_by(rules, world)?;
    let place = args.from.places(&args.place, world)?;
    let input = input(&place, args.stdin_filename.as_deref()).at(&args.revision).searched_by(&rules);
    let lists = if args.residual { Lists::Residue } else { Lists::References };
    let mut inventory = Inventory::new(args.format);
    if world.out(|out| inventory.begin(out)).is_break() {
        return Ok(Exit::Clean);
    }
    let why = args.why.as_deref().map(Wanted::new);
    let is_asked = |reading: &Reading<'_>, one: &Occurrence, decided: &Decided| {
        (!args.unresolved || is_unresolved(one, decided))
            && (!args.residual || is_residual(&rules, reading, one, decided))
            && why.as_ref().is_none_or(|wanted| wanted.is_named_by(decided))
    };
    if why.is_some() && args.format == Form::Table {
        return reasons(&input, &rules, is_asked, world);
    }
    let tally = each(&input, &rules, lists, world, is_asked, |world, rows| {
        rows.iter().try_for_each(|row| world.out(|out| inventory.row(row, out)))
    })?;
    let _ = world.out(|out| inventory.finish(out));
    if args.format == Form::Table && tally.occurrences == 0 {
        world.say("no references\n");
    }
    Ok(Exit::of(&tally))
}

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lists {
    /// References.
    References,
    /// Texts that belong to none, too.
    Residue,
}

/// Locates every reference of the input that `holds`, and hands the rows of each file to `rows`, in order. What could not be read goes to the
/// errors.
pub(super) fn each(
    input: &Input,
    rules: &Rules,
    lists: Lists,
    world: &mut World<'_>,
    holds: impl Fn(&Reading<'_>, &Occurrence, &Decided) -> bool + Sync,
    mut rows: impl FnMut(&mut World<'_>, &[Row]) -> ControlFlow<()>,
) -> Result<Tally, Exit> {
    let question = |reading: &Reading<'_>| {
        let mut rows = Row::all(reading, &|one, decided| holds(reading, one, decided));
        if lists == Lists::Residue {
            rows.extend(Row::residue(reading, rules));
            rows.sort_by(|a, b| (&a.path, a.start).cmp(&(&b.path, b.start)));
        }
        rows
    };
    told(input, rules, world, question, |world, tally, found| {
        tally.occurrences += found.len();
        rows(world, &found)
    })
}

/// Asks `question` of every set of the input, and hands the answers to `take`, in order. What could not be read goes to the errors.
fn told<T: Send>(
    input: &Input,
    rules: &Rules,
    world: &mut World<'_>,
    question: impl Fn(&Reading<'_>) -> T + Sync,
    mut take: impl FnMut(&mut World<'_>, &mut Tally, T) -> ControlFlow<()>,
) -> Result<Tally, Exit> {
    let mut tally = Tally::default();
    let mut human = Human::new(world.error_colour());
    let question = |reading: &Reading<'_>, _: &Disk| (question(reading), drive::broken(reading));
    drive::each(input, rules, None, world, question, |world, look| {
        let (found, sources) = match look {
            Look::Done((answer, broken)) => {
                tally.files += 1;
                tally.parsed += 1;
                tally.unreadable += broken.0.len();
                if take(world, &mut tally, answer).is_break() {
                    return ControlFlow::Break(());
                }
                broken
            }
            other => others(other, &mut tally),
        };
        world.errors(|errors| human.findings(&found, &sources, errors));
        ControlFlow::Continue(())
    })?;
    Ok(tally)
}

/// Says of each reference that `holds` what it is made of, and what is decided.
fn reasons(
    input: &Input,
    rules: &Rules,
    holds: impl Fn(&Reading<'_>, &Occurrence, &Decided) -> bool + Sync,
    world: &mut World<'_>,
) -> Result<Exit, Exit> {
    let decides = if rules.moves_anything() { Decides::Yes } else { Decides::No };
    let question = |reading: &Reading<'_>| {
        let is_any = reading.shown().any(|(_, one, decided)| holds(reading, one, decided));
        if is_any {
            Explained::of(reading, &reading.judge(rules).plan, &|one, decided| holds(reading, one, decided), decides).human()
        } else {
            String::new()
        }
    };
    let tally = told(input, rules, world, question, |world, tally, text| {
        tally.occurrences += usize::from(!text.is_empty());
        world.out(|out| out.write_all(text.as_bytes()))
    })?;
    if tally.occurrences == 0 {
        world.say("no references\n");
    }
    Ok(Exit::of(&tally))
}

/// What a reference must name to be asked about.
struct Wanted {
    /// As typed, without a slash at its end.
    text: String,
    /// The name that it is, in full, and whether it says which version.
    name: Option<Reference>,
}

impl Wanted {
    fn new(text: &str) -> Self {
        let text = text.trim_end_matches('/').to_owned();
        Self { name: Reference::parse(&text).ok(), text }
    }

    fn is_named_by(&self, decided: &Decided) -> bool {
        let Ok(reference) = &decided.reference else { return false };
        let is_same = |wanted: &Reference| {
            let is_any = wanted.tag().is_none() && wanted.digest().is_none();
            if is_any { wanted.name() == reference.name() } else { wanted.canonical() == reference.canonical() }
        };
        let name = reference.name().to_string();
        self.name.as_ref().is_some_and(is_same) || name.strip_prefix(&self.text).is_some_and(|rest| rest.starts_with('/'))
    }
}

/// Whether something of it is not known.
fn is_unresolved(occurrence: &Occurrence, decided: &Decided) -> bool {
    occurrence.holes().next().is_some() || occurrence.lacks_tag() || decided.reference.is_err()
}

/// Whether a mapping or the deny list still covers it.
fn is_residual(rules: &Rules, reading: &Reading<'_>, one: &Occurrence, decided: &Decided) -> bool {
    let Ok(reference) = &decided.reference else { return false };
    match &decided.decision {
        Decision::Mapped(target) => target.candidates.first().is_some_and(|new| new.as_str() != reference.as_str()),
        Decision::Undecided { .. } | Decision::Refused { .. } => true,
        Decision::Unchanged => {
            let path = reading.file(one.place.file).map_or("", |file| file.path);
            matches!(rules.standing(reference, path), Judgement::Denied(_))
        }
    }
}
