//! Owns what an answer without a manifest means.

use serde_json::Value;

use super::exchange::{Answer, By};
use super::presence::Presence;
use super::reason::{Code, Reason};

/// The first error of a registry's error list (OCI distribution specification, "Error Codes").
struct Told {
    code: String,
    message: String,
}

/// The presence that a failed answer tells. A 404 means "missing" only with a registry's error list: many things that are no registry
/// answer 404 to anything. A 401 or a 403 never does.
pub(super) fn classify(answer: &Answer, domain: &str) -> Presence {
    let told = errors(answer);
    let code = told.as_ref().map(|told| told.code.as_str());
    let source = answer.source();
    let reason = |code: Code, message: String| {
        let mut reason = Reason::new(code, message).with_status(answer.reply.status).with_credential(source);
        reason.registry_code = told.as_ref().map(|told| told.code.clone()).filter(|code| !code.is_empty());
        reason.request_id = request_id(answer);
        if let Some(words) = told.as_ref().map(|told| told.message.as_str()).filter(|words| !words.is_empty()) {
            reason.message = format!("{}: {words}", reason.message);
        }
        reason
    };
    match answer.reply.status {
        401 if source.is_some() && answer.grant.as_ref().is_some_and(|grant| grant.header.expose().starts_with("Basic ")) => {
            Presence::Unauthorized(reason(Code::BadCredentials, format!("`{domain}` does not accept the credential")))
        }
        401 if source.is_some() => Presence::Unauthorized(reason(
            Code::MissingOrPrivate,
            format!("`{domain}` lets this credential pull nothing there: missing or private"),
        )),
        401 if answer.grant.is_some() => Presence::LoginRequired(reason(
            Code::MissingOrPrivate,
            format!("`{domain}` lets the anonymous pull nothing there: missing or private"),
        )),
        401 => Presence::LoginRequired(reason(Code::NoCredentials, format!("`{domain}` asks for a credential, and none is stored for it"))),
        412 => Presence::ExistsBlocked(reason(Code::Blocked, format!("a policy of `{domain}` blocks the pull"))),
        403 if code.is_some_and(|code| code.contains("POLICY")) => {
            Presence::ExistsBlocked(reason(Code::Blocked, format!("a policy of `{domain}` blocks the pull")))
        }
        403 => Presence::Denied(reason(Code::Denied, format!("`{domain}` denies the pull: missing or private"))),
        404 => match code.filter(|_| answer.by == By::Registry) {
            // An old registry says so of an image that is there, to a client that accepts too little.
            Some(_) if told.as_ref().is_some_and(|told| told.message.contains("accept header")) => {
                Presence::ProtocolError(reason(Code::UnsupportedManifest, format!("`{domain}` has it in a form that it does not serve")))
            }
            Some("MANIFEST_UNKNOWN") => Presence::Missing(reason(Code::ManifestUnknown, format!("`{domain}` has no such manifest"))),
            Some("NAME_UNKNOWN") => Presence::Missing(reason(Code::NameUnknown, format!("`{domain}` has no such repository"))),
            Some(_) => Presence::Missing(reason(Code::NotFound, format!("`{domain}` has not found it"))),
            None => Presence::MissingUnconfirmed(reason(
                Code::NoErrorList,
                format!("`{domain}` answers \"not found\", but not as a registry does"),
            )),
        },
        400 if answer.reply.body.starts_with(b"Client sent an HTTP request to an HTTPS server") => {
            Presence::ProtocolError(reason(Code::TlsExpected, format!("`{domain}` speaks TLS and was asked without")))
        }
        status => Presence::ProtocolError(reason(Code::UnexpectedStatus, format!("`{domain}` answered with status {status}"))),
    }
}

fn errors(answer: &Answer) -> Option<Told> {
    let value: Value = serde_json::from_slice(&answer.reply.body).ok()?;
    let first = value.get("errors")?.as_array()?.first()?;
    let text = |name: &str| first.get(name).and_then(Value::as_str).map(|text| answer.shown(text)).unwrap_or_default();
    Some(Told { code: text("code"), message: text("message") })
}

/// The registry's number for the request, under the names that registries give it.
fn request_id(answer: &Answer) -> Option<String> {
    let names = ["x-request-id", "x-amzn-requestid", "x-github-request-id", "x-ms-correlation-request-id", "docker-request-id"];
    names.iter().find_map(|name| answer.reply.header(name)).map(|id| answer.shown(id)).filter(|id| id.len() <= 128)
}
