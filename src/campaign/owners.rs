//! Owns whom a repository names as owners of its files, in the language of GitLab's `CODEOWNERS`: the one forge that reads such a file and asks nobody by
//! itself.
//!
//! Source: docs.gitlab.com/user/project/codeowners/reference.

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobMatcher};

use super::settings::Kind;

/// Where a forge looks for the file, the first that is there; nowhere where the forge asks owners by itself, or nobody reads such a file.
#[must_use]
pub(super) const fn places(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Gitlab => &["CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"],
        // GitHub, Gitea, Forgejo and Bitbucket ask them when a pull request is opened, or is no draft any more.
        Kind::Github | Kind::Gitea | Kind::Bitbucket | Kind::Local => &[],
    }
}

/// One line of the file.
struct Entry {
    glob: GlobMatcher,
    /// Whose the files are; nobody's where they are taken out of the section.
    owners: Vec<String>,
}

/// A section: of its lines the last one that fits a file decides.
#[derive(Default)]
struct Section {
    entries: Vec<Entry>,
    /// Who owns what no line of the section gives to others.
    usual: Vec<String>,
}

/// The people that own one of the files, in order, each once; addresses, roles and groups below others are no names of people.
#[must_use]
pub(super) fn owners<'f>(text: &str, files: impl Iterator<Item = &'f str>) -> Vec<String> {
    let sections = sections(text);
    let mut found = Vec::new();
    for file in files {
        for section in sections.values() {
            let owned = section.entries.iter().rev().find(|entry| entry.glob.is_match(file)).map_or(&[][..], |entry| &entry.owners);
            found.extend(owned.iter().filter_map(|owner| person(owner)));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn sections(text: &str) -> BTreeMap<String, Section> {
    let mut sections: BTreeMap<String, Section> = BTreeMap::new();
    let mut now = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some((name, usual)) = heading(line) {
            // Sections of one name are one, whatever its letters.
            now = name.to_lowercase();
            let section = sections.entry(now.clone()).or_default();
            section.usual = usual;
            continue;
        }
        let section = sections.entry(now.clone()).or_default();
        let words = words(line);
        let Some((pattern, named)) = words.split_first() else { continue };
        let (pattern, is_taken_out) = pattern.strip_prefix('!').map_or((pattern.as_str(), false), |rest| (rest, true));
        let Some(glob) = glob(pattern) else { continue };
        let named = named.iter().take_while(|word| !word.starts_with('#'));
        let owners = match named.cloned().collect::<Vec<String>>() {
            _ if is_taken_out => Vec::new(),
            named if named.is_empty() => section.usual.clone(),
            named => named,
        };
        section.entries.push(Entry { glob, owners });
    }
    sections
}

/// The name of a section and its usual owners: `[Name]`, `^[Name]`, `[Name][2] @owner`.
fn heading(line: &str) -> Option<(&str, Vec<String>)> {
    let rest = line.strip_prefix('^').unwrap_or(line).strip_prefix('[')?;
    let (name, rest) = rest.split_once(']')?;
    // How many have to agree.
    let rest = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(rest, |(_, rest)| rest);
    Some((name.trim(), rest.split_whitespace().map(str::to_owned).collect()))
}

/// The words of a line; a backslash before a blank or a `#` makes it part of its word.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word) = (Vec::new(), String::new());
    let mut signs = line.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => word.extend(signs.next_if(|next| next.is_whitespace() || *next == '#').or(Some('\\'))),
            sign if sign.is_whitespace() => words.extend((!word.is_empty()).then(|| std::mem::take(&mut word))),
            sign => word.push(sign),
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

/// What a pattern fits: at the top where it begins with `/`, everywhere otherwise; all below where it ends with `/`.
fn glob(pattern: &str) -> Option<GlobMatcher> {
    let below = if pattern.ends_with('/') { "**" } else { "" };
    let whole = match pattern.strip_prefix('/') {
        Some(top) => format!("{top}{below}"),
        None => format!("**/{pattern}{below}"),
    };
    GlobBuilder::new(&whole).literal_separator(true).build().ok().map(|glob| glob.compile_matcher())
}

/// The name of a person, as it is asked for.
fn person(owner: &str) -> Option<String> {
    let name = owner.strip_prefix('@')?;
    (!name.is_empty() && !name.starts_with('@') && !name.contains('/')).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, files: &[&str]) -> Vec<String> {
        owners(text, files.iter().copied())
    }

    #[test]
    fn the_last_line_that_fits_decides() {
        let text = "# all\n* @all\n*.yaml @yaml @more # why\n/deploy/ @deploy\ncharts/ @charts\n/deploy/none.yaml\n";
        assert_eq!(of(text, &["README.md"]), ["all"]);
        assert_eq!(of(text, &["a/b.yaml"]), ["more", "yaml"]);
        assert_eq!(of(text, &["deploy/a/b.yaml", "x"]), ["all", "deploy"]);
        assert_eq!(of(text, &["x/deploy/b.txt"]), ["all"], "a pattern with `/` before it is one of the top");
        assert_eq!(of(text, &["x/charts/b.txt"]), ["charts"]);
        assert!(of(text, &["deploy/none.yaml"]).is_empty(), "a line without owners takes them away");
    }

    #[test]
    fn each_section_has_its_own_owners() {
        let text =
            "* @first\n[Docs] @docs\n*.md\nREADME.md @readme\n^[Images][2] @ops @ops2\nDockerfile\n!/old/Dockerfile\n[docs]\n/x.md @late\n";
        assert_eq!(of(text, &["a.md"]), ["docs", "first"]);
        assert_eq!(of(text, &["README.md"]), ["first", "readme"]);
        assert_eq!(of(text, &["web/Dockerfile"]), ["first", "ops", "ops2"]);
        assert_eq!(of(text, &["old/Dockerfile"]), ["first"], "a line with `!` takes its files out of the section");
        assert_eq!(of(text, &["x.md"]), ["first", "late"], "sections of one name are one");
    }

    #[test]
    fn only_people_are_asked_and_odd_lines_harm_nothing() {
        let text = "* @@maintainer @group/team a@example.com @me @\n[odd @x\n{ @broken\n\\#x.md @hash\nwith\\ blank.md @blank\n";
        assert_eq!(of(text, &["a"]), ["me"]);
        assert_eq!(of(text, &["#x.md"]), ["hash"]);
        assert_eq!(of(text, &["with blank.md"]), ["blank"]);
    }
}
