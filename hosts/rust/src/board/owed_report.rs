//! A report that an asynchronous caller may drop before its engine has received it.

use super::inner::{BoardInner, Effects};
use super::observers::CallRecord;
use super::open_request::{OpenRequest, RequestNeed};
use super::target_state::TargetState;
use crate::error::Error;
use fuseboard::time::Millis;
use fuseboard::{CallerTime, StepAnswer, StepRequest, Verdict};

/// More than any storage budget: the engine uses no store for a caller who has waited for so long.
const NO_TIME_LEFT: Millis = Millis(60_000);

/// A `settle` or `settle-leased` that is owed to a target's engine. If it is dropped before it was sent, it is sent without time for the
/// store: an outcome that changes a record goes to the backlog.
pub(super) struct OwedReport<'a> {
    inner: &'a BoardInner,
    target: &'a TargetState,
    request: StepRequest<'a>,
    state: OwedState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum OwedState {
    NotSent,
    /// The engine has it, and abandons it if its caller does not wait.
    Sent,
    Answered,
}

impl<'a> OwedReport<'a> {
    pub(super) fn new(inner: &'a BoardInner, target: &'a TargetState, request: StepRequest<'a>) -> OwedReport<'a> {
        OwedReport { inner, target, request, state: OwedState::NotSent }
    }

    /// The request, to be sent now.
    pub(super) fn send(&mut self) -> StepRequest<'a> {
        self.state = OwedState::Sent;
        self.request
    }

    /// It is owed no more.
    pub(super) fn end(mut self) {
        self.state = OwedState::Answered;
    }

    fn send_without_time(&self) -> Result<Option<Verdict>, Error> {
        let time = CallerTime { now: self.inner.driver.now(None), waited: NO_TIME_LEFT };
        let (_request, need) = OpenRequest::begin(self.inner, self.target.slot, time, &self.request)?;
        // A request that waits in spite of that is abandoned here.
        let RequestNeed::Nothing(StepAnswer::Settled(verdict)) = need else { return Ok(None) };
        let Verdict { circuit, resolver, events, changed } = verdict;
        let Effects { events, changed } = self.inner.publish(Effects { events, changed });
        Ok(Some(Verdict { circuit, resolver, events, changed }))
    }
}

impl Drop for OwedReport<'_> {
    fn drop(&mut self) {
        let verdict = match self.state {
            OwedState::NotSent if self.inner.child().is_none() => self.send_without_time(),
            OwedState::Sent => Ok(None),
            // What was admitted before a fork belongs to the parent.
            OwedState::NotSent | OwedState::Answered => return,
        };
        if let StepRequest::Settle { report, .. } = self.request {
            let verdict = verdict.as_ref().ok().and_then(Option::as_ref);
            self.inner.observe(|| CallRecord::settled(&self.target.target, report, verdict));
        }
        if let Err(error) = verdict {
            self.inner.events.dispatch_error(&error);
        }
    }
}
