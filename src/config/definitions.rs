//! Settings of circuits that the program defines while it runs. They take precedence over every source, and patches over them.

use super::layer::{Layer, LayerWithRoles};
use super::patch::ParsedPatches;
use crate::names::{CircuitKind, Scope};
use std::collections::BTreeMap;

/// Definitions by their canonical scope: a name, a resolver, a whole host, or one role of a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Definitions(BTreeMap<Scope, ParsedPatches>);

impl Definitions {
    /// The settings of a name, a resolver or a whole host.
    pub(super) fn whole(&self, circuit: &Scope) -> Option<&LayerWithRoles> {
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&Scope { role: None, ..circuit.clone() }).map(|parsed| &parsed.whole)
    }

    /// The settings of the circuit's role.
    pub(super) fn role(&self, circuit: &Scope) -> Option<&Layer> {
        if self.0.is_empty() || circuit.role.is_none() {
            return None;
        }
        self.0.get(circuit).map(|parsed| &parsed.role)
    }

    /// The roles of a host that have definitions of their own.
    pub(super) fn roles_of<'a>(&'a self, host: &str) -> impl Iterator<Item = &'a str> {
        let whole = Scope::host(host);
        let of_host = self.0.range(whole.clone()..).take_while(move |(scope, _)| scope.kind == whole.kind && scope.name == whole.name);
        of_host.filter_map(|(scope, _)| scope.role.as_deref())
    }

    pub(super) fn insert(&mut self, scope: Scope, defined: ParsedPatches) {
        self.0.insert(scope, defined);
    }

    pub(super) fn remove(&mut self, scope: &Scope) {
        self.0.remove(scope);
    }

    pub(super) fn contains(&self, scope: &Scope) -> bool {
        self.0.contains_key(scope)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether one of them applies to a circuit, or to another role of its host.
    pub(super) fn concern(&self, circuit: &Scope) -> bool {
        self.whole(circuit).is_some() || circuit.kind == CircuitKind::Host && self.roles_of(&circuit.name).next().is_some()
    }
}
