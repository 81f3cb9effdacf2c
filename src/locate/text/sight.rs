//! Owns why a text that names an old registry stands where it does: by its file's path and head, and by its line.

use std::ops::Range;
use std::sync::LazyLock;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::command::Said;
use super::comments::Comments;
use super::key::{key_of_item, value_name};
use super::name::{Address, Name};
use super::words::WORDS;
use super::{Cover, compare, short};
use crate::locate::class::HEAD;
use crate::occurrence::Class;
use crate::reference::{HOLE, Naming};
use crate::text::{Needles, spread};

/// What the path and the head of a file say.
pub(super) struct Sight {
    class: Class,
    comments: Comments,
    /// Whether it is a program in Go, whose modules are imported by addresses.
    is_go: bool,
}

/// The sign that begins a comment in a line of the file at `path`. None where nobody writes one: JSON has no comments, markup has others, documents
/// show them to their readers, and what a program writes loses them.
pub(crate) fn comment_sign(path: &str, text: &[u8]) -> Option<&'static str> {
    let Sight { class, comments, .. } = Sight::of(path, text);
    let is_made = matches!(class, Class::Generated | Class::Docs | Class::Changelog | Class::Lock);
    let is_json = path.rsplit_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case("json"));
    if is_made || is_json || text.trim_ascii_start().starts_with(b"<") {
        return None;
    }
    Some(comments.sign())
}

/// Bytes before a text in which a comment may have begun, and of its line on both sides that are looked at: a file may be one line.
const BLOCK: usize = 4 << 10;

impl Sight {
    pub(super) fn of(path: &str, text: &[u8]) -> Self {
        let head = text.get(..HEAD).unwrap_or(text);
        let class = if any(head, &WORDS.generated) { Class::Generated } else { CLASSES.first(path).unwrap_or(Class::Config) };
        Self { class, comments: COMMENTS.first(path).unwrap_or(Comments::Hash), is_go: matches!(path.rsplit_once('.'), Some((_, "go"))) }
    }

    /// Whether a name is one that files of some kind have.
    pub(super) fn knows(name: &str) -> bool {
        CLASSES.first(name).is_some()
    }

    /// How the file's language writes, where that is a way of its own.
    pub(super) fn writing(path: &str) -> Option<Writing> {
        WRITING.first(path)
    }

    /// The class that the file has.
    pub(super) const fn class(&self) -> Class {
        self.class
    }

    /// The class of a name in the line with the bytes `line`, of which a mapping covers that much; `new` are the words by which lines name what
    /// the mappings lead to.
    pub(super) fn class_at(&self, text: &[u8], line: Range<usize>, name: &Name, cover: Cover, new: &Needles) -> Class {
        let begin = text.get(line.start..name.range.start.min(line.start + BLOCK)).unwrap_or_default();
        let near = line.start.max(name.range.start.saturating_sub(BLOCK))..line.end.min(name.range.end + BLOCK);
        let before = text.get(near.start..name.range.start).unwrap_or_default();
        let after = text.get(name.range.end..near.end).unwrap_or_default();
        // A star in a name stands for any text: it is a pattern of names or files, unless its key speaks of images that may be pulled, or it stands for
        // any version of one (`acme/web:*`).
        let says_image = || std::str::from_utf8(before).ok().and_then(key_of_item).is_some_and(Naming::has_image);
        let is_version =
            |hole: &&Range<usize>| hole.start.checked_sub(1).and_then(|at| text.get(at)).is_some_and(|byte| b":@".contains(byte));
        let star = name.holes.iter().filter(|hole| !is_version(hole)).find(|hole| text.get(hole.start..hole.end) == Some(b"*"));
        let pattern = star.filter(|_| !says_image()).and_then(|star| text.get(star.start..near.end));
        // Where its line begins too far away, nobody knows which quotes are open.
        let is_whole = near.start == line.start;
        let line = text.get(near).unwrap_or_default();
        let above = text.get(..name.range.start).unwrap_or_default();
        let in_comment =
            || self.comments.begins(begin) || self.comments.is_in_block(above, BLOCK) || (is_whole && self.comments.has_begun(before));
        let is_alone = cover != Cover::Name;
        match self.class {
            class @ (Class::Generated | Class::Changelog | Class::Url | Class::Compared) => class,
            _ if name.address == Address::Web || is_module(before, name) || is_copied_file(before) => Class::Url,
            Class::Code | Class::Test if self.is_go && !is_tagged(name) && is_import(before, after) => Class::Url,
            class if names(line, new) && !(class.is_in_use() && is_half_moved(before, after, name, new)) || is_copied(before) => {
                Class::Mirror
            }
            // Whoever takes names apart compares them with their parts.
            Class::Code | Class::Test if !is_alone && has_own_domain(line, name) => Class::Compared,
            Class::Code | Class::Test if compare::stands_in(before) || !is_tagged(name) && compare::is_taken_out(before) => Class::Compared,
            class @ (Class::Docs | Class::Test) if !is_alone || !any(line, &WORDS.compared) => class,
            class if in_comment() => {
                if class == Class::Docs {
                    class
                } else {
                    Class::Comment
                }
            }
            Class::Code | Class::Script | Class::Ci | Class::Build | Class::Test if is_alone && any(line, &WORDS.compared) => {
                Class::Compared
            }
            class if class.is_in_use() && compare::is_compared(before, pattern.unwrap_or(after)) => Class::Compared,
            class if is_alone && any(before, &WORDS.compared_in_templates) => {
                if class.is_in_use() {
                    Class::Compared
                } else {
                    class
                }
            }
            class => class,
        }
    }
}

