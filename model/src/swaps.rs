//! The store: what it does with the operations of requests, and what is checked when a record changes.

use crate::configuration::Replies;
use crate::facts::{Facts, Phase};
use crate::operation::{Asked, Told};
use crate::policies::SKEW;
use crate::process::{Known, Request, Stage, Trouble};
use crate::promise::Promise;
use crate::seen::Event;
use crate::state::State;
use crate::stored::{Stored, facts_of};
use crate::system::{START, System};
use fuseboard::Token;
use std::sync::Arc;

impl System {
    fn asked(state: &mut State, process: u8, token: Token) -> Option<(Request, Asked)> {
        let request = System::take_request(state, process, token)?;
        let Stage::Asks(asked) = &request.stage else { return None };
        let asked = asked.clone();
        Some((request, asked))
    }

    /// The reply is on its way, or delivered at once.
    fn reply(&self, state: &mut State, process: u8, request: Request, told: Told) {
        let token = request.token;
        let requests = &mut state.processes[usize::from(process)].requests;
        let at = requests.partition_point(|other| other.token < token);
        requests.insert(at, Request { stage: Stage::Told(told), ..request });
        if self.configuration.replies == Replies::AtOnce {
            self.deliver(state, process, token);
        }
    }

    pub fn carry_out(&self, state: &mut State, process: u8, token: Token) {
        let Some((request, asked)) = System::asked(state, process, token) else { return };
        let told = match asked {
            Asked::Load { known } => match &state.content {
                Some(stored) if known == Some(stored.revision) => Told::Unchanged,
                content => Told::Loaded(content.clone()),
            },
            Asked::Swap { expected, value } => self.swap(state, process, &request, (expected, value)),
        };
        let known = Known::Content(state.content.clone());
        self.reply(state, process, Request { known, ..request }, told);
    }

    pub fn fail(&self, state: &mut State, process: u8, token: Token) {
        let Some((request, asked)) = System::asked(state, process, token) else { return };
        state.left.failures -= 1;
        let told = if matches!(asked, Asked::Load { .. }) { Told::LoadFailed } else { Told::SwapFailed };
        self.reply(state, process, Request { trouble: Trouble::Some, ..request }, told);
    }

    pub fn lose_answer(&self, state: &mut State, process: u8, token: Token) {
        let Some((request, Asked::Swap { expected, value })) = System::asked(state, process, token) else { return };
        state.left.losses -= 1;
        self.swap(state, process, &request, (expected, value));
        self.reply(state, process, Request { trouble: Trouble::Some, ..request }, Told::Lost);
    }

    pub fn lose_swap(&self, state: &mut State, process: u8, token: Token) {
        let Some((request, _)) = System::asked(state, process, token) else { return };
        state.left.losses -= 1;
        self.reply(state, process, Request { trouble: Trouble::Some, ..request }, Told::Lost);
    }

    /// Compares and swaps.
    fn swap(&self, state: &mut State, process: u8, request: &Request, (expected, value): (Option<u64>, Arc<Stored>)) -> Told {
        if expected != state.content.as_ref().map(|stored| stored.revision) {
            state.seen.add(Event::Conflict);
            return Told::Conflict(state.content.clone());
        }
        let before = facts_of(&state.content);
        let revision = value.revision;
        self.remember(state);
        self.check_change(state, request, &before, &value.facts);
        self.count(state, process, request, (&before, &value.facts));
        if !self.late_allows.admits(&value, state.time) {
            state.violate(Promise::NotStuck);
        }
        state.content = Some(value);
        Told::Swapped(revision)
    }

    /// Promises 1, 3 and 4, as far as a record and the one before it show them.
    fn check_change(&self, state: &mut State, request: &Request, before: &Facts, after: &Facts) {
        let policy = &self.configuration.policies[usize::from(request.asked_by)];
        if after.slots().len() as u64 > self.configuration.trial_calls_max() {
            state.violate(Promise::ProbeBound);
        }
        if let (Some(until), Phase::HalfOpen(_)) = (before.open_until(), &after.phase)
            && state.clocks_are_within_skew()
        {
            let now = START + request.asked_at;
            // Promise 6 lets a shorter policy shorten the wait.
            let until = until.min(before.opened_at + policy.open_max());
            if now + SKEW < until {
                state.violate(Promise::OpenMeansOpen);
            }
            if now < until {
                state.seen.add(Event::EarlyWithinSkew);
            }
        }
        if after.is_closed() && after.streak > before.streak && after.streak >= policy.fail_max {
            state.violate(Promise::NoLostTrip);
        }
        self.see_change(state, before, after);
    }

    fn see_change(&self, state: &mut State, before: &Facts, after: &Facts) {
        if before.generation == after.generation
            && before.slots().iter().any(|slot| !after.slots().contains(slot))
            && after.slots().len() >= before.slots().len()
        {
            state.seen.add(Event::SlotTakenOver);
        }
        if before.is_closed() && after.open_until().is_some() {
            state.seen.add(Event::Trip);
            if after.streak < self.configuration.policies[0].fail_max {
                state.seen.add(Event::TripByLowerPolicy);
            }
        }
        if before.open_until().is_some_and(|until| after.open_until().is_some_and(|clamped| clamped < until)) {
            state.seen.add(Event::Clamped);
        }
        if let Phase::HalfOpen(_) = before.phase {
            match after.phase {
                Phase::Closed => state.seen.add(Event::ClosedByProbe),
                Phase::Open(_) => state.seen.add(Event::ReopenedByProbe),
                Phase::HalfOpen(_) => {}
            }
        }
        if before.is_closed() && after.is_closed() && after.streak < before.streak {
            state.seen.add(Event::StreakEnded);
        }
    }
}
