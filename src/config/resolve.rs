//! Resolves the layers of a circuit to one value per setting, and these values to a policy.

use super::layer::Layer;
use super::settings::{Key, SETTINGS};
use super::value::{SourcedValue, Value, format_value};
use crate::classify::status_ranges;
use crate::permit::Outcome;
use crate::policy::{
    Backoff, Classification, LeasePolicy, Mode, NeutralProbe, OnStorageError, PerMille, Policy, Rolling, Sharing, WINDOW_CALLS_MAX,
    WindowPolicy, WindowShape,
};
use crate::status_range::StatusRange;
use crate::time::Millis;
use crate::vec_map::VecMap;

/// The effective value of every setting.
pub(super) struct ResolvedSettings<'a> {
    values: VecMap<Key, &'a SourcedValue>,
}

impl<'a> ResolvedSettings<'a> {
    /// Resolves layers in rising precedence. A setting that is in none of them has its built-in value.
    pub(super) fn new(layers: impl IntoIterator<Item = &'a Layer>, built_in: &'a Layer) -> ResolvedSettings<'a> {
        let mut values: VecMap<Key, &'a SourcedValue> = VecMap::default();
        for layer in layers {
            if layer.replaces_window() {
                values.retain(|key| !key.is_of_window());
            }
            for (key, value) in layer.iter() {
                values.insert(key, value);
            }
        }
        for (key, value) in built_in.iter() {
            if !values.contains_key(&key) {
                values.insert(key, value);
            }
        }
        let mut resolved = ResolvedSettings { values };
        resolved.raise_backoff_max();
        resolved
    }

    /// Raises `open_backoff.max_s` to the reset timeout, with its origin.
    fn raise_backoff_max(&mut self) {
        if self.number(Key::BackoffMax) < self.number(Key::ResetTimeout)
            && let Some(reset) = self.get(Key::ResetTimeout)
        {
            self.values.insert(Key::BackoffMax, reset);
        }
    }

    pub(super) fn get(&self, key: Key) -> Option<&'a SourcedValue> {
        self.values.get(&key).copied()
    }

    fn value(&self, key: Key) -> Option<&'a Value> {
        self.get(key).map(|sourced| &sourced.value)
    }

    /// Returns a number, or `None` if the setting is off.
    fn optional(&self, key: Key) -> Option<u64> {
        match self.value(key) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn number(&self, key: Key) -> u64 {
        self.optional(key).unwrap_or(0)
    }

    fn count(&self, key: Key) -> u32 {
        narrow(self.number(key))
    }

    pub(super) fn millis(&self, key: Key) -> Millis {
        Millis(self.number(key))
    }

    fn share(&self, key: Key) -> u16 {
        u16::try_from(self.number(key)).unwrap_or(u16::MAX)
    }

    fn rate(&self, key: Key) -> Option<PerMille> {
        self.optional(key).map(|_| PerMille(self.share(key)))
    }

    fn is(&self, key: Key, word: &str) -> bool {
        matches!(self.value(key), Some(Value::Choice(choice)) if *choice == word)
    }

    fn is_on(&self, key: Key) -> bool {
        self.value(key) == Some(&Value::Bool(true))
    }

    pub(super) fn statuses(&self, key: Key) -> &'a [StatusRange] {
        match self.value(key) {
            Some(Value::Statuses(ranges)) => ranges,
            _ => &[],
        }
    }

    fn patterns(&self, key: Key) -> Vec<String> {
        match self.value(key) {
            Some(Value::Patterns(patterns)) => patterns.clone(),
            _ => Vec::new(),
        }
    }

    /// Returns a conflict between settings of the window, with the setting to change.
    pub(super) fn window_conflict(&self) -> Option<(Key, String)> {
        if !self.is_on(Key::Window) || !self.is(Key::WindowKind, "count") {
            return None;
        }
        let (size, minimum) = (self.number(Key::WindowSize), self.number(Key::MinimumCalls));
        if size > u64::from(WINDOW_CALLS_MAX) {
            return Some((Key::WindowSize, format!("must be at most {WINDOW_CALLS_MAX} if the window counts calls, is {size}")));
        }
        let message = || format!("must be at most {size}, which is the size of the window in calls, is {minimum}");
        (minimum > size).then(|| (Key::MinimumCalls, message()))
    }

    pub(super) fn policy(&self, retry_after_cap_max: Millis, rolling: Option<Rolling>) -> Policy {
        let classify = self.classification();
        Policy {
            mode: if self.is(Key::Mode, "observe") { Mode::Observe } else { Mode::Enforce },
            fail_max: self.optional(Key::FailMax).map(narrow),
            fail_gap: self.optional(Key::FailGap).map(Millis),
            reset_timeout: self.millis(Key::ResetTimeout),
            success_threshold: self.count(Key::SuccessThreshold),
            trial_failures: self.count(Key::TrialFailures),
            trial_calls: self.count(Key::TrialCalls),
            probe_timeout: self.millis(Key::ProbeTimeout),
            retry_after_cap: self.millis(Key::RetryAfterCap),
            retry_after_cap_max,
            cooldown_jitter: self.share(Key::CooldownJitter),
            backoff: Backoff {
                multiplier: self.count(Key::BackoffMultiplier),
                max: self.millis(Key::BackoffMax),
                jitter: self.share(Key::BackoffJitter),
            },
            window: self.window(),
            neutral_probe: if self.is(Key::NeutralProbe, "success") { NeutralProbe::Success } else { NeutralProbe::Ignore },
            stagger: self.millis(Key::Stagger),
            lease: self.lease(&classify),
            classify,
            rolling,
            rolling_cooldown_max: self.millis(Key::RollingCooldown),
            clock_skew: self.millis(Key::ClockSkew),
        }
    }

    fn lease(&self, classify: &Classification) -> LeasePolicy {
        LeasePolicy {
            lasts: self.millis(Key::Lease),
            calls: self.count(Key::LeaseCalls),
            success_statuses: status_ranges(classify, Outcome::Success),
            neutral_statuses: status_ranges(classify, Outcome::Neutral),
        }
    }

    fn window(&self) -> Option<WindowPolicy> {
        let counts = self.is(Key::WindowKind, "count");
        let size = self.number(Key::WindowSize);
        self.is_on(Key::Window).then(|| WindowPolicy {
            shape: if counts { WindowShape::Count(narrow(size)) } else { WindowShape::Time(Millis::from_secs(size)) },
            minimum_calls: self.count(Key::MinimumCalls),
            failure_rate: self.rate(Key::FailureRate),
            failure_count: self.optional(Key::FailureCount).map(narrow),
            slow_call_rate: self.rate(Key::SlowCallRate),
            slow_call: self.millis(Key::SlowCall),
        })
    }

    fn classification(&self) -> Classification {
        Classification {
            failure_statuses: self.statuses(Key::FailureStatuses).to_vec(),
            neutral_statuses: self.statuses(Key::NeutralStatuses).to_vec(),
            failure_exceptions: self.patterns(Key::FailureExceptions),
            neutral_exceptions: self.patterns(Key::NeutralExceptions),
            cancelled_after: self.optional(Key::CancelledAfter).map(Millis),
        }
    }

    pub(super) fn sharing(&self) -> Sharing {
        let reject = self.is(Key::OnStorageError, "reject");
        Sharing {
            clock_skew: self.millis(Key::ClockSkew),
            storage_budget: self.millis(Key::StorageBudget),
            on_storage_error: if reject { OnStorageError::Reject } else { OnStorageError::Local },
        }
    }

    pub(super) fn rolling(&self) -> Option<Rolling> {
        self.is_on(Key::RollingEnabled).then(|| Rolling {
            window: self.millis(Key::RollingWindow),
            threshold: self.count(Key::RollingThreshold),
            cooldown: self.millis(Key::RollingCooldown),
        })
    }

    /// Returns every value with its path and origin. If the window is off, its other settings are left out.
    pub(super) fn settings(&self) -> Vec<crate::Setting> {
        let applies = |key: Key| key == Key::Window || !key.is_of_window() || self.is_on(Key::Window);
        let setting = |row: &super::settings::Row| {
            let sourced = self.get(row.key)?;
            Some(crate::Setting {
                path: row.path.to_owned(),
                value: format_value(row.value_type, &sourced.value),
                origin: sourced.origin.to_string(),
            })
        };
        SETTINGS.iter().filter(|row| applies(row.key)).filter_map(setting).collect()
    }
}

/// Narrows a number whose bounds fit into 32 bits.
fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
