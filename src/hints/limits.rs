//! Limits on the hints of one report. A hint beyond them is ignored and reported.

/// Most hints that are read.
pub const HINTS_MAX: usize = 64;
/// Longest name of a hint.
pub const HINT_NAME_BYTES_MAX: usize = 64;
/// Longest value of a hint.
pub const HINT_VALUE_BYTES_MAX: usize = 1_024;
/// Most ignored hints that are reported for one call, so that an event's text stays short.
pub(super) const IGNORED_MAX: usize = 4;
