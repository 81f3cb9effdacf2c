//! `init`: writes a `.transship.yaml` that fits what is found in the repository.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use crate::apply::{self, Existing, Mode};
use crate::config::{self, Config, Options, Pack, RULES, SCHEMA_ADDRESS, packs};
use crate::disk::{holding, told};
use crate::mapping::{Context, Decision};
use crate::reference::Reference;
use crate::report::rows::Row;
use crate::report::summary::first_line;
use crate::source::Memory;
use crate::text::count;

use super::args::InitArgs;
use super::options::Mappings;
use super::work::input;
use super::{Exit, World, help, list};

/// Registries beyond these are counted together: the file is to be read.
const MOST: usize = 12;

/// What the file says of mappings of one's own; `{example}` is a registry that the repository names.
const MAPPINGS: &str = include_str!("../../rules/texts/init.yaml");

/// Runs the command.
pub(super) fn run(args: &InitArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    let own = args.from.as_deref().zip(args.to.as_deref()).map(|(from, to)| [prefix(from), prefix(to)]);
    if let Some([from, to]) = &own {
        // What is wrong with it is said before anything is written.
        let maps = vec![format!("{from}={to}")];
        help::load(&Options { maps, ..Options::default() }, &Memory::default(), world)?;
    }
    let rules = help::rules(Config::default(), &Mappings::default());
    let mut census = Census::new();
    let count_all = |_: &mut World<'_>, rows: &[Row]| {
        for row in rows {
            census.count(row);
        }
        ControlFlow::Continue(())
    };
    list::each(&input(&args.place, None), &rules, list::Lists::References, world, |_, _, _| true, count_all)?;
    let existing = if args.force { Existing::Replace } else { Existing::Refuse };
    match apply::create(
        &holding(Path::new(RULES), &world.start),
        Path::new(RULES),
        census.file(own.as_ref()).as_bytes(),
        existing,
        Mode::Data,
    ) {
        Ok(()) => {
            let registries = count(census.domains.len(), "registry").replace("registrys", "registries");
            let _ = world.out(|out| writeln!(out, "wrote {RULES}: {} in {registries}", count(census.references, "reference")));
            Ok(Exit::Clean)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(world.fail(&format!("there is a {RULES} here already"), "`transship init --force` replaces it"))
        }
        Err(error) => Err(world.fail(&format!("{RULES} was not written: {}", told(&error)), "")),
    }
}

/// A registry, or a path of one, as a prefix.
fn prefix(typed: &str) -> String {
    format!("{}/", typed.trim_end_matches('/'))
}

/// What was found.
struct Census {
    references: usize,
    domains: BTreeMap<String, usize>,
    packs: Vec<Counted>,
}

/// A pack, and how many references it would move. `None` when it cannot be loaded without a variable's value.
struct Counted {
    pack: Pack,
    moves: Option<(Config, usize)>,
}

impl Census {
    fn new() -> Self {
        let load = |pack: Pack| {
            // Only the pack is asked about, not what the repository says already.
            let options = Options { packs: vec![pack.name.to_owned()], ..Options::default() };
            let moves = config::load(&options, &Memory::default()).ok().flatten().map(|config| (config, 0));
            Counted { pack, moves }
        };
        Self { references: 0, domains: BTreeMap::new(), packs: packs().into_iter().map(load).collect() }
    }

    fn count(&mut self, row: &Row) {
        let Some(domain) = &row.domain else { return };
        self.references += 1;
        *self.domains.entry(domain.clone()).or_default() += 1;
        let Ok(reference) = Reference::parse(&row.reference) else { return };
        let context = Context { format: &row.format, path: &row.path, class: row.class };
        for counted in &mut self.packs {
            if let Some((config, moves)) = &mut counted.moves
                && matches!(config.mappings.decide(&reference, &context), Decision::Mapped(_) | Decision::Refused { .. })
            {
                *moves += 1;
            }
        }
    }

    /// The registries, those with most references first.
    fn registries(&self) -> Vec<(&str, usize)> {
        let mut all: Vec<(&str, usize)> = self.domains.iter().map(|(domain, number)| (domain.as_str(), *number)).collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        all
    }

    /// The text of the file.
    fn file(&self, own: Option<&[String; 2]>) -> String {
        let registries = self.registries();
        let mut out = format!("# yaml-language-server: $schema={SCHEMA_ADDRESS}\n");
        out.push_str(
            "# What becomes of what. `transship check` looks for it, `transship fix` does it, `transship rules lint` checks this file.\n",
        );
        out.push_str("#\n# Registries that this repository names:\n");
        for (domain, number) in registries.iter().take(MOST) {
            let _ = writeln!(out, "#   {number:>6}  {domain}");
        }
        if registries.len() > MOST {
            let rest: usize = registries.iter().skip(MOST).map(|(_, number)| number).sum();
            let _ = writeln!(out, "#   {rest:>6}  in {} more", registries.len() - MOST);
        }
        if registries.is_empty() {
            out.push_str("#   none was found\n");
        }
        let chosen = self.packs(&mut out);
        // What a chosen pack moves to is not to be left.
        let targets = chosen.map(|config| config.mappings.target_domains()).unwrap_or_default();
        let mut old = registries.iter().map(|(domain, _)| *domain).chain(["docker.io", "old.example.com"]);
        let example = old.find(|domain| !targets.contains_key(*domain)).unwrap_or_default();
        let Some([from, to]) = own else { return out + &MAPPINGS.replace("{example}", example) };
        let _ = write!(out, "\n# A `from` that ends in `/` covers everything below it.\nmappings:\n  - from: {from}\n    to: {to}\n");
        out
    }

    /// Tells the packs; what those that are chosen come to.
    fn packs(&self, out: &mut String) -> Option<Config> {
        let mut config = None;
        let moves = |counted: &Counted| counted.moves.as_ref().map_or(0, |(_, moves)| *moves);
        let fitting: Vec<&Counted> = self.packs.iter().filter(|counted| moves(counted) > 0).collect();
        out.push_str("\n# Packs of the binary (`transship rules list`).");
        if fitting.is_empty() {
            out.push_str(" None of those that need no variable covers a reference here.\n# extends: []\n");
        } else {
            out.push_str(" These cover references here; keep what you want.\nextends:\n");
            let mut chosen: Vec<String> = Vec::new();
            for counted in fitting {
                let (pack, moved) = (&counted.pack, count(moves(counted), "reference"));
                chosen.push(pack.name.to_owned());
                let together = config::load(&Options { packs: chosen.clone(), ..Options::default() }, &Memory::default()).ok().flatten();
                let why_not = match (&pack.optional, together) {
                    (Some(why), _) => format!(" (optional: {why})"),
                    (None, None) => " (not together with those above)".to_owned(),
                    (None, together) => {
                        config = together;
                        String::new()
                    }
                };
                chosen.truncate(chosen.len() - usize::from(!why_not.is_empty()));
                let sign = if why_not.is_empty() { "  " } else { "# " };
                let _ = writeln!(out, "{sign}- {}  # {moved} here{why_not}; {}", pack.name, first_line(&pack.about));
            }
            if chosen.is_empty() {
                out.push_str("  []\n");
            }
        }
        for Counted { pack, .. } in self.packs.iter().filter(|counted| counted.moves.is_none()) {
            let _ = writeln!(out, "#   {} needs {} in `vars:`; {}", pack.name, pack.required.join(", "), first_line(&pack.about));
        }
        config
    }
}
