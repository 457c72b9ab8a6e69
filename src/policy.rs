//! Checked policies and their limits. Every value is within its range.
//!
//! A policy is an argument of a decision. It is never stored in a record.

use crate::status_range::StatusRange;
use crate::time::Millis;

/// `fail_max` and `failure_count`: 1 to this.
pub const FAILURES_MAX: u32 = 10_000;
/// Largest value of `fail_max` and of other counts that the program defines at run time.
pub const DEFINED_COUNT_MAX: u64 = (1 << 31) - 1;
/// `success_threshold` and `trial_calls`: 1 to this.
pub const TRIALS_MAX: u32 = 100;
pub const TRIAL_FAILURES_MAX: u32 = 100;
pub const THRESHOLD_FAILURES_MAX: u32 = 1_000;
/// Longest time of a setting in seconds: one day.
pub const SECONDS_MAX: Millis = Millis::from_secs(86_400);
/// Shortest time of a setting in seconds, except `reset_timeout_s` and `retry_after_cap_s`, which may be zero.
pub const SECONDS_MIN: Millis = Millis(1);
/// Longest cooldown or forced-open that an operator can set.
pub const OPERATOR_MAX: Millis = Millis::from_secs(30 * 86_400);
/// `multiplier` in thousandths: 1,000 to this.
pub const MULTIPLIER_MAX: u32 = 10_000;
pub const WINDOW_CALLS_MAX: u32 = 1_000;
pub const WINDOW_SECONDS_MAX: u32 = 3_600;
pub const MINIMUM_CALLS_MAX: u32 = 10_000;
pub const SLOW_CALL_MAX: Millis = Millis(3_600_000);
pub const CANCELLED_AFTER_MAX: Millis = Millis(3_600_000);
/// Longest time that jitter adds to a cooldown.
pub const COOLDOWN_JITTER_MAX: Millis = Millis(10_000);
pub const STAGGER_MAX: Millis = Millis(60_000);
pub const LEASE_MAX: Millis = Millis(10_000);
pub const LEASE_CALLS_MAX: u32 = 100_000;
pub const CLOCK_SKEW_MAX: Millis = Millis(60_000);
/// Longest time that one request may wait for the store.
pub const STORAGE_BUDGET_MAX: Millis = Millis(60_000);
pub const ROLES_MAX: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Enforce,
    /// Counts, decides and emits events, but refuses nothing.
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

/// How the open wait grows with each re-opening since the last close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// In thousandths, 1,000 to [`MULTIPLIER_MAX`].
    pub multiplier: u32,
    pub max: Millis,
    /// Lengthens the wait by up to this share, in thousandths (0 to 1,000).
    pub jitter: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowShape {
    /// This many calls.
    Count(u32),
    /// This many milliseconds.
    Time(Millis),
}

/// The second trip condition: counts and rates over the last calls or the last seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowPolicy {
    pub shape: WindowShape,
    /// The two rates are judged only from this many calls on.
    pub minimum_calls: u32,
    pub failure_rate: Option<PerMille>,
    pub failure_count: Option<u32>,
    pub slow_call_rate: Option<PerMille>,
    /// A call that takes longer than this is slow.
    pub slow_call: Millis,
}

/// How many failures of a host, over all its roles, set a cooldown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rolling {
    pub window: Millis,
    pub threshold: u32,
    pub cooldown: Millis,
}

/// How long, and for how many calls, a host may admit calls to a healthy target under a lease. A zero in either gives no lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeasePolicy {
    pub lasts: Millis,
    pub calls: u32,
    /// The statuses that this policy classifies as success. A host may report these in a tally.
    pub success_statuses: Vec<StatusRange>,
    /// The statuses that this policy classifies as neutral. A host need not report these.
    pub neutral_statuses: Vec<StatusRange>,
}

/// What a half-open circuit does with a probe that ended with a status in `neutral_statuses`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NeutralProbe {
    /// It only frees the probe's slot.
    Ignore,
    /// It counts as one success.
    Success,
}

/// How reports are classified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classification {
    pub failure_statuses: Vec<StatusRange>,
    /// Takes precedence over `failure_statuses`.
    pub neutral_statuses: Vec<StatusRange>,
    /// Type names, with the wildcards `*` and `?`.
    pub failure_exceptions: Vec<String>,
    /// Takes precedence over `failure_exceptions`.
    pub neutral_exceptions: Vec<String>,
    /// A call that the caller cancelled after at least this long, without a status, is a failure. `None`: it is neutral.
    pub cancelled_after: Option<Millis>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnStorageError {
    /// Decide by the last known record, each process on its own.
    Local,
    /// Refuse every call.
    Reject,
}

/// How a board shares its state with other boards. The same for all circuits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sharing {
    pub clock_skew: Millis,
    /// For all storage operations of one request together.
    pub storage_budget: Millis,
    pub on_storage_error: OnStorageError,
}

/// Everything configured for one circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub mode: Mode,
    /// Consecutive failures that open the circuit. `None` never opens it by this count.
    pub fail_max: Option<u32>,
    /// A failure that follows the previous one by more than this starts a new streak.
    pub fail_gap: Option<Millis>,
    pub reset_timeout: Millis,
    pub success_threshold: u32,
    /// Failures while half-open that do not reopen the circuit.
    pub trial_failures: u32,
    /// Probes in flight at once.
    pub trial_calls: u32,
    pub probe_timeout: Millis,
    /// A longer `Retry-After` is shortened to this. Zero ignores the header.
    pub retry_after_cap: Millis,
    /// The largest `retry_after_cap` of any role of the host. A stored cooldown is shortened to this.
    pub retry_after_cap_max: Millis,
    /// A process waits up to this share, in thousandths (0 to 1,000), longer than a cooldown that a server or a burst set.
    pub cooldown_jitter: u16,
    pub backoff: Backoff,
    pub window: Option<WindowPolicy>,
    pub neutral_probe: NeutralProbe,
    /// This process waits up to this much longer before its first probe.
    pub stagger: Millis,
    pub lease: LeasePolicy,
    pub classify: Classification,
    /// Only for hosts. `None` if it is not enabled.
    pub rolling: Option<Rolling>,
    /// A stored rolling cooldown is shortened to this. Other boards may set one even where it is not enabled here.
    pub rolling_cooldown_max: Millis,
    /// How far the clocks of two processes may differ.
    pub clock_skew: Millis,
}

impl Policy {
    /// The longest wait of an open circuit, jitter included. A stored open deadline is shortened to this.
    #[must_use]
    pub fn open_max(&self) -> Millis {
        let longest = if self.backoff.multiplier > 1_000 { self.reset_timeout.max(self.backoff.max) } else { self.reset_timeout };
        Millis(longest.0.saturating_add(longest.0.saturating_mul(u64::from(self.backoff.jitter)) / 1_000))
    }

    /// A call that takes longer than this, in nanoseconds, is slow. `None` if the policy does not judge slowness.
    #[must_use]
    pub fn slow_ns(&self) -> Option<u64> {
        self.window.filter(|window| window.slow_call_rate.is_some()).map(|window| window.slow_call.as_ns())
    }

    /// A call that was cancelled without a status counts from this time on, in nanoseconds: as a failure, or as a slow call. `None` if
    /// none counts.
    #[must_use]
    pub fn cancelled_after_ns(&self) -> Option<u64> {
        let failed = self.classify.cancelled_after.map(Millis::as_ns);
        let slow = self.slow_ns().map(|slow| slow.saturating_add(1));
        failed.into_iter().chain(slow).min()
    }
}
