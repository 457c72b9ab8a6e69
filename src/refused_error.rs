//! A refusal as an error. An outer guard finds it among the sources of the error that its call returned.

use crate::answer::{Reason, Refused};
use std::error::Error;
use std::fmt;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = [&self.circuit, &self.resolver].into_iter().flatten().next().map(|refusal| refusal.reason);
        f.write_str(reason.map_or("it was refused", explanation))?;
        match self.retry_after_ms {
            Some(ms) => write!(f, "; try again in {ms} ms"),
            None => f.write_str("; an operator must end this"),
        }
    }
}

impl Error for Refused {}

fn explanation(reason: Reason) -> &'static str {
    match reason {
        Reason::Open => "the circuit is open",
        Reason::HalfOpenFull => "the circuit is half-open and all its probes are in flight",
        Reason::Staggered => "the circuit is half-open and another process probes first",
        Reason::CooldownRetryAfter => "the server asked for a pause by Retry-After",
        Reason::CooldownRolling => "the host is in a cooldown after a burst of failures",
        Reason::CooldownOperator => "the host is in a cooldown set by an operator",
        Reason::ForcedOpen => "an operator forced the circuit open",
        Reason::Storage => "the store cannot be reached",
    }
}
