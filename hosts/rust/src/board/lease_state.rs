//! What one target may answer without calling the engine: its lease or its repeated refusal, and the outcomes it has not reported yet.
//!
//! The rules of leases are this state machine. It has no clock and no engine.

use super::admission::Admission;
use super::moment::{Moment, Reading};
use super::repeats::Repeats;
use fuseboard::hints::may_set_a_wait;
use fuseboard::time::{Millis, Mono};
use fuseboard::{Answer, End, Lease, Outcome, Permit, Refused, Report, StatusRange, Tally};
use std::sync::Arc;

#[derive(Default)]
pub(super) struct LeaseState {
    grant: Grant,
    /// How often a change dropped the grant. An `allow` call that began before the last drop installs nothing.
    drops: u64,
    ended: Vec<EndedLease>,
    repeats: Repeats,
}

/// What the target may answer itself.
#[derive(Default)]
enum Grant {
    #[default]
    None,
    Lease(Box<RunningLease>),
    Repeat {
        refused: Arc<Refused>,
        until: Moment,
    },
}

struct RunningLease {
    lease: Lease,
    until: Moment,
    /// Calls that it still admits.
    left: u32,
    /// Successes that were batched, reported or not: never more than the calls it admits.
    batched: u32,
    counts: Counts,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    successes: u32,
    slow: u32,
}

/// A lease that is over, with outcomes that have not been reported.
struct EndedLease {
    lease: Lease,
    counts: Counts,
    ended: Mono,
}

/// The state when an `allow` call of the engine began.
#[derive(Clone, Copy, Debug)]
pub(super) struct AllowStart {
    pub(super) began: Moment,
    drops: u64,
    pub(super) unreported: Unreported,
}

/// Whether there are tallies to report before the next request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreported {
    None,
    Tallies,
}

/// Whether the changes of an answer cover the target of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChangeScope {
    Own,
    Others,
}

/// What a target answers itself.
pub(super) enum OwnAnswer<'a> {
    Permit(&'a Permit),
    Refusal(Arc<Refused>),
}

/// Whether the running lease settled a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LeaseSettlement {
    /// A success is in the lease's tally now. A neutral outcome counts nowhere.
    Settled(Outcome),
    /// It goes to the engine, after the unreported tallies.
    NotSettled(Unreported),
}

impl LeaseState {
    /// The answer by the lease or the repeated refusal, if there is one.
    #[inline]
    pub(super) fn admit(&mut self, now: Reading) -> Option<Admission> {
        self.answer(now).map(|answer| match answer {
            OwnAnswer::Permit(permit) => Admission::Admitted { permit: *permit, would_refuse: None },
            OwnAnswer::Refusal(refused) => Admission::Refused(refused),
        })
    }

