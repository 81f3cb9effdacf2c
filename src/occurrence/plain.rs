//! Owns the question whether a YAML plain scalar reads as a string, under YAML 1.1's types and 1.2's core schema alike.

/// Whether `text`, written without quotes, is a string for every YAML reader: neither null, boolean, number, date nor a collection
/// (yaml.org/type of YAML 1.1; YAML 1.2.2 section 10.3.2).
pub(super) fn is_string(text: &str) -> bool {
    !(is_word(text)
        || is_integer(text)
        || is_float(text)
        || is_date(text)
        || text.starts_with(['[', '{', '&', '*', '!', '|', '>', '@', '`']))
}

fn is_word(text: &str) -> bool {
    const WORDS: [&str; 12] = ["", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "="];
    const SPECIAL: [&str; 2] = [".inf", ".nan"];
    let lower = text.to_ascii_lowercase();
    let unsigned = lower.strip_prefix(['+', '-']).unwrap_or(&lower);
    WORDS.contains(&lower.as_str()) || SPECIAL.contains(&unsigned)
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['+', '-']).unwrap_or(text)
}

fn is_run(text: &str, digit: impl Fn(u8) -> bool) -> bool {
    text.bytes().any(&digit) && text.bytes().all(|b| digit(b) || b == b'_')
}

fn is_integer(text: &str) -> bool {
    let text = unsigned(text);
    let decimal = |t: &str| t.starts_with(|c: char| c.is_ascii_digit()) && is_run(t, |b| b.is_ascii_digit());
    if let Some(digits) = text.strip_prefix("0b") {
        return is_run(digits, |b| matches!(b, b'0' | b'1'));
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return is_run(digits, |b| matches!(b, b'0'..=b'7'));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return is_run(digits, |b| b.is_ascii_hexdigit());
    }
    decimal(text) || is_sexagesimal(text)
}

/// Base 60, as in `190:20:30`, with or without a fraction (`190:20:30.15`).
fn is_sexagesimal(text: &str) -> bool {
    let mut parts = text.split(':');
    let first = parts.next().is_some_and(|part| part.starts_with(|c: char| c.is_ascii_digit()) && is_run(part, |b| b.is_ascii_digit()));
    let rest: Vec<_> = parts.collect();
    let minute = |part: &str| matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']);
    let Some((last, middle)) = rest.split_last() else { return false };
    let (last, fraction) = last.split_once('.').unwrap_or((last, ""));
    first && middle.iter().all(|part| minute(part)) && minute(last) && fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}

fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(mantissa, exponent)| (mantissa, Some(exponent)));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let mantissa = unsigned(mantissa);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let sound = digits(whole) && digits(fraction) && mantissa.bytes().any(|b| b.is_ascii_digit()) && !mantissa.starts_with('_');
    sound && exponent.is_none_or(|exponent| is_run(unsigned(exponent), |b| b.is_ascii_digit()))
}

/// `2024-01-31`, alone or with a time after it.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else { return false };
    let run = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let day = rest.bytes().take_while(u8::is_ascii_digit).count();
    let after = rest.get(day..).unwrap_or_default();
    let timed =
        after.strip_prefix(['T', 't', ' ']).is_some_and(|time| time.starts_with(|c: char| c.is_ascii_digit()) && time.contains(':'));
    year.len() == 4 && run(year) && matches!(month.len(), 1 | 2) && run(month) && matches!(day, 1 | 2) && (after.is_empty() || timed)
}

#[cfg(test)]
mod tests {
    use super::is_string;

    #[test]
    fn tags_that_are_numbers_or_dates_are_no_strings() {
        let texts = "1.10 3 0x1f 0o17 017 1e3 1. .5 -1 1_000 12:30 190:20:30.15 2024-01-31 2024-1-31T10:00:00Z";
        for text in texts.split(' ') {
            assert!(!is_string(text), "{text}");
        }
        for text in ["", "null", "Null", "~", "true", "Off", "yes", "n", ".inf", "-.INF", ".NaN", "[::1]:5000"] {
            assert!(!is_string(text), "{text}");
        }
    }

    #[test]
    fn tags_and_names_are_strings() {
        let strings = "1.10.1 v1 3.6-ubuntu18.04 latest 1-alpine e3 docker.io redis:7 0b2 0xg 1e 20240131-1 2024-01-31-r0 1.2_a";
        for text in strings.split(' ') {
            assert!(is_string(text), "{text}");
        }
    }
}
