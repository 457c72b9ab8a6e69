//! The size of a model.

use crate::action_limits::ActionLimits;
use crate::model_policy::ModelPolicy;
use crate::outcome::ModelOutcome;
use crate::situation::Situation;

/// A model with a limited number of processes and of each action. All its states are explored.
#[derive(Clone, Copy)]
pub struct Configuration {
    pub name: &'static str,
    pub description: &'static str,
    pub explored: Explored,
    pub replies: Replies,
    pub processes: u8,
    /// The most requests of one process at one time.
    pub requests: usize,
    /// A process begins with the first policy. Each policy change gives it the next one.
    pub policies: &'static [ModelPolicy],
    /// The outcomes that calls may have.
    pub outcomes: &'static [ModelOutcome],
    /// How long a tick is, in milliseconds.
    pub tick: u64,
    /// How far a clock may be ahead after a jump, in milliseconds.
    pub clock_offsets: &'static [i64],
    pub limits: ActionLimits,
    /// What must happen in some state.
    pub must_reach: &'static [Situation],
}

/// When a configuration is explored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Explored {
    InEveryTest,
    /// By `cargo xtask model`.
    OnRequest,
}

/// When the reply of an operation is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replies {
    /// In the action that carries out the operation. The next operation of the process is an action of its own.
    AtOnce,
    /// By an action of its own, at any later time.
    Later,
}

impl Configuration {
    /// The largest `trial_calls` of its policies.
    #[must_use]
    pub fn trial_calls_max(&self) -> u64 {
        self.policies.iter().map(|policy| policy.trial_calls).max().unwrap_or(0)
    }
}
