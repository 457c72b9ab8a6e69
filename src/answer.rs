//! What the engine says of calls: decisions, verdicts and events. The same shapes as in `wit/board.wit`, where each field is told.

use crate::names::Scope;
use crate::permit::{Lease, Outcome, Permit};
use serde::{Deserialize, Serialize};

/// A circuit's phase as it is now: an open circuit whose time is over is half-open to everyone who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    Closed,
    Open,
    HalfOpen,
}

/// Why a call was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    Open,
    HalfOpenFull,
    Staggered,
    CooldownRetryAfter,
    CooldownRolling,
    CooldownOperator,
    ForcedOpen,
    Storage,
}

/// The last failure that counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastFailure {
    /// A status code or an exception's type name, at most 120 characters.
    pub what: String,
    pub at_ms: u64,
}

/// One circuit's refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub reason: Reason,
    /// `None`: not before an operator says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<LastFailure>,
}

/// Every circuit that refused stands here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub circuit: Option<Refusal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolver: Option<Refusal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    pub repeat_ms: u32,
}

/// What is rarely there is boxed: an answer is moved a dozen times on its way through a sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admitted {
    pub permit: Permit,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Box<Lease>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub would_refuse: Option<Box<Refused>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    Admitted(Admitted),
    Refused(Refused),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    PhaseChanged,
    CooldownSet,
    CooldownEnded,
    RetryAfterIgnored,
    OverrideSet,
    OverrideEnded,
    PolicyChanged,
    OutcomeStale,
    OutcomeUnknown,
    OutcomesMerged,
    RecordReplaced,
    WindowReplaced,
    StorageLost,
    StorageBack,
}

/// Something an operator may want to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// `None` where it concerns the store as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub circuit: Option<Scope>,
    pub kind: EventKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Phase>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Phase>,
    pub cause: String,
    pub generation: u64,
    pub at_ms: u64,
    /// This board did it; otherwise it saw what another had done.
    pub here: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<LastFailure>,
}

/// The answer to `allow`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub answer: Answer,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    /// Circuits for which a lease or a repeated refusal no longer stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Scope>,
}

/// What became of an outcome on one circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Written {
    Stored,
    Unchanged,
    Stale,
    Kept,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    pub outcome: Outcome,
    pub written: Written,
    pub phase: Phase,
}

/// The answer to `settle` and `settle_leased`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub circuit: Settled,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolver: Option<Settled>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Scope>,
}
