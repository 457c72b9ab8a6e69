//! A state of the model.

use crate::call::{Call, CallStage};
use crate::left::Left;
use crate::process::{Clock, Process, Stage};
use crate::promise::Promise;
use crate::seen::Seen;
use crate::stored::Content;

/// Everything that later actions depend on, and what the last action showed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct State {
    /// True time, in milliseconds since the begin.
    pub time: u64,
    pub content: Content,
    /// What the store held before, oldest first. Empty once it cannot be rolled back any more.
    pub earlier: Vec<Content>,
    pub processes: Vec<Process>,
    /// Sorted by process and number.
    pub calls: Vec<Call>,
    /// Acknowledged failures of the current streak.
    pub acknowledged: u8,
    pub left: Left,
    pub violated: Option<Promise>,
    pub seen: Seen,
}

impl State {
    pub fn violate(&mut self, promise: Promise) {
        self.violated.get_or_insert(promise);
    }

    pub fn call(&mut self, process: u8, number: u8) -> Option<&mut Call> {
        self.calls.iter_mut().find(|call| (call.process, call.number) == (process, number))
    }

    pub fn remove_call(&mut self, process: u8, number: u8) {
        self.calls.retain(|call| (call.process, call.number) != (process, number));
    }

    /// Whether all clocks were always within the skew.
    #[must_use]
    pub fn clocks_are_within_skew(&self) -> bool {
        self.processes.iter().all(|process| process.clock == Clock::WithinSkew)
    }

    /// Whether no request waits and none is to come.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        let is_kept = |call: &Call| matches!(call.stage, CallStage::Kept(_));
        self.left.allows == 0 && self.calls.iter().all(is_kept) && self.processes.iter().all(|process| process.requests.is_empty())
    }

    /// Whether a process's requests wait for each other, and for nothing else.
    #[must_use]
    pub fn has_deadlock(&self) -> bool {
        let waits_for_nothing =
            |process: &Process| !process.requests.is_empty() && process.requests.iter().all(|request| request.stage == Stage::Waits);
        self.processes.iter().any(waits_for_nothing)
    }
}
