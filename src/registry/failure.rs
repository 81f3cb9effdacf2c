//! Owns the faults of one request, named so that people can act on them.

use std::io::ErrorKind;
use std::net::IpAddr;
use std::time::Duration;

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error as TlsError};
use ureq::Timeout;

use super::dial::AddressRefused;
use super::origin::Scheme;
use super::{Code, Limits, Presence};
use crate::mapping::Date;

/// Why a request has no answer that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    Dns,
    Refused,
    Reset,
    /// No connection in this time.
    Unconnected(Duration),
    /// No answer in this time.
    Timeout(Duration),
    /// The time for the whole run is used up.
    Late,
    NoRoute,
    /// The proxy is at fault, not the host behind it.
    Proxy {
        proxy: String,
        fault: AtProxy,
    },
    Tls(Code),
    /// The certificate was valid until this time.
    Expired(UnixTime),
    /// The host takes no client without a certificate, or not with this one.
    ClientCertificate,
    /// A certificate file of this host is unusable.
    Certificates(String),
    Network(String),
    Address(IpAddr),
    Malformed,
    TooLarge(usize),
    Encoded,
}

/// What a proxy does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AtProxy {
    /// Its URL cannot be used.
    Url,
    /// It is not one of HTTP.
    Kind,
    Dns,
    Refused,
    NoRoute,
    /// It would not connect to the host.
    Unwilling,
    /// It wants a user and a password.
    Login,
}

impl Failure {
    pub(super) fn of(fault: ureq::Error, scheme: Scheme, limits: &Limits) -> Self {
        match fault {
            ureq::Error::HostNotFound => Self::Dns,
            ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => Self::Unconnected(limits.connect),
            ureq::Error::Timeout(_) => Self::Timeout(limits.request),
            ureq::Error::Rustls(fault) => of_tls(&fault),
            ureq::Error::Tls(_) | ureq::Error::TlsRequired => Self::Tls(Code::Tls),
            ureq::Error::ConnectProxyFailed(_) => Self::Proxy { proxy: String::new(), fault: AtProxy::Unwilling },
            ureq::Error::InvalidProxyUrl => Self::Proxy { proxy: String::new(), fault: AtProxy::Url },
            ureq::Error::Other(other) => {
                other.downcast_ref::<AddressRefused>().map_or(Self::Network("other".to_owned()), |it| Self::Address(it.0))
            }
            ureq::Error::Io(fault) => Self::of_io(&fault, scheme, limits),
            ureq::Error::ConnectionFailed => Self::Network("no connection".to_owned()),
            ureq::Error::LargeResponseHeader(..) => Self::TooLarge(64 * 1024),
            _ => Self::Malformed,
        }
    }

    /// The same fault where a proxy is between: only the proxy's name is looked up, and only the proxy is connected to.
    pub(super) fn behind(self, proxy: Option<&str>) -> Self {
        let Some(proxy) = proxy else { return self };
        let fault = match self {
            Self::Dns => AtProxy::Dns,
            Self::Refused => AtProxy::Refused,
            Self::NoRoute => AtProxy::NoRoute,
            Self::Proxy { fault, .. } => fault,
            other => return other,
        };
        Self::Proxy { proxy: proxy.to_owned(), fault }
    }

