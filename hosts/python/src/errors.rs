//! Errors of a board as Python exceptions.

use fuseboard_host::{Diagnostic, Error};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

static ENGINE_ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// A configuration or an argument that is not accepted is a `ValueError`; a fault of the engine is an `EngineError`.
pub(crate) fn to_python(py: Python<'_>, error: &Error) -> PyErr {
    if !error.diagnostics().is_empty() {
        return configuration_error(error.diagnostics());
    }
    if error.problem().is_some() {
        return PyValueError::new_err(error.to_string());
    }
    match ENGINE_ERROR.import(py, "fuseboard.errors", "EngineError") {
        Ok(class) => PyErr::from_type(class.clone(), (error.to_string(),)),
        Err(import) => import,
    }
}

/// All faults of a configuration, one a line.
pub(crate) fn configuration_error(diagnostics: &[Diagnostic]) -> PyErr {
    PyValueError::new_err(diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}
