//! A refusal as the value inside of `BreakerOpenError`.

use crate::json::{from_json, to_json};
use fuseboard_host::{CircuitKind, LastFailure, Reason, Refusal as CircuitRefusal, Refused, ServiceKind, Target};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

static OPEN_ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// The exception for a refused call. Its texts are made only when they are read.
pub(crate) fn refusal_error(py: Python<'_>, target: &Target, refused: Arc<Refused>) -> PyErr {
    let refusal = Refusal { target: target.clone(), refused };
    match OPEN_ERROR.import(py, "fuseboard.errors", "BreakerOpenError") {
        Ok(class) => PyErr::from_type(class.clone(), (refusal,)),
        Err(import) => import,
    }
}

/// Why a call was refused.
#[pyclass(frozen, module = "fuseboard._core")]
pub(crate) struct Refusal {
    target: Target,
    refused: Arc<Refused>,
}

/// The JSON text of a refusal, for pickles.
#[derive(Serialize, Deserialize)]
struct PickledRefusal {
    target: Target,
    refused: Refused,
}

impl Refusal {
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
        Ok(Refusal { target, refused: Arc::new(refused) })
    }

    fn to_json(&self) -> PyResult<String> {
        to_json(&PickledRefusal { target: self.target.clone(), refused: (*self.refused).clone() })
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
        to_json(&self.decisive().0).map(|text| text.trim_matches('"').to_owned())
    }

    /// `open`, `half-open-full`, `staggered`, `cooldown-retry-after`, `cooldown-rolling`, `cooldown-operator`, `forced-open` or
    /// `storage`.
    #[getter]
    fn reason(&self) -> PyResult<Option<String>> {
        let reason = self.decisive().1.map(|refusal| to_json(&refusal.reason));
        Ok(reason.transpose()?.map(|text| text.trim_matches('"').to_owned()))
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
