//! Owns lists in answers that are read up to a number, so that a small text cannot become a large value.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};

/// The first `MOST` elements of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Few<T, const MOST: usize> {
    pub(super) items: Vec<T>,
    pub(super) rest: Rest,
}

/// Whether a list had more elements than were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    Nothing,
    Skipped,
}

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for Few<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<T, const MOST: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for List<T, MOST> {
            type Value = Few<T, MOST>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while items.len() < MOST {
                    let Some(item) = list.next_element()? else { return Ok(Few { items, rest: Rest::Nothing }) };
                    items.push(item);
                }
                let mut rest = Rest::Nothing;
                while list.next_element::<IgnoredAny>()?.is_some() {
                    rest = Rest::Skipped;
                }
                Ok(Few { items, rest })
            }
        }
        deserializer.deserialize_seq(List(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_up_to_its_number_and_tells_of_the_rest() {
        let read = |text: &str| serde_json::from_str::<Few<u8, 2>>(text).unwrap();
        assert_eq!(read("[1,2]"), Few { items: vec![1, 2], rest: Rest::Nothing });
        assert_eq!(read("[1,2,[3,{}],4]"), Few { items: vec![1, 2], rest: Rest::Skipped });
    }
}
