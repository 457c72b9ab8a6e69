//! A process: its engine, its clock, and its requests that wait.

use crate::history::History;
use crate::operation::{Asked, Told};
use crate::stored::Content;
use fuseboard::Token;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

#[derive(Clone)]
pub struct Process {
    pub history: Arc<History>,
    pub policy: u8,
    /// How far its clock is ahead of true time, in milliseconds.
    pub offset: i64,
    pub clock: Clock,
    /// Sorted by token.
    pub requests: Vec<Request>,
    /// The calls admitted since it was started.
    pub admitted: u8,
}

/// How a process's clock went since it was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Clock {
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

/// A request that waits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    pub token: Token,
    pub aim: Aim,
    pub stage: Stage,
    pub known: Known,
    pub trouble: Trouble,
    /// In true time.
    pub began_at: u64,
    /// When it last asked something of the store, in true time, and by which policy.
    pub asked_at: u64,
    pub asked_by: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Aim {
    Allow,
    /// The number of the call.
    Settle(u8),
    Flush,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    Asks(Asked),
    /// The operation was carried out. Its reply is on its way.
    Told(Told),
    /// It waits for another request of its process.
    Waits,
    MayGoOn,
}

/// What the store held when it last carried out an operation of this request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Known {
    Nothing,
    Content(Content),
}

/// Whether an operation of a request failed, or its process took the store for lost meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trouble {
    None,
    Some,
}
