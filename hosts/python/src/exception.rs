//! What a Python exception says about the call that raised it.

use crate::errors::breaker_open_error;
use crate::exception_type::{ClassAttribute, ExceptionType};
use crate::fork_safe_cell::{ForkSafeCell, interned};
use fuseboard_host::{End, Outcome, Report};
use pyo3::exceptions::{PyGeneratorExit, PyKeyboardInterrupt, PySystemExit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

/// At most this many causes of an exception are searched, because a chain may be a circle.
const CAUSES_MAX: usize = 64;
/// At most so many groups within each other are searched.
const GROUP_DEPTH_MAX: usize = 16;

/// The report of a call that raised this exception: cancelled, refused by another guard (neutral), or raised. An attribute of the
/// exception that cannot be read says nothing.
pub(crate) fn report_of(exception: &Bound<'_, PyAny>) -> Report {
    let class = ExceptionType::of(&exception.get_type());
    let status = status_of(exception, &class);
    Report { status, ..Report::new(end_of(exception, class.names)) }
}

/// The name of an exception's type.
pub(crate) fn name_of(exception: &Bound<'_, PyAny>) -> Option<String> {
    ExceptionType::of(&exception.get_type()).names.into_iter().next()
}

fn end_of(exception: &Bound<'_, PyAny>, names: Vec<String>) -> End {
    if has_refusal(exception, 0).unwrap_or(false) {
        return End::counted(Outcome::Neutral);
    }
    if is_cancellation(exception, &names) { End::Cancelled } else { End::Raised(names) }
}

/// The HTTP status of the response that an exception carries: `exception.response.status_code`, `exception.response.status` or
/// `exception.status`.
fn status_of(exception: &Bound<'_, PyAny>, class: &ExceptionType) -> Option<u16> {
    let py = exception.py();
    let (response, status) = (interned!(py, "response"), interned!(py, "status"));
    // Few exceptions have these attributes, and to ask for a missing one takes longer than all else here.
    let own = exception.getattr(interned!(py, "__dict__")).ok().and_then(|own| own.cast_into::<PyDict>().ok());
    let may_have = |name: &Bound<'_, PyString>, of_class: ClassAttribute| {
        of_class == ClassAttribute::Possible || own.as_ref().is_none_or(|own| own.contains(name).unwrap_or(true))
    };
    let of_response = may_have(response, class.response).then(|| exception.getattr_opt(response).ok().flatten()).flatten();
    let of_response = of_response.and_then(|answer| number(&answer, interned!(py, "status_code")).or_else(|| number(&answer, status)));
    of_response.or_else(|| may_have(status, class.status).then(|| number(exception, status)).flatten())
}

fn number(object: &Bound<'_, PyAny>, attribute: &Bound<'_, PyString>) -> Option<u16> {
    object.getattr_opt(attribute).ok().flatten()?.extract().ok()
}

fn is_cancellation(exception: &Bound<'_, PyAny>, names: &[String]) -> bool {
    exception.is_instance_of::<PyGeneratorExit>()
        || exception.is_instance_of::<PyKeyboardInterrupt>()
        || exception.is_instance_of::<PySystemExit>()
        // By name, because importing asyncio takes longer than everything else here.
        || names.iter().any(|name| name == "asyncio.exceptions.CancelledError")
}

/// Whether the exception is a refusal, or has one among its causes: a guard within the call refused it. A group is one if it has nothing but
/// refusals.
fn has_refusal(exception: &Bound<'_, PyAny>, depth: usize) -> PyResult<bool> {
    let py = exception.py();
    let (class, group) = (breaker_open_error(py)?, group_class(py)?);
    let mut next = exception.clone();
    for _ in 0..CAUSES_MAX {
        if next.is_instance(class)? {
            return Ok(true);
        }
        if depth < GROUP_DEPTH_MAX && group.is_some_and(|group| next.is_instance(group).unwrap_or(false)) {
            let members = next.getattr(interned!(py, "exceptions"))?.cast_into::<PyTuple>()?;
            return members.iter().try_fold(true, |all, member| Ok(all && has_refusal(&member, depth + 1)?));
        }
        next = next.getattr(interned!(py, "__cause__"))?;
        if next.is_none() {
            break;
        }
    }
    Ok(false)
}

/// The class of exception groups, which Python has since 3.11.
fn group_class(py: Python<'_>) -> PyResult<Option<&Bound<'_, PyAny>>> {
    static GROUP: ForkSafeCell<Option<Py<PyAny>>> = ForkSafeCell::new();
    let class = GROUP.get_or_try_init(|| {
        let class = py.import("builtins")?.getattr_opt("BaseExceptionGroup")?;
        Ok(class.map(Bound::unbind))
    })?;
    Ok(class.as_ref().map(|class| class.bind(py)))
}
