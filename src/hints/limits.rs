//! Bounds on the hints of one report. Whatever exceeds them is ignored and told.

/// At most this many hints are read.
pub const HINTS_MAX: usize = 64;
/// A hint with a longer name is ignored.
pub const HINT_NAME_BYTES_MAX: usize = 64;
/// A hint with a longer value is ignored.
pub const HINT_VALUE_BYTES_MAX: usize = 1_024;
/// At most this many ignored hints are told of one report, so that an event's text stays short.
pub(super) const IGNORED_MAX: usize = 4;
