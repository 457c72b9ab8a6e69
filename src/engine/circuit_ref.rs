//! References to circuits and their records.

use crate::machine::record::{Record, role_of};
use crate::names::{CircuitKind, Scope};
use crate::policy::ROLES_MAX;
use crate::{Problem, ProblemCode};
use std::sync::Arc;

/// One circuit, or a whole host, with the key of its record. The route cache creates it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CircuitRef {
    /// In its canonical spelling.
    pub scope: Scope,
    pub key: Arc<str>,
    /// The hash of the key.
    pub hash: u64,
}

impl CircuitRef {
    pub fn role(&self) -> &str {
        role_of(&self.scope)
    }

    /// Checks that the host's record has room for this role. Checked before a call is admitted, since its outcome could not be stored.
    pub fn check_room(&self, record: &Record) -> Result<(), Problem> {
        let is_whole_host = self.scope.kind == CircuitKind::Host && self.scope.role.is_none();
        if is_whole_host || record.roles.len() < ROLES_MAX || record.roles.contains_key(self.role()) {
            return Ok(());
        }
        let detail = format!("{}: the host has {ROLES_MAX} other roles already, use one of them", self.scope);
        Err(Problem::new(ProblemCode::TooLarge, detail))
    }
}

/// The circuits that the calls to one target pass through.
pub(super) struct KeyedRoute {
    /// The host's or name's circuit.
    pub circuit: CircuitRef,
    pub resolver: Option<CircuitRef>,
}
