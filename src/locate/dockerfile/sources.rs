//! Owns what an instruction takes from elsewhere: `COPY --from`, the `from` of each mount of RUN, and both behind ONBUILD.

use super::expand::name_at;
use super::instruction::{Body, Keyword};
use super::lines::Glyph;
use super::text::{Pieces, place};
use super::words::{self, Word};
use crate::occurrence::{Origin, Piece};
use crate::text::{FileId, Span};

/// A position of the language where a reference may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Site {
    From,
    CopyFrom,
    MountFrom,
    OnbuildCopyFrom,
    OnbuildMountFrom,
    Syntax,
}

impl Site {
    /// The engine's name for it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::CopyFrom => "copy-from",
            Self::MountFrom => "mount-from",
            Self::OnbuildCopyFrom => "onbuild-copy-from",
            Self::OnbuildMountFrom => "onbuild-mount-from",
            Self::Syntax => "syntax",
        }
    }

    /// Whether a number means a stage there. In a mount and in FROM it is an image's name.
    pub(super) const fn takes_numbers(self) -> bool {
        matches!(self, Self::CopyFrom | Self::OnbuildCopyFrom)
    }

    /// Whether it takes effect in the build of another image.
    pub(super) const fn is_trigger(self) -> bool {
        matches!(self, Self::OnbuildCopyFrom | Self::OnbuildMountFrom)
    }
}

/// The name of a stage or an image at one of the positions.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) site: Site,
    pub(super) place: Span,
    pub(super) pieces: Vec<Piece>,
}

/// The sources of an instruction, in order; what is wrong with it, when `BuildKit` would refuse it.
pub(super) fn sources(file: FileId, mut body: Body<'_>, take: &mut dyn FnMut(Source)) -> Option<&'static str> {
    let (mut copy, mut mount) = (Site::CopyFrom, Site::MountFrom);
    if body.keyword == Keyword::Onbuild {
        if let Err(long) = words::flags(&mut body.glyphs, |_| {}) {
            return Some(long);
        }
        body = Body::new(body.glyphs);
        (copy, mount) = (Site::OnbuildCopyFrom, Site::OnbuildMountFrom);
        if matches!(body.keyword, Keyword::From | Keyword::Onbuild) {
            return Some("ONBUILD cannot trigger this instruction");
        }
    }
    if !matches!(body.keyword, Keyword::Add | Keyword::Copy | Keyword::Run) {
        return None;
    }
    let mut wrong = None;
    let flags = words::flags(&mut body.glyphs, |flag| match body.keyword {
        Keyword::Copy => words::value_of(flag, "from").and_then(|value| source(copy, file, value)).into_iter().for_each(&mut *take),
        Keyword::Run => match words::value_of(flag, "mount").map(mounted) {
            Some(Ok(from)) => from.and_then(|value| source(mount, file, &value)).into_iter().for_each(&mut *take),
            Some(Err(broken)) => wrong = Some(broken),
            None => {}
        },
        _ => {
            if words::value_of(flag, "from").is_some() {
                wrong = Some("ADD has no `--from`");
            }
        }
    });
    wrong.or(flags.err())
}

/// The value of `from` in a mount.
fn mounted(value: &[Glyph]) -> Result<Option<Word>, &'static str> {
    // Most mounts are caches, which name nothing.
    if !value.windows(5).any(|text| words::is_any_case(text, "from=")) {
        return Ok(None);
    }
    let fields = words::fields(value).ok_or("the quotes of a mount do not match")?;
    // The last one counts, as every key overwrites an earlier one.
    Ok(fields.iter().rev().find_map(|field| {
        let (key, value) = words::split_at_equals(field)?;
        words::is_any_case(key, "from").then(|| value.to_vec())
    }))
}

fn source(site: Site, file: FileId, value: &[Glyph]) -> Option<Source> {
    Some(Source { site, place: place(file, value)?, pieces: unexpanded(file, value) })
}

/// The pieces of a word in which variables are not expanded. `BuildKit` refuses one that has a variable, other builders expand it, so
/// the variable is a hole: what stands beside it is known and may change, the variable's value may not.
fn unexpanded(file: FileId, word: &[Glyph]) -> Vec<Piece> {
    let mut pieces = Pieces::new(file, Origin::Literal);
    let mut at = 0;
    while let Some(glyph) = word.get(at) {
        let rest = word.get(at + 1..).unwrap_or_default();
        let length = if glyph.byte == b'$' { use_length(rest) } else { 0 };
        let used = rest.get(..length).unwrap_or_default();
        if let Some(last) = used.last() {
            let name: Vec<u8> = used.iter().map(|glyph| glyph.byte).filter(|byte| !matches!(byte, b'{' | b'}')).collect();
            pieces.extend([Piece::hole(String::from_utf8_lossy(&name), Span::new(file, glyph.start..last.end))]);
        } else {
            pieces.glyph(*glyph);
        }
        at += 1 + length;
    }
    pieces.finish()
}

/// How many characters a variable's use has behind its dollar sign.
fn use_length(rest: &[Glyph]) -> usize {
    if rest.first().is_some_and(|glyph| glyph.byte == b'{') {
        return rest.iter().position(|glyph| glyph.byte == b'}').map_or(rest.len(), |at| at + 1);
    }
    name_at(rest.iter().map(|glyph| glyph.byte))
}
