//! The base class of registries: everything that is on the way of a call.

use crate::admitted_call::AdmittedCall;
use crate::fork_safe_cell::interned;
use crate::held_permits::{self, HeldPermits, Taken};
use crate::permit::Permit;
use crate::report::{CallEnd, CountAs};
use crate::taker::Taker;
use crate::target::Target;
use crate::target_cache::{TargetCache, TargetKey};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

/// A subclass has the methods `_find_target(host, role, resolver)` and `_warn_of_second_report(host)`.
#[pyclass(frozen, subclass, module = "fuseboard._core")]
pub(crate) struct RegistryCalls {
    targets: TargetCache,
    held: HeldPermits,
}

type Text<'a, 'py> = Option<&'a Bound<'py, PyAny>>;

impl RegistryCalls {
    #[inline]
    fn target<'py>(
        slf: &Bound<'py, Self>,
        host: &Bound<'py, PyAny>,
        role: Text<'_, 'py>,
        resolver: Text<'_, 'py>,
    ) -> PyResult<Bound<'py, Target>> {
        let (py, targets) = (slf.py(), &slf.get().targets);
        let key = TargetKey { host, role, resolver };
        if let Some(target) = targets.get(&key)? {
            return Ok(target);
        }
        let target = slf.call_method1(interned!(py, "_find_target"), (host, role, resolver))?.cast_into::<Target>()?;
        targets.insert(&key, &target)?;
        Ok(target)
    }

    /// Settles the permit that the context keeps for a target, or reports without one.
    fn settle<'py>(slf: &Bound<'py, Self>, target: &Bound<'py, Target>, count_as: CountAs, end: CallEnd<'_, 'py>) -> PyResult<()> {
        let py = slf.py();
        let Some(permit) = held_permits::find(target)? else {
            return target.get().report_as(py, count_as, end);
        };
        if !permit.get().settle_as(py, count_as, end)? {
            slf.call_method1(interned!(py, "_warn_of_second_report"), (&target.get().described.name,))?;
        }
        Ok(())
    }
}

#[pymethods]
impl RegistryCalls {
    /// A subclass may have any arguments.
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(py: Python<'_>, _args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> RegistryCalls {
        RegistryCalls { targets: TargetCache::new(py), held: HeldPermits::new() }
    }

