//! Whether a target is so well that calls may be admitted without asking.

use super::allow::{Asked, Ground};
use super::call::Call;
use super::leg::Leg;
use super::ports::{Clock, Store};
use crate::machine::allow::{Gate, Mood};
use crate::permit::{Lease, Permit, StatusRange};
use crate::time::Millis;

impl<C: Clock, S: Store> Call<'_, C, S> {
    pub(super) fn lease(&mut self, circuit: &Leg, first: &Asked, second: Option<&(&Leg, Asked)>) -> Option<Lease> {
        let healthy = |asked: &Asked| match asked.gate {
            Gate::Pass(claim, Mood::Healthy) if asked.ground == Ground::Store => Some(claim),
            _ => None,
        };
        let mut permit = Permit { circuit: Some(healthy(first)?), resolver: None };
        let policy = self.policy(circuit);
        let (mut lasts, mut calls) = (policy.lease.lasts, policy.lease.calls);
        if lasts == Millis::ZERO || calls == 0 {
            return None;
        }
        let (mut slow_ns, mut success_statuses) = (policy.slow_ns(), policy.lease.success_statuses.clone());
        let mut circuits = vec![circuit.scope.clone()];
        if let Some((leg, asked)) = second {
            permit.resolver = Some(healthy(asked)?);
            let other = self.policy(leg);
            lasts = lasts.min(other.lease.lasts);
            calls = calls.min(other.lease.calls);
            slow_ns = match (slow_ns, other.slow_ns()) {
                (Some(one), Some(two)) if one != two => return None,
                (one, two) => one.or(two),
            };
            success_statuses = both(&success_statuses, &other.lease.success_statuses);
            circuits.push(leg.scope.clone());
        }
        let ms = u32::try_from(lasts.0).ok().filter(|ms| *ms > 0 && calls > 0)?;
        Some(Lease { permit, calls, ms, slow_ns, success_statuses, circuits })
    }
}

/// What lies in both lists of ranges.
fn both(one: &[StatusRange], two: &[StatusRange]) -> Vec<StatusRange> {
    let meet = |a: &StatusRange, b: &StatusRange| StatusRange { first: a.first.max(b.first), last: a.last.min(b.last) };
    let pairs = one.iter().flat_map(|a| two.iter().map(move |b| meet(a, b)));
    pairs.filter(|range| range.first <= range.last).collect()
}
