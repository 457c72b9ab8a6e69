//! What a request that may wait returns: its answer, or what it needs to go on.

use super::operation::Operation;
use super::store::Revision;
use crate::Problem;
use crate::answer::{Decision, Verdict};
use crate::status::{Commanded, Explanation, Flushed, Listing, StatusReport};
use crate::time::{Millis, Now};

/// Identifies one waiting request of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(pub u64);

/// The time at which a host begins a request, and how long its caller had waited before. The wait is subtracted from the request's
/// storage budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallerTime {
    pub now: Now,
    pub waited: Millis,
}

impl From<Now> for CallerTime {
    /// For a caller who has not waited.
    fn from(now: Now) -> CallerTime {
        CallerTime { now, waited: Millis::ZERO }
    }
}

/// How far a request came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestStep {
    pub need: Need,
    /// Requests that waited for this one. Resume each with [`Reply::GoOn`](super::Reply::GoOn).
    pub woken: Vec<Token>,
}

/// What the host's own store or cache says of a circuit's key, so that the engine need not load it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The host did not look.
    Nothing,
    /// The key is absent.
    Missing,
    /// The key has this revision.
    At(Revision),
}

/// What a request needs, or its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// The request has ended.
    Nothing(StepAnswer),
    /// Carry out this store operation, and resume the request with the reply.
    Store(Token, Operation),
    /// Resume the request with [`Reply::GoOn`](super::Reply::GoOn) when a later step names it in `woken`, or when this time is over.
    Wait(Token, Millis),
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepAnswer {
    /// Boxed, because it is much larger than the others and every step moves it.
    Decided(Box<Decision>),
    Settled(Verdict),
    Status(Box<StatusReport>),
    Listed(Listing),
    Commanded(Commanded),
    Explained(Explanation),
    Flushed(Flushed),
    Failed(Problem),
}
