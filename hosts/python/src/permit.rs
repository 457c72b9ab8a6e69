//! A permit for one call, which its holder settles once.

use crate::board_clock::BoardClock;
use crate::errors::to_python;
use crate::reentry;
use crate::report::CallEnd;
use fuseboard_host::time::Mono;
use fuseboard_host::{Clock, End, Handle, Outcome, Report};
use pyo3::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// The right to make one call. Settle it once; further attempts do nothing.
#[pyclass(frozen, module = "fuseboard._core")]
pub(crate) struct Permit {
    handle: Handle,
    claims: fuseboard_host::Permit,
    clock: BoardClock,
    started: Mono,
    settled: AtomicBool,
}

impl Permit {
    pub(crate) fn new(handle: &Handle, claims: fuseboard_host::Permit, clock: &BoardClock) -> Permit {
        Permit { handle: handle.clone(), claims, clock: clock.clone(), started: clock.mono(), settled: AtomicBool::new(false) }
    }

    /// Settles with a report, unless the permit is settled already. Whether this report is the one that counts.
    pub(crate) fn settle(&self, py: Python<'_>, report: Report) -> PyResult<bool> {
        reentry::check()?;
        if self.settled.swap(true, Ordering::Relaxed) {
            return Ok(false);
        }
        let elapsed_ns = Some(self.clock.mono().0.saturating_sub(self.started.0));
        let report = Report { elapsed_ns, ..report };
        if self.handle.try_settle(&self.claims, &report).is_some() {
            return Ok(true);
        }
        py.detach(|| self.handle.settle(Some(&self.claims), &report)).map(|_| true).map_err(|error| to_python(py, &error))
    }
}

#[pymethods]
impl Permit {
    /// The call succeeded. A status that the policy classifies otherwise counts as what it is.
    #[pyo3(signature = (*, status = None))]
    fn success(&self, py: Python<'_>, status: Option<u16>) -> PyResult<bool> {
        self.settle(py, CallEnd { status, ..CallEnd::default() }.report()?)
    }

    /// The call failed, whatever its status.
    #[pyo3(signature = (*, status = None, exception = None, retry_after_s = None, headers = None))]
    fn failure(
        &self,
        py: Python<'_>,
        status: Option<u16>,
        exception: Option<&Bound<'_, PyAny>>,
        retry_after_s: Option<f64>,
        headers: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<bool> {
        self.settle(py, CallEnd { status, exception, retry_after_s, headers }.failure()?)
    }

    /// The call ended like this; the policy classifies it.
    #[pyo3(signature = (*, status = None, exception = None, retry_after_s = None, headers = None))]
    fn report(
        &self,
        py: Python<'_>,
        status: Option<u16>,
        exception: Option<&Bound<'_, PyAny>>,
        retry_after_s: Option<f64>,
        headers: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<bool> {
        self.settle(py, CallEnd { status, exception, retry_after_s, headers }.report()?)
    }

    /// The caller gave the call up.
    fn cancel(&self, py: Python<'_>) -> PyResult<bool> {
        self.settle(py, Report::new(End::Cancelled))
    }

    /// The call says nothing about its target.
    fn neutral(&self, py: Python<'_>) -> PyResult<bool> {
        self.settle(py, Report::new(End::counted(Outcome::Neutral)))
    }

    #[getter]
    fn is_settled(&self) -> bool {
        self.settled.load(Ordering::Relaxed)
    }
}
