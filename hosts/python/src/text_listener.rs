//! Listeners written in Python.

use crate::interrupt;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use std::sync::{Arc, Mutex, PoisonError};

/// A Python function that receives events or errors as texts. What it raises is reported as unraisable, and changes nothing. Copies share
/// the function.
#[derive(Clone)]
pub(crate) struct TextListener(Arc<Mutex<Option<Py<PyAny>>>>);

impl TextListener {
    pub(crate) fn new(function: Py<PyAny>) -> TextListener {
        TextListener(Arc::new(Mutex::new(Some(function))))
    }

    pub(crate) fn notify(&self, text: &str) {
        Python::attach(|py| {
            let function = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|function| function.bind(py).clone());
            let Some(function) = function else { return };
            if let Err(error) = function.call1((text,)) {
                interrupt::report(py, error, &function);
            }
        });
    }

    /// Shows the function to the garbage collector. While another thread reads it, it is not shown, and so it is not garbage.
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.0.try_lock().map_or(Ok(()), |function| visit.call(&*function))
    }

    /// Lets go of the function, because it is garbage.
    pub(crate) fn clear(&self) {
        // Dropped after the lock: dropping an object may run Python code.
        let function = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(function);
    }
}
