//! Owns the reason of an outcome: a stable code, words for people, and what the registry said.

use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use crate::text::{clean, shown_as_in_json};

/// Why an outcome is what it is. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The stable code.
    pub code: Code,
    /// What happened, lower case, no full stop.
    pub message: String,
    /// The status of the HTTP answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The registry's own code (`MANIFEST_UNKNOWN`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registry_code: Option<String>,
    /// The registry's number for the request, for its operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Where the credential that was shown comes from; none when it was asked anonymously.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
    /// Seconds after which the registry wants to be asked again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// What the last failure was for which the registry was given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Code>,
}

/// The stable codes of reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// A manifest answered.
    Manifest,
    /// An answer of a run before, not older than the cache's time.
    Cached,
    /// The tag points at another manifest than the digest beside it.
    TagMoved,
    /// The digest exists; the tag beside it does not.
    TagMissing,
    /// The manifest's bytes are not those of the source.
    DigestDiffers,
    /// Wanted platforms are not in it.
    PlatformMissing,
    /// It is no image, so that it is for no platform.
    NoPlatform,
    /// A policy of the registry blocks the pull.
    Blocked,
    /// The registry does not know the manifest.
    ManifestUnknown,
    /// The registry does not know the repository.
    NameUnknown,
    /// The registry says "not found" in a code of its own.
    NotFound,
    /// "Not found" without a registry's error list.
    NoErrorList,
    /// The quota of pulls is nearly used up, so nothing more was asked.
    QuotaKept,
    /// 403.
    Denied,
    /// The registry says the same of what is missing and what is private.
    MissingOrPrivate,
    /// The user or the password is wrong.
    BadCredentials,
    /// No credential is stored for it.
    NoCredentials,
    /// The credential helper gave no answer.
    CredentialHelper,
    /// 429.
    TooManyRequests,
    /// The name does not resolve.
    Dns,
    /// The connection was refused.
    ConnectionRefused,
    /// The connection was cut.
    ConnectionReset,
    /// No answer in time.
    Timeout,
    /// No way to the host.
    NoRoute,
    /// The proxy would not connect.
    Proxy,
    /// The certificate is of an authority that is not trusted.
    TlsUntrusted,
    /// The certificate is for another name.
    TlsName,
    /// The certificate is not valid at this time.
    TlsExpired,
    /// The other side does not speak TLS.
    TlsNotSpoken,
    /// The other side speaks TLS and was asked without.
    TlsExpected,
    /// Another fault of TLS.
    Tls,
    /// Another fault of the network.
    Network,
    /// 5xx, at every try.
    ServerError,
    /// A pull-through cache's upstream does not answer it.
    UpstreamSilent,
    /// A manifest of the first schema, which a registry makes up when it misunderstands the question.
    UnsupportedManifest,
    /// 200 without a manifest.
    NotAManifest,
    /// The bytes do not have the digest that was asked for, or that the header says.
    DigestLie,
    /// The answer is larger than any manifest may be.
    TooLarge,
    /// The answer is compressed though no encoding was accepted.
    Encoded,
    /// The answer is no HTTP, no JSON, or not of the form that it should have.
    Malformed,
    /// An answer that the protocol does not know.
    UnexpectedStatus,
    /// More redirects than are followed, or one without a place.
    BadRedirect,
    /// The registry is not among those that may be contacted.
    HostNotAllowed,
    /// The name leads to an address that must not be contacted.
    AddressNotAllowed,
    /// The registry names a token server of somebody else.
    RealmNotAllowed,
    /// A redirect leads where we do not go.
    RedirectNotAllowed,
    /// The reference is not wholly known.
    Dynamic,
    /// The run is offline.
    Offline,
    /// The time for the whole run is used up.
    BudgetExhausted,
    /// The registry failed too often in a row.
    HostGivenUp,
    /// The reference has no presence of its own: its registry's name is no host.
    BadName,
    /// Nobody could say whether a chart is there; the message says why.
    ChartUnknown,
}

impl Reason {
    /// A reason with nothing of the registry.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            status: None,
            registry_code: None,
            request_id: None,
            credential: None,
            retry_after: None,
            cause: None,
            code,
        }
    }

    /// The next step for the reader, where there is one: of a registry that was given up, what mends its failures.
    pub fn help(&self) -> Option<&'static str> {
        self.cause.and_then(Code::help).or_else(|| self.code.help())
    }

    pub(super) fn with_status(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    pub(super) fn with_credential(self, source: Option<&str>) -> Self {
        Self { credential: source.map(clean), ..self }
    }
}

