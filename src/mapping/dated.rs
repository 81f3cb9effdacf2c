//! Owns when the source of a rule file was read, and whether that is long ago.

use super::{Date, Fault, Faults, Place, RuleFile};

/// A rule file that says when its source was read.
#[derive(Clone, Debug)]
pub struct Dated {
    /// Where it says so.
    pub place: Place,
    /// The day.
    pub as_of: Date,
}

impl RuleFile {
    /// When its source was read, if it says so.
    pub(crate) fn dated(&self) -> Option<Dated> {
        let day = self.root.text_at("as_of")?;
        Some(Dated { place: self.place(&day.span), as_of: Date::parse(&day.text)? })
    }
}

/// The files whose source was read more than a year before `today`.
pub fn outdated(files: &[Dated], today: Date) -> Faults {
    let old = files.iter().filter(|file| file.as_of.a_year_later() < today);
    let fault = |file: &Dated| {
        let message = format!("the source of `{}` was read on {}, more than a year ago", file.place.source.name, file.as_of);
        Fault::new(file.place.clone(), message).help("read it again, and write the day of today")
    };
    Faults::new(old.map(fault).collect())
}
