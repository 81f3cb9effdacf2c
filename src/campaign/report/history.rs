//! Owns the report on one repository's own past: how many references were still to move, at each of some times.

use std::io::{self, Write};

use serde_json::json;

use super::{Form, html};
use crate::mapping::Date;

/// How wide the longest bar is.
const WIDTH: usize = 50;

/// Writes what was still to move at each time, in seconds since 1970 and in their order.
///
/// # Errors
/// What the writer says.
pub fn write_history(name: &str, line: &[(u64, usize)], form: Form, out: &mut dyn Write) -> io::Result<()> {
    let day = |time: u64| Date::of_time(time).to_string();
    match form {
        Form::Table => {
            let most = line.iter().map(|(_, left)| *left).max().unwrap_or(0).max(1);
            for (time, left) in line {
                let bar = "#".repeat((left * WIDTH).div_ceil(most));
                writeln!(out, "{}  {left:>6}  {bar}", day(*time))?;
            }
            Ok(())
        }
        Form::Json => {
            let points: Vec<_> = line.iter().map(|(time, left)| json!({"day": day(*time), "at": time, "references": left})).collect();
            writeln!(out, "{:#}", json!({"version": 1, "history": points}))
        }
        Form::Csv => {
            write!(out, "day,references\r\n")?;
            line.iter().try_for_each(|(time, left)| write!(out, "{},{left}\r\n", day(*time)))
        }
        Form::Markdown => {
            writeln!(out, "| day | references still to move |\n|---|---|")?;
            line.iter().try_for_each(|(time, left)| writeln!(out, "| {} | {left} |", day(*time)))
        }
        Form::Html => html::write_line(name, line, out),
    }
}
