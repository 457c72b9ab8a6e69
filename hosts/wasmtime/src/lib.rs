//! Fuseboard for Rust programs: the engine's component in wasmtime.

#![forbid(unsafe_code)]
#![warn(clippy::pedantic)]

mod clock;
mod random;
mod store;

pub use clock::{ManualClock, SystemClock};
pub use store::{Fault, FaultyStore, MEMORY_KEYS_MAX, MemoryStore, Operation, contract};
