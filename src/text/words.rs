//! Owns how the words of a closed set are shown and read: as they stand in JSON.

/// Shows each type by its word.
macro_rules! shown_as_in_json {
    ($($word:ty),*) => {$(
        impl std::fmt::Display for $word {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                serde::Serialize::serialize(self, f)
            }
        }
    )*};
}

/// Reads each type from its word.
macro_rules! read_as_in_json {
    ($($word:ty),*) => {$(
        impl std::str::FromStr for $word {
            type Err = serde::de::value::Error;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                serde::Deserialize::deserialize(serde::de::IntoDeserializer::into_deserializer(word))
            }
        }
    )*};
}

pub(crate) use {read_as_in_json, shown_as_in_json};
