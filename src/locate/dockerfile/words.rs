//! Owns the ways an instruction's text is cut into words: flags, plain words, quoted words, the fields of a mount.

use super::lines::{Glyph, Glyphs, is_space};

/// A word: its characters, each with its bytes in the file.
pub(super) type Word = Vec<Glyph>;

/// The most characters of a word or a flag that is read: each of them takes as many bytes as three words of the machine.
pub(super) const LONGEST: usize = 64 << 10;

/// What is said of a longer one.
pub(super) const TOO_LONG: &str = "it has a word of more than 64 KiB, and was not read";

/// Hands out the flags (`--from=x`) at the head of an instruction's text, quotes and escapes taken off; the text is left behind them
/// (`split_command.go`, `extractBuilderFlags`).
///
/// # Errors
/// [`TOO_LONG`] when one of them is; it is not handed out.
pub(super) fn flags(glyphs: &mut Glyphs<'_>, mut take: impl FnMut(&[Glyph])) -> Result<(), &'static str> {
    // One buffer for all of them, as most are passed over.
    let mut flag = Word::new();
    let mut all = Ok(());
    loop {
        glyphs.skip_space();
        if glyphs.peek() != Some(b'-') {
            return all;
        }
        let mut ahead = glyphs.clone();
        ahead.next();
        if ahead.peek() != Some(b'-') {
            return all;
        }
        flag.clear();
        read_flag(glyphs, &mut flag);
        if flag.len() == 2 {
            return all;
        }
        if flag.len() > LONGEST {
            all = Err(TOO_LONG);
        } else {
            take(&flag);
        }
    }
}

fn read_flag(glyphs: &mut Glyphs<'_>, word: &mut Word) {
    let escape = glyphs.escape();
    let mut quote = None;
    let mut mark: Option<Glyph> = None;
    let mut push = |glyph| {
        if word.len() <= LONGEST {
            word.push(glyph);
        }
    };
    for glyph in glyphs.by_ref() {
        if let Some(mark) = mark.take() {
            push(glyph.escaped_by(mark));
            continue;
        }
        match (glyph.byte, quote) {
            (byte, None) if is_space(byte) => break,
            (byte @ (b'\'' | b'"'), None) => quote = Some(byte),
            (byte, Some(open)) if byte == open => quote = None,
            (byte, _) if byte == escape => mark = Some(glyph),
            _ => push(glyph),
        }
    }
}

/// The value of a flag, when the flag is `name`.
pub(super) fn value_of<'w>(flag: &'w [Glyph], name: &str) -> Option<&'w [Glyph]> {
    let (key, value) = split_at_equals(flag.get(2..)?)?;
    is(key, name).then_some(value)
}

/// Whether a word is `text`.
pub(super) fn is(word: &[Glyph], text: &str) -> bool {
    word.len() == text.len() && word.iter().zip(text.bytes()).all(|(glyph, byte)| glyph.byte == byte)
}

/// Whether a word is `text`, in any case.
pub(super) fn is_any_case(word: &[Glyph], text: &str) -> bool {
    word.len() == text.len() && word.iter().zip(text.bytes()).all(|(glyph, byte)| glyph.byte.eq_ignore_ascii_case(&byte))
}

/// The text of a word, as bytes.
pub(super) fn text(word: &[Glyph]) -> Vec<u8> {
    word.iter().map(|glyph| glyph.byte).collect()
}

/// A word cut at its first `=`.
pub(super) fn split_at_equals(word: &[Glyph]) -> Option<(&[Glyph], &[Glyph])> {
    let at = word.iter().position(|glyph| glyph.byte == b'=')?;
    Some((word.get(..at)?, word.get(at + 1..)?))
}

/// Words cut at white space alone; a quote has no meaning here (`parseStringsWhitespaceDelimited`).
pub(super) fn plain(glyphs: &[Glyph]) -> Vec<&[Glyph]> {
    glyphs.split(|glyph| is_space(glyph.byte)).filter(|word| !word.is_empty()).collect()
}

/// Words cut at white space outside of quotes; quotes and escapes stay in them (`parseWords`).
pub(super) fn quoted(glyphs: &[Glyph], escape: u8) -> Vec<&[Glyph]> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut at = 0;
    while let Some(glyph) = glyphs.get(at) {
        if quote.is_none() && is_space(glyph.byte) {
            words.extend(start.take().and_then(|start: usize| glyphs.get(start..at)));
            at += 1;
            continue;
        }
        start.get_or_insert(at);
        match (glyph.byte, quote) {
            (byte, Some(open)) if byte == open => quote = None,
            (byte @ (b'\'' | b'"'), None) => quote = Some(byte),
            // Nothing is escaped between single quotes.
            (byte, open) if byte == escape && open != Some(b'\'') => at += 1,
            _ => {}
        }
        at += 1;
    }
    words.extend(start.and_then(|start| glyphs.get(start..)));
    words
}

/// The fields of a mount: comma separated values as RFC 4180 has them, one record. `None` when it is none.
pub(super) fn fields(value: &[Glyph]) -> Option<Vec<Word>> {
    let mut fields = Vec::new();
    let mut rest = value.iter().copied().peekable();
    loop {
        let mut field = Word::new();
        if rest.next_if(|glyph| glyph.byte == b'"').is_some() {
            loop {
                let glyph = rest.next()?;
                if glyph.byte != b'"' {
                    field.push(glyph);
                } else if let Some(second) = rest.next_if(|next| next.byte == b'"') {
                    field.push(second.escaped_by(glyph));
                } else {
                    break;
                }
            }
        } else {
            while let Some(glyph) = rest.next_if(|glyph| glyph.byte != b',') {
                if glyph.byte == b'"' {
                    return None;
                }
                field.push(glyph);
            }
        }
        fields.push(field);
        match rest.next() {
            None => return Some(fields),
            Some(glyph) if glyph.byte == b',' => {}
            Some(_) => return None,
        }
    }
}
