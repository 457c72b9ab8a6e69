//! Guarded calls that are futures, on any runtime.

use super::call_error::CallError;
use super::call_report::report_of_panic;
use super::handle::{Board, Handle};
use super::inner::BoardInner;
use super::open_call::OpenCall;
use super::target_state::TargetState;
use fuseboard::{Report, Target};
use std::error::Error;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

impl Board {
    /// As [`Board::call`] for a future.
    ///
    /// The store decides how it waits, as for [`Board::allow_async`]. A future that is dropped during its work is settled as cancelled, which
    /// counts as neither success nor failure.
    ///
    /// # Errors
    /// As [`Board::call`].
    pub async fn call_async<T, E: Error + 'static>(
        &self,
        target: &Target,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, CallError<E>> {
        self.call_async_reported(target, work, |result| self.current().classifier.report_of(result)).await
    }

    /// As [`Board::call_async`], with the caller's own report.
    ///
    /// # Errors
    /// As [`Board::call`].
    pub async fn call_async_reported<T, E>(
        &self,
        target: &Target,
        work: impl Future<Output = Result<T, E>>,
        report: impl FnOnce(&Result<T, E>) -> Report,
    ) -> Result<T, CallError<E>> {
        let inner = self.current();
        let target = inner.target(target).map_err(CallError::Board)?;
        call_async(inner, &target, work, report).await
    }
}

impl Handle {
    /// As [`Board::call_async`].
    ///
    /// # Errors
    /// As [`Board::call`].
    pub async fn call_async<T, E: Error + 'static>(&self, work: impl Future<Output = Result<T, E>>) -> Result<T, CallError<E>> {
        let (inner, target) = self.current().map_err(CallError::Board)?;
        call_async(inner, &target, work, |result| inner.classifier.report_of(result)).await
    }

    /// As [`Board::call_async_reported`].
    ///
    /// # Errors
    /// As [`Board::call`].
    pub async fn call_async_reported<T, E>(
        &self,
        work: impl Future<Output = Result<T, E>>,
        report: impl FnOnce(&Result<T, E>) -> Report,
    ) -> Result<T, CallError<E>> {
        let (inner, target) = self.current().map_err(CallError::Board)?;
        call_async(inner, &target, work, report).await
    }
}

pub(super) async fn call_async<T, E>(
    inner: &Arc<BoardInner>,
    target: &Arc<TargetState>,
    work: impl Future<Output = Result<T, E>>,
    report: impl FnOnce(&Result<T, E>) -> Report,
) -> Result<T, CallError<E>> {
    let call = OpenCall::start(inner, target).await?;
    let mut work = pin!(work);
    let ended = poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(result)) => Poll::Ready(Ok(result)),
        Err(panic) => Poll::Ready(Err(panic)),
    });
    match ended.await {
        Ok(result) => {
            let report = report(&result);
            call.settle(report).await;
            result.map_err(CallError::Failed)
        }
        Err(panic) => {
            call.settle(report_of_panic()).await;
            resume_unwind(panic)
        }
    }
}
