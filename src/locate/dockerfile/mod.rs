//! stub
use super::{Fault, Found};
use crate::text::FileId;
/// stub
#[must_use]
pub fn locate(_bytes: &[u8], _file: FileId) -> (Vec<Found>, Vec<Fault>) {
    (Vec::new(), Vec::new())
}
