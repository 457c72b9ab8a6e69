//! Bounded tuning advice from aggregated telemetry. It looks at no store and changes nothing.
//!
//! ```
//! use fuseboard::advisor::{Metrics, advise};
//! use fuseboard::{Scope, Sources, config::{Config, Patches}};
//! let (config, _) = Config::read(&Sources::default()).unwrap();
//! let policy = config.policy(&Scope::name("orders-db"), Patches::default());
//! let seen = Metrics { calls: 5_000, failures: 40, opened: 3, longest_healed_streak: 4, ..Metrics::default() };
//! let advice = advise(&policy, &seen);
//! assert_eq!((advice[0].path.as_str(), advice[0].suggested.as_str()), ("fail_max", "6"));
//! ```

use crate::machine::policy::{FAILURES_MAX, Policy, SECONDS_MAX};
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// Less says nothing.
const CALLS_MIN: u64 = 100;
/// A lower `fail_max` than this would trip on chance.
const FAIL_MAX_MIN: u32 = 2;
/// From one re-opening in so many openings on, the wait was too short.
const REOPENED_SHARE: u32 = 2;

/// What was seen of one target over a stretch of time, all calls of all processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metrics {
    pub observed_s: u32,
    /// Calls made, refusals not among them.
    pub calls: u64,
    pub failures: u64,
    pub opened: u32,
    /// How many of these were re-openings from half-open.
    pub reopened: u32,
    /// The longest run of failures after which a success came without any opening.
    pub longest_healed_streak: u32,
    /// From an opening to the next success: the median.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_outage_ms: Option<u64>,
    /// `Retry-After` values received, and the largest.
    pub retry_afters: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest_retry_after_ms: Option<u64>,
}

/// One setting that could be better, with the value to put in a patch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    pub path: String,
    pub current: String,
    pub suggested: String,
    pub why: String,
}

/// At most one suggestion a setting, none where there is too little to judge by. Every value lies within the configuration's
/// ranges and moves by at most half of the current one, and at least 1.
#[must_use]
pub fn advise(policy: &Policy, seen: &Metrics) -> Vec<Suggestion> {
    if seen.calls < CALLS_MIN {
        return Vec::new();
    }
    let mut advice = Vec::new();
    advice.extend(fail_max(policy, seen));
    advice.extend(reset_timeout(policy, seen));
    advice.extend(retry_after_cap(policy, seen));
    advice
}

fn fail_max(policy: &Policy, seen: &Metrics) -> Option<Suggestion> {
    let current = policy.fail_max?;
    let suggest = |suggested: u32, why: String| {
        let suggested = suggested.clamp(1, FAILURES_MAX);
        (suggested != current).then(|| suggestion("fail_max", current.to_string(), suggested.to_string(), why))
    };
    if seen.opened > 0 && seen.longest_healed_streak >= current.saturating_sub(1).max(1) {
        let why = format!(
            "streaks of {} failures healed by themselves, and the circuit opened {} times",
            seen.longest_healed_streak, seen.opened
        );
        return suggest(toward(current.into(), u64::from(seen.longest_healed_streak) + 2).try_into().ok()?, why);
    }
    if seen.opened == 0 && current > FAIL_MAX_MIN && seen.failures >= seen.calls.div_ceil(2) {
        let why = format!("{} of {} calls failed, and the circuit never opened", seen.failures, seen.calls);
        return suggest(toward(current.into(), FAIL_MAX_MIN.into()).try_into().ok()?, why);
    }
    None
}

/// Whole seconds, since nobody patches milliseconds.
fn reset_timeout(policy: &Policy, seen: &Metrics) -> Option<Suggestion> {
    let current = policy.reset_timeout;
    let outage = Millis(seen.median_outage_ms?);
    if seen.reopened == 0 || seen.reopened < seen.opened / REOPENED_SHARE || outage <= current {
        return None;
    }
    let why =
        format!("{} of {} openings were re-openings: half of the outages last {} s or longer", seen.reopened, seen.opened, seconds(outage));
    longer("reset_timeout_s", current, outage, why)
}

fn retry_after_cap(policy: &Policy, seen: &Metrics) -> Option<Suggestion> {
    let current = policy.retry_after_cap;
    let largest = Millis(seen.largest_retry_after_ms?);
    // A cap of 0 is a decision to ignore the header.
    if seen.retry_afters == 0 || current == Millis::ZERO || largest <= current {
        return None;
    }
    let why = format!("the server asked for up to {} s, {} times in all", seconds(largest), seen.retry_afters);
    longer("retry_after_cap_s", current, largest, why)
}

fn longer(path: &str, current: Millis, goal: Millis, why: String) -> Option<Suggestion> {
    let (now, goal) = (current.0 / 1_000, goal.0.min(SECONDS_MAX.0).div_ceil(1_000));
    let suggested = toward(now, goal);
    (suggested > now).then(|| suggestion(path, seconds(current), suggested.to_string(), why))
}

