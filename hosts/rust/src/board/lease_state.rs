//! What one target may answer without calling the engine: its lease or its repeated refusal, and the outcomes it has not reported yet.
//!
//! The rules of leases are this state machine. It has no clock and no engine.

use super::admission::Admission;
use super::moment::{Moment, Reading};
use super::repeats::Repeats;
use super::running_lease::{Counts, RunningLease};
use fuseboard::time::{Millis, Mono};
use fuseboard::{Answer, Lease, Outcome, Permit, Refused, Report, Tally};
use std::sync::Arc;

#[derive(Default)]
pub(super) struct LeaseState {
    grant: Grant,
    /// How often a change dropped the grant. An `allow` call that began before the last drop installs nothing.
    drops: u64,
    /// How many changes of the resolver's circuit it has followed.
    resolver_changes: u64,
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

    /// As `settle`, for a report without an elapsed time. `None`: the running lease counts calls by it, so it must be measured first.
    #[inline]
    pub(super) fn settle_unmeasured(&mut self, permit: &Permit, report: &Report) -> Option<LeaseSettlement> {
        let measures = |running: &RunningLease| running.lease.slow_ns.or(running.lease.cancelled_after_ns).is_some();
        match &self.grant {
            Grant::Lease(running) if measures(running) => None,
            _ => Some(self.settle(permit, report)),
        }
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

    #[inline]
    pub(super) fn resolver_changes(&self) -> u64 {
        self.resolver_changes
    }

    /// Ends the grant, because the resolver's circuit has changed; the last time at `at`.
    #[cold]
    pub(super) fn follow_resolver(&mut self, changes: u64, at: Mono) {
        self.drop_grant(at);
        self.resolver_changes = changes;
    }

    /// The grant stays valid over a change that its own answer brought, unless there were others: `before` changes were counted before it.
    pub(super) fn keep_over_own_change(&mut self, before: u64) {
        if before == self.resolver_changes {
            self.resolver_changes = before.wrapping_add(1);
        }
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
                self.grant = Grant::Lease(Box::new(RunningLease::new(lease, until)));
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

#[cfg(test)]
#[path = "lease_state_tests.rs"]
mod tests;
