//! What a Python exception says about the call that raised it.

use crate::errors::breaker_open_error;
use fuseboard_host::{End, Outcome};
use pyo3::exceptions::{PyGeneratorExit, PyKeyboardInterrupt, PySystemExit};
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// At most this many causes of an exception are searched, because a chain may be a circle.
const CAUSES_MAX: usize = 64;

/// How a call ended that raised this exception: cancelled, refused by another guard (neutral), or raised.
pub(crate) fn end_of(exception: &Bound<'_, PyAny>) -> End {
    if has_refusal(exception).unwrap_or(false) {
        return End::counted(Outcome::Neutral);
    }
    let names = type_names(&exception.get_type());
    if is_cancellation(exception, &names) { End::Cancelled } else { End::Raised(names) }
}

/// The HTTP status of the response that an exception carries: `exception.response.status_code`, `exception.response.status` or
/// `exception.status`. An attribute that cannot be read is no status.
pub(crate) fn status_of(exception: &Bound<'_, PyAny>) -> Option<u16> {
    let response = exception.getattr_opt("response").ok().flatten();
    let from_response = response.and_then(|response| number(&response, "status_code").or_else(|| number(&response, "status")));
    from_response.or_else(|| number(exception, "status"))
}

fn number(object: &Bound<'_, PyAny>, attribute: &str) -> Option<u16> {
    object.getattr_opt(attribute).ok().flatten()?.extract().ok()
}

/// Names of exception types that were raised before. A program that makes types while it runs makes the rest anew each time.
static NAMES: Mutex<Option<HashMap<usize, KnownType>>> = Mutex::new(None);
const KNOWN_TYPES_MAX: usize = 1_000;

struct KnownType {
    names: Vec<String>,
    /// Keeps the type alive, so that no other one has its address.
    _class: Py<PyType>,
}

/// The exception's type and its bases, each with its module. `object` and `BaseException` say nothing. A type whose names cannot be read
/// has none.
pub(crate) fn type_names(class: &Bound<'_, PyType>) -> Vec<String> {
    let address = class.as_ptr().addr();
    let known = |types: &HashMap<usize, KnownType>| types.get(&address).map(|known| known.names.clone());
    if let Some(names) = NAMES.lock().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(known) {
        return names;
    }
    // Not under the lock: a metaclass may run Python code.
    let names = names_of(class).unwrap_or_default();
    let mut types = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let types = types.get_or_insert_default();
    if types.len() < KNOWN_TYPES_MAX {
        types.insert(address, KnownType { names: names.clone(), _class: class.clone().unbind() });
    }
    names
}

fn names_of(class: &Bound<'_, PyType>) -> PyResult<Vec<String>> {
    let bases: Bound<'_, PyTuple> = class.mro();
    let bases = bases.iter().filter_map(|base| base.cast_into::<PyType>().ok());
    let names = bases.map(|base| Ok(format!("{}.{}", base.module()?, base.qualname()?)));
    let names: Vec<String> = names.collect::<PyResult<_>>()?;
    Ok(names.into_iter().filter(|name| name != "builtins.object" && name != "builtins.BaseException").collect())
}

fn is_cancellation(exception: &Bound<'_, PyAny>, names: &[String]) -> bool {
    exception.is_instance_of::<PyGeneratorExit>()
        || exception.is_instance_of::<PyKeyboardInterrupt>()
        || exception.is_instance_of::<PySystemExit>()
        // By name, because importing asyncio takes longer than everything else here.
        || names.iter().any(|name| name == "asyncio.exceptions.CancelledError")
}

/// Whether the exception is a refusal, or has one among its causes: a guard within the call refused it.
fn has_refusal(exception: &Bound<'_, PyAny>) -> PyResult<bool> {
    let class = breaker_open_error(exception.py())?;
    let mut next = exception.clone();
    for _ in 0..CAUSES_MAX {
        if next.is_instance(class)? {
            return Ok(true);
        }
        next = next.getattr("__cause__")?;
        if next.is_none() {
            break;
        }
    }
    Ok(false)
}
