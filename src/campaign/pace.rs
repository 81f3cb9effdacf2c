//! Owns how fast a campaign writes: so many pull requests in a time, and in which hours.

use std::str::FromStr;

/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;

/// At most so many in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub number: usize,
    /// In how many seconds.
    pub seconds: u64,
}

/// GitHub's users are stopped after 60 to 70 pull requests in an hour.
impl Default for Rate {
    fn default() -> Self {
        Self { number: 60, seconds: 60 * 60 }
    }
}

/// Why a text is no rate or window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPace {
    /// Of a rate.
    #[error("expected NUMBER/TIME with `s`, `m`, `h` or `d`, such as `60/h`")]
    Rate,
    /// Of a window.
    #[error("expected days and hours in UTC, such as `mon-thu 08:00-16:00`")]
    Window,
}

impl FromStr for Rate {
    type Err = BadPace;

    fn from_str(text: &str) -> Result<Self, BadPace> {
        let (number, time) = text.split_once('/').ok_or(BadPace::Rate)?;
        let number = number.parse().ok().filter(|number| *number > 0).ok_or(BadPace::Rate)?;
        let seconds = match time {
            "s" => 1,
            "m" => 60,
            "h" => 60 * 60,
            "d" => DAY,
            _ => return Err(BadPace::Rate),
        };
        Ok(Self { number, seconds })
    }
}

impl Rate {
    /// Seconds to wait until one more may be written, where the others were written at `times` (seconds since 1970, in order). Zero means now.
    #[must_use]
    pub fn wait(self, times: &[u64], now: u64) -> u64 {
        let recent = self.recent(times, now);
        // The oldest of the last `number` has to be as old as the time.
        let oldest = recent.len().checked_sub(self.number).and_then(|at| recent.get(at));
        oldest.map_or(0, |oldest| (oldest + self.seconds).saturating_sub(now))
    }

    /// The times that still count.
    #[must_use]
    pub fn recent(self, times: &[u64], now: u64) -> &[u64] {
        // A time after now is of a clock that was set back; it must not stop everything for ever.
        let first = times.iter().position(|time| time + self.seconds > now).unwrap_or(times.len());
        times.get(first..).unwrap_or_default()
    }
}

/// Days and hours in which something may be written, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Days, Monday is 0, both included; the second may come before the first.
    days: (u64, u64),
    /// Seconds of the day, the second not included; it may come before the first: the window goes on after midnight.
    hours: (u64, u64),
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl FromStr for Window {
    type Err = BadPace;

    fn from_str(text: &str) -> Result<Self, BadPace> {
        let day = |text: &str| DAYS.iter().position(|day| text.eq_ignore_ascii_case(day)).map(|day| day as u64);
        let time = |text: &str| {
            let (hours, minutes) = text.split_once(':')?;
            let (hours, minutes) = (hours.parse::<u64>().ok()?, minutes.parse::<u64>().ok()?);
            (minutes < 60 && (hours < 24 || (hours == 24 && minutes == 0))).then_some(hours * 3600 + minutes * 60)
        };
        let pair = |text: &str, read: &dyn Fn(&str) -> Option<u64>| {
            let (from, to) = text.split_once('-').unwrap_or((text, text));
            read(from).zip(read(to))
        };
        let mut words = text.split_whitespace();
        let (first, second) = (words.next().ok_or(BadPace::Window)?, words.next());
        let (days, hours) = match (second, words.next()) {
            (Some(hours), None) => (pair(first, &day), hours),
            (None, None) => (Some((0, 6)), first),
            _ => return Err(BadPace::Window),
        };
        let hours = pair(hours, &time).filter(|(from, to)| from != to);
        Ok(Self { days: days.ok_or(BadPace::Window)?, hours: hours.ok_or(BadPace::Window)? })
    }
}

impl Window {
    /// Whether it is open at a time, in seconds since 1970.
    #[must_use]
    pub fn is_open(self, now: u64) -> bool {
        let ((from, to), second) = (self.hours, now % DAY);
        // The first of January 1970 was a Thursday.
        let day = (now / DAY + 3) % 7;
        let is_day = |day: u64| {
            let (first, last) = self.days;
            if first <= last { (first..=last).contains(&day) } else { day >= first || day <= last }
        };
        if from < to {
            is_day(day) && (from..to).contains(&second)
        } else {
            (is_day(day) && second >= from) || (is_day((day + 6) % 7) && second < to)
        }
    }

    /// Seconds until it opens; zero while it is open.
    #[must_use]
    pub fn wait(self, now: u64) -> u64 {
        // It opens at a full minute, and at least once in eight days.
        let minutes = (0..8 * DAY / 60).map(|minute| if minute == 0 { now } else { (now / 60 + minute) * 60 });
        minutes.into_iter().find(|time| self.is_open(*time)).map_or(DAY, |time| time - now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_counts_back_from_now() {
        let rate: Rate = "3/h".parse().unwrap();
        assert_eq!(rate.wait(&[], 10_000), 0);
        assert_eq!(rate.wait(&[1, 9_000, 9_500], 10_000), 0);
        assert_eq!(rate.wait(&[9_000, 9_400, 9_500], 10_000), 2_600);
        assert_eq!(rate.wait(&[8_000, 9_000, 9_400, 9_500], 10_000), 2_600);
        for bad in ["", "60", "0/h", "h/60", "60/w", "-1/h"] {
            assert_eq!(bad.parse::<Rate>(), Err(BadPace::Rate), "{bad}");
        }
    }

    #[test]
    fn a_window_is_open_on_its_days_and_in_its_hours() {
        // 2026-11-30 is a Monday.
        let monday = 20_787 * DAY;
        let at = |day: u64, hour: u64| monday + day * DAY + hour * 3600;
        let window: Window = "mon-thu 08:00-16:00".parse().unwrap();
        assert!(window.is_open(at(0, 8)) && window.is_open(at(3, 15)));
        assert!(!window.is_open(at(0, 7)) && !window.is_open(at(0, 16)) && !window.is_open(at(4, 9)));
        assert_eq!(window.wait(at(0, 7) + 30), 3600 - 30);
        assert_eq!(window.wait(at(3, 16)), 3 * DAY + 16 * 3600);
        let night: Window = "fri-sun 22:00-02:00".parse().unwrap();
        assert!(night.is_open(at(4, 23)) && night.is_open(at(7, 1)) && !night.is_open(at(4, 1)) && !night.is_open(at(1, 1)));
        assert!("10:00-11:00".parse::<Window>().unwrap().is_open(at(6, 10)));
        for bad in ["", "mon", "mon 8-9", "mon-xyz 08:00-09:00", "mon 08:00-08:00", "25:00-26:00", "mon 08:00-09:00 x"] {
            assert_eq!(bad.parse::<Window>(), Err(BadPace::Window), "{bad}");
        }
    }
}
