//! What is known of an exception's type. It is found out once for each type.

use crate::fork_safe_cell::interned;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple, PyType};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Types of which something is known. A program that makes types while it runs finds the rest out each time.
const KNOWN_TYPES_MAX: usize = 1_000;

#[derive(Clone, Default)]
pub(crate) struct ExceptionType {
    /// Its name and those of its bases, each with its module. `object` and `BaseException` say nothing. A type whose names cannot be read
    /// has none.
    pub(crate) names: Vec<String>,
    /// Which attributes with a status the class has, other than its instances.
    pub(crate) response: ClassAttribute,
    pub(crate) status: ClassAttribute,
}

/// Whether an attribute may be there without an entry in the instance's `__dict__`.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum ClassAttribute {
    #[default]
    Missing,
    Possible,
}

struct Known {
    facts: ExceptionType,
    /// Keeps the type alive, so that no other one has its address.
    _class: Py<PyType>,
}

static KNOWN: Mutex<Option<HashMap<usize, Known>>> = Mutex::new(None);

impl ExceptionType {
    pub(crate) fn of(class: &Bound<'_, PyType>) -> ExceptionType {
        let address = class.as_ptr().addr();
        let known = |types: &HashMap<usize, Known>| types.get(&address).map(|known| known.facts.clone());
        if let Some(facts) = KNOWN.lock().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(known) {
            return facts;
        }
        // Not under the lock: a metaclass may run Python code.
        let facts = ExceptionType::read(class);
        let mut types = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let types = types.get_or_insert_default();
        if types.len() < KNOWN_TYPES_MAX {
            types.insert(address, Known { facts: facts.clone(), _class: class.clone().unbind() });
        }
        facts
    }

    fn read(class: &Bound<'_, PyType>) -> ExceptionType {
        let py = class.py();
        // A class may make attributes up.
        let any = has(class, interned!(py, "__getattr__")) == ClassAttribute::Possible;
        let of = |name| if any { ClassAttribute::Possible } else { has(class, name) };
        ExceptionType {
            names: names(class).unwrap_or_default(),
            response: of(interned!(py, "response")),
            status: of(interned!(py, "status")),
        }
    }
}

fn has(class: &Bound<'_, PyType>, name: &Bound<'_, PyString>) -> ClassAttribute {
    if class.hasattr(name).unwrap_or(true) { ClassAttribute::Possible } else { ClassAttribute::Missing }
}

fn names(class: &Bound<'_, PyType>) -> PyResult<Vec<String>> {
    let bases: Bound<'_, PyTuple> = class.mro();
    let bases = bases.iter().filter_map(|base| base.cast_into::<PyType>().ok());
    let names = bases.map(|base| Ok(format!("{}.{}", base.module()?, base.qualname()?)));
    let names: Vec<String> = names.collect::<PyResult<_>>()?;
    Ok(names.into_iter().filter(|name| name != "builtins.object" && name != "builtins.BaseException").collect())
}
