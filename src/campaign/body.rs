//! Owns the body of a pull request: a template, ours or the user's, filled with a plan and with what registries said; and the mark by which it is found.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use serde::Serialize;

use super::planned::{Moved, Plan};
use super::settings::Settings;
use super::targets::{Same, Targets};
use super::trouble::{Cause, Trouble};
use crate::mapping::Mapping;
use crate::registry::{Outcome, Verdict, digest};
use crate::text::harmless;

/// The template of those who have none of their own.
const TEMPLATE: &str = include_str!("../../rules/texts/pull-request.md");

/// The most bytes of a body; forges take 64 KiB (GitHub 65,536 characters).
const MOST: usize = 60_000;

/// What asks for a branch to be made anew though others have commits on it.
const AGAIN: &str = "<!-- transship again -->";

/// What says that the campaign itself closed a pull request, so that nobody declined it.
const DONE: &str = "<!-- transship closed -->";

/// A mapping, as a template sees it.
#[derive(Debug, Serialize)]
struct About {
    id: String,
    from: String,
    to: Vec<String>,
    #[serde(rename = "about")]
    why: Option<String>,
    link: Option<String>,
    until: Option<String>,
    pack: Option<String>,
    source: Vec<String>,
    as_of: Option<String>,
}

/// A reference, as a template sees it.
#[derive(Debug, Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    moved: &'a Moved,
    /// `yes`, `no`, `not known`, or why it cannot be asked.
    exists: &'static str,
    /// `yes`, `no`, `not known`; empty where nobody wants to know.
    same: &'static str,
}

/// What the mark of a campaign begins with, in the body of each of its pull requests and of its issue.
#[must_use]
pub fn mark(settings: &Settings) -> String {
    format!("<!-- transship campaign={} ", settings.name)
}

/// The body of the pull request for a plan.
///
/// # Errors
/// [`Trouble`] where the template is none, or asks for what is not there.
pub fn body(settings: &Settings, template: Option<&str>, plan: &Plan, targets: &Targets, mappings: &[&Mapping]) -> Result<String, Trouble> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.unwrap_or_default());
    environment.add_filter("code", code);
    let bad = |fault: minijinja::Error| Trouble::new(Cause::State, format!("the template of the body: {fault:#}"));
    environment.add_template("body", template.unwrap_or(TEMPLATE)).map_err(bad)?;
    let moved = plan.mappings();
    let mappings: Vec<About> = mappings.iter().filter(|mapping| moved.contains(&*mapping.id)).map(|mapping| about(mapping)).collect();
    let references: Vec<Row<'_>> = plan.references.iter().map(|one| row(one, targets)).collect();
    let values = context! {
        campaign => settings.name.as_str(),
        references => Value::from(Serde(&references)),
        refused => Value::from(Serde(&plan.refused)),
        left => Value::from(Serde(&plan.left)),
        retired => Value::from(Serde(&plan.retired)),
        unread => Value::from(Serde(&plan.unread)),
        unseen => plan.unseen,
        files => Value::from(Serde(&plan.files)),
        mappings => Value::from(Serde(&mappings)),
        commits => Value::from(Serde(&plan.commits)),
        head => plan.head.as_str(),
        version => env!("CARGO_PKG_VERSION"),
        again => AGAIN,
    };
    let text = environment.get_template("body").and_then(|template| template.render(values)).map_err(bad)?;
    let text = cut(text.trim_end());
    let known = digest(text.as_bytes(), None);
    let known = known.rsplit(':').next().and_then(|hex| hex.get(..16)).unwrap_or_default();
    Ok(format!("{text}\n\n{}change={} body={known} -->\n", mark(settings), plan.change))
}

/// Whether the body on the forge shows something else than `wanted` was made of. What people wrote into it is not looked at.
#[must_use]
pub(super) fn differs(there: &str, wanted: &str, settings: &Settings) -> bool {
    let of = |text: &str| {
        let mark = mark(settings);
        let at = text.rfind(&mark)?;
        text.get(at..)?.split("-->").next().map(str::to_owned)
    };
    // Without the mark it is somebody's own.
    of(there).is_some_and(|there| Some(there) != of(wanted))
}

/// Whether somebody asks for the branch to be made anew.
#[must_use]
pub(super) fn asks_again(body: &str) -> bool {
    body.lines().filter(|line| line.contains(AGAIN)).any(|line| line.trim_start().to_ascii_lowercase().starts_with("- [x]"))
}

/// The body of a pull request that the campaign closes.
#[must_use]
pub(super) fn closed(body: &str) -> String {
    if is_closed(body) { body.to_owned() } else { format!("{}\n{DONE}\n", body.trim_end()) }
}

/// Whether the campaign closed it.
#[must_use]
pub(super) fn is_closed(body: &str) -> bool {
    body.contains(DONE)
}

/// A text of somebody else in a line of Markdown: as code, so that it mentions nobody and closes nothing.
fn code(text: &str) -> String {
    let text = harmless(text).replace('`', "'").replace('|', "\\|");
    if text.is_empty() { String::new() } else { format!("`{text}`") }
}

