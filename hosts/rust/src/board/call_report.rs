//! The report of a guarded call.

use super::call_error::CallError;
use fuseboard::time::Mono;
use fuseboard::{Clock, End, Outcome, Refused, Report};
use std::error::Error;
use std::iter::successors;
use std::sync::Arc;

/// The report of a call that returned an ordinary result: `Ok` as returned, `Err` as raised with the error's type name.
///
/// An error that is a refusal, or has one among its [sources](Error::source), is neutral: a guard within the call refused, so the
/// call says nothing about this target.
pub fn report_of<T, E: Error + 'static>(result: &Result<T, E>) -> Report {
    report_with(result, |error| error)
}

/// As [`report_of`], for a type that holds an error but does not implement [`Error`]. `as_error` borrows the error that it holds.
///
/// ```
/// # fn fetch() -> anyhow::Result<String> { Ok(String::new()) }
/// # fn show(board: &fuseboard_host::Board) {
/// use fuseboard_host::{Target, report_with};
///
/// let page = board.call_reported(&Target::host("api.example"), fetch, |result| report_with(result, |error| error.as_ref()));
/// # }
/// ```
pub fn report_with<T, E>(result: &Result<T, E>, as_error: impl FnOnce(&E) -> &(dyn Error + 'static)) -> Report {
    match result {
        Ok(_) => Report::new(End::Returned),
        Err(error) if has_refusal(as_error(error)) => Report::new(End::counted(Outcome::Neutral)),
        Err(_) => report_of_type::<E>(),
    }
}

/// Whether the error is a refusal or has one among its sources.
pub(super) fn has_refusal(error: &(dyn Error + 'static)) -> bool {
    sources(error).any(is_refusal)
}

/// A call error shows its inner error's sources as its own, so an inner error that is itself a refusal is looked for here.
fn is_refusal(error: &(dyn Error + 'static)) -> bool {
    let of_call = error.downcast_ref().is_some_and(|error| matches!(error, CallError::<Refused>::Failed(_)));
    let of_shared = error.downcast_ref().is_some_and(|error| matches!(error, CallError::<Arc<Refused>>::Failed(_)));
    error.is::<Refused>() || error.is::<Arc<Refused>>() || of_call || of_shared
}

/// An error and its sources. They end at a limit, because a chain may be a circle.
pub(super) fn sources<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |error: &&'a (dyn Error + 'static)| (**error).source()).take(SOURCES_MAX)
}

/// The report of a call that failed with an error of this type.
pub(super) fn report_of_type<E>() -> Report {
    Report::new(End::Raised(vec![type_name::<E>()]))
}

/// At most this many errors of a chain are searched.
const SOURCES_MAX: usize = 64;

pub(super) fn report_of_panic() -> Report {
    Report::new(End::Raised(vec!["panic".to_owned()]))
}

/// Sets the elapsed time, unless the report has one.
pub(super) fn with_elapsed(report: Report, started: Mono, clock: &dyn Clock) -> Report {
    let elapsed_ns = report.elapsed_ns.or_else(|| Some(clock.mono().0.saturating_sub(started.0)));
    Report { elapsed_ns, ..report }
}

/// As `std.io.error.Error`: without type parameters, and with dots, as patterns in the configuration expect it.
fn type_name<E>() -> String {
    let name = std::any::type_name::<E>();
    let plain = name.split('<').next().unwrap_or(name);
    plain.replace("::", ".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn an_error_is_reported_by_its_type_name_with_dots() {
        let failed: Result<(), std::num::ParseIntError> = "x".parse::<u8>().map(drop);
        assert_eq!(report_of(&failed).end, End::Raised(vec!["core.num.error.ParseIntError".to_owned()]));
        let generic: Result<(), Box<std::fmt::Error>> = Err(Box::new(std::fmt::Error));
        assert_eq!(report_of(&generic).end, End::Raised(vec!["alloc.boxed.Box".to_owned()]));
        assert_eq!(report_of::<u8, std::fmt::Error>(&Ok(1)).end, End::Returned);
    }

    fn refused<E>() -> CallError<E> {
        CallError::Refused(Arc::new(Refused { circuit: None, resolver: None, retry_after_ms: None, repeat_ms: 0, spread_ms: 0 }))
    }

    #[test]
    fn a_refusal_among_the_sources_is_neutral() {
        let neutral = End::counted(Outcome::Neutral);
        assert_eq!(report_of(&Err::<(), _>(refused::<io::Error>())).end, neutral);
        let wrapped = io::Error::other(CallError::Failed(io::Error::other(refused::<std::fmt::Error>())));
        assert_eq!(report_of(&Err::<(), _>(wrapped)).end, neutral);
    }

    #[test]
    fn a_refusal_that_is_the_inner_calls_own_error_is_neutral() {
        let refused = Refused { circuit: None, resolver: None, retry_after_ms: None, repeat_ms: 0, spread_ms: 0 };
        let neutral = End::counted(Outcome::Neutral);
        assert_eq!(report_of(&Err::<(), _>(CallError::Failed(refused.clone()))).end, neutral);
        assert_eq!(report_of(&Err::<(), _>(CallError::Failed(Arc::new(refused)))).end, neutral);
    }

    #[test]
    fn an_error_of_an_inner_call_that_was_made_counts() {
        let made = CallError::Failed(io::Error::other("reset by peer"));
        assert!(matches!(report_of(&Err::<(), _>(made)).end, End::Raised(_)));
    }

    #[test]
    fn a_type_that_is_no_error_is_searched_by_the_error_that_it_holds() {
        let report = |error: anyhow::Error| report_with(&Err::<(), _>(error), |error| error.as_ref()).end;
        assert_eq!(report(anyhow::Error::new(refused::<io::Error>()).context("load the page")), End::counted(Outcome::Neutral));
        assert_eq!(report(anyhow::anyhow!("no refusal")), End::Raised(vec!["anyhow.Error".to_owned()]));
    }

    #[derive(Debug)]
    struct Circular;

    impl std::fmt::Display for Circular {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("circular")
        }
    }

    impl Error for Circular {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(self)
        }
    }

    #[test]
    fn an_error_that_is_its_own_source_ends_the_search() {
        assert!(matches!(report_of(&Err::<(), _>(Circular)).end, End::Raised(_)));
    }
}
