//! What the tests of fixtures stand on: cases, the built program, and the comparisons.

pub(crate) mod case;
pub(crate) mod compare;
pub(crate) mod tool;
pub(crate) mod tree;
pub(crate) mod values;
