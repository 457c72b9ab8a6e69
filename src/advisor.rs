//! Advice on settings from aggregated telemetry. It reads no store and changes nothing.
//!
//! ```
//! use fuseboard::advisor::{Metrics, advise};
//! use fuseboard::{Scope, Sources, config::{Config, Patches}};
//! let (config, _) = Config::read(&Sources::default()).unwrap();
//! let policy = config.policy(&Scope::name("orders-db"), Patches::default());
//! let metrics = Metrics { observed_s: 3_600, calls: 5_000, failures: 40, opened: 3, longest_healed_streak: 4, ..Metrics::default() };
//! let advice = advise(&policy, &metrics);
//! assert_eq!((advice[0].path.as_str(), advice[0].suggested.as_str()), ("fail_max", "6"));
//! ```

use crate::policy::{FAILURES_MAX, Policy, SECONDS_MAX};
use crate::thousandths;
use crate::time::Millis;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// With fewer calls there is no advice.
const CALLS_MIN: u64 = 100;
/// Periods that are judged, in seconds. A shorter one shows chance, and a longer one than a week mixes conditions that have passed.
const OBSERVED_S: RangeInclusive<u32> = 60..=604_800;
/// Lowest `fail_max` that is suggested. A lower one would trip by chance.
const FAIL_MAX_MIN: u32 = 2;
/// The reset timeout is too short if at least one in this many openings is a re-opening.
const OPENINGS_PER_REOPENING: u32 = 2;

/// Telemetry of one target over a period, for all calls of all processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metrics {
    /// Length of the period in seconds: 60 to 604,800. Another period gives no advice.
    pub observed_s: u32,
    /// Calls made. Refused calls do not count.
    pub calls: u64,
    pub failures: u64,
    /// How often the circuit opened.
    pub opened: u32,
    /// How many of these openings were from half-open.
    pub reopened: u32,
    /// Longest streak of failures that ended with a success before the circuit opened.
    pub longest_healed_streak: u32,
    /// Median time from an opening to the next success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_outage_ms: Option<u64>,
    /// Number of `Retry-After` values received.
    pub retry_afters: u32,
    /// Largest of these values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest_retry_after_ms: Option<u64>,
}

/// Suggested change of one setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// Path of the setting in the configuration.
    pub path: String,
    pub current: String,
    /// Suggested value, as a patch writes it.
    pub suggested: String,
    pub why: String,
}

/// Returns at most one suggestion per setting, and none if there were too few calls or the period is not judged.
///
/// A suggested value is valid in a configuration. It differs from the current one by at most half of it or 1, whichever is more.
#[must_use]
pub fn advise(policy: &Policy, metrics: &Metrics) -> Vec<Suggestion> {
    if metrics.calls < CALLS_MIN || !OBSERVED_S.contains(&metrics.observed_s) {
        return Vec::new();
    }
    let mut advice = Vec::new();
    advice.extend(fail_max(policy, metrics));
    advice.extend(reset_timeout(policy, metrics));
    advice.extend(retry_after_cap(policy, metrics));
    advice
}

fn fail_max(policy: &Policy, metrics: &Metrics) -> Option<Suggestion> {
    let current = policy.fail_max?;
    let suggest = |suggested: u32, why: String| {
        let suggested = suggested.clamp(1, FAILURES_MAX);
        (suggested != current).then(|| suggestion("fail_max", current.to_string(), suggested.to_string(), why))
    };
    if metrics.opened > 0 && metrics.longest_healed_streak >= current.saturating_sub(1).max(1) {
        let why = format!(
            "streaks of {} failures healed by themselves, and the circuit opened {} times",
            metrics.longest_healed_streak, metrics.opened
        );
        return suggest(step_toward(current.into(), u64::from(metrics.longest_healed_streak) + 2).try_into().ok()?, why);
    }
    if metrics.opened == 0 && current > FAIL_MAX_MIN && metrics.failures >= metrics.calls.div_ceil(2) {
        let why = format!("{} of {} calls failed, and the circuit never opened", metrics.failures, metrics.calls);
        return suggest(step_toward(current.into(), FAIL_MAX_MIN.into()).try_into().ok()?, why);
    }
    None
}

/// Suggests whole seconds, as people write them.
fn reset_timeout(policy: &Policy, metrics: &Metrics) -> Option<Suggestion> {
    let current = policy.reset_timeout;
    let outage = Millis(metrics.median_outage_ms?);
    if metrics.reopened == 0 || metrics.reopened < metrics.opened / OPENINGS_PER_REOPENING || outage <= current {
        return None;
    }
    let why = format!(
        "{} of {} openings were re-openings: half of the outages last {} s or longer",
        metrics.reopened,
        metrics.opened,
        shown_seconds(outage)
    );
    longer("reset_timeout_s", current, outage, why)
}

fn retry_after_cap(policy: &Policy, metrics: &Metrics) -> Option<Suggestion> {
    let current = policy.retry_after_cap;
    let largest = Millis(metrics.largest_retry_after_ms?);
    // An operator who sets a cap of 0 wants the header ignored.
    if metrics.retry_afters == 0 || current == Millis::ZERO || largest <= current {
        return None;
    }
    let why = format!("the server asked for up to {} s, {} times in all", shown_seconds(largest), metrics.retry_afters);
    longer("retry_after_cap_s", current, largest, why)
}

fn longer(path: &str, current: Millis, goal: Millis, why: String) -> Option<Suggestion> {
    let (now, goal) = (current.0 / 1_000, goal.0.min(SECONDS_MAX.0).div_ceil(1_000));
    let suggested = step_toward(now, goal);
    (suggested > now).then(|| suggestion(path, shown_seconds(current), suggested.to_string(), why))
}

