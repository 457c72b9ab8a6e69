//! Guarded calls that are futures, on any runtime.

use super::call::Started;
use super::call_error::{CallError, NotMade};
use super::call_report::{report_of, report_of_panic, with_elapsed};
use super::handle::{Board, Handle};
use super::inner::BoardInner;
use super::lease_state::Batched;
use super::store_kind::StoreKind;
use super::target_state::TargetState;
use fuseboard::{End, Report, Target};
use std::error::Error;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

impl Board {
    /// As [`Board::call`] for a future.
    ///
    /// With a store given as [`Builder::blocking_store`](crate::Builder::blocking_store), requests to the engine run on a pool of threads;
    /// otherwise they run inline. A future that is dropped before its end is settled as cancelled, which counts as neither success nor
    /// failure.
    ///
    /// # Errors
    /// As [`Board::call`].
    pub async fn call_async<T, E: Error + 'static>(
        &self,
        target: &Target,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, CallError<E>> {
        self.call_async_reported(target, work, report_of).await
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
        let target = self.inner.target(target).map_err(CallError::Board)?;
        call_async(&self.inner, &target, work, report).await
    }
}

impl Handle {
    /// As [`Board::call_async`].
    ///
    /// # Errors
    /// As [`Board::call`].
    pub async fn call_async<T, E: Error + 'static>(&self, work: impl Future<Output = Result<T, E>>) -> Result<T, CallError<E>> {
        call_async(&self.inner, &self.target, work, report_of).await
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
        call_async(&self.inner, &self.target, work, report).await
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

/// An admitted call. If it is dropped before it is settled, it is settled as cancelled.
struct OpenCall {
    inner: Arc<BoardInner>,
    target: Arc<TargetState>,
    unsettled: Option<Started>,
}

impl OpenCall {
    /// Admits a call: inline, or on the pool if the store may block and the target cannot answer itself.
    async fn start(inner: &Arc<BoardInner>, target: &Arc<TargetState>) -> Result<OpenCall, NotMade> {
        let open = |inner: Arc<BoardInner>, target: Arc<TargetState>, started| OpenCall { inner, target, unsettled: Some(started) };
        let (inner, target) = (Arc::clone(inner), Arc::clone(target));
        if inner.store_kind == StoreKind::Immediate {
            let started = inner.start_call(&target)?;
            return Ok(open(inner, target, started));
        }
        let now = inner.clock.mono();
        if let Some(admission) = target.admit(now) {
            let started = Started::of(admission, || now)?;
            return Ok(open(inner, target, started));
        }
        // If the waiting future is dropped, the pool drops the open call, which cancels it.
        blocking::unblock(move || inner.start_call(&target).map(|started| open(inner, target, started))).await
    }

    async fn settle(mut self, report: Report) {
        if let Some(settling) = self.settling(report) {
            settling.await;
        }
    }

    /// Settles inline, or returns the task on the pool if the store may block and the outcome cannot be batched.
    fn settling(&mut self, report: Report) -> Option<Settling> {
        let Started { permit, at } = self.unsettled.take()?;
        let report = with_elapsed(report, at, &*self.inner.clock);
        let Batched::No(unreported) = self.target.batch(Some(&permit), &report) else { return None };
        let (inner, target) = (Arc::clone(&self.inner), Arc::clone(&self.target));
        let settle = move || {
            if let Err(error) = inner.settle_by_engine(&target, Some(&permit), &report, unreported) {
                inner.events.dispatch_error(&error);
            }
        };
        match self.inner.store_kind {
            StoreKind::Immediate => {
                settle();
                None
            }
            StoreKind::Blocking => Some(Settling(Some(blocking::unblock(settle)))),
        }
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        drop(self.settling(Report::new(End::Cancelled)));
    }
}

/// A settlement on the pool. It completes even if it is dropped.
struct Settling(Option<blocking::Task<()>>);

impl Future for Settling {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match &mut self.0 {
            Some(task) => Pin::new(task).poll(context),
            None => Poll::Ready(()),
        }
    }
}

impl Drop for Settling {
    fn drop(&mut self) {
        if let Some(task) = self.0.take() {
            task.detach();
        }
    }
}
