//! Owns the repetition of a request that a network or a registry failed for a moment.

use std::time::SystemTime;

use super::failure::Failure;
use super::gate::Gate;
use super::pause::{jittered, retry_after};
use super::presence::Presence;
use super::reason::{Code, Reason};
use super::settings::Limits;
use super::transport::Reply;

/// How patient to be, and with whom.
#[derive(Debug)]
pub(super) struct Patience<'a> {
    pub(super) limits: &'a Limits,
    pub(super) gate: &'a Gate,
    pub(super) host: &'a str,
    pub(super) on_failure: OnFailure,
}

/// What to do with a registry's 5xx.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnFailure {
    /// Ask again; it may pass.
    TryAgain,
    /// Take it as the answer: its words are what was asked for.
    Read,
}

/// Sends until there is an answer that waiting would not change, or no try is left. 429 is told at once when the registry wants a longer
/// pause than we take.
pub(super) fn patiently(patience: &Patience<'_>, mut send: impl FnMut() -> Result<Reply, Failure>) -> Result<Reply, Presence> {
    let limits = patience.limits;
    let mut tried = 0;
    loop {
        let last = tried + 1 >= limits.tries;
        let pause = jittered(limits.pause, tried, limits.longest_pause);
        match send() {
            Ok(reply) if reply.status == 429 => {
                let wanted = reply.header("retry-after").and_then(|value| retry_after(value, SystemTime::now()));
                let pause = wanted.unwrap_or(pause);
                if last || pause > limits.max_wait {
                    patience.gate.narrow(std::time::Duration::ZERO);
                    let mut reason = Reason::new(Code::TooManyRequests, format!("`{}` allows no more requests now", patience.host));
                    reason.retry_after = wanted.map(|wanted| wanted.as_secs());
                    return Err(Presence::RateLimited(reason.with_status(429)));
                }
                // The next try waits at the gate, and with it all others to this host.
                patience.gate.narrow(pause);
            }
            Ok(reply) if matches!(reply.status, 408 | 500 | 502 | 503 | 504) && patience.on_failure == OnFailure::TryAgain => {
                if last {
                    let message = format!("`{}` failed with status {} at every try", patience.host, reply.status);
                    return Err(Presence::Unreachable(Reason::new(Code::ServerError, message).with_status(reply.status)));
                }
                let wanted = reply.header("retry-after").and_then(|value| retry_after(value, SystemTime::now()));
                std::thread::sleep(wanted.filter(|wanted| *wanted <= limits.max_wait).unwrap_or(pause));
            }
            Ok(reply) => {
                patience.gate.answered();
                return Ok(reply);
            }
            Err(failure) if failure.is_passing() && !last => std::thread::sleep(pause),
            Err(failure) => return Err(failure.presence(patience.host)),
        }
        tried += 1;
    }
}