/// Whether a name is a module of Go in a line that imports it.
fn is_import(before: &[u8], after: &[u8]) -> bool {
    let is_alias = |text: &[u8]| text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b' ' | b'\t'));
    let start = before.trim_ascii_start();
    let start = start.strip_prefix(b"import ").unwrap_or(start);
    start.strip_suffix(b"\"").is_some_and(|alias| is_alias(alias) && alias != b"return ") && after.trim_ascii_end() == b"\""
}

/// Whether a name has a tag or a digest, which addresses of modules have not.
fn is_tagged(name: &Name) -> bool {
    name.reads.rsplit('/').next().is_some_and(|last| last.contains(':'))
}

/// Whether a name is a module of Go, by the words before it in its line: of the same command, and where neither a tag nor a flag says that it is an image.
fn is_module(before: &[u8], name: &Name) -> bool {
    if !any(before, &WORDS.modules) {
        return false;
    }
    let command = before.rsplit(|byte| matches!(byte, b';' | b'|' | b'&' | b'`')).next().unwrap_or_default();
    let says_image = || std::str::from_utf8(command).ok().and_then(value_name).is_some_and(Naming::has_image);
    let is_pulled = || matches!(short::said(before, 0, before.len()), Said::Image(..));
    !is_tagged(name) && any(command, &WORDS.modules) && !says_image() && !is_pulled()
}

/// Whether a name is a folder on another machine (`rsync -a host:quay.io/acme .`).
fn is_copied_file(before: &[u8]) -> bool {
    before.last() == Some(&b':') && any(before, &["rsync ", "scp "])
}

/// Whether the registry of a name stands in its line alone, too.
fn has_own_domain(line: &[u8], name: &Name) -> bool {
    let domain = name.reads.split('/').next().unwrap_or_default();
    name.reads.contains('/') && domain.contains('.') && memchr::memmem::find(line, format!("\"{domain}\"").as_bytes()).is_some()
}

/// Whether a line has one of the words, and it begins where a name may.
fn names(line: &[u8], words: &Needles) -> bool {
    words.find(line).iter().any(|found| {
        let before = found.start.checked_sub(1).and_then(|before| line.get(before));
        before.is_none_or(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'.' | b'-'))
    })
}

