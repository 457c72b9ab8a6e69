//! A state of the model.

use crate::action_limits::ActionLimits;
use crate::process::{ClockAccuracy, Process};
use crate::promise::Promise;
use crate::request::RequestStage;
use crate::situation::SituationSet;
use crate::stored_text::StoreContent;
use crate::tracked_call::{CallStage, CountState, TrackedCall};

/// Everything that later actions depend on, and the situations of the last action.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct State {
    /// True time, in milliseconds since the model began.
    pub time: u64,
    pub content: StoreContent,
    /// Earlier contents of the store, oldest first. Empty if no rollback is left.
    pub earlier: Vec<StoreContent>,
    pub processes: Vec<Process>,
    /// Sorted by process and number.
    pub calls: Vec<TrackedCall>,
    /// Acknowledged failures of the current streak.
    pub acknowledged: u8,
    /// How often each action may still happen.
    pub remaining: ActionLimits,
    /// The first promise that was broken.
    pub violated: Option<Promise>,
    pub situations: SituationSet,
}

impl State {
    pub fn violate(&mut self, promise: Promise) {
        self.violated.get_or_insert(promise);
    }

    pub fn call(&mut self, process: u8, number: u8) -> Option<&mut TrackedCall> {
        self.calls.iter_mut().find(|call| (call.process, call.number) == (process, number))
    }

    pub fn remove_call(&mut self, process: u8, number: u8) {
        self.calls.retain(|call| (call.process, call.number) != (process, number));
    }

    /// Ends the streak: no later failure continues it.
    pub fn end_streak(&mut self) {
        self.acknowledged = 0;
        for call in self.calls.iter_mut().filter(|call| call.count == CountState::InStreak) {
            call.count = CountState::AfterStreak;
        }
    }

    /// Whether all clocks were always within the skew.
    #[must_use]
    pub fn clocks_are_within_skew(&self) -> bool {
        self.processes.iter().all(|process| process.clock == ClockAccuracy::WithinSkew)
    }

    /// Whether no request waits and none can begin.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        let is_kept = |call: &TrackedCall| matches!(call.stage, CallStage::Kept(_));
        self.remaining.allows == 0 && self.calls.iter().all(is_kept) && self.processes.iter().all(|process| process.requests.is_empty())
    }

    /// Whether all waiting requests of a process wait for each other.
    #[must_use]
    pub fn has_deadlock(&self) -> bool {
        let is_blocked =
            |process: &Process| !process.requests.is_empty() && process.requests.iter().all(|request| request.stage == RequestStage::Waits);
        self.processes.iter().any(is_blocked)
    }
}
