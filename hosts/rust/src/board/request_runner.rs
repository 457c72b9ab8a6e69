//! Runs the requests of a board to their end: on the calling thread, or as futures. What is the same for both is written once, as
//! futures. Those of the calling thread never wait.

use super::async_driver::AsyncDriver;
use super::driver::another_answer;
use super::handle::Board;
use super::inner::BoardInner;
use super::pool_task::PoolTask;
use super::store_kind::StoreKind;
use super::target_state::TargetState;
use crate::error::Error;
use fuseboard::time::Mono;
use fuseboard::{Clock, StepAnswer, StepRequest};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

#[derive(Clone, Copy)]
pub(super) enum RequestRunner<'a> {
    /// The calling thread carries out each operation of the store.
    OnThisThread(&'a BoardInner),
    /// The futures wait for an asynchronous store.
    Async(AsyncDriver<'a>),
}

impl<'a> RequestRunner<'a> {
    pub(super) fn inner(self) -> &'a BoardInner {
        match self {
            RequestRunner::OnThisThread(inner) => inner,
            RequestRunner::Async(driver) => driver.inner,
        }
    }

    /// Runs a request whose caller enters now.
    pub(super) async fn run(self, slot: usize, request: &StepRequest<'_>) -> Result<StepAnswer, Error> {
        let entered = self.inner().driver.clock.mono();
        match self {
            RequestRunner::OnThisThread(inner) => inner.run(slot, entered, request),
            RequestRunner::Async(driver) => driver.run(slot, entered, request).await,
        }
    }

    /// Runs a request about one target. Its caller waits since `entered`.
    pub(super) async fn run_for(self, target: &TargetState, entered: Mono, request: &StepRequest<'_>) -> Result<StepAnswer, Error> {
        match self {
            RequestRunner::OnThisThread(inner) => inner.run_for(target, inner.driver.since(entered), request),
            RequestRunner::Async(driver) => driver.run_for(target, entered, request).await,
        }
    }
}

/// The output of a future whose requests run on this thread.
pub(super) fn on_this_thread<T>(future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => Err(another_answer()),
    }
}

impl Board {
    /// Runs the requests of an asynchronous caller. `None`: the store may block, so they belong on the pool of threads.
    pub(super) fn async_runner(&self) -> Option<RequestRunner<'_>> {
        let inner = self.current();
        match &inner.store_kind {
            StoreKind::Immediate => Some(RequestRunner::OnThisThread(inner)),
            StoreKind::Blocking => None,
            StoreKind::Async(store) => Some(RequestRunner::Async(AsyncDriver { inner, store })),
        }
    }

    /// Makes a request on the pool of threads. It completes even if the future is dropped.
    pub(super) fn on_pool<T: Send + 'static>(&self, request: impl FnOnce(&Board) -> T + Send + 'static) -> PoolTask<T> {
        let board = self.clone();
        PoolTask::start(move || request(&board))
    }
}
