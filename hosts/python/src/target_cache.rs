//! The targets that were looked up, by the words of their callers.

use crate::target::Target;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{PyTraverseError, PyVisit};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Most targets that are kept. A program with more of them looks some up again.
const TARGETS_MAX: usize = 10_000;

/// A target as a caller spells it.
pub(crate) struct TargetKey<'a, 'py> {
    pub(crate) host: &'a Bound<'py, PyAny>,
    pub(crate) role: Option<&'a Bound<'py, PyAny>>,
    pub(crate) resolver: Option<&'a Bound<'py, PyAny>>,
}

/// Targets in dictionaries, by host and then by role. Python keeps the hash of a text, so two lookups take less than one with a tuple.
pub(crate) struct TargetCache {
    without_resolver: Py<PyDict>,
    /// The same, for each resolver.
    by_resolver: Py<PyDict>,
    len: AtomicUsize,
}

impl TargetCache {
    pub(crate) fn new(py: Python<'_>) -> TargetCache {
        TargetCache { without_resolver: PyDict::new(py).unbind(), by_resolver: PyDict::new(py).unbind(), len: AtomicUsize::new(0) }
    }

    #[inline]
    pub(crate) fn get<'py>(&self, key: &TargetKey<'_, 'py>) -> PyResult<Option<Bound<'py, Target>>> {
        let py = key.host.py();
        let Some(resolver) = key.resolver else { return find(self.without_resolver.bind(py), key) };
        let hosts = self.by_resolver.bind(py).get_item(resolver)?;
        hosts.map_or(Ok(None), |hosts| find(hosts.cast::<PyDict>()?, key))
    }

    pub(crate) fn insert<'py>(&self, key: &TargetKey<'_, 'py>, target: &Bound<'py, Target>) -> PyResult<()> {
        let (without_resolver, by_resolver) = (self.without_resolver.bind(target.py()), self.by_resolver.bind(target.py()));
        if self.len.fetch_add(1, Ordering::Relaxed) >= TARGETS_MAX {
            self.len.store(1, Ordering::Relaxed);
            without_resolver.clear();
            by_resolver.clear();
        }
        let hosts = key.resolver.map_or_else(|| Ok(without_resolver.clone()), |resolver| inner(by_resolver, resolver))?;
        inner(&hosts, key.host)?.set_item(key.role, target)
    }

    pub(crate) fn all<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, Target>>> {
        let mut all = Vec::new();
        let resolvers = self.by_resolver.bind(py).values();
        for hosts in std::iter::once(self.without_resolver.bind(py).clone().into_any()).chain(resolvers.iter()) {
            for roles in hosts.cast::<PyDict>()?.values() {
                for target in roles.cast::<PyDict>()?.values() {
                    all.push(target.cast_into::<Target>()?);
                }
            }
        }
        Ok(all)
    }

    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.without_resolver)?;
        visit.call(&self.by_resolver)
    }
}

#[inline]
fn find<'py>(hosts: &Bound<'py, PyDict>, key: &TargetKey<'_, 'py>) -> PyResult<Option<Bound<'py, Target>>> {
    let Some(roles) = hosts.get_item(key.host)? else { return Ok(None) };
    let target = roles.cast::<PyDict>()?.get_item(key.role)?;
    Ok(target.map(Bound::cast_into::<Target>).transpose()?)
}

/// The dictionary in a dictionary, made if there is none.
fn inner<'py>(outer: &Bound<'py, PyDict>, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    if let Some(inner) = outer.get_item(key)? {
        return Ok(inner.cast_into::<PyDict>()?);
    }
    let inner = PyDict::new(outer.py());
    outer.set_item(key, &inner)?;
    Ok(inner)
}
