//! The blocks of a guard that were entered and not left.

use crate::fork_safe_cell::ForkSafeCell;
use crate::permit::Permit;
use crate::taker::Taker;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The newest is last. A guard may be entered again within itself, and by several threads, tasks and generators at once. The list is locked only
/// while nothing of Python runs, so a process that forks finds it free.
#[derive(Default)]
pub(crate) struct EnteredBlocks(Mutex<Vec<EnteredBlock>>);

struct EnteredBlock {
    taker: Taker,
    /// `None`: there was no other block when it was entered.
    frame: Option<FrameId>,
    permit: Py<Permit>,
}

/// Identifies a running function, generator or coroutine: a `with` statement enters and leaves its block in the same one, whichever thread or
/// task that is.
#[derive(Clone, Copy, PartialEq, Eq)]
struct FrameId(usize);

impl FrameId {
    /// The frame of the Python code that called, or the caller of that at depth 1.
    fn of_caller(py: Python<'_>, depth: usize) -> PyResult<FrameId> {
        static GET_FRAME: ForkSafeCell<Py<PyAny>> = ForkSafeCell::new();
        let get_frame = GET_FRAME.get_or_try_init(|| Ok(py.import("sys")?.getattr("_getframe")?.unbind()))?;
        Ok(FrameId(get_frame.call1(py, (depth,))?.as_ptr().addr()))
    }
}

impl EnteredBlocks {
    fn lock(&self) -> MutexGuard<'_, Vec<EnteredBlock>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a block that is entered by the Python code that called, or by the caller of that at depth 1.
    pub(crate) fn enter(&self, py: Python<'_>, permit: Py<Permit>, depth: usize) -> PyResult<()> {
        let taker = Taker::current(py)?;
        // A frame takes time to find out, and one block needs none.
        let is_first = self.lock().is_empty();
        let frame = if is_first { None } else { Some(FrameId::of_caller(py, depth)?) };
        self.lock().push(EnteredBlock { taker, frame, permit });
        Ok(())
    }

    /// Removes the block that is left by the Python code that called, or by the caller of that at depth 1. Returns its permit.
    pub(crate) fn leave(&self, py: Python<'_>, depth: usize) -> PyResult<Py<Permit>> {
        let left = match self.leave_only() {
            Some(only) => Some(only),
            None => self.leave_nearest(py, &Taker::current(py)?, FrameId::of_caller(py, depth)?),
        };
        left.map(|block| block.permit).ok_or_else(|| PyRuntimeError::new_err("the guard was not entered"))
    }

    /// Removes the block if there is one alone.
    fn leave_only(&self) -> Option<EnteredBlock> {
        let mut blocks = self.lock();
        if blocks.len() == 1 { blocks.pop() } else { None }
    }

    /// Removes the newest of the blocks that are most likely left.
    fn leave_nearest(&self, py: Python<'_>, taker: &Taker, frame: FrameId) -> Option<EnteredBlock> {
        let mut blocks = self.lock();
        let newest_first = blocks.iter().enumerate().rev();
        let (nearest, _) = newest_first.min_by_key(|(_, block)| block.distance(py, taker, frame))?;
        Some(blocks.remove(nearest))
    }
}

impl EnteredBlock {
    /// How unlikely it is that this block is left, if there are several. An `ExitStack` enters and leaves blocks in frames of its own: then the
    /// thread or task decides.
    fn distance(&self, py: Python<'_>, taker: &Taker, frame: FrameId) -> u8 {
        match (self.frame, self.taker.is(py, taker)) {
            (Some(own), _) if own == frame => 0,
            (None, true) => 1,
            (Some(_), true) => 2,
            (None, false) => 3,
            (Some(_), false) => 4,
        }
    }
}
