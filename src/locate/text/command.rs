//! Owns what a command says of one of its words: an image, something else, or that its name has to say it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use serde::Deserialize;

use super::shell::{trimmed, words};
use super::words::WORDS;
use crate::occurrence::Role;
use crate::reference::Naming;

/// What a command says of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// It is an image.
    Image(Role, ShortNames),
    /// It is something else.
    Other,
    /// Nothing: there is no command, or the word is the value of a name.
    Nothing,
}

/// What a name without a registry means to a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ShortNames {
    /// An image of Docker Hub.
    #[default]
    Hub,
    /// What a list of aliases says, before Docker Hub.
    Aliases,
    /// A word without a version is something else: a container.
    None,
    /// Its first part is a registry.
    Registry,
}

/// Programs that take images.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    programs: Vec<String>,
    /// Variables that hold one of them, beside those that are called as it is, in capitals.
    #[serde(default)]
    variables: Vec<String>,
    /// Options before the command that take the next word.
    #[serde(default)]
    valued: String,
    #[serde(default)]
    short_names: ShortNames,
    #[serde(default)]
    begins: Begins,
    commands: Vec<Command>,
}

/// Where the program's name may stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Begins {
    /// Behind other words (`sudo docker`).
    #[default]
    Anywhere,
    /// At the begin of a statement.
    Statement,
    /// Before one of its commands, or one of its options where it has none: its name is a word of prose as well.
    Command,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Command {
    /// Words behind the program's name, any of which calls it.
    words: Vec<String>,
    takes: Takes,
    /// The role of each word that is an image; the last one is that of all others.
    #[serde(default)]
    roles: Vec<Role>,
    /// Options whose value is an image.
    #[serde(default)]
    options: BTreeMap<String, Takes>,
    /// Options that take the next word.
    #[serde(default)]
    valued: String,
    /// Options that take none; when they are listed, all others do.
    switches: Option<String>,
    /// Otherwise than for the program's other commands.
    short_names: Option<ShortNames>,
}

/// Which words are images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Takes {
    /// Of an option: its value is none, or a name in the registry that the command is about.
    None,
    First,
    All,
    Last,
    /// All but the first.
    Rest,
    /// `NAME=IMAGE`.
    Named,
    /// Of an option: its value is pulled.
    Pull,
    /// Of an option: its value is pushed.
    Push,
}

/// A fault in the table fails `the_table_is_read`, so it never reaches a user.
static TABLES: LazyLock<Vec<Table>> =
    LazyLock::new(|| serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/commands.json"))).unwrap_or_default());

/// The programs' names, and those of the variables that hold them: without one nothing is called.
static PROGRAMS: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(programs().chain(variables())).ok());

fn programs() -> impl Iterator<Item = &'static String> {
    TABLES.iter().flat_map(|table| &table.programs)
}

fn variables() -> impl Iterator<Item = &'static String> {
    TABLES.iter().flat_map(|table| &table.variables)
}

/// What stands in texts that call the programs by their names: a name and what ends it, or one and the first word of its command where the name is a
/// word of prose, or the end of many.
pub(super) fn signs() -> impl Iterator<Item = String> {
    let behind = |table: &'static Table, name: &str| -> Vec<String> {
        let first = |words: &'static String| words.split(' ').next().map(|word| format!(" {word}"));
        match table.begins {
            Begins::Anywhere if name.len() > SHORT => [" ", "\"", "'"].map(str::to_owned).to_vec(),
            _ => table.commands.iter().flat_map(|command| &command.words).filter_map(first).collect(),
        }
    };
    let of_name = move |table, name: &'static String| behind(table, name).into_iter().map(move |behind| format!("{name}{behind}"));
    TABLES.iter().flat_map(move |table| table.programs.iter().flat_map(move |name| of_name(table, name)))
}

/// The longest name of a program in which many words end.
const SHORT: usize = 2;

