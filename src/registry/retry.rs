//! Owns the repetition of a request that a network or a registry failed for a moment.

use std::time::{Duration, Instant, SystemTime};

use super::failure::Failure;
use super::gate::Gate;
use super::pause::{jittered, retry_after};
use super::transport::Reply;
use super::{Code, Limits, Presence, Reason};

/// How patient to be, and with whom.
#[derive(Debug)]
pub(super) struct Patience<'a> {
    pub(super) limits: &'a Limits,
    pub(super) gate: &'a Gate,
    pub(super) host: &'a str,
    pub(super) on_failure: OnFailure,
}

/// What to do when a registry or the network fails for a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnFailure {
    /// Ask again; it may pass.
    TryAgain,
    /// Take it as the answer: its words are what was asked for, or it is not worth more than one request.
    Read,
}

/// Sends until there is an answer that waiting would not change, or no try or time is left. A pause that the registry wants is taken with
/// 429 and with 5xx alike (RFC 9110 section 10.2.3); one that is longer than we wait is told at once.
pub(super) fn patiently(patience: &Patience<'_>, mut send: impl FnMut() -> Result<Reply, Failure>) -> Result<Reply, Presence> {
    let limits = patience.limits;
    let mut tried = 0;
    loop {
        let last = patience.on_failure == OnFailure::Read || tried + 1 >= limits.tries;
        let jitter = jittered(limits.pause, tried, limits.longest_pause);
        let is_left = |pause: Duration| !last && limits.end.is_none_or(|end| end.saturating_duration_since(Instant::now()) > pause);
        match send() {
            Ok(reply) if is_passing(reply.status, patience.on_failure) => {
                let wanted = reply.header("retry-after").and_then(|value| retry_after(value, SystemTime::now()));
                let pause = wanted.unwrap_or(jitter);
                let goes_on = pause <= limits.max_wait && is_left(pause);
                if reply.status == 429 {
                    // The next try waits at the gate, and with it all others to this host.
                    patience.gate.narrow(if goes_on { pause } else { Duration::ZERO });
                } else if goes_on {
                    std::thread::sleep(pause);
                }
                if !goes_on {
                    return Err(given_up(patience, reply.status, wanted));
                }
            }
            Ok(reply) => {
                patience.gate.answered();
                return Ok(reply);
            }
            Err(failure) if failure.is_passing() && is_left(jitter) => std::thread::sleep(jitter),
            Err(failure) => return Err(failure.presence(patience.host)),
        }
        tried += 1;
    }
}

/// Whether a status may be another one in a moment.
fn is_passing(status: u16, on_failure: OnFailure) -> bool {
    status == 429 || (matches!(status, 408 | 500 | 502 | 503 | 504) && on_failure == OnFailure::TryAgain)
}

fn given_up(patience: &Patience<'_>, status: u16, wanted: Option<Duration>) -> Presence {
    let host = patience.host;
    let again = wanted.map(|wanted| format!("; it wants to be asked again in {} s", wanted.as_secs())).unwrap_or_default();
    let (code, message) = match status {
        429 => (Code::TooManyRequests, format!("`{host}` allows no more requests now{again}")),
        _ if wanted.is_some() => (Code::ServerError, format!("`{host}` answers with status {status}{again}")),
        _ => (Code::ServerError, format!("`{host}` failed with status {status} at every try")),
    };
    let mut reason = Reason::new(code, message).with_status(status);
    reason.retry_after = wanted.map(|wanted| wanted.as_secs());
    Presence::of(reason)
}
