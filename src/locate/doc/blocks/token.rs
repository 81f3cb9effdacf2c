//! Owns the words, texts and signs of languages with blocks and calls.

use std::borrow::Cow;
use std::ops::Range;

use crate::locate::doc::notation::Notation;

/// What a text is cut into; comments and blanks are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name, with those behind its dots, or a number.
    Word(Range<usize>),
    /// A text in quotes, or a here-document: its bytes with the quotes, how they spell it, and what it says.
    Text(Range<usize>, Notation, Cow<'a, str>),
    /// A bracket that opens, as the one that closes it.
    Open(u8),
    /// A bracket that closes.
    Close(u8),
    /// What sets a key or a name: `=`, `:`, `+=`, `:=`, `?=`, `=>`.
    Sets,
    /// What stands between items: a comma or a semicolon.
    Next,
    /// Any other sign.
    Sign,
    /// The end of a line.
    Line,
    /// The end of the text.
    End,
}

/// The tokens of a text, in order.
pub(super) struct Tokens<'a> {
    text: &'a str,
    at: usize,
    ahead: Option<Token<'a>>,
    /// From where no block comment and no text in three quotes ends any more: they are looked for once.
    open: [usize; 3],
    /// Up to where no text in one quote of either kind ends: the end of its line.
    unclosed: [usize; 2],
    /// Where the line ends that was asked for last.
    line: usize,
    /// How many expressions and here-documents may still turn out not to end.
    left: Left,
}

#[derive(Clone, Copy)]
struct Left {
    expressions: u32,
    documents: u32,
}

/// Bytes of the longest expression that may hold quotes.
const EXPRESSION: usize = 4 << 10;

/// What may stand around a text of several lines, and a comment.
const LONG: [&str; 3] = ["\"\"\"", "'''", "*/"];

impl<'a> Tokens<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        let left = Left { expressions: 1 << 12, documents: 16 };
        Self { text, at: 0, ahead: None, open: [usize::MAX; 3], unclosed: [0; 2], line: 0, left }
    }

    /// The next token, which stays.
    pub(super) fn peek(&mut self) -> &Token<'a> {
        if self.ahead.is_none() {
            self.ahead = Some(self.read());
        }
        self.ahead.as_ref().unwrap_or(&Token::End)
    }

    pub(super) fn next(&mut self) -> Token<'a> {
        self.ahead.take().unwrap_or_else(|| self.read())
    }

    /// Where the reader stands.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    fn read(&mut self) -> Token<'a> {
        let bytes = self.text.as_bytes();
        loop {
            let start = self.at;
            let rest = bytes.get(start..).unwrap_or_default();
            let (length, token) = match rest {
                [] => return Token::End,
                [b'\n', ..] => (1, Token::Line),
                [b'\\', b'\n', ..] => (2, Token::Sign),
                [blank, ..] if blank.is_ascii_whitespace() => {
                    self.at += 1;
                    continue;
                }
                // A byte order mark.
                [0xef, 0xbb, 0xbf, ..] if start == 0 => {
                    self.at += 3;
                    continue;
                }
                [b'#', ..] | [b'/', b'/', ..] => {
                    self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                    continue;
                }
                [b'/', b'*', ..] => match self.end_of(2, start + 2) {
                    Some(end) => {
                        self.at = end;
                        continue;
                    }
                    None => (1, Token::Sign),
                },
                [b'"' | b'\'', ..] => match self.quoted(start) {
                    Some((end, token)) => (end - start, token),
                    None => (1, Token::Sign),
                },
                [b'<', b'<', ..] => match self.here_document(start) {
                    Some((end, token)) => (end - start, token),
                    None => (2, Token::Sign),
                },
                [b'{', ..] => (1, Token::Open(b'}')),
                [b'(', ..] => (1, Token::Open(b')')),
                [b'[', ..] => (1, Token::Open(b']')),
                [close @ (b'}' | b')' | b']'), ..] => (1, Token::Close(*close)),
                [b',' | b';', ..] => (1, Token::Next),
                [b'=' | b'!' | b'<' | b'>', b'=', ..] => (2, Token::Sign),
                [b'=', b'>', ..] | [b'+' | b':' | b'?', b'=', ..] => (2, Token::Sets),
                [b'=' | b':', ..] => (1, Token::Sets),
                [first, ..] if is_of_word(*first) => (word_length(rest), Token::Word(start..start + word_length(rest))),
                _ => (self.text.get(start..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8), Token::Sign),
            };
            self.at = start + length;
            return token;
        }
    }

    /// Behind the next of one of [`LONG`], from `from`.
    fn end_of(&mut self, which: usize, from: usize) -> Option<usize> {
        let (mark, open) = (LONG.get(which)?, self.open.get_mut(which)?);
        if from >= *open {
            return None;
        }
        let found = memchr::memmem::find(self.text.as_bytes().get(from..)?, mark.as_bytes());
        if found.is_none() {
            *open = from;
        }
        Some(from + found? + mark.len())
    }

    /// Where the line ends that the reader is in: it goes forward, and a line may be long.
    fn end_of_line(&mut self, at: usize) -> usize {
        if at >= self.line {
            let rest = self.text.as_bytes().get(at..).unwrap_or_default();
            self.line = at + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        }
        self.line
    }

    /// The text in quotes that begins at a byte: in three of them, or in one on its line.
    fn quoted(&mut self, start: usize) -> Option<(usize, Token<'a>)> {
        let long = LONG.iter().position(|mark| self.text.get(start..).is_some_and(|rest| rest.starts_with(mark)));
        if let Some(end) = long.and_then(|which| self.end_of(which, start + 3)) {
            let inner = self.text.get(start + 3..end - 3)?;
            let inner = inner.strip_prefix("\r\n").or_else(|| inner.strip_prefix('\n')).unwrap_or(inner);
            return Some((end, Token::Text(start..end, Notation::Lines, decoded(inner))));
        }
        let kind = usize::from(self.text.get(start..)?.starts_with('\''));
        if self.unclosed.get(kind).is_some_and(|end| start < *end) {
            return None;
        }
        let line = self.text.get(start..self.end_of_line(start))?;
        let Some(length) = quoted_length(line.as_bytes(), 0, &mut self.left) else {
            *self.unclosed.get_mut(kind)? = start + line.len();
            return None;
        };
        Some((start + length, Token::Text(start..start + length, Notation::Double, decoded(line.get(1..length - 1)?))))
    }

    /// A text of lines behind `<<WORD`, `<<-WORD` or `<<~WORD`, up to a line of that word alone.
    fn here_document(&mut self, start: usize) -> Option<(usize, Token<'a>)> {
        let text = self.text;
        let end = self.end_of_line(start);
        let (first, body) = (text.get(start + 2..end)?, text.get(end + 1..)?);
        let word = first.trim_start_matches(['-', '~']).trim_end_matches('\r').trim_matches(['"', '\'']);
        if word.is_empty() || !word.bytes().all(is_of_word) || self.left.documents == 0 {
            return None;
        }
        let from = start + 2 + first.len() + 1;
        let mut at = from;
        for line in body.split_inclusive('\n') {
            if line.trim() == word {
                let token = Token::Text(from..at, Notation::Verbatim, Cow::Borrowed(text.get(from..at)?));
                return Some((at + line.trim_end_matches(['\r', '\n']).len(), token));
            }
            at += line.len();
        }
        self.left.documents -= 1;
        None
    }
}

const fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The length of the word at the start: dots and dashes in it do not end it.
fn word_length(bytes: &[u8]) -> usize {
    let goes_on = |at: usize| match bytes.get(at) {
        Some(b'.' | b'-') => bytes.get(at + 1).is_some_and(|next| is_of_word(*next)),
        Some(byte) => is_of_word(*byte),
        None => false,
    };
    (0..bytes.len()).find(|at| !goes_on(*at)).unwrap_or(bytes.len())
}

/// The length of the text in quotes at the start of a line, quotes included. An expression in it (`${…}`) may have quotes of its own; where that does
/// not end, the quotes decide.
fn quoted_length(line: &[u8], depth: usize, left: &mut Left) -> Option<usize> {
    let quote = *line.first()?;
    let mut at = 1;
    while let Some(&byte) = line.get(at) {
        match byte {
            b'\\' => at += 2,
            _ if byte == quote => return Some(at + 1),
            b'$' if line.get(at + 1) == Some(&b'{') && depth < 8 && left.expressions > 0 => {
                let length = expression_length(line.get(at..)?, depth, left);
                left.expressions -= u32::from(length.is_none() && left.expressions > 0);
                at += length.unwrap_or(2);
            }
            _ => at += 1,
        }
    }
    None
}

/// The length of `${…}` at the start.
fn expression_length(line: &[u8], depth: usize, left: &mut Left) -> Option<usize> {
    let line = line.get(..EXPRESSION).unwrap_or(line);
    let (mut at, mut open) = (2, 1_usize);
    while let Some(&byte) = line.get(at) {
        at += match byte {
            b'{' => {
                open += 1;
                1
            }
            b'}' => {
                open -= 1;
                if open == 0 {
                    return Some(at + 1);
                }
                1
            }
            b'"' | b'\'' => quoted_length(line.get(at..)?, depth + 1, left)?,
            _ => 1,
        };
    }
    None
}

/// What a text says, its escapes read.
fn decoded(inner: &str) -> Cow<'_, str> {
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut said = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((before, behind)) = rest.split_once('\\') {
        said.push_str(before);
        let mut signs = behind.chars();
        let sign = signs.next();
        let digits = match sign {
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            _ => 0,
        };
        let number = signs.as_str().get(..digits).filter(|_| digits > 0).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        rest = signs.as_str();
        match (number.and_then(char::from_u32), sign) {
            (Some(letter), _) => {
                said.push(letter);
                rest = rest.get(digits..).unwrap_or_default();
            }
            (None, Some('n')) => said.push('\n'),
            (None, Some('t')) => said.push('\t'),
            (None, Some('r')) => said.push('\r'),
            (None, Some('\r')) if rest.starts_with('\n') => rest = rest.get(1..).unwrap_or_default(),
            (None, Some('\n') | None) => {}
            (None, Some(other)) => said.push(other),
        }
    }
    said.push_str(rest);
    Cow::Owned(said)
}
