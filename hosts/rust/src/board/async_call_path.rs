//! The call path of a board with an asynchronous store, where the engine is needed: as `call_path`, with futures.

use super::admission::{Admission, Settlement};
use super::async_driver::AsyncDriver;
use super::driver::answer;
use super::lease_state::Unreported;
use super::moment::Moment;
use super::observers::Answered;
use super::owed_report::OwedReport;
use super::request_runner::RequestRunner;
use super::target_state::TargetState;
use crate::error::Error;
use fuseboard::time::Mono;
use fuseboard::{Clock, End, Permit, Report, StepRequest};
use std::sync::Arc;

impl AsyncDriver<'_> {
    /// Answers an `allow` call by the engine. An admission whose caller does not wait for it is settled as cancelled.
    pub(super) async fn admit(self, target: &Arc<TargetState>, began: Mono) -> Result<Admission, Error> {
        let inner = self.inner;
        let start = target.lease_state().start(Moment { exact: began, coarse: inner.driver.clock.coarse() });
        let seen = self.seen(target.known_loads(), began).await;
        let request = StepRequest::Allow { target: &target.target, seen: seen.circuit, resolver_seen: seen.resolver };
        let decision = answer!(Decided, self.run_for(target, began, &request).await);
        let (admission, _) = inner.decided(target, start, decision)?;
        if let Admission::Admitted { permit, .. } = &admission {
            let cancelled = Report::new(End::Cancelled);
            let cancel = StepRequest::Settle { target: &target.target, permit: Some(permit), report: &cancelled };
            let owed = OwedReport::new(inner, target, cancel);
            RequestRunner::Async(self).report_due(target, start.unreported, began).await;
            owed.end();
        } else {
            inner.observe_refusal(target, &admission, Answered::Engine);
            RequestRunner::Async(self).report_due(target, start.unreported, began).await;
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
        let entered = self.inner.driver.clock.mono();
        let mut owed = OwedReport::new(self.inner, target, StepRequest::Settle { target: &target.target, permit, report });
        let events = RequestRunner::Async(self).report_due(target, unreported, entered).await;
        let verdict = answer!(Settled, self.run_for(target, entered, &owed.send()).await);
        owed.end();
        self.inner.settled(target, report, events, verdict)
    }
}
