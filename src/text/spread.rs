//! Owns the spelling out of globs with braces, so that names and endings are looked up in a table instead of being matched one by one.

/// Braces are spelled out up to so many globs.
const MOST: usize = 64;

/// The globs that one with braces stands for, where each of them is a name or an ending (`**/*.{yaml,yml}`); any other glob as it is.
pub(crate) fn spread(glob: &str) -> Vec<String> {
    let mut done = Vec::new();
    let mut open = vec![glob.to_owned()];
    while let Some(next) = open.pop() {
        match first_braces(&next) {
            Some((before, inner, after)) => open.extend(inner.into_iter().map(|one| format!("{before}{one}{after}"))),
            None => done.push(next),
        }
        if open.len() + done.len() > MOST {
            return vec![glob.to_owned()];
        }
    }
    if done.iter().all(|glob| is_looked_up(glob)) { done } else { vec![glob.to_owned()] }
}

/// What stands before the first braces, what they hold between their commas, and what stands behind them.
fn first_braces(glob: &str) -> Option<(&str, Vec<&str>, &str)> {
    let start = glob.find('{')?;
    let (mut depth, mut from, mut inner) = (0_usize, start + 1, Vec::new());
    for (at, sign) in glob.bytes().enumerate().skip(start) {
        match sign {
            b'{' => depth += 1,
            b',' if depth == 1 => {
                inner.push(glob.get(from..at)?);
                from = at + 1;
            }
            b'}' if depth == 1 => {
                inner.push(glob.get(from..at)?);
                return Some((glob.get(..start)?, inner, glob.get(at + 1..)?));
            }
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Whether a glob is the name of a file, or its ending, in any folder.
fn is_looked_up(glob: &str) -> bool {
    let name = glob.strip_prefix("**/").unwrap_or(glob);
    let is_plain = |text: &str| !text.contains(['*', '?', '[', ']', '{', '}', '\\', '!']);
    let is_ending = |text: &str| is_plain(text) && !text.contains(['.', '/']);
    is_plain(name) || name.strip_prefix("*.").is_some_and(is_ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_endings_are_spelled_out() {
        let spread = |glob| {
            let mut all = spread(glob);
            all.sort();
            all.join(" ")
        };
        assert_eq!(spread("**/*.{ya{a,}ml,yml}"), "**/*.yaaml **/*.yaml **/*.yml", "no sign is dropped");
        assert_eq!(spread("**/*.y{a,}ml"), "**/*.yaml **/*.yml");
        assert_eq!(spread("**/{M,m}akefile"), "**/Makefile **/makefile");
        assert_eq!(spread("**/{M,m}akefile{,.*}"), "**/{M,m}akefile{,.*}", "an ending of any kind is matched");
        assert_eq!(spread("**/*.{json,tf.json}"), "**/*.{json,tf.json}", "two endings are none");
        assert_eq!(spread("**/a{b"), "**/a{b");
        assert_eq!(spread(&format!("**/{}", "{a,b}".repeat(9))), format!("**/{}", "{a,b}".repeat(9)), "nothing grows without bound");
    }
}
