//! The permits that a context keeps between `allow` and a report.

use crate::fork_safe_cell::ForkSafeCell;
use crate::permit::Permit;
use crate::taker::Taker;
use crate::target::Target;
use fuseboard_host::Target as Description;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyTuple};

/// A context that asks for ever new targets and reports none of them keeps at most so many permits.
const HELD_MAX: usize = 64;

/// A context variable with a tuple of permits, the newest last. The tuple is never changed: contexts share it when they are copied.
///
/// The variable is made when it is first used: guards need none, and its module must be imported.
pub(crate) struct HeldPermits(ForkSafeCell<Variable>);

/// The variable's own methods.
struct Variable {
    get: Py<PyAny>,
    set: Py<PyAny>,
}

impl Variable {
    fn new(py: Python<'_>) -> PyResult<Variable> {
        let default = [("default", PyTuple::empty(py))].into_py_dict(py)?;
        let variable = py.import("contextvars")?.getattr("ContextVar")?.call(("fuseboard_permits",), Some(&default))?;
        Ok(Variable { get: variable.getattr("get")?.unbind(), set: variable.getattr("set")?.unbind() })
    }
}

impl HeldPermits {
    pub(crate) fn new() -> HeldPermits {
        HeldPermits(ForkSafeCell::new())
    }

    #[inline]
    fn variable(&self, py: Python<'_>) -> PyResult<&Variable> {
        self.0.get_or_try_init(|| Variable::new(py))
    }

    #[inline]
    fn tuple<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        Ok(self.variable(py)?.get.bind(py).call0()?.cast_into::<PyTuple>()?)
    }

    pub(crate) fn write(&self, py: Python<'_>, permits: &[Bound<'_, Permit>]) -> PyResult<()> {
        let newest = permits.get(permits.len().saturating_sub(HELD_MAX)..).unwrap_or(permits);
        self.set(&PyTuple::new(py, newest)?)
    }

    #[inline]
    fn set(&self, permits: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.variable(permits.py())?.set.call1(permits.py(), (permits,)).map(drop)
    }

    /// Settles a taker's own permit as neutral: a call that nobody reported must not keep its probe slot. The context keeps the others.
    #[inline]
    pub(crate) fn release(&self, own: &Bound<'_, Permit>, others: &[Bound<'_, Permit>]) -> PyResult<()> {
        if own.get().is_settled() {
            return Ok(());
        }
        self.write(own.py(), others)?;
        own.get().settle_neutral(own.py()).map(drop)
    }

    /// Finds the taker's own permit for this target, among the others. The context still has all of them.
    #[inline]
    pub(crate) fn take<'py>(&self, target: &Bound<'py, Target>, taker: &Taker) -> PyResult<Taken<'py>> {
        let mut held = Taken { own: None, others: Vec::new() };
        for permit in self.tuple(target.py())?.iter() {
            let permit = permit.cast_into::<Permit>()?;
            let is_own = held.own.is_none() && is_taken_by(&permit, taker) && is_for(&permit, target, PartialEq::eq);
            if is_own {
                held.own = Some(permit);
            } else {
                held.others.push(permit);
            }
        }
        Ok(held)
    }

    /// Keeps these permits.
    #[inline]
    pub(crate) fn keep<'py>(&self, mut others: Vec<Bound<'py, Permit>>, permit: &Bound<'py, Permit>) -> PyResult<()> {
        if others.is_empty() {
            return self.set(&PyTuple::new(permit.py(), [permit])?);
        }
        others.push(permit.clone());
        self.write(permit.py(), &others)
    }

    /// The permit that a report for this target settles: the taker's own newest one that fits, else an inherited one. It may be settled
    /// already. `None`: this context never asked.
    pub(crate) fn find<'py>(&self, target: &Bound<'py, Target>) -> PyResult<Option<Bound<'py, Permit>>> {
        let held = self.tuple(target.py())?;
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

fn is_taken_by(permit: &Bound<'_, Permit>, taker: &Taker) -> bool {
    permit.get().taker().is_some_and(|own| own.is(permit.py(), taker))
}

/// Whether a permit is for this very target, or for one that compares with it like this.
#[inline]
fn is_for(permit: &Bound<'_, Permit>, target: &Bound<'_, Target>, compare: fn(&Description, &Description) -> bool) -> bool {
    let own = permit.get().target();
    own.is(target) || compare(&own.get().described, &target.get().described)
}

/// Whether a report for a target may settle a permit for another one. What the report leaves out may be anything.
fn fits(permit: &Description, report: &Description) -> bool {
    let same_or_left_out = |own: &Option<String>, other: &Option<String>| other.is_none() || own == other;
    permit.name == report.name && same_or_left_out(&permit.role, &report.role) && same_or_left_out(&permit.resolver, &report.resolver)
}
