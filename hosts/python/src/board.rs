//! A board of circuit breakers as Python sees it.

use crate::board_store::BoardStore;
use crate::configuration::{Pairs, sources};
use crate::errors::to_python;
use crate::json::{from_json, to_json, variant_name};
use crate::process::Process;
use crate::python_clock::{BoardClock, board_clock};
use crate::reentry;
use crate::report::CallEnd;
use crate::text_listener::TextListener;
use fuseboard_host::{EngineKind, Error, Event, Filter, OnStart};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use std::sync::Arc;
use std::time::Duration;

/// How long `flush` may take.
const FLUSH_MAX: Duration = Duration::from_secs(10);

/// All circuit breakers of one configuration. Any number of threads may call it.
#[pyclass(frozen, weakref, module = "fuseboard._core")]
pub(crate) struct Board {
    inner: fuseboard_host::Board,
    clock: BoardClock,
    store: BoardStore,
    on_event: Option<TextListener>,
    on_error: Option<TextListener>,
}

#[pymethods]
impl Board {
    /// `store` is a URL or an object with the methods of `fuseboard.Store`. `on_event` receives each event as a JSON text, `on_error` each error as a text.
    #[new]
    #[pyo3(signature = (*, store, engine, on_start = "local", wall = None, monotonic = None, on_event = None, on_error = None))]
    #[allow(clippy::too_many_arguments, reason = "the keywords of a Python class")]
    fn new(
        py: Python<'_>,
        store: &Bound<'_, PyAny>,
        engine: &str,
        on_start: &str,
        wall: Option<Py<PyAny>>,
        monotonic: Option<Py<PyAny>>,
        on_event: Option<Py<PyAny>>,
        on_error: Option<Py<PyAny>>,
    ) -> PyResult<Board> {
        let clock = board_clock(wall, monotonic);
        let builder = fuseboard_host::Board::builder().clock(Arc::clone(&clock)).engine(engine_kind(engine)?).on_start(start(on_start)?);
        let (store, mut builder) = BoardStore::open(store, &clock, builder)?;
        let (on_event, on_error) = (on_event.map(TextListener::new), on_error.map(TextListener::new));
        if let Some(listener) = on_event.clone() {
            builder = builder.listener(move |event: &Event| listener.notify(&to_json(event).unwrap_or_default()));
        }
        if let Some(listener) = on_error.clone() {
            builder = builder.error_listener(move |error: &Error| listener.notify(&error.to_string()));
        }
        let board = py.detach(|| builder.build()).map_err(|error| to_python(py, &error))?;
        Ok(Board { inner: board, clock, store, on_event, on_error })
    }

    /// Replaces the configuration. Returns its warnings.
    fn configure(&self, py: Python<'_>, documents: Pairs, prefix: String, environment: Pairs, flags: Pairs) -> PyResult<Vec<String>> {
        let sources = sources(documents, prefix, environment, flags);
        let warnings = self.detached(py, |board| board.reconfigure(sources))?;
        Ok(warnings.iter().map(ToString::to_string).collect())
    }

    /// The status of a target's circuits.
    fn status(&self, py: Python<'_>, target: &str) -> PyResult<String> {
        let target = from_json(target)?;
        to_json(&self.detached(py, |board| board.status(&target))?)
    }

    /// One page of the circuits that have a stored record.
    #[pyo3(signature = (filter, cursor = None, limit = 1_000))]
    fn list(&self, py: Python<'_>, filter: &str, cursor: Option<&str>, limit: u32) -> PyResult<String> {
        let filter: Filter = from_json(filter)?;
        to_json(&self.detached(py, |board| board.list(&filter, cursor, limit))?)
    }

    /// Carries out an operator's command on a scope.
    fn command(&self, py: Python<'_>, scope: &str, command: &str) -> PyResult<String> {
        let (scope, command) = (from_json(scope)?, from_json(command)?);
        to_json(&self.detached(py, |board| board.command(&scope, &command))?)
    }

    /// Sets the stored patch of a scope, a JSON object of settings; none removes it.
    #[pyo3(signature = (scope, patch = None))]
    fn update_policy(&self, py: Python<'_>, scope: &str, patch: Option<&str>) -> PyResult<String> {
        let scope = from_json(scope)?;
        to_json(&self.detached(py, |board| board.update_policy(&scope, patch))?)
    }

    /// Defines the settings of a circuit in this process, a JSON object; none removes them. Nothing is stored.
    #[pyo3(signature = (scope, settings = None))]
    fn define(&self, py: Python<'_>, scope: &str, settings: Option<&str>) -> PyResult<()> {
        let scope = from_json(scope)?;
        self.detached(py, |board| match settings {
            Some(settings) => board.define(&scope, settings),
            None => board.forget(&scope),
        })
    }

