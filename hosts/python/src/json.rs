//! JSON texts between Rust and Python.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) fn to_json<T: Serialize>(value: &T) -> PyResult<String> {
    serde_json::to_string(value).map_err(|error| PyValueError::new_err(error.to_string()))
}

pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> PyResult<T> {
    serde_json::from_str(text).map_err(|error| PyValueError::new_err(error.to_string()))
}

/// The name of an enum's variant, as it stands in JSON texts but without the quotation marks.
pub(crate) fn variant_name<T: Serialize>(variant: &T) -> PyResult<String> {
    from_json(&to_json(variant)?)
}
