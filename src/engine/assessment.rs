//! What one circuit decided about an `allow` request, and what that decision is based on.

use crate::machine::allow::CircuitDecision;

/// The record that a decision is based on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    Store,
    /// This process's local copy.
    Local,
    /// The record last seen, since every write conflicted with another process's write. It is good enough for an answer, but not for
    /// a probe.
    LastSeen,
    /// No record: the answer is about the store.
    None,
}

/// Whether a decision takes effect only after a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PendingWrite {
    No,
    Yes,
}

pub(super) struct Assessment {
    pub decision: CircuitDecision,
    pub basis: Basis,
    pub pending: PendingWrite,
}

impl Assessment {
    /// A decision that needs no further write.
    pub fn complete(decision: CircuitDecision, basis: Basis) -> Assessment {
        Assessment { decision, basis, pending: PendingWrite::No }
    }

    pub fn refuses(&self) -> bool {
        matches!(self.decision, CircuitDecision::Refuse(_))
    }

    pub fn is_probe(&self) -> bool {
        matches!(self.decision, CircuitDecision::Probe(..))
    }
}
