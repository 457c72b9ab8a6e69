//! A process: its engine, its clock, and its waiting requests.

use crate::history::History;
use crate::request::Request;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

#[derive(Clone)]
pub struct Process {
    pub history: Arc<History>,
    /// The index of its policy.
    pub policy: u8,
    /// How far its clock is ahead of true time, in milliseconds.
    pub offset: i64,
    pub clock: ClockAccuracy,
    /// Sorted by token.
    pub requests: Vec<Request>,
    /// The number of calls admitted since it was started.
    pub admitted: u8,
}

/// How accurate the clock of a process was since the process was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClockAccuracy {
    /// It was never further off than the skew.
    WithinSkew,
    /// It was further off from the first request on.
    Far,
    /// It jumped further than the skew after the first request.
    JumpedWhileRunning,
}

impl PartialEq for Process {
    fn eq(&self, other: &Process) -> bool {
        let parts = |process: &Process| (process.history.digest, process.policy, process.offset, process.clock, process.admitted);
        parts(self) == parts(other) && self.requests == other.requests
    }
}

impl Eq for Process {}

impl Hash for Process {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.history.digest, self.policy, self.offset, self.clock, self.admitted).hash(state);
        self.requests.hash(state);
    }
}
