//! Owns how long to wait before a request is sent again.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::{Duration, SystemTime};

/// A random part of `first · 2^tried`, at most `longest`: clients that failed together do not come back together.
pub(super) fn jittered(first: Duration, tried: u32, longest: Duration) -> Duration {
    let ceiling = first.saturating_mul(2_u32.saturating_pow(tried)).min(longest);
    let random = u32::try_from(RandomState::new().build_hasher().finish() >> 32).unwrap_or(u32::MAX);
    ceiling.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

/// `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date in any of the forms of section 5.6.7. More seconds than can be counted are as many as can.
pub(crate) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let at = httpdate::parse_http_date(value).ok()?;
    Some(at.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    #[test]
    fn a_date_is_seconds_from_now() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_770);
        for date in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(retry_after(date, now), Some(Duration::from_secs(7)), "{date}");
        }
        assert_eq!(retry_after("Thu, 01 Jan 1970 00:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("99999999999999999999999", now), Some(Duration::from_secs(u64::MAX)));
        assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("soon", now), None);
        assert_eq!(retry_after("-1", now), None);
    }

    #[test]
    fn the_pause_stays_under_its_ceiling() {
        for tried in 0..40 {
            assert!(jittered(Duration::from_millis(500), tried, Duration::from_secs(30)) <= Duration::from_secs(30));
        }
        assert!(jittered(Duration::from_millis(500), 0, Duration::from_secs(30)) <= Duration::from_millis(500));
    }
}