/// Whether a text may call a program that takes images: its name stands there as a word, or as the beginning of a variable's name.
pub(super) fn may_stand_in(text: &[u8]) -> bool {
    let Some(names) = PROGRAMS.as_ref() else { return true };
    let is_call = |found: &aho_corasick::Match| {
        let before = found.start().checked_sub(1).and_then(|at| text.get(at));
        let behind = text.get(found.end()..).unwrap_or_default();
        let is_word =
            before.is_none_or(|byte| !byte.is_ascii_alphanumeric()) && behind.first().is_none_or(|byte| !byte.is_ascii_alphanumeric());
        let is_exact = || {
            text.get(found.range())
                .is_some_and(|word| programs().nth(found.pattern().as_usize()).is_some_and(|name| name.as_bytes() == word))
        };
        let is_variable =
            || matches!(before, Some(b'$' | b'(' | b'{')) && (is_word || behind.starts_with(b"CMD") || behind.starts_with(b"_"));
        is_word && is_exact() || is_variable()
    };
    names.find_overlapping_iter(text).any(|found| is_call(&found))
}

/// What the command at the end of `before` says of the word that follows it.
pub(super) fn said(before: &[u8]) -> Said {
    // A scheme belongs to the word, whatever quotes it stands in.
    let bare = before.strip_suffix(b"docker://").filter(|bare| matches!(bare.last(), Some(b'"' | b'\'')));
    let (words, glued) = words(bare.unwrap_or(before));
    let glued = trimmed(glued);
    let name = glued.iter().position(|byte| *byte == b'=').map(|at| &glued[..at]);
    let Some((table, arguments)) = called(&words) else { return Said::Nothing };
    let Some((command, arguments)) = command(table, &arguments) else {
        return if name.is_some() || arguments.last().is_some_and(|word| says_image(word)) { Said::Nothing } else { Said::Other };
    };
    let image = |role| Said::Image(role, command.short_names.unwrap_or(table.short_names));
    if let Some(name) = name {
        return match command.options.iter().find(|(option, _)| option.as_bytes() == name).map(|(_, takes)| takes) {
            Some(Takes::Push) => image(Role::Push),
            Some(Takes::Pull) => image(Role::Pull),
            Some(Takes::None) => Said::Other,
            _ if command.takes == Takes::Named && !name.starts_with(b"-") => image(Role::Pull),
            _ => Said::Nothing,
        };
    }
    let mut position = 0;
    let mut arguments = arguments.iter();
    while let Some(word) = arguments.next() {
        let word = trimmed(word);
        match word {
            b"--" | b">" | b">>" | b"2>" => return Said::Other,
            [b'-', _, ..] if command.takes_next(word) => {
                if arguments.next().is_some() {
                    continue;
                }
                return match command.options.iter().find(|(option, _)| option.as_bytes() == word).map(|(_, takes)| takes) {
                    Some(Takes::Push) => image(Role::Push),
                    Some(Takes::Pull) => image(Role::Pull),
                    Some(Takes::None) => Said::Other,
                    Some(_) => Said::Nothing,
                    None if says_image(word) => Said::Nothing,
                    None => Said::Other,
                };
            }
            [b'-', _, ..] => {}
            _ if holds_options(word) => {}
            _ => position += 1,
        }
    }
    let is_taken = match command.takes {
        Takes::First | Takes::Last => position == 0,
        Takes::All => true,
        Takes::Rest => position > 0,
        Takes::None | Takes::Named | Takes::Pull | Takes::Push => false,
    };
    let role = command.roles.get(position).or(command.roles.last()).copied().unwrap_or_default();
    if is_taken { image(role) } else { Said::Other }
}

/// The last program that is called by a command's words, and its arguments; none that is the value of another one's option (`--network kind`).
fn called<'w>(words: &'w [&'w [u8]]) -> Option<(&'static Table, Vec<&'w [u8]>)> {
    let tables = |at: usize| {
        let program = program(words.get(at)?);
        let behind = words.get(at + 1..)?;
        // An item of a list of YAML is a statement.
        let begins = words.get(..at).is_some_and(|before| matches!(before, [] | [b"-"]));
        let may_begin = |table: &Table| begins || table.begins != Begins::Statement;
        TABLES
            .iter()
            .find(|table| may_begin(table) && is_called(table, &program) && is_followed(table, behind))
            .map(|table| (table, program))
    };
    let is_value = |at: usize| {
        let option = at.checked_sub(1).and_then(|before| words.get(before)).filter(|word| word.starts_with(b"-"));
        let outer = || (0..at).rev().find_map(|before| Some((before, tables(before)?.0)));
        option.is_some_and(|option| {
            outer().is_some_and(|(before, table)| {
                let own = words.get(before + 1..at).unwrap_or_default();
                command(table, own).is_some_and(|(command, _)| command.takes_next(trimmed(option)))
            })
        })
    };
    let at = (0..words.len()).rev().find(|at| tables(*at).is_some() && !is_value(*at))?;
    let (table, program) = tables(at)?;
    let held = if let Program::Variable(name) = program { held_by(table, name) } else { None };
    Some((table, held.into_iter().chain(words.get(at + 1..)?.iter().copied()).collect()))
}

