//! Why a guarded call returned no value.

use crate::error::Error;
use fuseboard::Refused;
use std::fmt;
use std::sync::Arc;

/// Why a guarded call returned no value. Each variant is the [source](std::error::Error::source) of the error, so that an outer
/// guard finds a refusal.
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
                write!(f, "the call was not made: {refused}")
            }
            CallError::Failed(error) => error.fmt(f),
            CallError::Board(error) => write!(f, "the call was not made: {error}"),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for CallError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            CallError::Refused(refused) => Some(&**refused),
            CallError::Failed(error) => Some(error),
            CallError::Board(error) => Some(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fuseboard::{Reason, Refusal};

    #[test]
    fn a_refusal_is_shown_with_its_reason_and_when_to_try_again() {
        let refusal = Refusal { reason: Reason::Open, retry_after_ms: Some(500), last_failure: None };
        let refused = Refused { circuit: Some(refusal), resolver: None, retry_after_ms: Some(500), repeat_ms: 0, spread_ms: 0 };
        let error: CallError<Error> = CallError::Refused(Arc::new(refused));
        assert_eq!(error.to_string(), "the call was not made: the circuit is open; try again in 500 ms");
    }
}
