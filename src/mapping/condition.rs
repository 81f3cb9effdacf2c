//! Owns `when:`: the conditions under which a mapping applies.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use super::meet::{Atom, both_cover, could_meet};
use super::subject::{Known, Subject};
use super::versions::Versions;
use super::{Context, Node};
use crate::occurrence::Class;
use crate::reference::{HOLE, Part};
use crate::text::{read_as_in_json, shown_as_in_json};

/// The most bytes of a compiled regular expression. `[\w.]{1,200}` has sixteen millions, and a rule file may have hundreds.
const LARGEST_REGEX: usize = 1 << 20;

/// All conditions of a mapping.
#[derive(Clone, Debug, Default)]
pub(crate) struct When {
    /// One suffices; none means any tag.
    pub(crate) tags: Vec<Tag>,
    pub(crate) digest: Option<Presence>,
    pub(crate) formats: Vec<String>,
    files: Option<(Vec<String>, GlobSet)>,
    classes: Vec<Class>,
    pub(crate) official: Option<Official>,
}

/// A condition on the tag.
#[derive(Clone, Debug)]
pub(crate) enum Tag {
    Is(Presence),
    Versions(String, Versions),
    Regex(String, Regex),
    Glob(String, Vec<Atom>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Presence {
    Present,
    Absent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Official {
    #[serde(rename = "true")]
    Only,
    #[serde(rename = "false")]
    Never,
}

shown_as_in_json!(Presence, Official);
read_as_in_json!(Presence, Official);

/// Whether the conditions hold, for every way to fill the holes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    Yes,
    /// The key of a condition that does not hold.
    No(&'static str),
    Maybe(Part),
}

impl When {
    /// Reads the conditions; what the shape already refused is left out.
    pub(crate) fn read(node: &Node, mut wrong: impl FnMut(std::ops::Range<usize>, String)) -> Self {
        let mut when = Self::default();
        for tag in node.texts_at("tag") {
            match Tag::parse(&tag.text) {
                Ok(tag) => when.tags.push(tag),
                Err(why) => wrong(tag.span, why),
            }
        }
        when.digest = node.text_at("digest").and_then(|word| word.text.parse().ok());
        when.formats = node.texts_at("formats").into_iter().map(|text| text.text).collect();
        when.classes = node.texts_at("classes").into_iter().filter_map(|text| text.text.parse().ok()).collect();
        when.official = node.text_at("official").and_then(|word| word.text.parse().ok());
        when.files = read_files(node, wrong);
        when
    }

    /// Whether there is no condition at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.describe().is_empty()
    }

    /// Whether the conditions hold. Without a context (at load), those on the place hold or not, so that none is taken for impossible.
    pub(crate) fn holds(&self, subject: &Subject<'_>, context: Option<&Context<'_>>) -> Holds {
        let mut hidden = None;
        let place = context.map_or(Holds::Yes, |context| self.holds_at(context));
        for holds in [place, self.tag_holds(subject), self.digest_holds(subject), self.official_holds(subject)] {
            match holds {
                Holds::No(why) => return Holds::No(why),
                Holds::Maybe(part) => hidden = hidden.or(Some(part)),
                Holds::Yes => {}
            }
        }
        hidden.map_or(Holds::Yes, Holds::Maybe)
    }

    fn holds_at(&self, context: &Context<'_>) -> Holds {
        if !self.formats.is_empty() && !self.formats.iter().any(|format| format == context.format) {
            return Holds::No("formats");
        }
        if !self.classes.is_empty() && !self.classes.contains(&context.class) {
            return Holds::No("classes");
        }
        if self.files.as_ref().is_some_and(|(_, globs)| !globs.is_match(context.path)) {
            return Holds::No("files");
        }
        Holds::Yes
    }

    fn tag_holds(&self, subject: &Subject<'_>) -> Holds {
        let mut answer = if self.tags.is_empty() { Holds::Yes } else { Holds::No("tag") };
        for tag in &self.tags {
            match tag.holds(subject) {
                Holds::Yes => return Holds::Yes,
                Holds::Maybe(part) => answer = Holds::Maybe(part),
                Holds::No(_) => {}
            }
        }
        answer
    }

    fn digest_holds(&self, subject: &Subject<'_>) -> Holds {
        match (self.digest, subject.digest()) {
            (None, _) | (Some(Presence::Present), Known::Present(_)) | (Some(Presence::Absent), Known::Absent) => Holds::Yes,
            (Some(_), Known::Unknown) => Holds::Maybe(Part::Digest),
            _ => Holds::No("digest"),
        }
    }

    fn official_holds(&self, subject: &Subject<'_>) -> Holds {
        let Some(want) = self.official else { return Holds::Yes };
        let library = "docker.io/library/";
        let sure = |name: &str| name.split(HOLE).next().is_some_and(|known| known.starts_with(library));
        let never = |name: &str| {
            let atoms: Vec<Atom> = library.chars().map(Atom::Is).chain([Atom::Across]).collect();
            !could_meet(name, &atoms)
        };
        let is = if subject.names().all(sure) {
            Some(Official::Only)
        } else if subject.names().all(never) {
            Some(Official::Never)
        } else {
            None
        };
        match is {
            None => Holds::Maybe(subject.hidden()),
            Some(is) if is == want => Holds::Yes,
            Some(_) => Holds::No("official"),
        }
    }

    /// Whether no reference in any place meets both.
    pub(crate) fn excludes(&self, other: &Self) -> bool {
        let tags = !self.tags.is_empty() && !other.tags.is_empty() && self.tags.iter().all(|a| other.tags.iter().all(|b| a.excludes(b)));
        self.digest.zip(other.digest).is_some_and(|(a, b)| a != b)
            || self.official.zip(other.official).is_some_and(|(a, b)| a != b)
            || self.excludes_place(other)
            || tags
    }

    /// Whether no place meets both.
    pub(crate) fn excludes_place(&self, other: &Self) -> bool {
        fn apart<T: PartialEq>(a: &[T], b: &[T]) -> bool {
            !a.is_empty() && !b.is_empty() && !a.iter().any(|word| b.contains(word))
        }
        apart(&self.formats, &other.formats) || apart(&self.classes, &other.classes)
    }

    /// Whether both are the same conditions.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.describe() == other.describe()
    }

    /// The conditions as typed.
    pub(crate) fn describe(&self) -> Vec<(&'static str, String)> {
        let mut all = Vec::new();
        if !self.tags.is_empty() {
            all.push(("tag", self.tags.iter().map(Tag::as_typed).collect::<Vec<_>>().join(", ")));
        }
        all.extend(self.digest.map(|digest| ("digest", digest.to_string())));
        if !self.formats.is_empty() {
            all.push(("formats", self.formats.join(", ")));
        }
        all.extend(self.files.as_ref().map(|(globs, _)| ("files", globs.join(", "))));
        if !self.classes.is_empty() {
            let classes: Vec<String> = self.classes.iter().map(ToString::to_string).collect();
            all.push(("classes", classes.join(", ")));
        }
        all.extend(self.official.map(|official| ("official", official.to_string())));
        all
    }
}

fn read_files(node: &Node, mut wrong: impl FnMut(std::ops::Range<usize>, String)) -> Option<(Vec<String>, GlobSet)> {
    let globs = node.texts_at("files");
    if globs.is_empty() {
        return None;
    }
    let mut set = GlobSetBuilder::new();
    for glob in &globs {
        if glob.text.starts_with('!') {
            wrong(glob.span.clone(), "a glob names files that the mapping is for; `!` takes none out".to_owned());
        }
        match GlobBuilder::new(&glob.text).literal_separator(true).build() {
            Ok(built) => {
                set.add(built);
            }
            Err(error) => wrong(glob.span.clone(), error.kind().to_string()),
        }
    }
    let texts = globs.into_iter().map(|glob| glob.text).collect();
    set.build().ok().map(|set| (texts, set))
}

impl Tag {
    fn parse(text: &str) -> Result<Self, String> {
        if let Some(versions) = Versions::parse(text) {
            return versions.map(|versions| Self::Versions(text.to_owned(), versions));
        }
        if let Some(pattern) = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
            return Ok(Self::Regex(text.to_owned(), whole_regex(pattern)?));
        }
        if let Ok(presence) = text.parse() {
            return Ok(Self::Is(presence));
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-*".contains(c);
        if text.is_empty() || !text.chars().all(allowed) {
            return Err("expected `present`, `absent`, a glob, `/a regular expression/` or versions (`>=1.8`)".into());
        }
        Ok(Self::Glob(text.to_owned(), text.chars().map(|c| if c == '*' { Atom::Within(None) } else { Atom::Is(c) }).collect()))
    }

