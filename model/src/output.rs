//! What an engine answers.

use crate::claim::ModelClaim;
use crate::operation::ModelOperation;
use fuseboard::{Reason, Token, Written};

/// An engine's answer to one input, and its state afterwards.
#[derive(Clone, Debug)]
pub struct Output {
    pub result: StepResult,
    /// Waiting requests that may go on.
    pub woken: Vec<Token>,
    pub outage: Outage,
    /// The number of outcomes in the backlog.
    pub kept: u32,
}

/// Whether an engine considers the store lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    None,
    Ongoing,
}

/// How far the request of an input came.
#[derive(Clone, Debug)]
pub enum StepResult {
    /// The input belongs to no request, or ends one.
    NoRequest,
    NeedsStore(Token, ModelOperation),
    Waits(Token),
    Admitted(Option<ModelClaim>),
    /// The reason, and the wait in milliseconds.
    Refused(Reason, Option<u64>),
    Settled(Written),
    Flushed,
    Problem(String),
}
