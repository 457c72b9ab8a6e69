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

/// The lines of one name: mostly a single one.
enum Members {
    One(Weak<Line>),
    /// By the line's address, so that one of many thousands leaves as quickly as it came.
    Many(HashMap<usize, Weak<Line>, foldhash::fast::RandomState>),
}

impl Places {
    pub(super) fn enter(&mut self, line: &Arc<Line>) {
        for scope in scopes(line) {
            let places = self.by_name_mut(scope.kind);
            match places.get_mut(&scope.name) {
                Some(members) => members.add(line),
                None => drop(places.insert(scope.name.clone(), Members::One(Arc::downgrade(line)))),
            }
        }
    }

    pub(super) fn leave(&mut self, line: &Arc<Line>) {
        for scope in scopes(line) {
            let places = self.by_name_mut(scope.kind);
            if let Some(members) = places.get_mut(&scope.name)
                && members.remove(line) == Left::Nothing
            {
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
        places.get(&scope.name).map(Members::alive).unwrap_or_default()
    }

    fn by_name_mut(&mut self, kind: CircuitKind) -> &mut ByName {
        match kind {
            CircuitKind::Host => &mut self.hosts,
            CircuitKind::Name => &mut self.names,
            CircuitKind::Resolver => &mut self.resolvers,
        }
    }
}

/// Whether lines are left under a name.
#[derive(PartialEq, Eq)]
enum Left {
    Lines,
    Nothing,
}

impl Members {
    fn add(&mut self, line: &Arc<Line>) {
        let mut many = match std::mem::replace(self, Members::Many(HashMap::default())) {
            Members::One(first) => HashMap::from_iter([(first.as_ptr().addr(), first)]),
            Members::Many(many) => many,
        };
        many.insert(address(line), Arc::downgrade(line));
        *self = Members::Many(many);
    }

    fn remove(&mut self, line: &Arc<Line>) -> Left {
        match self {
            Members::One(one) if one.as_ptr() != Arc::as_ptr(line) => Left::Lines,
            Members::One(_) => Left::Nothing,
            Members::Many(many) => {
                many.remove(&address(line));
                if many.is_empty() { Left::Nothing } else { Left::Lines }
            }
        }
    }

    fn alive(&self) -> Vec<Arc<Line>> {
        match self {
            Members::One(one) => one.upgrade().into_iter().collect(),
            Members::Many(many) => many.values().filter_map(Weak::upgrade).collect(),
        }
    }
}

fn scopes(line: &Line) -> impl Iterator<Item = &Scope> {
    [Some(&line.circuit), line.resolver.as_ref()].into_iter().flatten()
}

fn address(line: &Arc<Line>) -> usize {
    Arc::as_ptr(line).addr()
}
