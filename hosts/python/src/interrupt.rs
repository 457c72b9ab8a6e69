//! Interrupts that arrive while Python code runs for an engine.

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;

/// Reports what a clock or a listener raised. An interrupt is raised later.
pub(crate) fn report(py: Python<'_>, error: PyErr, function: &Bound<'_, PyAny>) {
    let is_interrupt = is_interrupt(py, &error);
    error.write_unraisable(py, Some(function));
    if is_interrupt {
        raise_later(py);
    }
}

pub(crate) fn is_interrupt(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<PyKeyboardInterrupt>(py)
}

/// A store, a clock or a listener cannot pass an interrupt on through the engine. The main thread raises it again when Python code runs next: so
/// nothing of Python may run between this and the return to the engine.
pub(crate) fn raise_later(py: Python<'_>) {
    if let Err(error) = py.import("_thread").and_then(|thread| thread.call_method0("interrupt_main")) {
        error.write_unraisable(py, None);
    }
}
