//! The policies of circuits. Circuits with the same configuration share one policy.

use crate::config::{Config, Patches, PolicyKey};
use crate::machine::record::{Record, role_of};
use crate::names::{CircuitKind, Scope};
use crate::policy::Policy;
use crate::vec_map::VecMap;
use std::sync::Arc;

/// Capacity of the cache. With more entries and roles in the configuration, some policies are resolved again.
const POLICIES_MAX: usize = 1_000;

#[derive(Default)]
pub(super) struct PolicyCache {
    by_key: VecMap<PolicyKey, Arc<Policy>>,
}

impl PolicyCache {
    /// The policy of a circuit, with the patches in its record applied. A patched or defined circuit shares its policy with no other.
    pub fn policy(&mut self, config: &Config, scope: &Scope, record: &Record) -> Arc<Policy> {
        if is_patched(record) || config.has_definition_for(scope) {
            return Arc::new(policy_of(config, scope, record));
        }
        let key = config.policy_key(scope);
        if let Some(policy) = self.by_key.get(&key) {
            return Arc::clone(policy);
        }
        let policy = Arc::new(policy_of(config, scope, record));
        if self.by_key.len() < POLICIES_MAX {
            self.by_key.insert(key, Arc::clone(&policy));
        }
        policy
    }
}

fn is_patched(record: &Record) -> bool {
    record.patch.is_some() || record.base.patch.is_some() || record.roles.values().any(|circuit| circuit.patch.is_some())
}

/// The operators' patches that apply to a circuit.
pub(super) fn patches<'a>(record: &'a Record, scope: &Scope) -> Patches<'a> {
    let role = scope.role.as_deref().and_then(|role| record.circuit(role).patch.as_deref());
    Patches { whole: record.patch.as_deref(), role }
}

/// Resolves the policy of a circuit with the patches in its record applied.
///
/// A host has one cooldown for all roles, so its bound is the largest cap of any role, those of patched roles included.
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
