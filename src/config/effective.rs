//! The effective settings of a circuit: its policy, and where each value comes from.

use super::configuration::Config;
use super::layer::Layer;
use super::patch::{ParsedPatches, Patches};
use super::resolve::ResolvedSettings;
use super::settings::Key;
use crate::names::{CircuitKind, DEFAULT_ROLE, Scope};
use crate::policy::{Policy, Sharing};
use crate::status::Setting;
use crate::time::Millis;
use crate::vec_map::VecMap;

/// Circuits with equal keys have equal policies, as long as no patch applies to them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PolicyKey {
    kind: CircuitKind,
    /// The configuration's entry for the circuit, if it has one.
    entry: Option<String>,
    role: Option<String>,
}

impl Config {
    /// Returns the settings of the board, which all circuits share.
    #[must_use]
    pub fn sharing(&self) -> Sharing {
        ResolvedSettings::new([&self.layers.defaults.own], &self.built_in).sharing()
    }

    /// Returns the policy of a circuit. Its scope must be canonical, and a host's scope must have a role.
    ///
    /// Patches apply at their own scope, above every source. A patch that is invalid or causes a conflict is ignored: a newer process may
    /// have stored it.
    #[must_use]
    pub fn policy(&self, circuit: &Scope, patches: Patches<'_>) -> Policy {
        let patches = self.usable_patches(circuit, patches);
        let resolved = self.resolved(circuit, &patches);
        let rolling = if circuit.kind == CircuitKind::Host { resolved.rolling() } else { None };
        resolved.policy(self.retry_after_cap_max(circuit, &patches), rolling)
    }

    pub(crate) fn policy_key(&self, circuit: &Scope) -> PolicyKey {
        let entry_in = |entries: &VecMap<String, Layer>| entries.contains_key(&circuit.name).then(|| circuit.name.clone());
        let entry = match circuit.kind {
            CircuitKind::Host => self.host_entry_key(&circuit.name),
            CircuitKind::Name => entry_in(&self.layers.names),
            CircuitKind::Resolver => entry_in(&self.layers.resolvers),
        };
        PolicyKey { kind: circuit.kind, entry, role: circuit.role.clone() }
    }

    /// Returns every value of the [policy](Config::policy) with its origin.
    #[must_use]
    pub fn explain(&self, circuit: &Scope, patches: Patches<'_>) -> Vec<Setting> {
        let mut settings = self.resolved(circuit, &self.usable_patches(circuit, patches)).settings();
        if circuit.kind != CircuitKind::Host {
            settings.retain(|setting| !setting.path.starts_with("advanced."));
        }
        settings
    }

    /// Returns the largest `retry_after_cap_s` of all roles of the circuit's host.
    fn retry_after_cap_max(&self, circuit: &Scope, patches: &ParsedPatches) -> Millis {
        let own = self.retry_after_cap(circuit, patches);
        if circuit.kind != CircuitKind::Host {
            return own;
        }
        // The patch of the circuit's role does not apply to other roles.
        let host_patch = ParsedPatches { whole: patches.whole.clone(), role: Layer::default() };
        let mut roles = self.roles_of(&circuit.name, patches);
        roles.push(DEFAULT_ROLE);
        let others = roles.into_iter().filter(|role| circuit.role.as_deref() != Some(*role));
        let caps = others.map(|role| self.retry_after_cap(&Scope::host(circuit.name.as_str()).role(role), &host_patch));
        caps.fold(own, Millis::max)
    }

    /// Looks for this value alone, since resolving all settings of every role would be slow.
    fn retry_after_cap(&self, circuit: &Scope, patches: &ParsedPatches) -> Millis {
        let layers = self.layers_of(circuit, patches);
        let value = layers.iter().rev().find_map(|layer| layer.get(Key::RetryAfterCap)).or_else(|| self.built_in.get(Key::RetryAfterCap));
        value.map_or(Millis::ZERO, |sourced| sourced.value.millis())
    }
}
