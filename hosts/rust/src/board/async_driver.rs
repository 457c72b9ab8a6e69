//! Carries out what requests need by an asynchronous store. No lock is held while a future waits.

use super::inner::BoardInner;
use super::open_request::{OpenRequest, RequestNeed, check_process};
use super::parked_requests::ParkedRequest;
use super::record_check::{KnownLoads, SeenRecords};
use super::store_kind::SharedAsyncStore;
use super::target_state::TargetState;
use crate::error::Error;
use fuseboard::time::{Millis, Mono};
use fuseboard::{Clock, Operation, Reply, StepAnswer, StepRequest, StoreError};
use fuseboard_stores::AsyncStore;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

/// A board with its asynchronous store.
#[derive(Clone, Copy)]
pub(super) struct AsyncDriver<'a> {
    pub(super) inner: &'a Arc<BoardInner>,
    pub(super) store: &'a SharedAsyncStore,
}

impl AsyncDriver<'_> {
    /// As [`BoardInner::run`]. If the future is dropped, the request is abandoned in its engine.
    pub(super) async fn run(self, slot: usize, entered: Mono, request: &StepRequest<'_>) -> Result<StepAnswer, Error> {
        self.run_to_end(slot, entered, request, None).await
    }

    /// As [`BoardInner::run_for`].
    pub(super) async fn run_for(self, target: &TargetState, entered: Mono, request: &StepRequest<'_>) -> Result<StepAnswer, Error> {
        self.run_to_end(target.slot, entered, request, Some(target.known_loads())).await
    }

    async fn run_to_end(
        self,
        slot: usize,
        entered: Mono,
        request: &StepRequest<'_>,
        known: Option<KnownLoads<'_>>,
    ) -> Result<StepAnswer, Error> {
        let (mut open, mut need) = OpenRequest::begin(self.inner, slot, self.inner.driver.since(entered), request)?;
        loop {
            let reply = match need {
                RequestNeed::Nothing(answer) => return Ok(answer),
                RequestNeed::Turn(parked, within) => {
                    self.wait_for_turn(&parked, within).await;
                    Reply::GoOn
                }
                RequestNeed::Store(operation) => {
                    let reply = self.carry_out(&operation).await?;
                    self.inner.driver.note(known, &operation, &reply);
                    reply
                }
            };
            need = open.go_on(reply)?;
        }
    }

    /// As [`Driver::seen`](super::driver::Driver::seen).
    pub(super) async fn seen(self, known: KnownLoads<'_>, entered: Mono) -> SeenRecords {
        let driver = &self.inner.driver;
        let mut check = known.check(&driver.failing);
        while let Some(load) = check.next(|| driver.clock.mono().since(entered)) {
            let failed = |error: Error| Reply::Failed(StoreError::Unavailable(error.to_string()));
            let reply = self.carry_out(&load).await.unwrap_or_else(failed);
            check.add(&load, &reply);
        }
        check.seen
    }

    /// Polls the store as [`EnginePool::in_store`](super::engine_pool::EnginePool::in_store) calls a synchronous one.
    async fn carry_out(self, operation: &Operation) -> Result<Reply, Error> {
        let mut running = pin!(run_operation(self.store, operation));
        poll_fn(|context| {
            let polled = check_process(self.inner).and_then(|()| self.inner.engines.in_store(|| running.as_mut().poll(context)));
            match polled {
                Ok(Poll::Pending) => Poll::Pending,
                Ok(Poll::Ready(reply)) => Poll::Ready(Ok(reply)),
                Err(error) => Poll::Ready(Err(error)),
            }
        })
        .await
    }

    /// Waits until other requests have gone on, at most for so long.
    async fn wait_for_turn(self, parked: &ParkedRequest, at_most: Millis) {
        let mut timer = self.store.sleep(at_most);
        poll_fn(|context| match parked.poll(context) {
            Poll::Ready(()) => Poll::Ready(()),
            Poll::Pending => timer.as_mut().poll(context),
        })
        .await;
    }
}

async fn run_operation(store: &SharedAsyncStore, operation: &Operation) -> Reply {
    match operation {
        Operation::Load { key, known, within } => Reply::of(store.load(key, *known, *within).await, Reply::Loaded),
        Operation::LoadMany { keys, within } => Reply::of(store.load_many(keys, *within).await, Reply::LoadedMany),
        Operation::Swap { key, expected, value, ttl, within } => {
            Reply::of(store.compare_and_swap(key, *expected, value, *ttl, *within).await, Reply::Swapped)
        }
        Operation::Keys { prefix, cursor, limit, within } => {
            Reply::of(store.list_keys(prefix, cursor.as_deref(), *limit, *within).await, Reply::Listed)
        }
    }
}
