//! A board of circuit breakers as Python sees it.

use crate::board_clock::BoardClock;
use crate::configuration::{Pairs, sources};
use crate::errors::to_python;
use crate::json::{from_json, to_json};
use crate::python_clock::PythonClock;
use crate::python_store::PythonStore;
use crate::reentry;
use crate::target::Target;
use fuseboard_host::{Builder, EngineKind, Error, Event, Filter, Report, ServiceKind, SystemClock};
use fuseboard_stores::AnyStore;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use std::sync::Arc;
use std::time::Duration;

/// How long `flush` may take.
const FLUSH_MAX: Duration = Duration::from_secs(10);

/// All circuit breakers of one configuration. Any number of threads may call it.
#[pyclass(frozen, module = "fuseboard._core")]
pub(crate) struct Board {
    board: fuseboard_host::Board,
    clock: BoardClock,
}

/// A Python function that receives events or errors as texts. What it raises is reported as unraisable, and changes nothing.
struct TextListener(Py<PyAny>);

impl TextListener {
    fn notify(&self, text: &str) {
        Python::attach(|py| {
            if let Err(error) = self.0.call1(py, (text,)) {
                error.write_unraisable(py, Some(self.0.bind(py)));
            }
        });
    }
}

#[pymethods]
impl Board {
    /// `store` is a URL or an object with the methods of `fuseboard.Store`. `on_event` receives each event as a JSON text, `on_error` each error as a text.
    #[new]
    #[pyo3(signature = (*, store, engine, wall = None, monotonic = None, on_event = None, on_error = None))]
    fn new(
        py: Python<'_>,
        store: &Bound<'_, PyAny>,
        engine: &str,
        wall: Option<Py<PyAny>>,
        monotonic: Option<Py<PyAny>>,
        on_event: Option<Py<PyAny>>,
        on_error: Option<Py<PyAny>>,
    ) -> PyResult<Board> {
        let clock = clock(wall, monotonic);
        let mut builder = fuseboard_host::Board::builder().clock(clock.clone()).engine(engine_kind(engine)?);
        builder = with_store(builder, store, clock.clone())?;
        if let Some(listener) = on_event.map(TextListener) {
            builder = builder.listener(move |event: &Event| listener.notify(&to_json(event).unwrap_or_default()));
        }
        if let Some(listener) = on_error.map(TextListener) {
            builder = builder.error_listener(move |error: &Error| listener.notify(&error.to_string()));
        }
        let board = py.detach(|| builder.build()).map_err(|error| to_python(py, &error))?;
        Ok(Board { board, clock })
    }

    /// Replaces the configuration. Returns its warnings.
    fn configure(&self, py: Python<'_>, documents: Pairs, prefix: String, environment: Pairs, flags: Pairs) -> PyResult<Vec<String>> {
        let sources = sources(documents, prefix, environment, flags);
        let warnings = self.detached(py, |board| board.reconfigure(sources))?;
        Ok(warnings.iter().map(ToString::to_string).collect())
    }

    /// Looks up a target: `kind` is `host` or `name`.
    #[pyo3(signature = (kind, name, role = None, resolver = None))]
    fn target(&self, py: Python<'_>, kind: &str, name: String, role: Option<String>, resolver: Option<String>) -> PyResult<Target> {
        let kind = match kind {
            "host" => ServiceKind::Host,
            "name" => ServiceKind::Name,
            _ => return Err(PyValueError::new_err(format!("kind: must be \"host\" or \"name\", is {kind:?}"))),
        };
        let target = fuseboard_host::Target { kind, name, role, resolver };
        let handle = self.detached(py, |board| board.target(&target))?;
        Ok(Target::new(handle, self.clock.clone()))
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
        let report: Report = crate::report::CallEnd { status, exception, ..Default::default() }.report()?;
        to_json(&self.detached(py, |board| board.classify(&target, &report))?).map(|text| text.trim_matches('"').to_owned())
    }

    /// Reports every outcome that is batched or kept, for at most 10 s. Returns how many could not be written.
    fn flush(&self, py: Python<'_>) -> PyResult<u32> {
        self.detached(py, |board| board.flush(FLUSH_MAX)).map(|flushed| flushed.kept)
    }
}

impl Board {
    /// Runs a request without the interpreter's lock: the store may block, and listeners take the lock themselves.
    fn detached<T: Send>(&self, py: Python<'_>, request: impl FnOnce(&fuseboard_host::Board) -> Result<T, Error> + Send) -> PyResult<T> {
        reentry::check()?;
        py.detach(|| request(&self.board)).map_err(|error| to_python(py, &error))
    }
}

fn clock(wall: Option<Py<PyAny>>, monotonic: Option<Py<PyAny>>) -> BoardClock {
    /// One clock for all boards of the process, so that their monotonic times can be compared.
    static SYSTEM: PyOnceLock<SystemClock> = PyOnceLock::new();
    if wall.is_none() && monotonic.is_none() {
        return BoardClock(Arc::new(Python::attach(|py| *SYSTEM.get_or_init(py, SystemClock::new))));
    }
    BoardClock(Arc::new(PythonClock::new(wall, monotonic)))
}

fn engine_kind(name: &str) -> PyResult<EngineKind> {
    match name {
        "component" => Ok(EngineKind::Component),
        "native" => Ok(EngineKind::Native),
        _ => Err(PyValueError::new_err(format!("engine: must be \"component\" or \"native\", is {name:?}"))),
    }
}

fn with_store(builder: Builder, store: &Bound<'_, PyAny>, clock: BoardClock) -> PyResult<Builder> {
    let Ok(url) = store.extract::<&str>() else {
        return Ok(builder.blocking_store(PythonStore::new(store.clone().unbind())));
    };
    let store = AnyStore::open(url, clock).map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(if store.may_block() { builder.blocking_store(store) } else { builder.store(store) })
}
