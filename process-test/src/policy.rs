//! The configuration of every process, and what it allows.

use std::time::Duration;

/// The clocks of the processes differ by no more, because they are the same clock.
pub const SKEW_MS: u64 = 10;
pub const TRIAL_CALLS: usize = 2;
pub const PROBE_TIMEOUT: Duration = Duration::from_millis(50);
/// Failures that open a circuit of a `probe-` name.
pub const FAIL_MAX: u64 = 3;
/// Successes that close it.
pub const SUCCESS_THRESHOLD: u32 = 30;
/// The longest wait that a refusal may name: that of a full half-open circuit. Every other wait of this configuration is shorter.
pub const WAIT_MAX_MS: u64 = 1_000;

/// The budget is long, because a stopped process may hold the lock of the file.
pub const CONFIGURATION: &str = r#"{"defaults": {
    "fail_max": 10000,
    "sharing": {"lease_ms": 0, "clock_skew_ms": 10, "storage_budget_ms": 1000}
}}"#;

/// Settings of a name whose circuit opens soon and stays half-open for long, so that probes of many processes meet.
pub const PROBED: &str = r#"{"fail_max": 3, "reset_timeout_s": 0.01, "trial_calls": 2, "probe_timeout_s": 0.05, "success_threshold": 30, "trial_failures": 100}"#;

/// Circuits of these names have the settings [`PROBED`].
pub const PROBED_PREFIX: &str = "probe-";