/// Whether the commands of a line that name what the mappings lead to are others than that with a name, and none of them speaks of the same image:
/// then a part of the line was moved before.
fn is_half_moved(before: &[u8], after: &[u8], name: &Name, new: &Needles) -> bool {
    let signs = [&b"&&"[..], b"||", b";"];
    let from = signs.iter().filter_map(|sign| memchr::memmem::rfind(before, sign).map(|at| at + sign.len())).max().unwrap_or(0);
    let to = signs.iter().filter_map(|sign| memchr::memmem::find(after, sign)).min().unwrap_or(after.len());
    let ((others, own), (rest, other)) = (before.split_at(from), after.split_at(to));
    let last = name.reads.rsplit('/').next().unwrap_or_default();
    let last = last.split([':', '@']).next().unwrap_or_default();
    let segment = format!("/{last}");
    let ends = |rest: Option<&u8>| rest.is_none_or(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')));
    let is_in = |text: &[u8]| memchr::memmem::find_iter(text, segment.as_bytes()).any(|at| ends(text.get(at + segment.len())));
    let speaks = |text: &[u8]| last.contains(HOLE) || is_in(text);
    name.reads.contains('/') && ![own, rest].iter().any(|text| names(text, new)) && ![others, other].iter().any(|text| speaks(text))
}

/// Whether a name is the value of a key that says where something is copied from.
fn is_copied(before: &[u8]) -> bool {
    let is_value = |rest: &[u8]| {
        let scheme = |rest: &&[u8]| rest.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let rest = rest.strip_suffix(b"://").map_or(rest, |rest| &rest[..rest.len() - scheme(&rest)]);
        rest.iter().all(|byte| !byte.is_ascii_alphanumeric())
    };
    // `Mount=type=image,source=quay.io/acme/web`.
    let is_mounted = any(before, &["type=image"]);
    !is_mounted
        && WORDS
            .copied
            .iter()
            .any(|word| memchr::memmem::rfind(before, word.as_bytes()).is_some_and(|at| is_value(&before[at + word.len()..])))
}

fn any(text: &[u8], words: &[impl AsRef<str>]) -> bool {
    words.iter().any(|word| memchr::memmem::find(text, word.as_ref().as_bytes()).is_some())
}

static CLASSES: LazyLock<Globs<Class>> =
    LazyLock::new(|| Globs::read(include_str!("../../../rules/lists/classes.txt"), |word| word.parse().ok()));

static COMMENTS: LazyLock<Globs<Comments>> =
    LazyLock::new(|| Globs::read(include_str!("../../../rules/lists/comments.txt"), Comments::called));

/// How a language writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writing {
    /// Texts stand in quotes.
    Quoted,
    /// Behind a name and a colon stands what that is made of.
    Rules,
}

static WRITING: LazyLock<Globs<Writing>> = LazyLock::new(|| {
    Globs::read(include_str!("../../../rules/lists/writing.txt"), |word| match word {
        "quoted" => Some(Writing::Quoted),
        "rules" => Some(Writing::Rules),
        _ => None,
    })
});

/// Which paths mean what: a list of ours, whose first line that matches counts.
struct Globs<T> {
    set: GlobSet,
    means: Vec<T>,
}

