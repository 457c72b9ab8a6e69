//! Reports of calls, made from what Python callers say about them.

use crate::exception::{name_of, report_of};
use fuseboard_host::{End, Hint, Outcome, Report, hints};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// What a caller knows about a call that ended.
#[derive(Default)]
pub(crate) struct CallEnd<'a, 'py> {
    pub(crate) status: Option<u16>,
    pub(crate) exception: Option<&'a Bound<'py, PyAny>>,
    pub(crate) retry_after_s: Option<f64>,
    /// A mapping, or pairs of name and value.
    pub(crate) headers: Option<&'a Bound<'py, PyAny>>,
}

/// What an end counts as.
#[derive(Clone, Copy)]
pub(crate) enum CountAs {
    /// What the policy says.
    Classified,
    /// A failure, by the caller's own verdict.
    Failure,
}

impl CallEnd<'_, '_> {
    pub(crate) fn report_as(self, count_as: CountAs) -> PyResult<Report> {
        match count_as {
            CountAs::Classified => self.report(),
            CountAs::Failure => self.failure(),
        }
    }

    /// The report of an end that the policy classifies.
    pub(crate) fn report(self) -> PyResult<Report> {
        let report = self.exception.map_or_else(|| Report::new(End::Returned), report_of);
        self.with_details(report)
    }

    /// The report of a failure by the caller's own verdict. It counts whatever the status.
    fn failure(self) -> PyResult<Report> {
        let what = match (self.exception, self.status) {
            (Some(exception), _) => name_of(exception),
            (None, status) => status.map(|status| status.to_string()),
        };
        let status = self.exception.and_then(|exception| report_of(exception).status);
        self.with_details(Report { status, ..Report::new(End::Counted { outcome: Outcome::Failure, what }) })
    }

    /// Adds what the caller says. It takes precedence over what an exception says.
    fn with_details(self, report: Report) -> PyResult<Report> {
        let retry_after_ms = self.retry_after_s.map(milliseconds).transpose()?;
        let hints = self.headers.map(hints_of).transpose()?.unwrap_or_default();
        Ok(Report { status: self.status.or(report.status), hints, retry_after_ms, ..report })
    }
}

/// The hints of a mapping, or of pairs. Names and values may be `str` or `bytes`, as clients have them.
fn hints_of(headers: &Bound<'_, PyAny>) -> PyResult<Vec<Hint>> {
    let pairs = match headers.getattr_opt("items")? {
        Some(items) => items.call0()?,
        None => headers.clone(),
    };
    let mut found = Vec::new();
    for pair in pairs.try_iter()? {
        let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair?.extract()?;
        let Some(name) = text(&name).filter(|name| hints::is_read(name)) else { continue };
        // A server may send any bytes. A value without a text says nothing, and must not lose the report.
        found.extend(text(&value).map(|value| Hint::new(name, value)));
    }
    Ok(found)
}

/// The text of a name or a value: bytes are decoded, numbers and the like are written. Whatever is no Unicode is replaced.
fn text(value: &Bound<'_, PyAny>) -> Option<String> {
    match value.cast::<PyBytes>() {
        Ok(bytes) => Some(String::from_utf8_lossy(bytes.as_bytes()).into_owned()),
        Err(_) => value.str().ok().map(|text| text.to_string_lossy().into_owned()),
    }
}

/// Rounds up to whole milliseconds. The engine caps the wait.
fn milliseconds(seconds: f64) -> PyResult<u64> {
    if seconds.is_nan() || seconds < 0.0 {
        return Err(PyValueError::new_err(format!("retry_after_s: must be a number of seconds from 0 on, is {seconds}")));
    }
    // `as` saturates, so infinity is the longest wait.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above, and saturating")]
    Ok((seconds * 1_000.0).ceil() as u64)
}
