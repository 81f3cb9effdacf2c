//! Owns what can be said of a reference's presence: one of a closed list of outcomes, with its reason.

use serde::{Deserialize, Serialize};

use super::{Code, Outcome, Reason};
use crate::platform::Platform;

/// What a registry said of a reference, or why it could not be asked. "Could not ask" is never "missing".
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Presence {
    outcome: Outcome,
    reason: Box<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<Box<Image>>,
}

/// What is known of an image that answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// The digest of its manifest, where the registry told it or its bytes were hashed.
    pub digest: Option<String>,
    /// The manifest's media type.
    pub media_type: String,
    /// Its platforms, sorted, where they were asked for.
    pub platforms: Option<Vec<Platform>>,
    /// Wanted platforms that it lacks.
    pub missing_platforms: Vec<Platform>,
    /// How its digest is known.
    pub proof: Proof,
}

/// How much an image's presence rests on the registry's word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// A header said so.
    #[default]
    Header,
    /// The manifest's bytes were hashed.
    Hashed,
}

impl Presence {
    /// What a reason comes to: its code says the outcome.
    pub(super) fn of(reason: Reason) -> Self {
        Self { outcome: reason.code.outcome(), reason: Box::new(reason), image: None }
    }

    /// What a reason with nothing of the registry comes to.
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self::of(Reason::new(code, message))
    }

    /// The same reason for another outcome, where its code alone does not tell.
    pub(super) fn called(self, outcome: Outcome) -> Self {
        Self { outcome, ..self }
    }

    /// An image that answered.
    pub(super) fn with_image(image: Image, reason: Reason) -> Self {
        Self { image: Some(Box::new(image)), ..Self::of(reason) }
    }

    /// The outcome without its reason.
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Why.
    pub const fn reason(&self) -> &Reason {
        &self.reason
    }

    /// The image, where one answered.
    pub fn image(&self) -> Option<&Image> {
        self.image.as_deref()
    }

    /// The digest of the image, where one answered and it is known.
    pub fn digest(&self) -> Option<&str> {
        self.image()?.digest.as_deref()
    }

    /// The image is there, without the platforms that `image` misses.
    pub(super) fn without_platforms(image: Image, reason: &Reason) -> Self {
        let names: Vec<String> = image.missing_platforms.iter().map(|platform| format!("`{platform}`")).collect();
        let message = format!("it is not there for {}", names.join(", "));
        Self::with_image(image, Reason { code: Code::PlatformMissing, message, ..reason.clone() })
    }

    /// What it is to one who wants these platforms, when one of them is missing.
    pub(super) fn lacking(&self, wanted: &[Platform]) -> Option<Self> {
        let image = self.image().filter(|_| self.outcome == Outcome::ExistsPlatformMissing)?;
        let missing: Vec<Platform> = image.missing_platforms.iter().filter(|missing| wanted.contains(missing)).cloned().collect();
        (!missing.is_empty()).then(|| Self::without_platforms(Image { missing_platforms: missing, ..image.clone() }, &self.reason))
    }

    /// The time for the whole run is used up.
    pub(super) fn late() -> Self {
        Self::new(Code::BudgetExhausted, "the time for the whole run is used up")
    }
}
