//! Owns the names of files that are written beside others before they take their places, which tell them from all others.

/// How the names begin and end. No format's files are called so.
const NAME: (&str, &str) = (".transship-", ".new");

/// The name of the file with this number that a process begins.
#[must_use]
pub fn begun_name(process: u32, number: u32) -> String {
    format!("{}{process}-{number}{}", NAME.0, NAME.1)
}

/// Whether a file is called as those that are begun.
pub(super) fn is_begun(name: &str) -> bool {
    let inner = name.strip_prefix(NAME.0).and_then(|rest| rest.strip_suffix(NAME.1));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    inner.and_then(|inner| inner.split_once('-')).is_some_and(|(process, number)| is_number(process) && is_number(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_called_so_is_begun() {
        assert!(is_begun(&begun_name(12, 0)));
        for name in [".transship-12.new", ".transship-a-1.new", ".transship-1-.new", ".transship.yaml", "x.transship-1-2.new"] {
            assert!(!is_begun(name), "{name}");
        }
    }
}
