//! A function with a guard around each call.

use crate::fork_safe_cell::{ForkSafeCell, interned};
use crate::target::Target;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};
use pyo3::{PyTraverseError, PyVisit};

/// What `Target.guarded` returns. `functools.update_wrapper` gives it the name and the documentation of the function.
#[pyclass(frozen, dict, weakref, module = "fuseboard._core")]
pub(crate) struct GuardedFunction {
    target: Py<Target>,
    function: Py<PyAny>,
}

impl GuardedFunction {
    pub(crate) fn new(target: Py<Target>, function: Py<PyAny>) -> GuardedFunction {
        GuardedFunction { target, function }
    }
}

#[pymethods]
impl GuardedFunction {
    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.target.get().call_function(self.function.bind(py), args, kwargs)
    }

    /// A method, if the function stands in a class.
    fn __get__<'py>(slf: Bound<'py, Self>, object: &Bound<'py, PyAny>, _class: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        static METHOD: ForkSafeCell<Py<PyType>> = ForkSafeCell::new();
        if object.is_none() {
            return Ok(slf.into_any());
        }
        METHOD.import(slf.py(), "types", "MethodType")?.call1((slf, object))
    }

    /// As a function, it is pickled by its name: `functools.update_wrapper` sets it.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.getattr(interned!(slf.py(), "__qualname__"))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.target)?;
        visit.call(&self.function)
    }
}
