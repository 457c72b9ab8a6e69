//! The answers to `allow` and `settle`, and events. The types mirror `wit/board.wit`, which documents each field.

use crate::names::Scope;
use crate::permit::{Lease, Outcome, Permit};
use core::time::Duration;
use serde::{Deserialize, Serialize};

/// A circuit's current phase. An open circuit whose wait is over is half-open.
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
    /// `None`: not before an operator's command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<LastFailure>,
}

/// A refusal, with each circuit that refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub circuit: Option<Refusal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolver: Option<Refusal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    pub repeat_ms: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub spread_ms: u32,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Refused {
    /// The longest wait of the refusals, as a duration. `None` if one of them has no end.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after_ms.map(Duration::from_millis)
    }

    /// The longest wait of the refusals, with `part` added to the wait of `circuit`. `None` if one of them has no end.
    #[must_use]
    pub fn longest_wait(&self, part: u64) -> Option<u64> {
        let circuit = self.circuit.as_ref().map(|refusal| refusal.retry_after_ms.map(|wait| wait.saturating_add(part)));
        let resolver = self.resolver.as_ref().map(|refusal| refusal.retry_after_ms);
        match (circuit, resolver) {
            (None, None) => None,
            (Some(wait), None) | (None, Some(wait)) => wait,
            (Some(one), Some(two)) => one.zip(two).map(|(one, two)| one.max(two)),
        }
    }
}

/// An admission. Fields that are rarely set are boxed: an answer is moved many times between the component and its host.
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
    Uncounted,
    RecordReplaced,
    RecordNewer,
    RecordReadable,
    WindowReplaced,
    StorageLost,
    StorageBack,
    WriterShared,
}

/// Why an event happened. [`Event::detail`] has the particulars, so a metric can use the cause as a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Consecutive failures reached `fail_max`.
    Streak,
    FailureCount,
    FailureRate,
    SlowRate,
    /// The results of probes.
    Probe,
    /// The wait of an open circuit is over.
    ResetTime,
    /// The time of a cooldown or an override is over.
    Expired,
    /// A command or a patch.
    Operator,
    /// A hint of a server, or the wait that the caller computed.
    RetryAfter,
    /// Failures of a host over all its roles, within the rolling window.
    Burst,
    /// The permit's generation or slot is no longer valid.
    StalePermit,
    /// The store's answer to a write was lost.
    LostAnswer,
    /// Outcomes were kept while the store did not answer.
    Backlog,
    /// The record is full: the host has too many other roles, or the text would be too long.
    RecordLimit,
    /// The store does not accept the write, now or later.
    StoreRefusal,
    DamagedRecord,
    /// A record has a newer format than this engine reads, or is readable again.
    NewerFormat,
    /// The policy's window has another shape than the stored one.
    WindowShape,
    /// The store stopped answering, or answers again.
    Store,
    /// Another instance has this one's writer.
    SharedWriter,
    /// Another board's change. The store keeps no causes.
    OtherBoard,
}

/// Something that happened to a circuit or to the store.
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
    pub cause: Cause,
    /// The cause in a few words, for people.
    pub detail: String,
    pub generation: u64,
    pub at_ms: u64,
    /// Whether this board caused it. Otherwise the board read another board's change in the store.
    pub here: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<LastFailure>,
}

impl Event {
    /// An event of the store as a whole, caused by this board. Set the other fields with `..Event::new(kind, cause, detail, at_ms)`.
    ///
    /// ```
    /// use fuseboard::{Cause, Event, EventKind, Scope};
    /// let set = Event::new(EventKind::CooldownSet, Cause::RetryAfter, "Retry-After of 30000 ms", 0);
    /// let event = Event { circuit: Some(Scope::name("orders-db")), ..set };
    /// assert!(event.here && event.from.is_none());
    /// ```
    #[must_use]
    pub fn new(kind: EventKind, cause: Cause, detail: impl Into<String>, at_ms: u64) -> Event {
        let detail = detail.into();
        Event { circuit: None, kind, from: None, to: None, cause, detail, generation: 0, at_ms, here: true, last_failure: None }
    }
}

/// The answer to `allow`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub answer: Answer,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    /// Circuits for which leases and repeated refusals are no longer valid.
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
