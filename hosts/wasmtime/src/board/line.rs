use super::admission::Admission;
use super::ledger::{Batch, Ledger};
use fuseboard::key::Route;
use fuseboard::time::Mono;
use fuseboard::{Lease, Permit, Report, Scope, Target};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One target as the board knows it: its circuits in their one spelling, which instance serves it, and what it may do without asking.
pub(super) struct Line {
    pub(super) target: Target,
    pub(super) circuit: Scope,
    pub(super) resolver: Option<Scope>,
    pub(super) seat: usize,
    /// The target's hash: computed once.
    pub(super) hash: u64,
    ledger: Mutex<Ledger>,
}

impl Line {
    pub(super) fn new(target: &Target, route: Route, seat: usize, hash: u64) -> Line {
        let Route { circuit, resolver } = route;
        Line { target: target.clone(), circuit, resolver, seat, hash, ledger: Mutex::default() }
    }

    #[inline]
    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers without the engine, where a lease or a repeated refusal stands.
    #[inline]
    pub(super) fn admit(&self, now: Mono) -> Option<Admission> {
        self.ledger().admit(now)
    }

    /// Settles without the engine, where a lease allows it.
    #[inline]
    pub(super) fn batch(&self, permit: Option<&Permit>, report: &Report) -> Batch {
        let mut ledger = self.ledger();
        match permit {
            Some(permit) => ledger.batch(permit, report),
            None => Batch::Cross(ledger.owing()),
        }
    }

    pub(super) fn is_covered_by(&self, changed: &Scope) -> bool {
        changed.covers(&self.circuit) || self.resolver.as_ref().is_some_and(|resolver| changed.covers(resolver))
    }

    /// Whether a lease speaks of these very circuits. One that does not could not be dropped when they change.
    pub(super) fn is_leased_by(&self, lease: &Lease) -> bool {
        let mine = [Some(&self.circuit), self.resolver.as_ref()];
        lease.circuits.iter().eq(mine.into_iter().flatten())
    }

    /// Refusals of this circuit that were told without asking.
    pub(super) fn repeats_of(&self, circuit: &Scope) -> u64 {
        let repeats = self.ledger().repeats();
        let own = if self.circuit == *circuit { repeats.circuit } else { 0 };
        let resolver = if self.resolver.as_ref() == Some(circuit) { repeats.resolver } else { 0 };
        own.saturating_add(resolver)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fuseboard::{DEFAULT_ROLE, key};

    fn line(target: &Target) -> Line {
        Line::new(target, key::route(target).unwrap(), 0, 0)
    }

    #[test]
    fn a_change_of_the_host_covers_all_its_roles_and_a_change_of_a_role_only_that() {
        let line = line(&Target::host("A.example").role("Meta"));
        assert!(line.is_covered_by(&Scope::host("a.example")));
        assert!(line.is_covered_by(&Scope::host("a.example").role("metadata")));
        assert!(!line.is_covered_by(&Scope::host("a.example").role(DEFAULT_ROLE)));
        assert!(!line.is_covered_by(&Scope::name("a.example")));
    }

    #[test]
    fn a_change_of_the_resolver_covers_it_too() {
        let line = line(&Target::name("db").resolver("wayback"));
        assert!(line.is_covered_by(&Scope::resolver("wayback")) && line.is_covered_by(&Scope::name("db")));
        assert!(!line.is_covered_by(&Scope::resolver("db")));
    }

    #[test]
    fn a_lease_of_other_circuits_is_none_of_its_own() {
        let line = line(&Target::host("a").resolver("r"));
        let lease = |circuits| Lease { permit: Permit::default(), calls: 1, ms: 1, slow_ns: None, success_statuses: Vec::new(), circuits };
        let host = Scope::host("a").role(DEFAULT_ROLE);
        assert!(line.is_leased_by(&lease(vec![host.clone(), Scope::resolver("r")])));
        assert!(!line.is_leased_by(&lease(vec![host])));
        assert!(!line.is_leased_by(&lease(vec![Scope::host("b").role(DEFAULT_ROLE), Scope::resolver("r")])));
    }
}
