//! Promises 2, 4 and 7: which outcomes a change of the record counts.

use crate::call::{Call, CallStage, Count};
use crate::facts::{Facts, Phase};
use crate::history::Verdict;
use crate::process::{Aim, Request};
use crate::promise::Promise;
use crate::seen::Event;
use crate::state::State;
use crate::system::System;

/// How many outcomes a change of the record counted.
struct Counted {
    failures: u64,
    successes: u64,
}

impl System {
    /// Finds the outcomes that a process's swap counted.
    pub fn count(&self, state: &mut State, process: u8, request: &Request, (before, after): (&Facts, &Facts)) {
        let goes_on = before.number == after.number && (before.generation == after.generation || before.generation.is_none());
        let counted = if goes_on { within_generation(before, after) } else { Some(beginning_generation(before, after)) };
        let Some(counted) = counted else { return state.violate(Promise::AtMostOnce) };
        let own = if let Aim::Settle(number) = request.aim { Some(number) } else { None };
        let search = Search { process, own, before, after };
        search.see(state, &counted);
        if goes_on {
            search.take(state, Verdict::Failure, counted.failures);
            search.take(state, Verdict::Success, counted.successes);
        } else {
            search.take_at_least(state, Verdict::Failure, counted.failures);
            search.take_at_least(state, Verdict::Success, counted.successes);
        }
        // Where one swap counts failures and successes, each success may be the last of them.
        if !goes_on || counted.successes > 0 && before.is_closed() {
            state.end_streak();
        }
        if goes_on && after.is_closed() && u64::from(state.acknowledged) > after.streak {
            state.violate(Promise::NoLostTrip);
        }
    }
}

impl State {
    /// No later failure continues the streak.
    pub fn end_streak(&mut self) {
        self.acknowledged = 0;
        for call in self.calls.iter_mut().filter(|call| call.count == Count::InStreak) {
            call.count = Count::Past;
        }
    }
}

/// Counts within one generation. `None` if outcomes disappeared.
fn within_generation(before: &Facts, after: &Facts) -> Option<Counted> {
    match (&before.phase, &after.phase) {
        (Phase::Closed, Phase::Closed) => match &after.window {
            Some(window) => {
                let added = window.strip_prefix(before.window.as_deref().unwrap_or_default())?;
                let failures = added.chars().filter(|sample| sample.eq_ignore_ascii_case(&'f')).count() as u64;
                Some(Counted { failures, successes: added.chars().count() as u64 - failures })
            }
            None if after.streak < before.streak => Some(Counted { failures: after.streak, successes: 1 }),
            None => Some(Counted { failures: after.streak - before.streak, successes: 0 }),
        },
        (Phase::HalfOpen(old), Phase::HalfOpen(new)) => {
            Some(Counted { failures: new.failures.checked_sub(old.failures)?, successes: new.successes.checked_sub(old.successes)? })
        }
        _ => Some(Counted { failures: 0, successes: 0 }),
    }
}

/// Counts at least, where the change begins a generation.
fn beginning_generation(before: &Facts, after: &Facts) -> Counted {
    match (&before.phase, &after.phase) {
        (Phase::Closed | Phase::HalfOpen(_), Phase::Open(_)) => Counted { failures: 1, successes: 0 },
        (Phase::HalfOpen(_), Phase::Closed) => Counted { failures: 0, successes: 1 },
        _ => Counted { failures: 0, successes: 0 },
    }
}

/// Looks for the outcomes of one change.
struct Search<'a> {
    process: u8,
    /// The call of the request that swaps.
    own: Option<u8>,
    before: &'a Facts,
    after: &'a Facts,
}

impl Search<'_> {
    /// Whether this change may count the outcome of a call.
    fn may_count(&self, call: &Call) -> bool {
        let slot_is_settled = call.claim.and_then(|claim| claim.probe).is_none_or(|slot| !self.after.slots().contains(&slot));
        call.process == self.process && call.is_uncounted() && call.is_valid_in(self.before) && slot_is_settled
    }

    /// Marks outcomes as counted. A request writes the backlog before its own outcome, and its own before those of others.
    fn take(&self, state: &mut State, verdict: Verdict, outcomes: u64) {
        let writes_backlog = state.processes[usize::from(self.process)].history.output.kept > 0;
        for _ in 0..outcomes {
            let rank = |call: &Call| match call.stage {
                CallStage::Kept(_) => {
                    if writes_backlog {
                        0
                    } else {
                        3
                    }
                }
                _ if Some(call.number) == self.own => 1,
                CallStage::Settling(_) | CallStage::Running => 2,
            };
            let candidates = state.calls.iter_mut().filter(|call| call.verdict() == Some(verdict) && self.may_count(call));
            let Some(call) = candidates.min_by_key(|call| rank(call)) else { return self.violate(state, verdict) };
            call.count = if verdict == Verdict::Failure && self.before.is_closed() { Count::InStreak } else { Count::Past };
            let is_kept = matches!(call.stage, CallStage::Kept(_));
            // A probe whose slot is over and was taken by nobody.
            let is_late = call.expires > 0 && call.expires <= state.time;
            if is_kept {
                state.seen.add(Event::BacklogWritten);
            }
            if is_late {
                state.seen.add(Event::LateProbeCounts);
            }
        }
    }

    /// Where a generation ends, one outcome may have ended it, or several.
    fn take_at_least(&self, state: &mut State, verdict: Verdict, outcomes: u64) {
        let valid = state.calls.iter().filter(|call| call.verdict().is_some() && self.may_count(call)).count() as u64;
        if valid <= outcomes {
            return self.take(state, verdict, outcomes);
        }
        if outcomes == 0 {
            return;
        }
        if !state.calls.iter().any(|call| call.verdict() == Some(verdict) && self.may_count(call)) {
            return self.violate(state, verdict);
        }
        for call in state.calls.iter_mut().filter(|call| call.verdict().is_some() && self.may_count(call)) {
            call.count = Count::Perhaps;
        }
    }

    fn violate(&self, state: &mut State, verdict: Verdict) {
        let has_stale =
            state.calls.iter().any(|call| call.process == self.process && call.verdict() == Some(verdict) && call.is_uncounted());
        state.violate(if has_stale { Promise::StaleIsInert } else { Promise::AtMostOnce });
    }

    fn see(&self, state: &mut State, counted: &Counted) {
        if counted.failures + counted.successes > 1 {
            state.seen.add(Event::GroupWritten);
        }
        if self.before.is_closed() && self.after.open_until().is_some() && self.before.streak > 0 {
            let writers = self.before.generation.is_some_and(|mark| mark.write_mark().writer % 100 != 1 + u64::from(self.process));
            if writers {
                state.seen.add(Event::TripByTwoProcesses);
            }
        }
    }
}
