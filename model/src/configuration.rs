//! How large a model is.

use crate::history::Verdict;
use crate::left::Left;
use crate::policies::ModelPolicy;
use crate::seen::Event;

/// A bounded model: so many processes, and so many of each action. All of its states are explored.
#[derive(Clone, Copy)]
pub struct Configuration {
    pub name: &'static str,
    pub about: &'static str,
    pub when: When,
    pub replies: Replies,
    pub processes: u8,
    /// Requests of one process at once.
    pub requests: usize,
    /// A process begins with the first policy, and changes to the next ones.
    pub policies: &'static [ModelPolicy],
    pub verdicts: &'static [Verdict],
    /// Milliseconds.
    pub tick: u64,
    /// How far a clock may be ahead, in milliseconds.
    pub clocks: &'static [i64],
    pub at_most: Left,
    /// What must happen in some state.
    pub reaches: &'static [Event],
}

/// When a configuration is explored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    EveryTest,
    /// By `cargo xtask model`.
    OnRequest,
}

/// When the reply of an operation is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replies {
    /// In the action that carries the operation out. What the process does next is still an action of its own.
    AtOnce,
    /// At any time after the operation was carried out.
    Later,
}

impl Configuration {
    #[must_use]
    pub fn trial_calls_max(&self) -> u64 {
        self.policies.iter().map(|policy| policy.trial_calls).max().unwrap_or(0)
    }
}
