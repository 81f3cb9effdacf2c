//! Owns where the findings of a check go: to the output in one form, and to files in others.

use std::ops::ControlFlow;
use std::path::PathBuf;

use crate::diagnostic::{Diagnostic, Sources, Tally};
use crate::disk::{shown, told};
use crate::report::Report;
use crate::report::azure::Azure;
use crate::report::checkstyle::Checkstyle;
use crate::report::concise::Concise;
use crate::report::github::GitHub;
use crate::report::github_summary::GitHubSummary;
use crate::report::gitlab::GitLab;
use crate::report::human::{Colour, Extent, Human};
use crate::report::json::Json;
use crate::report::json_lines::JsonLines;
use crate::report::junit::Junit;
use crate::report::rdjson::Rdjson;
use crate::report::sarif::Sarif;
use crate::report::statistics::Statistics;

use super::gate_args::{Findings, Output, OutputArgs, format};
use super::{Exit, World, environment, kept};

/// The most bytes of a summary that something is added to: GitHub shows no more of one.
const SUMMARY: u64 = 1 << 20;

/// All that shows the findings of a run.
pub(super) struct Outputs {
    format: Findings,
    shown: Box<dyn Report>,
    files: Vec<ToFile>,
    /// Numbers that the shown form has no place for.
    beside: Option<Statistics>,
}

/// A form of the findings for a file.
struct ToFile {
    report: Box<dyn Report>,
    path: PathBuf,
    text: Vec<u8>,
}

impl Outputs {
    /// What the options and the environment say.
    ///
    /// # Errors
    /// The code to end with; why is said already.
    pub(super) fn new(args: &OutputArgs, world: &mut World<'_>) -> Result<Self, Exit> {
        let named = || environment::format().map(|word| format(&word)).transpose();
        let format = match args.format.map_or_else(named, |format| Ok(Some(format))) {
            Ok(format) => format.unwrap_or_default(),
            Err(fault) => return Err(world.fail(&format!("`TRANSSHIP_FORMAT`: {fault}"), "")),
        };
        if args.quiet {
            world.hush();
        }
        let statistics = args.statistics.then(Statistics::default);
        let has_place = matches!(format, Findings::Human | Findings::Json);
        let beside = statistics.clone().filter(|_| !has_place);
        let colour = world.colour();
        let extent = if args.quiet { Extent::Findings } else { Extent::Whole };
        let files = args.outputs.iter().map(|output| ToFile::new(output, statistics.as_ref(), world)).collect::<Result<_, _>>()?;
        Ok(Self { format, shown: report(format, colour, extent, statistics), files, beside })
    }

    /// Whether people read the output.
    pub(super) fn is_for_people(&self) -> bool {
        self.format == Findings::Human
    }

    /// Shows the findings of one set of files, and those that somebody holds back. `Break` where nobody reads them any more, in no form.
    pub(super) fn findings(
        &mut self,
        found: &[Diagnostic],
        suppressed: &[Diagnostic],
        sources: &Sources,
        world: &mut World<'_>,
    ) -> ControlFlow<()> {
        for file in &mut self.files {
            // Memory takes what is written.
            let _ = file.report.findings(found, sources, &mut file.text);
            let _ = file.report.suppressed(suppressed, sources, &mut file.text);
        }
        if let Some(beside) = &mut self.beside {
            beside.take(found, sources);
        }
        let shown = world.out(|out| {
            self.shown.findings(found, sources, out)?;
            self.shown.suppressed(suppressed, sources, out)
        });
        if self.files.is_empty() { shown } else { ControlFlow::Continue(()) }
    }

    /// Shows what comes last, and writes the files.
    ///
    /// # Errors
    /// The code to end with where one cannot be written; which and why is said already.
    pub(super) fn finish(mut self, tally: &Tally, world: &mut World<'_>) -> Result<(), Exit> {
        let _ = world.out(|out| self.shown.finish(tally, out));
        if let Some(beside) = self.beside {
            world.errors(|errors| beside.write(errors));
        }
        let mut done = Ok(());
        for mut file in self.files {
            let _ = file.report.finish(tally, &mut file.text);
            done = kept::write(&file.path, &file.text, world).and(done);
        }
        done
    }
}

impl ToFile {
    fn new(output: &Output, statistics: Option<&Statistics>, world: &mut World<'_>) -> Result<Self, Exit> {
        let report = report(output.format, Colour::No, Extent::Whole, statistics.cloned());
        if let Some(file) = &output.file {
            return Ok(Self { report, path: file.clone(), text: Vec::new() });
        }
        let Some(path) = environment::step_summary() else {
            return Err(world.fail(
                "`--output github-summary` names no file, and `GITHUB_STEP_SUMMARY` is not set",
                "name one: `--output github-summary=FILE`",
            ));
        };
        // Other commands of the step may have written to it.
        let text = match kept::read(&path, &world.start, SUMMARY) {
            Ok(text) => text.into_bytes(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(world.fail(&format!("`{}` was not read: {}", shown(&path), told(&error)), "")),
        };
        Ok(Self { report, path, text })
    }
}

fn report(format: Findings, colour: Colour, extent: Extent, statistics: Option<Statistics>) -> Box<dyn Report> {
    match format {
        Findings::Human => Box::new(Human::new(colour).to(extent).with_statistics(statistics)),
        Findings::Concise => Box::new(Concise),
        Findings::Json => Box::new(Json::with_statistics(statistics)),
        Findings::JsonLines => Box::new(JsonLines),
        Findings::Sarif => Box::<Sarif>::default(),
        Findings::Github => Box::<GitHub>::default(),
        Findings::GithubSummary => Box::<GitHubSummary>::default(),
        Findings::Gitlab => Box::<GitLab>::default(),
        Findings::Junit => Box::<Junit>::default(),
        Findings::Checkstyle => Box::<Checkstyle>::default(),
        Findings::Rdjson => Box::<Rdjson>::default(),
        Findings::Azure => Box::new(Azure),
    }
}
