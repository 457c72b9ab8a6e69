//! The Python object that calls the listeners of a target's circuits.

use crate::fork_safe_cell::interned;
use crate::report::CountAs;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

/// An object with the methods `before_call(function, args, kwargs)`, `before_permit()`, `ended(status, exception)` and
/// `failed(status, exception)`. They raise nothing.
pub(crate) struct Watcher(Py<PyAny>);

impl Watcher {
    pub(crate) fn new(watcher: Py<PyAny>) -> Watcher {
        Watcher(watcher)
    }

    /// A function is about to be called.
    pub(crate) fn before_call<'py>(
        &self,
        py: Python<'py>,
        function: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<()> {
        self.0.call_method1(py, interned!(py, "before_call"), (function, args, kwargs)).map(drop)
    }

    /// A permit was given for a call.
    pub(crate) fn before_permit(&self, py: Python<'_>) -> PyResult<()> {
        self.0.call_method0(py, interned!(py, "before_permit")).map(drop)
    }

    /// A call ended.
    pub(crate) fn ended(
        &self,
        py: Python<'_>,
        count_as: CountAs,
        status: Option<u16>,
        exception: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let method = match count_as {
            CountAs::Classified => interned!(py, "ended"),
            CountAs::Failure => interned!(py, "failed"),
        };
        self.0.call_method1(py, method, (status, exception)).map(drop)
    }

    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }
}
