//! Owns the bytes of charts: those that a registry keeps as a layer, and what lies at an address of HTTP.

use super::classify::classify;
use super::exchange::{Answer, Question};
use super::manifest::digest;
use super::retry::OnFailure;
use super::transport::Method;
use super::{Client, Code, Content, Presence, Registry};
use crate::reference::Reference;

/// The media types of a chart's archive and of its provenance (Helm, "OCI-based registries").
const ARCHIVE: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
const PROVENANCE: &str = "application/vnd.cncf.helm.chart.provenance.v1.prov";

/// The most bytes of a chart's archive. Those that are published have some hundred kilobytes.
pub const LARGEST_CHART: usize = 32 << 20;

/// The most bytes of a provenance file.
pub const LARGEST_PROVENANCE: usize = 1 << 20;

/// A chart as a registry keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedChart {
    /// The bytes of its archive, which have the digest that the manifest says.
    pub bytes: Vec<u8>,
    /// The digest of its manifest, computed from the bytes.
    pub manifest: String,
    /// The provenance file, where there is one.
    pub provenance: Option<Vec<u8>>,
}

impl Client {
    /// The chart that a reference names. Each digest on the way is computed and compared.
    ///
    /// # Errors
    /// The presence that stands in the way.
    pub fn chart(&self, reference: &Reference) -> Result<PackedChart, Presence> {
        let manifest = self.manifest(reference)?;
        let domain = reference.name().domain;
        let archive = manifest.layer(ARCHIVE).filter(|_| manifest.content == Content::Artifact);
        let archive = archive.ok_or_else(|| Presence::new(Code::NotAManifest, format!("what `{domain}` has there is no chart")))?;
        let bytes = self.blob(reference, archive, LARGEST_CHART)?;
        let provenance = manifest.layer(PROVENANCE).map(|layer| self.blob(reference, layer, LARGEST_PROVENANCE)).transpose()?;
        Ok(PackedChart { bytes, provenance, manifest: manifest.digest })
    }

    /// What lies at an address, up to `most` bytes. It is asked for without credentials.
    ///
    /// # Errors
    /// The presence that stands in the way: a server's "not found" is `Missing`.
    pub fn page(&self, address: &str, most: usize) -> Result<Vec<u8>, Presence> {
        let mut answer = self.exchange.page(address, "*/*", most)?;
        match answer.reply.status {
            200 => Ok(std::mem::take(&mut answer.reply.body)),
            404 | 410 => Err(answer.presence(Code::NotFound, "its server has nothing there")),
            401 => Err(answer.presence(Code::NoCredentials, "its server wants a login, and nothing is shown to a server of charts")),
            403 => Err(answer.presence(Code::Denied, "its server denies it")),
            429 => Err(answer.presence(Code::TooManyRequests, "its server allows no more requests now")),
            status => Err(answer.presence(Code::UnexpectedStatus, format!("its server answered with status {status}"))),
        }
    }

    /// The bytes of a layer.
    fn blob(&self, reference: &Reference, layer: &str, cap: usize) -> Result<Vec<u8>, Presence> {
        let target = self.exchange.target(reference)?;
        let rest = format!("blobs/{layer}");
        let question = Question { method: Method::Get, rest: &rest, accept: "*/*", cap, on_failure: OnFailure::TryAgain };
        let mut answer: Answer = self.exchange.ask(&target, question)?;
        if answer.reply.status != 200 {
            return Err(classify(&answer, &target.domain));
        }
        if digest(&answer.reply.body, Some(layer)) != layer {
            return Err(answer.presence(Code::DigestLie, format!("`{}` served other bytes than their digest says", target.domain)));
        }
        Ok(std::mem::take(&mut answer.reply.body))
    }
}
