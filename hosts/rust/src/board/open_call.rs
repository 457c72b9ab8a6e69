//! An admitted call of an asynchronous caller: settled inline, or on a pool of threads where the store may block.

use super::call::Started;
use super::call_error::GuardError;
use super::call_report::with_elapsed;
use super::inner::BoardInner;
use super::lease_state::LeaseSettlement;
use super::moment::Reading;
use super::store_kind::StoreKind;
use super::target_state::TargetState;
use fuseboard::{End, Report};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// An admitted call. If it is dropped before it is settled, it is settled as cancelled.
pub(super) struct OpenCall {
    pub(super) inner: Arc<BoardInner>,
    pub(super) target: Arc<TargetState>,
    unsettled: Option<Started>,
}

impl OpenCall {
    /// Admits a call: inline, or on the pool if the store may block and the target cannot answer itself.
    pub(super) async fn start(inner: &Arc<BoardInner>, target: &Arc<TargetState>) -> Result<OpenCall, GuardError> {
        let open = |inner: Arc<BoardInner>, target: Arc<TargetState>, started| OpenCall { inner, target, unsettled: Some(started) };
        let (inner, target) = (Arc::clone(inner), Arc::clone(target));
        if inner.store_kind == StoreKind::Immediate {
            let started = inner.start_call(&target)?;
            return Ok(open(inner, target, started));
        }
        let now = inner.clock.mono();
        if let Some(admission) = inner.admit_without_engine(&target, Reading::Exact(now)) {
            let started = Started::of(admission, || now)?;
            return Ok(open(inner, target, started));
        }
        // If the waiting future is dropped, the pool drops the open call, which cancels it.
        blocking::unblock(move || inner.start_call(&target).map(|started| open(inner, target, started))).await
    }

    pub(super) async fn settle(mut self, report: Report) {
        if let Some(settling) = self.settling(report) {
            settling.await;
        }
    }

    /// Settles inline, or returns the task on the pool if the store may block and no lease settles the call.
    fn settling(&mut self, report: Report) -> Option<Settling> {
        let Started { permit, at } = self.unsettled.take()?;
        // A call that was admitted before a fork belongs to the parent.
        if self.inner.child().is_some() {
            return None;
        }
        let report = with_elapsed(report, at, &*self.inner.clock);
        let settled = self.inner.settle_without_engine(&self.target, Some(&permit), &report);
        let LeaseSettlement::NotSettled(unreported) = settled else { return None };
        let (inner, target) = (Arc::clone(&self.inner), Arc::clone(&self.target));
        let settle = move || {
            if let Err(error) = inner.settle_by_engine(&target, Some(&permit), &report, unreported) {
                inner.events.dispatch_error(&error);
            }
        };
        match self.inner.store_kind {
            StoreKind::Immediate => {
                settle();
                None
            }
            StoreKind::Blocking => Some(Settling(Some(blocking::unblock(settle)))),
        }
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        drop(self.settling(Report::new(End::Cancelled)));
    }
}

/// A settlement on the pool. It completes even if it is dropped.
struct Settling(Option<blocking::Task<()>>);

impl Future for Settling {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match &mut self.0 {
            Some(task) => Pin::new(task).poll(context),
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
