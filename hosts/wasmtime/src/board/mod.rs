//! A board: instances of the component, and what makes them one.

mod admission;
mod builder;
mod call;
mod call_async;
mod core;
mod handle;
mod ledger;
mod line;
mod lines;
mod news;
mod operate;
mod places;
mod reload;
mod seats;
#[cfg(test)]
mod stand_in;

pub use admission::{Admission, Leases, Pass, Settlement};
pub use builder::Builder;
pub use call::{CallError, report_of};
pub use handle::Handle;

use self::core::Core;
use crate::error::Error;
use crate::guest::Instance;
use fuseboard::{Permit, Report, Target};
use std::sync::Arc;

/// One configured engine for a whole program. Clones are the same board; any number of threads may call it.
///
/// When the last clone is dropped, what is still to be handed in is written.
#[derive(Clone)]
pub struct Board {
    core: Arc<Core<Instance>>,
}

impl Board {
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// May I? If admitted, make the call and [`settle`](Board::settle) it; [`call`](Board::call) does both.
    ///
    /// # Errors
    /// When the engine could not answer: a target that makes no sense, say.
    pub fn allow(&self, target: &Target) -> Result<Admission, Error> {
        let line = self.core.line(target)?;
        self.core.allow(&line)
    }

    /// Says once how a call ended; never repeat it. Without a permit: closed, it counts; open, it is inert; half-open, it settles the
    /// role's oldest slot.
    ///
    /// # Errors
    /// When the engine could not answer.
    pub fn settle(&self, target: &Target, permit: Option<&Permit>, report: &Report) -> Result<Settlement, Error> {
        let line = self.core.line(target)?;
        self.core.settle(&line, permit, report)
    }

    /// Resolves a target once, for the fast way.
    ///
    /// # Errors
    /// When the target's host is no host name.
    pub fn target(&self, target: &Target) -> Result<Handle, Error> {
        Ok(Handle { core: Arc::clone(&self.core), line: self.core.line(target)? })
    }
}
