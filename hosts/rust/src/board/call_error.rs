//! Why a guarded call returned no value.

use crate::error::Error;
use fuseboard::Refused;
use std::fmt;
use std::sync::Arc;

/// Why a guarded call returned no value.
///
/// A refusal is the [source](std::error::Error::source) of the error, so that an outer guard finds it. A failed call's error is shown
/// as it is, and its source is the source of this error.
///
/// The type implements [`Error`](std::error::Error) where `E` does. For other types, as `anyhow::Error`, see [`CallError::flatten`].
#[derive(Debug)]
#[non_exhaustive]
pub enum CallError<E> {
    /// The call was refused and not made. It holds the reasons, and when to try again.
    Refused(Arc<Refused>),
    /// The call was made and failed with this error.
    Failed(E),
    /// The call was not made, because the board returned an error.
    Board(Error),
}

/// Why a guarded call was not admitted.
#[derive(Debug)]
#[non_exhaustive]
pub enum GuardError {
    /// The call was refused. It holds the reasons, and when to try again.
    Refused(Arc<Refused>),
    /// The board returned an error.
    Board(Error),
}

impl<E> CallError<E> {
    /// Turns the error into one type, that of the call's own error.
    ///
    /// ```
    /// # fn fetch() -> anyhow::Result<String> { Ok(String::new()) }
    /// # fn load(board: &fuseboard_host::Board) -> anyhow::Result<String> {
    /// use fuseboard_host::{CallError, Target, report_with};
    ///
    /// let target = Target::host("api.example");
    /// let page = board.call_reported(&target, fetch, |result| report_with(result, |error| error.as_ref())).map_err(CallError::flatten)?;
    /// # Ok(page)
    /// # }
    /// ```
    pub fn flatten(self) -> E
    where
        E: From<GuardError>,
    {
        match self {
            CallError::Refused(refused) => GuardError::Refused(refused).into(),
            CallError::Failed(error) => error,
            CallError::Board(error) => GuardError::Board(error).into(),
        }
    }
}

impl<E> From<GuardError> for CallError<E> {
    fn from(error: GuardError) -> CallError<E> {
        match error {
            GuardError::Refused(refused) => CallError::Refused(refused),
            GuardError::Board(error) => CallError::Board(error),
        }
    }
}

impl From<Error> for GuardError {
    fn from(error: Error) -> GuardError {
        GuardError::Board(error)
    }
}

const NOT_MADE: &str = "the call was not made";

impl<E: fmt::Display> fmt::Display for CallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::Failed(error) => error.fmt(f),
            CallError::Refused(_) | CallError::Board(_) => f.write_str(NOT_MADE),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for CallError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            CallError::Refused(refused) => Some(&**refused),
            CallError::Failed(error) => error.source(),
            CallError::Board(error) => Some(error),
        }
    }
}

impl fmt::Display for GuardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NOT_MADE)
    }
}

impl std::error::Error for GuardError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            GuardError::Refused(refused) => Some(&**refused),
            GuardError::Board(error) => Some(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::call_report::sources;
    use fuseboard::{Problem, ProblemCode, Reason, Refusal};
    use std::io;

    fn refused() -> Arc<Refused> {
        let refusal = Refusal { reason: Reason::Open, retry_after_ms: Some(500), last_failure: None };
        Arc::new(Refused { circuit: Some(refusal), resolver: None, retry_after_ms: Some(500), repeat_ms: 0, spread_ms: 0 })
    }

    /// The texts of an error and of all its sources.
    fn texts(error: &(dyn std::error::Error + 'static)) -> Vec<String> {
        sources(error).map(ToString::to_string).collect()
    }

    #[test]
    fn each_text_is_shown_once_in_the_chain_of_sources() {
        let of_call: CallError<io::Error> = CallError::Refused(refused());
        let expected = ["the call was not made", "the circuit is open; try again in 500 ms"];
        assert_eq!(texts(&of_call), expected);
        assert_eq!(texts(&GuardError::Refused(refused())), expected);
        let wrapped: CallError<io::Error> = CallError::Failed(io::Error::other(GuardError::Refused(refused())));
        assert_eq!(texts(&wrapped), expected);
        let board = Error::from(Problem::new(ProblemCode::BadTarget, "an empty host"));
        assert_eq!(texts(&GuardError::from(board)), ["the call was not made", "an empty host"]);
    }

    #[test]
    fn a_call_error_needs_no_error_type_to_be_flattened() {
        let failed: CallError<anyhow::Error> = CallError::Failed(anyhow::anyhow!("reset by peer"));
        assert_eq!(failed.flatten().to_string(), "reset by peer");
        let not_made: CallError<anyhow::Error> = CallError::Refused(refused());
        let error = not_made.flatten();
        assert!(error.source().is_some_and(<dyn std::error::Error>::is::<Refused>), "{error:?}");
    }
}
