//! What each fuzz target does with its input. The targets and the replay in tests/fuzz share this.

pub mod configuration;
pub mod keys;
pub mod one_key_store;
pub mod record;
pub mod sequence;
