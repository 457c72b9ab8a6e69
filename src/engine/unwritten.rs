//! A write that a local copy stands in for.

use super::record_error::RecordError;
use crate::time::Mono;

/// Why what a local copy counted could not be written, and when.
#[derive(Debug)]
pub(super) struct Unwritten {
    pub why: RecordError,
    pub at: Mono,
}
