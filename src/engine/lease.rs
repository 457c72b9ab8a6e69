//! Leases: when a target is healthy enough for one, and which target a lease is for.

use super::assessment::{Assessment, Basis};
use super::circuit_ref::CircuitRef;
use super::request::Request;
use crate::machine::allow::{CircuitDecision, Health};
use crate::names::{CircuitKind, Scope, ServiceKind, Target};
use crate::permit::{Claim, Lease, Permit};
use crate::policy::Policy;
use crate::status_range::StatusRange;
use crate::time::Millis;
use crate::{Problem, ProblemCode};

/// The limits that one policy sets for a lease.
struct Terms {
    duration: Millis,
    calls: u32,
    slow_ns: Option<u64>,
    success_statuses: Vec<StatusRange>,
    neutral_statuses: Vec<StatusRange>,
    cancelled_after_ns: Option<u64>,
}

impl Terms {
    fn of(policy: &Policy) -> Terms {
        Terms {
            duration: policy.lease.lasts,
            calls: policy.lease.calls,
            slow_ns: policy.slow_ns(),
            success_statuses: policy.lease.success_statuses.clone(),
            neutral_statuses: policy.lease.neutral_statuses.clone(),
            cancelled_after_ns: policy.cancelled_after_ns(),
        }
    }

    /// The terms that satisfy both policies. `None` if they judge slowness differently.
    fn and(self, other: &Policy) -> Option<Terms> {
        let slow_ns = match (self.slow_ns, other.slow_ns()) {
            (Some(one), Some(two)) if one != two => return None,
            (one, two) => one.or(two),
        };
        Some(Terms {
            duration: self.duration.min(other.lease.lasts),
            calls: self.calls.min(other.lease.calls),
            slow_ns,
            success_statuses: intersection(&self.success_statuses, &other.lease.success_statuses),
            neutral_statuses: intersection(&self.neutral_statuses, &other.lease.neutral_statuses),
            cancelled_after_ns: self.cancelled_after_ns.into_iter().chain(other.cancelled_after_ns()).min(),
        })
    }
}

impl Request {
    /// The lease for an admitted call, if all its circuits are healthy in the store and the policies allow one.
    pub fn lease(&mut self, circuit: &CircuitRef, first: &Assessment, second: Option<&(&CircuitRef, Assessment)>) -> Option<Lease> {
        let mut permit = Permit { circuit: Some(healthy_claim(first)?), resolver: None };
        let policy = self.policy(circuit);
        if policy.lease.lasts == Millis::ZERO || policy.lease.calls == 0 {
            return None;
        }
        let mut terms = Terms::of(&policy);
        let mut circuits = vec![circuit.scope.clone()];
        if let Some((resolver, assessment)) = second {
            permit.resolver = Some(healthy_claim(assessment)?);
            terms = terms.and(&self.policy(resolver))?;
            circuits.push(resolver.scope.clone());
        }
        let Terms { duration, calls, slow_ns, success_statuses, neutral_statuses, cancelled_after_ns } = terms;
        let ms = u32::try_from(duration.0).ok().filter(|ms| *ms > 0 && calls > 0)?;
        Some(Lease { permit, calls, ms, slow_ns, success_statuses, neutral_statuses, cancelled_after_ns, circuits })
    }
}

fn healthy_claim(assessment: &Assessment) -> Option<Claim> {
    match assessment.decision {
        CircuitDecision::Admit(claim, Health::Healthy) if assessment.basis == Basis::Store => Some(claim),
        _ => None,
    }
}

/// The statuses that are in both lists.
fn intersection(one: &[StatusRange], two: &[StatusRange]) -> Vec<StatusRange> {
    let overlap = |a: &StatusRange, b: &StatusRange| StatusRange { first: a.first.max(b.first), last: a.last.min(b.last) };
    let pairs = one.iter().flat_map(|a| two.iter().map(move |b| overlap(a, b)));
    pairs.filter(|range| range.first <= range.last).collect()
}

/// The target that a lease was given for, from the circuits that the engine put into it.
pub(super) fn target_of(lease: &Lease) -> Result<Target, Problem> {
    let bad = || Problem::new(ProblemCode::BadPermit, "a lease names a host's or name's circuit, and after it at most one resolver's");
    match lease.circuits.as_slice() {
        [circuit] => target(circuit, None).ok_or_else(bad),
        [circuit, resolver] => target(circuit, Some(resolver)).ok_or_else(bad),
        _ => Err(bad()),
    }
}

fn target(circuit: &Scope, resolver: Option<&Scope>) -> Option<Target> {
    let kind = match circuit.kind {
        CircuitKind::Host => ServiceKind::Host,
        CircuitKind::Name => ServiceKind::Name,
        CircuitKind::Resolver => return None,
    };
    if resolver.is_some_and(|resolver| resolver.kind != CircuitKind::Resolver) {
        return None;
    }
    let resolver = resolver.map(|resolver| resolver.name.clone());
    Some(Target { kind, name: circuit.name.clone(), role: circuit.role.clone(), resolver })
}
