//! The settings that the tests vary: as a configuration document, and as the bounds that the promises are checked by.

use fuseboard::config::Config;
use fuseboard::{Scope, Sources};
use serde_json::Value;

/// Times in milliseconds, shares in thousandths.
#[derive(Clone, Debug)]
pub struct Settings {
    pub fail_max: Option<u64>,
    pub fail_gap: Option<u64>,
    pub reset: u64,
    pub success_threshold: u64,
    pub trial_failures: u64,
    pub trial_calls: u64,
    pub probe_timeout: u64,
    pub retry_after_cap: u64,
    /// The factor by which the wait grows with each re-opening, and the longest wait.
    pub backoff: (u64, u64),
    pub jitter: u64,
    pub stagger: u64,
    pub window: Option<Window>,
    pub lease: u64,
    pub skew: u64,
    pub on_storage_error: OnStorageError,
    pub mode: Mode,
    pub rolling: Option<Rolling>,
}

#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub size: super::window_oracle::Size,
    pub minimum_calls: usize,
    pub failure_rate: Option<usize>,
    pub failure_count: Option<usize>,
    pub slow_call_rate: Option<usize>,
    pub slow: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnStorageError {
    Local,
    Reject,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Enforce,
    Observe,
}

#[derive(Clone, Copy, Debug)]
pub struct Rolling {
    pub window: u64,
    pub threshold: u64,
    pub cooldown: u64,
}

impl Default for Settings {
    /// Two failures trip. The reset timeout, the time until an expired slot is reused, and one step of the tests' clock are each 1 s.
    fn default() -> Settings {
        Settings {
            fail_max: Some(2),
            fail_gap: None,
            reset: 1_000,
            success_threshold: 1,
            trial_failures: 0,
            trial_calls: 1,
            probe_timeout: 500,
            retry_after_cap: 2_000,
            backoff: (1, 4_000),
            jitter: 0,
            stagger: 0,
            window: None,
            lease: 0,
            skew: 250,
            on_storage_error: OnStorageError::Local,
            mode: Mode::Enforce,
            rolling: None,
        }
    }
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}

fn or_null<T>(value: Option<T>, text: impl Fn(T) -> String) -> String {
    value.map_or_else(|| "null".to_owned(), text)
}

impl Settings {
    /// The longest that an open circuit may wait.
    pub fn open_max(&self) -> u64 {
        let longest = if self.backoff.0 > 1 { self.reset.max(self.backoff.1) } else { self.reset };
        longest + longest * self.jitter / 1_000
    }

    /// These settings with an operator's patch of this scope applied.
    pub fn patched(&self, scope: &Scope, patch: &str) -> Settings {
        // A board ignores an invalid patch as a whole, because a newer board may have stored it. A flipped bit can make a patch invalid.
        // The configuration's own tests check which patches are valid.
        let good = Config::read(&Sources::default()).is_ok_and(|(config, _)| config.check_patch(scope, patch).is_ok());
        let patch: Value = serde_json::from_str(patch).ok().filter(|_| good).unwrap_or_default();
        let number = |key: &str| patch.get(key).and_then(Value::as_u64);
        let mut settings = self.clone();
        settings.fail_max = patch.get("fail_max").map_or(self.fail_max, Value::as_u64);
        settings.trial_calls = number("trial_calls").unwrap_or(self.trial_calls);
        settings.retry_after_cap = number("retry_after_cap_s").map_or(self.retry_after_cap, |seconds| seconds * 1_000);
        settings.reset = number("reset_timeout_s").map_or(self.reset, |seconds| seconds * 1_000);
        settings
    }

    pub fn document(&self) -> String {
        let mode = if self.mode == Mode::Enforce { "enforce" } else { "observe" };
        let on_storage_error = if self.on_storage_error == OnStorageError::Local { "local" } else { "reject" };
        let rolling = self.rolling.map_or_else(
            || r#"{"enabled": false}"#.to_owned(),
            |rolling| {
                let (window, cooldown) = (seconds(rolling.window), seconds(rolling.cooldown));
                format!(
                    r#"{{"enabled": true, "window_s": {window}, "threshold_failures": {}, "cooldown_s": {cooldown}}}"#,
                    rolling.threshold
                )
            },
        );
        format!(
            r#"{{"defaults": {{"mode": "{mode}", "fail_max": {}, "fail_gap_s": {}, "reset_timeout_s": {}, "success_threshold": {},
            "trial_failures": {}, "trial_calls": {}, "probe_timeout_s": {}, "retry_after_cap_s": {}, "cooldown_jitter": 0, "half_open": {{"jitter_ms": {}}},
            "open_backoff": {{"multiplier": {}, "max_s": {}, "jitter": {}}}, "window": {},
            "sharing": {{"lease_ms": {}, "clock_skew_ms": {}, "on_storage_error": "{on_storage_error}"}}}},
            "advanced": {{"rolling": {rolling}}}}}"#,
            or_null(self.fail_max, |most| most.to_string()),
            or_null(self.fail_gap, seconds),
            seconds(self.reset),
            self.success_threshold,
            self.trial_failures,
            self.trial_calls,
            seconds(self.probe_timeout),
            seconds(self.retry_after_cap),
            self.stagger,
            self.backoff.0,
            seconds(self.backoff.1),
            seconds(self.jitter),
            or_null(self.window, |window| window.document()),
            self.lease,
            self.skew,
        )
    }
}

impl Window {
    fn document(&self) -> String {
        use super::window_oracle::Size;
        let (kind, size) = match self.size {
            Size::Calls(calls) => ("count", calls.to_string()),
            Size::Millis(ms) => ("time", (ms / 1_000).to_string()),
        };
        let per_mille = |rate: usize| seconds(rate as u64);
        format!(
            r#"{{"kind": "{kind}", "size": {size}, "minimum_calls": {}, "failure_rate": {}, "failure_count": {}, "slow_call_rate": {},
            "slow_call_ms": {}}}"#,
            self.minimum_calls,
            or_null(self.failure_rate, per_mille),
            or_null(self.failure_count, |most| most.to_string()),
            or_null(self.slow_call_rate, per_mille),
            self.slow,
        )
    }
}
