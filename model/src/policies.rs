//! The policies of a model's processes.

use fuseboard::{Document, Sources};

/// A policy, with the numbers that the checks need. All times are in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct ModelPolicy {
    pub fail_max: u64,
    pub reset: u64,
    pub probe_timeout: u64,
    pub trial_calls: u64,
    pub success_threshold: u64,
    /// A window of calls counts every outcome exactly. It never trips.
    pub window: Window,
    pub on_storage_error: OnStorageError,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    None,
    OfCalls,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnStorageError {
    Local,
    Reject,
}

/// `sharing.clock_skew_ms` in every policy.
pub const SKEW: u64 = 250;
/// `sharing.storage_budget_ms` in every policy: shorter than any tick of the model, so an answer that comes after a tick is too late.
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
