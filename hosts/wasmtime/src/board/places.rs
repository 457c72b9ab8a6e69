use super::line::Line;
use fuseboard::{CircuitKind, Scope};
use std::collections::HashMap;
use std::sync::{Arc, Weak};

/// Which lines pass through a circuit; by name only, since a change may concern a whole host.
#[derive(Default)]
pub(super) struct Places {
    hosts: ByName,
    names: ByName,
    resolvers: ByName,
}

type ByName = HashMap<String, Members, foldhash::fast::RandomState>;
/// By the line's address, so that one of many thousands leaves as quickly as it came.
type Members = HashMap<usize, Weak<Line>, foldhash::fast::RandomState>;

impl Places {
    pub(super) fn enter(&mut self, line: &Arc<Line>) {
        for scope in scopes(line) {
            self.by_name_mut(scope.kind).entry(scope.name.clone()).or_default().insert(address(line), Arc::downgrade(line));
        }
    }

    pub(super) fn leave(&mut self, line: &Arc<Line>) {
        for scope in scopes(line) {
            let places = self.by_name_mut(scope.kind);
            let Some(members) = places.get_mut(&scope.name) else { continue };
            members.remove(&address(line));
            if members.is_empty() {
                places.remove(&scope.name);
            }
        }
    }

    pub(super) fn of(&self, scope: &Scope) -> Vec<Arc<Line>> {
        let places = match scope.kind {
            CircuitKind::Host => &self.hosts,
            CircuitKind::Name => &self.names,
            CircuitKind::Resolver => &self.resolvers,
        };
        places.get(&scope.name).into_iter().flat_map(HashMap::values).filter_map(Weak::upgrade).collect()
    }

    fn by_name_mut(&mut self, kind: CircuitKind) -> &mut ByName {
        match kind {
            CircuitKind::Host => &mut self.hosts,
            CircuitKind::Name => &mut self.names,
            CircuitKind::Resolver => &mut self.resolvers,
        }
    }
}

fn scopes(line: &Line) -> impl Iterator<Item = &Scope> {
    [Some(&line.circuit), line.resolver.as_ref()].into_iter().flatten()
}

fn address(line: &Arc<Line>) -> usize {
    Arc::as_ptr(line).addr()
}
