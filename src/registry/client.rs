//! Owns the client: what is asked for each wish, and what its answer proves.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::classify::{classify, is_of_silent_upstream};
use super::exchange::{Answer, Exchange, Question};
use super::manifest::{ACCEPT, Content, Kind, LARGEST, Manifest, bare, digest, is_digest, kind, platform};
use super::retry::OnFailure;
use super::transport::Method;
use super::{Ask, Code, Depth, Image, Outcome, Presence, Proof, Reason, Registry, Settings, Unusable, tags};
use crate::credentials::Credentials;
use crate::platform::Platform;
use crate::reference::{DOCKER_HUB, HOLE, Reference};

/// Under so many pulls left, Docker Hub's quota is kept for pulling: a GET counts as one.
const KEPT: i64 = 5;

/// How deep indexes are looked into for images whose entry names no platform.
const NESTED: u8 = 2;

/// A client for registries that speak the OCI distribution API. It reads only: HEAD and GET, and POST to token servers.
#[derive(Debug)]
pub struct Client {
    pub(super) exchange: Exchange,
}

/// How a manifest is named in a question.
fn name_of(reference: &Reference) -> &str {
    reference.digest().or(reference.tag()).unwrap_or("latest")
}

impl Client {
    /// A client under these settings. Reads the certificate files; opens no connection.
    ///
    /// # Errors
    /// [`Unusable`] for a certificate file that cannot be used.
    pub fn new(settings: Settings, credentials: Arc<Credentials>) -> Result<Self, Unusable> {
        Exchange::new(settings, credentials).map(|exchange| Self { exchange })
    }

    /// The registries that are spoken to without TLS; to be told in every run.
    pub fn plain_http(&self) -> impl Iterator<Item = &str> {
        self.exchange.settings.plain_http.iter().map(String::as_str)
    }

    fn ask(&self, reference: &Reference, method: Method, name: &str) -> Result<Answer, Presence> {
        let target = self.exchange.target(reference)?;
        self.exchange.ask(
            &target,
            Question { method, rest: &format!("manifests/{name}"), accept: ACCEPT, cap: LARGEST, on_failure: OnFailure::TryAgain },
        )
    }

    /// The image that a HEAD proves, or what its failure means. One GET is added where HEAD cannot tell the reason.
    fn head(&self, reference: &Reference, name: &str, depth: Depth) -> Result<(Image, Reason), Presence> {
        let answer = self.ask(reference, Method::Head, name)?;
        let domain = reference.name().domain;
        let is_told = answer.reply.header("content-type").is_some();
        if answer.reply.status == 200 && is_told {
            let (media_type, header) = manifest_headers(&answer, &domain)?;
            let pinned = is_digest(name).then_some(name);
            if let (Some(header), Some(pinned)) = (&header, pinned)
                && same_algorithm(header, pinned)
                && header != pinned
            {
                return Err(lie(&answer, &domain));
            }
            if header.is_none() && depth == Depth::Digest {
                return self.get(reference, name).map(|(manifest, reason)| (image(&manifest), reason));
            }
            let image = Image { digest: header.or_else(|| pinned.map(str::to_owned)), media_type, ..Image::default() };
            return Ok((image, answer.reason(Code::Manifest, format!("`{domain}` has it"))));
        }
        // Nobody was shown anything and nobody will be, or a password is wrong: asking again tells no more, and may lock the user out.
        if answer.reply.status == 401 && answer.grant.as_ref().is_none_or(|grant| grant.header.expose().starts_with("Basic ")) {
            return Err(classify(&answer, &domain));
        }
        match self.get(reference, name) {
            Ok((manifest, reason)) => Ok((image(&manifest), reason)),
            // What was heard already says more than that nothing else was asked.
            Err(presence) if presence.reason().code == Code::QuotaKept => Err(kept(&answer, &domain)),
            Err(presence) => Err(presence),
        }
    }

    /// Whether a manifest may be read by GET, which Docker Hub counts as a pull. A HEAD is none, and tells first how many are left.
    fn spares(&self, reference: &Reference, name: &str) -> Result<(), Presence> {
        let domain = reference.name().domain;
        if domain != DOCKER_HUB {
            return Ok(());
        }
        let target = self.exchange.target(reference)?;
        if !self.exchange.is_heard(&target) {
            self.ask(reference, Method::Head, name)?;
        }
        match self.exchange.remaining(&target).filter(|left| *left <= KEPT) {
            None => Ok(()),
            Some(left) => {
                let message = format!("`{domain}` has {left} pulls left for you, which are kept: its manifest was not read");
                Err(Presence::new(Code::QuotaKept, message))
            }
        }
    }

