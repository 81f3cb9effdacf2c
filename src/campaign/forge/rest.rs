//! Owns the requests to a forge that speaks JSON over HTTP: what is tried again and for how long, what a refusal means, and pages.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use crate::campaign::trouble::{Cause, Trouble};
use crate::credentials::Secret;
use crate::registry::{Call, Method, Said, Web, retry_after};
use crate::text::clean;

use super::login::Login;
use super::telling::{limit, message, next, origin};

/// How often a question is put at most.
const TRIES: u32 = 4;
/// Redirects that are followed, on the forge itself.
const REDIRECTS: usize = 3;

/// How a forge is spoken to.
#[derive(Debug)]
pub struct Rest {
    web: Web,
    /// The address of the API, without a `/` at its end.
    base: String,
    accept: &'static str,
    /// The header that says who asks.
    login: Option<Secret>,
    /// What the forge may repeat, and nobody may see.
    secrets: Vec<Secret>,
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
    /// The forge whose API is at `base`.
    #[must_use]
    pub fn new(web: Web, base: &str, accept: &'static str, login: Option<&Login>, longest: Duration) -> Self {
        let base = base.trim_end_matches('/').to_owned();
        // A forge of this machine is a test's, or nobody else's.
        let is_here = ["http://127.", "http://[::1]"].iter().any(|here| base.starts_with(here));
        let between = if is_here { Duration::ZERO } else { Duration::from_secs(1) };
        let own = login.map(|login| login.secret().clone());
        let login = login.map(Login::header);
        let shown = login.iter().flat_map(|login| login.expose().split(' ')).filter(|word| word.len() > 8).map(Secret::new);
        let secrets = shown.chain(own).collect();
        Self { web, base, accept, login, secrets, longest, between, acted: Mutex::default() }
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
        self.request(Method::Get, &format!("{}{path}", self.base), None)
    }

    /// Asks for a list, page after page, by the addresses that the forge itself gives (RFC 8288, `rel="next"`); at most so many pages.
    ///
    /// # Errors
    /// As [`Rest::get`].
    pub fn list(&self, path: &str, pages: usize) -> Result<Vec<Value>, Trouble> {
        self.pages(path, pages, |value| Some(value.take()))
    }

    /// The same, where each answer has the list under a key; the address of the next page may stand beside it, under `next`.
    ///
    /// # Errors
    /// As [`Rest::get`].
    pub fn list_in(&self, path: &str, key: &str, pages: usize) -> Result<Vec<Value>, Trouble> {
        self.pages(path, pages, |value| Some(value.get_mut(key)?.take()))
    }

    fn pages(&self, path: &str, pages: usize, items: impl Fn(&mut Value) -> Option<Value>) -> Result<Vec<Value>, Trouble> {
        let mut all = Vec::new();
        let mut url = format!("{}{path}", self.base);
        for _ in 0..pages {
            let Answer { mut value, said } = self.request(Method::Get, &url, None)?;
            let beside = value.get("next").and_then(Value::as_str).map(str::to_owned);
            let Some(Value::Array(items)) = items(&mut value) else { return Err(self.odd(&url, "is no list")) };
            all.extend(items);
            match said.header("link").and_then(next).or(beside) {
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
    pub fn act(&self, method: Method, path: &str, body: &Value) -> Result<Answer, Trouble> {
        self.request(method, &format!("{}{path}", self.base), Some(body))
    }

    /// Asks something by a POST to another address of the same forge, as GraphQL does.
    ///
    /// # Errors
    /// As [`Rest::get`].
    pub fn query(&self, url: &str, body: &Value) -> Result<Answer, Trouble> {
        if self.is_ours(url) { self.request(Method::Post, url, Some(body)) } else { Err(self.odd(url, "leads away from the forge")) }
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
        clean(&self.secrets.iter().fold(text.to_owned(), |text, secret| secret.redact(&text)))
    }

    fn request(&self, method: Method, url: &str, body: Option<&Value>) -> Result<Answer, Trouble> {
        let text = body.map(ToString::to_string);
        let (mut url, mut tried, mut redirects) = (url.to_owned(), 0, 0);
        loop {
            if method != Method::Get {
                self.pause();
            }
            let call = Call { method, url: &url, accept: self.accept, authorization: self.login.as_ref(), body: text.as_deref() };
            tried += 1;
            match self.next(method, tried, self.web.call(&call)) {
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

    fn next(&self, method: Method, tried: u32, said: Result<Said, crate::registry::Reason>) -> Next {
        let backoff = Duration::from_millis(250).saturating_mul(2_u32.saturating_pow(tried));
        let said = match said {
            Ok(said) => said,
            Err(reason) if method == Method::Get => return Next::Again(backoff, self.shown(&reason.message)),
            Err(reason) => return Next::Fail(Trouble::new(Cause::Unreachable, self.shown(&reason.message))),
        };
        let words = self.shown(&message(said.status, &said.body));
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
                None => fail(Cause::NoPermission),
            },
            404 | 410 => fail(Cause::Missing),
            405 | 409 => fail(Cause::Changed),
            // Gitea's word for it.
            423 => fail(Cause::Archived),
            500..=599 if method == Method::Get => {
                let wanted = said.header("retry-after").and_then(|value| retry_after(value, SystemTime::now()));
                Next::Again(wanted.unwrap_or(backoff), words)
            }
            500..=599 => fail(Cause::Unreachable),
            _ => fail(Cause::Refused),
        }
    }
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
