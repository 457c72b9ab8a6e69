use fuseboard::{Permit, Refused, Verdict};
use std::sync::Arc;

/// The answer to *may I?*
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Make the call, then settle it with the pass's permit.
    Admitted(Pass),
    /// Do not call: why, and when to ask again.
    Refused(Arc<Refused>),
}

/// Leave to make one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    pub permit: Permit,
    /// In observe mode, what enforce mode would have answered.
    pub would_refuse: Option<Arc<Refused>>,
}

/// What became of a settled call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// A success under a lease: it is handed in with others.
    Batched,
    /// The engine's verdict. Boxed, so that the many that are batched fit into a register.
    Settled(Box<Verdict>),
}

/// Whether the host library uses leases and repeats refusals by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leases {
    /// As far as the configuration allows.
    #[default]
    On,
    /// Every call asks the engine.
    Off,
}

impl Admission {
    /// The permit, or the refusal.
    ///
    /// # Errors
    /// With the refusal, if there is one.
    pub fn into_result(self) -> Result<Permit, Arc<Refused>> {
        match self {
            Admission::Admitted(pass) => Ok(pass.permit),
            Admission::Refused(refused) => Err(refused),
        }
    }
}

impl Settlement {
    #[must_use]
    pub fn verdict(&self) -> Option<&Verdict> {
        match self {
            Settlement::Batched => None,
            Settlement::Settled(verdict) => Some(verdict),
        }
    }
}
