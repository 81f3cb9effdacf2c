//! Owns what an answer without a manifest means.

use serde_json::Value;

use super::exchange::{Answer, By};
use super::{Code, Outcome, Presence, Reason};

/// The error of a registry's error list that says most (OCI distribution specification, "Error Codes").
struct Told {
    code: String,
    message: String,
}

/// Codes that say more than any beside them, and than the status: the registry did not look.
const REFUSALS: [&str; 4] = ["UNAUTHORIZED", "DENIED", "TOOMANYREQUESTS", "TOO_MANY_REQUEST"];

/// How servers say, in plain text, that they speak TLS: Go's net/http, nginx, Apache httpd.
const SPEAKS_TLS: [&str; 3] = [
    "Client sent an HTTP request to an HTTPS server",
    "The plain HTTP request was sent to HTTPS port",
    "speaking plain HTTP to an SSL-enabled server port",
];

/// The presence that a failed answer tells.
///
/// A 404 means "missing" only with a registry's error list: many things that are no registry answer 404 to anything. A pull-through cache
/// passes its upstream's refusal on as a 404 of its own; that is still a refusal. A 401 or a 403 never means "missing".
///
/// A registry may send the same question to another (registry.k8s.io does), whose "missing" is then as good as its own: the redirect came
/// over TLS or from a registry that the user lets speak without, and leads to TLS or to a host that the user named, by policy. Whoever can
/// make a registry redirect us can make it say "missing" as well, so that nothing is gained by it; and "exists" of the same host is believed
/// too. A 404 for another path is not: what lies there is a file of a store, whose "no such object" is no word about the manifest.
pub(super) fn classify(answer: &Answer, domain: &str) -> Presence {
    let told = errors(answer);
    let code = told.as_ref().map(|told| told.code.as_str());
    let who = match &answer.by {
        By::Registry => format!("`{domain}`"),
        By::Referred(other) | By::Elsewhere(other) => format!("the host that `{domain}` redirects to, `{other}`,"),
    };
    // Another host was shown nothing.
    let grant = answer.grant.as_ref().filter(|_| answer.by == By::Registry);
    let source = grant.and_then(|grant| grant.source.as_deref());
    let said = |code: Code, message: String| {
        let mut reason = Reason::new(code, message).with_status(answer.reply.status).with_credential(source);
        reason.registry_code = told.as_ref().map(|told| told.code.clone()).filter(|code| !code.is_empty());
        reason.request_id = request_id(answer);
        if let Some(words) = told.as_ref().map(|told| told.message.as_str()).filter(|words| !words.is_empty()) {
            reason.message = format!("{}: {words}", reason.message);
        }
        Presence::of(reason)
    };
    let is_basic = || grant.is_some_and(|grant| grant.header.expose().starts_with("Basic "));
    let unauthorized = || {
        let (whom, outcome) =
            if source.is_some() { ("this credential", Outcome::Unauthorized) } else { ("the anonymous", Outcome::LoginRequired) };
        said(Code::MissingOrPrivate, format!("{who} lets {whom} pull nothing there: missing or private")).called(outcome)
    };
    let blocked = || said(Code::Blocked, format!("a policy of {who} blocks the pull").trim_end_matches(',').to_owned());
    let denied = || said(Code::Denied, format!("{who} denies the pull: missing or private"));
    match answer.reply.status {
        401 if source.is_some() && is_basic() => said(Code::BadCredentials, format!("{who} does not accept the credential")),
        401 if grant.is_some() || answer.by != By::Registry => unauthorized(),
        401 => said(Code::NoCredentials, format!("{who} asks for a credential, and none is stored for it")),
        412 if code.is_some() => blocked(),
        403 if code.is_some_and(|code| code.contains("POLICY")) => blocked(),
        403 => denied(),
        404 => match code.filter(|_| !matches!(answer.by, By::Elsewhere(_))) {
            // An old registry says so of an image that is there, to a client that accepts too little.
            Some(_) if told.as_ref().is_some_and(|told| told.message.contains("accept header")) => {
                said(Code::UnsupportedManifest, format!("{who} has it in a form that it does not serve"))
            }
            Some("MANIFEST_UNKNOWN") => said(Code::ManifestUnknown, format!("{who} has no such manifest")),
            Some("NAME_UNKNOWN") => said(Code::NameUnknown, format!("{who} has no such repository")),
            Some("UNAUTHORIZED") => unauthorized(),
            Some("DENIED") => denied(),
            Some(code) if REFUSALS.contains(&code) => said(Code::TooManyRequests, format!("{who} allows no more requests now")),
            Some(_) => said(Code::NotFound, format!("{who} has not found it")),
            None => said(Code::NoErrorList, format!("{who} answers \"not found\", but not as a registry does")),
        },
        400 if SPEAKS_TLS.iter().any(|sentence| has(&answer.reply.body, sentence)) => {
            said(Code::TlsExpected, format!("{who} speaks TLS and was asked without"))
        }
        status => said(Code::UnexpectedStatus, format!("{who} answered with status {status}")),
    }
}

fn has(body: &[u8], sentence: &str) -> bool {
    body.windows(sentence.len()).any(|window| window == sentence.as_bytes())
}

/// Whether the answer is the one of distribution 2.8 as a pull-through cache whose upstream does not answer: its own error for what it has
/// no word for, which wraps the upstream's words when there are any.
pub(super) fn is_of_silent_upstream(answer: &Answer) -> bool {
    let knows = ["MANIFEST_UNKNOWN", "NAME_UNKNOWN"].iter().any(|code| has(&answer.reply.body, code));
    answer.reply.status == 500 && !knows && errors(answer).is_some_and(|told| told.code == "UNKNOWN")
}

/// What the error list says: a refusal where there is one, else the first that has a code. `None` for a list of anything else.
fn errors(answer: &Answer) -> Option<Told> {
    let value: Value = serde_json::from_slice(&answer.reply.body).ok()?;
    let text = |error: &Value, name: &str| error.get(name).and_then(Value::as_str).map(|text| answer.shown(text)).unwrap_or_default();
    let told = value.get("errors")?.as_array()?.iter().map(|error| Told { code: text(error, "code"), message: text(error, "message") });
    let told: Vec<Told> = told.filter(|told| !told.code.is_empty()).collect();
    let at = told.iter().position(|told| REFUSALS.contains(&told.code.as_str())).unwrap_or_default();
    told.into_iter().nth(at)
}

/// The registry's number for the request, under the names that registries give it.
fn request_id(answer: &Answer) -> Option<String> {
    let names = ["x-request-id", "x-amzn-requestid", "x-github-request-id", "x-ms-correlation-request-id", "docker-request-id"];
    names.iter().find_map(|name| answer.reply.header(name)).map(|id| answer.shown(id)).filter(|id| id.len() <= 128)
}
