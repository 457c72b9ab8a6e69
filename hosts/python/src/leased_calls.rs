//! The base class of breakers: calls under a lease, without a step in Python.

use crate::board_clock::BoardClock;
use crate::permit::Permit;
use crate::refusal::refusal_error;
use fuseboard_host::{End, Handle, Refused, Report, Target};
use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple, PyType};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const ERRORS: &str = "fuseboard.pybreaker.errors";
static OPEN_ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static OPEN_TEXT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static GENERATOR: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// Makes calls. A subclass has the methods `_call_unleased(func, args, kwargs)`, `_succeed(permit)`, `_returned(permit, result)` for a
/// generator, and `_fail(permit, exception)`, which may raise another exception; and the tuple `_listeners`.
#[pyclass(frozen, subclass, module = "fuseboard._core")]
pub(crate) struct LeasedCalls {
    target: PyOnceLock<(Handle, BoardClock)>,
    /// Whether there are listeners.
    is_watched: AtomicBool,
}

#[pymethods]
impl LeasedCalls {
    /// A subclass may have any arguments.
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> LeasedCalls {
        LeasedCalls { target: PyOnceLock::new(), is_watched: AtomicBool::new(false) }
    }

    /// Sets the target of all calls, once.
    fn _set_target(&self, py: Python<'_>, target: &crate::target::Target) -> PyResult<()> {
        self.target.set(py, target.parts()).map_err(|_| PyRuntimeError::new_err("the target is set already"))
    }

    /// Sets whether `_listeners` of the subclass has any.
    fn _set_watched(&self, is_watched: bool) {
        self.is_watched.store(is_watched, Ordering::Relaxed);
    }

    /// Calls a function if the circuit admits it. Raises `CircuitBreakerError` if it does not.
    ///
    /// If the function returns a generator, the call ends when the generator does.
    #[pyo3(signature = (func, *args, **kwargs))]
    fn call<'py>(
        slf: &Bound<'py, Self>,
        func: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let leased = slf.get().target.get(py).and_then(|(handle, clock)| Some((handle, clock, handle.try_allow()?)));
        let Some((handle, clock, admission)) = leased else {
            return slf.call_method1(intern!(py, "_call_unleased"), (func, args, kwargs));
        };
        let permit = admission.into_result().map_err(|refused| refused_call(py, handle.target(), refused))?;
        let call = LeasedCall { breaker: slf, handle, clock, permit };
        if let Err(error) = call.tell_before(func, args, kwargs) {
            call.permit_object()?.get().settle(py, Report::new(End::Cancelled))?;
            return Err(error);
        }
        let result = func.call(args, kwargs);
        call.end(result)
    }
}

/// A call that was admitted under a lease.
struct LeasedCall<'a, 'py> {
    breaker: &'a Bound<'py, LeasedCalls>,
    handle: &'a Handle,
    clock: &'a BoardClock,
    permit: fuseboard_host::Permit,
}

impl<'py> LeasedCall<'_, 'py> {
    fn tell_before(&self, func: &Bound<'py, PyAny>, args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<()> {
        let Some(listeners) = self.listeners()? else { return Ok(()) };
        let first = [self.breaker.as_any(), func].into_iter().cloned();
        let all = PyTuple::new(self.breaker.py(), first.chain(args.iter()).collect::<Vec<_>>())?;
        listeners.iter().try_for_each(|listener| listener.call_method(intern!(listener.py(), "before_call"), &all, kwargs).map(drop))
    }

    /// Reports how the call ended.
    fn end(self, result: PyResult<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.breaker.py();
        match result {
            Ok(result) if is_generator(&result)? => self.breaker.call_method1(intern!(py, "_returned"), (self.permit_object()?, result)),
            Ok(result) => {
                if self.handle.try_settle(&self.permit, &Report::new(End::Returned)).is_some() {
                    self.tell_success()?;
                } else {
                    self.breaker.call_method1(intern!(py, "_succeed"), (self.permit_object()?,))?;
                }
                Ok(result)
            }
            Err(error) => {
                self.breaker.call_method1(intern!(py, "_fail"), (self.permit_object()?, error.value(py)))?;
                Err(error)
            }
        }
    }

    fn tell_success(&self) -> PyResult<()> {
        let Some(listeners) = self.listeners()? else { return Ok(()) };
        listeners.iter().try_for_each(|listener| listener.call_method1(intern!(listener.py(), "success"), (self.breaker,)).map(drop))
    }

    fn listeners(&self) -> PyResult<Option<Bound<'py, PyTuple>>> {
        if !self.breaker.get().is_watched.load(Ordering::Relaxed) {
            return Ok(None);
        }
        Ok(Some(self.breaker.as_any().getattr(intern!(self.breaker.py(), "_listeners"))?.cast_into::<PyTuple>()?))
    }

    /// The permit for what is done in Python.
    fn permit_object(&self) -> PyResult<Bound<'py, Permit>> {
        Bound::new(self.breaker.py(), Permit::new(self.handle, self.permit, self.clock))
    }
}

/// The error of a refusal that is repeated without the engine, with the refusal as its cause.
fn refused_call(py: Python<'_>, target: &Target, refused: Arc<Refused>) -> PyErr {
    let class = OPEN_ERROR.import(py, ERRORS, "CircuitBreakerError");
    let text = OPEN_TEXT.get_or_try_init(py, || PyResult::Ok(py.import(ERRORS)?.getattr("TIMEOUT_NOT_ELAPSED")?.unbind()));
    match (class, text) {
        (Ok(class), Ok(text)) => {
            let error = PyErr::from_type(class.clone(), (text.clone_ref(py),));
            error.set_cause(py, Some(refusal_error(py, target, refused)));
            error
        }
        (Err(import), _) | (_, Err(import)) => import,
    }
}

fn is_generator(result: &Bound<'_, PyAny>) -> PyResult<bool> {
    let class = GENERATOR.import(result.py(), "types", "GeneratorType")?;
    Ok(result.get_type().is(class))
}
