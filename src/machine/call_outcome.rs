//! How a permitted call ended, after its report was classified.

use crate::permit::Outcome;
use crate::time::{Millis, Now, Stamp};

/// When the call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedAt {
    Now,
    /// Reported late. The outcome is counted at this time, and a success does not reset a failure streak.
    Earlier(Stamp),
}

/// Whether the call was slow, where the policy judges slowness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speed {
    Normal,
    Slow,
}

/// Why an outcome is neutral. A policy may still count some of these outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NeutralReason {
    /// Its status is in the policy's `neutral_statuses`: the server answered.
    ListedStatus,
    /// The caller gave up before a status was received.
    CancelledWithoutStatus,
    Other,
}

/// How one call ended, or several calls in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallOutcome {
    pub outcome: Outcome,
    /// Only meaningful for a neutral outcome.
    pub neutral_reason: NeutralReason,
    pub speed: Speed,
    /// How many calls ended like this. Only a tally of successes has more than one.
    pub times: u32,
    /// Names a failure: a status code or an exception's type name.
    pub what: String,
    pub ended_at: EndedAt,
    /// The wait that the server asked for, not capped.
    pub retry_after: Option<Millis>,
}

impl CallOutcome {
    /// The outcome of one call that ended now, without a neutral reason, a failure text or a `Retry-After`.
    #[must_use]
    pub fn now(outcome: Outcome, speed: Speed) -> CallOutcome {
        let neutral_reason = NeutralReason::Other;
        CallOutcome { outcome, neutral_reason, speed, times: 1, what: String::new(), ended_at: EndedAt::Now, retry_after: None }
    }

    /// Whether the caller gave up on a slow call. A window counts it as slow, and a probe that ends so has failed.
    #[must_use]
    pub fn is_slow_cancellation(&self) -> bool {
        self.outcome == Outcome::Neutral && self.neutral_reason == NeutralReason::CancelledWithoutStatus && self.speed == Speed::Slow
    }

    /// When the call ended, never later than `now`.
    #[must_use]
    pub fn ended_at(&self, now: Now) -> Stamp {
        match self.ended_at {
            EndedAt::Now => now.stamp(),
            EndedAt::Earlier(at) => now.restamp(at, Millis::ZERO),
        }
    }
}
