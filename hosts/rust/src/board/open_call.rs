//! An admitted call of an asynchronous caller.

use super::admission::Admission;
use super::async_driver::AsyncDriver;
use super::call::Started;
use super::call_error::GuardError;
use super::call_report::with_elapsed;
use super::inner::BoardInner;
use super::moment::{Moment, Reading};
use super::pool_task::PoolTask;
use super::store_kind::StoreKind;
use super::target_state::TargetState;
use crate::error::Error;
use fuseboard::time::Mono;
use fuseboard::{Clock, End, Refused, Report};
use std::sync::Arc;

/// An admitted call. If it is dropped before it is settled, it is settled as cancelled.
pub(super) struct OpenCall {
    pub(super) inner: Arc<BoardInner>,
    pub(super) target: Arc<TargetState>,
    unsettled: Option<Started>,
    would_refuse: Option<Arc<Refused>>,
}

impl OpenCall {
    /// Admits a call: by the target itself or else by the engine, on the pool of threads if the store may block.
    pub(super) async fn start(inner: &Arc<BoardInner>, target: &Arc<TargetState>) -> Result<OpenCall, GuardError> {
        let now = inner.driver.clock.mono();
        if let Some(admission) = inner.admit_without_engine(target, Reading::Exact(now)) {
            return OpenCall::of(inner, target, admission, now);
        }
        match &inner.store_kind {
            StoreKind::Immediate => OpenCall::start_by_engine(inner, target, now),
            StoreKind::Blocking => {
                let (inner, target) = (Arc::clone(inner), Arc::clone(target));
                // If the waiting future is dropped, the pool drops the open call, which cancels it.
                PoolTask::start(move || OpenCall::start_by_engine(&inner, &target, now)).await
            }
            StoreKind::Async(store) => {
                let admission = AsyncDriver { inner, store }.admit(target, now).await?;
                OpenCall::of(inner, target, admission, inner.driver.clock.mono())
            }
        }
    }

    fn start_by_engine(inner: &Arc<BoardInner>, target: &Arc<TargetState>, began: Mono) -> Result<OpenCall, GuardError> {
        let began = Moment { exact: began, coarse: inner.driver.clock.coarse() };
        let (admission, _) = inner.admit_by_engine(target, began)?;
        OpenCall::of(inner, target, admission, inner.driver.clock.mono())
    }

    fn of(inner: &Arc<BoardInner>, target: &Arc<TargetState>, admission: Admission, at: Mono) -> Result<OpenCall, GuardError> {
        match admission {
            Admission::Admitted { permit, would_refuse } => {
                let (inner, target) = (Arc::clone(inner), Arc::clone(target));
                Ok(OpenCall { inner, target, unsettled: Some(Started { permit, at }), would_refuse })
            }
            Admission::Refused(refused) => Err(GuardError::Refused(refused)),
        }
    }

    /// Gives the permit to a caller who settles the call itself.
    pub(super) fn into_admission(mut self) -> Admission {
        let permit = self.unsettled.take().map(|started| started.permit).unwrap_or_default();
        Admission::Admitted { permit, would_refuse: self.would_refuse.take() }
    }

    pub(super) async fn settle(mut self, report: Report) {
        let Some((started, report)) = self.ended(report) else { return };
        let settled = self.inner.settle_async(&self.target, Some(&started.permit), &report).await;
        self.dispatch_error(settled.err());
    }

    /// What is to be settled, once. A call that was admitted before a fork belongs to the parent.
    fn ended(&mut self, report: Report) -> Option<(Started, Report)> {
        let started = self.unsettled.take().filter(|_| self.inner.child().is_none())?;
        let report = with_elapsed(report, started.at, &*self.inner.driver.clock);
        Some((started, report))
    }

    fn dispatch_error(&self, error: Option<Error>) {
        if let Some(error) = error {
            self.inner.events.dispatch_error(&error);
        }
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        if let Some((started, report)) = self.ended(Report::new(End::Cancelled)) {
            self.inner.settle_dropped(&self.target, started.permit, report);
        }
    }
}
