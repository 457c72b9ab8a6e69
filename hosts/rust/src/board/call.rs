//! Guarded calls: admitted, made and settled in one.

use super::admission::Admission;
use super::call_error::{CallError, GuardError};
use super::call_report::{report_of_panic, with_elapsed};
use super::handle::{Board, Handle};
use super::inner::BoardInner;
use super::target_state::TargetState;
use fuseboard::time::Mono;
use fuseboard::{Permit, Report, Target};
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

impl Board {
    /// Makes a call if the board admits it, and settles it: `Ok` as returned, `Err` as raised with the error's type name (with dots
    /// between modules, as patterns in the configuration expect it), a panic as raised `panic`. The function of
    /// [`Builder::classify_error`](crate::Builder::classify_error) may report an error otherwise.
    ///
    /// An error that has a refusal among its sources is settled as neutral: if a guard within the call refuses, only the circuit of
    /// that guard is open. For a type that does not implement [`Error`], see [`report_with`](crate::report_with).
    ///
    /// ```
    /// # fn fetch() -> Result<String, std::io::Error> { Ok(String::new()) }
    /// # fn show(board: &fuseboard_host::Board) {
    /// use fuseboard::Target;
    /// use fuseboard_host::CallError;
    ///
    /// match board.call(&Target::host("api.example"), || fetch()) {
    ///     Ok(page) => println!("{page}"),
    ///     Err(CallError::Refused(refused)) => println!("refused; try again in {:?}", refused.retry_after()),
    ///     Err(other) => println!("{other}"),
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// Fails if the call was refused, if it failed, or if the board returned an error before the call. An error while settling does not
    /// replace the call's value: it goes to the listeners of [`Builder::error_listener`](crate::Builder::error_listener).
    pub fn call<T, E: Error + 'static>(&self, target: &Target, work: impl FnOnce() -> Result<T, E>) -> Result<T, CallError<E>> {
        self.call_reported(target, work, |result| self.current().classifier.report_of(result))
    }

    /// As [`Board::call`], with the caller's own report. The board adds the elapsed time if the report has none.
    ///
    /// A report of an HTTP call should have the status and the headers by which servers ask for a wait. [`hints`](fuseboard::hints) says
    /// which these are.
    ///
    /// ```
    /// # struct Answer { status: u16, retry_after: Option<String> }
    /// # fn get() -> Result<Answer, std::io::Error> { Ok(Answer { status: 429, retry_after: Some("2.5".to_owned()) }) }
    /// # fn show(board: &fuseboard_host::Board) {
    /// use fuseboard_host::{End, Hint, Report, Target, report_of};
    ///
    /// let answer = board.call_reported(&Target::host("api.example"), get, |result| match result {
    ///     Ok(answer) => {
    ///         let hints = answer.retry_after.iter().map(|value| Hint::new("retry-after", value)).collect();
    ///         Report { status: Some(answer.status), hints, ..Report::new(End::Returned) }
    ///     }
    ///     Err(_) => report_of(result),
    /// });
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Board::call`].
    pub fn call_reported<T, E>(
        &self,
        target: &Target,
        work: impl FnOnce() -> Result<T, E>,
        report: impl FnOnce(&Result<T, E>) -> Report,
    ) -> Result<T, CallError<E>> {
        let inner = self.current();
        let target = inner.target(target).map_err(CallError::Board)?;
        inner.call(&target, work, report)
    }
}

impl Handle {
    /// As [`Board::call`].
    ///
    /// # Errors
    /// As [`Board::call`].
    pub fn call<T, E: Error + 'static>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, CallError<E>> {
        let (inner, target) = self.current().map_err(CallError::Board)?;
        inner.call(&target, work, |result| inner.classifier.report_of(result))
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
        let (inner, target) = self.current().map_err(CallError::Board)?;
        inner.call(&target, work, report)
    }
}

/// A call that was admitted.
pub(super) struct Started {
    pub(super) permit: Permit,
    pub(super) at: Mono,
}

impl Started {
    #[inline]
    pub(super) fn of(admission: Admission, at: impl FnOnce() -> Mono) -> Result<Started, GuardError> {
        match admission {
            Admission::Admitted { permit, .. } => Ok(Started { permit, at: at() }),
            Admission::Refused(refused) => Err(GuardError::Refused(refused)),
        }
    }
}

impl BoardInner {
    pub(super) fn call<T, E>(
        &self,
        target: &Arc<TargetState>,
        work: impl FnOnce() -> Result<T, E>,
        report: impl FnOnce(&Result<T, E>) -> Report,
    ) -> Result<T, CallError<E>> {
        let started = self.start_call(target)?;
        // A panic belongs to the caller: it is settled, then resumed.
        let ended = catch_unwind(AssertUnwindSafe(|| {
            let result = work();
            let report = report(&result);
            (result, report)
        }));
        match ended {
            Ok((result, report)) => {
                self.end_call(target, &started, report);
                result.map_err(CallError::Failed)
            }
            Err(panic) => {
                self.end_call(target, &started, report_of_panic());
                resume_unwind(panic)
            }
        }
    }

    #[inline]
    pub(super) fn start_call(&self, target: &Arc<TargetState>) -> Result<Started, GuardError> {
        let (admission, now) = self.admit_measured(target)?;
        Started::of(admission, || now.unwrap_or_else(|| self.driver.clock.mono()))
    }

    /// Settles a call that this process admitted. A call that was admitted before a fork belongs to the parent.
    pub(super) fn end_call(&self, target: &Arc<TargetState>, started: &Started, report: Report) {
        if self.child().is_some() {
            return;
        }
        let report = with_elapsed(report, started.at, &*self.driver.clock);
        if let Err(error) = self.settle(target, Some(&started.permit), &report) {
            self.events.dispatch_error(&error);
        }
    }
}
