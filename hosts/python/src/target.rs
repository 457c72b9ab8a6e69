//! One target of a board, looked up once: the fastest way to call the same target often.

use crate::board::Board;
use crate::python_clock::BoardClock;
use crate::reentry;
use crate::report::{CallEnd, CountAs};
use crate::watcher::Watcher;
use fuseboard_host::{Handle, Report};
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use std::sync::Arc;

#[pyclass(frozen, module = "fuseboard._core")]
pub(crate) struct Target {
    pub(crate) handle: Handle,
    pub(crate) described: Arc<fuseboard_host::Target>,
    pub(crate) board: Py<Board>,
    pub(crate) watcher: Option<Watcher>,
}

impl Target {
    pub(crate) fn new(handle: Handle, board: Py<Board>, watcher: Option<Py<PyAny>>) -> Target {
        let described = Arc::new(handle.target().clone());
        Target { handle, described, board, watcher: watcher.map(Watcher::new) }
    }

    #[inline]
    pub(crate) fn clock(&self) -> &BoardClock {
        self.board.get().clock()
    }

    /// Reports a call that was made without a permit of this board.
    pub(crate) fn report_as(&self, py: Python<'_>, count_as: CountAs, end: CallEnd<'_, '_>) -> PyResult<()> {
        let (status, exception) = (end.status, end.exception);
        self.settle(py, &end.report_as(count_as)?)?;
        self.watcher.as_ref().map_or(Ok(()), |watcher| watcher.ended(py, count_as, status, exception))
    }

    fn settle(&self, py: Python<'_>, report: &Report) -> PyResult<()> {
        reentry::check()?;
        if let Err(error) = py.detach(|| self.handle.settle(None, report)) {
            self.board.get().notify_fault(&error);
        }
        Ok(())
    }
}

#[pymethods]
impl Target {
    /// The host, in its canonical spelling, or the plain name.
    #[getter]
    fn name(&self) -> &str {
        &self.described.name
    }

    #[getter]
    fn role(&self) -> Option<&str> {
        self.described.role.as_deref()
    }

    #[getter]
    fn resolver(&self) -> Option<&str> {
        self.described.resolver.as_deref()
    }

    /// Whether a request may wait for a file or a network.
    #[getter]
    fn may_block(&self) -> bool {
        self.board.get().may_block()
    }

    /// Reports how a call ended that was made without a permit of this board; the policy classifies it.
    #[pyo3(signature = (*, status = None, exception = None, retry_after_s = None, headers = None))]
    fn report(
        &self,
        py: Python<'_>,
        status: Option<u16>,
        exception: Option<&Bound<'_, PyAny>>,
        retry_after_s: Option<f64>,
        headers: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        self.report_as(py, CountAs::Classified, CallEnd { status, exception, retry_after_s, headers })
    }

    /// Reports the failure of a call that was made without a permit of this board.
    #[pyo3(signature = (*, status = None, exception = None, retry_after_s = None, headers = None))]
    fn failure(
        &self,
        py: Python<'_>,
        status: Option<u16>,
        exception: Option<&Bound<'_, PyAny>>,
        retry_after_s: Option<f64>,
        headers: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        self.report_as(py, CountAs::Failure, CallEnd { status, exception, retry_after_s, headers })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.board)?;
        self.watcher.as_ref().map_or(Ok(()), |watcher| watcher.traverse(&visit))
    }
}
