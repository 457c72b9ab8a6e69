//! JSON texts of Python values. Python's own module `json` takes longer to import than all else that a first call needs.

use crate::fork_safe_cell::interned;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyMapping, PyString, PyType};
use pythonize::Pythonizer;
use serde::Serialize;

/// Deepest nesting that is written. A value that contains itself is deeper.
const DEPTH_MAX: u32 = 128;

/// Returns the JSON text of a value: `None`, a `bool`, a number, a `str`, a mapping or an iterable of such values. A type is written as
/// its name, and a member of an enumeration as its value.
#[pyfunction]
pub(crate) fn to_json(value: &Bound<'_, PyAny>) -> PyResult<String> {
    let mut text = String::new();
    write(&mut text, value, DEPTH_MAX)?;
    Ok(text)
}

/// Returns the value of a JSON text.
#[pyfunction]
pub(crate) fn from_json<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    let mut document = serde_json::Deserializer::from_str(text);
    let value = serde_transcode::transcode(&mut document, Pythonizer::new(py))?;
    document.end().map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(value)
}

fn write(text: &mut String, value: &Bound<'_, PyAny>, depth: u32) -> PyResult<()> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(PyValueError::new_err(format!("a document must be nested at most {DEPTH_MAX} deep, is deeper or contains itself")));
    };
    if let Some(value) = value_of_member(value)? {
        write(text, &value, depth)
    } else if let Some(atom) = atom(value)? {
        text.push_str(&atom);
        Ok(())
    } else if let Ok(mapping) = value.cast::<PyMapping>() {
        write_mapping(text, mapping, depth)
    } else {
        write_items(text, value, depth)
    }
}

/// The value of a member of an `Enum`.
fn value_of_member<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = value.py();
    if value.get_type().hasattr(interned!(py, "__members__"))? { value.getattr(interned!(py, "value")).map(Some) } else { Ok(None) }
}

/// The text of a value that contains no other.
fn atom(value: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    if value.is_none() {
        Ok(Some("null".to_owned()))
    } else if let Ok(truth) = value.cast::<PyBool>() {
        Ok(Some(truth.is_true().to_string()))
    } else if value.is_instance_of::<PyInt>() {
        Ok(Some(value.to_string()))
    } else if let Ok(number) = value.cast::<PyFloat>() {
        finite(number.value()).map(Some)
    } else if let Ok(string) = value.cast::<PyString>() {
        encoded(string.to_str()?).map(Some)
    } else if let Ok(class) = value.cast::<PyType>() {
        encoded(&format!("{}.{}", class.module()?, class.qualname()?)).map(Some)
    } else {
        Ok(None)
    }
}

/// JSON has no infinite numbers.
fn finite(number: f64) -> PyResult<String> {
    if number.is_finite() { encoded(&number) } else { Err(PyValueError::new_err(format!("a number must be finite, is {number}"))) }
}

fn encoded<T: Serialize + ?Sized>(value: &T) -> PyResult<String> {
    serde_json::to_string(value).map_err(|error| PyValueError::new_err(error.to_string()))
}

fn write_mapping(text: &mut String, mapping: &Bound<'_, PyMapping>, depth: u32) -> PyResult<()> {
    text.push('{');
    for (index, pair) in mapping.items()?.iter().enumerate() {
        let (key, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair.extract()?;
        let Ok(key) = key.cast::<PyString>() else {
            return Err(PyTypeError::new_err(format!("a key must be a str, is {}", key.repr()?)));
        };
        text.push_str(if index == 0 { "" } else { "," });
        text.push_str(&encoded(key.to_str()?)?);
        text.push(':');
        write(text, &value, depth)?;
    }
    text.push('}');
    Ok(())
}

fn write_items(text: &mut String, value: &Bound<'_, PyAny>, depth: u32) -> PyResult<()> {
    let Ok(items) = value.try_iter() else {
        let accepted = "None, a bool, a number, a str, a type, a mapping or an iterable";
        return Err(PyTypeError::new_err(format!("a value must be {accepted}, is {}", value.repr()?)));
    };
    text.push('[');
    for (index, item) in items.enumerate() {
        text.push_str(if index == 0 { "" } else { "," });
        write(text, &item?, depth)?;
    }
    text.push(']');
    Ok(())
}
