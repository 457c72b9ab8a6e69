//! The base class of guards: the blocks of `with` statements.

use crate::entered_blocks::EnteredBlocks;
use crate::fork_safe_cell::interned;
use crate::permit::Permit;
use crate::report::{CallEnd, CountAs};
use crate::target::Target;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use pyo3::{PyTraverseError, PyVisit};
use std::sync::OnceLock;

/// Enters and leaves blocks. A subclass has the method `_allow()`, which waits for a permit.
#[pyclass(frozen, subclass, module = "fuseboard._core")]
pub(crate) struct GuardedBlocks {
    guarded: OnceLock<Guarded>,
    entered: EnteredBlocks,
}

struct Guarded {
    target: Py<Target>,
    waits: bool,
}

#[pymethods]
impl GuardedBlocks {
    /// A subclass may have any arguments.
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> GuardedBlocks {
        GuardedBlocks { guarded: OnceLock::new(), entered: EnteredBlocks::default() }
    }

    /// Sets the target of all blocks, once, and whether `_allow` has to wait for a permit.
    fn _guard(&self, target: Py<Target>, wait: f64) -> PyResult<()> {
        let guarded = Guarded { target, waits: wait != 0.0 };
        self.guarded.set(guarded).map_err(|_| PyRuntimeError::new_err("the guard has its target already"))
    }

    fn __enter__(slf: &Bound<'_, Self>) -> PyResult<Py<Permit>> {
        let (py, blocks) = (slf.py(), slf.get());
        let permit = match blocks.guarded.get() {
            Some(Guarded { target, waits: false }) => Bound::new(py, Target::allow(target.bind(py))?)?,
            _ => slf.call_method0(interned!(py, "_allow"))?.cast_into::<Permit>()?,
        };
        blocks.entered.enter(py, permit.clone().unbind(), 0)?;
        Ok(permit.unbind())
    }

    #[pyo3(signature = (_exc_type, exception, _traceback))]
    fn __exit__(
        &self,
        py: Python<'_>,
        _exc_type: &Bound<'_, PyAny>,
        exception: Option<&Bound<'_, PyAny>>,
        _traceback: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let permit = self.entered.leave(py, 0)?;
        permit.get().settle_as(py, CountAs::Classified, CallEnd { exception, ..CallEnd::default() }).map(drop)
    }

    /// Keeps the permit of a block that is entered. To be called by the coroutine of `__aenter__`.
    fn _enter(&self, py: Python<'_>, permit: Py<Permit>) -> PyResult<Py<Permit>> {
        self.entered.enter(py, permit.clone_ref(py), 1)?;
        Ok(permit)
    }

    /// The permit of the block that is left. To be called by the coroutine of `__aexit__`.
    fn _leave(&self, py: Python<'_>) -> PyResult<Py<Permit>> {
        self.entered.leave(py, 1)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.guarded.get().map_or(Ok(()), |guarded| visit.call(&guarded.target))
    }
}
