//! Guards: admitted calls that settle themselves when they are dropped.

use super::call::Started;
use super::call_error::GuardError;
use super::handle::{Board, Handle};
use super::inner::BoardInner;
use super::target_state::TargetState;
use fuseboard::{End, Report, Target};
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// An admitted call, which is settled once: by [`success`](Guard::success), [`failure`](Guard::failure) or [`report`](Guard::report).
///
/// A guard that is dropped before it is settled is settled as cancelled, with the time that passed. So an early return never leaves a
/// probe slot taken. A cancelled call counts as neither success nor failure, unless `classify.cancelled_after_ms` says otherwise.
///
/// A guard belongs to the process that admitted the call: in a forked child it settles nothing.
///
/// The board measures the elapsed time from the admission. An error while settling goes to the listeners of
/// [`Builder::error_listener`](crate::Builder::error_listener).
///
/// ```
/// # fn fetch() -> Result<(u16, String), std::io::Error> { Ok((200, String::new())) }
/// # fn load(board: &fuseboard_host::Board) -> Result<String, Box<dyn std::error::Error>> {
/// use fuseboard_host::{End, Report, Target};
///
/// let guard = board.guard(&Target::host("api.example"))?;
/// match fetch() {
///     Ok((status, page)) => {
///         guard.report(Report { status: Some(status), ..Report::new(End::Returned) });
///         Ok(page)
///     }
///     Err(error) => {
///         guard.failure(&error);
///         Err(error.into())
///     }
/// }
/// # }
/// ```
#[must_use = "a guard that is dropped at once settles its call as cancelled"]
pub struct Guard {
    inner: Arc<BoardInner>,
    target: Arc<TargetState>,
    unsettled: Option<Started>,
}

impl Board {
    /// Admits one call and returns its guard. Make the call, then settle the guard.
    ///
    /// [`Board::call`] does both for a closure. [`Board::allow`] returns a permit instead, which another process can settle.
    ///
    /// # Errors
    /// Fails if the call was refused, if the target is invalid, or if the engine failed and
    /// [`OnEngineError::Refuse`](crate::OnEngineError::Refuse) was chosen.
    pub fn guard(&self, target: &Target) -> Result<Guard, GuardError> {
        let inner = self.current();
        Guard::start(inner, inner.target(target)?)
    }
}

impl Handle {
    /// As [`Board::guard`].
    ///
    /// # Errors
    /// As [`Board::guard`].
    pub fn guard(&self) -> Result<Guard, GuardError> {
        let (inner, target) = self.current()?;
        Guard::start(inner, target.into_owned())
    }
}

impl Guard {
    pub(super) fn start(inner: &Arc<BoardInner>, target: Arc<TargetState>) -> Result<Guard, GuardError> {
        let started = inner.start_call(&target)?;
        Ok(Guard { inner: Arc::clone(inner), target, unsettled: Some(started) })
    }

    /// The target of the call.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target.target
    }

    /// Settles the call as returned.
    pub fn success(self) {
        self.report(Report::new(End::Returned));
    }

    /// Settles the call by its error: as [`Board::call`] does, so also by the function of
    /// [`Builder::classify_error`](crate::Builder::classify_error).
    pub fn failure<E: Error + 'static>(self, error: &E) {
        let report = self.inner.classifier.report_of_error(error);
        self.report(report);
    }

    /// Settles the call by the caller's own report. The guard adds the elapsed time if the report has none.
    pub fn report(mut self, report: Report) {
        self.settle(report);
    }

    fn settle(&mut self, report: Report) {
        if let Some(started) = self.unsettled.take() {
            self.inner.end_call(&self.target, &started, report);
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.settle(Report::new(End::Cancelled));
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("target", self.target()).finish_non_exhaustive()
    }
}
