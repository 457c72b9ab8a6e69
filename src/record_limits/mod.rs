//! The limits of one stored record, as pure functions: how many roles it holds, and how long its text may be.

pub mod roles;
pub mod text;
