//! Values that are made when they are first used, also while other threads fork the process.

use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};
use std::sync::OnceLock;

/// As `PyOnceLock` of `pyo3`, for a process that forks. There a thread that makes the value waits for the interpreter with the cell locked. If
/// another thread forks then, the cell stays locked in the child. Here it is locked only to store the value, which waits for nothing. Two
/// threads may make the value at once: the first one counts.
pub(crate) struct ForkSafeCell<T>(OnceLock<T>);

impl<T> ForkSafeCell<T> {
    pub(crate) const fn new() -> ForkSafeCell<T> {
        ForkSafeCell(OnceLock::new())
    }

    #[inline]
    pub(crate) fn get(&self) -> Option<&T> {
        self.0.get()
    }

    /// Stores a value, unless there is one.
    pub(crate) fn set(&self, value: T) {
        drop(self.0.set(value));
    }

    #[inline]
    pub(crate) fn get_or_try_init(&self, make: impl FnOnce() -> PyResult<T>) -> PyResult<&T> {
        if let Some(value) = self.0.get() {
            return Ok(value);
        }
        let value = make()?;
        Ok(self.0.get_or_init(|| value))
    }
}

impl ForkSafeCell<Py<PyType>> {
    /// A class of a module.
    pub(crate) fn import<'py>(&self, py: Python<'py>, module: &str, name: &str) -> PyResult<&Bound<'py, PyType>> {
        let class = self.get_or_try_init(|| Ok(py.import(module)?.getattr(name)?.cast_into::<PyType>()?.unbind()))?;
        Ok(class.bind(py))
    }
}

impl ForkSafeCell<Py<PyString>> {
    #[inline]
    pub(crate) fn interned<'py>(&self, py: Python<'py>, text: &str) -> &Bound<'py, PyString> {
        let known = self.0.get().map(|known| known.bind(py));
        known.unwrap_or_else(|| {
            let text = PyString::intern(py, text).unbind();
            self.0.get_or_init(|| text).bind(py)
        })
    }
}

/// As `pyo3::intern`, in a [`ForkSafeCell`].
macro_rules! interned {
    ($py:expr, $text:literal) => {{
        static TEXT: $crate::fork_safe_cell::ForkSafeCell<pyo3::Py<pyo3::types::PyString>> = $crate::fork_safe_cell::ForkSafeCell::new();
        TEXT.interned($py, $text)
    }};
}

pub(crate) use interned;
