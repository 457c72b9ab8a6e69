//! A model of processes that share a store, for the model checker `stateright`. Each process runs the engine itself, in steps.
//!
//! [`System`] implements the checker's trait: it has [`State`]s, and [`Action`]s that lead from one to the next. [`exploration`] visits all
//! states of one [`Configuration`].

#![forbid(unsafe_code)]
#![warn(clippy::pedantic)]

mod action;
mod action_limits;
mod all_configurations;
mod answer_checks;
mod change_checks;
mod claim;
mod configuration;
pub mod exploration;
mod faults;
pub mod figures;
mod history;
mod input;
mod mark;
pub mod memory;
mod model_policy;
mod operation;
mod outcome;
mod outcome_counting;
mod output;
mod possible_actions;
mod process;
mod process_time;
mod promise;
mod properties;
mod replay;
pub mod report;
mod request;
mod request_steps;
mod situation;
mod small_configurations;
mod state;
mod store;
mod stored_circuit;
mod stored_text;
mod stuck_check;
mod system;
mod tracked_call;
mod transitions;

pub use action::Action;
pub use all_configurations::CONFIGURATIONS;
pub use configuration::{Configuration, Explored, Replies};
pub use state::State;
pub use system::System;
