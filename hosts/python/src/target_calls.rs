//! How calls of a target are admitted, made and reported.

use crate::admitted_call::AdmittedCall;
use crate::exception::report_of;
use crate::guarded_function::GuardedFunction;
use crate::permit::Permit;
use crate::reentry;
use crate::refusal::refusal_error;
use crate::report::CountAs;
use crate::target::Target;
use fuseboard_host::{End, Report};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

impl Target {
    /// Makes a call if it is admitted, and settles it by what it raised.
    pub(crate) fn call_function<'py>(
        &self,
        function: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = function.py();
        let call = AdmittedCall::begin(py, self)?;
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
            watcher.ended(py, CountAs::Classified, None, exception.as_ref())?;
        }
        result
    }

    /// Calls the listeners for a permit. If one interrupts, the call is cancelled.
    #[inline]
    pub(crate) fn notify_of_permit(&self, py: Python<'_>, call: &AdmittedCall) -> PyResult<()> {
        let Some(watcher) = &self.watcher else { return Ok(()) };
        self.cancel_unless(py, call, watcher.before_permit(py))
    }

    /// Only an interrupt comes here as an error, such as `KeyboardInterrupt`.
    fn cancel_unless(&self, py: Python<'_>, call: &AdmittedCall, notified: PyResult<()>) -> PyResult<()> {
        if notified.is_err() {
            call.end(py, self, Report::new(End::Cancelled))?;
        }
        notified
    }
}

#[pymethods]
impl Target {
    /// Returns a permit for one call, or raises `BreakerOpenError`.
    pub(crate) fn allow(slf: &Bound<'_, Target>) -> PyResult<Permit> {
        let (py, target) = (slf.py(), slf.get());
        let call = AdmittedCall::begin(py, target)?;
        target.notify_of_permit(py, &call)?;
        Ok(Permit::new(slf, call))
    }

    /// As `allow`, if the answer needs no request to the engine. `None`: only `allow` can answer, and it may block.
    fn try_allow(slf: &Bound<'_, Target>) -> PyResult<Option<Permit>> {
        let (py, target) = (slf.py(), slf.get());
        reentry::check()?;
        let Some(answer) = AdmittedCall::try_begin(target) else { return Ok(None) };
        let call = answer.map_err(|refused| refusal_error(py, &target.described, refused))?;
        target.notify_of_permit(py, &call)?;
        Ok(Some(Permit::new(slf, call)))
    }

    /// Makes a call if it is admitted, and settles it by what it raised.
    ///
    /// It takes no keyword arguments: they would make every call slower.
    #[pyo3(signature = (function, *args))]
    fn call<'py>(&self, function: &Bound<'py, PyAny>, args: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        self.call_function(function, args, None)
    }

    /// The function with a guard around each call.
    fn guarded(slf: &Bound<'_, Target>, function: Py<PyAny>) -> GuardedFunction {
        GuardedFunction::new(slf.clone().unbind(), function)
    }
}
