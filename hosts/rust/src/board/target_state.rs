use super::admission::Admission;
use super::known_load::KnownLoad;
use super::lease_state::{AllowStart, ChangeScope, LeaseSettlement, LeaseState, NewGrant};
use super::moment::Reading;
use super::record_check::KnownLoads;
use super::resolver_state::ResolverState;
use fuseboard::key;
use fuseboard::time::Mono;
use fuseboard::{Lease, Permit, Report, Scope, Target};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One target of a board: its circuits in their canonical spelling, the slot of the engine that serves it, and its lease.
pub(super) struct TargetState {
    pub(super) target: Target,
    pub(super) circuit: Scope,
    pub(super) resolver: Option<Arc<ResolverState>>,
    pub(super) slot: usize,
    /// The target's hash, by which the cache finds it.
    pub(super) hash: u64,
    known_load: KnownLoad,
    lease_state: Mutex<LeaseState>,
}

impl TargetState {
    pub(super) fn new(target: &Target, circuit: Scope, resolver: Option<Arc<ResolverState>>, slot: usize, hash: u64) -> TargetState {
        let known_load = KnownLoad::new(&key::key(&circuit));
        TargetState { target: target.clone(), circuit, resolver, slot, hash, known_load, lease_state: Mutex::default() }
    }

    /// The lease's state. A grant that a change of the resolver has made invalid is ended.
    #[inline]
    pub(super) fn lease_state(&self) -> MutexGuard<'_, LeaseState> {
        let mut lease_state = self.lease_state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(resolver) = &self.resolver {
            let changes = resolver.changes();
            if changes != lease_state.resolver_changes() {
                lease_state.follow_resolver(changes, resolver.changed_at());
            }
        }
        lease_state
    }

    /// Installs the grant of an answer, after the changes of the target's own circuits that the answer brought.
    pub(super) fn install(&self, start: AllowStart, grant: NewGrant, changed: &[Scope], now: Mono) {
        let mut lease_state = self.lease_state();
        let is_own = changed.iter().any(|changed| self.is_covered_by(changed));
        lease_state.install(start, grant, if is_own { ChangeScope::Own } else { ChangeScope::Others }, now);
        if let Some(resolver) = &self.resolver
            && changed.contains(&resolver.scope)
        {
            lease_state.keep_over_own_change(resolver.change(now));
        }
    }

    /// What is known of its records in the engine that serves it.
    pub(super) fn known_loads(&self) -> KnownLoads<'_> {
        let resolver = self.resolver.as_ref().and_then(|resolver| resolver.known_load(self.slot));
        KnownLoads { circuit: &self.known_load, resolver }
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
        self.scopes().any(|own| changed.covers(own))
    }

    /// The circuits that its calls pass through.
    pub(super) fn scopes(&self) -> impl Iterator<Item = &Scope> {
        std::iter::once(&self.circuit).chain(self.resolver.as_ref().map(|resolver| &resolver.scope))
    }

    /// Whether a lease names exactly these circuits. Another lease could not be dropped when they change.
    pub(super) fn is_leased_by(&self, lease: &Lease) -> bool {
        lease.circuits.iter().eq(self.scopes())
    }

    /// How many refusals of this circuit were repeated without calling the engine.
    pub(super) fn repeats_of(&self, circuit: &Scope) -> u64 {
        let repeats = self.lease_state().repeats();
        let own = if self.circuit == *circuit { repeats.circuit } else { 0 };
        let resolver = if self.resolver.as_ref().is_some_and(|resolver| resolver.scope == *circuit) { repeats.resolver } else { 0 };
        own.saturating_add(resolver)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fake_answers::lease;
    use super::*;
    use fuseboard::DEFAULT_ROLE;
    use fuseboard::key::Route;

    fn state(target: &Target) -> TargetState {
        let Route { circuit, resolver } = key::route(target).unwrap();
        TargetState::new(target, circuit, resolver.map(|resolver| Arc::new(ResolverState::new(resolver, 1))), 0, 0)
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
