//! The wait that a report asks for: the first readable one, in order of precedence.

use super::applicable::{hints_apply, is_error, own_wait_applies};
use super::headers::{DATE, RESETS, Scale, WAITS, values};
use super::ignored::{Ignored, IgnoredHints, ValueProblem};
use super::limits::{HINT_NAME_BYTES_MAX, HINT_VALUE_BYTES_MAX, HINTS_MAX};
use super::list::longest_wait;
use super::rate_limit::{Quota, quota};
use super::{date, headers};
use crate::classify::status_of;
use crate::permit::{Hint, Outcome, Report};
use crate::time::{Millis, Wall};

/// The wait that a report asks for, and what was ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestedWait {
    /// Not capped.
    pub(crate) wait: Option<Millis>,
    /// What must be reported as ignored.
    pub(crate) ignored: IgnoredHints,
}

/// Returns the wait that a report with this outcome asks for. The caller's own wait takes precedence over the hints.
pub(crate) fn requested_wait(report: &Report, outcome: Outcome, now: Wall) -> RequestedWait {
    let mut ignored = IgnoredHints::default();
    match report.retry_after_ms {
        Some(ms) if own_wait_applies(report, outcome) => return RequestedWait { wait: Some(Millis(ms)), ignored },
        Some(_) if is_error(report) => ignored.push(Ignored::OwnWait),
        _ => {}
    }
    let apply = hints_apply(report, outcome);
    let wait = apply.then(|| wait_of_hints(&report.hints, status_of(report), now, &mut ignored)).flatten();
    RequestedWait { wait, ignored }
}

fn wait_of_hints(hints: &[Hint], status: Option<u16>, now: Wall, ignored: &mut IgnoredHints) -> Option<Millis> {
    let hints = within_limits(hints, ignored);
    let now = server_time(&hints, now, ignored);
    let mut waits = WAITS.into_iter();
    let wait = waits.find_map(|(header, scale)| longest_wait(header, values(&hints, header), scale, now, ignored));
    wait.or_else(|| wait_of_resets(&hints, status, now, ignored))
}

/// The wait until the reset of a quota that is used up.
fn wait_of_resets(hints: &[&Hint], status: Option<u16>, now: Wall, ignored: &mut IgnoredHints) -> Option<Millis> {
    let mut present = RESETS.into_iter().filter(|header| values(hints, header).next().is_some()).peekable();
    let first = *present.peek()?;
    match quota(status, hints, ignored) {
        Quota::UsedUp => present.find_map(|header| longest_wait(header, values(hints, header), Scale::SecondsOrTime, now, ignored)),
        Quota::Left => {
            ignored.push(Ignored::QuotaLeft { header: first, status: status.unwrap_or_default() });
            None
        }
        Quota::Unrelated => None,
    }
}

/// Returns the server's time of day, from its `date`. Dates in other headers are relative to the same clock.
fn server_time(hints: &[&Hint], now: Wall, ignored: &mut IgnoredHints) -> Wall {
    let mut dates = values(hints, DATE);
    let server_time = dates.find_map(|value| {
        let at = date::parse(value.trim_ascii(), now);
        if at.is_none() {
            ignored.push(Ignored::Value { header: DATE, value: value.to_owned(), problem: ValueProblem::UnreadableDate });
        }
        at
    });
    server_time.unwrap_or(now)
}

fn within_limits<'a>(hints: &'a [Hint], ignored: &mut IgnoredHints) -> Vec<&'a Hint> {
    if hints.len() > HINTS_MAX {
        ignored.push(Ignored::TooManyHints);
    }
    let mut accepted = Vec::new();
    for hint in hints.iter().take(HINTS_MAX) {
        if hint.name.len() > HINT_NAME_BYTES_MAX {
            ignored.push(Ignored::LongName);
        } else if hint.value.len() <= HINT_VALUE_BYTES_MAX {
            accepted.push(hint);
        } else if let Some(header) = headers::known(&hint.name) {
            ignored.push(Ignored::LongValue { header });
        }
    }
    accepted
}
