//! Owns the report as one page with everything in it: it loads nothing, and is readable in light and in dark.

use std::io::{self, Write};

use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, context};

use super::burndown::{burndown, points};
use super::{Account, word};
use crate::campaign::status::{Row, Status};
use crate::mapping::Date;
use crate::text::harmless;

/// The page.
const PAGE: &str = include_str!("../../../rules/texts/campaign.html");

/// The size of the drawing.
const SIZE: (f64, f64) = (720.0, 180.0);

/// What is told beside the line.
#[derive(Default)]
struct Beside {
    numbers: Vec<(&'static str, String, usize)>,
    causes: Vec<(&'static str, Vec<(String, String)>)>,
    rows: Vec<Value>,
}

/// Writes the report.
pub(super) fn write(account: &Account<'_>, out: &mut dyn Write) -> io::Result<()> {
    let numbers = account.numbers().into_iter().map(|(status, number)| (word(status), class(status), number)).collect();
    let causes = account.causes().into_iter().map(|(cause, rows)| (cause.words(), troubles(&rows))).collect();
    let rows = account.repositories.iter().map(row).collect();
    let title = format!("Campaign {}", account.campaign);
    page(&title, &burndown(account), account.references(), Beside { numbers, causes, rows }, out)
}

/// Writes the line alone.
pub(super) fn write_line(name: &str, line: &[(u64, usize)], out: &mut dyn Write) -> io::Result<()> {
    let left = line.last().map_or(0, |(_, left)| *left);
    let all = line.iter().map(|(_, left)| *left).max().unwrap_or(0);
    page(name, line, (left, all), Beside::default(), out)
}

fn page(title: &str, line: &[(u64, usize)], (left, all): (usize, usize), beside: Beside, out: &mut dyn Write) -> io::Result<()> {
    let mut environment = Environment::new();
    // Whatever stands in a name or a message is text.
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let Beside { numbers, causes, rows } = beside;
    let day = |point: Option<&(u64, usize)>| point.map_or_else(String::new, |(time, _)| Date::of_time(*time).to_string());
    let values = context! {
        title => title,
        day => day(line.last()),
        first => day(line.first()),
        most => line.iter().map(|(_, left)| *left).max().unwrap_or(0),
        points => points(line, SIZE.0, SIZE.1),
        left => left,
        all => all,
        numbers => Value::from(Serde(&numbers)),
        causes => Value::from(Serde(&causes)),
        rows => rows,
    };
    let text = environment.render_str(PAGE, values).map_err(io::Error::other)?;
    out.write_all(text.as_bytes())
}

fn class(status: Status) -> String {
    serde_json::to_value(status).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn troubles(rows: &[&Row]) -> Vec<(String, String)> {
    let told =
        |row: &&Row| (row.repository.to_string(), row.trouble.as_ref().map(|trouble| harmless(&trouble.message)).unwrap_or_default());
    rows.iter().map(told).collect()
}

fn row(row: &Row) -> Value {
    // A link leads to a page, whatever a forge says.
    let url = row.url.as_ref().filter(|url| ["https://", "http://", "file://"].iter().any(|scheme| url.starts_with(scheme)));
    context! {
        name => row.repository.as_str(),
        status => word(row.status),
        class => class(row.status),
        references => row.references,
        refused => row.refused,
        left => row.left,
        mappings => row.mappings.join(", "),
        url => url.cloned().unwrap_or_default(),
        opened => row.opened.map(|time| Date::of_time(time).to_string()).unwrap_or_default(),
        ended => row.ended.map(|time| Date::of_time(time).to_string()).unwrap_or_default(),
        why => row.trouble.as_ref().map(|trouble| harmless(&trouble.message)).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::name::Name;
    use crate::campaign::trouble::{Cause, Trouble};

    #[test]
    fn a_page_of_a_thousand_repositories_loads_nothing_and_shows_texts_as_texts() {
        let rows: Vec<Row> = (0..1_000)
            .map(|number| Row {
                repository: Name::new(&format!("acme/r{number}")).unwrap(),
                status: if number == 7 { Status::Failed } else { Status::Merged },
                references: 2,
                refused: 0,
                left: 0,
                retired: 0,
                unread: 0,
                mappings: vec!["<b>m</b>".to_owned()],
                url: Some(if number == 8 { "javascript:alert(1)".to_owned() } else { format!("https://forge.example/acme/r{number}/1") }),
                trouble: (number == 7).then(|| Trouble::new(Cause::Git, "</script><script>alert(1)</script>")),
                opened: Some(1_790_000_000),
                ended: Some(1_790_000_000 + number * 3_600),
            })
            .collect();
        let mut page = Vec::new();
        write(&Account { campaign: "a", at: 1_800_000_000, repositories: &rows }, &mut page).unwrap();
        let page = String::from_utf8(page).unwrap();
        assert_eq!(page.matches("<tr data-status=").count(), 1_000);
        assert_eq!(page.matches("<script>").count(), 1, "strangers' texts are no code");
        assert!(page.contains("&lt;b&gt;m&lt;") && page.contains("2 of 2000 references") && !page.contains("javascript:"));
        for loads in ["src=", "@import", "url(", "<link", "fetch("] {
            assert!(!page.contains(loads), "{loads}");
        }
        assert!(page.contains("color-scheme: light dark") && page.len() < 600_000, "{}", page.len());
    }
}
