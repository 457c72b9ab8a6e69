//! Tests of the promises in DESIGN.md, on the native engine. Each test writes its figures to `target/proof/NAME.json`.
//!
//! `PROOF_LENGTH_ONE`, `PROOF_LENGTH_TWO`, `PROOF_CASES` and `PROOF_RECORDS` set how many cases are run.

mod figures;
mod settings;
mod stored;
mod recording_store;
mod observer;
mod simulation;
mod reference_breaker;
mod window_oracle;
mod sequences;
mod random_actions;
mod agreement;
mod random;
mod limits;
mod failing_operations;
mod golden_records;
mod damaged_records;
mod interleaved;
mod clock_jumps;
