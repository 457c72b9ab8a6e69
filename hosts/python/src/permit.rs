//! A permit for one call, which its holder settles once.

use crate::admitted_call::AdmittedCall;
use crate::holder::Holder;
use crate::reentry;
use crate::report::{CallEnd, CountAs};
use crate::target::Target;
use fuseboard_host::{End, Outcome, Report};
use pyo3::prelude::*;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// The right to make one call. Settle it once; further attempts do nothing.
#[pyclass(frozen, module = "fuseboard._core")]
pub(crate) struct Permit {
    target: Py<Target>,
    call: AdmittedCall,
    holder: OnceLock<Holder>,
    settled: AtomicBool,
}

impl Permit {
    #[inline]
    pub(crate) fn new(target: &Bound<'_, Target>, call: AdmittedCall) -> Permit {
        Permit { target: target.clone().unbind(), call, holder: OnceLock::new(), settled: AtomicBool::new(false) }
    }

    #[inline]
    pub(crate) fn target(&self) -> &Py<Target> {
        &self.target
    }

    /// Who holds it, if it is kept in a context.
    #[inline]
    pub(crate) fn holder(&self) -> Option<&Holder> {
        self.holder.get()
    }

    /// Sets who holds it. Only the first time counts.
    #[inline]
    pub(crate) fn set_holder(&self, holder: Holder) {
        drop(self.holder.set(holder));
    }

    #[inline]
    pub(crate) fn is_settled(&self) -> bool {
        self.settled.load(Ordering::Relaxed)
    }

    /// Settles with a report, unless the permit is settled already. Whether this report is the one that counts.
    #[inline]
    pub(crate) fn settle(&self, py: Python<'_>, report: Report) -> PyResult<bool> {
        reentry::check()?;
        if self.settled.swap(true, Ordering::Relaxed) {
            return Ok(false);
        }
        self.call.end(py, self.target.get(), report).map(|()| true)
    }

    /// Settles by how the call ended, and calls the listeners. Whether this report is the one that counts.
    #[inline]
    pub(crate) fn settle_as(&self, py: Python<'_>, count_as: CountAs, end: CallEnd<'_, '_>) -> PyResult<bool> {
        let (status, exception) = (end.status, end.exception);
        let settled = self.settle(py, end.report_as(count_as)?)?;
        if let Some(watcher) = self.target.get().watcher.as_ref().filter(|_| settled) {
            watcher.ended(py, count_as, status, exception)?;
        }
        Ok(settled)
    }

    /// Settles as a call that says nothing about its target.
    pub(crate) fn settle_neutral(&self, py: Python<'_>) -> PyResult<bool> {
        self.settle(py, Report::new(End::counted(Outcome::Neutral)))
    }
}

#[pymethods]
impl Permit {
    /// The call succeeded. A status that the policy classifies otherwise counts as what it is.
    #[pyo3(signature = (*, status = None))]
    fn success(&self, py: Python<'_>, status: Option<u16>) -> PyResult<bool> {
        self.settle_as(py, CountAs::Classified, CallEnd { status, ..CallEnd::default() })
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
        self.settle_as(py, CountAs::Failure, CallEnd { status, exception, retry_after_s, headers })
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
        self.settle_as(py, CountAs::Classified, CallEnd { status, exception, retry_after_s, headers })
    }

    /// As `report`, if a lease settles the call. `None`: only `report` can settle it, and it may block.
    #[pyo3(signature = (*, status = None, exception = None, retry_after_s = None, headers = None))]
    fn try_report(
        &self,
        py: Python<'_>,
        status: Option<u16>,
        exception: Option<&Bound<'_, PyAny>>,
        retry_after_s: Option<f64>,
        headers: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Option<bool>> {
        let report = CallEnd { status, exception, retry_after_s, headers }.report()?;
        if self.settled.swap(true, Ordering::Relaxed) {
            return Ok(Some(false));
        }
        let target = self.target.get();
        if !self.call.try_end(target, report) {
            self.settled.store(false, Ordering::Relaxed);
            return Ok(None);
        }
        target.watcher.as_ref().map_or(Ok(()), |watcher| watcher.ended(py, CountAs::Classified, status, exception))?;
        Ok(Some(true))
    }

    /// The caller gave the call up.
    fn cancel(&self, py: Python<'_>) -> PyResult<bool> {
        self.settle(py, Report::new(End::Cancelled))
    }

    /// The call says nothing about its target.
    fn neutral(&self, py: Python<'_>) -> PyResult<bool> {
        self.settle_neutral(py)
    }

    #[getter(is_settled)]
    fn py_is_settled(&self) -> bool {
        self.is_settled()
    }
}
