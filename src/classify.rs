//! Classification of a report as success, failure or neutral.
//!
//! ```
//! use fuseboard::policy::Classification;
//! use fuseboard::{End, Outcome, Report, StatusRange, classify::classify};
//! let rules = Classification {
//!     failure_statuses: vec![StatusRange { first: 500, last: 599 }],
//!     neutral_statuses: vec![],
//!     failure_exceptions: vec!["*Timeout".into()],
//!     neutral_exceptions: vec![],
//!     cancelled_after: None,
//! };
//! let report = Report { status: Some(503), ..Report::new(End::Returned) };
//! assert_eq!(classify(&rules, &report), Outcome::Failure);
//! let report = Report::new(End::Raised(vec!["httpx.ReadTimeout".into()]));
//! assert_eq!(classify(&rules, &report), Outcome::Failure);
//! ```

use crate::machine::call_outcome::NeutralReason;
use crate::permit::{End, Outcome, Report};
use crate::policy::Classification;
use crate::redact::redact_urls;
use crate::status_range::StatusRange;
use crate::type_pattern::matches_type;

const STATUS_MIN: u16 = 100;
const STATUS_MAX: u16 = 999;
/// From here on, a status that the policy does not list means that the server answered.
const REDIRECT_MIN: u16 = 300;
const NS_PER_MS: u64 = 1_000_000;
const FAILURE_TEXT_CHARS_MAX: usize = 120;

/// Returns the outcome of a report. The first of these that applies decides:
///
/// 1. the caller's own outcome;
/// 2. a status that the policy lists (neutral takes precedence), or an unlisted 429 or 5xx, which is neutral;
/// 3. a cancellation: a failure if it came late and without a status, else neutral;
/// 4. any other status from 300 on: a success, even with an exception. Clients that raise for a 400 report the caller's own mistake;
/// 5. an exception, even with a status below 300: the response broke off;
/// 6. otherwise the call succeeded.
#[must_use]
pub fn classify(rules: &Classification, report: &Report) -> Outcome {
    let status = status_of(report);
    let listed = status.map_or(Outcome::Success, |status| classify_status(rules, status));
    match &report.end {
        End::Counted { outcome, .. } => *outcome,
        _ if listed != Outcome::Success => listed,
        End::Cancelled => classify_cancelled(rules, report),
        End::Raised(types) if status.is_none_or(|status| status < REDIRECT_MIN) => classify_exception(rules, types),
        End::Raised(_) | End::Returned => Outcome::Success,
    }
}

/// Returns why a report is neutral. A policy may count some neutral outcomes. Only meaningful for a neutral report.
pub(crate) fn neutral_reason(rules: &Classification, report: &Report) -> NeutralReason {
    match (&report.end, status_of(report)) {
        (End::Counted { .. }, _) => NeutralReason::Other,
        (_, Some(status)) if StatusRange::any_has(&rules.neutral_statuses, status) => NeutralReason::ListedStatus,
        (End::Cancelled, None) => NeutralReason::CancelledWithoutStatus,
        _ => NeutralReason::Other,
    }
}

fn classify_cancelled(rules: &Classification, report: &Report) -> Outcome {
    let was_late = rules.cancelled_after.is_some_and(|after| report.elapsed_ns.is_some_and(|elapsed| elapsed >= after.as_ns()));
    if was_late && status_of(report).is_none() { Outcome::Failure } else { Outcome::Neutral }
}

/// Returns the status if it is within HTTP's range. Some clients report 0 when there was no response.
pub(crate) fn status_of(report: &Report) -> Option<u16> {
    report.status.filter(|status| (STATUS_MIN..=STATUS_MAX).contains(status))
}

fn classify_status(rules: &Classification, status: u16) -> Outcome {
    if StatusRange::any_has(&rules.neutral_statuses, status) {
        Outcome::Neutral
    } else if StatusRange::any_has(&rules.failure_statuses, status) {
        Outcome::Failure
    } else if status == 429 || (500..=599).contains(&status) {
        // Not listed, but no sign of health: as successes they would close a half-open circuit.
        Outcome::Neutral
    } else {
        Outcome::Success
    }
}

fn classify_exception(rules: &Classification, types: &[String]) -> Outcome {
    let listed = |patterns: &[String]| {
        let matches_any = |name: &str| patterns.iter().any(|pattern| matches_type(pattern, name));
        // `*` matches an exception without a name too.
        if types.is_empty() { matches_any("") } else { types.iter().any(|name| matches_any(name)) }
    };
    if !listed(&rules.neutral_exceptions) && listed(&rules.failure_exceptions) { Outcome::Failure } else { Outcome::Neutral }
}

