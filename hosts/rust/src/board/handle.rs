//! The handles of a board: [`Board`] for every target, [`Handle`] for one.

use super::admission::{Admission, Settlement};
use super::call_report::with_elapsed;
use super::inner::BoardInner;
use super::lease_state::LeaseSettlement;
use super::moment::Reading;
use super::target_state::TargetState;
use crate::error::Error;
use fuseboard::time::Mono;
use fuseboard::{Event, Permit, Report, Target};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// The circuit breakers of a whole program: one configuration, one store. Clones are the same board, and any number of threads may
/// call it.
///
/// When the last clone is dropped, the board writes the outcomes that it has not reported yet, within the time of
/// [`Board::flush_before_exit`].
#[derive(Clone)]
pub struct Board {
    pub(super) inner: Arc<BoardInner>,
}

/// One target of a board, looked up once: the fastest way to call the same target often. Cheap to clone. It keeps its board alive.
#[derive(Clone)]
pub struct Handle {
    pub(super) inner: Arc<BoardInner>,
    pub(super) target: Arc<TargetState>,
}

impl Board {
    /// The board of this process: another one in a forked child.
    #[inline]
    pub(super) fn current(&self) -> &Arc<BoardInner> {
        current(&self.inner)
    }

    /// Requests a permit for one call. If admitted, make the call and [`settle`](Board::settle) it. [`call`](Board::call) does both.
    ///
    /// # Errors
    /// Fails if the target is invalid, or if the engine was stopped during the request.
    pub fn allow(&self, target: &Target) -> Result<Admission, Error> {
        let target = self.current().target(target)?;
        self.current().admit(&target)
    }

    /// Reports how a call ended. Report each call once, and never repeat a report, even after an error.
    ///
    /// Without a permit, the outcome counts while the circuit is closed, is ignored while it is open, and settles the oldest probe of the
    /// role while it is half-open.
    ///
    /// # Errors
    /// As [`Board::allow`].
    pub fn settle(&self, target: &Target, permit: Option<&Permit>, report: &Report) -> Result<Settlement, Error> {
        let target = self.current().target(target)?;
        self.current().settle(&target, permit, report)
    }

    /// Looks up a target once, for many calls.
    ///
    /// # Errors
    /// Fails if the target is invalid.
    pub fn target(&self, target: &Target) -> Result<Handle, Error> {
        Ok(Handle { inner: Arc::clone(self.current()), target: self.current().target(target)? })
    }
}

/// The last board in the line of forked children.
#[inline]
fn current(inner: &Arc<BoardInner>) -> &Arc<BoardInner> {
    let mut inner = inner;
    while let Some(child) = inner.child() {
        inner = child;
    }
    inner
}

impl Handle {
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target.target
    }

    /// The board and the target's state of this process. In a forked child they are others than those of the handle.
    #[inline]
    pub(super) fn current(&self) -> Result<(&Arc<BoardInner>, Cow<'_, Arc<TargetState>>), Error> {
        if self.inner.child().is_none() {
            return Ok((&self.inner, Cow::Borrowed(&self.target)));
        }
        let inner = current(&self.inner);
        Ok((inner, Cow::Owned(inner.target(self.target())?)))
    }

    /// Requests a permit for one call. As [`Board::allow`].
    ///
    /// # Errors
    /// As [`Board::allow`].
    pub fn allow(&self) -> Result<Admission, Error> {
        let (inner, target) = self.current()?;
        inner.admit(&target)
    }

    /// As [`Handle::allow`]. Returns the events that this call caused too: for example that the wait of an open circuit is over. Listeners
    /// receive the same ones.
    ///
    /// # Errors
    /// As [`Board::allow`].
    pub fn allow_with_events(&self) -> Result<(Admission, Vec<Event>), Error> {
        let (inner, target) = self.current()?;
        inner.admit_with_events(&target)
    }

    /// As [`Handle::allow`], if the board answers by itself: by a lease, or by repeating a refusal. Returns also the time of the answer, for
    /// the caller to measure the call. `None`: call [`Handle::allow`], which calls the engine and may wait for it and for the store.
    ///
    /// A host that holds a lock for its callers, as Python's, keeps it for this call and releases it for the other.
    #[must_use]
    #[inline]
    pub fn try_allow(&self) -> Option<(Admission, Mono)> {
        let (inner, target) = self.current().ok()?;
        let now = inner.driver.clock.mono();
        inner.admit_without_engine(&target, Reading::Exact(now)).map(|admission| (admission, now))
    }

    /// As [`Handle::settle`], if a lease settles the call. `None`: nothing was settled; call [`Handle::settle`].
    #[must_use]
    #[inline]
    pub fn try_settle(&self, permit: &Permit, report: &Report) -> Option<Settlement> {
        let (inner, target) = self.current().ok()?;
        leased(inner.settle_without_engine(&target, Some(permit), report))
    }

    /// As [`Handle::try_settle`], for a call that was admitted at this time. The board adds the elapsed time where the lease or an observer
    /// needs it: only then is the clock read.
    #[must_use]
    #[inline]
    pub fn try_settle_since(&self, permit: &Permit, report: &Report, started: Mono) -> Option<Settlement> {
        let (inner, target) = self.current().ok()?;
        if inner.observers.is_empty()
            && let Some(settlement) = target.lease_state().settle_unmeasured(permit, report)
        {
            return leased(settlement);
        }
        let report = with_elapsed(report.clone(), started, &*inner.driver.clock);
        leased(inner.settle_without_engine(&target, Some(permit), &report))
    }

    /// Reports how a call ended. As [`Board::settle`].
    ///
    /// # Errors
    /// As [`Board::allow`].
    pub fn settle(&self, permit: Option<&Permit>, report: &Report) -> Result<Settlement, Error> {
        let (inner, target) = self.current()?;
        inner.settle(&target, permit, report)
    }
}

/// What a lease settled.
fn leased(settlement: LeaseSettlement) -> Option<Settlement> {
    match settlement {
        LeaseSettlement::Settled(outcome) => Some(Settlement::Leased(outcome)),
        LeaseSettlement::NotSettled(_) => None,
    }
}

impl fmt::Debug for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board").field("instances", &self.current().engines.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("target", self.target()).finish_non_exhaustive()
    }
}
