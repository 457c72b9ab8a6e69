//! References to circuits and their records.

use crate::machine::record::role_of;
use crate::names::Scope;
use std::sync::Arc;

/// One circuit, or a whole host, with the key of its record. The route cache creates it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CircuitRef {
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
}

/// The circuits that the calls to one target pass through.
pub(crate) struct KeyedRoute {
    /// The host's or name's circuit.
    pub circuit: CircuitRef,
    pub resolver: Option<CircuitRef>,
}