    /// Asks for one call. Raises `BreakerOpenError` if it is refused.
    ///
    /// The permit is also kept in the context, so that one of the `on_…` methods or `report` can settle it later.
    #[pyo3(signature = (host, *, role = None, resolver = None))]
    fn allow<'py>(
        slf: &Bound<'py, Self>,
        host: &Bound<'py, PyAny>,
        role: Text<'_, 'py>,
        resolver: Text<'_, 'py>,
    ) -> PyResult<Bound<'py, Permit>> {
        let py = slf.py();
        let target = RegistryCalls::target(slf, host, role, resolver)?;
        let taker = Taker::current(py)?;
        let Taken { own, others } = held_permits::take(&target, &taker)?;
        let call =
            own.as_ref().map_or(Ok(()), |own| held_permits::release(own, &others)).and_then(|()| AdmittedCall::begin(py, target.get()));
        if call.is_err() && own.is_some() {
            // A report after a refusal has no permit.
            held_permits::write(py, &others)?;
        }
        let call = call?;
        target.get().notify_of_permit(py, &call)?;
        let permit = Bound::new(py, Permit::new(&target, call))?;
        slf.get().held.keep(others, &permit, taker)?;
        Ok(permit)
    }

    /// Makes a call if it is admitted, and settles it by what it raised.
    ///
    /// As `Target.call`, it takes no keyword arguments for the function.
    #[pyo3(signature = (host, role, function, *args))]
    fn call<'py>(
        slf: &Bound<'py, Self>,
        host: &Bound<'py, PyAny>,
        role: Text<'_, 'py>,
        function: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        RegistryCalls::target(slf, host, role, None)?.get().call_function(function, args, None)
    }

    /// Reports a success. A status that the policy classifies otherwise, such as 404 or 429, counts as what it is.
    #[pyo3(signature = (host, *, role = None, resolver = None, status = None))]
    fn on_success<'py>(
        slf: &Bound<'py, Self>,
        host: &Bound<'py, PyAny>,
        role: Text<'_, 'py>,
        resolver: Text<'_, 'py>,
        status: Option<u16>,
    ) -> PyResult<()> {
        let target = RegistryCalls::target(slf, host, role, resolver)?;
        RegistryCalls::settle(slf, &target, CountAs::Classified, CallEnd { status, ..CallEnd::default() })
    }

    /// Reports a failure. It counts whatever the status.
    #[pyo3(signature = (host, *, role = None, resolver = None, status = None, exception = None, retry_after_s = None))]
    #[allow(clippy::too_many_arguments, reason = "the keywords of a Python method")]
    fn on_failure<'py>(
        slf: &Bound<'py, Self>,
        host: &Bound<'py, PyAny>,
        role: Text<'_, 'py>,
        resolver: Text<'_, 'py>,
        status: Option<u16>,
        exception: Text<'_, 'py>,
        retry_after_s: Option<f64>,
    ) -> PyResult<()> {
        let target = RegistryCalls::target(slf, host, role, resolver)?;
        RegistryCalls::settle(slf, &target, CountAs::Failure, CallEnd { status, exception, retry_after_s, headers: None })
    }

    /// Reports how a call ended. The policy decides what it counts as.
    #[pyo3(signature = (host, *, role = None, resolver = None, status = None, exception = None, retry_after_s = None, headers = None))]
    #[allow(clippy::too_many_arguments, reason = "the keywords of a Python method")]
    fn report<'py>(
        slf: &Bound<'py, Self>,
        host: &Bound<'py, PyAny>,
        role: Text<'_, 'py>,
        resolver: Text<'_, 'py>,
        status: Option<u16>,
        exception: Text<'_, 'py>,
        retry_after_s: Option<f64>,
        headers: Text<'_, 'py>,
    ) -> PyResult<()> {
        let target = RegistryCalls::target(slf, host, role, resolver)?;
        RegistryCalls::settle(slf, &target, CountAs::Classified, CallEnd { status, exception, retry_after_s, headers })
    }

    /// The target of a host, looked up once.
    #[pyo3(signature = (host, role, resolver))]
    fn _target<'py>(
        slf: &Bound<'py, Self>,
        host: &Bound<'py, PyAny>,
        role: Text<'_, 'py>,
        resolver: Text<'_, 'py>,
    ) -> PyResult<Bound<'py, Target>> {
        RegistryCalls::target(slf, host, role, resolver)
    }

    /// Takes the permit of this task or thread for a target out of the context.
    #[staticmethod]
    fn _take<'py>(target: &Bound<'py, Target>) -> PyResult<Option<Bound<'py, Permit>>> {
        let (py, mut taken) = (target.py(), held_permits::take(target, &Taker::current(target.py())?)?);
        held_permits::write(py, &taken.others)?;
        Ok(taken.own.take())
    }

    /// Keeps a permit of this task or thread in the context.
    fn _keep(&self, permit: &Bound<'_, Permit>) -> PyResult<()> {
        let (py, taker) = (permit.py(), Taker::current(permit.py())?);
        let earlier = held_permits::take(permit.get().target().bind(py), &taker)?;
        self.held.keep(earlier.others, permit, taker)
    }

    /// The permit that a report for a target settles.
    #[staticmethod]
    fn _kept<'py>(target: &Bound<'py, Target>) -> PyResult<Option<Bound<'py, Permit>>> {
        held_permits::find(target)
    }

    /// The roles of the targets that were asked for.
    fn _asked_roles(&self, py: Python<'_>, host: &str) -> PyResult<Vec<String>> {
        let targets = self.targets.all(py)?;
        let of_host = targets.iter().map(Bound::get).filter(|target| target.described.name == host);
        Ok(of_host.filter_map(|target| target.described.role.clone()).collect())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.targets.traverse(&visit)
    }
}
