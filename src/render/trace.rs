//! Owns the way back from a rendered image to the text that it comes from, as far as that can be told.
use super::judge::Finding;
use super::scratch::Scratch;
use super::unit::Unit;

/// x
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {}
pub(super) struct Tracer;
impl Tracer {
    pub(super) fn new(_s: &Scratch, _u: &Unit) -> Self { Self }
    pub(super) fn trace(&self, _f: &mut [Finding]) {}
}
