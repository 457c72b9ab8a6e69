//! A range of HTTP statuses.

use serde::{Deserialize, Serialize};

/// HTTP statuses from `first` to `last`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusRange {
    pub first: u16,
    pub last: u16,
}

impl StatusRange {
    /// Whether one of the ranges has the status.
    ///
    /// ```
    /// use fuseboard::StatusRange;
    /// let server_errors = [StatusRange { first: 500, last: 599 }];
    /// assert!(StatusRange::any_has(&server_errors, 503));
    /// assert!(!StatusRange::any_has(&server_errors, 404));
    /// ```
    #[must_use]
    pub fn any_has(ranges: &[StatusRange], status: u16) -> bool {
        ranges.iter().any(|range| (range.first..=range.last).contains(&status))
    }
}
