//! Owns the requests to a forge that speaks JSON over HTTP: what is tried again and for how long, what a refusal means, and pages.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::campaign::trouble::{Cause, Trouble};
use crate::credentials::Secret;
use crate::registry::{Call, Said, Verb, Web, retry_after};
use crate::text::clean;

/// How often a question is put at most.
const TRIES: u32 = 4;
/// Redirects that are followed, on the forge itself.
const REDIRECTS: usize = 3;
/// How long is waited where a forge limits and does not say how long (GitHub's best practices: a minute, and longer each time).
const A_MINUTE: Duration = Duration::from_secs(60);

/// How a forge is spoken to.
#[derive(Debug)]
pub struct Rest {
    web: Web,
    /// The address of the API, without a `/` at its end.
    base: String,
    accept: &'static str,
    login: Option<Secret>,
    /// The longest time that is waited because the forge asks for it.
    longest: Duration,
    /// The least time between two acts.
    between: Duration,
    acted: Mutex<Option<Instant>>,
}

/// An answer that is a success.
#[derive(Debug)]
pub struct Answer {
    /// Its JSON; null where there was nothing.
    pub value: Value,
    said: Said,
}

/// What is to be done after an answer.
enum Next {
    Take(Said),
    /// Ask again after so long.
    Again(Duration, String),
    /// Ask elsewhere.
    There(String),
    Fail(Trouble),
}

impl Rest {
    /// The forge whose API is at `base`. `login` is the whole value of the header that says who asks.
    #[must_use]
    pub fn new(web: Web, base: &str, accept: &'static str, login: Option<Secret>, longest: Duration) -> Self {
        let base = base.trim_end_matches('/').to_owned();
        // A forge of this machine is a test's, or nobody else's.
        let is_here = ["http://127.", "http://[::1]"].iter().any(|here| base.starts_with(here));
        let between = if is_here { Duration::ZERO } else { Duration::from_secs(1) };
        Self { web, base, accept, login, longest, between, acted: Mutex::default() }
    }

    /// The address of the API.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Asks something; a path begins with `/`.
    ///
    /// # Errors
    /// [`Trouble`] where there is no answer, or one that is no success.
    pub fn get(&self, path: &str) -> Result<Answer, Trouble> {
        self.request(Verb::Get, &format!("{}{path}", self.base), None)
    }

    /// Asks for a list, page after page, by the addresses that the forge itself gives (RFC 8288, `rel="next"`); at most so many pages.
    ///
    /// # Errors
    /// As [`Rest::get`].
    pub fn list(&self, path: &str, pages: usize) -> Result<Vec<Value>, Trouble> {
        let mut all = Vec::new();
        let mut url = format!("{}{path}", self.base);
        for _ in 0..pages {
            let answer = self.request(Verb::Get, &url, None)?;
            let Value::Array(items) = answer.value else { return Err(self.odd(&url, "is no list")) };
            all.extend(items);
            match answer.said.header("link").and_then(next) {
                Some(link) if self.is_ours(&link) => url = link,
                Some(link) => return Err(self.odd(&link, "leads away from the forge")),
                None => return Ok(all),
            }
        }
        Ok(all)
    }

    /// Does something. It is not tried again where nobody knows whether it was done.
    ///
    /// # Errors
    /// As [`Rest::get`].
    pub fn act(&self, verb: Verb, path: &str, body: &Value) -> Result<Answer, Trouble> {
        self.request(verb, &format!("{}{path}", self.base), Some(body))
    }

    /// Asks something by a POST to another address of the same forge, as GraphQL does.
    ///
    /// # Errors
    /// As [`Rest::get`].
    pub fn query(&self, url: &str, body: &Value) -> Result<Answer, Trouble> {
        if self.is_ours(url) { self.request(Verb::Post, url, Some(body)) } else { Err(self.odd(url, "leads away from the forge")) }
    }

    /// Whether an address is one of the forge's own host.
    fn is_ours(&self, url: &str) -> bool {
        origin(url).is_some_and(|there| Some(there) == origin(&self.base))
    }

    fn odd(&self, url: &str, what: &str) -> Trouble {
        Trouble::new(Cause::Refused, self.shown(&format!("the answer of `{url}` {what}")))
    }

    /// A text of the forge, without the secret that it may repeat.
    fn shown(&self, text: &str) -> String {
        let words = self.login.iter().flat_map(|login| login.expose().split(' ')).filter(|word| word.len() > 8);
        clean(&words.fold(text.to_owned(), |text, word| Secret::new(word).redact(&text)))
    }