impl Code {
    /// What a presence is, for this reason.
    #[expect(clippy::match_same_arms, reason = "a line has no room for all codes of an outcome")]
    pub(super) const fn outcome(self) -> Outcome {
        match self {
            Self::Manifest | Self::Cached | Self::TagMissing | Self::NoPlatform => Outcome::Exists,
            Self::TagMoved | Self::DigestDiffers => Outcome::ExistsDigestDiffers,
            Self::PlatformMissing => Outcome::ExistsPlatformMissing,
            Self::Blocked => Outcome::ExistsBlocked,
            Self::ManifestUnknown | Self::NameUnknown | Self::NotFound => Outcome::Missing,
            Self::NoErrorList => Outcome::MissingUnconfirmed,
            Self::Denied => Outcome::Denied,
            Self::BadCredentials | Self::MissingOrPrivate => Outcome::Unauthorized,
            Self::NoCredentials | Self::CredentialHelper => Outcome::LoginRequired,
            Self::TooManyRequests => Outcome::RateLimited,
            Self::Dns | Self::ConnectionRefused | Self::ConnectionReset | Self::Timeout | Self::NoRoute | Self::Proxy => {
                Outcome::Unreachable
            }
            Self::TlsUntrusted | Self::TlsName | Self::TlsExpired | Self::TlsNotSpoken | Self::Tls => Outcome::Unreachable,
            Self::Network | Self::ServerError | Self::UpstreamSilent => Outcome::Unreachable,
            Self::TlsExpected | Self::UnsupportedManifest | Self::NotAManifest | Self::DigestLie | Self::TooLarge => Outcome::ProtocolError,
            Self::Encoded | Self::Malformed | Self::UnexpectedStatus | Self::BadRedirect => Outcome::ProtocolError,
            Self::HostNotAllowed | Self::AddressNotAllowed | Self::RealmNotAllowed | Self::RedirectNotAllowed => Outcome::RefusedByPolicy,
            Self::QuotaKept
            | Self::Dynamic
            | Self::Offline
            | Self::BudgetExhausted
            | Self::HostGivenUp
            | Self::BadName
            | Self::ChartUnknown => Outcome::NotChecked,
        }
    }

    /// The next step for the reader, where there is one.
    const fn help(self) -> Option<&'static str> {
        Some(match self {
            Self::NoCredentials => "log in to the registry (`docker login`, `podman login`), then ask again",
            Self::BadCredentials => "`transship auth explain` says which credential was used; log in again",
            Self::MissingOrPrivate | Self::Denied => "check the name, and that the credential may pull it",
            Self::CredentialHelper => "run the helper by hand, or name another auth file with `--authfile`",
            Self::TlsUntrusted => "name the registry's certificate authority with `--ca-file`",
            Self::TlsNotSpoken => "if the registry is meant to have no TLS, name it with `--plain-http`",
            Self::TlsExpected => "the registry speaks TLS: do not name it with `--plain-http`",
            Self::TlsExpired => "ask the registry's owner for a new certificate, or check this machine's clock",
            Self::TooManyRequests | Self::QuotaKept => "wait, or log in for a higher limit",
            Self::ConnectionRefused => "check that the registry runs, and its port",
            Self::Dns => "check the registry's name, and that this network resolves it",
            Self::NoRoute | Self::ConnectionReset | Self::Network => "check the network, and whether a proxy is needed (`HTTPS_PROXY`)",
            Self::Proxy => "check the proxy (`HTTPS_PROXY`, `HTTP_PROXY`), or name the registry in `NO_PROXY`",
            Self::Timeout => "ask again; `--timeout` gives it longer",
            Self::ServerError | Self::UpstreamSilent => "ask again when the registry, and what it takes images from, works",
            Self::NoErrorList | Self::NotAManifest => {
                "check that this is a registry: what answers may be a proxy, a login page or another service"
            }
            Self::HostGivenUp => "see to its first failures, then ask again",
            Self::BudgetExhausted => "ask again; `--max-time` gives the run longer",
            Self::RealmNotAllowed => "if you trust the token server, name it with `--realm`",
            Self::HostNotAllowed => "only registries that mappings name are asked; if you trust this one, name it with `--allow-host`",
            Self::ManifestUnknown | Self::NameUnknown | Self::NotFound => "copy it there: `transship mirror`",
            Self::DigestDiffers | Self::PlatformMissing => "copy it again with all platforms: `transship mirror`",
            Self::Blocked => "ask the registry's owner: a policy blocks the pull",
            _ => return None,
        })
    }
}

shown_as_in_json!(Code);