/// As near to the goal as half of the current value, and at least 1, reaches.
fn toward(current: u64, goal: u64) -> u64 {
    let step = (current / 2).max(1);
    goal.clamp(current.saturating_sub(step), current.saturating_add(step))
}

fn seconds(time: Millis) -> String {
    crate::config::shown_seconds(time)
}

fn suggestion(path: &str, current: String, suggested: String, why: String) -> Suggestion {
    Suggestion { path: path.to_owned(), current, suggested, why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Patches};
    use crate::{Scope, Sources};

    /// `fail_max` 5, `reset_timeout_s` 60, `retry_after_cap_s` 900, changed by a patch.
    #[track_caller]
    fn advice(patch: &str, seen: Metrics) -> Vec<(String, String)> {
        let (config, _) = Config::read(&Sources::default()).expect("good");
        let live = Patches { whole: Some(patch), role: None };
        let scope = Scope::name("n");
        let advice = advise(&config.policy(&scope, live), &Metrics { calls: seen.calls.max(1_000), ..seen });
        for found in &advice {
            let as_patch = format!(r#"{{"{}": {}}}"#, found.path, found.suggested);
            assert_eq!(config.check_patch(&scope, &as_patch), Ok(()));
            assert!(found.current != found.suggested && !found.why.is_empty());
        }
        advice.into_iter().map(|found| (found.path, found.suggested)).collect()
    }

    #[track_caller]
    fn suggests(patch: &str, seen: Metrics, setting: &str, value: &str) {
        assert_eq!(advice(patch, seen), [(setting.to_owned(), value.to_owned())]);
    }

    #[test]
    fn too_few_calls_say_nothing() {
        let (config, _) = Config::read(&Sources::default()).expect("good");
        let seen = Metrics { calls: 99, failures: 99, ..Metrics::default() };
        assert_eq!(advise(&config.policy(&Scope::name("n"), Patches::default()), &seen), []);
    }

    #[test]
    fn a_healthy_target_needs_no_advice() {
        assert_eq!(advice("{}", Metrics { failures: 10, longest_healed_streak: 3, ..Metrics::default() }), []);
        let served = Metrics {
            opened: 1,
            median_outage_ms: Some(60_000),
            retry_afters: 2,
            largest_retry_after_ms: Some(900_000),
            ..Metrics::default()
        };
        assert_eq!(advice("{}", served), []);
    }

    #[test]
    fn streaks_that_heal_raise_fail_max_by_at_most_half() {
        let seen = |streak| Metrics { opened: 2, longest_healed_streak: streak, ..Metrics::default() };
        assert_eq!(advice("{}", seen(3)), []);
        suggests("{}", seen(4), "fail_max", "6");
        suggests("{}", seen(400), "fail_max", "7");
        suggests(r#"{"fail_max": 1}"#, seen(400), "fail_max", "2");
        assert_eq!(advice(r#"{"fail_max": 10000}"#, seen(20_000)), []);
        assert_eq!(advice(r#"{"fail_max": null}"#, seen(400)), []);
    }

    #[test]
    fn failures_that_never_trip_lower_fail_max_by_at_most_half() {
        let seen = Metrics { failures: 500, ..Metrics::default() };
        suggests("{}", seen, "fail_max", "3");
        suggests(r#"{"fail_max": 3}"#, seen, "fail_max", "2");
        assert_eq!(advice(r#"{"fail_max": 2}"#, seen), []);
        assert_eq!(advice("{}", Metrics { failures: 499, ..seen }), []);
        assert_eq!(advice("{}", Metrics { opened: 1, ..seen }), []);
    }

    #[test]
    fn reopenings_move_the_reset_timeout_toward_the_median_outage() {
        let seen = |outage| Metrics { opened: 4, reopened: 2, median_outage_ms: Some(outage), ..Metrics::default() };
        suggests("{}", seen(75_500), "reset_timeout_s", "76");
        suggests("{}", seen(u64::MAX), "reset_timeout_s", "90");
        suggests(r#"{"reset_timeout_s": 0}"#, seen(10_000), "reset_timeout_s", "1");
        assert_eq!(advice("{}", Metrics { reopened: 1, ..seen(75_000) }), []);
        assert_eq!(advice(r#"{"reset_timeout_s": 86400}"#, seen(u64::MAX)), []);
    }

    #[test]
    fn a_server_that_asks_for_more_raises_the_cap_unless_it_is_ignored() {
        let seen = |largest| Metrics { retry_afters: 3, largest_retry_after_ms: Some(largest), ..Metrics::default() };
        suggests("{}", seen(1_000_000), "retry_after_cap_s", "1000");
        suggests("{}", seen(u64::MAX), "retry_after_cap_s", "1350");
        assert_eq!(advice(r#"{"retry_after_cap_s": 0}"#, seen(1_000)), []);
        assert_eq!(advice("{}", Metrics { retry_afters: 0, ..seen(1_000_000) }), []);
    }
}
