//! Stores given as Python objects.

use crate::errors::answer_lost_error;
use crate::interrupt;
use crate::reentry::InsideEngine;
use fuseboard::time::Millis;
use fuseboard_host::{Entry, Lookup, Page, Revision, Store, StoreError, Swap};
use pyo3::prelude::*;

/// A Python object with the methods of `fuseboard.Store`. What they raise is an outage of the store, never an error of a call.
pub(crate) struct PythonStore(Py<PyAny>);

/// What `load` returns: `None` if nothing is stored, else a revision, and the value unless the revision is the known one.
type Loaded = Option<(u64, Option<String>)>;

/// What `compare_and_swap` returns: the new revision, or the current entry if the revision is not the expected one.
#[derive(FromPyObject)]
enum Swapped {
    Stored(u64),
    Conflict(Option<(u64, String)>),
}

impl PythonStore {
    pub(crate) fn new(store: Py<PyAny>) -> PythonStore {
        PythonStore(store)
    }

    fn ask<T>(&self, ask: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T>) -> Result<T, StoreError> {
        let _inside = InsideEngine::enter();
        Python::attach(|py| ask(self.0.bind(py)).map_err(|error| store_error(py, &error)))
    }
}

impl Store for PythonStore {
    fn load(&self, key: &str, known: Option<Revision>, within: Millis) -> Result<Lookup, StoreError> {
        let known = known.map(|known| known.0);
        let loaded: Loaded = self.ask(|store| store.call_method1("load", (key, known, seconds(within)))?.extract())?;
        Ok(match loaded {
            None => Lookup::Missing,
            Some((revision, Some(value))) => Lookup::Found(Entry { revision: Revision(revision), value }),
            Some((revision, None)) if Some(revision) == known => Lookup::Unchanged,
            Some((revision, None)) => return Err(no_value(revision)),
        })
    }

    fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<Revision>,
        value: &str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> Result<Swap, StoreError> {
        let arguments = (key, expected.map(|expected| expected.0), value, ttl.map(seconds), seconds(within));
        let swapped: Swapped = self.ask(|store| store.call_method1("compare_and_swap", arguments)?.extract())?;
        Ok(match swapped {
            Swapped::Stored(revision) => Swap::Stored(Revision(revision)),
            Swapped::Conflict(current) => Swap::Conflict(current.map(|(revision, value)| Entry { revision: Revision(revision), value })),
        })
    }

    fn list_keys(&self, prefix: &str, cursor: Option<&str>, limit: u32, within: Millis) -> Result<Page, StoreError> {
        let arguments = (prefix, cursor, limit, seconds(within));
        let (keys, next) = self.ask(|store| store.call_method1("list_keys", arguments)?.extract())?;
        Ok(Page { keys, next })
    }
}

/// `fuseboard.errors.AnswerLostError` says that a write may have happened. Every other exception says that nothing was written.
fn store_error(py: Python<'_>, error: &PyErr) -> StoreError {
    let is_lost = answer_lost_error(py).is_ok_and(|class| error.is_instance(py, class));
    let kind = if is_lost { StoreError::Unknown } else { StoreError::Unavailable };
    let failed = kind(error.to_string());
    if interrupt::is_interrupt(py, error) {
        interrupt::raise_later(py);
    }
    failed
}

fn no_value(revision: u64) -> StoreError {
    StoreError::Unavailable(format!("load() returned revision {revision} without a value, but only the known revision may have none"))
}

#[allow(clippy::cast_precision_loss, reason = "a time in milliseconds is far below 2^53")]
fn seconds(time: Millis) -> f64 {
    time.0 as f64 / 1e3
}
