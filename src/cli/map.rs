//! `map`: what a reference becomes, and why.

use std::io::{self, Write};

use crate::config::Config;
use crate::mapping::{Considered, Context, Decision, Mapping, MappingSet, Outcome, Retirement, Why};
use crate::occurrence::Class;
use crate::reference::{Reference, Scheme};
use crate::report::rules_json;
use crate::text::harmless;

use super::args::MapArgs;
use super::options::Answers;
use super::{Exit, World, help};

/// Runs the command. References that are none end it with exit code 2, after the others are told.
pub(super) fn run(args: &MapArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    let config = help::required(&args.mappings, "map REF", world)?;
    let mut exit = Exit::Clean;
    let mut answers = Vec::new();
    for text in &args.references {
        // An address of charts is asked of their mappings.
        let (scheme, name) = Scheme::split(text).map_or((None, text.as_str()), |(scheme, name)| (Some(scheme), name));
        let asked = Asked { mappings: scheme.map_or(&config.mappings, |scheme| config.chart_mappings.of(scheme)), scheme };
        match (Reference::parse(name), args.format) {
            (Ok(reference), Answers::Human) => {
                if world.out(|out| one(&config, asked, &reference, out)).is_break() {
                    break;
                }
            }
            (Ok(reference), Answers::Json) => {
                let mut considered = asked.mappings.explain(&reference, &HERE);
                considered.retain(|one| !matches!(one.outcome, Outcome::No(Why::Name)));
                let mut answer = rules_json::decision(asked.scheme, &reference, &asked.mappings.decide(&reference, &HERE), &considered);
                answer["retired"] = asked.retirement(&config, &reference).map(rules_json::retirement).into();
                answers.push(answer);
            }
            (Err(invalid), _) => exit = world.fail(&format!("`{text}`: {invalid}"), ""),
        }
    }
    if args.format == Answers::Json {
        world.json(&rules_json::object("references", answers));
    }
    Ok(exit)
}

/// Without a file, conditions on the place are judged as for one of no format.
const HERE: Context<'static> = Context { format: "", path: "", class: Class::Deploy };

/// Who is asked for a reference.
#[derive(Clone, Copy)]
struct Asked<'a> {
    mappings: &'a MappingSet,
    /// Of an address of charts: what serves them.
    scheme: Option<Scheme>,
}

impl Asked<'_> {
    fn retirement<'c>(&self, config: &'c Config, reference: &Reference) -> Option<(&'c Mapping, &'c Retirement)> {
        if self.scheme.is_none() { config.retired.ending(reference, &HERE) } else { None }
    }
}

fn one(config: &Config, asked: Asked<'_>, reference: &Reference, out: &mut dyn Write) -> io::Result<()> {
    let Asked { mappings, scheme } = asked;
    let begins = scheme.map_or("", Scheme::prefix);
    match mappings.decide(reference, &HERE) {
        Decision::Unchanged => writeln!(out, "{begins}{reference} unchanged\n  no mapping covers `{begins}{}`", reference.name())?,
        Decision::Mapped(target) => {
            let leads = target.scheme.map_or("", Scheme::prefix);
            let mut candidates = target.candidates.iter();
            let first = candidates.next().map_or_else(String::new, ToString::to_string);
            writeln!(out, "{begins}{reference} -> {leads}{first}\n  mapping `{}`", harmless(&target.mapping))?;
            for other in candidates {
                writeln!(out, "  or {leads}{other}")?;
            }
        }
        Decision::Undecided { mapping, part } => {
            writeln!(out, "{begins}{reference} undecided\n  mapping `{}` depends on its {part}", harmless(&mapping))?;
        }
        Decision::Refused { mapping, reason } => {
            writeln!(out, "{begins}{reference} refused\n  {}", harmless(&format!("mapping `{mapping}`: {reason}")))?;
        }
    }
    mappings.explain(reference, &HERE).iter().filter_map(considered).try_for_each(|why| writeln!(out, "  {why}"))?;
    let Some((entry, said)) = asked.retirement(config, reference) else { return Ok(()) };
    let instead = said.alternatives.iter().fold(String::new(), |all, one| all + "; instead " + one);
    let place = format!("{}:{}", entry.place.source.name, entry.place.position().line);
    writeln!(out, "  {}", harmless(&format!("retired on {}: {}{instead} (`retired`, {place})", said.since, said.why)))
}

/// Why a mapping that comes near the reference decides, or does not. Those of other names say nothing.
pub(super) fn considered(considered: &Considered<'_>) -> Option<String> {
    let Considered { mapping, outcome } = considered;
    let why = match outcome {
        Outcome::Decides => "decides: it is the most specific".to_owned(),
        Outcome::Outranked => "covers it too, less closely".to_owned(),
        Outcome::Undecided(part) => format!("may cover it: its {part} is not known"),
        Outcome::No(Why::Name) => return None,
        Outcome::No(Why::Tag) => "covers the name with another tag".to_owned(),
        Outcome::No(Why::Digest) => "covers the name with another digest".to_owned(),
        Outcome::No(Why::Excepted(pattern)) => format!("excepts it by `{pattern}`"),
        Outcome::No(Why::Condition(key)) => format!("does not hold here: its condition `{key}`"),
    };
    let place = mapping.place.position().line;
    Some(harmless(&format!("`{}` (from `{}`, {}:{place}) {why}", mapping.id, mapping.from, mapping.place.source.name)))
}
