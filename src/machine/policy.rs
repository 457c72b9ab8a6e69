//! Checked policies: every value within its range, every unit in its type, every limit a named constant.
//!
//! A policy is an argument of a decision, never part of what is stored.

use crate::permit::StatusRange;
use crate::time::Millis;

/// `fail_max` and `failure_count`: 1 to this.
pub const FAILURES_MAX: u32 = 10_000;
/// `success_threshold` and `trial_calls`: 1 to this.
pub const TRIALS_MAX: u32 = 100;
pub const TRIAL_FAILURES_MAX: u32 = 100;
pub const THRESHOLD_FAILURES_MAX: u32 = 1_000;
/// Every time in seconds reaches to a day.
pub const SECONDS_MAX: Millis = Millis::from_secs(86_400);
/// Every time in seconds but `reset_timeout_s` and `retry_after_cap_s` begins here.
pub const SECONDS_MIN: Millis = Millis(1);
/// An operator's cooldown or forced-open.
pub const OPERATOR_MAX: Millis = Millis::from_secs(30 * 86_400);
/// `multiplier` in thousandths: 1,000 to this.
pub const MULTIPLIER_MAX: u32 = 10_000;
pub const WINDOW_CALLS_MAX: u32 = 1_000;
pub const WINDOW_SECONDS_MAX: u32 = 3_600;
pub const MINIMUM_CALLS_MAX: u32 = 10_000;
pub const SLOW_CALL_MAX: Millis = Millis(3_600_000);
pub const STAGGER_MAX: Millis = Millis(60_000);
pub const LEASE_MAX: Millis = Millis(10_000);
pub const LEASE_CALLS_MAX: u32 = 100_000;
pub const CLOCK_SKEW_MAX: Millis = Millis(60_000);
/// A call waits for the store at most this long, whatever is configured.
pub const STORAGE_BUDGET_MAX: Millis = Millis(60_000);
pub const ROLES_MAX: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Enforce,
    /// Count, judge and tell, but refuse nothing.
    Observe,
}

/// A share in thousandths, 1 to 1,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PerMille(pub u16);

impl PerMille {
    /// Whether `part` of `whole` is at least this share.
    #[must_use]
    pub fn reached(self, part: u32, whole: u32) -> bool {
        u64::from(part) * 1_000 >= u64::from(self.0) * u64::from(whole)
    }
}

/// Each re-opening since the last close waits longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// In thousandths, 1,000 to [`MULTIPLIER_MAX`].
    pub multiplier: u32,
    pub max: Millis,
    /// Adds up to this share (thousandths, 0 to 1,000), never shortens.
    pub jitter: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowShape {
    /// The last so many calls.
    Count(u32),
    /// The last so many milliseconds.
    Time(Millis),
}

/// The second trip condition: what happened among the last calls, or the last seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowPolicy {
    pub shape: WindowShape,
    /// For the two rates.
    pub minimum_calls: u32,
    pub failure_rate: Option<PerMille>,
    pub failure_count: Option<u32>,
    pub slow_call_rate: Option<PerMille>,
    /// Slow means longer than this.
    pub slow_call: Millis,
}

/// Failures of a host across its roles that set a cooldown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rolling {
    pub window: Millis,
    pub threshold: u32,
    pub cooldown: Millis,
}

/// How long and for how many calls a healthy target may be admitted without asking. A zero in either: never.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeasePolicy {
    pub lasts: Millis,
    pub calls: u32,
    /// The statuses that count as success by this policy's classification: what a host may batch.
    pub success_statuses: Vec<StatusRange>,
}

/// How reports are understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classification {
    pub failure_statuses: Vec<StatusRange>,
    /// Wins over `failure_statuses`.
    pub neutral_statuses: Vec<StatusRange>,
    /// Type names; `*` and `?` match.
    pub failure_exceptions: Vec<String>,
    /// Wins over `failure_exceptions`.
    pub neutral_exceptions: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnStorageError {
    /// Go by the last known record, each process for itself.
    Local,
    Reject,
}

/// How a board shares its state with others. One for all circuits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sharing {
    pub clock_skew: Millis,
    /// For all storage operations of one call.
    pub storage_budget: Millis,
    pub on_storage_error: OnStorageError,
}

/// All that decides about one circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub mode: Mode,
    /// Consecutive failures that trip; `None`: never by count.
    pub fail_max: Option<u32>,
    /// A failure later than this after the one before starts a new streak.
    pub fail_gap: Option<Millis>,
    pub reset_timeout: Millis,
    pub success_threshold: u32,
    /// Failures in half-open that are forgiven.
    pub trial_failures: u32,
    /// Probes in flight at once.
    pub trial_calls: u32,
    pub probe_timeout: Millis,
    /// `Retry-After` is honoured up to this; zero ignores it.
    pub retry_after_cap: Millis,
    /// The largest `retry_after_cap` of any role of the host: the bound of a stored cooldown.
    pub retry_after_cap_max: Millis,
    pub backoff: Backoff,
    pub window: Option<WindowPolicy>,
    /// This process waits up to so much longer before its first probe.
    pub stagger: Millis,
    pub lease: LeasePolicy,
    pub classify: Classification,
    /// Only of hosts; `None` where it is not enabled.
    pub rolling: Option<Rolling>,
    /// The bound of a stored rolling cooldown, which others may set even where it is not enabled here.
    pub rolling_cooldown_max: Millis,
    /// How far the clocks of two processes may differ.
    pub clock_skew: Millis,
}

impl Policy {
    /// The longest that an open circuit waits, jitter included: what a stored deadline is clamped to.
    #[must_use]
    pub fn open_max(&self) -> Millis {
        let longest = if self.backoff.multiplier > 1_000 { self.reset_timeout.max(self.backoff.max) } else { self.reset_timeout };
        Millis(longest.0.saturating_add(longest.0.saturating_mul(u64::from(self.backoff.jitter)) / 1_000))
    }

    /// Slow means longer than this, in nanoseconds; `None` where slowness is not judged.
    #[must_use]
    pub fn slow_ns(&self) -> Option<u64> {
        self.window.filter(|window| window.slow_call_rate.is_some()).map(|window| window.slow_call.as_ns())
    }
}