    /// As `admit`. The caller copies the permit to where it is needed: each further copy of it is measurable.
    #[inline]
    pub(super) fn answer(&mut self, now: Reading) -> Option<OwnAnswer<'_>> {
        match &mut self.grant {
            Grant::Lease(running) if !running.until.is_reached(now) => {
                if let Some(left) = running.left.checked_sub(1) {
                    running.left = left;
                    return self.leased_permit();
                }
            }
            Grant::Repeat { refused, until } if !until.is_reached(now) => {
                self.repeats.circuit += u64::from(refused.circuit.is_some());
                self.repeats.resolver += u64::from(refused.resolver.is_some());
                return Some(OwnAnswer::Refusal(self.repeats.spread(refused)));
            }
            Grant::None => {}
            Grant::Lease(running) => {
                let ended = running.until.exact;
                self.end_grant(ended);
            }
            Grant::Repeat { .. } => self.grant = Grant::None,
        }
        None
    }

    fn leased_permit(&self) -> Option<OwnAnswer<'_>> {
        if let Grant::Lease(running) = &self.grant { Some(OwnAnswer::Permit(&running.lease.permit)) } else { None }
    }

    /// The state for an `allow` call of the engine that begins now.
    pub(super) fn start(&self, now: Moment) -> AllowStart {
        AllowStart { began: now, drops: self.drops, unreported: self.unreported() }
    }

    /// Settles a call by the running lease, if the lease allows it.
    #[inline]
    pub(super) fn settle(&mut self, permit: &Permit, report: &Report) -> LeaseSettlement {
        if let Grant::Lease(running) = &mut self.grant
            && let Some(outcome) = running.settle(permit, report)
        {
            return LeaseSettlement::Settled(outcome);
        }
        LeaseSettlement::NotSettled(self.unreported())
    }

    /// Takes every unreported tally. The running lease goes on with an empty one.
    pub(super) fn take_tallies(&mut self, now: Mono) -> Vec<(Lease, Tally)> {
        let ended = self.ended.drain(..);
        let mut taken: Vec<_> = ended.map(|ended| (ended.lease, ended.counts.tally(now.since(ended.ended)))).collect();
        if let Grant::Lease(running) = &mut self.grant
            && let Some(counts) = running.counts.take()
        {
            taken.push((running.lease.clone(), counts.tally(now.since(running.until.exact))));
        }
        taken
    }

    pub(super) fn unreported(&self) -> Unreported {
        let is_counting = matches!(&self.grant, Grant::Lease(running) if !running.counts.is_empty());
        if is_counting || !self.ended.is_empty() { Unreported::Tallies } else { Unreported::None }
    }

    /// Ends the grant, because a change invalidated it.
    pub(super) fn drop_grant(&mut self, now: Mono) {
        self.end_grant(now);
        self.drops = self.drops.wrapping_add(1);
    }

    /// Installs the grant of an answer, unless a change came after the `allow` call began. The answer's own changes only drop older
    /// grants.
    pub(super) fn install(&mut self, start: AllowStart, grant: NewGrant, changes: ChangeScope, now: Mono) {
        let is_current = start.drops == self.drops;
        if changes == ChangeScope::Own {
            self.drop_grant(now);
        }
        if !is_current {
            return;
        }
        match grant {
            NewGrant::None => {}
            NewGrant::Lease(lease) => {
                self.end_grant(now);
                let until = start.began.plus(Millis(u64::from(lease.ms)));
                let running = RunningLease { left: lease.calls, until, batched: 0, counts: Counts::default(), lease };
                self.grant = Grant::Lease(Box::new(running));
            }
            NewGrant::Repeat(refused) => {
                self.end_grant(now);
                let until = start.began.plus(Millis(u64::from(refused.repeat_ms)));
                self.grant = Grant::Repeat { refused, until };
            }
        }
    }

    pub(super) fn repeats(&self) -> Repeats {
        self.repeats
    }

    /// Ends the grant. The outcomes of a lease stay to be reported; their age counts from its end.
    fn end_grant(&mut self, now: Mono) {
        if let Grant::Lease(running) = std::mem::take(&mut self.grant)
            && !running.counts.is_empty()
        {
            self.ended.push(EndedLease { lease: running.lease, counts: running.counts, ended: running.until.exact.min(now) });
        }
    }
}

/// What an answer allows the target to answer itself from then on.
#[derive(Clone, Debug)]
pub(super) enum NewGrant {
    None,
    Lease(Lease),
    Repeat(Arc<Refused>),
}

impl NewGrant {
    /// Only a lease of the target's own circuits counts: another one could not be dropped when they change.
    pub(super) fn of(answer: &Answer, is_own: impl FnOnce(&Lease) -> bool) -> NewGrant {
        match answer {
            Answer::Admitted(admitted) => match &admitted.lease {
                Some(lease) if lease.calls > 0 && lease.ms > 0 && is_own(lease) => NewGrant::Lease(Lease::clone(lease)),
                _ => NewGrant::None,
            },
            Answer::Refused(refused) if refused.repeat_ms > 0 => NewGrant::Repeat(Arc::new(refused.clone())),
            Answer::Refused(_) => NewGrant::None,
        }
    }
}

impl RunningLease {
    fn settle(&mut self, permit: &Permit, report: &Report) -> Option<Outcome> {
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
    fn is_empty(self) -> bool {
        self.successes == 0 && self.slow == 0
    }

    fn take(&mut self) -> Option<Counts> {
        let counts = std::mem::take(self);
        (!counts.is_empty()).then_some(counts)
    }

    fn tally(self, age: Millis) -> Tally {
        Tally { successes: self.successes, slow: self.slow, age_ms: age.0 }
    }
}

#[cfg(test)]
#[path = "lease_state_tests.rs"]
mod tests;
