//! The outcome of a call, in a form that can be hashed.

use fuseboard::Outcome;

/// An [`Outcome`] that can be hashed. The model has no neutral outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModelOutcome {
    Success,
    Failure,
}

impl ModelOutcome {
    pub fn outcome(self) -> Outcome {
        match self {
            ModelOutcome::Success => Outcome::Success,
            ModelOutcome::Failure => Outcome::Failure,
        }
    }
}
