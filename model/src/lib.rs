//! Processes that share a store, as a model for the checker `stateright`. The processes are the engine itself, in steps.
//!
//! [`System`] is the model: a [`State`] and the [`Action`]s that change it. [`checking`] runs the checker on one [`Configuration`].

#![forbid(unsafe_code)]
#![warn(clippy::pedantic)]

mod mark;
mod facts;
mod stored;
mod policies;
mod operation;
mod history;
mod replay;
mod call;
mod process;
mod promise;
mod seen;
mod left;
mod state;
mod action;
mod configuration;
mod configurations;
mod large_configurations;
mod system;
mod requests;
mod possible;
mod swaps;
mod counting;
mod answers;
mod late_allow;
mod properties;
pub mod checking;
pub mod figures;
pub mod memory;
pub mod report;

pub use action::Action;
pub use configuration::{Configuration, Replies, When};
pub use large_configurations::CONFIGURATIONS;
pub use state::State;
pub use system::System;
