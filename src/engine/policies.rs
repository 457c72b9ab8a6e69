//! Which policy decides about a circuit: reckoned once for all circuits of which the configuration says the same.

use crate::config::{Config, Patches, PolicyKey};
use crate::machine::policy::Policy;
use crate::machine::record::{Record, role_of};
use crate::names::{CircuitKind, Scope};
use crate::vec_map::VecMap;
use std::rc::Rc;

/// Policies kept at most; a configuration with more entries and roles than this reckons some of them again.
const POLICIES_MAX: usize = 1_000;

#[derive(Default)]
pub(super) struct Policies {
    by_place: VecMap<PolicyKey, Rc<Policy>>,
}

impl Policies {
    /// The policy of a circuit, by a record's patches too.
    pub fn policy(&mut self, config: &Config, scope: &Scope, record: &Record) -> Rc<Policy> {
        if is_patched(record) {
            return Rc::new(policy_of(config, scope, record));
        }
        let place = config.policy_key(scope);
        if let Some(policy) = self.by_place.get(&place) {
            return Rc::clone(policy);
        }
        let policy = Rc::new(policy_of(config, scope, record));
        if self.by_place.len() < POLICIES_MAX {
            self.by_place.insert(place, Rc::clone(&policy));
        }
        policy
    }
}

fn is_patched(record: &Record) -> bool {
    record.patch.is_some() || record.base.patch.is_some() || record.roles.values().any(|circuit| circuit.patch.is_some())
}

/// The operators' patches that concern a circuit.
pub(super) fn patches<'a>(record: &'a Record, scope: &Scope) -> Patches<'a> {
    let role = scope.role.as_deref().and_then(|role| record.circuit(role).patch.as_deref());
    Patches { whole: record.patch.as_deref(), role }
}

/// The policy of a circuit by a record's patches. Another role's patch may honour a longer `Retry-After`, and the cooldown is the
/// whole host's.
pub(super) fn policy_of(config: &Config, scope: &Scope, record: &Record) -> Policy {
    let mut policy = config.policy(scope, patches(record, scope));
    if scope.kind == CircuitKind::Host {
        let patched = record.roles.iter().filter(|(role, circuit)| circuit.patch.is_some() && *role != role_of(scope));
        for (role, circuit) in patched {
            let other = Scope { role: Some(role.clone()), ..scope.clone() };
            let both = Patches { whole: record.patch.as_deref(), role: circuit.patch.as_deref() };
            policy.retry_after_cap_max = policy.retry_after_cap_max.max(config.policy(&other, both).retry_after_cap);
        }
    }
    policy
}
