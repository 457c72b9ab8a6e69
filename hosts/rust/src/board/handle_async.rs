//! Requests of asynchronous callers.

use super::admission::{Admission, Settlement};
use super::call_error::GuardError;
use super::handle::{Board, Handle};
use super::inner::BoardInner;
use super::open_call::OpenCall;
use super::target_state::TargetState;
use crate::error::Error;
use fuseboard::{Flushed, Permit, Report, Target};
use std::sync::Arc;
use std::time::Duration;

impl Board {
    /// As [`Board::allow`] for an asynchronous caller.
    ///
    /// With a store of [`Builder::async_store`](crate::Builder::async_store) the future waits for the store, and no thread does. With one
    /// of [`Builder::blocking_store`](crate::Builder::blocking_store) the request runs on a pool of threads, with any other inline. If the
    /// future is dropped before its end, an admission is settled as cancelled.
    ///
    /// ```
    /// # async fn fetch(board: &fuseboard_host::Board) -> Result<(), fuseboard_host::Error> {
    /// use fuseboard_host::{Admission, End, Report, Target};
    ///
    /// let target = Target::host("api.example");
    /// match board.allow_async(&target).await? {
    ///     Admission::Admitted { permit, .. } => {
    ///         let report = Report::new(End::Returned);
    ///         board.settle_async(&target, Some(&permit), &report).await?;
    ///     }
    ///     Admission::Refused(refused) => println!("refused; try again in {:?}", refused.retry_after()),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Board::allow`].
    pub async fn allow_async(&self, target: &Target) -> Result<Admission, Error> {
        let inner = self.current();
        allow_async(inner, &inner.target(target)?).await
    }

    /// As [`Board::settle`] for an asynchronous caller, as [`Board::allow_async`].
    ///
    /// If the future is dropped before its end, an outcome that was not sent to an asynchronous store is kept, and written by a later
    /// request. One that was being sent may count or not, and is not sent again. With a blocking store the settlement completes.
    ///
    /// # Errors
    /// As [`Board::allow`].
    pub async fn settle_async(&self, target: &Target, permit: Option<&Permit>, report: &Report) -> Result<Settlement, Error> {
        let inner = self.current();
        inner.settle_async(&inner.target(target)?, permit, report).await
    }

    /// As [`Board::flush`] for an asynchronous caller, as [`Board::allow_async`]. If the future is dropped before its end, what was not
    /// written is left for later requests.
    ///
    /// # Errors
    /// As [`Board::flush`].
    pub async fn flush_async(&self, limit: Duration) -> Result<Flushed, Error> {
        if let Some(runner) = self.async_runner() {
            return runner.flush(limit).await;
        }
        self.on_pool(move |board| board.flush(limit)).await
    }

    /// Writes what the board has not reported yet, as dropping the last clone does and within the same time:
    /// [`Board::flush_before_exit`]. The drop then writes nothing more, so it does not block the executor. [`Flushed::kept`] says how many
    /// outcomes are lost with the board. After an error, the drop writes what is left.
    ///
    /// Call it when no call is open any longer: what is reported later is written only by [`Board::flush`] and by later requests.
    ///
    /// # Errors
    /// As [`Board::flush`].
    pub async fn close(self) -> Result<Flushed, Error> {
        let inner = self.current();
        let spending = inner.closing_time.spend();
        let flushed = self.flush_async(spending.limit()).await;
        if flushed.is_ok() {
            inner.set_closed();
        }
        flushed
    }
}

impl Handle {
    /// As [`Board::allow_async`].
    ///
    /// # Errors
    /// As [`Board::allow`].
    pub async fn allow_async(&self) -> Result<Admission, Error> {
        let (inner, target) = self.current()?;
        allow_async(inner, &target).await
    }

    /// As [`Board::settle_async`].
    ///
    /// # Errors
    /// As [`Board::allow`].
    pub async fn settle_async(&self, permit: Option<&Permit>, report: &Report) -> Result<Settlement, Error> {
        let (inner, target) = self.current()?;
        inner.settle_async(&target, permit, report).await
    }
}

async fn allow_async(inner: &Arc<BoardInner>, target: &Arc<TargetState>) -> Result<Admission, Error> {
    match OpenCall::start(inner, target).await {
        Ok(call) => Ok(call.into_admission()),
        Err(GuardError::Refused(refused)) => Ok(Admission::Refused(refused)),
        Err(GuardError::Board(error)) => Err(error),
    }
}
