//! The configuration of every process, and the limits that follow from it.

use std::time::Duration;

/// All processes use the same clock, so a small skew is enough.
pub const SKEW_MS: u64 = 10;
pub const TRIAL_CALLS: usize = 2;
pub const PROBE_TIMEOUT: Duration = Duration::from_millis(50);
/// The number of failures that open a circuit with the settings [`PROBED`].
pub const FAIL_MAX: u64 = 3;
/// The number of successes that close it.
pub const SUCCESS_THRESHOLD: u32 = 30;
/// The longest wait of a refusal: by a half-open circuit whose slots are all taken. Every other wait of this configuration is shorter.
pub const WAIT_MAX_MS: u64 = 1_000;

/// The storage budget is long, because a stopped process may hold the lock of the SQLite file.
pub const CONFIGURATION: &str = r#"{"defaults": {
    "fail_max": 10000,
    "sharing": {"lease_ms": 0, "clock_skew_ms": 10, "storage_budget_ms": 1000}
}}"#;

/// Settings of a circuit that opens soon and stays half-open for long, so that several processes probe at the same time.
pub const PROBED: &str = r#"{"fail_max": 3, "reset_timeout_s": 0.01, "trial_calls": 2, "probe_timeout_s": 0.05, "success_threshold": 30, "trial_failures": 100}"#;

/// Circuits of these names have the settings [`PROBED`].
pub const PROBED_PREFIX: &str = "probe-";
