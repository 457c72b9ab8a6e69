//! Why a guarded call returned no value.

use crate::error::Error;
use fuseboard::{Reason, Refused};
use std::fmt;
use std::sync::Arc;

/// Why a guarded call returned no value.
#[derive(Debug)]
pub enum CallError<E> {
    /// The call was refused and not made. It holds the reasons, and when to try again.
    Refused(Arc<Refused>),
    /// The call was made and failed with this error.
    Failed(E),
    /// The call was not made, because the board returned an error.
    Board(Error),
}

/// Why a guarded call was not made.
pub(super) enum NotMade {
    Refused(Arc<Refused>),
    Board(Error),
}

impl<E> From<NotMade> for CallError<E> {
    fn from(not_made: NotMade) -> CallError<E> {
        match not_made {
            NotMade::Refused(refused) => CallError::Refused(refused),
            NotMade::Board(error) => CallError::Board(error),
        }
    }
}

impl<E: fmt::Display> fmt::Display for CallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::Refused(refused) => {
                let reason = [&refused.circuit, &refused.resolver].into_iter().flatten().next().map(|refusal| refusal.reason);
                write!(f, "the call was not made: {}", reason.map_or("it was refused", explanation))?;
                match refused.retry_after_ms {
                    Some(ms) => write!(f, "; try again in {ms} ms"),
                    None => f.write_str("; an operator must end this"),
                }
            }
            CallError::Failed(error) => error.fmt(f),
            CallError::Board(error) => write!(f, "the call was not made: {error}"),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for CallError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            CallError::Refused(_) => None,
            CallError::Failed(error) => Some(error),
            CallError::Board(error) => Some(error),
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use fuseboard::Refusal;

    #[test]
    fn a_refusal_is_shown_with_its_reason_and_when_to_try_again() {
        let refusal = Refusal { reason: Reason::Open, retry_after_ms: Some(500), last_failure: None };
        let refused = Refused { circuit: Some(refusal), resolver: None, retry_after_ms: Some(500), repeat_ms: 0, spread_ms: 0 };
        let error: CallError<Error> = CallError::Refused(Arc::new(refused));
        assert_eq!(error.to_string(), "the call was not made: the circuit is open; try again in 500 ms");
    }
}
