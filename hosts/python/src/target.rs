//! One target of a board, looked up once: the fastest way to call the same target often.

use crate::board_clock::BoardClock;
use crate::errors::to_python;
use crate::permit::Permit;
use crate::reentry;
use crate::refusal::refusal_error;
use crate::report::CallEnd;
use fuseboard_host::{Handle, Report};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

#[pyclass(frozen, module = "fuseboard._core")]
pub(crate) struct Target {
    handle: Handle,
    clock: BoardClock,
}

impl Target {
    pub(crate) fn new(handle: Handle, clock: BoardClock) -> Target {
        Target { handle, clock }
    }

    fn permit(&self, py: Python<'_>) -> PyResult<Permit> {
        reentry::check()?;
        let admission = match self.handle.try_allow() {
            Some(admission) => admission,
            None => py.detach(|| self.handle.allow()).map_err(|error| to_python(py, &error))?,
        };
        match admission.into_result() {
            Ok(permit) => Ok(Permit::new(&self.handle, permit, &self.clock)),
            Err(refused) => Err(refusal_error(py, self.handle.target(), refused)),
        }
    }

    fn settle(&self, py: Python<'_>, report: &Report) -> PyResult<()> {
        reentry::check()?;
        py.detach(|| self.handle.settle(None, report)).map(drop).map_err(|error| to_python(py, &error))
    }
}

#[pymethods]
impl Target {
    /// Returns a permit for one call, or raises `BreakerOpenError`.
    fn allow(&self, py: Python<'_>) -> PyResult<Permit> {
        self.permit(py)
    }

    /// Makes a call if it is admitted, and settles it by what it raised.
    #[pyo3(signature = (function, *args, **kwargs))]
    fn call<'py>(
        &self,
        py: Python<'py>,
        function: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let permit = self.permit(py)?;
        let result = function.call(args, kwargs);
        let report = match &result {
            Ok(_) => Report::new(fuseboard_host::End::Returned),
            Err(error) => CallEnd { exception: Some(error.value(py).as_any()), ..CallEnd::default() }.report()?,
        };
        permit.settle(py, report)?;
        result
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
        self.settle(py, &CallEnd { status, exception, retry_after_s, headers }.report()?)
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
        self.settle(py, &CallEnd { status, exception, retry_after_s, headers }.failure()?)
    }
}
