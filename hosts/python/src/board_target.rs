//! Looks up a target of a board.

use crate::board::Board;
use crate::target::Target;
use fuseboard_host::ServiceKind;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

#[pymethods]
impl Board {
    /// Looks up a target: `kind` is `host` or `name`. `watcher` is notified of its calls.
    #[pyo3(signature = (kind, name, role = None, resolver = None, watcher = None))]
    fn target(
        slf: &Bound<'_, Self>,
        kind: &str,
        name: String,
        role: Option<String>,
        resolver: Option<String>,
        watcher: Option<Py<PyAny>>,
    ) -> PyResult<Target> {
        let kind = match kind {
            "host" => ServiceKind::Host,
            "name" => ServiceKind::Name,
            _ => return Err(PyValueError::new_err(format!("kind: must be \"host\" or \"name\", is {kind:?}"))),
        };
        let target = fuseboard_host::Target { kind, name, role, resolver };
        let handle = slf.get().detached(slf.py(), |board| board.target(&target))?;
        Ok(Target::new(handle, slf.clone().unbind(), watcher))
    }
}
