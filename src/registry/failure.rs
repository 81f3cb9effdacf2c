//! Owns the faults of one request, named so that people can act on them.

use std::io::ErrorKind;
use std::net::IpAddr;

use rustls::{CertificateError, Error as TlsError};

use super::dial::AddressRefused;
use super::origin::Scheme;
use super::presence::Presence;
use super::reason::{Code, Reason};

/// Why a request has no answer that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    Dns,
    Refused,
    Reset,
    Timeout,
    NoRoute,
    Proxy,
    Tls(Code),
    /// A certificate file of this host is unusable.
    Certificates(String),
    Network(String),
    Address(IpAddr),
    Malformed,
    TooLarge(usize),
    Encoded,
}

impl Failure {
    pub(super) fn of(fault: ureq::Error, scheme: Scheme) -> Self {
        match fault {
            ureq::Error::HostNotFound => Self::Dns,
            ureq::Error::Timeout(_) => Self::Timeout,
            ureq::Error::Rustls(fault) => Self::Tls(of_tls(&fault)),
            ureq::Error::Tls(_) | ureq::Error::TlsRequired => Self::Tls(Code::Tls),
            ureq::Error::ConnectProxyFailed(_) | ureq::Error::InvalidProxyUrl => Self::Proxy,
            ureq::Error::Other(other) => {
                other.downcast_ref::<AddressRefused>().map_or(Self::Network("other".to_owned()), |it| Self::Address(it.0))
            }
            ureq::Error::Io(fault) => Self::of_io(&fault, scheme),
            ureq::Error::ConnectionFailed => Self::Network("no connection".to_owned()),
            ureq::Error::LargeResponseHeader(..) => Self::TooLarge(64 * 1024),
            _ => Self::Malformed,
        }
    }

    fn of_io(fault: &std::io::Error, scheme: Scheme) -> Self {
        if let Some(tls) = fault.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>()) {
            return Self::Tls(of_tls(tls));
        }
        match fault.kind() {
            ErrorKind::ConnectionRefused => Self::Refused,
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof => Self::Reset,
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Self::Timeout,
            ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => Self::NoRoute,
            ErrorKind::InvalidData if scheme == Scheme::Https => Self::Tls(Code::Tls),
            kind => Self::Network(kind.to_string()),
        }
    }

    /// Whether the same request may succeed in a moment. A timeout is not tried again: the time is the user's.
    pub(super) const fn is_passing(&self) -> bool {
        matches!(self, Self::Refused | Self::Reset | Self::NoRoute)
    }

    /// The outcome, with the host in its words.
    pub(super) fn presence(&self, host: &str) -> Presence {
        let unreachable = |code, message: String| Presence::Unreachable(Reason::new(code, message));
        match self {
            Self::Dns => unreachable(Code::Dns, format!("the name of `{host}` does not resolve")),
            Self::Refused => unreachable(Code::ConnectionRefused, format!("`{host}` refused the connection")),
            Self::Reset => unreachable(Code::ConnectionReset, format!("`{host}` cut the connection")),
            Self::Timeout => unreachable(Code::Timeout, format!("`{host}` gave no answer in time")),
            Self::NoRoute => unreachable(Code::NoRoute, format!("there is no way to `{host}`")),
            Self::Proxy => unreachable(Code::Proxy, format!("the proxy would not connect to `{host}`")),
            Self::Tls(code) => unreachable(*code, of_code(*code, host)),
            Self::Certificates(fault) => unreachable(Code::Tls, fault.clone()),
            Self::Network(kind) => unreachable(Code::Network, format!("asking `{host}` failed: {kind}")),
            Self::Address(address) => {
                Presence::refused(Code::AddressNotAllowed, format!("`{host}` leads to {address}, which must not be contacted"))
            }
            Self::Malformed => Presence::protocol(Code::Malformed, format!("`{host}` did not answer in HTTP")),
            Self::TooLarge(cap) => Presence::protocol(Code::TooLarge, format!("`{host}` answered with more than {cap} bytes")),
            Self::Encoded => Presence::protocol(Code::Encoded, format!("`{host}` answered in an encoding that was not accepted")),
        }
    }
}

fn of_tls(fault: &TlsError) -> Code {
    match fault {
        TlsError::InvalidCertificate(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }) => Code::TlsName,
        TlsError::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => Code::TlsExpired,
        TlsError::InvalidCertificate(_) => Code::TlsUntrusted,
        TlsError::InvalidMessage(_) => Code::TlsNotSpoken,
        _ => Code::Tls,
    }
}

fn of_code(code: Code, host: &str) -> String {
    match code {
        Code::TlsUntrusted => format!("the certificate of `{host}` is of an authority that is not trusted"),
        Code::TlsName => format!("the certificate of `{host}` is for another name"),
        Code::TlsExpired => format!("the certificate of `{host}` is not valid now"),
        Code::TlsNotSpoken => format!("`{host}` does not speak TLS"),
        _ => format!("TLS with `{host}` failed"),
    }
}
