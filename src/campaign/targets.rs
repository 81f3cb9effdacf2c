//! Owns what registries said of the targets of a whole campaign, each asked once, and what of it holds a pull request back.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::planned::{Moved, Plan, Visibility};
use super::settings::{Allowance, Settings};
use super::trouble::{Cause, Trouble};
use crate::reference::Reference;
use crate::registry::verify::{Checked, Wanted};
use crate::registry::{Comparison, Outcome, Verdict};

/// What registries said, by the target as plans name it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Targets {
    /// When they were asked, in seconds since 1970.
    pub at: u64,
    /// Each target once.
    pub targets: BTreeMap<String, Target>,
}

/// What a registry said of one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The outcome.
    pub outcome: Outcome,
    /// What it means.
    pub verdict: Verdict,
    /// Why.
    pub why: String,
    /// Its digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Whether it is the image that it takes the place of; none where that was not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same: Option<Same>,
    /// What was said to somebody without a login, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymous: Option<Outcome>,
}

/// Whether two images are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Same {
    /// They are.
    Yes,
    /// They are not.
    No,
    /// Nobody knows.
    Unknown,
}

impl Target {
    /// What a check came to.
    #[must_use]
    pub fn new(checked: &Checked) -> Self {
        Self {
            outcome: checked.presence.outcome(),
            verdict: checked.verdict(),
            why: checked.presence.reason().message.clone(),
            digest: checked.presence.digest().map(str::to_owned),
            same: checked.comparison.as_ref().map(|comparison| match comparison {
                Comparison::Identical => Same::Yes,
                Comparison::Undecided { .. } => Same::Unknown,
                _ => Same::No,
            }),
            anonymous: None,
        }
    }
}

/// What has to be asked for plans: each target once, with what it is a copy of.
#[must_use]
pub fn wanted<'p>(plans: impl Iterator<Item = &'p Plan>) -> BTreeMap<String, Wanted> {
    let mut all = BTreeMap::new();
    for one in plans.flat_map(Plan::targets).filter(|one| one.is_known()) {
        let Ok(target) = Reference::parse(&one.to) else { continue };
        let source = one.source.as_ref().and_then(|source| Reference::parse(source).ok());
        all.entry(one.to.clone()).or_insert_with(|| Wanted { source, ..Wanted::of(target) });
    }
    all
}

/// The targets that public repositories name.
#[must_use]
pub fn public<'p>(plans: impl Iterator<Item = &'p Plan>) -> BTreeSet<&'p str> {
    let public = plans.filter(|plan| plan.visibility == Visibility::Public);
    public.flat_map(Plan::targets).filter(|one| one.is_known()).map(|one| one.to.as_str()).collect()
}

impl Targets {
    /// What was said of the target of a reference.
    #[must_use]
    pub fn of(&self, one: &Moved) -> Option<&Target> {
        self.targets.get(&one.to)
    }

    /// Whether a plan may be shown to people.
    ///
    /// # Errors
    /// [`Trouble`] with what holds it back.
    pub fn guard(&self, plan: &Plan, settings: &Settings) -> Result<(), Trouble> {
        for one in plan.targets().filter(|one| one.is_known()) {
            let Moved { to, .. } = one;
            let known = self.of(one);
            let verdict = known.map_or(Verdict::Undecided, |known| known.verdict);
            let why = known.map_or("nobody has asked its registry; `transship campaign verify` does", |known| known.why.as_str());
            match verdict {
                Verdict::Finding if !settings.allows(Allowance::Missing) => {
                    let outcome = known.map(|known| known.outcome.to_string()).unwrap_or_default();
                    let help = "`allow: [missing]` in campaign.yaml lets it through";
                    return Err(Trouble::new(Cause::TargetMissing, format!("`{to}` is {outcome}: {why}; {help}")));
                }
                Verdict::Undecided if !settings.allows(Allowance::Undecided) => {
                    let help = "`allow: [undecided]` in campaign.yaml lets it through";
                    return Err(Trouble::new(Cause::TargetUnasked, format!("whether `{to}` exists is not known: {why}; {help}")));
                }
                _ => {}
            }
            let wants_login = |outcome| matches!(outcome, Outcome::LoginRequired | Outcome::Denied | Outcome::Unauthorized);
            let is_public = plan.visibility == Visibility::Public;
            if is_public && known.and_then(|known| known.anonymous).is_some_and(wants_login) && !settings.allows(Allowance::Login) {
                let help = "`allow: [login]` in campaign.yaml lets it through";
                let message = format!("everybody sees the repository, and `{to}` wants a login; {help}");
                return Err(Trouble::new(Cause::TargetPrivate, message));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Visibility::{Private, Public};

    fn plan(visibility: Visibility) -> Plan {
        let moved = |to: &str| Moved {
            path: "a".to_owned(),
            line: 1,
            from: "old.io/a:1".to_owned(),
            to: to.to_owned(),
            source: None,
            mapping: None,
            pack: None,
            ends: None,
        };
        Plan { references: vec![moved("new.io/a:1"), moved("new.io/b:{?}")], visibility, ..Plan::default() }
    }

    fn said(outcome: Outcome, anonymous: Option<Outcome>) -> Targets {
        let target = Target { outcome, verdict: outcome.verdict(), why: "so".to_owned(), digest: None, same: None, anonymous };
        Targets { at: 0, targets: [("new.io/a:1".to_owned(), target)].into() }
    }

    #[test]
    fn what_is_missing_undecided_or_private_holds_a_plan_back_unless_it_is_let_through() {
        let settings = |allow: &str| {
            Settings::read(&format!("name: a\nforge: {{kind: local, at: x}}\nrules: {{maps: [a=b]}}\nallow: [{allow}]\n")).unwrap()
        };
        let cause = |targets: &Targets, visibility, allow: &str| {
            targets.guard(&plan(visibility), &settings(allow)).err().map(|trouble| trouble.cause)
        };
        assert_eq!(cause(&Targets::default(), Private, ""), Some(Cause::TargetUnasked));
        assert_eq!(cause(&Targets::default(), Private, "undecided"), None);
        assert_eq!(cause(&said(Outcome::Missing, None), Private, "undecided"), Some(Cause::TargetMissing));
        assert_eq!(cause(&said(Outcome::Missing, None), Private, "missing"), None);
        assert_eq!(cause(&said(Outcome::Unreachable, None), Private, "missing"), Some(Cause::TargetUnasked));
        let private = said(Outcome::Exists, Some(Outcome::LoginRequired));
        assert_eq!(cause(&private, Public, ""), Some(Cause::TargetPrivate));
        assert_eq!(cause(&private, Private, ""), None);
        assert_eq!(cause(&private, Public, "login"), None);
        assert_eq!(cause(&said(Outcome::Exists, Some(Outcome::Exists)), Public, ""), None);
    }
}
