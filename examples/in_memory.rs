//! Judges files that are on no disk, as an editor or a page in a browser would, and prints the patch: a Compose file with its `.env`, and a chart.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is a program that says something")]

use std::error::Error;

use transship::config::{Options, load};
use transship::judge::{Judge, Look, Reading, Rules};
use transship::link::sets;
use transship::mapping::Date;
use transship::plan::{Applicability, diff};
use transship::source::{Memory, Scope, TreePath, Vendored};

fn main() -> Result<(), Box<dyn Error>> {
    let files = Memory::from([
        (".transship.yaml", "mappings: [{from: docker.io/, to: mirror.example.com/hub/}]\n"),
        ("app/compose.yaml", "services:\n  web: {image: '${WEB}:1.27'}\n  db: {image: 'postgres:17'}\n"),
        ("app/.env", "WEB=docker.io/library/nginx\n"),
        ("chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 1.0.0\n"),
        ("chart/values.yaml", "image: {registry: docker.io, repository: acme/job, tag: '2'}\n"),
        (
            "chart/templates/job.yaml",
            "kind: Job\napiVersion: batch/v1\nspec: {template: {spec: {containers: [{image: \"{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}\"}]}}}\n",
        ),
    ]);
    let config = Options { config: Some(TreePath::new(".transship.yaml")?), ..Options::default() };
    let config = load(&config, &files).map_err(|faults| faults.to_string())?.unwrap_or_default();
    let rules = Rules::new(config, Date { year: 2026, month: 1, day: 1 });
    let scope = Scope::new(vec![TreePath::default()], Vendored::Skip);
    let mut judge = Judge::new(&files, &rules);
    for set in sets(&files, &scope, &[], &rules.formats) {
        for look in judge.look(set, |reading| patch(reading, &rules)) {
            match look {
                Look::Done(patch) => print!("{patch}"),
                Look::Unread { path, reason, .. } => eprintln!("{path}: {reason}"),
                Look::Binary { .. } | Look::Overlooked { .. } | Look::Passed | Look::LeftOut => {}
            }
        }
    }
    Ok(())
}

/// The patch that the safe fixes of a reading come to.
fn patch(reading: &Reading<'_>, rules: &Rules) -> String {
    let plan = reading.judge(rules).plan;
    let edited = reading.files.iter().map(|file| (file, plan.edits_for(file.id, Applicability::Safe).apply(file.bytes)));
    edited.map(|(file, after)| String::from_utf8_lossy(&diff(file.path, file.bytes, &after)).into_owned()).collect()
}
