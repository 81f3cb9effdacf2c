//! Lints: one file each, whose code reads as "allow CODE".

pub mod broken_document;
pub mod denied_registry;
pub mod missing_reason;
pub mod old_registry;
pub mod suppression;
pub mod unlisted_registry;
pub mod unreadable_file;
pub mod unresolved_reference;
pub mod unused_suppression;
pub mod unwritten_file;

use crate::diagnostic::Severity;
use crate::occurrence::{Occurrence, Origin};
use crate::reference::HOLE;

/// A named check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lint {
    /// Its code.
    pub code: &'static str,
    /// How bad its findings are, unless the finding itself says otherwise.
    pub severity: Severity,
    /// What it finds, in one sentence.
    pub about: &'static str,
}

/// Every lint, by code; the documentation and the reports list them from here.
#[must_use]
pub const fn all() -> &'static [Lint] {
    &[
        broken_document::LINT,
        denied_registry::LINT,
        missing_reason::LINT,
        old_registry::LINT,
        unlisted_registry::LINT,
        unreadable_file::LINT,
        unresolved_reference::LINT,
        unused_suppression::LINT,
        unwritten_file::LINT,
    ]
}

/// A date as `YYYY-MM-DD`, whose order as text is its order in time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(String);

impl Day {
    /// Reads `YYYY-MM-DD`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut number = |digits: usize, least: u32, most: u32| {
            let part = parts.next().filter(|part| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))?;
            part.parse::<u32>().ok().filter(|n| (least..=most).contains(n))
        };
        number(4, 0, 9999)?;
        number(2, 1, 12)?;
        number(2, 1, 31)?;
        parts.next().is_none().then(|| Self(text.to_owned()))
    }

    /// The day `days` after 1970-01-01 (Howard Hinnant's `civil_from_days`, for days after the epoch).
    #[must_use]
    pub fn after_epoch(days: u64) -> Self {
        // A year that begins in March ends with the leap day, so that months before it have fixed lengths.
        let shifted = days + 719_468;
        let (era, of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = era * 400 + year_of_era + u64::from(month <= 2);
        Self(format!("{year:04}-{month:02}-{day:02}"))
    }

    /// `YYYY-MM-DD`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `text` with each hole as `{variable}`: the holes of a reference, and of what becomes of it, come in the order of the occurrence's. A tag that
/// the format takes from elsewhere shows as nothing, as in [`Occurrence::expanded`].
#[must_use]
pub fn shown(text: &str, occurrence: &Occurrence) -> String {
    let mut holes = occurrence.pieces.iter().flat_map(|piece| {
        let name = match &piece.origin {
            Origin::Unset { variable } | Origin::Modified { variable, .. } | Origin::Default { variable } => Some(&**variable),
            Origin::Literal | Origin::Sibling { .. } | Origin::Implied => None,
        };
        piece.text.matches(HOLE).map(move |_| name)
    });
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c != HOLE {
            out.push(c);
        } else if let Some(name) = holes.next().flatten() {
            out.push('{');
            out.push_str(name);
            out.push('}');
        } else if out.ends_with([':', '@']) {
            out.pop();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lints_are_sorted_and_their_codes_differ() {
        assert!(all().windows(2).all(|pair| pair[0].code < pair[1].code));
    }

    #[test]
    fn days_follow_the_calendar() {
        assert_eq!(Day::after_epoch(0).as_str(), "1970-01-01");
        assert_eq!(Day::after_epoch(11_016).as_str(), "2000-02-29");
        assert_eq!(Day::after_epoch(11_017).as_str(), "2000-03-01");
        assert_eq!(Day::after_epoch(20_818).as_str(), "2026-12-31");
        assert!(Day::parse("2026-02-01") < Day::parse("2026-11-01"));
        assert_eq!(Day::parse("2026-1-1"), None);
        assert_eq!(Day::parse("2026-13-01"), None);
    }
}
