//! Owns the summary of a job on GitHub: what was found, in Markdown.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::json::Places;
use super::{Report, said, summary};
use crate::diagnostic::{Diagnostic, Severity, Sources, Tally};
use crate::text::harmless;

/// Findings beyond these are counted: a summary has at most a mebibyte.
const MOST: usize = 200;

/// The Markdown that `$GITHUB_STEP_SUMMARY` takes.
#[derive(Debug, Default)]
pub struct GitHubSummary {
    rows: Vec<String>,
    more: usize,
    lints: BTreeMap<&'static str, usize>,
}

impl Report for GitHubSummary {
    fn findings(&mut self, found: &[Diagnostic], sources: &Sources, _: &mut dyn Write) -> io::Result<()> {
        let places = Places::from_top(sources);
        for one in found.iter().filter(|one| one.is_shown()) {
            *self.lints.entry(one.lint).or_default() += 1;
            if self.rows.len() >= MOST {
                self.more += 1;
                continue;
            }
            let mark = if one.severity == Severity::Error { "❌" } else { "⚠️" };
            let place = format!("{}:{}", places.path(one.place), places.position(one.place.file, one.place.start).line);
            let help = one.help.as_deref().map(cell).unwrap_or_default();
            self.rows.push(format!(
                "| {mark} | {} | [{}]({}) | {} | {help} |",
                cell(&place),
                one.lint,
                said::page(one.lint),
                cell(&one.message)
            ));
        }
        Ok(())
    }

    fn finish(&mut self, tally: &Tally, out: &mut dyn Write) -> io::Result<()> {
        let mark = if tally.findings > 0 { "❌" } else { "✅" };
        writeln!(
            out,
            "## {mark} transship: {}, {}\n",
            crate::text::count(tally.findings, "finding"),
            crate::text::count(tally.warnings, "warning")
        )?;
        writeln!(out, "{}", summary::of(tally))?;
        if self.rows.is_empty() {
            return Ok(());
        }
        let lints: Vec<String> = self.lints.iter().map(|(lint, number)| format!("{number} × `{lint}`")).collect();
        writeln!(out, "{}\n\n| | where | lint | what | what to do |\n|---|---|---|---|---|", lints.join(", "))?;
        for row in &self.rows {
            writeln!(out, "{row}")?;
        }
        if self.more > 0 {
            writeln!(out, "\nand {} more", self.more)?;
        }
        writeln!(out)
    }
}

/// Text of others in a cell of a table: nothing of it is Markdown or HTML but backticks that stand alone and
/// in pairs, as those of our own sentences do.
fn cell(text: &str) -> String {
    let text = harmless(text);
    let is_even = text.matches('`').count().is_multiple_of(2) && !text.contains("``");
    let mut out = String::with_capacity(text.len());
    let mut is_code = false;
    for c in text.chars() {
        match c {
            '`' if is_even => {
                is_code = !is_code;
                out.push(c);
            }
            // In a table a bar ends the cell even in code, and a code's text takes no other escapes.
            '|' => out.push_str("\\|"),
            c if is_code => out.push(c),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '!' | '~' | '@' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_cell_or_draws_anything() {
        assert_eq!(cell("`a|b` <img> [x](y)\n"), "`a\\|b` &lt;img&gt; \\[x\\]\\(y\\)\\\\u\\{a\\}");
        assert_eq!(cell("a`<b>"), "a\\`&lt;b&gt;");
        assert_eq!(cell("```<b>`c``"), "\\`\\`\\`&lt;b&gt;\\`c\\`\\`");
    }
}
