//! The leases that the host of a random run holds. It drops those that an answer names as changed, and installs none whose `allow` began
//! before that.

use crate::simulator::Simulator;
use crate::stored::State;
use fuseboard::{DEFAULT_ROLE, Lease, Scope, key};

impl Simulator {
    /// Drops the leases of changed circuits.
    pub fn drop_leases(&mut self, changed: &[Scope]) {
        self.leases.retain(|lease| !covers(changed, lease));
        self.changed.extend_from_slice(changed);
    }

    /// Installs a lease whose `allow` began when so many changes had been told.
    pub fn install_lease(&mut self, lease: &Lease, began: usize) {
        if !covers(&self.changed[began..], lease) {
            self.leases.push(lease.clone());
        }
    }

    /// When no request is open, the circuits of each lease are healthy in the store.
    pub fn check_leases(&mut self) {
        for scope in self.leases.iter().flat_map(|lease| lease.circuits.clone()).collect::<Vec<_>>() {
            let entry = self.entry(&key::key(&scope));
            let Some(record) = entry.record.as_ref() else { panic!("promise 13: {entry:?}") };
            let circuit = record.circuit(scope.role.as_deref().unwrap_or(DEFAULT_ROLE));
            let is_healthy = matches!(circuit.state, State::Closed(_)) && circuit.streak.is_none() && record.cooldown.is_none();
            assert!(is_healthy, "promise 3: a lease of {scope}, which is {circuit:?}");
        }
    }
}

fn covers(changed: &[Scope], lease: &Lease) -> bool {
    changed.iter().any(|scope| lease.circuits.iter().any(|circuit| scope.covers(circuit)))
}
