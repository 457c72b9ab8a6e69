//! A call guarded from its question to its report.

use super::Board;
use super::admission::{Admission, Pass};
use super::core::Core;
use super::handle::Handle;
use super::line::Line;
use super::seats::Exports;
use crate::error::Error;
use fuseboard::time::Mono;
use fuseboard::{Clock, End, Permit, Reason, Refused, Report, Target};
use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// Why a guarded call brought no value.
#[derive(Debug)]
pub enum CallError<E> {
    /// It was not made: why, and when to ask again.
    Refused(Arc<Refused>),
    /// It was made, and ended with this error.
    Failed(E),
    /// It was not made: the board could not be asked.
    Board(Error),
}

impl<E: fmt::Display> fmt::Display for CallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::Refused(refused) => {
                let reason = [&refused.circuit, &refused.resolver].into_iter().flatten().next().map(|refusal| refusal.reason);
                write!(f, "the call was not made: {}", reason.map_or("refused", words))?;
                match refused.retry_after_ms {
                    Some(ms) => write!(f, "; ask again in {ms} ms"),
                    None => f.write_str("; an operator must admit it again"),
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

fn words(reason: Reason) -> &'static str {
    match reason {
        Reason::Open => "the circuit is open",
        Reason::HalfOpenFull => "the circuit is half-open and its probes are on their way",
        Reason::Staggered => "the circuit is half-open and another process probes first",
        Reason::CooldownRetryAfter => "the server asked for a pause",
        Reason::CooldownRolling => "the host cools down after a burst of failures",
        Reason::CooldownOperator => "an operator ordered a pause",
        Reason::ForcedOpen => "an operator holds the circuit open",
        Reason::Storage => "the store cannot be asked",
    }
}

impl Board {
    /// Makes a call if the board admits it, and settles it: `Ok` as returned, `Err` as raised with the error's type name (dots
    /// between modules, as patterns in the configuration want them), a panic as raised `panic`.
    ///
    /// ```
    /// # fn fetch() -> Result<String, std::io::Error> { Ok(String::new()) }
    /// # fn show(board: &fuseboard_host::Board) {
    /// use fuseboard::Target;
    /// use fuseboard_host::CallError;
    ///
    /// match board.call(&Target::host("api.example"), || fetch()) {
    ///     Ok(page) => println!("{page}"),
    ///     Err(CallError::Refused(refused)) => println!("not now; in {:?} ms", refused.retry_after_ms),
    ///     Err(other) => println!("{other}"),
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// When it was refused, when it failed, or when the board could not be asked. What goes wrong in settling does not take the
    /// call's value away: it goes to the listeners of [`Builder::error_listener`](crate::Builder::error_listener).
    pub fn call<T, E>(&self, target: &Target, work: impl FnOnce() -> Result<T, E>) -> Result<T, CallError<E>> {
        self.call_reported(target, work, report_of)
    }

    /// As [`Board::call`], with a report of the caller's own. Where that leaves the elapsed time open, it is filled in.
    ///
    /// # Errors
    /// As [`Board::call`].
    pub fn call_reported<T, E>(
        &self,
        target: &Target,
        work: impl FnOnce() -> Result<T, E>,
        report: impl FnOnce(&Result<T, E>) -> Report,
    ) -> Result<T, CallError<E>> {
        let line = self.core.line(target).map_err(CallError::Board)?;
        self.core.call(&line, work, report)
    }
}

impl Handle {
    /// As [`Board::call`].
    ///
    /// # Errors
    /// As [`Board::call`].
    pub fn call<T, E>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, CallError<E>> {
        self.core.call(&self.line, work, report_of)
    }

