//! The base class of breakers: calls under a lease, without a step in Python.

use crate::admitted_call::AdmittedCall;
use crate::fork_safe_cell::{ForkSafeCell, interned};
use crate::permit::Permit;
use crate::refusal::Refusal;
use crate::target::Target;
use fuseboard_host::{End, Refused, Report};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};
use pyo3::{PyTraverseError, PyVisit};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

const ERRORS: &str = "fuseboard.pybreaker.errors";
static REFUSED_ERROR: ForkSafeCell<Py<PyType>> = ForkSafeCell::new();
static OPEN_TEXT: ForkSafeCell<Py<PyAny>> = ForkSafeCell::new();
static GENERATOR: ForkSafeCell<Py<PyType>> = ForkSafeCell::new();

/// Makes calls. A subclass has the methods `_call_unleased(func, args, kwargs)`, `_succeed(permit)`, `_returned(permit, result)` for a
/// generator, and `_fail(permit, exception)`, which may raise another exception; and the tuple `_listeners`.
#[pyclass(frozen, subclass, module = "fuseboard._core")]
pub(crate) struct LeasedCalls {
    target: OnceLock<Py<Target>>,
    /// Whether there are listeners.
    is_watched: AtomicBool,
}

#[pymethods]
impl LeasedCalls {
    /// A subclass may have any arguments.
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> LeasedCalls {
        LeasedCalls { target: OnceLock::new(), is_watched: AtomicBool::new(false) }
    }

    /// Sets the target of all calls, once.
    fn _set_target(&self, target: Py<Target>) -> PyResult<()> {
        self.target.set(target).map_err(|_| PyRuntimeError::new_err("the target is set already"))
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
        let leased = slf.get().target.get().and_then(|target| Some((target.bind(py), AdmittedCall::try_begin(target.get())?)));
        let Some((target, call)) = leased else {
            return slf.call_method1(interned!(py, "_call_unleased"), (func, args, kwargs));
        };
        let call = LeasedCall { breaker: slf, target, call: call.map_err(|refused| refused_error(py, target.get(), refused))? };
        if let Err(error) = call.notify_before(func, args, kwargs) {
            call.into_permit()?.get().settle(py, Report::new(End::Cancelled))?;
            return Err(error);
        }
        let result = func.call(args, kwargs);
        call.end(result)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.target.get().map_or(Ok(()), |target| visit.call(target))
    }
}

/// A call that was admitted under a lease.
struct LeasedCall<'a, 'py> {
    breaker: &'a Bound<'py, LeasedCalls>,
    target: &'a Bound<'py, Target>,
    call: AdmittedCall,
}

impl<'py> LeasedCall<'_, 'py> {
    fn notify_before(&self, func: &Bound<'py, PyAny>, args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<()> {
        let Some(listeners) = self.listeners()? else { return Ok(()) };
        let py = self.breaker.py();
        let first = [self.breaker.as_any(), func];
        let all = if args.is_empty() {
            PyTuple::new(py, first)?
        } else {
            PyTuple::new(py, first.into_iter().cloned().chain(args.iter()).collect::<Vec<_>>())?
        };
        listeners.iter().try_for_each(|listener| listener.call_method(interned!(listener.py(), "before_call"), &all, kwargs).map(drop))
    }

    /// Reports how the call ended.
    fn end(self, result: PyResult<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        let (breaker, py) = (self.breaker, self.breaker.py());
        match result {
            Ok(result) if is_generator(&result)? => breaker.call_method1(interned!(py, "_returned"), (self.into_permit()?, result)),
            Ok(result) => {
                if self.call.try_succeed(self.target.get()) {
                    self.notify_success()?;
                } else {
                    breaker.call_method1(interned!(py, "_succeed"), (self.into_permit()?,))?;
                }
                Ok(result)
            }
            Err(error) => {
                breaker.call_method1(interned!(py, "_fail"), (self.into_permit()?, error.value(py)))?;
                Err(error)
            }
        }
    }

    fn notify_success(&self) -> PyResult<()> {
        let Some(listeners) = self.listeners()? else { return Ok(()) };
        listeners.iter().try_for_each(|listener| listener.call_method1(interned!(listener.py(), "success"), (self.breaker,)).map(drop))
    }

    fn listeners(&self) -> PyResult<Option<Bound<'py, PyTuple>>> {
        if !self.breaker.get().is_watched.load(Ordering::Relaxed) {
            return Ok(None);
        }
        Ok(Some(self.breaker.as_any().getattr(interned!(self.breaker.py(), "_listeners"))?.cast_into::<PyTuple>()?))
    }

    /// The permit for what is done in Python.
    fn into_permit(self) -> PyResult<Bound<'py, Permit>> {
        Bound::new(self.breaker.py(), Permit::new(self.target, self.call))
    }
}

/// The error of a refusal that is repeated without the engine.
#[cold]
fn refused_error(py: Python<'_>, target: &Target, refused: Arc<Refused>) -> PyErr {
    let class = REFUSED_ERROR.import(py, ERRORS, "RefusedError");
    let text = OPEN_TEXT.get_or_try_init(|| PyResult::Ok(py.import(ERRORS)?.getattr("TIMEOUT_NOT_ELAPSED")?.unbind()));
    match (class, text) {
        (Ok(class), Ok(text)) => PyErr::from_type(class.clone(), (text.clone_ref(py), Refusal::new(&target.described, refused))),
        (Err(import), _) | (_, Err(import)) => import,
    }
}

fn is_generator(result: &Bound<'_, PyAny>) -> PyResult<bool> {
    let class = GENERATOR.import(result.py(), "types", "GeneratorType")?;
    Ok(result.get_type().is(class))
}
