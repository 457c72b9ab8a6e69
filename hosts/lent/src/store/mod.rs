//! Stores to lend an engine, and what every store must keep to.

pub mod contract;
mod faulty;
mod memory;

pub use faulty::{Fault, FaultyStore, Operation};
pub use memory::{MEMORY_KEYS_MAX, MemoryStore};
