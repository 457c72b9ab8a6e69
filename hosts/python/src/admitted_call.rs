//! An admitted call, from its permit to its report.

use crate::errors::to_python;
use crate::process::Process;
use crate::reentry;
use crate::refusal::refusal_error;
use crate::target::Target;
use fuseboard_host::time::Mono;
use fuseboard_host::{Admission, Clock, End, Permit, Refused, Report};
use pyo3::prelude::*;
use std::sync::Arc;

/// An admitted call.
pub(crate) struct AdmittedCall {
    claims: Permit,
    started: Mono,
    process: Process,
}

impl AdmittedCall {
    /// Asks for one call. Raises `BreakerOpenError` if it is refused.
    ///
    /// The interpreter's lock is released only if the engine must be asked: the store may block, and listeners take the lock themselves.
    #[inline]
    pub(crate) fn begin(py: Python<'_>, target: &Target) -> PyResult<AdmittedCall> {
        reentry::check()?;
        match AdmittedCall::try_begin(target) {
            Some(answer) => answer.map_err(|refused| refusal_error(py, &target.described, refused)),
            None => AdmittedCall::begin_by_engine(py, target),
        }
    }

    /// Asks for one call without the engine. `None`: only the engine can answer.
    #[inline]
    pub(crate) fn try_begin(target: &Target) -> Option<Result<AdmittedCall, Arc<Refused>>> {
        let (admission, now) = target.handle.try_allow()?;
        Some(AdmittedCall::of(admission, now))
    }

    #[inline(never)]
    fn begin_by_engine(py: Python<'_>, target: &Target) -> PyResult<AdmittedCall> {
        let admission = py.detach(|| target.handle.allow()).map_err(|error| to_python(py, &error))?;
        AdmittedCall::of(admission, target.clock().mono()).map_err(|refused| refusal_error(py, &target.described, refused))
    }

    #[inline]
    fn of(admission: Admission, started: Mono) -> Result<AdmittedCall, Arc<Refused>> {
        admission.into_result().map(|claims| AdmittedCall { claims, started, process: Process::current() })
    }

    /// Reports how the call ended. A call that the parent of this process began is the parent's to report.
    ///
    /// A fault of the engine goes to the listener of the board's errors, because it must not fail the call.
    #[inline]
    pub(crate) fn end(&self, py: Python<'_>, target: &Target, report: Report) -> PyResult<()> {
        reentry::check()?;
        if self.process != Process::current() {
            return Ok(());
        }
        if target.handle.try_settle_since(&self.claims, &report, self.started).is_some() {
            return Ok(());
        }
        let report = Report { elapsed_ns: Some(target.clock().mono().0.saturating_sub(self.started.0)), ..report };
        if let Err(error) = py.detach(|| target.handle.settle(Some(&self.claims), &report)) {
            target.board.get().notify_fault(&error);
        }
        Ok(())
    }

    /// As `end`, if a lease settles the call. Returns whether it did.
    pub(crate) fn try_end(&self, target: &Target, report: Report) -> bool {
        self.process != Process::current() || target.handle.try_settle_since(&self.claims, &report, self.started).is_some()
    }

    /// Counts a success without the engine. Returns whether it was counted.
    #[inline]
    pub(crate) fn try_succeed(&self, target: &Target) -> bool {
        self.process == Process::current() && target.handle.try_settle(&self.claims, &Report::new(End::Returned)).is_some()
    }
}
