//! Owns manifests: their media types, their digests, and what an index says of platforms.

use serde::Deserialize;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::few::{Few, Rest};
use crate::platform::Platform;

/// The types that are accepted, always all four: a registry that is asked for fewer answers "not found", or converts what it has.
pub(super) const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

/// The most bytes of a manifest (as containers/image).
pub(super) const LARGEST: usize = 4 * 1024 * 1024;

/// What a media type says of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Several manifests, by platform.
    Index,
    /// One image.
    Image,
    /// A manifest of the first schema: never believed, since registries make it up.
    FirstSchema,
    /// No manifest.
    Other,
}

/// The kind of a media type; parameters are passed over.
pub(super) fn kind(media_type: &str) -> Kind {
    match bare(media_type).as_str() {
        "application/vnd.oci.image.index.v1+json" | "application/vnd.docker.distribution.manifest.list.v2+json" => Kind::Index,
        "application/vnd.oci.image.manifest.v1+json" | "application/vnd.docker.distribution.manifest.v2+json" => Kind::Image,
        "application/vnd.docker.distribution.manifest.v1+json" | "application/vnd.docker.distribution.manifest.v1+prettyjws" => {
            Kind::FirstSchema
        }
        _ => Kind::Other,
    }
}

pub(super) fn bare(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// A manifest whose bytes were hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Its media type.
    pub media_type: String,
    /// Its digest, computed from the bytes.
    pub digest: String,
    /// Its images, when it is an index; attestations are left out.
    pub children: Vec<Child>,
    /// Its configuration's digest, when it is one image or artifact.
    pub config: Option<String>,
    /// What a single manifest is of.
    pub content: Content,
    /// Its layers' digests, when it is an image.
    pub layers: Vec<String>,
    /// Their media types, in the same order.
    pub(super) types: Vec<String>,
}

/// What a single manifest is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Content {
    /// An image: its configuration names its platform.
    #[default]
    Image,
    /// Something else, a chart for instance: its configuration is of another media type than an image's (OCI image specification, "Guidelines
    /// for Artifact Usage").
    Artifact,
}

/// The media types of images' configurations (OCI image specification, and distribution's "Image Manifest V 2, Schema 2").
const CONFIGURATIONS: [&str; 2] = ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];

/// One image of an index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Child {
    /// Its platform, where the index says one.
    pub platform: Option<Platform>,
    /// Its manifest's digest.
    pub digest: String,
}

impl Manifest {
    /// Reads a manifest of a type that was accepted.
    pub(super) fn parse(media_type: &str, bytes: &[u8], digest: String) -> Result<Self, String> {
        let wire: Wire = serde_json::from_slice(bytes).map_err(|_| "the manifest is no JSON of its form".to_owned())?;
        // Two readers that trust different fields would see different images.
        if wire.media_type.is_some_and(|own| bare(&own) != bare(media_type)) {
            return Err("the manifest calls itself another media type than the answer does".to_owned());
        }
        if wire.schema_version != Some(2) {
            return Err("the manifest is not of schema 2".to_owned());
        }
        let digest_of = |entry: &Entry| entry.digest.clone().filter(|digest| is_digest(digest));
        let mut manifest = Self {
            media_type: bare(media_type),
            digest,
            children: Vec::new(),
            config: None,
            content: Content::Image,
            layers: Vec::new(),
            types: Vec::new(),
        };
        if kind(media_type) == Kind::Index {
            let entries = whole(wire.manifests, "the index", "manifests")?;
            for entry in entries.iter().filter(|entry| !entry.is_attestation()) {
                let platform = entry.platform.as_ref().and_then(WirePlatform::read);
                manifest.children.push(Child { platform, digest: digest_of(entry).ok_or("the index has an entry without a digest")? });
            }
            manifest.children.sort();
        } else {
            manifest.config = Some(wire.config.as_ref().and_then(digest_of).ok_or("the manifest has no `config`")?);
            let config_type = wire.config.and_then(|config| config.media_type);
            if config_type.is_some_and(|media_type| !CONFIGURATIONS.contains(&bare(&media_type).as_str())) {
                manifest.content = Content::Artifact;
            }
            let layers = whole(wire.layers, "the manifest", "layers")?;
            let layers = layers.iter().filter_map(|entry| Some((digest_of(entry)?, bare(entry.media_type.as_deref().unwrap_or_default()))));
            (manifest.layers, manifest.types) = layers.unzip();
        }
        Ok(manifest)
    }

