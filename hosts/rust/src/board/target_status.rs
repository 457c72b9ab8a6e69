//! The status of a target, as a board returns it.

use fuseboard::CircuitStatus;
use serde::Serialize;

/// The status of a target's circuits, and of the store that they are kept in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TargetStatus {
    pub circuit: CircuitStatus,
    /// The circuit of the resolver, if the target has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolver: Option<CircuitStatus>,
    /// Since when the store is lost to the engine that serves the target, in milliseconds since 1970; `None` if it is not lost. While it
    /// is lost, the circuits are shown as this process knows them. [`Board::health`](super::Board::health) is about all engines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_lost_since_ms: Option<u64>,
}
