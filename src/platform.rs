//! Owns the name of a platform: for which operating system and processor an image is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A platform as image indexes name it: `linux/amd64`, `linux/arm/v7`. Normalised as containerd does, so that two names of one platform are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Platform {
    /// `linux`, `windows`, …
    os: String,
    /// `amd64`, `arm64`, …
    architecture: String,
    /// `v7`, `v8`, … where it is told.
    variant: Option<String>,
}

/// A text that names no platform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no platform: expected os/architecture[/variant], such as `linux/arm64`")]
pub struct NoPlatform;

/// Architectures that may be named alone; they are Linux's then. A word that is not here might be an operating system.
const ALONE: &[&str] = &["386", "amd64", "arm", "arm64", "loong64", "mips64le", "ppc64le", "riscv64", "s390x"];

/// The longest part of a name, in bytes; no real one comes near.
const LONGEST: usize = 32;

impl Platform {
    /// `amd64`, `arm64`, …
    pub fn architecture(&self) -> &str {
        &self.architecture
    }

    /// Whether an image for `self` serves one who wants `wanted`. Without a wanted variant any serves; arm64 is v8 unless it says otherwise.
    pub fn serves(&self, wanted: &Self) -> bool {
        self.os == wanted.os
            && self.architecture == wanted.architecture
            && (wanted.variant.is_none() || self.told_variant() == wanted.told_variant())
    }

    /// The platform with the variant that its name implies: an index and a configuration tell `linux/arm64` differently.
    #[must_use]
    pub fn told(self) -> Self {
        Self { variant: self.told_variant().map(str::to_owned), ..self }
    }

    fn told_variant(&self) -> Option<&str> {
        self.variant.as_deref().or_else(|| (self.architecture == "arm64").then_some("v8"))
    }
}

impl FromStr for Platform {
    type Err = NoPlatform;

    /// Reads `os/architecture[/variant]` in any case, or an architecture alone, with the other names that people and programs use for them
    /// (`normalizeArch` in containerd's platforms/database.go).
    fn from_str(text: &str) -> Result<Self, NoPlatform> {
        let text = text.to_ascii_lowercase();
        let parts: Vec<&str> = text.split('/').collect();
        let (os, architecture, variant) = match parts.as_slice() {
            [architecture] => ("linux", *architecture, None),
            [os, architecture] => (*os, *architecture, None),
            [os, architecture, variant] => (*os, *architecture, Some(*variant)),
            _ => return Err(NoPlatform),
        };
        if ![Some(os), Some(architecture), variant].into_iter().flatten().all(is_word) {
            return Err(NoPlatform);
        }
        let (architecture, variant) = match (architecture, variant) {
            ("x86_64" | "x86-64" | "amd64", None | Some("v1")) => ("amd64", None),
            ("x86_64" | "x86-64", variant) => ("amd64", variant),
            ("i386", variant) => ("386", variant),
            ("aarch64", variant) => ("arm64", variant),
            ("armhf", _) => ("arm", Some("v7")),
            ("armel", _) => ("arm", Some("v6")),
            known => known,
        };
        if parts.len() == 1 && !ALONE.contains(&architecture) {
            return Err(NoPlatform);
        }
        let os = if os == "macos" { "darwin" } else { os };
        let variant = variant.map(|variant| match variant.parse::<u8>() {
            Ok(number) if architecture.starts_with("arm") => format!("v{number}"),
            _ => variant.to_owned(),
        });
        Ok(Self { os: os.to_owned(), architecture: architecture.to_owned(), variant })
    }
}

/// Whether a part can stand in a shell's command and in any file without quotes.
fn is_word(part: &str) -> bool {
    part.len() <= LONGEST
        && part.starts_with(|first: char| first.is_ascii_alphanumeric())
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

impl TryFrom<String> for Platform {
    type Error = NoPlatform;

    fn try_from(text: String) -> Result<Self, NoPlatform> {
        text.parse()
    }
}

impl From<Platform> for String {
    fn from(platform: Platform) -> Self {
        platform.to_string()
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant.as_ref().map_or(Ok(()), |variant| write!(f, "/{variant}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Option<String> {
        text.parse::<Platform>().ok().map(|platform| platform.to_string())
    }

    #[test]
    fn the_many_names_of_a_platform_are_one() {
        for (typed, name) in [
            ("linux/x86_64", "linux/amd64"),
            ("Linux/AMD64", "linux/amd64"),
            ("linux/amd64/v1", "linux/amd64"),
            ("linux/aarch64", "linux/arm64"),
            ("linux/arm64/8", "linux/arm64/v8"),
            ("linux/arm/7", "linux/arm/v7"),
            ("linux/armhf", "linux/arm/v7"),
            ("arm64", "linux/arm64"),
            ("macos/arm64", "darwin/arm64"),
        ] {
            assert_eq!(named(typed).as_deref(), Some(name), "{typed}");
        }
    }

    #[test]
    fn what_a_shell_could_take_for_something_else_is_no_platform() {
        for wrong in
            ["", "linux", "linux/", "/amd64", "linux/amd64/", "linux/a b", "linux/-x", "linux/$x", "a/b/c/d", "linux/'x'", "unknown"]
        {
            assert_eq!(named(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_wanted_variant_must_be_there() {
        let has = |image: &str, wanted: &str| image.parse::<Platform>().unwrap().serves(&wanted.parse().unwrap());
        assert!(has("linux/arm/v7", "linux/arm"));
        assert!(!has("linux/arm/v6", "linux/arm/v7"));
        assert!(has("linux/arm64", "linux/arm64/v8") && has("linux/arm64/v8", "linux/arm64"));
        assert!(!has("linux/arm64", "windows/arm64"));
    }
}
