//! The handles of a board: [`Board`] for every target, [`Handle`] for one.

use super::admission::{Admission, Settlement};
use super::inner::BoardInner;
use super::target_state::TargetState;
use crate::error::Error;
use fuseboard::{Permit, Report, Target};
use std::fmt;
use std::sync::Arc;

/// The circuit breakers of a whole program: one configuration, one store. Clones are the same board, and any number of threads may
/// call it.
///
/// When the last clone is dropped, the board writes the outcomes that it has not reported yet.
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
    /// Requests a permit for one call. If admitted, make the call and [`settle`](Board::settle) it. [`call`](Board::call) does both.
    ///
    /// # Errors
    /// Fails if the target is invalid, or if the engine was stopped during the request.
    pub fn allow(&self, target: &Target) -> Result<Admission, Error> {
        let target = self.inner.target(target)?;
        self.inner.admit(&target).map(|(admission, _)| admission)
    }

    /// Reports how a call ended. Report each call once, and never repeat a report, even after an error.
    ///
    /// Without a permit, the outcome counts while the circuit is closed, is ignored while it is open, and settles the oldest probe of the
    /// role while it is half-open.
    ///
    /// # Errors
    /// As [`Board::allow`].
    pub fn settle(&self, target: &Target, permit: Option<&Permit>, report: &Report) -> Result<Settlement, Error> {
        let target = self.inner.target(target)?;
        self.inner.settle(&target, permit, report)
    }

    /// Looks up a target once, for many calls.
    ///
    /// # Errors
    /// Fails if the target is invalid.
    pub fn target(&self, target: &Target) -> Result<Handle, Error> {
        Ok(Handle { inner: Arc::clone(&self.inner), target: self.inner.target(target)? })
    }
}

impl Handle {
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target.target
    }

    /// Requests a permit for one call. As [`Board::allow`].
    ///
    /// # Errors
    /// As [`Board::allow`].
    pub fn allow(&self) -> Result<Admission, Error> {
        self.inner.admit(&self.target).map(|(admission, _)| admission)
    }

    /// Reports how a call ended. As [`Board::settle`].
    ///
    /// # Errors
    /// As [`Board::allow`].
    pub fn settle(&self, permit: Option<&Permit>, report: &Report) -> Result<Settlement, Error> {
        self.inner.settle(&self.target, permit, report)
    }
}

impl fmt::Debug for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board").field("instances", &self.inner.engines.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("target", self.target()).finish_non_exhaustive()
    }
}
