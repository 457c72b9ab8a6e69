//! The native part of Fuseboard's Python package: a board with its targets and permits.
//!
//! The Python part (`python/fuseboard`) holds everything that is not on the way of a call. Values that are not on that way cross as
//! JSON texts, in the form in which the engine's own types serialize.

#![deny(unsafe_code)]
#![warn(clippy::pedantic)]
// PyO3 passes arguments of these types by value or by reference as it needs.
#![allow(clippy::needless_pass_by_value)]

mod admitted_call;
mod board;
mod board_store;
mod board_target;
mod configuration;
mod entered_blocks;
mod errors;
mod exception;
mod exception_type;
mod fork_safe_cell;
mod guarded_blocks;
mod guarded_function;
mod held_permits;
mod holder;
mod interrupt;
mod json;
mod leased_calls;
mod permit;
mod process;
mod python_clock;
mod python_json;
mod python_store;
mod reentry;
mod refusal;
mod registry_calls;
mod report;
mod taker;
mod target;
mod target_cache;
mod target_calls;
mod text_listener;
mod watcher;

use pyo3::prelude::*;

#[pymodule(gil_used = false)]
mod _core {
    #[pymodule_export]
    use crate::board::{Board, begin_child_process};
    #[pymodule_export]
    use crate::configuration::{built_in_document, merge_documents, normalize_host};
    #[pymodule_export]
    use crate::guarded_blocks::GuardedBlocks;
    #[pymodule_export]
    use crate::guarded_function::GuardedFunction;
    #[pymodule_export]
    use crate::leased_calls::LeasedCalls;
    #[pymodule_export]
    use crate::permit::Permit;
    #[pymodule_export]
    use crate::python_json::{from_json, to_json};
    #[pymodule_export]
    use crate::refusal::Refusal;
    #[pymodule_export]
    use crate::registry_calls::RegistryCalls;
    #[pymodule_export]
    use crate::target::Target;
}