/// Moves the current value toward the goal by at most half of it, or by 1 if that is more.
fn step_toward(current: u64, goal: u64) -> u64 {
    let step = (current / 2).max(1);
    goal.clamp(current.saturating_sub(step), current.saturating_add(step))
}

fn shown_seconds(time: Millis) -> String {
    thousandths::format(time.0)
}

fn suggestion(path: &str, current: String, suggested: String, why: String) -> Suggestion {
    Suggestion { path: path.to_owned(), current, suggested, why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Patches};
    use crate::{Scope, Sources};

    /// Advice for the built-in policy (`fail_max` 5, `reset_timeout_s` 60, `retry_after_cap_s` 900) with a patch.
    #[track_caller]
    fn advice(patch: &str, metrics: Metrics) -> Vec<(String, String)> {
        let (config, _) = Config::read(&Sources::default()).expect("good");
        let patches = Patches { whole: Some(patch), role: None };
        let scope = Scope::name("n");
        let advice = advise(&config.policy(&scope, patches), &Metrics { observed_s: 3_600, calls: metrics.calls.max(1_000), ..metrics });
        for suggestion in &advice {
            let as_patch = format!(r#"{{"{}": {}}}"#, suggestion.path, suggestion.suggested);
            assert_eq!(config.check_patch(&scope, &as_patch), Ok(()));
            assert!(suggestion.current != suggestion.suggested && !suggestion.why.is_empty());
        }
        advice.into_iter().map(|suggestion| (suggestion.path, suggestion.suggested)).collect()
    }

    #[track_caller]
    fn suggests(patch: &str, metrics: Metrics, setting: &str, value: &str) {
        assert_eq!(advice(patch, metrics), [(setting.to_owned(), value.to_owned())]);
    }

    #[test]
    fn too_few_calls_give_no_advice() {
        let (config, _) = Config::read(&Sources::default()).expect("good");
        let metrics = Metrics { observed_s: 3_600, calls: 99, failures: 99, ..Metrics::default() };
        assert_eq!(advise(&config.policy(&Scope::name("n"), Patches::default()), &metrics), []);
    }

    #[test]
    fn only_a_period_of_a_minute_to_a_week_is_judged() {
        let (config, _) = Config::read(&Sources::default()).expect("good");
        let policy = config.policy(&Scope::name("n"), Patches::default());
        for (observed_s, suggestions) in [(59, 0), (60, 1), (604_800, 1), (604_801, 0)] {
            let metrics = Metrics { observed_s, calls: 1_000, failures: 500, ..Metrics::default() };
            assert_eq!(advise(&policy, &metrics).len(), suggestions, "{observed_s} s");
        }
    }

    #[test]
    fn healthy_target_gets_no_advice() {
        assert_eq!(advice("{}", Metrics { failures: 10, longest_healed_streak: 3, ..Metrics::default() }), []);
        let recovered = Metrics {
            opened: 1,
            median_outage_ms: Some(60_000),
            retry_afters: 2,
            largest_retry_after_ms: Some(900_000),
            ..Metrics::default()
        };
        assert_eq!(advice("{}", recovered), []);
    }

    #[test]
    fn healed_streaks_raise_fail_max_by_at_most_half() {
        let metrics = |streak| Metrics { opened: 2, longest_healed_streak: streak, ..Metrics::default() };
        assert_eq!(advice("{}", metrics(3)), []);
        suggests("{}", metrics(4), "fail_max", "6");
        suggests("{}", metrics(400), "fail_max", "7");
        suggests(r#"{"fail_max": 1}"#, metrics(400), "fail_max", "2");
        assert_eq!(advice(r#"{"fail_max": 10000}"#, metrics(20_000)), []);
        assert_eq!(advice(r#"{"fail_max": null}"#, metrics(400)), []);
    }

    #[test]
    fn failures_without_opening_lower_fail_max_by_at_most_half() {
        let metrics = Metrics { failures: 500, ..Metrics::default() };
        suggests("{}", metrics, "fail_max", "3");
        suggests(r#"{"fail_max": 3}"#, metrics, "fail_max", "2");
        assert_eq!(advice(r#"{"fail_max": 2}"#, metrics), []);
        assert_eq!(advice("{}", Metrics { failures: 499, ..metrics }), []);
        assert_eq!(advice("{}", Metrics { opened: 1, ..metrics }), []);
    }

    #[test]
    fn reopenings_raise_reset_timeout_to_the_median_outage() {
        let metrics = |outage| Metrics { opened: 4, reopened: 2, median_outage_ms: Some(outage), ..Metrics::default() };
        suggests("{}", metrics(75_500), "reset_timeout_s", "76");
        suggests("{}", metrics(u64::MAX), "reset_timeout_s", "90");
        suggests(r#"{"reset_timeout_s": 0}"#, metrics(10_000), "reset_timeout_s", "1");
        assert_eq!(advice("{}", Metrics { reopened: 1, ..metrics(75_000) }), []);
        assert_eq!(advice(r#"{"reset_timeout_s": 86400}"#, metrics(u64::MAX)), []);
    }

    #[test]
    fn longer_retry_after_raises_the_cap_unless_it_is_zero() {
        let metrics = |largest| Metrics { retry_afters: 3, largest_retry_after_ms: Some(largest), ..Metrics::default() };
        suggests("{}", metrics(1_000_000), "retry_after_cap_s", "1000");
        suggests("{}", metrics(u64::MAX), "retry_after_cap_s", "1350");
        assert_eq!(advice(r#"{"retry_after_cap_s": 0}"#, metrics(1_000)), []);
        assert_eq!(advice("{}", Metrics { retry_afters: 0, ..metrics(1_000_000) }), []);
    }
}
