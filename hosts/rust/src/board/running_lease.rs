//! A lease under which a target admits and settles calls.

use super::moment::Moment;
use fuseboard::hints::may_set_a_wait;
use fuseboard::time::Millis;
use fuseboard::{End, Lease, Outcome, Permit, Report, StatusRange, Tally};

pub(super) struct RunningLease {
    pub(super) lease: Lease,
    pub(super) until: Moment,
    /// Calls that it still admits.
    pub(super) left: u32,
    /// Successes that were batched, reported or not: never more than the calls it admits.
    batched: u32,
    pub(super) counts: Counts,
}

/// The successes that were batched and not reported.
#[derive(Clone, Copy, Default)]
pub(super) struct Counts {
    successes: u32,
    slow: u32,
}

impl RunningLease {
    /// A lease that begins now and counts until then.
    pub(super) fn new(lease: Lease, until: Moment) -> RunningLease {
        RunningLease { left: lease.calls, until, batched: 0, counts: Counts::default(), lease }
    }

    /// Settles a call, if the lease allows it.
    pub(super) fn settle(&mut self, permit: &Permit, report: &Report) -> Option<Outcome> {
        if self.lease.permit != *permit {
            return None;
        }
        let outcome = listed_outcome(&self.lease, report)?;
        if outcome == Outcome::Success {
            if self.batched >= self.lease.calls {
                return None;
            }
            self.batched += 1;
            match (self.lease.slow_ns, report.elapsed_ns) {
                (Some(slow), Some(elapsed)) if elapsed > slow => self.counts.slow += 1,
                _ => self.counts.successes += 1,
            }
        }
        Some(outcome)
    }
}

/// The outcome of a call that the lease lists as a success or as neutral. `None` for every other: the host does not classify.
fn listed_outcome(lease: &Lease, report: &Report) -> Option<Outcome> {
    let outcome = match (&report.end, report.status) {
        (End::Counted { .. }, _) => return None,
        (End::Returned, None) => Outcome::Success,
        (End::Returned, Some(status)) if StatusRange::any_has(&lease.success_statuses, status) => Outcome::Success,
        (_, Some(status)) if StatusRange::any_has(&lease.neutral_statuses, status) => Outcome::Neutral,
        (End::Cancelled, None) if !cancellation_counts(lease, report) => Outcome::Neutral,
        (End::Returned | End::Raised(_) | End::Cancelled, _) => return None,
    };
    (!may_set_a_wait(report, outcome)).then_some(outcome)
}

fn cancellation_counts(lease: &Lease, report: &Report) -> bool {
    lease.cancelled_after_ns.is_some_and(|after| report.elapsed_ns.is_some_and(|elapsed| elapsed >= after))
}

impl Counts {
    pub(super) fn is_empty(self) -> bool {
        self.successes == 0 && self.slow == 0
    }

    pub(super) fn take(&mut self) -> Option<Counts> {
        let counts = std::mem::take(self);
        (!counts.is_empty()).then_some(counts)
    }

    pub(super) fn tally(self, age: Millis) -> Tally {
        Tally { successes: self.successes, slow: self.slow, age_ms: age.0 }
    }
}