fn about(mapping: &Mapping) -> About {
    let pack = mapping.pack().map(str::to_owned);
    let known = pack.as_deref().and_then(|name| crate::config::packs().into_iter().find(|pack| pack.name == name));
    About {
        id: mapping.id.to_string(),
        from: mapping.from.clone(),
        to: mapping.to.clone(),
        why: mapping.about.clone(),
        link: mapping.link.clone(),
        until: mapping.until.map(|day| day.to_string()),
        source: known.as_ref().map(|pack| pack.source.clone()).unwrap_or_default(),
        as_of: known.and_then(|pack| pack.as_of).map(|day| day.to_string()),
        pack,
    }
}

fn row<'a>(moved: &'a Moved, targets: &Targets) -> Row<'a> {
    let target = targets.of(moved);
    let exists = match target.map(|target| (target.verdict, target.outcome)) {
        _ if !moved.is_known() => "its tag is a variable",
        Some((Verdict::Good, _)) => "yes",
        Some((_, Outcome::ExistsDigestDiffers | Outcome::ExistsPlatformMissing | Outcome::ExistsBlocked)) => "not as it is wanted",
        Some((Verdict::Finding, _)) => "no",
        Some((Verdict::Undecided, _)) | None => "not known",
    };
    let same = match target.and_then(|target| target.same) {
        Some(Same::Yes) => "yes",
        Some(Same::No) => "no",
        Some(Same::Unknown) => "not known",
        None => "",
    };
    Row { moved, exists, same }
}

/// A text that is no longer than forges take.
pub(super) fn cut(text: &str) -> String {
    if text.len() <= MOST {
        return text.to_owned();
    }
    let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= MOST).last().unwrap_or(0);
    let whole = text.get(..end).unwrap_or_default();
    let whole = whole.rsplit_once('\n').map_or(whole, |(lines, _)| lines);
    format!("{whole}\n\n(the rest is longer than a forge takes)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings::read("name: a\nforge: {kind: local, at: x}\nrules: {maps: [a=b]}\n").unwrap()
    }

    fn plan(to: &str) -> Plan {
        let moved = Moved {
            path: "a`b|@who\n#1".to_owned(),
            line: 7,
            from: "old.io/a:1".to_owned(),
            to: to.to_owned(),
            source: None,
            mapping: Some("m".to_owned()),
            pack: None,
            ends: None,
        };
        Plan { references: vec![moved], change: "c1".to_owned(), ..Plan::default() }
    }

    fn of(plan: &Plan, template: Option<&str>) -> Result<String, Trouble> {
        body(&settings(), template, plan, &Targets::default(), &[])
    }

    #[test]
    fn a_body_shows_what_moves_and_strangers_texts_do_nothing_in_it() {
        let text = of(&plan("new.io/a:1"), None).unwrap();
        assert!(text.contains("`old.io/a:1`") && text.contains("`new.io/a:1`") && text.contains("not known"), "{text}");
        assert!(!text.contains("a`b") && text.contains("a'b\\|@who"), "{text}");
        assert_eq!(text.lines().filter(|line| line.contains("@who")).count(), 1, "{text}");
    }

    #[test]
    fn a_body_is_written_anew_only_where_it_would_say_something_else() {
        let (first, second) = (of(&plan("new.io/a:1"), None).unwrap(), of(&plan("new.io/a:2"), None).unwrap());
        assert!(!differs(&first, &first, &settings()) && differs(&first, &second, &settings()));
        let edited = first.replace("old.io", "OLD");
        assert!(!differs(&edited, &first, &settings()) && !differs("somebody's own", &first, &settings()));
    }

    #[test]
    fn a_ticked_box_asks_for_the_branch_again() {
        let text = of(&plan("new.io/a:1"), None).unwrap();
        assert!(!asks_again(&text) && asks_again(&text.replace("- [ ]", "- [x]")) && asks_again(&text.replace("- [ ]", "- [X]")));
        assert!(!is_closed(&text) && is_closed(&closed(&text)) && closed(&closed(&text)) == closed(&text));
    }

    #[test]
    fn templates_of_people_are_theirs_and_their_faults_are_told() {
        let own = of(&plan("new.io/a:1"), Some("{{ campaign }}: {{ references[0].from | code }}")).unwrap();
        assert!(own.starts_with("a: `old.io/a:1`\n\n<!-- transship campaign=a change=c1 body="), "{own}");
        assert!(of(&plan("b"), Some("{{ nothing }}")).unwrap_err().message.contains("undefined"));
        assert!(of(&plan("b"), Some("{% if %}")).is_err());
    }

    #[test]
    fn a_body_is_no_longer_than_forges_take() {
        let long = Plan { files: (0..10_000).map(|number| format!("folder/file-{number}.yaml")).collect(), ..plan("b") };
        let text = of(&long, Some("{% for file in files %}{{ file }}\n{% endfor %}")).unwrap();
        assert!(text.len() < 65_536 && text.contains("longer than a forge takes") && text.contains("<!-- transship campaign=a "));
    }
}
