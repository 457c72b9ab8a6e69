//! The store of a board, and what is done with it around a fork.

use crate::python_clock::BoardClock;
use crate::python_store::PythonStore;
use fuseboard_host::Builder;
use fuseboard_host::time::Millis;
use fuseboard_stores::{AnyStore, ForkGuard};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::sync::{Arc, Mutex, PoisonError};

/// How long a fork waits for the operations of other threads.
const FORK_WAIT: Millis = Millis(5_000);

pub(crate) struct BoardStore {
    kind: Kind,
    /// Held between the hooks of a fork.
    fork_guard: Mutex<Option<ForkGuard>>,
}

enum Kind {
    OfUrl(AnyStore),
    OfPython,
}

impl BoardStore {
    /// Opens the store of a URL, or takes a Python object, and gives it to the builder of a board.
    pub(crate) fn open(store: &Bound<'_, PyAny>, clock: &BoardClock, builder: Builder) -> PyResult<(BoardStore, Builder)> {
        let with = |kind| BoardStore { kind, fork_guard: Mutex::new(None) };
        let Ok(url) = store.extract::<&str>() else {
            return Ok((with(Kind::OfPython), builder.blocking_store(PythonStore::new(store.clone().unbind()))));
        };
        let store = AnyStore::open(url, Arc::clone(clock)).map_err(|error| PyValueError::new_err(error.to_string()))?;
        let builder = if store.may_block() { builder.blocking_store(store.clone()) } else { builder.store(store.clone()) };
        Ok((with(Kind::OfUrl(store)), builder))
    }

    /// Whether an operation may wait for a file, a network or Python code.
    pub(crate) fn may_block(&self) -> bool {
        match &self.kind {
            Kind::OfUrl(store) => store.may_block(),
            Kind::OfPython => true,
        }
    }

    /// Closes the connections of SQLite, which must not be open at a fork. If other threads keep one too long, the child's store is
    /// an outage.
    pub(crate) fn before_fork(&self) {
        let Kind::OfUrl(AnyStore::Sqlite(store)) = &self.kind else { return };
        let guard = store.before_fork(FORK_WAIT).ok();
        *self.fork_guard.lock().unwrap_or_else(PoisonError::into_inner) = guard;
    }

    /// Lets connections be opened again, in the parent and in the child.
    pub(crate) fn after_fork(&self) {
        let guard = self.fork_guard.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(guard);
    }
}
