//! The decisions, as pure functions: no clock, no store and no WIT types.

pub mod window;
pub mod record;
pub mod backoff;
pub mod context;
pub mod expiry;
pub mod allow;
pub mod call_outcome;
pub mod cooldown;
pub mod cooldown_jitter;
pub mod settle;
#[cfg(test)]
mod settle_tests;
pub mod command;
