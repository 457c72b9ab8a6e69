//! The decision, pure: no clock, no store, no WIT.

pub mod policy;
