//! A call that is a future, on any runtime.

use super::Board;
use super::admission::Admission;
use super::call::{CallError, panicked, report_of, timed};
use super::core::Core;
use super::handle::Handle;
use super::ledger::Batch;
use super::line::Line;
use super::seats::Exports;
use fuseboard::time::Mono;
use fuseboard::{End, Permit, Refused, Report, Target};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

/// Whether the store answers at once, or may keep its caller waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    Instant,
    Blocking,
}

impl Board {
    /// As [`Board::call`] for a future. With a store given as [`Builder::blocking_store`](crate::Builder::blocking_store) the
    /// questions to it wait on a pool of threads; otherwise they are answered inline. A future that is dropped before its end is
    /// settled as cancelled, which counts as neither success nor failure.
    ///
    /// # Errors
    /// As [`Board::call`].
    pub async fn call_async<T, E>(&self, target: &Target, work: impl Future<Output = Result<T, E>>) -> Result<T, CallError<E>> {
        self.call_async_reported(target, work, report_of).await
    }

    /// As [`Board::call_async`], with a report of the caller's own.
    ///
    /// # Errors
    /// As [`Board::call`].
    pub async fn call_async_reported<T, E>(
        &self,
        target: &Target,
        work: impl Future<Output = Result<T, E>>,
        report: impl FnOnce(&Result<T, E>) -> Report,
    ) -> Result<T, CallError<E>> {
        let line = self.core.line(target).map_err(CallError::Board)?;
        guarded(&self.core, &line, work, report).await
    }
}

impl Handle {
    /// As [`Board::call_async`].
    ///
    /// # Errors
    /// As [`Board::call`].
    pub async fn call_async<T, E>(&self, work: impl Future<Output = Result<T, E>>) -> Result<T, CallError<E>> {
        guarded(&self.core, &self.line, work, report_of).await
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
        guarded(&self.core, &self.line, work, report).await
    }
}

pub(super) async fn guarded<X: Exports + Send + 'static, T, E>(
    core: &Arc<Core<X>>,
    line: &Arc<Line>,
    work: impl Future<Output = Result<T, E>>,
    report: impl FnOnce(&Result<T, E>) -> Report,
) -> Result<T, CallError<E>> {
    let open = match start(core, line).await.map_err(CallError::Board)? {
        Start::Open(open) => open,
        Start::Refused(refused) => return Err(CallError::Refused(refused)),
    };
    let mut work = pin!(work);
    let ended = poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(result)) => Poll::Ready(Ok(result)),
        Err(panic) => Poll::Ready(Err(panic)),
    });
    match ended.await {
        Ok(result) => {
            let report = report(&result);
            open.settle(report).await;
            result.map_err(CallError::Failed)
        }
        Err(panic) => {
            open.settle(panicked()).await;
            resume_unwind(panic)
        }
    }
}

/// How a guarded call begins.
enum Start<X: Exports + Send + 'static> {
    Open(Open<X>),
    Refused(Arc<Refused>),
}

async fn start<X: Exports + Send + 'static>(core: &Arc<Core<X>>, line: &Arc<Line>) -> Result<Start<X>, crate::Error> {
    let now = core.clock.mono();
    if let Some(admission) = line.admit(now) {
        return Ok(Start::by(core, line, admission, now));
    }
    let asked = move |core: &Arc<Core<X>>, line: &Arc<Line>| {
        let admission = core.ask_allow(line, now)?;
        Ok(Start::by(core, line, admission, core.clock.mono()))
    };
    match core.pace {
        Pace::Instant => asked(core, line),
        Pace::Blocking => {
            let (core, line) = (Arc::clone(core), Arc::clone(line));
            // If nobody waits for the answer any more, its permit is given back where it is dropped.
            blocking::unblock(move || asked(&core, &line)).await
        }
    }
}

impl<X: Exports + Send + 'static> Start<X> {
    fn by(core: &Arc<Core<X>>, line: &Arc<Line>, admission: Admission, at: Mono) -> Start<X> {
        match admission {
            Admission::Admitted(pass) => {
                Start::Open(Open { core: Arc::clone(core), line: Arc::clone(line), unsettled: Some(pass.permit), at })
            }
            Admission::Refused(refused) => Start::Refused(refused),
        }
    }
}

/// An admitted call. Dropped before it is settled, it is cancelled.
struct Open<X: Exports + Send + 'static> {
    core: Arc<Core<X>>,
    line: Arc<Line>,
    unsettled: Option<Permit>,
    at: Mono,
}

impl<X: Exports + Send + 'static> Open<X> {
    async fn settle(mut self, report: Report) {
        if let Some(settling) = self.settling(report) {
            settling.await;
        }
    }

    /// Settles at once, or on the pool if the store may block.
    fn settling(&mut self, report: Report) -> Option<Settling> {
        let permit = self.unsettled.take()?;
        let report = timed(report, self.at, &*self.core.clock);
        let Batch::Cross(owing) = self.line.batch(Some(&permit), &report) else { return None };
        let (core, line) = (Arc::clone(&self.core), Arc::clone(&self.line));
        let settle = move || {
            if let Err(error) = core.ask_settle(&line, Some(&permit), &report, owing) {
                core.news.tell_error(&error);
            }
        };
        match self.core.pace {
            Pace::Instant => {
                settle();
                None
            }
            Pace::Blocking => Some(Settling(Some(blocking::unblock(settle)))),
        }
    }
}

impl<X: Exports + Send + 'static> Drop for Open<X> {
    fn drop(&mut self) {
        drop(self.settling(Report::new(End::Cancelled)));
    }
}

/// A settling on the pool; it goes on when nobody waits for it.
struct Settling(Option<blocking::Task<()>>);

impl Future for Settling {
    type Output = ();

    fn poll(mut self: std::pin::Pin<&mut Self>, context: &mut std::task::Context<'_>) -> Poll<()> {
        match &mut self.0 {
            Some(task) => std::pin::Pin::new(task).poll(context),
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
