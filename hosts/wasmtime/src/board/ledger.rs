//! What one target may do without asking: its lease or its repeated refusal, and the tallies it owes. No clock and no engine here:
//! the rules of leases are this state machine.

use super::admission::{Admission, Pass};
use fuseboard::time::{Millis, Mono};
use fuseboard::{Answer, End, Lease, Permit, Refused, Report, Tally};
use std::sync::Arc;

#[derive(Default)]
pub(super) struct Ledger {
    grant: Grant,
    /// How often a change took the grant away. An `allow` that began before the last time installs nothing.
    drops: u64,
    owed: Vec<Owed>,
    repeats: Repeats,
}

#[derive(Default)]
enum Grant {
    #[default]
    Ask,
    Lease(Running),
    Repeat {
        refused: Arc<Refused>,
        until: Mono,
    },
}

struct Running {
    lease: Lease,
    until: Mono,
    left: u32,
    /// Settled under it, handed in or not: never more than it admits.
    batched: u32,
    counts: Counts,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    successes: u32,
    slow: u32,
}

/// The tally of a lease that is over.
struct Owed {
    lease: Lease,
    counts: Counts,
    ended: Mono,
}

/// Refusals told without asking, by the circuit that they named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Repeats {
    pub(super) circuit: u64,
    pub(super) resolver: u64,
}

/// A question that the engine is to answer: when it began, what had been dropped by then, and what was owed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket {
    began: Mono,
    drops: u64,
    pub(super) owing: Owing,
}

/// Whether there are tallies to hand in before the next question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owing {
    Nothing,
    Tallies,
}

/// Whether what an answer changed concerns the target that asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Touched {
    Own,
    Others,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Batch {
    Taken,
    Cross(Owing),
}

impl Ledger {
    /// The answer to a call without asking, where a lease or a repeated refusal stands. Made here as callers get it: on so short a way
    /// each step that hands a permit on is felt.
    #[inline]
    pub(super) fn admit(&mut self, now: Mono) -> Option<Admission> {
        match &mut self.grant {
            Grant::Lease(running) if now < running.until => {
                if let Some(left) = running.left.checked_sub(1) {
                    running.left = left;
                    return Some(Admission::Admitted(Pass { permit: running.lease.permit, would_refuse: None }));
                }
            }
            Grant::Repeat { refused, until } if now < *until => {
                self.repeats.circuit += u64::from(refused.circuit.is_some());
                self.repeats.resolver += u64::from(refused.resolver.is_some());
                return Some(Admission::Refused(Arc::clone(refused)));
            }
            Grant::Ask => {}
            Grant::Lease(_) | Grant::Repeat { .. } => self.end(now),
        }
        None
    }

    /// For a call that is to ask.
    pub(super) fn ticket(&self, now: Mono) -> Ticket {
        Ticket { began: now, drops: self.drops, owing: self.owing() }
    }

    /// Takes the outcome into the running lease's tally, where it may stand there.
    #[inline]
    pub(super) fn batch(&mut self, permit: &Permit, report: &Report) -> Batch {
        let running = match &mut self.grant {
            Grant::Lease(running) if running.takes(permit, report) => running,
            _ => return Batch::Cross(self.owing()),
        };
        running.batched += 1;
        match (running.lease.slow_ns, report.elapsed_ns) {
            (Some(slow), Some(elapsed)) if elapsed > slow => running.counts.slow += 1,
            _ => running.counts.successes += 1,
        }
        Batch::Taken
    }

    /// Takes every tally that waits to be handed in, the running lease's too; the lease goes on.
    pub(super) fn take_owed(&mut self, now: Mono) -> Vec<(Lease, Tally)> {
        let mut taken: Vec<_> = self.owed.drain(..).map(|owed| (owed.lease, owed.counts.tally(now.since(owed.ended)))).collect();
        if let Grant::Lease(running) = &mut self.grant
            && let Some(counts) = running.counts.take()
        {
            taken.push((running.lease.clone(), counts.tally(now.since(running.until))));
        }
        taken
    }

    pub(super) fn owing(&self) -> Owing {
        let counted = matches!(&self.grant, Grant::Lease(running) if !running.counts.is_empty());
        if counted || !self.owed.is_empty() { Owing::Tallies } else { Owing::Nothing }
    }

    /// A change somewhere took away what the grant stood on.
    pub(super) fn drop_grant(&mut self, now: Mono) {
        self.end(now);
        self.drops = self.drops.wrapping_add(1);
    }

    /// Puts the grant of an answer in place, unless a change came between. What the answer itself changed drops only older grants.
    pub(super) fn install(&mut self, ticket: Ticket, answer: Granted, touched: Touched, now: Mono) {
        let stands = ticket.drops == self.drops;
        if touched == Touched::Own {
            self.drop_grant(now);
        }
        if !stands {
            return;
        }
        match answer {
            Granted::Nothing => {}
            Granted::Lease(lease) => {
                self.end(now);
                let until = ticket.began.plus(Millis(u64::from(lease.ms)));
                self.grant = Grant::Lease(Running { left: lease.calls, until, batched: 0, counts: Counts::default(), lease });
            }
            Granted::Repeat(refused) => {
                self.end(now);
                let until = ticket.began.plus(Millis(u64::from(refused.repeat_ms)));
                self.grant = Grant::Repeat { refused, until };
            }
        }
    }

    pub(super) fn repeats(&self) -> Repeats {
        self.repeats
    }

    /// Ends the grant; a lease's tally is owed from then on.
    fn end(&mut self, now: Mono) {
        if let Grant::Lease(running) = std::mem::take(&mut self.grant)
            && !running.counts.is_empty()
        {
            self.owed.push(Owed { lease: running.lease, counts: running.counts, ended: running.until.min(now) });
        }
    }
}

/// What an answer lets a host do without asking.
#[derive(Clone, Debug)]
pub(super) enum Granted {
    Nothing,
    Lease(Lease),
    Repeat(Arc<Refused>),
}

impl Granted {
    /// Only a lease of the target's own circuits is one: another could not be dropped when they change.
    pub(super) fn by(answer: &Answer, is_own: impl FnOnce(&Lease) -> bool) -> Granted {
        match answer {
            Answer::Admitted(admitted) => match &admitted.lease {
                Some(lease) if lease.calls > 0 && lease.ms > 0 && is_own(lease) => Granted::Lease(Lease::clone(lease)),
                _ => Granted::Nothing,
            },
            Answer::Refused(refused) if refused.repeat_ms > 0 => Granted::Repeat(Arc::new(refused.clone())),
            Answer::Refused(_) => Granted::Nothing,
        }
    }
}

impl Running {
    fn takes(&self, permit: &Permit, report: &Report) -> bool {
        self.lease.permit == *permit && self.batched < self.lease.calls && batchable(&self.lease, report)
    }
}

/// The host does not classify: only what must be a success may be batched.
fn batchable(lease: &Lease, report: &Report) -> bool {
    if report.retry_after.is_some() || report.retry_after_ms.is_some() {
        return false;
    }
    match (&report.end, report.status) {
        (End::Returned, None) => true,
        (End::Returned | End::Raised(_), Some(status)) => {
            lease.success_statuses.iter().any(|range| (range.first..=range.last).contains(&status))
        }
        (End::Raised(_), None) | (End::Cancelled | End::Counted(_), _) => false,
    }
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
#[path = "ledger_tests.rs"]
mod tests;