impl<T: Copy> Globs<T> {
    /// Reads lines of `WORD: GLOB GLOB …`; a glob without a slash is the name of a file. Large and small letters are the same.
    fn read(list: &str, meaning: impl Fn(&str) -> Option<T>) -> Self {
        let mut set = GlobSetBuilder::new();
        let mut means = Vec::new();
        for (word, globs) in list.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(": ")) {
            let globs = globs.split_whitespace().map(|glob| if glob.contains('/') { glob.to_owned() } else { format!("**/{glob}") });
            let globs = globs.flat_map(|glob| spread(&glob.to_ascii_lowercase()));
            let globs = globs.filter_map(|glob| GlobBuilder::new(&glob).literal_separator(true).build().ok());
            for (glob, means_this) in globs.zip(std::iter::repeat_with(|| meaning(word))) {
                if let Some(means_this) = means_this {
                    set.add(glob);
                    means.push(means_this);
                }
            }
        }
        Self { set: set.build().unwrap_or_default(), means }
    }

    fn first(&self, path: &str) -> Option<T> {
        self.set.matches(path.to_ascii_lowercase()).into_iter().min().and_then(|at| self.means.get(at).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::super::name;
    use super::*;

    fn class(path: &str, text: &str) -> String {
        let at = text.find("quay.io").unwrap();
        let name = name::around(text.as_bytes(), &(at..at + 7)).unwrap();
        let from = text[..at].rfind('\n').map_or(0, |at| at + 1);
        let to = text[at..].find('\n').map_or(text.len(), |end| at + end);
        let cover = if name.reads.contains('/') { Cover::Name } else { Cover::Below };
        let new = Needles::new(std::iter::once("new.example.com"));
        Sight::of(path, text.as_bytes()).class_at(text.as_bytes(), from..to, &name, cover, &new).to_string()
    }

    #[test]
    fn every_line_of_the_lists_is_read() {
        let lines = |list: &'static str| list.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(": "));
        let globs = |list| lines(list).flat_map(|(_, globs)| globs.split_whitespace()).flat_map(spread).count();
        assert_eq!(CLASSES.means.len(), globs(include_str!("../../../rules/lists/classes.txt")));
        assert_eq!(COMMENTS.means.len(), globs(include_str!("../../../rules/lists/comments.txt")));
        assert_eq!(WRITING.means.len(), globs(include_str!("../../../rules/lists/writing.txt")));
    }

    #[test]
    fn the_path_says_what_a_file_is_for() {
        let cases = [
            ("config", "conf/app.toml"),
            ("config", "x"),
            ("script", "hack/release.sh"),
            ("script", "Makefile"),
            ("ci", ".github/workflows/x.txt"),
            ("ci", "Jenkinsfile"),
            ("build", "Dockerfile"),
            ("docs", "README.md"),
            ("docs", "docs/x.yaml"),
            ("changelog", "docs/CHANGELOG.md"),
            ("code", "pkg/main.go"),
            ("test", "pkg/main_test.go"),
            ("test", "e2e/run.sh"),
            ("generated", "package-lock.json"),
            ("generated", "pkg/zz_generated.deepcopy.go"),
        ];
        for (want, path) in cases {
            assert_eq!(class(path, "x quay.io/a\n"), want, "{path}");
        }
    }

    #[test]
    fn the_line_says_what_a_text_is_for() {
        let cases = [
            ("comment", "a.yaml", "a: b # was quay.io/a"),
            ("config", "a.yaml", "a: \"b # quay.io/a\""),
            ("comment", "a.go", "x := 1 // quay.io/a"),
            ("comment", "a.cmd", "rem docker pull quay.io/a"),
            ("comment", "a.bat", ":: docker pull quay.io/a"),
            ("script", "a.cmd", "docker pull quay.io/a & rem one"),
            ("comment", "a.ini", "; image = quay.io/a"),
            ("comment", "a.cfg", "b = c ; quay.io/a"),
            ("comment", "build.sbt", "// docker pull quay.io/a"),
            ("config", "a.yaml", "image: #@ \"quay.io/a:\" + data.values.tag"),
            ("compared", "a.ps1", "if ($Registry -eq \"quay.io\") {"),
            ("compared", "a.rb", "x if ref.start_with?(\"quay.io/\")"),
            ("config", "a.container", "Mount=type=image,source=quay.io/a,destination=/b"),
            ("comment", "a.go", "/* old:\n   quay.io/a */"),
            ("comment", "a.tpl", "{{/*\n quay.io/a */}}"),
            ("code", "a.go", "x := \"quay.io/a\""),
            ("compared", "a.go", "if strings.HasPrefix(x, \"quay.io/\") {"),
            ("compared", "a.sh", "sed -i s,quay.io,x,"),
            ("compared", "a.yaml", "x: {{ if eq .x \"quay.io\" }}"),
            ("mirror", "a.yaml", "quay.io/a: new.example.com/a"),
            ("mirror", "a.sh", "docker pull quay.io/a && docker tag b new.example.com/a"),
            ("script", "a.sh", "docker pull new.example.com/b && docker pull quay.io/a/web"),
            ("script", "a.sh", "docker tag quay.io/a b"),
            ("url", "a.go", "\t\"quay.io/a/lib\""),
            ("code", "a.go", "\t\"quay.io/a/web\","),
            ("url", "a.yaml", "x: https://quay.io/v2"),
            ("generated", "a.yaml", "# Code generated by x. DO NOT EDIT.\nx: quay.io/a"),
            ("script", "a.sh", "docker pull --quiet quay.io/a"),
        ];
        for (want, path, text) in cases {
            assert_eq!(class(path, text), want, "{path}: {text}");
        }
    }
}
