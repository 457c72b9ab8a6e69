use super::admission::Admission;
use super::known_load::KnownLoad;
use super::lease_state::{LeaseSettlement, LeaseState};
use super::moment::Reading;
use fuseboard::key::{self, Route};
use fuseboard::{Lease, Permit, Report, Scope, Target};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One target of a board: its circuits in their canonical spelling, the slot of the engine that serves it, and its lease.
pub(super) struct TargetState {
    pub(super) target: Target,
    pub(super) circuit: Scope,
    pub(super) resolver: Option<Scope>,
    pub(super) slot: usize,
    /// The target's hash, by which the cache finds it.
    pub(super) hash: u64,
    pub(super) known_load: KnownLoad,
    lease_state: Mutex<LeaseState>,
}

impl TargetState {
    pub(super) fn new(target: &Target, route: Route, slot: usize, hash: u64) -> TargetState {
        let Route { circuit, resolver } = route;
        let known_load = KnownLoad::new(&key::key(&circuit));
        TargetState { target: target.clone(), circuit, resolver, slot, hash, known_load, lease_state: Mutex::default() }
    }

    #[inline]
    pub(super) fn lease_state(&self) -> MutexGuard<'_, LeaseState> {
        self.lease_state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers without the engine, if there is a lease or a repeated refusal.
    #[inline]
    pub(super) fn admit(&self, now: Reading) -> Option<Admission> {
        self.lease_state().admit(now)
    }

    /// Settles without the engine, if a lease allows it.
    #[inline]
    pub(super) fn settle(&self, permit: Option<&Permit>, report: &Report) -> LeaseSettlement {
        let mut lease_state = self.lease_state();
        match permit {
            Some(permit) => lease_state.settle(permit, report),
            None => LeaseSettlement::NotSettled(lease_state.unreported()),
        }
    }

    pub(super) fn is_covered_by(&self, changed: &Scope) -> bool {
        changed.covers(&self.circuit) || self.resolver.as_ref().is_some_and(|resolver| changed.covers(resolver))
    }

    /// Whether a lease names exactly these circuits. Another lease could not be dropped when they change.
    pub(super) fn is_leased_by(&self, lease: &Lease) -> bool {
        let own = [Some(&self.circuit), self.resolver.as_ref()];
        lease.circuits.iter().eq(own.into_iter().flatten())
    }

    /// How many refusals of this circuit were repeated without calling the engine.
    pub(super) fn repeats_of(&self, circuit: &Scope) -> u64 {
        let repeats = self.lease_state().repeats();
        let own = if self.circuit == *circuit { repeats.circuit } else { 0 };
        let resolver = if self.resolver.as_ref() == Some(circuit) { repeats.resolver } else { 0 };
        own.saturating_add(resolver)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fake_answers::lease;
    use super::*;
    use fuseboard::{DEFAULT_ROLE, key};

    fn state(target: &Target) -> TargetState {
        TargetState::new(target, key::route(target).unwrap(), 0, 0)
    }

    #[test]
    fn a_change_of_a_host_covers_all_its_roles_and_a_change_of_a_role_only_that_role() {
        let state = state(&Target::host("A.example").role("Meta"));
        assert!(state.is_covered_by(&Scope::host("a.example")));
        assert!(state.is_covered_by(&Scope::host("a.example").role("metadata")));
        assert!(!state.is_covered_by(&Scope::host("a.example").role(DEFAULT_ROLE)));
        assert!(!state.is_covered_by(&Scope::name("a.example")));
    }

    #[test]
    fn a_change_of_a_resolver_covers_its_targets() {
        let state = state(&Target::name("db").resolver("wayback"));
        assert!(state.is_covered_by(&Scope::resolver("wayback")) && state.is_covered_by(&Scope::name("db")));
        assert!(!state.is_covered_by(&Scope::resolver("db")));
    }

    #[test]
    fn a_lease_must_name_exactly_the_targets_circuits() {
        let state = state(&Target::host("a").resolver("r"));
        let host = Scope::host("a").role(DEFAULT_ROLE);
        assert!(state.is_leased_by(&lease(vec![host.clone(), Scope::resolver("r")])));
        assert!(!state.is_leased_by(&lease(vec![host])));
        assert!(!state.is_leased_by(&lease(vec![Scope::host("b").role(DEFAULT_ROLE), Scope::resolver("r")])));
    }
}
