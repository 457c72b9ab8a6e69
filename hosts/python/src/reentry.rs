//! Refuses requests that a store or a clock written in Python makes while an engine waits for it.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::cell::Cell;

thread_local! {
    static INSIDE: Cell<u32> = const { Cell::new(0) };
}

/// A call from an engine into Python on this thread. The engine is locked meanwhile.
pub(crate) struct InsideEngine;

impl InsideEngine {
    pub(crate) fn enter() -> InsideEngine {
        INSIDE.set(INSIDE.get().saturating_add(1));
        InsideEngine
    }
}

impl Drop for InsideEngine {
    fn drop(&mut self) {
        INSIDE.set(INSIDE.get().saturating_sub(1));
    }
}

/// Fails within a call from an engine: a request would wait for the engine, which waits for this call.
pub(crate) fn check() -> PyResult<()> {
    if INSIDE.get() == 0 {
        return Ok(());
    }
    Err(PyRuntimeError::new_err("a store or a clock must not use a circuit breaker: the breaker waits for its answer"))
}
