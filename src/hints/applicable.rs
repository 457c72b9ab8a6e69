//! For which reports hints, and the caller's own wait, apply.

use crate::classify::status_of;
use crate::permit::{End, Outcome, Report};

/// From here on, a status says that the server did not carry out the request.
const ERROR_MIN: u16 = 400;

/// Whether a report with this outcome may set a cooldown, or may have an ignored hint that must be reported. If not, a host may batch
/// the call under a lease.
///
/// ```
/// use fuseboard::hints::may_set_a_wait;
/// use fuseboard::{End, Hint, Outcome, Report};
/// let report = Report { status: Some(200), hints: vec![Hint::new("retry-after", "5")], ..Report::new(End::Returned) };
/// assert!(!may_set_a_wait(&report, Outcome::Success));
/// let report = Report { status: Some(404), ..report };
/// assert!(may_set_a_wait(&report, Outcome::Success));
/// ```
#[must_use]
pub fn may_set_a_wait(report: &Report, outcome: Outcome) -> bool {
    let own_wait = || own_wait_applies(report, outcome) || is_error(report);
    !report.hints.is_empty() && hints_apply(report, outcome) || report.retry_after_ms.is_some() && own_wait()
}

/// Hints apply to a call with a status from 400 up, to a failure, and to a call without a status that did not succeed.
pub(super) fn hints_apply(report: &Report, outcome: Outcome) -> bool {
    match (outcome, status_of(report)) {
        (Outcome::Failure, _) | (Outcome::Neutral, None) => true,
        (Outcome::Success, None) => false,
        (Outcome::Success | Outcome::Neutral, Some(_)) => is_error(report),
    }
}

/// The caller's own wait always applies, except to a call that the caller counted as a success, and to one with a status below 400
/// that is not a failure.
pub(super) fn own_wait_applies(report: &Report, outcome: Outcome) -> bool {
    match (&report.end, status_of(report)) {
        (End::Counted { outcome: Outcome::Success, .. }, _) => false,
        (_, Some(_)) => outcome == Outcome::Failure || is_error(report),
        (_, None) => true,
    }
}

pub(super) fn is_error(report: &Report) -> bool {
    status_of(report).is_some_and(|status| status >= ERROR_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(end: End, status: Option<u16>) -> Report {
        Report { status, ..Report::new(end) }
    }

    #[test]
    fn hints_apply_to_errors_failures_and_ends_without_a_status() {
        for (end, status, outcome, applies) in [
            (End::Returned, Some(200), Outcome::Success, false),
            (End::Returned, Some(301), Outcome::Success, false),
            (End::Returned, Some(399), Outcome::Success, false),
            (End::Returned, Some(400), Outcome::Success, true),
            (End::Returned, Some(404), Outcome::Neutral, true),
            (End::counted(Outcome::Success), Some(503), Outcome::Success, true),
            (End::Raised(vec![]), Some(200), Outcome::Failure, true),
            (End::Cancelled, Some(200), Outcome::Neutral, false),
            (End::Cancelled, None, Outcome::Neutral, true),
            (End::Returned, None, Outcome::Success, false),
            // A number that is no status counts as none.
            (End::Returned, Some(0), Outcome::Success, false),
        ] {
            let report = report(end, status);
            assert_eq!(hints_apply(&report, outcome), applies, "{report:?}");
        }
    }

    #[test]
    fn own_wait_applies_unless_the_call_succeeded() {
        for (end, status, outcome, applies) in [
            (End::Returned, None, Outcome::Success, true),
            (End::counted(Outcome::Success), None, Outcome::Success, false),
            (End::counted(Outcome::Success), Some(503), Outcome::Success, false),
            (End::counted(Outcome::Neutral), Some(200), Outcome::Neutral, false),
            (End::counted(Outcome::Failure), Some(200), Outcome::Failure, true),
            (End::Returned, Some(200), Outcome::Success, false),
            (End::Returned, Some(404), Outcome::Success, true),
            (End::Cancelled, None, Outcome::Neutral, true),
        ] {
            let report = report(end, status);
            assert_eq!(own_wait_applies(&report, outcome), applies, "{report:?}");
        }
    }
}
