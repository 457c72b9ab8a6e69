//! Fuseboard for Rust programs: the engine's component in wasmtime.

#![forbid(unsafe_code)]
#![warn(clippy::pedantic)]

mod advice;
mod clock;
mod error;
mod guest;
mod limits;
mod random;
mod store;

pub use advice::{Metrics, Suggestion};
pub use clock::{ManualClock, SystemClock};
pub use error::Error;
pub use guest::{Asked, Instance};
pub use limits::Limits;
pub use store::{Fault, FaultyStore, MEMORY_KEYS_MAX, MemoryStore, Operation, contract};
