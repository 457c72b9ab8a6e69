//! A refusal as the value inside of `BreakerOpenError`.

use crate::errors::breaker_open_error;
use crate::json::{from_json, to_json, variant_name};
use fuseboard_host::{CircuitKind, LastFailure, Reason, Refusal as CircuitRefusal, Refused, ServiceKind, Target};
use pyo3::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The exception for a refused call. Its texts are made only when they are read.
#[cold]
pub(crate) fn refusal_error(py: Python<'_>, target: &Arc<Target>, refused: Arc<Refused>) -> PyErr {
    let refusal = Refusal::new(target, refused);
    match breaker_open_error(py) {
        Ok(class) => PyErr::from_type(class.clone(), (refusal,)),
        Err(import) => import,
    }
}

/// Why a call was refused.
#[pyclass(frozen, module = "fuseboard._core")]
pub(crate) struct Refusal {
    target: Arc<Target>,
    refused: Arc<Refused>,
}

/// The JSON text of a refusal, for pickles.
#[derive(Serialize, Deserialize)]
struct PickledRefusal {
    target: Target,
    refused: Refused,
}

impl Refusal {
    pub(crate) fn new(target: &Arc<Target>, refused: Arc<Refused>) -> Refusal {
        Refusal { target: Arc::clone(target), refused }
    }

    /// The circuit that refuses for longest, and its kind.
    fn decisive(&self) -> (CircuitKind, Option<&CircuitRefusal>) {
        let of_target = if self.target.kind == ServiceKind::Host { CircuitKind::Host } else { CircuitKind::Name };
        let wait = |refusal: &CircuitRefusal| refusal.retry_after_ms.unwrap_or(u64::MAX);
        match (&self.refused.circuit, &self.refused.resolver) {
            (Some(circuit), Some(resolver)) if wait(resolver) > wait(circuit) => (CircuitKind::Resolver, Some(resolver)),
            (None, Some(resolver)) => (CircuitKind::Resolver, Some(resolver)),
            (circuit, _) => (of_target, circuit.as_ref()),
        }
    }

    fn last_failure_of(&self) -> Option<&LastFailure> {
        self.decisive().1?.last_failure.as_ref()
    }
}

#[pymethods]
impl Refusal {
    #[staticmethod]
    fn from_json(text: &str) -> PyResult<Refusal> {
        let PickledRefusal { target, refused } = from_json(text)?;
        Ok(Refusal { target: Arc::new(target), refused: Arc::new(refused) })
    }

    fn to_json(&self) -> PyResult<String> {
        to_json(&PickledRefusal { target: (*self.target).clone(), refused: (*self.refused).clone() })
    }

    /// The host, or the plain name.
    #[getter]
    fn host(&self) -> &str {
        &self.target.name
    }

    #[getter]
    fn role(&self) -> Option<&str> {
        self.target.role.as_deref()
    }

    #[getter]
    fn resolver(&self) -> Option<&str> {
        self.target.resolver.as_deref()
    }

    /// What refused: `host`, `name` or `resolver`.
    #[getter]
    fn refused_by(&self) -> PyResult<String> {
        variant_name(&self.decisive().0)
    }

    /// `open`, `half-open-full`, `staggered`, `cooldown-retry-after`, `cooldown-rolling`, `cooldown-operator`, `forced-open` or
    /// `storage`.
    #[getter]
    fn reason(&self) -> PyResult<Option<String>> {
        self.decisive().1.map(|refusal| variant_name(&refusal.reason)).transpose()
    }

    /// Milliseconds until a call could be admitted; none: not before an operator's command.
    #[getter]
    fn retry_after_ms(&self) -> Option<u64> {
        self.refused.retry_after_ms
    }

    #[getter]
    fn state(&self) -> &'static str {
        match self.decisive().1.map(|refusal| refusal.reason) {
            Some(Reason::HalfOpenFull | Reason::Staggered) => "half_open",
            _ => "open",
        }
    }

    /// The last failure that counted: a status or the name of an exception.
    #[getter]
    fn last_failure(&self) -> Option<&str> {
        self.last_failure_of().map(|failure| failure.what.as_str())
    }
}
