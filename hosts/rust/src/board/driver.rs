//! Carries out what the requests to a board's engines need. An engine is locked only for each step, and never while the store works.

use super::engine_kind::{SharedClock, SharedStore};
use super::engine_pool::EnginePool;
use super::event_dispatcher::EventDispatcher;
use super::record_check::{KnownLoads, SeenRecords};
use super::store_failing::StoreFailing;
use crate::error::Error;
use fuseboard::time::{Millis, Mono, Now};
use fuseboard::{
    CallerTime, Clock, EngineError, Event, Need, Operation, Problem, ProblemCode, Reply, StepAnswer, StepRequest, Stopped, StoreError,
};
use fuseboard_stores::StoreGuard;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// Steps of one request at most. A correct engine takes no more: a listing loads at most 1,000 records.
pub(super) const STEPS_MAX: u32 = 4_000;

const NS_PER_MS: u64 = 1_000_000;

/// The longest time that a store may be given for one operation, or a request for its turn. The engine's own limit is the same.
pub(super) const WITHIN_MAX: Millis = Millis(60_000);

/// The clock and the store that a board's requests use.
#[derive(Clone)]
pub(super) struct Driver {
    pub(super) clock: SharedClock,
    pub(super) store: StoreGuard<SharedStore>,
    pub(super) failing: StoreFailing,
}

impl Driver {
    /// Runs a request to its end. The time for the store counts from when its caller entered.
    pub(super) fn run(
        &self,
        engines: &EnginePool,
        slot: usize,
        time: CallerTime,
        request: &StepRequest<'_>,
        events: &EventDispatcher,
        known: Option<KnownLoads<'_>>,
    ) -> Result<StepAnswer, Error> {
        // While the engine is locked, so that events are queued in its order.
        let ended = |answer: &mut StepAnswer| queue_events(events, slot, answer);
        let mut now = time.now;
        let mut open = engines.begin(slot, time, request, &ended)?;
        for _ in 0..STEPS_MAX {
            let (token, reply) = match open.step.need {
                Need::Nothing(StepAnswer::Failed(problem)) => return Err(problem.into()),
                Need::Nothing(answer) => return Ok(answer),
                Need::Wait(token, within) => {
                    if let Some(parked) = &open.parked {
                        parked.wait(Duration::from_millis(within.min(WITHIN_MAX).0));
                    }
                    (token, Reply::GoOn)
                }
                Need::Store(token, operation) => (token, self.carry_out(engines, operation, known)?),
            };
            now = self.now(Some(now));
            open = engines.go_on(slot, open.run, now, token, reply, &ended)?;
        }
        engines.stop(slot);
        Err(EngineError::Stopped(Stopped::HostCalls(STEPS_MAX)).into())
    }

    fn carry_out(&self, engines: &EnginePool, operation: Operation, known: Option<KnownLoads<'_>>) -> Result<Reply, Error> {
        let operation = operation.limited_to(WITHIN_MAX);
        let reply = engines.in_store(|| operation.run(&self.store))?;
        self.note(known, &operation, &reply);
        Ok(reply)
    }

    /// Notes what a request's operation shows of the store, and of the records of its target.
    pub(super) fn note(&self, known: Option<KnownLoads<'_>>, operation: &Operation, reply: &Reply) {
        self.failing.note(reply);
        if let Some(known) = known {
            known.note(operation, reply);
        }
    }

    /// What the store says of a target's records, if the engine was confirmed them before. The time for it counts from when the caller
    /// entered.
    pub(super) fn seen(&self, engines: &EnginePool, known: KnownLoads<'_>, entered: Mono) -> SeenRecords {
        let mut check = known.check(&self.failing);
        while let Some(load) = check.next(|| self.clock.mono().since(entered)) {
            let failed = |error: Error| Reply::Failed(StoreError::Unavailable(error.to_string()));
            let reply = engines.in_store(|| load.run(&self.store)).unwrap_or_else(failed);
            check.add(&load, &reply);
        }
        check.seen
    }

    /// The time of a request whose caller enters now, by this reading of the monotonic clock.
    pub(super) fn entering(&self, now: Mono) -> CallerTime {
        let wall = catch_unwind(AssertUnwindSafe(|| self.clock.wall())).unwrap_or_default();
        CallerTime::from(Now { wall, mono: now })
    }

    /// The time of a request whose caller entered earlier.
    pub(super) fn since(&self, entered: Mono) -> CallerTime {
        let now = self.now(None);
        CallerTime { now, waited: Millis(now.mono.0.saturating_sub(entered.0) / NS_PER_MS) }
    }

    /// Reads the clocks. If one panics, the time of the step before counts.
    pub(super) fn now(&self, before: Option<Now>) -> Now {
        let read = catch_unwind(AssertUnwindSafe(|| Now { wall: self.clock.wall(), mono: self.clock.mono() }));
        read.unwrap_or_else(|_| before.unwrap_or_default())
    }
}

/// Queues the events of an answer for the listeners. Those that another engine reported before are removed from the answer.
pub(super) fn queue_events(events: &EventDispatcher, slot: usize, answer: &mut StepAnswer) {
    if let Some(of_answer) = events_of(answer) {
        events.enqueue(slot, of_answer);
    }
}

/// The events of an answer that has some.
fn events_of(answer: &mut StepAnswer) -> Option<&mut Vec<Event>> {
    match answer {
        StepAnswer::Decided(decision) => Some(&mut decision.events),
        StepAnswer::Settled(verdict) => Some(&mut verdict.events),
        StepAnswer::Commanded(commanded) => Some(&mut commanded.events),
        StepAnswer::Flushed(flushed) => Some(&mut flushed.events),
        StepAnswer::Status(_) | StepAnswer::Listed(_) | StepAnswer::Explained(_) | StepAnswer::Failed(_) => None,
    }
}

/// The answer of one kind. An engine that gives another one breaks its contract.
macro_rules! answer {
    ($kind:ident, $answer:expr) => {
        match $answer {
            Ok(fuseboard::StepAnswer::$kind(answer)) => Ok(answer),
            Ok(_) => Err($crate::board::driver::another_answer()),
            Err(error) => Err(error),
        }
    };
}

pub(super) use answer;

pub(super) fn another_answer() -> Error {
    Problem::new(ProblemCode::Storage, "the engine gave the answer to another request: restart it, and report this").into()
}
