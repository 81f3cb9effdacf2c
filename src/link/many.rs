//! Owns which of many layers over a chart are looked at: those with a key that may be an image's.

use super::chart::{ChartFile, Layer};
use crate::format::{Format, FormatRole, Formats};

/// So many stacks over a chart are each looked at whatever they say: it is executed for every one of them.
pub(super) const MANY: usize = 16;

/// Of many files that may be laid over a chart, keeps those with a key that may be an image's.
pub(super) fn keep_those_of_images(laid: &mut Vec<ChartFile<'_>>, formats: &Formats) {
    let Some(values) = formats.by_role(FormatRole::Values).filter(|_| laid.len() > MANY) else { return };
    laid.retain(|file| has_key_in(file.bytes, values));
}

/// Whether one of the keys of a layer may be an image's.
pub(super) fn has_key_of_images(layer: &Layer<'_>, values: &Format) -> bool {
    match layer {
        Layer::File(file) | Layer::Template(file, _) => has_key_in(file.bytes, values),
        Layer::Inline(inline) => inline.has_key(&|key| values.may_be_in(key.as_bytes())),
    }
}

fn has_key_in(text: &[u8], values: &Format) -> bool {
    let is_key = |line: &str| {
        let line = line.split(" #").next().filter(|line| !line.trim_start().starts_with('#')).unwrap_or_default();
        let keys = line.trim_end().strip_suffix(':').or_else(|| line.rsplit_once(": ").map(|(keys, _)| keys));
        keys.is_some_and(|keys| values.may_be_in(keys.as_bytes()))
    };
    lines(text).any(is_key)
}

/// The lines of a file, without the mark that some begin with.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &str> {
    let mark = "\u{feff}".as_bytes();
    let text = text.strip_prefix(mark).unwrap_or(text);
    let mut from = 0;
    let ends = memchr::memchr_iter(b'\n', text).chain([text.len()]);
    ends.filter_map(move |end| std::str::from_utf8(text.get(std::mem::replace(&mut from, end + 1)..end)?).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::FileId;

    #[test]
    fn of_many_files_those_with_a_key_of_images_are_laid() {
        let texts =
            ["a: 1 # image: x\n", "# image: x\nimages: off\n", "web: {image: acme/x}\n", "web:\n  imageTag:\n", "a: docker-registry\n"];
        let file = |text: &'static str| ChartFile { path: "a.yaml", file: FileId(0), bytes: text.as_bytes() };
        let mut few: Vec<ChartFile<'_>> = texts.map(file).to_vec();
        keep_those_of_images(&mut few, &Formats::builtin());
        assert_eq!(few.len(), texts.len());
        let mut many: Vec<ChartFile<'_>> = texts.map(file).iter().cycle().take(20).copied().collect();
        keep_those_of_images(&mut many, &Formats::builtin());
        assert_eq!(many.len(), 12, "three of five");
    }
}