    /// The digest of its layer of that media type.
    pub(super) fn layer(&self, media_type: &str) -> Option<&str> {
        self.types.iter().zip(&self.layers).find(|(own, _)| *own == media_type).map(|(_, digest)| digest.as_str())
    }

    /// Whether it is an index.
    pub fn is_index(&self) -> bool {
        kind(&self.media_type) == Kind::Index
    }
}

/// The most entries of an index, and layers of an image; no real one comes near.
const ENTRIES: usize = 4096;

/// A manifest as it is written, only what is read of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    schema_version: Option<u64>,
    media_type: Option<String>,
    manifests: Option<Few<Entry, ENTRIES>>,
    config: Option<Entry>,
    layers: Option<Few<Entry, ENTRIES>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    media_type: Option<String>,
    digest: Option<String>,
    platform: Option<WirePlatform>,
}

impl Entry {
    /// BuildKit keeps attestations in an index as images for no platform.
    fn is_attestation(&self) -> bool {
        self.platform.as_ref().is_some_and(|platform| platform.os.as_deref() == Some("unknown"))
    }
}

#[derive(Deserialize)]
struct WirePlatform {
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
}

impl WirePlatform {
    /// Through the same reading as the user's own words, so that nothing odd is ever printed.
    fn read(&self) -> Option<Platform> {
        let variant = self.variant.as_deref().filter(|variant| !variant.is_empty());
        let parts = [self.os.as_deref()?, self.architecture.as_deref()?];
        parts.into_iter().chain(variant).collect::<Vec<_>>().join("/").parse().ok()
    }
}

fn whole(list: Option<Few<Entry, ENTRIES>>, of: &str, name: &str) -> Result<Vec<Entry>, String> {
    match list {
        None => Err(format!("{of} has no `{name}`")),
        Some(Few { rest: Rest::Skipped, .. }) => Err(format!("{of} has more than {ENTRIES} `{name}`")),
        Some(Few { items, .. }) => Ok(items),
    }
}

/// The platform in an image's configuration.
pub(super) fn platform(config: &[u8]) -> Option<Platform> {
    serde_json::from_slice::<WirePlatform>(config).ok()?.read()
}

/// Whether a text is a digest of a known algorithm.
pub(super) fn is_digest(text: &str) -> bool {
    crate::reference::Reference::parse(&format!("x@{text}")).is_ok()
}

/// The digest of `bytes` under the algorithm of `like` (`sha256` when there is none to be like).
pub(crate) fn digest(bytes: &[u8], like: Option<&str>) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    match like.and_then(|digest| digest.split_once(':')).map(|(algorithm, _)| algorithm) {
        Some("sha512") => format!("sha512:{}", hex(&Sha512::digest(bytes))),
        Some("sha384") => format!("sha384:{}", hex(&Sha384::digest(bytes))),
        _ => format!("sha256:{}", hex(&Sha256::digest(bytes))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attestations_are_no_platform() {
        let index = br#"{"schemaVersion":2,"manifests":[
            {"digest":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","platform":{"os":"linux","architecture":"arm64","variant":"v8"}},
            {"digest":"sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","platform":{"os":"unknown","architecture":"unknown"}}]}"#;
        let manifest = Manifest::parse("application/vnd.oci.image.index.v1+json", index, "sha256:0".to_owned()).unwrap();
        assert_eq!(manifest.children.len(), 1);
        assert!(manifest.children[0].platform.as_ref().unwrap().serves(&"linux/aarch64".parse().unwrap()));
    }

    #[test]
    fn two_media_types_in_one_answer_are_refused() {
        let body = br#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","config":{},"layers":[]}"#;
        assert!(Manifest::parse("application/vnd.oci.image.manifest.v1+json", body, String::new()).is_err());
    }

    #[test]
    fn hashes_by_the_algorithm_that_was_asked() {
        assert_eq!(digest(b"", None), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert!(digest(b"", Some("sha512:…")).starts_with("sha512:cf83e1357eefb8bd"));
    }
}