    fn request(&self, verb: Verb, url: &str, body: Option<&Value>) -> Result<Answer, Trouble> {
        let text = body.map(ToString::to_string);
        let (mut url, mut tried, mut redirects) = (url.to_owned(), 0, 0);
        loop {
            if verb != Verb::Get {
                self.pause();
            }
            let call = Call { verb, url: &url, accept: self.accept, authorization: self.login.as_ref(), body: text.as_deref() };
            tried += 1;
            match self.next(verb, tried, self.web.call(&call)) {
                Next::Take(said) => {
                    let value = if said.body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&said.body) };
                    let value = value.map_err(|_| self.odd(&url, "is no JSON"))?;
                    return Ok(Answer { value, said });
                }
                Next::Again(pause, why) if tried >= TRIES || pause > self.longest => return Err(given_up(pause, &why, tried)),
                Next::Again(pause, _) => std::thread::sleep(pause),
                Next::There(place) => {
                    redirects += 1;
                    // Renamed repositories are found under another path of the same host; nobody else is shown the token.
                    if redirects > REDIRECTS || !self.is_ours(&place) {
                        return Err(self.odd(&url, "is a redirect that is not followed"));
                    }
                    (url, tried) = (place, tried - 1);
                }
                Next::Fail(trouble) => return Err(trouble),
            }
        }
    }

    /// Waits until the next act is due.
    fn pause(&self) {
        let mut acted = self.acted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = *acted {
            std::thread::sleep(self.between.saturating_sub(before.elapsed()));
        }
        *acted = Some(Instant::now());
    }

    fn next(&self, verb: Verb, tried: u32, said: Result<Said, crate::registry::Reason>) -> Next {
        let backoff = Duration::from_millis(250).saturating_mul(2_u32.saturating_pow(tried));
        let said = match said {
            Ok(said) => said,
            Err(reason) if verb == Verb::Get => return Next::Again(backoff, self.shown(&reason.message)),
            Err(reason) => return Next::Fail(Trouble::new(Cause::Unreachable, self.shown(&reason.message))),
        };
        let words = self.shown(&message(&said));
        let fail = |cause| Next::Fail(Trouble::new(cause, words.clone()));
        match said.status {
            200..=299 => Next::Take(said),
            301 | 302 | 307 | 308 => match said.header("location") {
                Some(place) if place.starts_with('/') => Next::There(format!("{}{place}", origin(&self.base).unwrap_or_default())),
                Some(place) => Next::There(place.to_owned()),
                None => fail(Cause::Refused),
            },
            401 => fail(Cause::NoLogin),
            // A limit says no to an act before it is done, so that it can be tried again.
            403 | 429 => match limit(&said, tried, SystemTime::now()) {
                Some(pause) => Next::Again(pause, words),
                None if said.status == 429 => Next::Again(A_MINUTE.saturating_mul(tried), words),
                None => fail(Cause::NoPermission),
            },
            404 | 410 => fail(Cause::Missing),
            405 | 409 => fail(Cause::Changed),
            500..=599 if verb == Verb::Get => {
                let wanted = said.header("retry-after").and_then(|value| retry_after(value, SystemTime::now()));
                Next::Again(wanted.unwrap_or(backoff), words)
            }
            500..=599 => fail(Cause::Unreachable),
            _ => fail(Cause::Refused),
        }
    }
}

/// How long a forge wants to be left alone that limits whoever asks; none where a refusal is no limit.
fn limit(said: &Said, tried: u32, now: SystemTime) -> Option<Duration> {
    if let Some(wanted) = said.header("retry-after").and_then(|value| retry_after(value, now)) {
        return Some(wanted);
    }
    let number = |name: &str| said.header(name).and_then(|value| value.trim().parse::<u64>().ok());
    if number("x-ratelimit-remaining") == Some(0) {
        let reset = number("x-ratelimit-reset").map(|reset| UNIX_EPOCH + Duration::from_secs(reset));
        // A second more than is said, since clocks differ.
        let wait = reset.map(|reset| reset.duration_since(now).map_or(Duration::ZERO, |wait| wait + Duration::from_secs(1)));
        return Some(wait.unwrap_or(A_MINUTE));
    }
    let words = String::from_utf8_lossy(&said.body).to_ascii_lowercase();
    ["secondary rate limit", "abuse detection"].iter().any(|mark| words.contains(mark)).then(|| A_MINUTE.saturating_mul(tried))
}

fn given_up(pause: Duration, why: &str, tried: u32) -> Trouble {
    let is_limit = why.contains("status 403") || why.contains("status 429");
    let seconds = pause.as_secs();
    if is_limit {
        let message = format!("the forge allows no more for now, and wants to be asked again in {seconds} s: {why}");
        Trouble { again_in: Some(seconds), ..Trouble::new(Cause::Limited, message) }
    } else {
        Trouble::new(Cause::Unreachable, format!("no answer after {tried} tries: {why}"))
    }
}

/// What an answer that is no success says, in one line.
fn message(said: &Said) -> String {
    let value: Value = serde_json::from_slice(&said.body).unwrap_or_default();
    let own = value["message"].as_str().or_else(|| value["error"].as_str()).unwrap_or_default().to_owned();
    let errors = value["errors"].as_array().into_iter().flatten();
    let errors = errors.filter_map(|error| error["message"].as_str().or_else(|| error.as_str()).or_else(|| error["code"].as_str()));
    let all: Vec<String> = std::iter::once(own).filter(|text| !text.is_empty()).chain(errors.map(str::to_owned)).collect();
    let told = if all.is_empty() { String::new() } else { format!(": {}", all.join("; ")) };
    format!("the forge answers with status {}{told}", said.status)
}

/// The address of the next page in a header `Link`.
fn next(header: &str) -> Option<String> {
    header.split(',').find_map(|link| {
        let (address, about) = link.trim().split_once(';')?;
        let is_next = about.split(';').any(|word| matches!(word.trim(), "rel=\"next\"" | "rel=next"));
        is_next.then(|| address.trim().trim_start_matches('<').trim_end_matches('>').to_owned())
    })
}

/// Scheme, host and port of an address.
fn origin(url: &str) -> Option<&str> {
    let host = url.find("://")? + 3;
    let end = url.get(host..)?.find(['/', '?', '#']).map_or(url.len(), |at| host + at);
    // A user in an address would make it look like another.
    url.get(..end).filter(|origin| !origin.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_followed_on_the_forge_alone() {
        let header = "<https://api.example.com/a?page=1>; rel=\"prev\", <https://api.example.com/a?page=3>; rel=\"next\"";
        assert_eq!(next(header).as_deref(), Some("https://api.example.com/a?page=3"));
        assert_eq!(next("<https://a.example/>; rel=\"last\""), None);
        assert_eq!(origin("https://api.example.com:8443/a?b"), Some("https://api.example.com:8443"));
        assert_eq!(origin("https://api.example.com@evil.example/a"), None);
        assert_eq!(origin("nothing"), None);
    }
}