    fn of_io(fault: &std::io::Error, scheme: Scheme, limits: &Limits) -> Self {
        if let Some(tls) = fault.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>()) {
            return of_tls(tls);
        }
        match fault.kind() {
            ErrorKind::ConnectionRefused => Self::Refused,
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof => Self::Reset,
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Self::Timeout(limits.request),
            ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => Self::NoRoute,
            ErrorKind::InvalidData if scheme == Scheme::Https => Self::Tls(Code::Tls),
            kind => Self::Network(kind.to_string()),
        }
    }

    /// Whether the same request may succeed in a moment. A timeout is not tried again: the time is the user's.
    pub(super) const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Dns | Self::Refused | Self::Reset | Self::NoRoute | Self::Proxy { fault: AtProxy::Refused | AtProxy::NoRoute, .. }
        )
    }

    /// The outcome, with the host in its words.
    pub(super) fn presence(&self, host: &str) -> Presence {
        let (code, message) = match self {
            Self::Dns => (Code::Dns, format!("the name of `{host}` does not resolve")),
            Self::Refused => (Code::ConnectionRefused, format!("`{host}` refused the connection")),
            Self::Reset => (Code::ConnectionReset, format!("`{host}` cut the connection")),
            Self::Unconnected(time) => (Code::Timeout, format!("`{host}` took no connection in {} s", time.as_secs_f64())),
            Self::Timeout(time) => (Code::Timeout, format!("`{host}` gave no answer in {} s (`--timeout`)", time.as_secs_f64())),
            Self::Late => return Presence::late(),
            Self::NoRoute => (Code::NoRoute, format!("there is no way to `{host}`")),
            Self::Proxy { proxy, fault } => (Code::Proxy, of_proxy(*fault, proxy, host)),
            Self::Tls(code) => (*code, of_code(*code, host)),
            Self::Expired(end) => {
                (Code::TlsExpired, format!("the certificate of `{host}` has expired on {}", Date::of_time(end.as_secs())))
            }
            Self::ClientCertificate => {
                let places = format!("`client.cert` and `client.key` in a folder `certs.d/{host}`");
                (Code::Tls, format!("`{host}` wants a client's certificate that it knows: {places}"))
            }
            Self::Certificates(fault) => (Code::Tls, fault.clone()),
            Self::Network(kind) => (Code::Network, format!("asking `{host}` failed: {kind}")),
            Self::Address(address) => (Code::AddressNotAllowed, format!("`{host}` leads to {address}, which must not be contacted")),
            Self::Malformed => (Code::Malformed, format!("`{host}` did not answer in HTTP")),
            Self::TooLarge(cap) => (Code::TooLarge, format!("`{host}` answered with more than {cap} bytes")),
            Self::Encoded => (Code::Encoded, format!("`{host}` answered in an encoding that was not accepted")),
        };
        Presence::new(code, message)
    }
}

fn of_tls(fault: &TlsError) -> Failure {
    Failure::Tls(match fault {
        TlsError::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. }) => return Failure::Expired(*not_after),
        // RFC 8446 section 6.2: what a server says of a client's certificate that is not there, or not one that it takes. An unknown authority
        // is told by it only of the client, since the server's own is judged here.
        TlsError::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateUnknown,
        ) => return Failure::ClientCertificate,
        TlsError::InvalidCertificate(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }) => Code::TlsName,
        TlsError::InvalidCertificate(
            CertificateError::Expired | CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        ) => Code::TlsExpired,
        TlsError::InvalidCertificate(_) => Code::TlsUntrusted,
        TlsError::InvalidMessage(_) => Code::TlsNotSpoken,
        _ => Code::Tls,
    })
}

fn of_proxy(fault: AtProxy, proxy: &str, host: &str) -> String {
    match fault {
        AtProxy::Url => format!("the URL of the proxy `{proxy}` cannot be used"),
        AtProxy::Kind => format!("the proxy `{proxy}` is none of HTTP, and no other kind is spoken"),
        AtProxy::Dns => format!("the name of the proxy `{proxy}` does not resolve"),
        AtProxy::Refused => format!("the proxy `{proxy}` refused the connection"),
        AtProxy::NoRoute => format!("there is no way to the proxy `{proxy}`"),
        AtProxy::Unwilling => format!("the proxy `{proxy}` would not connect to `{host}`"),
        AtProxy::Login => format!("the proxy `{proxy}` wants a user and a password"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_says_since_when_it_has_expired() {
        let fault = TlsError::InvalidCertificate(CertificateError::ExpiredContext {
            time: UnixTime::since_unix_epoch(Duration::from_secs(1_800_000_000)),
            not_after: UnixTime::since_unix_epoch(Duration::from_secs(1_709_210_096)),
        });
        let presence = of_tls(&fault).presence("r.example");
        assert_eq!(presence.reason().message, "the certificate of `r.example` has expired on 2024-02-29");
        assert_eq!(presence.reason().code, Code::TlsExpired);
    }

    #[test]
    fn a_registry_that_wants_a_clients_certificate_is_told_where_it_goes() {
        for alert in [AlertDescription::CertificateRequired, AlertDescription::UnknownCA] {
            let presence = of_tls(&TlsError::AlertReceived(alert)).presence("r.example:5000");
            assert!(presence.reason().message.contains("certs.d/r.example:5000"), "{presence:?}");
        }
    }

    #[test]
    fn the_seconds_of_a_timeout_are_told() {
        let fault = Failure::of(ureq::Error::Timeout(Timeout::Global), Scheme::Https, &Limits::default());
        assert_eq!(fault.presence("r.example").reason().message, "`r.example` gave no answer in 20 s (`--timeout`)");
    }
}