/// Returns the text that status reports show for a failure: the caller's own name for it, its status, its exception type, or how long
/// it took until the caller cancelled it.
#[must_use]
pub fn failure_text(report: &Report) -> String {
    match (&report.end, status_of(report)) {
        (End::Counted { what: Some(name), .. }, _) => failure_name(name),
        (End::Raised(types), status) if status.is_none_or(|status| status < REDIRECT_MIN) => {
            failure_name(types.first().map_or("", String::as_str))
        }
        (End::Cancelled, None) => format!("cancelled after {} ms", report.elapsed_ns.unwrap_or(0) / NS_PER_MS),
        (_, Some(status)) => status.to_string(),
        (_, None) => failure_name(""),
    }
}

fn failure_name(name: &str) -> String {
    if name.is_empty() { "failure".to_owned() } else { redact_urls(name).chars().take(FAILURE_TEXT_CHARS_MAX).collect() }
}

/// Returns the maximal ranges of the statuses that by themselves have this outcome. Under a lease, a host need not settle each call
/// that ends with a success or a neutral status.
#[must_use]
pub fn status_ranges(rules: &Classification, outcome: Outcome) -> Vec<StatusRange> {
    let mut ranges: Vec<StatusRange> = Vec::new();
    for status in (STATUS_MIN..=STATUS_MAX).filter(|status| classify_status(rules, *status) == outcome) {
        match ranges.last_mut() {
            Some(range) if range.last + 1 == status => range.last = status,
            _ => ranges.push(StatusRange { first: status, last: status }),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Millis;

    fn range(first: u16, last: u16) -> StatusRange {
        StatusRange { first, last }
    }

    fn rules() -> Classification {
        Classification {
            failure_statuses: vec![range(408, 408), range(500, 504)],
            neutral_statuses: vec![range(401, 404), range(503, 503)],
            failure_exceptions: vec!["*Error".into(), "app.Broken".into()],
            neutral_exceptions: vec!["KeyError".into()],
            cancelled_after: Some(Millis(10_000)),
        }
    }

    fn outcome(status: Option<u16>, end: End) -> Outcome {
        classify(&rules(), &Report { status, ..Report::new(end) })
    }

    fn raised(types: &[&str]) -> End {
        End::Raised(types.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn outcome_of_the_caller_takes_precedence() {
        assert_eq!(outcome(Some(500), End::counted(Outcome::Success)), Outcome::Success);
        assert_eq!(outcome(None, End::counted(Outcome::Failure)), Outcome::Failure);
    }

    #[test]
    fn cancelled_call_is_neutral_unless_its_status_is_listed() {
        assert_eq!(outcome(None, End::Cancelled), Outcome::Neutral);
        assert_eq!(outcome(Some(200), End::Cancelled), Outcome::Neutral);
        assert_eq!(outcome(Some(404), End::Cancelled), Outcome::Neutral);
        assert_eq!(outcome(Some(500), End::Cancelled), Outcome::Failure);
    }

    #[test]
    fn call_cancelled_late_and_without_a_status_is_a_failure() {
        let cancelled =
            |status, elapsed_ms: u64| Report { status, elapsed_ns: Some(elapsed_ms * 1_000_000), ..Report::new(End::Cancelled) };
        assert_eq!(classify(&rules(), &cancelled(None, 9_999)), Outcome::Neutral);
        assert_eq!(classify(&rules(), &cancelled(None, 10_000)), Outcome::Failure);
        assert_eq!(classify(&rules(), &cancelled(Some(200), 30_000)), Outcome::Neutral);
        assert_eq!(failure_text(&cancelled(None, 30_000)), "cancelled after 30000 ms");
        let never = Classification { cancelled_after: None, ..rules() };
        assert_eq!(classify(&never, &cancelled(None, 30_000)), Outcome::Neutral);
    }

    #[test]
    fn listed_status_and_status_from_300_take_precedence_over_an_exception() {
        assert_eq!(outcome(Some(404), raised(&["requests.HTTPError"])), Outcome::Neutral);
        assert_eq!(outcome(Some(500), raised(&["KeyError"])), Outcome::Failure);
        assert_eq!(outcome(Some(429), raised(&["requests.HTTPError"])), Outcome::Neutral);
        for status in [300, 304, 400, 418] {
            assert_eq!(outcome(Some(status), raised(&["requests.HTTPError"])), Outcome::Success, "{status}");
        }
    }

    #[test]
    fn exception_takes_precedence_over_a_status_below_300() {
        for status in [100, 200, 206, 299] {
            assert_eq!(outcome(Some(status), raised(&["RemoteProtocolError"])), Outcome::Failure, "{status}");
            assert_eq!(outcome(Some(status), raised(&["KeyError"])), Outcome::Neutral, "{status}");
        }
        let broken = Report { status: Some(200), ..Report::new(raised(&["RemoteProtocolError"])) };
        assert_eq!(failure_text(&broken), "RemoteProtocolError");
    }

    #[test]
    fn invalid_status_is_ignored() {
        assert_eq!(outcome(Some(0), raised(&["IOError"])), Outcome::Failure);
        assert_eq!(outcome(Some(1000), End::Returned), Outcome::Success);
    }

    #[test]
    fn call_without_status_or_exception_succeeded() {
        assert_eq!(outcome(None, End::Returned), Outcome::Success);
    }

    #[test]
    fn status_in_both_lists_is_neutral() {
        assert_eq!(outcome(Some(408), End::Returned), Outcome::Failure);
        assert_eq!(outcome(Some(401), End::Returned), Outcome::Neutral);
        assert_eq!(outcome(Some(503), End::Returned), Outcome::Neutral);
    }

    #[test]
    fn unlisted_429_and_5xx_are_neutral_and_other_statuses_succeed() {
        for status in [429, 505, 599] {
            assert_eq!(outcome(Some(status), End::Returned), Outcome::Neutral, "{status}");
        }
        for status in [100, 200, 304, 400, 418, 600, 999] {
            assert_eq!(outcome(Some(status), End::Returned), Outcome::Success, "{status}");
        }
    }

    #[test]
    fn exception_is_matched_by_its_name_and_its_bases() {
        assert_eq!(outcome(None, raised(&["OSError"])), Outcome::Failure);
        assert_eq!(outcome(None, raised(&["app.Timeout", "builtins.OSError"])), Outcome::Failure);
        assert_eq!(outcome(None, raised(&["app.Missing", "builtins.KeyError", "builtins.Error"])), Outcome::Neutral);
        assert_eq!(outcome(None, raised(&["StopIteration"])), Outcome::Neutral);
    }

    #[test]
    fn pattern_without_a_dot_matches_the_unqualified_name() {
        assert_eq!(outcome(None, raised(&["app.Broken"])), Outcome::Failure);
        assert_eq!(outcome(None, raised(&["other.app.Broken"])), Outcome::Neutral);
        assert_eq!(outcome(None, raised(&["Broken"])), Outcome::Neutral);
    }

    #[test]
    fn exception_without_names_is_matched_by_a_star_alone() {
        assert_eq!(outcome(None, raised(&[])), Outcome::Neutral);
        let all = Classification { failure_exceptions: vec!["*".into()], ..rules() };
        assert_eq!(classify(&all, &Report::new(raised(&[]))), Outcome::Failure);
    }

    #[test]
    fn failure_text_is_the_status_or_the_type() {
        let text = |status, end| failure_text(&Report { status, ..Report::new(end) });
        assert_eq!(text(Some(503), raised(&["HTTPError"])), "503");
        assert_eq!(text(None, raised(&["app.Broken", "Error"])), "app.Broken");
        assert_eq!(text(None, raised(&["é".repeat(200).as_str()])), "é".repeat(120));
        assert_eq!(text(None, raised(&[])), "failure");
        assert_eq!(text(Some(0), End::counted(Outcome::Failure)), "failure");
        assert_eq!(text(Some(500), End::counted(Outcome::Failure)), "500");
        let named = |what: &str| End::Counted { outcome: Outcome::Failure, what: Some(what.to_owned()) };
        assert_eq!(text(Some(500), named("quota used up")), "quota used up");
        assert_eq!(text(None, named("")), "failure");
    }

    #[test]
    fn status_ranges_are_exactly_the_statuses_with_the_outcome() {
        let succeed = [range(100, 400), range(405, 407), range(409, 428), range(430, 499), range(600, 999)];
        assert_eq!(status_ranges(&rules(), Outcome::Success), succeed);
        assert_eq!(status_ranges(&rules(), Outcome::Neutral), [range(401, 404), range(429, 429), range(503, 503), range(505, 599)]);
        let unusual = Classification { failure_statuses: vec![range(0, 99), range(900, u16::MAX), range(300, 200)], ..rules() };
        for (rules, outcome) in [rules(), unusual].iter().flat_map(|rules| [(rules, Outcome::Success), (rules, Outcome::Neutral)]) {
            let ranges = status_ranges(rules, outcome);
            for status in STATUS_MIN..=STATUS_MAX {
                assert_eq!(StatusRange::any_has(&ranges, status), classify_status(rules, status) == outcome, "{status}");
            }
        }
    }
}
