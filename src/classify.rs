//! What a report counts as: success, failure, or neither.
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

/// The caller's own verdict wins; then a cancellation; then a status, even beside an exception; then the exception.
#[must_use]
pub fn classify(rules: &Classification, report: &Report) -> Outcome {
    match (&report.end, status_of(report)) {
        (End::Counted(outcome), _) => *outcome,
        (End::Cancelled, _) => Outcome::Neutral,
        (_, Some(status)) => of_status(rules, status),
        (End::Raised(types), None) => of_exception(rules, types),
        (End::Returned, None) => Outcome::Success,
    }
}

/// A number outside of HTTP's says nothing: some clients report 0 where there was no answer.
pub(crate) fn status_of(report: &Report) -> Option<u16> {
    report.status.filter(|status| (STATUS_MIN..=STATUS_MAX).contains(status))
}

fn of_status(rules: &Classification, status: u16) -> Outcome {
    let within = |ranges: &[StatusRange]| ranges.iter().any(|range| (range.first..=range.last).contains(&status));
    if within(&rules.neutral_statuses) {
        Outcome::Neutral
    } else if within(&rules.failure_statuses) {
        Outcome::Failure
    } else if status == 429 || (500..=599).contains(&status) {
        // Unlisted, but no sign of health: as successes they would heal a circuit.
        Outcome::Neutral
    } else {
        Outcome::Success
    }
}

fn of_exception(rules: &Classification, types: &[String]) -> Outcome {
    let listed = |patterns: &[String]| {
        let any_of = |name: &str| patterns.iter().any(|pattern| names_type(pattern, name));
        // An exception without a name can still be meant by `*`.
        if types.is_empty() { any_of("") } else { types.iter().any(|name| any_of(name)) }
    };
    if !listed(&rules.neutral_exceptions) && listed(&rules.failure_exceptions) { Outcome::Failure } else { Outcome::Neutral }
}

/// Whether a pattern means a type, whose name may be qualified by its module.
fn names_type(pattern: &str, name: &str) -> bool {
    let last_part = name.rsplit('.').next().unwrap_or(name);
    matches(pattern, name) || (!pattern.contains('.') && matches(pattern, last_part))
}

/// `*` stands for any text, `?` for one character. Only the last `*` is ever tried again, so the time is at most the
/// product of the two lengths.
fn matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // What follows the last `*`, and the text from which on it may follow.
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

/// What a failure is called where the last one is told.
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