    /// Each effective setting of a target, and where it comes from.
    fn explain(&self, py: Python<'_>, target: &str) -> PyResult<String> {
        let target = from_json(target)?;
        to_json(&self.detached(py, |board| board.explain(&target))?)
    }

    /// Whether the store can be reached.
    fn health(&self, py: Python<'_>) -> PyResult<String> {
        to_json(&self.detached(py, fuseboard_host::Board::health)?)
    }

    /// The versions of the engine and its contract, and their limits.
    fn about(&self, py: Python<'_>) -> PyResult<String> {
        to_json(&self.detached(py, fuseboard_host::Board::about)?)
    }

    /// What a report would count as: `success`, `failure` or `neutral`.
    #[pyo3(signature = (target, *, status = None, exception = None))]
    fn classify(&self, py: Python<'_>, target: &str, status: Option<u16>, exception: Option<&Bound<'_, PyAny>>) -> PyResult<String> {
        let target = from_json(target)?;
        let report = CallEnd { status, exception, ..CallEnd::default() }.report()?;
        variant_name(&self.detached(py, |board| board.classify(&target, &report))?)
    }

    /// Reports every outcome that is batched or kept, for at most 10 s. Returns how many could not be written.
    fn flush(&self, py: Python<'_>) -> PyResult<u32> {
        self.detached(py, |board| board.flush(FLUSH_MAX)).map(|flushed| flushed.kept)
    }

    /// As `flush`, for at most 2 s over all boards of this process.
    fn flush_before_exit(&self, py: Python<'_>) -> PyResult<u32> {
        self.detached(py, fuseboard_host::Board::flush_before_exit).map(|flushed| flushed.kept)
    }

    /// To be called before a fork, on the thread that forks: waits for the threads that are in an engine or in the store.
    fn before_fork(&self, py: Python<'_>) {
        // Those threads may need the interpreter's lock.
        py.detach(|| {
            self.inner.before_fork();
            self.store.before_fork();
        });
    }

    /// To be called after a fork in the parent.
    fn after_fork_in_parent(&self) {
        self.store.after_fork();
        self.inner.after_fork_in_parent();
    }

    /// To be called after a fork in the child: this board is another one there, without leases and outcomes of the parent.
    fn after_fork_in_child(&self, py: Python<'_>) {
        self.store.after_fork();
        py.detach(|| self.inner.after_fork_in_child());
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.listeners().try_for_each(|listener| listener.traverse(&visit))
    }

    fn __clear__(&self) {
        self.listeners().for_each(TextListener::clear);
    }
}

/// To be called once in a forked child, before `Board.after_fork_in_child`: permits of the parent are its own to settle.
#[pyfunction]
pub(crate) fn begin_child_process() {
    Process::begin_child();
}

impl Board {
    /// What the garbage collector sees, because programs make circles of it: a listener is often a method of what has the board. It does
    /// not see the clock and the store. They must work until the board is dropped, which reports what is left. A target holds its
    /// board, so that the collector sees that the listeners are in use.
    fn listeners(&self) -> impl Iterator<Item = &TextListener> {
        self.on_event.iter().chain(&self.on_error)
    }

    #[inline]
    pub(crate) fn clock(&self) -> &BoardClock {
        &self.clock
    }

    pub(crate) fn may_block(&self) -> bool {
        self.store.may_block()
    }

    /// Notifies the listener of errors of a fault that must not fail a call.
    #[cold]
    pub(crate) fn notify_fault(&self, error: &Error) {
        if let Some(on_error) = &self.on_error {
            on_error.notify(&error.to_string());
        }
    }

    /// Runs a request without the interpreter's lock: the store may block, and listeners take the lock themselves.
    pub(crate) fn detached<T: Send>(
        &self,
        py: Python<'_>,
        request: impl FnOnce(&fuseboard_host::Board) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        reentry::check()?;
        py.detach(|| request(&self.inner)).map_err(|error| to_python(py, &error))
    }
}

fn start(choice: &str) -> PyResult<OnStart> {
    match choice {
        "local" => Ok(OnStart::Local),
        "fail" => Ok(OnStart::Fail),
        _ => Err(PyValueError::new_err(format!("on_start: must be \"local\" or \"fail\", is {choice:?}"))),
    }
}

fn engine_kind(name: &str) -> PyResult<EngineKind> {
    match name {
        "component" => Ok(EngineKind::Component),
        "native" => Ok(EngineKind::Native),
        _ => Err(PyValueError::new_err(format!("engine: must be \"component\" or \"native\", is {name:?}"))),
    }
}
