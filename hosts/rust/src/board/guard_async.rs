//! Guards of asynchronous callers.

use super::call_error::GuardError;
use super::handle::{Board, Handle};
use super::open_call::OpenCall;
use fuseboard::{End, Report, Target};
use std::error::Error;
use std::fmt;

/// As [`Guard`](crate::Guard), for asynchronous callers.
///
/// The store decides how it waits, as for [`Board::allow_async`]. A guard that is dropped does not wait: with an asynchronous store, an
/// outcome that changes a record is kept and written by a later request. If the future of a settlement is dropped,
/// [`Board::settle_async`] says what becomes of the outcome.
///
/// ```
/// # async fn fetch() -> Result<String, std::io::Error> { Ok(String::new()) }
/// # async fn load(board: &fuseboard_host::Board) -> Result<String, Box<dyn std::error::Error>> {
/// use fuseboard_host::Target;
///
/// let guard = board.guard_async(&Target::host("api.example")).await?;
/// let page = match fetch().await {
///     Ok(page) => page,
///     Err(error) => {
///         guard.failure(&error).await;
///         return Err(error.into());
///     }
/// };
/// guard.success().await;
/// # Ok(page)
/// # }
/// ```
#[must_use = "a guard that is dropped at once settles its call as cancelled"]
pub struct AsyncGuard(OpenCall);

impl Board {
    /// As [`Board::guard`], for asynchronous callers.
    ///
    /// # Errors
    /// As [`Board::guard`].
    pub async fn guard_async(&self, target: &Target) -> Result<AsyncGuard, GuardError> {
        let inner = self.current();
        let target = inner.target(target)?;
        OpenCall::start(inner, &target).await.map(AsyncGuard)
    }
}

impl Handle {
    /// As [`Board::guard_async`].
    ///
    /// # Errors
    /// As [`Board::guard`].
    pub async fn guard_async(&self) -> Result<AsyncGuard, GuardError> {
        let (inner, target) = self.current()?;
        OpenCall::start(inner, &target).await.map(AsyncGuard)
    }
}

impl AsyncGuard {
    /// The target of the call.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.0.target.target
    }

    /// Settles the call as returned.
    pub async fn success(self) {
        self.report(Report::new(End::Returned)).await;
    }

    /// Settles the call by its error. As [`Guard::failure`](crate::Guard::failure).
    pub async fn failure<E: Error + 'static>(self, error: &E) {
        let report = self.0.inner.classifier.report_of_error(error);
        self.report(report).await;
    }

    /// Settles the call by the caller's own report. The guard adds the elapsed time if the report has none.
    pub async fn report(self, report: Report) {
        self.0.settle(report).await;
    }
}

impl fmt::Debug for AsyncGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncGuard").field("target", self.target()).finish_non_exhaustive()
    }
}
