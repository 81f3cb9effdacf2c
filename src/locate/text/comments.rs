//! Owns how comments are spelled in files of each kind.

/// How a file's comments are spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comments {
    /// From a number sign to the line's end.
    Hash,
    /// From two slashes to the line's end, or between `/*` and `*/`.
    Slash,
    /// From two dashes to the line's end.
    Dash,
    /// As with [`Comments::Hash`] or [`Comments::Slash`].
    Either,
    /// From a semicolon or a number sign to the line's end.
    Semicolon,
    /// From `rem` or two colons to the line's end.
    Rem,
    /// From a percent sign to the line's end.
    Percent,
}

impl Comments {
    /// Those that a list calls so.
    pub(super) fn called(word: &str) -> Option<Self> {
        match word {
            "hash" => Some(Self::Hash),
            "slash" => Some(Self::Slash),
            "dash" => Some(Self::Dash),
            "either" => Some(Self::Either),
            "semicolon" => Some(Self::Semicolon),
            "rem" => Some(Self::Rem),
            "percent" => Some(Self::Percent),
            _ => None,
        }
    }

    /// What begins one in a line, the sign to write first; they may be written in capitals.
    const fn signs(self) -> &'static [&'static str] {
        match self {
            Self::Hash => &["#"],
            Self::Slash => &["//"],
            Self::Dash => &["--"],
            Self::Either => &["#", "//"],
            Self::Semicolon => &[";", "#"],
            Self::Rem => &["rem ", "@rem ", "::"],
            Self::Percent => &["%"],
        }
    }

    /// The sign that begins one.
    pub(super) fn sign(self) -> &'static str {
        self.signs().first().map_or("#", |sign| sign.trim_end())
    }

    /// Whether there are those of several lines between `/*` and `*/`.
    const fn has_blocks(self) -> bool {
        matches!(self, Self::Slash | Self::Either)
    }

    /// Whether a line that begins so is a comment.
    pub(super) fn begins(self, line: &[u8]) -> bool {
        // A byte order mark belongs to no line.
        let start = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii_start();
        let is_sign =
            |sign: &&str| start.get(..sign.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(sign.as_bytes())) && !is_code(start);
        self.signs().iter().any(is_sign) || self.has_blocks() && start.starts_with(b"* ")
    }

    /// Whether a comment begins in the part of a line `before` a place.
    pub(super) fn has_begun(self, before: &[u8]) -> bool {
        self.signs().iter().any(|sign| {
            let tail = memchr::memmem::rfind(before, format!(" {sign}").as_bytes());
            let is_tail = |at: &usize| !before.get(at + 1..).is_some_and(is_code);
            tail.filter(is_tail).and_then(|at| before.get(..at)).is_some_and(is_outside_of_strings)
        })
    }

    /// Whether a comment of several lines is open at the end of `above`, which is looked at as far as `near` bytes.
    pub(super) fn is_in_block(self, above: &[u8], near: usize) -> bool {
        let near = above.get(above.len().saturating_sub(near)..).unwrap_or(above);
        // A section of Mustache (`{{#each}}`) is no comment of Jinja.
        let is_section = |at: &usize| {
            near.get(..*at).is_some_and(|before| before.ends_with(b"{")) && near.get(*at..).is_some_and(|rest| rest.starts_with(b"{#"))
        };
        let last = |text: &str| memchr::memmem::rfind(near, text.as_bytes()).filter(|at| !is_section(at));
        let is_open = |open: &str, close: &str| last(open).is_some_and(|open| last(close).is_none_or(|close| close < open));
        self.has_blocks() && is_open("/*", "*/")
            || is_open("<!--", "-->")
            || is_open("{{/*", "*/}}")
            || is_open("{{- /*", "*/")
            || is_open("{#", "#}")
    }
}

/// Whether what begins as a comment is code: ytt's, in a document of YAML.
fn is_code(text: &[u8]) -> bool {
    text.starts_with(b"#@ ")
}

/// Whether every quote before is closed.
fn is_outside_of_strings(before: &[u8]) -> bool {
    let even = |quote: u8| memchr::memchr_iter(quote, before).count().is_multiple_of(2);
    even(b'"') && even(b'\'')
}
