//! The permits that a context keeps between `allow` and a report.

use crate::fork_safe_cell::ForkSafeCell;
use crate::holder::Holder;
use crate::permit::Permit;
use crate::taker::Taker;
use crate::target::Target;
use fuseboard_host::Target as Description;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyTuple};
use std::sync::Arc;

/// A context that asks for ever new targets and reports none of them keeps at most so many permits.
const HELD_MAX: usize = 64;

/// The permits of one registry in the current context.
///
/// All registries share one context variable: a context keeps each variable and its value for ever, and with a permit its board. So a permit
/// also knows whether its registry is still there, and `allow` removes those whose registry is gone.
pub(crate) struct HeldPermits(Arc<()>);

/// The methods of the context variable. Its value is a tuple of permits, the newest last, which is never changed: contexts share it when they
/// are copied.
struct Variable {
    get: Py<PyAny>,
    set: Py<PyAny>,
}

/// Made when it is first used: guards need none, and its module must be imported.
static VARIABLE: ForkSafeCell<Variable> = ForkSafeCell::new();

impl Variable {
    fn new(py: Python<'_>) -> PyResult<Variable> {
        let default = [("default", PyTuple::empty(py))].into_py_dict(py)?;
        let variable = py.import("contextvars")?.getattr("ContextVar")?.call(("fuseboard_permits",), Some(&default))?;
        Ok(Variable { get: variable.getattr("get")?.unbind(), set: variable.getattr("set")?.unbind() })
    }
}

impl HeldPermits {
    pub(crate) fn new() -> HeldPermits {
        HeldPermits(Arc::new(()))
    }

    /// Keeps these permits. The last one is its taker's.
    #[inline]
    pub(crate) fn keep<'py>(&self, mut others: Vec<Bound<'py, Permit>>, permit: &Bound<'py, Permit>, taker: Taker) -> PyResult<()> {
        permit.get().set_holder(Holder { taker, registry: Arc::downgrade(&self.0) });
        if others.is_empty() {
            return set(&PyTuple::new(permit.py(), [permit])?);
        }
        others.push(permit.clone());
        write(permit.py(), &others)
    }
}

/// Settles a taker's own permit as neutral: a call that nobody reported must not keep its probe slot. The context keeps the others.
#[inline]
pub(crate) fn release(own: &Bound<'_, Permit>, others: &[Bound<'_, Permit>]) -> PyResult<()> {
    if own.get().is_settled() {
        return Ok(());
    }
    write(own.py(), others)?;
    own.get().settle_neutral(own.py()).map(drop)
}

/// Finds the taker's own permit for this target, among the others whose registries are there. The context still has all of them.
#[inline]
pub(crate) fn take<'py>(target: &Bound<'py, Target>, taker: &Taker) -> PyResult<Taken<'py>> {
    let mut found = Taken { own: None, others: Vec::new() };
    for permit in held(target.py())?.iter() {
        let permit = permit.cast_into::<Permit>()?;
        let is_own = found.own.is_none() && is_taken_by(&permit, taker) && is_for(&permit, target, PartialEq::eq);
        if is_own {
            found.own = Some(permit);
        } else if permit.get().holder().is_some_and(Holder::has_registry) {
            found.others.push(permit);
        }
    }
    Ok(found)
}

/// The permit that a report for this target settles: the taker's own newest one that fits, else an inherited one. It may be settled
/// already. `None`: this context never asked.
pub(crate) fn find<'py>(target: &Bound<'py, Target>) -> PyResult<Option<Bound<'py, Permit>>> {
    let held = held(target.py())?;
    let newest_first = held.iter().rev().filter_map(|permit| permit.cast_into::<Permit>().ok());
    let mut fitting = newest_first.filter(|permit| is_for(permit, target, fits));
    let (first, second) = (fitting.next(), fitting.next());
    let (Some(first), Some(second)) = (&first, second) else {
        // With one, it is of no interest who took it.
        return Ok(first);
    };
    let all: Vec<_> = [first.clone(), second].into_iter().chain(fitting).collect();
    Ok(Some(best_of(&all, &Taker::current(target.py())?).unwrap_or(first).clone()))
}

/// Of the permits that a report fits, newest first: an unsettled one of its taker, else an unsettled one, else one of its taker.
fn best_of<'a, 'py>(fitting: &'a [Bound<'py, Permit>], taker: &Taker) -> Option<&'a Bound<'py, Permit>> {
    let is_own = |permit: &&Bound<'py, Permit>| is_taken_by(permit, taker);
    let unsettled = || fitting.iter().filter(|permit| !permit.get().is_settled());
    unsettled().find(is_own).or_else(|| unsettled().next()).or_else(|| fitting.iter().find(is_own))
}

/// The permits of a context: a taker's own for one target, and the others.
pub(crate) struct Taken<'py> {
    pub(crate) own: Option<Bound<'py, Permit>>,
    pub(crate) others: Vec<Bound<'py, Permit>>,
}

#[inline]
fn variable(py: Python<'_>) -> PyResult<&'static Variable> {
    VARIABLE.get_or_try_init(|| Variable::new(py))
}

/// The permits of the current context.
#[inline]
fn held(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
    Ok(variable(py)?.get.bind(py).call0()?.cast_into::<PyTuple>()?)
}

/// Keeps the newest of these permits.
pub(crate) fn write(py: Python<'_>, permits: &[Bound<'_, Permit>]) -> PyResult<()> {
    let newest = permits.get(permits.len().saturating_sub(HELD_MAX)..).unwrap_or(permits);
    set(&PyTuple::new(py, newest)?)
}

#[inline]
fn set(permits: &Bound<'_, PyTuple>) -> PyResult<()> {
    variable(permits.py())?.set.call1(permits.py(), (permits,)).map(drop)
}

#[inline]
fn is_taken_by(permit: &Bound<'_, Permit>, taker: &Taker) -> bool {
    permit.get().holder().is_some_and(|holder| holder.taker.is(permit.py(), taker))
}

/// Whether a permit is for this very target, or for one of its registry that compares with it like this.
#[inline]
fn is_for(permit: &Bound<'_, Permit>, target: &Bound<'_, Target>, compare: fn(&Description, &Description) -> bool) -> bool {
    let own = permit.get().target();
    own.is(target) || own.get().board.is(&target.get().board) && compare(&own.get().described, &target.get().described)
}

/// Whether a report for a target may settle a permit for another one. What the report leaves out may be anything.
fn fits(permit: &Description, report: &Description) -> bool {
    let same_or_left_out = |own: &Option<String>, other: &Option<String>| other.is_none() || own == other;
    permit.name == report.name && same_or_left_out(&permit.role, &report.role) && same_or_left_out(&permit.resolver, &report.resolver)
}
