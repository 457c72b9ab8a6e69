//! Classification of a report as success, failure or neutral.
//!
//! ```
//! use fuseboard::machine::policy::Classification;
//! use fuseboard::{End, Outcome, Report, StatusRange, classify::classify};
//! let rules = Classification {
//!     failure_statuses: vec![StatusRange { first: 500, last: 599 }],
//!     neutral_statuses: vec![],
//!     failure_exceptions: vec!["*Timeout".into()],
//!     neutral_exceptions: vec![],
//! };
//! let report = Report { status: Some(503), ..Report::new(End::Returned) };
//! assert_eq!(classify(&rules, &report), Outcome::Failure);
//! let report = Report::new(End::Raised(vec!["httpx.ReadTimeout".into()]));
//! assert_eq!(classify(&rules, &report), Outcome::Failure);
//! ```

use crate::machine::policy::Classification;
use crate::permit::{End, Outcome, Report};
use crate::status_range::StatusRange;

const STATUS_MIN: u16 = 100;
const STATUS_MAX: u16 = 999;
const FAILURE_TEXT_CHARS_MAX: usize = 120;

/// Returns the outcome of a report. The first of these that is given decides: the caller's own outcome, a cancellation, a status (even
/// with an exception), an exception. Otherwise the call succeeded.
#[must_use]
pub fn classify(rules: &Classification, report: &Report) -> Outcome {
    match (&report.end, status_of(report)) {
        (End::Counted(outcome), _) => *outcome,
        (End::Cancelled, _) => Outcome::Neutral,
        (_, Some(status)) => classify_status(rules, status),
        (End::Raised(types), None) => classify_exception(rules, types),
        (End::Returned, None) => Outcome::Success,
    }
}

/// Returns the status if it is within HTTP's range. Some clients report 0 when there was no response.
pub(crate) fn status_of(report: &Report) -> Option<u16> {
    report.status.filter(|status| (STATUS_MIN..=STATUS_MAX).contains(status))
}

fn classify_status(rules: &Classification, status: u16) -> Outcome {
    let within = |ranges: &[StatusRange]| ranges.iter().any(|range| (range.first..=range.last).contains(&status));
    if within(&rules.neutral_statuses) {
        Outcome::Neutral
    } else if within(&rules.failure_statuses) {
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

/// Whether a pattern matches a type name, which may be qualified with its module.
fn matches_type(pattern: &str, name: &str) -> bool {
    let last_part = name.rsplit('.').next().unwrap_or(name);
    matches(pattern, name) || (!pattern.contains('.') && matches(pattern, last_part))
}

/// Whether a pattern matches a whole text: `*` matches any text, `?` one character. Backtracks to the last `*` only, so the time is at
/// most proportional to the product of the two lengths.
fn matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // The pattern after the last `*`, and the text where the next attempt to match it starts.
    let mut last_star = None;
    loop {
        let here = text.clone();
        match (pattern.next(), text.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                text = here;
                last_star = Some((pattern.clone(), text.clone()));
            }
            (Some('?'), Some(_)) => {}
            (Some(expected), Some(found)) if expected == found => {}
            _ => {
                let Some((after, from)) = &mut last_star else { return false };
                if from.next().is_none() {
                    return false;
                }
                (pattern, text) = (after.clone(), from.clone());
            }
        }
    }
}

/// Returns the text that status reports show for a failure: its status or its exception type.
#[must_use]
pub fn failure_text(report: &Report) -> String {
    match (status_of(report), &report.end) {
        (Some(status), _) => status.to_string(),
        (None, End::Raised(types)) => match types.first() {
            Some(name) if !name.is_empty() => name.chars().take(FAILURE_TEXT_CHARS_MAX).collect(),
            _ => "failure".to_owned(),
        },
        _ => "failure".to_owned(),
    }
}