/// The longest ranges of statuses that count as success: what a host may batch under a lease.
#[must_use]
pub fn success_ranges(rules: &Classification) -> Vec<StatusRange> {
    let mut ranges: Vec<StatusRange> = Vec::new();
    for status in (STATUS_MIN..=STATUS_MAX).filter(|status| of_status(rules, *status) == Outcome::Success) {
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

    fn of(status: Option<u16>, end: End) -> Outcome {
        classify(&rules(), &Report { status, ..Report::new(end) })
    }

    fn raised(types: &[&str]) -> End {
        End::Raised(types.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_callers_verdict_wins_over_everything() {
        assert_eq!(of(Some(500), End::Counted(Outcome::Success)), Outcome::Success);
        assert_eq!(of(None, End::Counted(Outcome::Failure)), Outcome::Failure);
    }

    #[test]
    fn a_cancelled_call_is_neutral_whatever_its_status() {
        assert_eq!(of(Some(500), End::Cancelled), Outcome::Neutral);
        assert_eq!(of(None, End::Cancelled), Outcome::Neutral);
    }

    #[test]
    fn a_status_decides_even_beside_an_exception() {
        assert_eq!(of(Some(404), raised(&["requests.HTTPError"])), Outcome::Neutral);
        assert_eq!(of(Some(200), raised(&["requests.HTTPError"])), Outcome::Success);
        assert_eq!(of(Some(500), raised(&["KeyError"])), Outcome::Failure);
    }

    #[test]
    fn a_number_that_is_no_status_does_not_hide_the_exception() {
        assert_eq!(of(Some(0), raised(&["IOError"])), Outcome::Failure);
        assert_eq!(of(Some(1000), End::Returned), Outcome::Success);
    }

    #[test]
    fn without_status_or_exception_it_is_a_success() {
        assert_eq!(of(None, End::Returned), Outcome::Success);
    }

    #[test]
    fn statuses_follow_the_lists_and_neutral_wins() {
        assert_eq!(of(Some(408), End::Returned), Outcome::Failure);
        assert_eq!(of(Some(401), End::Returned), Outcome::Neutral);
        assert_eq!(of(Some(503), End::Returned), Outcome::Neutral);
    }

    #[test]
    fn unlisted_429_and_5xx_do_not_heal_and_all_else_is_success() {
        for status in [429, 505, 599] {
            assert_eq!(of(Some(status), End::Returned), Outcome::Neutral, "{status}");
        }
        for status in [100, 200, 304, 400, 418, 600, 999] {
            assert_eq!(of(Some(status), End::Returned), Outcome::Success, "{status}");
        }
    }

    #[test]
    fn an_exception_follows_its_own_name_and_its_bases() {
        assert_eq!(of(None, raised(&["OSError"])), Outcome::Failure);
        assert_eq!(of(None, raised(&["app.Timeout", "builtins.OSError"])), Outcome::Failure);
        assert_eq!(of(None, raised(&["app.Missing", "builtins.KeyError", "builtins.Error"])), Outcome::Neutral);
        assert_eq!(of(None, raised(&["StopIteration"])), Outcome::Neutral);
    }

    #[test]
    fn only_a_pattern_without_a_dot_matches_the_last_part_of_a_name() {
        assert_eq!(of(None, raised(&["app.Broken"])), Outcome::Failure);
        assert_eq!(of(None, raised(&["other.app.Broken"])), Outcome::Neutral);
        assert_eq!(of(None, raised(&["Broken"])), Outcome::Neutral);
        assert!(names_type("a.*", "a.b.C") && !names_type("b.*", "a.b.C"));
    }

    #[test]
    fn an_exception_without_names_is_meant_by_a_star_alone() {
        assert_eq!(of(None, raised(&[])), Outcome::Neutral);
        let all = Classification { failure_exceptions: vec!["*".into()], ..rules() };
        assert_eq!(classify(&all, &Report::new(raised(&[]))), Outcome::Failure);
    }

    #[test]
    fn stars_and_question_marks_match() {
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
    fn a_hostile_pattern_takes_no_exponential_time() {
        assert!(!matches(&format!("{}b", "*a".repeat(500)), &"a".repeat(2_000)));
    }

    #[test]
    fn a_failure_is_called_by_its_status_or_its_type() {
        let text = |status, end| failure_text(&Report { status, ..Report::new(end) });
        assert_eq!(text(Some(503), raised(&["HTTPError"])), "503");
        assert_eq!(text(None, raised(&["app.Broken", "Error"])), "app.Broken");
        assert_eq!(text(None, raised(&["é".repeat(200).as_str()])), "é".repeat(120));
        assert_eq!(text(None, raised(&[])), "failure");
        assert_eq!(text(Some(0), End::Counted(Outcome::Failure)), "failure");
    }

    #[test]
    fn the_success_ranges_are_exactly_the_statuses_that_succeed() {
        assert_eq!(success_ranges(&rules()), [range(100, 400), range(405, 407), range(409, 428), range(430, 499), range(600, 999)]);
        let odd = Classification { failure_statuses: vec![range(0, 99), range(900, u16::MAX), range(300, 200)], ..rules() };
        for rules in [rules(), odd] {
            let ranges = success_ranges(&rules);
            for status in STATUS_MIN..=STATUS_MAX {
                let within = ranges.iter().any(|range| (range.first..=range.last).contains(&status));
                assert_eq!(within, of_status(&rules, status) == Outcome::Success, "{status}");
            }
        }
    }
}
