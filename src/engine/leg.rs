//! The circuits that a call passes, each with the key that its record is stored under.

use crate::machine::policy::ROLES_MAX;
use crate::machine::record::{Record, role_of};
use crate::names::{CircuitKind, Scope, ServiceKind};
use crate::problem::Problem;
use crate::{Lease, ProblemCode, Target};
use std::rc::Rc;

/// One circuit (or a whole host), in its one spelling, and its key. [`Ways`](super::ways::Ways) makes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leg {
    pub scope: Scope,
    /// Shared with its record's cell.
    pub key: Rc<str>,
    /// The key's.
    pub hash: u64,
}

impl Leg {
    pub fn role(&self) -> &str {
        role_of(&self.scope)
    }

    /// A host has only so many roles: said before a call is made that could not be settled.
    pub fn check_room(&self, record: &Record) -> Result<(), Problem> {
        let is_whole_host = self.scope.kind == CircuitKind::Host && self.scope.role.is_none();
        if is_whole_host || record.roles.len() < ROLES_MAX || record.roles.contains_key(self.role()) {
            return Ok(());
        }
        let detail = format!("{}: the host has {ROLES_MAX} other roles already, use one of them", self.scope);
        Err(Problem::new(ProblemCode::TooLarge, detail))
    }
}

/// The host's or name's circuit, and the resolver's.
pub(super) struct Legs {
    pub circuit: Leg,
    pub resolver: Option<Leg>,
}

impl Legs {
    /// The target that a lease was given for, by its circuits as this engine wrote them.
    pub fn target_of(lease: &Lease) -> Result<Target, Problem> {
        let bad = || Problem::new(ProblemCode::BadPermit, "a lease names a host's or name's circuit, and after it at most one resolver's");
        match lease.circuits.as_slice() {
            [circuit] => target(circuit, None).ok_or_else(bad),
            [circuit, resolver] => target(circuit, Some(resolver)).ok_or_else(bad),
            _ => Err(bad()),
        }
    }
}

fn target(circuit: &Scope, resolver: Option<&Scope>) -> Option<Target> {
    let kind = match circuit.kind {
        CircuitKind::Host => ServiceKind::Host,
        CircuitKind::Name => ServiceKind::Name,
        CircuitKind::Resolver => return None,
    };
    if resolver.is_some_and(|resolver| resolver.kind != CircuitKind::Resolver) {
        return None;
    }
    let resolver = resolver.map(|resolver| resolver.name.clone());
    Some(Target { kind, name: circuit.name.clone(), role: circuit.role.clone(), resolver })
}