/// The command that a variable holds with its program: `$DOCKER_RUN`.
fn held_by<'w>(table: &Table, variable: &'w [u8]) -> Option<&'w [u8]> {
    let at = variable.iter().position(|byte| *byte == b'_')?;
    let (program, word) = (variable.get(..at)?, variable.get(at + 1..)?);
    let is_command = || table.commands.iter().flat_map(|command| &command.words).any(|own| own.as_bytes().eq_ignore_ascii_case(word));
    (table.programs.iter().any(|one| one.as_bytes().eq_ignore_ascii_case(program)) && is_command()).then_some(word)
}

/// Whether the text behind the last program in `before` is a sentence that speaks of it: plain words that belong to no command stand directly before
/// what follows.
pub(super) fn is_sentence(before: &[u8]) -> bool {
    let (words, _) = words(before);
    let is_known = |word: &[u8]| {
        let all = TABLES.iter().flat_map(|table| table.commands.iter().flat_map(|command| &command.words));
        programs().any(|name| name.as_bytes() == word) || all.flat_map(|words| words.split(' ')).any(|one| one.as_bytes() == word)
    };
    let is_plain = |word: &&[u8]| word.iter().all(u8::is_ascii_lowercase) && !is_known(word);
    let last = words.get(words.len().saturating_sub(SENTENCE)..).unwrap_or_default();
    last.len() == SENTENCE && last.iter().all(is_plain)
}

/// Whether a word is what a query selects from: in quotes, or behind other words of its text (`SELECT a FROM "docker"`).
pub(super) fn is_from_of_query(before: &str) -> bool {
    let bare = before.trim_end_matches(['"', '\'', '\\', '`']);
    let Some(head) = bare.strip_suffix("FROM ").map(str::trim_end) else { return false };
    bare.len() < before.len() || head.ends_with(|c: char| c.is_alphanumeric() || matches!(c, ')' | '*'))
}

/// The words of the command at the end of `before`.
pub(super) fn words_around(before: &[u8]) -> impl Iterator<Item = &[u8]> {
    let inner = words(before).0;
    // The quotes that are open hold what is printed.
    let outer = before.iter().rposition(|byte| matches!(byte, b'"' | b'\'')).map(|quote| words(&before[..quote]).0);
    inner.into_iter().chain(outer.into_iter().flatten()).map(|word| {
        let word = trimmed(word);
        word.strip_prefix(b"@").unwrap_or(word)
    })
}

/// The program that is called in `before`, without its folders, and the word before what follows, where that is a word of its own.
pub(super) fn program_and_last(before: &[u8]) -> Option<(&[u8], &[u8])> {
    let (words, glued) = words(before);
    if !trimmed(glued).is_empty() {
        return None;
    }
    // `run: make`, `- make`, `FOO=1 make`, `sudo make`, `@make`.
    let is_before =
        |word: &[u8]| word.ends_with(b":") || word.contains(&b'=') || matches!(trimmed(word), b"-" | b"sudo" | b"exec" | b"time" | b"");
    let program = trimmed(words.iter().find(|word| !is_before(word))?);
    let program = program.iter().rposition(|byte| matches!(byte, b'/' | b'@')).map_or(program, |at| &program[at + 1..]);
    Some((program, trimmed(words.last()?)))
}

