//! The right to make one call, as a plain value, and what is said of it when the call is over.

use crate::names::Scope;
use crate::status_range::StatusRange;
use serde::{Deserialize, Serialize};

/// A permit's hold on one circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Which creation of the record it was taken from; 0 while nothing was stored.
    pub epoch: u64,
    pub generation: u64,
    /// The slot held, for a call admitted while half-open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<u64>,
}

/// The right to make one call. It can be stored, sent to another process, or lost.
///
/// A claim that is `None` says that the outcome counts nowhere on that circuit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permit {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub circuit: Option<Claim>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolver: Option<Claim>,
}

/// Leave to admit further calls without asking, while no answer names one of its circuits as changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    pub permit: Permit,
    pub calls: u32,
    /// Milliseconds, counted from just before the `allow` that gave it.
    pub ms: u32,
    /// A call that took longer, in nanoseconds, belongs to the tally's slow count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow_ns: Option<u64>,
    /// A call with a status may be batched only if it lies in one of these.
    pub success_statuses: Vec<StatusRange>,
    /// The host's or name's circuit, then the resolver's if there is one.
    pub circuits: Vec<Scope>,
}

/// What was admitted under a lease and not settled one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub successes: u32,
    /// Successes slower than the lease's `slow_ns`; not among `successes`.
    pub slow: u32,
    /// Milliseconds since the lease's end; 0 while it lasts.
    pub age_ms: u64,
}

/// Whether a call speaks for or against its circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Success,
    Failure,
    /// Counts as neither.
    Neutral,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    Returned,
    /// The exception's type name first, with or without module, then those of its bases.
    Raised(Vec<String>),
    /// Given up by the caller: neutral.
    Cancelled,
    /// The caller's own verdict: it wins over everything else.
    Counted(Outcome),
}

/// How a permitted call ended.
///
/// ```
/// use fuseboard::{End, Report};
/// let report = Report { status: Some(503), retry_after: Some("120".into()), ..Report::new(End::Returned) };
/// assert_eq!(report.elapsed_ns, None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    pub end: End,
    /// An HTTP status, 100 to 999; it decides even beside an exception.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elapsed_ns: Option<u64>,
    /// The `Retry-After` header as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<String>,
    /// The same in milliseconds, already understood by the caller; wins over the header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl Report {
    #[must_use]
    pub fn new(end: End) -> Report {
        Report { end, status: None, elapsed_ns: None, retry_after: None, retry_after_ms: None }
    }
}
