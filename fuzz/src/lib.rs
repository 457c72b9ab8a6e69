//! What each fuzz target does with an input. A panic is a finding. The targets in `fuzz_targets/` and the replay in `tests/fuzz` use it.

pub mod configuration;
pub mod keys;
pub mod one_key_store;
pub mod record;
pub mod sequence;
