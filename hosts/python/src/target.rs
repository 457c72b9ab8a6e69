//! One target of a board, looked up once: the fastest way to call the same target often.

use crate::board::Board;
use crate::exception::report_of;
use crate::guarded_function::GuardedFunction;
use crate::open_call::OpenCall;
use crate::permit::Permit;
use crate::python_clock::BoardClock;
use crate::reentry;
use crate::report::CallEnd;
use crate::watcher::Watcher;
use fuseboard_host::{End, Handle, Report};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
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

    /// Makes a call if it is admitted, and settles it by what it raised.
    pub(crate) fn call_function<'py>(
        &self,
        function: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = function.py();
        let call = OpenCall::begin(py, self)?;
        if let Some(watcher) = &self.watcher {
            self.cancel_unless(py, &call, watcher.before_call(py, function, args, kwargs))?;
        }
        let result = function.call(args, kwargs);
        let exception = result.as_ref().err().map(|error| error.value(py).as_any().clone());
        let report = match &exception {
            None => Report::new(End::Returned),
            Some(exception) => report_of(exception),
        };
        call.end(py, self, report)?;
        if let Some(watcher) = &self.watcher {
            watcher.ended(py, None, exception.as_ref())?;
        }
        result
    }

    /// Calls the listeners for a permit. If one interrupts, the call is cancelled.
    #[inline]
    pub(crate) fn notify_of_permit(&self, py: Python<'_>, call: &OpenCall) -> PyResult<()> {
        let Some(watcher) = &self.watcher else { return Ok(()) };
        self.cancel_unless(py, call, watcher.before_permit(py))
    }

    /// Only an interrupt comes here as an error, such as `KeyboardInterrupt`.
    fn cancel_unless(&self, py: Python<'_>, call: &OpenCall, notified: PyResult<()>) -> PyResult<()> {
        if notified.is_err() {
            call.end(py, self, Report::new(End::Cancelled))?;
        }
        notified
    }

    /// Reports a call that was made without a permit of this board. The policy classifies it.
    pub(crate) fn report_end(&self, py: Python<'_>, end: CallEnd<'_, '_>) -> PyResult<()> {
        let (status, exception) = (end.status, end.exception);
        self.settle(py, &end.report()?)?;
        self.watcher.as_ref().map_or(Ok(()), |watcher| watcher.ended(py, status, exception))
    }

    /// Reports the failure of a call that was made without a permit of this board.
    pub(crate) fn report_failure(&self, py: Python<'_>, end: CallEnd<'_, '_>) -> PyResult<()> {
        let (status, exception) = (end.status, end.exception);
        self.settle(py, &end.failure()?)?;
        self.watcher.as_ref().map_or(Ok(()), |watcher| watcher.failed(py, status, exception))
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

    /// Returns a permit for one call, or raises `BreakerOpenError`.
    fn allow(slf: &Bound<'_, Target>) -> PyResult<Permit> {
        let (py, target) = (slf.py(), slf.get());
        let call = OpenCall::begin(py, target)?;
        target.notify_of_permit(py, &call)?;
        Ok(Permit::new(slf, call))
    }

    /// As `allow`, if the answer needs no request to the engine. `None`: only `allow` can answer, and it may block.
    fn try_allow(slf: &Bound<'_, Target>) -> PyResult<Option<Permit>> {
        let (py, target) = (slf.py(), slf.get());
        reentry::check()?;
        let Some(call) = OpenCall::try_begin(py, target).transpose()? else { return Ok(None) };
        target.notify_of_permit(py, &call)?;
        Ok(Some(Permit::new(slf, call)))
    }

    /// Makes a call if it is admitted, and settles it by what it raised.
    #[pyo3(signature = (function, *args, **kwargs))]
    fn call<'py>(
        &self,
        function: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.call_function(function, args, kwargs)
    }

    /// The function with a guard around each call.
    fn guarded(slf: &Bound<'_, Target>, function: Py<PyAny>) -> GuardedFunction {
        GuardedFunction::new(slf.clone().unbind(), function)
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
        self.report_end(py, CallEnd { status, exception, retry_after_s, headers })
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
        self.report_failure(py, CallEnd { status, exception, retry_after_s, headers })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.board)?;
        self.watcher.as_ref().map_or(Ok(()), |watcher| watcher.traverse(&visit))
    }
}
