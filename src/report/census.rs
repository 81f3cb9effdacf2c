//! Owns the short account of many findings: how often which image, by which mapping.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::diagnostic::Diagnostic;
use crate::reference::Reference;
use crate::text::count;
use crate::text::harmless;

/// Findings up to these are read one by one.
const FEW: usize = 50;

/// Images beyond these are counted together.
const MOST: usize = 20;

/// What was found in a run so far.
#[derive(Debug, Default)]
pub struct Census {
    findings: usize,
    images: BTreeMap<(String, String), usize>,
}

impl Census {
    /// Takes in the findings of one set of files.
    pub fn take(&mut self, found: &[Diagnostic]) {
        for one in found.iter().filter(|one| one.is_shown()) {
            let (Some(reference), Some(mapping)) = (&one.reference, &one.mapping) else { continue };
            let name = Reference::parse(reference).map_or_else(|_| reference.clone(), |reference| reference.name().to_string());
            self.findings += 1;
            *self.images.entry((name, mapping.to_string())).or_default() += 1;
        }
    }

    /// Writes it, where there are many: the images that were found most often first.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.findings <= FEW {
            return Ok(());
        }
        let mut images: Vec<(&(String, String), usize)> = self.images.iter().map(|(image, number)| (image, *number)).collect();
        images.sort_by_key(|(image, number)| (Reverse(*number), *image));
        writeln!(out, "{} of {}:", count(self.findings, "finding"), count(images.len(), "image"))?;
        for ((name, mapping), number) in images.iter().take(MOST) {
            writeln!(out, "  {number:>5}  {}  mapping `{}`", harmless(name), harmless(mapping))?;
        }
        if let Some(rest) = images.get(MOST..).filter(|rest| !rest.is_empty()) {
            writeln!(out, "  {:>5}  in {} more", rest.iter().map(|(_, number)| number).sum::<usize>(), rest.len())?;
        }
        writeln!(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Severity;
    use crate::text::{FileId, Span};

    fn written(findings: usize) -> String {
        let mut one = Diagnostic::new("old-registry", Severity::Error, "m", Span::new(FileId(0), 0..1));
        (one.reference, one.mapping) = (Some("acme/web:1".to_owned()), Some("hub".into()));
        let (mut census, mut out) = (Census::default(), Vec::new());
        census.take(&vec![one; findings]);
        census.write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_many_findings_are_counted() {
        assert_eq!(written(FEW), "");
        assert_eq!(written(FEW + 1), "51 findings of 1 image:\n     51  docker.io/acme/web  mapping `hub`\n\n");
    }
}