    /// The manifest, its bytes hashed and compared with everything that claims to know their digest.
    fn get(&self, reference: &Reference, name: &str) -> Result<(Manifest, Reason), Presence> {
        self.spares(reference, name)?;
        let answer = self.ask(reference, Method::Get, name)?;
        let domain = reference.name().domain;
        if answer.reply.status != 200 {
            return Err(classify(&answer, &domain));
        }
        let (media_type, header) = manifest_headers(&answer, &domain)?;
        let bytes = &answer.reply.body;
        let pinned = is_digest(name).then_some(name);
        if [header.as_deref(), pinned].into_iter().flatten().any(|claimed| digest(bytes, Some(claimed)) != claimed) {
            return Err(lie(&answer, &domain));
        }
        let own = pinned.map_or_else(|| header.clone().unwrap_or_else(|| digest(bytes, None)), str::to_owned);
        let manifest = Manifest::parse(&media_type, bytes, own);
        let manifest = manifest.map_err(|fault| answer.presence(Code::Malformed, format!("`{domain}`: {fault}")))?;
        Ok((manifest, answer.reason(Code::Manifest, format!("`{domain}` has it"))))
    }

    /// Whether the tag beside a digest points at it.
    fn tag_beside(&self, reference: &Reference, image: Image, reason: Reason) -> Presence {
        let (Some(tag), Some(pinned)) = (reference.tag(), reference.digest()) else { return Presence::with_image(image, reason) };
        let reason = match self.head(reference, tag, Depth::Digest) {
            Ok((Image { digest: Some(other), .. }, _)) if same_algorithm(&other, pinned) && other != pinned => {
                let message = format!("tag `{tag}` points at `{other}`, not at the digest beside it");
                Reason { code: Code::TagMoved, message, ..reason }
            }
            Err(presence) if presence.outcome() == Outcome::Missing => {
                let message = format!("the digest exists; the tag `{tag}` beside it does not");
                Reason { code: Code::TagMissing, message, ..reason }
            }
            // The digest is what is pulled, and it exists; that the tag could not be asked for is no reason to doubt it.
            _ => reason,
        };
        Presence::with_image(image, reason)
    }

    fn try_presence(&self, reference: &Reference, ask: &Ask) -> Result<Presence, Presence> {
        if reference.as_str().contains(HOLE) {
            return Err(Presence::new(Code::Dynamic, "a part of the reference is not known"));
        }
        let name = name_of(reference);
        if ask.platforms.is_empty() && ask.depth < Depth::Hash {
            let (image, reason) = self.head(reference, name, ask.depth)?;
            return Ok(self.tag_beside(reference, image, reason));
        }
        let (manifest, reason) = self.get(reference, name)?;
        let mut image = image(&manifest);
        let reason = if manifest.content == Content::Artifact && !ask.platforms.is_empty() {
            let message = format!("{}; it is no image and has no platform", reason.message);
            Reason { code: Code::NoPlatform, message, ..reason }
        } else {
            reason
        };
        if manifest.content == Content::Artifact {
            image.platforms = Some(Vec::new());
        } else if !ask.platforms.is_empty() || ask.depth == Depth::Platforms {
            let platforms = self.platforms(reference, &manifest)?;
            let lacks = |wanted: &&Platform| !platforms.iter().any(|platform| platform.serves(wanted));
            image.missing_platforms = ask.platforms.iter().filter(lacks).cloned().collect();
            image.platforms = Some(platforms);
        }
        if image.missing_platforms.is_empty() {
            return Ok(self.tag_beside(reference, image, reason));
        }
        Ok(Presence::without_platforms(image, &reason))
    }

    /// The platforms of an index. An entry need not name its own (OCI image index, `platform` is OPTIONAL): then its manifest is read.
    fn platforms_of_index(&self, reference: &Reference, index: &Manifest, depth: u8) -> Result<Vec<Platform>, Presence> {
        let mut platforms: Vec<Platform> = index.children.iter().filter_map(|child| child.platform.clone()).collect();
        for child in index.children.iter().filter(|child| child.platform.is_none() && depth > 0) {
            // The index is there, so that what it lists and the registry does not have is the registry's fault, not "missing".
            let lost = |presence: Presence| {
                if presence.outcome() != Outcome::Missing {
                    return presence;
                }
                let message = format!("`{}` does not serve `{}`, which the index lists", reference.name().domain, child.digest);
                Presence::new(Code::UnexpectedStatus, message)
            };
            let (inner, _) = self.get(reference, &child.digest).map_err(lost)?;
            platforms.extend(match inner.config {
                Some(_) => self.platforms(reference, &inner)?,
                None => self.platforms_of_index(reference, &inner, depth - 1)?,
            });
        }
        platforms.sort();
        platforms.dedup();
        Ok(platforms)
    }
}

