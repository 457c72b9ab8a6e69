//! The base class of guards: the blocks of `with` statements.

use crate::fork_safe_cell::interned;
use crate::permit::Permit;
use crate::report::{CallEnd, CountAs};
use crate::taker::Taker;
use crate::target::Target;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use pyo3::{PyTraverseError, PyVisit};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Enters and leaves blocks. A subclass has the method `_allow()`, which waits for a permit.
#[pyclass(frozen, subclass, module = "fuseboard._core")]
pub(crate) struct GuardedBlocks {
    target: Py<Target>,
    waits: bool,
    entered: EnteredBlocks,
}

/// A block that was entered and not left.
struct EnteredBlock {
    taker: Taker,
    permit: Py<Permit>,
}

/// The blocks that were entered and not left, the newest last. A guard may be entered again within itself, and by several threads and tasks
/// at once. It is locked only while nothing of Python runs, so a process that forks finds it free.
#[derive(Default)]
struct EnteredBlocks(Mutex<Vec<EnteredBlock>>);

impl EnteredBlocks {
    fn lock(&self) -> MutexGuard<'_, Vec<EnteredBlock>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes the newest block of this taker. Another thread or task may close a generator than the one that entered its block: then the
    /// newest of all is removed. All are for the same target.
    fn remove(&self, py: Python<'_>, taker: &Taker) -> Option<EnteredBlock> {
        let mut blocks = self.lock();
        match blocks.iter().rposition(|block| block.taker.is(py, taker)) {
            Some(own) => Some(blocks.remove(own)),
            None => blocks.pop(),
        }
    }
}

#[pymethods]
impl GuardedBlocks {
    /// A subclass may have further arguments.
    #[new]
    #[pyo3(signature = (target, wait = 0.0, *_args, **_kwargs))]
    fn new(target: Py<Target>, wait: f64, _args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> GuardedBlocks {
        GuardedBlocks { target, waits: wait != 0.0, entered: EnteredBlocks::default() }
    }

    fn __enter__(slf: &Bound<'_, Self>) -> PyResult<Py<Permit>> {
        let (py, blocks) = (slf.py(), slf.get());
        let permit = if blocks.waits {
            slf.call_method0(interned!(py, "_allow"))?.cast_into::<Permit>()?
        } else {
            Bound::new(py, Target::allow(blocks.target.bind(py))?)?
        };
        blocks.enter(py, permit.unbind())
    }

    #[pyo3(signature = (_exc_type, exception, _traceback))]
    fn __exit__(
        &self,
        py: Python<'_>,
        _exc_type: &Bound<'_, PyAny>,
        exception: Option<&Bound<'_, PyAny>>,
        _traceback: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let permit = self.leave(py)?;
        permit.get().settle_as(py, CountAs::Classified, CallEnd { exception, ..CallEnd::default() }).map(drop)
    }

    /// Keeps the permit of a block that is entered.
    #[pyo3(name = "_enter")]
    fn enter(&self, py: Python<'_>, permit: Py<Permit>) -> PyResult<Py<Permit>> {
        let taker = Taker::current(py)?;
        let block = EnteredBlock { taker, permit: permit.clone_ref(py) };
        self.entered.lock().push(block);
        Ok(permit)
    }

    /// The permit of the block that is left.
    #[pyo3(name = "_leave")]
    fn leave(&self, py: Python<'_>) -> PyResult<Py<Permit>> {
        let left = self.entered.remove(py, &Taker::current(py)?);
        left.map(|block| block.permit).ok_or_else(|| PyRuntimeError::new_err("the guard was not entered"))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.target)
    }
}
