use fuseboard::{Event, Outcome, Permit, Refused, Verdict};
use std::sync::Arc;

/// The answer to an `allow` call.
///
/// It is the caller's part of the engine's [`Decision`](fuseboard::Decision): the board keeps the lease, the events and the changes.
/// Refusals are shared, because a repeated refusal is answered many times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Make the call, then settle it with this permit.
    #[non_exhaustive]
    Admitted {
        permit: Permit,
        /// In observe mode: the refusal that enforce mode would have answered.
        would_refuse: Option<Arc<Refused>>,
    },
    /// Do not make the call. It holds the reasons, and when to try again.
    Refused(Arc<Refused>),
}

/// The answer to a `settle` call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// A lease settled the call. The board reports a success to the engine later, together with others. A neutral outcome counts
    /// nowhere.
    Leased(Outcome),
    /// The engine's verdict. Boxed, so that a settlement by a lease fits into a register.
    Verdict(Box<Verdict>),
}

/// Whether a board uses leases and repeats refusals without calling the engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leases {
    /// As far as the configuration allows.
    #[default]
    On,
    /// Every call calls the engine.
    Off,
}

impl Admission {
    /// The permit, or the refusal.
    ///
    /// # Errors
    /// Returns the refusal if the call was refused.
    pub fn into_result(self) -> Result<Permit, Arc<Refused>> {
        match self {
            Admission::Admitted { permit, .. } => Ok(permit),
            Admission::Refused(refused) => Err(refused),
        }
    }
}

impl Settlement {
    /// The engine's verdict, unless a lease settled the call.
    #[must_use]
    pub fn verdict(&self) -> Option<&Verdict> {
        match self {
            Settlement::Leased(_) => None,
            Settlement::Verdict(verdict) => Some(verdict),
        }
    }

    /// The events that this call caused, those of the leased successes reported with it included. Listeners receive the same ones.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        self.verdict().map_or(&[], |verdict| &verdict.events)
    }
}