/// Returns the maximal ranges of statuses that count as success. Calls that end with one of them may be batched under a lease.
#[must_use]
pub fn success_ranges(rules: &Classification) -> Vec<StatusRange> {
    let mut ranges: Vec<StatusRange> = Vec::new();
    for status in (STATUS_MIN..=STATUS_MAX).filter(|status| classify_status(rules, *status) == Outcome::Success) {
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

    fn range(first: u16, last: u16) -> StatusRange {
        StatusRange { first, last }
    }

    fn rules() -> Classification {
        Classification {
            failure_statuses: vec![range(408, 408), range(500, 504)],
            neutral_statuses: vec![range(401, 404), range(503, 503)],
            failure_exceptions: vec!["*Error".into(), "app.Broken".into()],
            neutral_exceptions: vec!["KeyError".into()],
        }
    }

    fn outcome(status: Option<u16>, end: End) -> Outcome {
        classify(&rules(), &Report { status, ..Report::new(end) })
    }

    fn raised(types: &[&str]) -> End {
        End::Raised(types.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn outcome_of_the_caller_wins() {
        assert_eq!(outcome(Some(500), End::Counted(Outcome::Success)), Outcome::Success);
        assert_eq!(outcome(None, End::Counted(Outcome::Failure)), Outcome::Failure);
    }

    #[test]
    fn cancelled_call_is_neutral_whatever_its_status() {
        assert_eq!(outcome(Some(500), End::Cancelled), Outcome::Neutral);
        assert_eq!(outcome(None, End::Cancelled), Outcome::Neutral);
    }

    #[test]
    fn status_wins_over_exception() {
        assert_eq!(outcome(Some(404), raised(&["requests.HTTPError"])), Outcome::Neutral);
        assert_eq!(outcome(Some(200), raised(&["requests.HTTPError"])), Outcome::Success);
        assert_eq!(outcome(Some(500), raised(&["KeyError"])), Outcome::Failure);
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
        assert!(matches_type("a.*", "a.b.C") && !matches_type("b.*", "a.b.C"));
    }

    #[test]
    fn exception_without_names_is_matched_by_a_star_alone() {
        assert_eq!(outcome(None, raised(&[])), Outcome::Neutral);
        let all = Classification { failure_exceptions: vec!["*".into()], ..rules() };
        assert_eq!(classify(&all, &Report::new(raised(&[]))), Outcome::Failure);
    }

    #[test]
    fn star_matches_any_text_and_question_mark_one_character() {
        for (pattern, text) in
            [("", ""), ("*", ""), ("*", "x.y"), ("a?c", "aéc"), ("*b*d", "abcbd"), ("a**", "a"), ("*.x", "..x"), ("a*a", "aa")]
        {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("?", ""), ("a?c", "ac"), ("*b", "abc"), ("a*a", "a"), ("a", "A"), ("a", "ab"), ("ab", "a")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn pattern_of_many_stars_takes_no_exponential_time() {
        assert!(!matches(&format!("{}b", "*a".repeat(500)), &"a".repeat(2_000)));
    }

    #[test]
    fn failure_text_is_the_status_or_the_type() {
        let text = |status, end| failure_text(&Report { status, ..Report::new(end) });
        assert_eq!(text(Some(503), raised(&["HTTPError"])), "503");
        assert_eq!(text(None, raised(&["app.Broken", "Error"])), "app.Broken");
        assert_eq!(text(None, raised(&["é".repeat(200).as_str()])), "é".repeat(120));
        assert_eq!(text(None, raised(&[])), "failure");
        assert_eq!(text(Some(0), End::Counted(Outcome::Failure)), "failure");
    }

    #[test]
    fn success_ranges_are_exactly_the_statuses_that_succeed() {
        assert_eq!(success_ranges(&rules()), [range(100, 400), range(405, 407), range(409, 428), range(430, 499), range(600, 999)]);
        let unusual = Classification { failure_statuses: vec![range(0, 99), range(900, u16::MAX), range(300, 200)], ..rules() };
        for rules in [rules(), unusual] {
            let ranges = success_ranges(&rules);
            for status in STATUS_MIN..=STATUS_MAX {
                let within = ranges.iter().any(|range| (range.first..=range.last).contains(&status));
                assert_eq!(within, classify_status(&rules, status) == Outcome::Success, "{status}");
            }
        }
    }
}
