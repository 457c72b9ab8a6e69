use super::admission::{Admission, Settlement};
use super::core::Core;
use super::line::Line;
use crate::error::Error;
use crate::guest::Instance;
use fuseboard::{Permit, Report, Target};
use std::sync::Arc;

/// One target, resolved: the fast way for whoever calls it often. Cheap to clone, and keeps its board alive.
#[derive(Clone)]
pub struct Handle {
    pub(super) core: Arc<Core<Instance>>,
    pub(super) line: Arc<Line>,
}

impl Handle {
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.line.target
    }

    /// May I? As [`Board::allow`](crate::Board::allow).
    ///
    /// # Errors
    /// When the engine could not answer.
    pub fn allow(&self) -> Result<Admission, Error> {
        self.core.allow(&self.line)
    }

    /// Says once how a call ended. As [`Board::settle`](crate::Board::settle).
    ///
    /// # Errors
    /// When the engine could not answer.
    pub fn settle(&self, permit: Option<&Permit>, report: &Report) -> Result<Settlement, Error> {
        self.core.settle(&self.line, permit, report)
    }
}
