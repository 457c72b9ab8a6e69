//! The decision, pure: no clock, no store, no WIT.

pub mod policy;
pub mod hash;
pub mod record;
pub mod window;
pub mod given;
pub mod backoff;
pub mod passing;
pub mod allow;
pub mod cooling;
pub mod settle;
pub mod command;