/// Whether a word is a variable that holds options: `$DOCKER_OPTS`, `$(RUN_ARGS)`, `${ARGS[@]}`.
fn holds_options(word: &[u8]) -> bool {
    let Program::Variable(name) = program(word) else { return false };
    let last = name.rsplit(|byte| *byte == b'_').next().unwrap_or_default();
    name.ends_with(b"[@]") || name.ends_with(b"[*]") || WORDS.options.iter().any(|one| one.as_bytes().eq_ignore_ascii_case(last))
}

/// So many plain words in a row make a sentence.
const SENTENCE: usize = 2;

/// Whether an option's name says that its value is an image: it has to tell whether it is one.
fn says_image(option: &[u8]) -> bool {
    option.starts_with(b"-") && Naming::of(&String::from_utf8_lossy(option)) == Naming::Image
}

impl Command {
    /// Whether an option takes the next word.
    fn takes_next(&self, option: &[u8]) -> bool {
        let is_of = |list: &str| list.split(' ').any(|one| one.as_bytes() == option);
        if option.contains(&b'=') {
            return false;
        }
        if self.options.keys().any(|one| one.as_bytes() == option) {
            return true;
        }
        let Some(switches) = &self.switches else { return is_of(&self.valued) };
        // Several letters behind one dash are switches (`-it`), or one option with its value (`-p80:80`).
        let is_switch = |letter: &u8| switches.split(' ').any(|one| one.as_bytes() == [b'-', *letter]);
        let is_cluster = !option.starts_with(b"--") && option.len() > 2;
        !(is_of(switches) || is_cluster && (option[1..].iter().all(is_switch) || !is_switch(&option[1])))
    }
}

/// The command that the arguments of a program call, and what follows its words. A program that is no more than its options has one without words.
fn command<'t, 'w>(table: &'t Table, arguments: &'w [&'w [u8]]) -> Option<(&'t Command, &'w [&'w [u8]])> {
    let mut rest = arguments;
    let is_bare = table.commands.iter().all(|command| command.words.iter().all(String::is_empty));
    while let Some((option, behind)) = rest.split_first().filter(|(word, _)| !is_bare && word.starts_with(b"-")) {
        let takes_next = table.valued.split(' ').any(|one| one.as_bytes() == trimmed(option));
        rest = if takes_next { behind.get(1..)? } else { behind };
    }
    let length = |words: &str| {
        let mut count = 0;
        let called = words.split(' ').filter(|word| !word.is_empty()).all(|word| {
            count += 1;
            rest.get(count - 1).is_some_and(|own| trimmed(own).eq_ignore_ascii_case(word.as_bytes()))
        });
        called.then_some(count)
    };
    let all = table.commands.iter().flat_map(|command| command.words.iter().map(move |words| (command, words)));
    let (command, count) = all.filter_map(|(command, words)| Some((command, length(words)?))).max_by_key(|(_, count)| *count)?;
    Some((command, rest.get(count..)?))
}

fn is_called(table: &Table, program: &Program<'_>) -> bool {
    match program {
        Program::Plain(name) => table.programs.iter().any(|one| one.as_bytes() == *name),
        Program::Variable(name) => {
            let stem = ["_CMD", "_BIN", "CMD", "_TOOL"].iter().find_map(|end| name.strip_suffix(end.as_bytes())).unwrap_or(name);
            let is_one = |names: &[String], own: &[u8]| names.iter().any(|one| one.as_bytes().eq_ignore_ascii_case(own));
            table.begins != Begins::Statement
                && (is_one(&table.programs, stem) || is_one(&table.variables, name) || held_by(table, name).is_some())
        }
    }
}

/// Whether what stands behind a program's name calls it, where its name alone does not.
fn is_followed(table: &Table, behind: &[&[u8]]) -> bool {
    let is_option = || behind.first().is_some_and(|word| word.starts_with(b"-"));
    table.begins != Begins::Command
        || command(table, behind).is_some_and(|(command, _)| !command.words.iter().all(String::is_empty) || is_option())
}

