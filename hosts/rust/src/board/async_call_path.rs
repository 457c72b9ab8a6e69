//! The call path of a board with an asynchronous store, where the engine is needed: as `call_path`, with futures.

use super::admission::{Admission, Settlement};
use super::async_driver::AsyncDriver;
use super::driver::answer;
use super::lease_state::Unreported;
use super::moment::Moment;
use super::observers::Answered;
use super::owed_report::OwedReport;
use super::target_state::TargetState;
use crate::error::Error;
use fuseboard::time::Mono;
use fuseboard::{Clock, End, Event, Permit, Report, StepRequest};
use std::sync::Arc;

impl AsyncDriver<'_> {
    /// Answers an `allow` call by the engine. An admission whose caller does not wait for it is settled as cancelled.
    pub(super) async fn admit(self, target: &Arc<TargetState>, began: Mono) -> Result<Admission, Error> {
        let inner = self.inner;
        let start = target.lease_state().start(Moment { exact: began, coarse: inner.clock.coarse() });
        let seen = self.seen(target.known_loads()).await;
        let request = StepRequest::Allow { target: &target.target, seen: seen.circuit, resolver_seen: seen.resolver };
        let decision = answer!(Decided, self.run_for(target, began, &request).await);
        let (admission, _) = inner.decided(target, start, decision)?;
        if let Admission::Admitted { permit, .. } = &admission {
            let cancelled = Report::new(End::Cancelled);
            let cancel = StepRequest::Settle { target: &target.target, permit: Some(permit), report: &cancelled };
            let owed = OwedReport::new(inner, target, cancel);
            self.report_due(target, start.unreported, began).await;
            owed.end();
        } else {
            inner.observe_refusal(target, &admission, Answered::Engine);
            self.report_due(target, start.unreported, began).await;
        }
        Ok(admission)
    }

    /// Settles a call by the engine. If the future is dropped before the outcome was sent to the store, the outcome goes to the backlog.
    pub(super) async fn settle(
        self,
        target: &Arc<TargetState>,
        permit: Option<&Permit>,
        report: &Report,
        unreported: Unreported,
    ) -> Result<Settlement, Error> {
        let entered = self.inner.clock.mono();
        let mut owed = OwedReport::new(self.inner, target, StepRequest::Settle { target: &target.target, permit, report });
        let events = self.report_due(target, unreported, entered).await;
        let verdict = answer!(Settled, self.run_for(target, entered, &owed.send()).await);
        owed.end();
        self.inner.settled(target, report, events, verdict)
    }

    /// Reports the tallies of a target and of evicted ones. The caller does not receive their errors. Returns the target's events.
    async fn report_due(self, target: &TargetState, unreported: Unreported, entered: Mono) -> Vec<Event> {
        let mut events = Vec::new();
        if unreported == Unreported::Tallies {
            events = self.report_tallies(target, entered).await.unwrap_or_else(|error| {
                self.inner.events.dispatch_error(&error);
                Vec::new()
            });
        }
        for evicted in self.inner.evicted.take(target.slot) {
            if let Err(error) = self.report_tallies(&evicted, entered).await {
                self.inner.events.dispatch_error(&error);
            }
        }
        events
    }

    /// As [`BoardInner::report_tallies`](super::inner::BoardInner::report_tallies).
    pub(super) async fn report_tallies(self, target: &TargetState, entered: Mono) -> Result<Vec<Event>, Error> {
        let now = self.inner.clock.mono();
        let tallies = target.lease_state().take_tallies(now);
        let owe = |(lease, tally)| OwedReport::new(self.inner, target, StepRequest::SettleLeased { lease, tally });
        let owed: Vec<_> = tallies.iter().map(|(lease, tally)| owe((lease, *tally))).collect();
        let mut events = Vec::new();
        for mut owed in owed {
            let verdict = answer!(Settled, self.run_for(target, entered, &owed.send()).await);
            owed.end();
            events.extend(self.inner.tallied(verdict)?);
        }
        Ok(events)
    }
}
