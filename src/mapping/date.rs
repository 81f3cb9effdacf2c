//! Owns a day of the calendar.

use std::fmt;

/// A day, as `until:` names it. Days compare in the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// The year, four digits.
    pub year: u16,
    /// The month, from 1.
    pub month: u8,
    /// The day, from 1.
    pub day: u8,
}

impl Date {
    /// Reads `YYYY-MM-DD` (RFC 3339 `full-date`); `None` when it is no day of the calendar.
    pub fn parse(text: &str) -> Option<Self> {
        let shape = text.bytes().enumerate().all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() });
        if text.len() != 10 || !shape {
            return None;
        }
        let date = Self { year: text.get(..4)?.parse().ok()?, month: text.get(5..7)?.parse().ok()?, day: text.get(8..)?.parse().ok()? };
        (1..=date.days()).contains(&date.day).then_some(date)
    }

    /// The day, in UTC, of a time in seconds since 1970 (Howard Hinnant's `civil_from_days`).
    pub fn of_time(seconds: u64) -> Self {
        // A year that begins in March ends with the leap day, so that the months before it have fixed lengths.
        let shifted = seconds / (24 * 60 * 60) + 719_468;
        let (era, of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = era * 400 + year_of_era + u64::from(month <= 2);
        let least = |number: u64| u8::try_from(number).unwrap_or(u8::MAX);
        Self { year: u16::try_from(year).unwrap_or(u16::MAX), month: least(month), day: least(day) }
    }

    /// The same day of the next year; of a leap day, the last of its month.
    #[must_use]
    pub fn a_year_later(self) -> Self {
        let same = Self { year: self.year.saturating_add(1), ..self };
        Self { day: same.day.min(same.days()), ..same }
    }

    const fn days(self) -> u8 {
        match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400)) => 29,
            2 => 28,
            _ => 0,
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_its_day() {
        let day = 24 * 60 * 60;
        for (seconds, date) in
            [(0, "1970-01-01"), (11_017 * day - 1, "2000-02-29"), (11_017 * day, "2000-03-01"), (20_818 * day, "2026-12-31")]
        {
            assert_eq!(Date::of_time(seconds).to_string(), date);
        }
    }

    #[test]
    fn a_leap_day_is_followed_by_the_last_of_february() {
        let later = |text: &str| Date::parse(text).unwrap().a_year_later().to_string();
        assert_eq!((later("2024-02-29").as_str(), later("2026-11-28").as_str()), ("2025-02-28", "2027-11-28"));
    }

    #[test]
    fn knows_the_days_of_the_calendar() {
        for good in ["2026-01-31", "2024-02-29", "2000-02-29"] {
            assert_eq!(Date::parse(good).map(|date| date.to_string()).as_deref(), Some(good));
        }
        for bad in ["2026-02-29", "2026-13-01", "2026-1-01", "1900-02-29", "2026-00-10", "", "2026/01/01"] {
            assert_eq!(Date::parse(bad), None, "{bad}");
        }
        assert!(Date::parse("2026-01-31") < Date::parse("2026-02-01"));
    }
}
