//! Random sequences: stories that nobody told, played natively and in the component, step by step.
//!
//! A seed decides everything. Names are few, so that circuits meet, and some are odd; times, numbers and texts lie near the bounds of what is
//! allowed and beyond. What differs is shown as a story, with every step left out that can be.

mod alphabet;
mod dice;
mod documents;
mod duel;
mod names;
mod shrink;

pub use duel::{Difference, Seen, duel};
pub use shrink::shrunk;
