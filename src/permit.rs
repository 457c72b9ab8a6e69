//! Permits and leases, and the reports of how permitted calls ended.

use crate::names::Scope;
use crate::status_range::StatusRange;
use crate::write_mark::WriteMark;
use core::time::Duration;
use serde::{Deserialize, Serialize};

/// A permit's claim on one circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The mark of the write that began the circuit's generation. `None` if nothing was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<WriteMark>,
    /// The probe slot, for a call admitted while half-open: the mark of the write that granted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<WriteMark>,
}

impl Claim {
    /// Whether it comes from a process's own copy of a record, during an outage. It matches nothing in the store.
    #[must_use]
    pub fn is_local(&self) -> bool {
        [self.generation, self.probe].into_iter().flatten().any(WriteMark::is_local)
    }
}

/// The right to make one call. It can be stored, sent to another process, or lost.
///
/// If a claim is `None`, the outcome does not count on that circuit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permit {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub circuit: Option<Claim>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolver: Option<Claim>,
}

/// Permission for a host to admit further calls without an `allow`, until an answer names one of its circuits as changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    pub permit: Permit,
    pub calls: u32,
    /// How long the lease is valid, in milliseconds from just before the `allow` that returned it.
    pub ms: u32,
    /// A call that took longer than this, in nanoseconds, is counted as slow in the tally.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow_ns: Option<u64>,
    /// A call with a status may be reported in a tally only if one of these ranges contains the status.
    pub success_statuses: Vec<StatusRange>,
    /// A call with a status in one of these ranges counts nowhere, however it ended. The host need not settle it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub neutral_statuses: Vec<StatusRange>,
    /// A call that was cancelled without a status counts if it took this many nanoseconds or more. The host need not settle one that
    /// took less. `None`: no cancellation counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_after_ns: Option<u64>,
    /// The circuit of the host or name, then the circuit of the resolver if there is one.
    pub circuits: Vec<Scope>,
}

/// Calls that were admitted under a lease and are reported together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub successes: u32,
    /// Successes slower than the lease's `slow_ns`. They are not included in `successes`.
    pub slow: u32,
    /// Milliseconds since the lease ended. 0 while it is valid.
    pub age_ms: u64,
}

/// What a call counts as.
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
    /// The caller gave up. Counts as neutral, unless the policy's `cancelled_after_ms` or the status says otherwise.
    Cancelled,
    /// The caller classified the call itself. Takes precedence over everything else.
    Counted {
        outcome: Outcome,
        /// Names a failure, at most 120 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        what: Option<String>,
    },
}

impl End {
    /// The caller's own outcome, without a name for a failure.
    ///
    /// ```
    /// use fuseboard::{End, Outcome};
    /// assert_eq!(End::counted(Outcome::Failure), End::Counted { outcome: Outcome::Failure, what: None });
    /// ```
    #[must_use]
    pub fn counted(outcome: Outcome) -> End {
        End::Counted { outcome, what: None }
    }
}

/// How a permitted call ended.
///
/// ```
/// use fuseboard::{End, Hint, Report};
/// let report = Report { status: Some(503), hints: vec![Hint::new("Retry-After", "120")], ..Report::new(End::Returned) };
/// assert_eq!(report.elapsed_ns, None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    pub end: End,
    /// An HTTP status, 100 to 999. See [`classify`](crate::classify::classify) for its precedence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elapsed_ns: Option<u64>,
    /// Headers and trailers that may ask for a wait, as received. See [`hints`](crate::hints). At most 64 are read; others are ignored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<Hint>,
    /// The wait in milliseconds that the caller itself computed. Takes precedence over the hints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl Report {
    #[must_use]
    pub fn new(end: End) -> Report {
        Report { end, status: None, elapsed_ns: None, hints: Vec::new(), retry_after_ms: None }
    }

    /// Sets the elapsed time. At most 584 years are recorded.
    #[must_use]
    pub fn elapsed(self, elapsed: Duration) -> Report {
        Report { elapsed_ns: Some(u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX)), ..self }
    }
}

/// A header or a trailer of the server's answer, as received. The case of its name does not matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hint {
    pub name: String,
    pub value: String,
}

impl Hint {
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Hint {
        Hint { name: name.into(), value: value.into() }
    }
}
