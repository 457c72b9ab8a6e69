//! What an engine receives.

use crate::claim::ModelClaim;
use crate::operation::ModelReply;
use crate::outcome::ModelOutcome;
use crate::process_time::ProcessTime;
use fuseboard::Token;

/// One input of an engine, and the time at which it arrives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Input {
    pub time: ProcessTime,
    pub kind: InputKind,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum InputKind {
    /// The index of a policy of the configuration.
    Configure(u8),
    Allow,
    Settle(Option<ModelClaim>, ModelOutcome),
    Flush,
    Reply(Token, ModelReply),
    Abandon(Token),
}
