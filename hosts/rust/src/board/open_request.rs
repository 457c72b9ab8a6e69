//! A request in an engine whose caller waits without a thread.

use super::driver::{STEPS_MAX, WITHIN_MAX, queue_events};
use super::inner::BoardInner;
use super::parked_requests::ParkedRequest;
use super::pooled_engine::OpenStep;
use crate::error::Error;
use fuseboard::time::{Millis, Now};
use fuseboard::{CallerTime, EngineError, Need, Operation, Reply, StepAnswer, StepRequest, Stopped, Token};
use std::sync::Arc;

/// A request between two of its steps. If it is dropped while it waits, it is abandoned in its engine.
pub(super) struct OpenRequest<'a> {
    inner: &'a BoardInner,
    slot: usize,
    now: Now,
    /// The run of the engine in which it began.
    run: u64,
    /// Its token, while it waits.
    waits_as: Option<Token>,
    steps: u32,
}

/// What a request needs to go on, or its answer.
pub(super) enum RequestNeed {
    Nothing(StepAnswer),
    /// Its turn in the engine, or the end of this time.
    Turn(Arc<ParkedRequest>, Millis),
    Store(Operation),
}

impl<'a> OpenRequest<'a> {
    /// Begins a request at the time of its caller. Its events are queued for the listeners when it ends.
    pub(super) fn begin(
        inner: &'a BoardInner,
        slot: usize,
        time: CallerTime,
        request: &StepRequest<'_>,
    ) -> Result<(OpenRequest<'a>, RequestNeed), Error> {
        let open = inner.engines.begin(slot, time, request, &|answer| queue_events(&inner.events, slot, answer))?;
        let mut request = OpenRequest { inner, slot, now: time.now, run: open.run, waits_as: None, steps: 0 };
        let need = request.need(open)?;
        Ok((request, need))
    }

    /// Resumes the request with the reply that it needs.
    pub(super) fn go_on(&mut self, reply: Reply) -> Result<RequestNeed, Error> {
        let (inner, slot) = (self.inner, self.slot);
        check_process(inner)?;
        self.steps += 1;
        if self.steps >= STEPS_MAX {
            inner.engines.stop(slot);
            return Err(EngineError::Stopped(Stopped::HostCalls(STEPS_MAX)).into());
        }
        let token = self.waits_as.take().unwrap_or(Token(u64::MAX));
        self.now = inner.driver.now(Some(self.now));
        let open = inner.engines.go_on(slot, self.run, self.now, token, reply, &|answer| queue_events(&inner.events, slot, answer))?;
        self.need(open)
    }

    fn need(&mut self, open: OpenStep) -> Result<RequestNeed, Error> {
        match open.step.need {
            Need::Nothing(StepAnswer::Failed(problem)) => Err(problem.into()),
            Need::Nothing(answer) => Ok(RequestNeed::Nothing(answer)),
            Need::Wait(token, within) => {
                self.waits_as = Some(token);
                Ok(RequestNeed::Turn(open.parked.unwrap_or_default(), within))
            }
            Need::Store(token, operation) => {
                self.waits_as = Some(token);
                Ok(RequestNeed::Store(operation.limited_to(WITHIN_MAX)))
            }
        }
    }
}

impl Drop for OpenRequest<'_> {
    fn drop(&mut self) {
        if let Some(token) = self.waits_as.take()
            && check_process(self.inner).is_ok()
        {
            let now = self.inner.driver.now(Some(self.now));
            if let Err(error) = self.inner.engines.abandon(self.slot, self.run, now, token) {
                self.inner.events.dispatch_error(&error);
            }
        }
    }
}

/// A forked child has engines of its own. A request of its parent must not touch the parent's ones.
pub(super) fn check_process(inner: &BoardInner) -> Result<(), Error> {
    match inner.child() {
        None => Ok(()),
        Some(_) => Err(EngineError::Stopped(Stopped::Trap("the process was forked while this request waited".to_owned())).into()),
    }
}
