//! Random stories, played step by step on two engines, whose answers must be equal.
//!
//! A seed determines everything. There are few names, so that many steps concern the same circuit, and some are invalid. Times, numbers and
//! texts are near the limits, or beyond them. A difference is shown as a story, without the steps that it does not need.

mod steps;
mod input_kind;
mod random;
mod documents;
mod comparison;
mod names;
mod open_requests;
mod permits;
mod shrink;

pub use comparison::{Difference, Occurrences, play_both};
pub use open_requests::play_open_requests;
pub use shrink::shrink;
