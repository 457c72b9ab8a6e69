//! Operators' commands and the answers to them, and the answers to queries. The types mirror `wit/board.wit`, which documents each
//! field.

use crate::answer::{Event, LastFailure, Phase, Reason};
use crate::names::{CircuitKind, Scope};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OverrideKind {
    ForcedOpen,
    Disabled,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverrideStatus {
    pub kind: OverrideKind,
    pub note: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining_ms: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CooldownStatus {
    pub reason: Reason,
    pub note: String,
    pub remaining_ms: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowCounts {
    pub successes: u32,
    pub failures: u32,
    pub slow: u32,
}

/// The current status of one circuit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CircuitStatus {
    pub circuit: Scope,
    pub phase: Phase,
    #[serde(rename = "override", default, skip_serializing_if = "Option::is_none")]
    pub override_: Option<OverrideStatus>,
    pub generation: u64,
    pub failure_streak: u32,
    pub trial_successes: u32,
    pub trial_failures: u32,
    pub probes: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowCounts>,
    pub refused: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooldown: Option<CooldownStatus>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_at_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<LastFailure>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusReport {
    pub circuit: CircuitStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolver: Option<CircuitStatus>,
}

/// Which circuits `list` returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    pub kind: Option<CircuitKind>,
    pub phase: Option<Phase>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    pub circuits: Vec<CircuitStatus>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
}

/// An operator's command to a circuit or a whole host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    Trip,
    ForceOpen {
        #[serde(default)]
        for_ms: Option<u64>,
        #[serde(default)]
        note: String,
    },
    Disable,
    HalfOpen,
    Close,
    Reset,
    Cooldown {
        for_ms: u64,
        #[serde(default)]
        note: String,
    },
}

/// The circuits in scope after a command or a patch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commanded {
    pub circuits: Vec<CircuitStatus>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Scope>,
}

/// One effective value and its origin: the name of a source, `built-in` or `patch`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    pub path: String,
    pub value: String,
    pub origin: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    pub circuit: Vec<Setting>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resolver: Vec<Setting>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthReport {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_lost_since_ms: Option<u64>,
    pub kept: u32,
    pub dropped: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flushed {
    pub kept: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Scope>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    pub name: String,
    pub value: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AboutReport {
    pub engine: String,
    pub contract: String,
    pub record_format: u32,
    pub limits: Vec<Limit>,
}
