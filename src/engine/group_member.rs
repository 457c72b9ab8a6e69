//! An outcome that another request writes together with its own, and what became of it.

use super::reported::Reported;
use super::write_result::WriteResult;
use crate::answer::Event;
use crate::machine::settle::{PermitUse, SettleResult};
use crate::permit::Outcome;
use crate::time::Mono;

/// An outcome that waits for the writer of its record.
pub(super) struct GroupMember {
    /// When its caller began to wait.
    pub start: Mono,
    pub permit_use: PermitUse,
    pub reported: Reported<'static>,
}

/// What became of one outcome.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    pub result: SettleResult,
    pub outcome: Outcome,
    pub write: WriteResult,
    /// The events for the answer of the request that reported the outcome.
    pub events: Vec<Event>,
}
