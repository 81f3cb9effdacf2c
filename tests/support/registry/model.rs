//! A registry's content, and the answers of one that behaves.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::{Reply, Seen};

pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
pub(crate) const V2: &str = "application/vnd.docker.distribution.manifest.v2+json";

pub(crate) fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// Repositories with tags, manifests and blobs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    tags: BTreeMap<(String, String), String>,
    manifests: BTreeMap<(String, String), (String, Vec<u8>)>,
    blobs: BTreeMap<(String, String), Vec<u8>>,
}

impl Model {
    /// `public/multi:1.0` (OCI index of amd64 and arm64/v8), `public/list:1.0` (the same as a docker list), `public/single:1.0` (one OCI
    /// manifest for amd64), `inveniosoftware/centos8-python:3.8` (the same).
    pub(crate) fn usual() -> Self {
        let mut model = Self::default();
        let children = |model: &mut Self, repository: &str, media_type: &str| {
            ["amd64", "arm64"].map(|architecture| model.image(repository, media_type, architecture, "1.0"))
        };
        let oci = children(&mut model, "public/multi", MANIFEST);
        model.index("public/multi", "1.0", INDEX, MANIFEST, &oci);
        let docker = children(&mut model, "public/list", V2);
        model.index("public/list", "1.0", LIST, V2, &docker);
        for repository in ["public/single", "inveniosoftware/centos8-python"] {
            let single = model.image(repository, MANIFEST, "amd64", "1.0");
            let tag = if repository.starts_with("public") { "1.0" } else { "3.8" };
            model.tag(repository, tag, &single);
        }
        model
    }

    /// Adds an image; returns its digest.
    pub(crate) fn image(&mut self, repository: &str, media_type: &str, architecture: &str, content: &str) -> String {
        let config = format!(r#"{{"architecture":"{architecture}","os":"linux","content":"{content}"}}"#).into_bytes();
        let layer = digest(content.as_bytes());
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"{media_type}","config":{{"digest":"{}","size":{}}},"layers":[{{"digest":"{layer}","size":1}}]}}"#,
            digest(&config),
            config.len()
        );
        self.blobs.insert((repository.to_owned(), digest(&config)), config);
        self.put(repository, media_type, manifest.into_bytes())
    }

    /// Adds a chart under a tag, as `helm push` does it, with a provenance file or without; returns its digest.
    pub(crate) fn chart(&mut self, repository: &str, tag: &str, archive: &[u8], provenance: Option<&[u8]>) -> String {
        let mut layer = |kind: &str, bytes: &[u8]| {
            self.blobs.insert((repository.to_owned(), digest(bytes)), bytes.to_vec());
            format!(r#"{{"mediaType":"application/vnd.cncf.helm.{kind}","digest":"{}","size":{}}}"#, digest(bytes), bytes.len())
        };
        let config = layer("config.v1+json", b"{}");
        let archive = layer("chart.content.v1.tar+gzip", archive);
        let provenance = provenance.map(|text| format!(",{}", layer("chart.provenance.v1.prov", text))).unwrap_or_default();
        let manifest = format!(r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{config},"layers":[{archive}{provenance}]}}"#);
        let digest = self.put(repository, MANIFEST, manifest.into_bytes());
        self.tag(repository, tag, &digest);
        digest
    }

    /// Adds an index of an amd64 and an arm64/v8 image under a tag; returns its digest.
    pub(crate) fn index(&mut self, repository: &str, tag: &str, media_type: &str, child_type: &str, children: &[String]) -> String {
        let platforms = [r#"{"os":"linux","architecture":"amd64"}"#, r#"{"os":"linux","architecture":"arm64","variant":"v8"}"#];
        let entries: Vec<String> = children
            .iter()
            .zip(platforms)
            .map(|(digest, platform)| format!(r#"{{"mediaType":"{child_type}","digest":"{digest}","size":1,"platform":{platform}}}"#))
            .collect();
        let index = format!(r#"{{"schemaVersion":2,"mediaType":"{media_type}","manifests":[{}]}}"#, entries.join(","));
        let digest = self.put(repository, media_type, index.into_bytes());
        self.tag(repository, tag, &digest);
        digest
    }

    pub(crate) fn put(&mut self, repository: &str, media_type: &str, bytes: Vec<u8>) -> String {
        let digest = digest(&bytes);
        self.manifests.insert((repository.to_owned(), digest.clone()), (media_type.to_owned(), bytes));
        digest
    }

    pub(crate) fn tag(&mut self, repository: &str, tag: &str, digest: &str) {
        self.tags.insert((repository.to_owned(), tag.to_owned()), digest.to_owned());
    }

    /// The digest under a tag.
    pub(crate) fn digest_of(&self, repository: &str, tag: &str) -> String {
        self.tags[&(repository.to_owned(), tag.to_owned())].clone()
    }

    /// Answers as distribution does. Like it, a list that the client does not accept is not found.
    pub(crate) fn answer(&self, seen: &Seen) -> Reply {
        let path = seen.path.split('?').next().unwrap_or_default();
        let Some(rest) = path.strip_prefix("/v2/") else { return Reply::new(404).body("text/html", "<html>not here</html>") };
        if let Some(repository) = rest.strip_suffix("/tags/list") {
            let tags: Vec<String> = self.tags.keys().filter(|(name, _)| name == repository).map(|(_, tag)| format!("\"{tag}\"")).collect();
            return Reply::new(200).body("application/json", format!(r#"{{"name":"{repository}","tags":[{}]}}"#, tags.join(",")));
        }
        if let Some((repository, name)) = rest.split_once("/blobs/") {
            let blob = self.blobs.get(&(repository.to_owned(), name.to_owned()));
            return blob
                .map_or_else(|| Reply::error(404, "BLOB_UNKNOWN"), |blob| Reply::new(200).body("application/octet-stream", blob.clone()));
        }
        let Some((repository, name)) = rest.split_once("/manifests/") else { return Reply::error(404, "NAME_UNKNOWN") };
        if !self.manifests.keys().any(|(known, _)| known == repository) {
            return Reply::error(404, "NAME_UNKNOWN");
        }
        let digest = self.tags.get(&(repository.to_owned(), name.to_owned())).map_or(name, String::as_str);
        let found = self.manifests.get(&(repository.to_owned(), digest.to_owned()));
        match found.filter(|(media_type, _)| seen.header("accept").contains(media_type.as_str())) {
            None => Reply::error(404, "MANIFEST_UNKNOWN"),
            Some((media_type, bytes)) => Reply::new(200).body(media_type, bytes.clone()).header("Docker-Content-Digest", digest),
        }
    }
}
