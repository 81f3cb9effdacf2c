//! Owns how people read how many there are of something.

/// `1 file`, `2 files`, `3 entries`.
pub fn count(number: usize, what: &str) -> String {
    match what.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u'])) {
        _ if number == 1 => format!("1 {what}"),
        Some(stem) => format!("{number} {stem}ies"),
        None => format!("{number} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        let said = [count(1, "file"), count(0, "file"), count(1, "repository"), count(2, "repository"), count(2, "key")];
        assert_eq!(said, ["1 file", "0 files", "1 repository", "2 repositories", "2 keys"]);
    }
}