/// A word that may call a program.
enum Program<'w> {
    /// By its name.
    Plain(&'w [u8]),
    /// By a variable that is called as the program is (`$(DOCKER)`).
    Variable(&'w [u8]),
}

fn program(word: &[u8]) -> Program<'_> {
    let word = trimmed(word);
    let inner = [(b"$(".as_slice(), b")".as_slice()), (b"${", b"}"), (b"$", b"")];
    let is_name = |name: &&[u8]| name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'@' | b'*' | b'[' | b']'));
    let inner = inner.iter().find_map(|(open, close)| word.strip_prefix(*open)?.strip_suffix(*close));
    if let Some(name) = inner.filter(is_name) {
        return Program::Variable(name);
    }
    // `${ENGINE:-docker}`
    if let Some(default) =
        inner.and_then(|inner| inner.iter().position(|byte| *byte == b':').and_then(|at| inner.get(at..)?.strip_prefix(b":-")))
    {
        return Program::Plain(default);
    }
    if word.starts_with(b"-") && word.contains(&b'=') {
        return Program::Plain(word);
    }
    let start = word.iter().rposition(|byte| matches!(byte, b'/' | b'=' | b'@' | b'-' | b'+')).map_or(0, |at| at + 1);
    // A path (`/usr/bin/docker`), a unit's setting (`ExecStart=docker`), a mark of make (`@docker`): but no longer name (`my-docker`).
    let is_mark = |byte: Option<&u8>| byte.is_none_or(|byte| matches!(byte, b'/' | b'=' | b'@' | b'+')) || start == 1;
    if is_mark(start.checked_sub(1).and_then(|at| word.get(at))) { Program::Plain(&word[start..]) } else { Program::Plain(word) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(before: &str) -> Option<Role> {
        match said(before.as_bytes()) {
            Said::Image(role, _) => Some(role),
            Said::Other | Said::Nothing => None,
        }
    }

    #[test]
    fn the_table_is_read() {
        let tables: Result<Vec<Table>, _> = serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/commands.json")));
        assert!(tables.is_ok_and(|tables| tables.len() > 10));
    }

    #[test]
    fn the_first_word_that_is_no_option_is_what_runs() {
        for before in [
            "docker run ",
            "docker run --rm -it -v \"$PWD\":/src -w /src ",
            "podman run --rm \\\n    -p 9090:9090 \\\n     ",
            "VER=$(docker run --rm ",
            "sh \"docker pull ",
            "subprocess.run([\"docker\", \"pull\", \"",
            "\t$(DOCKER) pull ",
            "ExecStartPre=-/usr/bin/docker pull ",
            "echo \"FROM ",
            "ctr -n k8s.io images pull ",
            "docker build --from ",
            "command: [docker, run, --rm, ",
            "command: [ docker, run, ",
            "commands: [docker login, docker pull ",
            "CMD [\"docker\", \"run\", ",
        ] {
            assert_eq!(role(before), Some(Role::Pull), "{before}");
        }
        for before in [
            "docker push ",
            "docker build -t ",
            "docker tag web:ci ",
            "buildah push a ",
            "SAVE IMAGE --push ",
            "/kaniko/executor --destination ",
            "/kaniko/executor --destination=",
            "/kaniko/executor -c . --cache-repo ",
            "gcloud builds submit --tag ",
            "imgpkg push -b ",
            "s2i build . acme/builder ",
        ] {
            assert_eq!(role(before), Some(Role::Push), "{before}");
        }
    }

    #[test]
    fn other_words_of_commands_are_none() {
        for before in [
            "docker run --name ",
            "docker run alpine:3 ",
            "docker logs -f ",
            "docker network create ",
            "docker run -d --name web --link db:",
            "my-docker run ",
            "docker run x; ls ",
            "SELECT * FROM ",
            "helm install db ",
            "kubectl set image deployment/web ",
            "commands: [docker pull alpine:3, ",
            "script: [ docker pull alpine:3, ",
            "docker pull alpine:3, ",
        ] {
            assert_eq!(role(before), None, "{before}");
        }
        assert_eq!(role("kubectl set image deployment/web web="), Some(Role::Pull));
        assert_eq!(role("az acr import -n r --source "), Some(Role::Pull));
        for before in [
            "az acr import -n r --source docker.io/library/nginx:1 --image ",
            "az acr build -r r --image=",
            "az acr repository show -n r --image ",
        ] {
            assert_eq!(said(before.as_bytes()), Said::Other, "{before}");
        }
    }
}
