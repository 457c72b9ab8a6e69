//! Which targets pass through a circuit.

use super::resolver_state::ResolverState;
use super::target_state::TargetState;
use fuseboard::{CircuitKind, Scope};
use std::collections::HashMap;
use std::sync::{Arc, Weak};

/// The targets that pass through a circuit. Roles are not indexed, because a change may cover a whole host.
#[derive(Default)]
pub(super) struct CircuitIndex {
    hosts: ByName,
    names: ByName,
    resolvers: ByName,
    /// Those of the resolvers that have targets.
    resolver_states: HashMap<String, Arc<ResolverState>, foldhash::fast::RandomState>,
}

type ByName = HashMap<String, Members, foldhash::fast::RandomState>;

/// The targets of one name: usually a single one.
enum Members {
    One(Weak<TargetState>),
    /// By the target's address, so that removing one of many thousands is as fast as adding it.
    Many(HashMap<usize, Weak<TargetState>, foldhash::fast::RandomState>),
}

impl CircuitIndex {
    /// The state that the targets of a resolver share, on a board with so many engines. Add a target with it before the index is unlocked.
    pub(super) fn resolver(&mut self, scope: Scope, engines: usize) -> Arc<ResolverState> {
        let state = self.resolver_states.entry(scope.name.clone()).or_insert_with(|| Arc::new(ResolverState::new(scope, engines)));
        Arc::clone(state)
    }

    /// The state of a resolver, if it has targets.
    pub(super) fn known_resolver(&self, scope: &Scope) -> Option<Arc<ResolverState>> {
        self.resolver_states.get(&scope.name).cloned()
    }

    pub(super) fn add(&mut self, target: &Arc<TargetState>) {
        for scope in target.scopes() {
            let by_name = self.by_name_mut(scope.kind);
            match by_name.get_mut(&scope.name) {
                Some(members) => members.add(target),
                None => drop(by_name.insert(scope.name.clone(), Members::One(Arc::downgrade(target)))),
            }
        }
    }

    pub(super) fn remove(&mut self, target: &Arc<TargetState>) {
        for scope in target.scopes() {
            let by_name = self.by_name_mut(scope.kind);
            let Some(members) = by_name.get_mut(&scope.name) else { continue };
            members.remove(target);
            if members.is_empty() {
                by_name.remove(&scope.name);
                if scope.kind == CircuitKind::Resolver {
                    self.resolver_states.remove(&scope.name);
                }
            }
        }
    }

    pub(super) fn of(&self, scope: &Scope) -> Vec<Arc<TargetState>> {
        let by_name = match scope.kind {
            CircuitKind::Host => &self.hosts,
            CircuitKind::Name => &self.names,
            CircuitKind::Resolver => &self.resolvers,
        };
        by_name.get(&scope.name).map(Members::alive).unwrap_or_default()
    }

    fn by_name_mut(&mut self, kind: CircuitKind) -> &mut ByName {
        match kind {
            CircuitKind::Host => &mut self.hosts,
            CircuitKind::Name => &mut self.names,
            CircuitKind::Resolver => &mut self.resolvers,
        }
    }
}

impl Members {
    fn add(&mut self, target: &Arc<TargetState>) {
        let mut many = match std::mem::replace(self, Members::Many(HashMap::default())) {
            Members::One(first) => HashMap::from_iter([(first.as_ptr().addr(), first)]),
            Members::Many(many) => many,
        };
        many.insert(address(target), Arc::downgrade(target));
        *self = Members::Many(many);
    }

    fn remove(&mut self, target: &Arc<TargetState>) {
        match self {
            Members::One(one) if one.as_ptr() == Arc::as_ptr(target) => *self = Members::Many(HashMap::default()),
            Members::One(_) => {}
            Members::Many(many) => drop(many.remove(&address(target))),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Members::Many(many) if many.is_empty())
    }

    fn alive(&self) -> Vec<Arc<TargetState>> {
        match self {
            Members::One(one) => one.upgrade().into_iter().collect(),
            Members::Many(many) => many.values().filter_map(Weak::upgrade).collect(),
        }
    }
}

fn address(target: &Arc<TargetState>) -> usize {
    Arc::as_ptr(target).addr()
}
