//! Who took a permit: a task of asyncio, or a thread.

use crate::fork_safe_cell::{ForkSafeCell, interned};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyWeakrefReference};
use std::sync::atomic::{AtomicU64, Ordering};

static THREADS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static THREAD: u64 = THREADS.fetch_add(1, Ordering::Relaxed);
}

/// The running task, or this thread.
pub(crate) enum Taker {
    Thread(u64),
    /// A weak reference: the task's own context keeps the permit, and must not keep the task.
    Task(Py<PyWeakrefReference>),
}

impl Taker {
    #[inline]
    pub(crate) fn current(py: Python<'_>) -> PyResult<Taker> {
        match current_task(py)? {
            Some(task) => Ok(Taker::Task(PyWeakrefReference::new(&task)?.unbind())),
            None => Ok(Taker::Thread(THREAD.with(|thread| *thread))),
        }
    }

    #[inline]
    pub(crate) fn is(&self, py: Python<'_>, other: &Taker) -> bool {
        match (self, other) {
            (Taker::Thread(own), Taker::Thread(other)) => own == other,
            // Python makes one weak reference without a callback for each object.
            (Taker::Task(own), Taker::Task(other)) => own.bind(py).is(other.bind(py)),
            _ => false,
        }
    }
}

/// The running task. asyncio is not imported for those who do not use it.
fn current_task(py: Python<'_>) -> PyResult<Option<Bound<'_, PyAny>>> {
    static RUNNING_LOOP: ForkSafeCell<Py<PyAny>> = ForkSafeCell::new();
    static CURRENT_TASK: ForkSafeCell<Py<PyAny>> = ForkSafeCell::new();
    if RUNNING_LOOP.get().is_none() {
        let Some(asyncio) = imported(py, "asyncio.tasks")? else { return Ok(None) };
        CURRENT_TASK.set(asyncio.getattr("current_task")?.unbind());
        let events = py.import("asyncio.events")?;
        RUNNING_LOOP.set(events.getattr("_get_running_loop")?.unbind());
    }
    let (Some(running_loop), Some(current_task)) = (RUNNING_LOOP.get(), CURRENT_TASK.get()) else { return Ok(None) };
    if running_loop.call0(py)?.is_none(py) {
        return Ok(None);
    }
    let task = current_task.bind(py).call0()?;
    Ok(if task.is_none() { None } else { Some(task) })
}

/// A module, if the program has imported it as a whole.
fn imported<'py>(py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    static MODULES: ForkSafeCell<Py<PyDict>> = ForkSafeCell::new();
    let modules = MODULES.get_or_try_init(|| PyResult::Ok(py.import("sys")?.getattr(interned!(py, "modules"))?.cast_into()?.unbind()))?;
    let module = modules.bind(py).get_item(name)?;
    Ok(module.filter(|module| module.hasattr("current_task").unwrap_or(false)))
}
