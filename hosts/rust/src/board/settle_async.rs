//! How an asynchronous caller settles: without the engine, inline, on the pool of threads, or by an asynchronous store.

use super::admission::Settlement;
use super::async_driver::AsyncDriver;
use super::inner::BoardInner;
use super::lease_state::{LeaseSettlement, Unreported};
use super::owed_report::OwedReport;
use super::pool_task::PoolTask;
use super::store_kind::StoreKind;
use super::target_state::TargetState;
use crate::error::Error;
use fuseboard::{Permit, Report, StepRequest};
use std::sync::Arc;

impl BoardInner {
    /// As [`BoardInner::settle`]. With a blocking store it completes even if the future is dropped.
    pub(super) async fn settle_async(
        self: &Arc<Self>,
        target: &Arc<TargetState>,
        permit: Option<&Permit>,
        report: &Report,
    ) -> Result<Settlement, Error> {
        let unreported = match self.settle_without_engine(target, permit, report) {
            LeaseSettlement::Settled(outcome) => return Ok(Settlement::Leased(outcome)),
            LeaseSettlement::NotSettled(unreported) => unreported,
        };
        match &self.store_kind {
            StoreKind::Immediate => self.settle_by_engine(target, permit, report, unreported),
            StoreKind::Blocking => self.settle_on_pool(target, permit.copied(), report.clone(), unreported).await,
            StoreKind::Async(store) => AsyncDriver { inner: self, store }.settle(target, permit, report, unreported).await,
        }
    }

    /// Settles a call whose caller does not wait.
    pub(super) fn settle_dropped(self: &Arc<Self>, target: &Arc<TargetState>, permit: Permit, report: Report) {
        let LeaseSettlement::NotSettled(unreported) = self.settle_without_engine(target, Some(&permit), &report) else { return };
        match &self.store_kind {
            StoreKind::Immediate => {
                if let Err(error) = self.settle_by_engine(target, Some(&permit), &report, unreported) {
                    self.events.dispatch_error(&error);
                }
            }
            StoreKind::Blocking => {
                let (inner, target) = (Arc::clone(self), Arc::clone(target));
                drop(PoolTask::start(move || {
                    if let Err(error) = inner.settle_by_engine(&target, Some(&permit), &report, unreported) {
                        inner.events.dispatch_error(&error);
                    }
                }));
            }
            StoreKind::Async(_) => {
                let request = StepRequest::Settle { target: &target.target, permit: Some(&permit), report: &report };
                drop(OwedReport::new(self, target, request));
            }
        }
    }

    fn settle_on_pool(
        self: &Arc<Self>,
        target: &Arc<TargetState>,
        permit: Option<Permit>,
        report: Report,
        unreported: Unreported,
    ) -> PoolTask<Result<Settlement, Error>> {
        let (inner, target) = (Arc::clone(self), Arc::clone(target));
        PoolTask::start(move || inner.settle_by_engine(&target, permit.as_ref(), &report, unreported))
    }
}