    fn as_typed(&self) -> String {
        match self {
            Self::Is(presence) => presence.to_string(),
            Self::Versions(text, _) | Self::Regex(text, _) | Self::Glob(text, _) => text.clone(),
        }
    }

    fn holds(&self, subject: &Subject<'_>) -> Holds {
        let tag = match (self, subject.tag()) {
            (_, Known::Unknown) => return Holds::Maybe(Part::Tag),
            (Self::Is(presence), tag) => {
                let found = if matches!(tag, Known::Present(_)) { Presence::Present } else { Presence::Absent };
                return if found == *presence { Holds::Yes } else { Holds::No("tag") };
            }
            (_, Known::Present(tag)) => tag,
            // Nothing said means `latest` to every runtime, unless a digest says more.
            (_, Known::Absent) => match subject.digest() {
                Known::Absent => "latest",
                _ => return Holds::No("tag"),
            },
        };
        let yes = match self {
            Self::Glob(_, atoms) if could_meet(tag, atoms) => true,
            Self::Versions(_, versions) if !tag.contains(HOLE) => versions.hold(tag),
            Self::Regex(_, regex) if !tag.contains(HOLE) => regex.is_match(tag),
            Self::Glob(..) => return Holds::No("tag"),
            _ => true,
        };
        match (yes, tag.contains(HOLE)) {
            (false, _) => Holds::No("tag"),
            (true, true) => Holds::Maybe(Part::Tag),
            (true, false) => Holds::Yes,
        }
    }

    fn excludes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Is(a), Self::Is(b)) => a != b,
            (Self::Versions(_, a), Self::Versions(_, b)) => a.exclude(b),
            (Self::Glob(_, a), Self::Glob(_, b)) => !both_cover(a, b),
            (Self::Glob(text, _), Self::Versions(_, versions)) | (Self::Versions(_, versions), Self::Glob(text, _)) => {
                !text.contains('*') && !versions.hold(text)
            }
            _ => false,
        }
    }
}

/// The regular expression that a whole text must match.
///
/// # Errors
/// What it breaks, in one line.
pub(crate) fn whole_regex(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(LARGEST_REGEX).build().map_err(|error| {
        if let regex::Error::CompiledTooBig(most) = error {
            return format!("it takes more than {most} bytes: repeat less, or write `[a-z0-9]` for `\\w`");
        }
        let text = error.to_string();
        text.lines().last().unwrap_or_default().trim().trim_start_matches("error: ").trim_end_matches('.').to_owned()
    })
}