    /// As [`Board::call_reported`].
    ///
    /// # Errors
    /// As [`Board::call`].
    pub fn call_reported<T, E>(
        &self,
        work: impl FnOnce() -> Result<T, E>,
        report: impl FnOnce(&Result<T, E>) -> Report,
    ) -> Result<T, CallError<E>> {
        self.core.call(&self.line, work, report)
    }
}

/// The report of a call that answered by an ordinary result.
pub fn report_of<T, E>(result: &Result<T, E>) -> Report {
    Report::new(match result {
        Ok(_) => End::Returned,
        Err(_) => End::Raised(vec![type_name::<E>()]),
    })
}

pub(super) fn panicked() -> Report {
    Report::new(End::Raised(vec!["panic".to_owned()]))
}

/// `std.io.error.Error`: without type parameters, and with dots.
fn type_name<E>() -> String {
    let name = std::any::type_name::<E>();
    let plain = name.split('<').next().unwrap_or(name);
    plain.replace("::", ".")
}

impl<X: Exports> Core<X> {
    pub(super) fn call<T, E>(
        &self,
        line: &Arc<Line>,
        work: impl FnOnce() -> Result<T, E>,
        report: impl FnOnce(&Result<T, E>) -> Report,
    ) -> Result<T, CallError<E>> {
        let (pass, at) = self.admitted(line)?;
        // The caller's state is the caller's: the panic goes on as soon as it is settled.
        let ended = catch_unwind(AssertUnwindSafe(|| {
            let result = work();
            let report = report(&result);
            (result, report)
        }));
        match ended {
            Ok((result, report)) => {
                self.settle_after(line, &pass.permit, report, at);
                result.map_err(CallError::Failed)
            }
            Err(panic) => self.settle_panic(line, &pass.permit, at, panic),
        }
    }

    /// A pass, and from when on the call's own time runs.
    #[inline]
    fn admitted<E>(&self, line: &Arc<Line>) -> Result<(Pass, Mono), CallError<E>> {
        let now = self.clock.mono();
        let (admission, at) = match line.admit(now) {
            Some(admission) => (admission, now),
            None => (self.ask_allow(line, now).map_err(CallError::Board)?, self.clock.mono()),
        };
        match admission {
            Admission::Admitted(pass) => Ok((pass, at)),
            Admission::Refused(refused) => Err(CallError::Refused(refused)),
        }
    }

    fn settle_panic(&self, line: &Arc<Line>, permit: &Permit, at: Mono, panic: Box<dyn Any + Send>) -> ! {
        self.settle_after(line, permit, panicked(), at);
        resume_unwind(panic)
    }

    fn settle_after(&self, line: &Arc<Line>, permit: &Permit, report: Report, at: Mono) {
        if let Err(error) = self.settle(line, Some(permit), &timed(report, at, &*self.clock)) {
            self.news.tell_error(&error);
        }
    }
}

pub(super) fn timed(report: Report, at: Mono, clock: &(dyn Clock + Send + Sync)) -> Report {
    let elapsed_ns = report.elapsed_ns.or_else(|| Some(clock.mono().0.saturating_sub(at.0)));
    Report { elapsed_ns, ..report }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_reported_by_its_type_with_dots() {
        let failed: Result<(), std::num::ParseIntError> = "x".parse::<u8>().map(drop);
        assert_eq!(report_of(&failed).end, End::Raised(vec!["core.num.error.ParseIntError".to_owned()]));
        assert_eq!(report_of::<u8, Vec<u8>>(&Err(Vec::new())).end, End::Raised(vec!["alloc.vec.Vec".to_owned()]));
        assert_eq!(report_of::<u8, ()>(&Ok(1)).end, End::Returned);
    }

    #[test]
    fn a_refusal_says_why_and_until_when() {
        let refusal = fuseboard::Refusal { reason: Reason::Open, retry_after_ms: Some(500), last_failure: None };
        let refused = Refused { circuit: Some(refusal), resolver: None, retry_after_ms: Some(500), repeat_ms: 0 };
        let error: CallError<Error> = CallError::Refused(Arc::new(refused));
        assert_eq!(error.to_string(), "the call was not made: the circuit is open; ask again in 500 ms");
    }
}