impl Registry for Client {
    fn presence(&self, reference: &Reference, ask: &Ask) -> Presence {
        self.try_presence(reference, ask).unwrap_or_else(|presence| presence)
    }

    fn manifest(&self, reference: &Reference) -> Result<Manifest, Presence> {
        self.get(reference, name_of(reference)).map(|(manifest, _)| manifest)
    }

    fn platforms(&self, reference: &Reference, manifest: &Manifest) -> Result<Vec<Platform>, Presence> {
        let Some(config) = &manifest.config else { return self.platforms_of_index(reference, manifest, NESTED) };
        if manifest.content == Content::Artifact {
            return Ok(Vec::new());
        }
        let target = self.exchange.target(reference)?;
        let question = Question {
            method: Method::Get,
            rest: &format!("blobs/{config}"),
            accept: "*/*",
            cap: LARGEST,
            on_failure: OnFailure::TryAgain,
        };
        let answer = self.exchange.ask(&target, question)?;
        if answer.reply.status != 200 {
            // The image is there, so its configuration's absence is the registry's fault, not "missing".
            let message = format!("`{}` does not serve the image's configuration", target.domain);
            return Err(answer.presence(Code::UnexpectedStatus, message));
        }
        if digest(&answer.reply.body, Some(config)) != *config {
            return Err(lie(&answer, &target.domain));
        }
        // Other artifacts have a configuration without a platform.
        Ok(platform(&answer.reply.body).into_iter().collect())
    }

    fn tags(&self, reference: &Reference) -> Result<Vec<String>, Presence> {
        let target = self.exchange.target(reference)?;
        tags::list(&self.exchange, &target)
    }

    fn can_tell(&self, reference: &Reference) -> Result<(), Presence> {
        let target = self.exchange.target(reference)?;
        let nothing = format!("manifests/sha256:{}", "0".repeat(64));
        let question = Question { method: Method::Get, rest: &nothing, accept: ACCEPT, cap: LARGEST, on_failure: OnFailure::Read };
        // A question that gets no answer takes nothing back: the host has answered the others.
        let Ok(answer) = self.exchange.ask(&target, question) else { return Ok(()) };
        if !is_of_silent_upstream(&answer) {
            return Ok(());
        }
        let message = format!("`{}` passes questions on to a registry that does not answer", target.domain);
        Err(answer.presence(Code::UpstreamSilent, message))
    }

    fn remaining(&self) -> BTreeMap<String, i64> {
        self.exchange.all_remaining()
    }

    fn identity(&self, reference: &Reference) -> Option<String> {
        self.exchange.identity(&self.exchange.target(reference).ok()?)
    }
}

fn image(manifest: &Manifest) -> Image {
    Image { digest: Some(manifest.digest.clone()), media_type: manifest.media_type.clone(), proof: Proof::Hashed, ..Image::default() }
}

fn lie(answer: &Answer, domain: &str) -> Presence {
    answer.presence(Code::DigestLie, format!("`{domain}` served other bytes than their digest says"))
}

/// What a failed HEAD tells, where few pulls are left and a GET would take one.
fn kept(answer: &Answer, domain: &str) -> Presence {
    let kept = |what: &str| {
        answer.presence(Code::QuotaKept, format!("`{domain}` answers {what}; the reason was not asked for, since few pulls are left"))
    };
    match answer.reply.status {
        401 | 403 => classify(answer, domain),
        404 => kept("\"not found\"").called(Outcome::MissingUnconfirmed),
        status => kept(&format!("with status {status}")),
    }
}

/// Digests of two algorithms can both be right.
fn same_algorithm(a: &str, b: &str) -> bool {
    a.split(':').next() == b.split(':').next()
}

/// The media type and the digest that a 200 claims; only a manifest of schema 2 is believed.
fn manifest_headers(answer: &Answer, domain: &str) -> Result<(String, Option<String>), Presence> {
    let media_type = answer.reply.header("content-type").unwrap_or_default();
    match kind(media_type) {
        Kind::Index | Kind::Image => {}
        Kind::FirstSchema => {
            return Err(answer.presence(Code::UnsupportedManifest, format!("`{domain}` answers with a manifest of the first schema")));
        }
        Kind::Other => {
            let shown = answer.shown(media_type);
            return Err(answer.presence(Code::NotAManifest, format!("`{domain}` answers with `{shown}`, which is no manifest")));
        }
    }
    let digest = answer.reply.header("docker-content-digest").map(str::trim).filter(|text| !text.is_empty());
    if digest.is_some_and(|digest| !is_digest(digest)) {
        return Err(answer.presence(Code::Malformed, format!("`{domain}` answers with a digest that is none")));
    }
    Ok((bare(media_type), digest.map(str::to_owned)))
}
