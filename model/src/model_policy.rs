//! The policies that the processes of a model are configured with.

use fuseboard::{Document, Sources};

/// The settings of a policy that configurations vary. The checks read them too. Times are in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct ModelPolicy {
    pub fail_max: u64,
    pub reset: u64,
    pub probe_timeout: u64,
    pub trial_calls: u64,
    pub success_threshold: u64,
    pub window: Window,
    pub on_storage_error: OnStorageError,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    None,
    /// A window of calls, which records every outcome. It is too large to open the circuit.
    OfCalls,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnStorageError {
    Local,
    Reject,
}

/// `sharing.clock_skew_ms` in every policy.
pub const SKEW: u64 = 250;
/// `sharing.storage_budget_ms` in every policy. It is shorter than every tick, so an answer after a tick is too late.
pub const BUDGET: u64 = 250;

impl ModelPolicy {
    /// The longest wait of an open circuit.
    pub fn open_max(&self) -> u64 {
        self.reset
    }

    pub fn sources(&self) -> Sources {
        let window = match self.window {
            Window::None => "null",
            Window::OfCalls => r#"{"kind": "count", "size": 100, "failure_count": 100}"#,
        };
        let on_error = match self.on_storage_error {
            OnStorageError::Local => "local",
            OnStorageError::Reject => "reject",
        };
        let seconds = |ms: u64| format!("{}.{:03}", ms / 1_000, ms % 1_000);
        let text = format!(
            r#"{{"defaults": {{"fail_max": {}, "fail_gap_s": null, "reset_timeout_s": {}, "success_threshold": {}, "trial_calls": {},
            "probe_timeout_s": {}, "window": {window}, "cooldown_jitter": 0, "sharing": {{"lease_ms": 0, "clock_skew_ms": {SKEW},
            "storage_budget_ms": {BUDGET}, "on_storage_error": "{on_error}"}}}}}}"#,
            self.fail_max,
            seconds(self.reset),
            self.success_threshold,
            self.trial_calls,
            seconds(self.probe_timeout),
        );
        Sources { documents: vec![Document { name: "model.json".into(), text }], ..Sources::default() }
    }
}
