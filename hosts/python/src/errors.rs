//! Errors of a board as Python exceptions.

use crate::fork_safe_cell::ForkSafeCell;
use fuseboard_host::{Diagnostic, Error};
use pyo3::exceptions::{PyConnectionError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyType;

const MODULE: &str = "fuseboard.errors";

/// `fuseboard.BreakerOpenError`.
pub(crate) fn breaker_open_error(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CLASS: ForkSafeCell<Py<PyType>> = ForkSafeCell::new();
    CLASS.import(py, MODULE, "BreakerOpenError")
}

/// `fuseboard.AnswerLostError`.
pub(crate) fn answer_lost_error(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CLASS: ForkSafeCell<Py<PyType>> = ForkSafeCell::new();
    CLASS.import(py, MODULE, "AnswerLostError")
}

fn engine_error(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CLASS: ForkSafeCell<Py<PyType>> = ForkSafeCell::new();
    CLASS.import(py, MODULE, "EngineError")
}

fn component_error(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CLASS: ForkSafeCell<Py<PyType>> = ForkSafeCell::new();
    CLASS.import(py, MODULE, "ComponentError")
}

/// A configuration or an argument that is not accepted is a `ValueError`. A component that cannot be used is a `ComponentError`.
/// A store that cannot be read at the start is a `ConnectionError`. Every other fault of the engine is an `EngineError`.
pub(crate) fn to_python(py: Python<'_>, error: &Error) -> PyErr {
    if !error.diagnostics().is_empty() {
        return configuration_error(error.diagnostics());
    }
    if error.problem().is_some() {
        return PyValueError::new_err(error.to_string());
    }
    if error.is_store_unreachable() {
        return PyConnectionError::new_err(error.to_string());
    }
    let class = if error.is_unusable_component() { component_error(py) } else { engine_error(py) };
    match class {
        Ok(class) => PyErr::from_type(class.clone(), (error.to_string(),)),
        Err(import) => import,
    }
}

/// All faults of a configuration, one a line.
pub(crate) fn configuration_error(diagnostics: &[Diagnostic]) -> PyErr {
    PyValueError::new_err(diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}
