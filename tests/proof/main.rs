//! Tests of the promises in DESIGN.md, on the native engine. Each test writes its figures to `target/proof/NAME.json`.
//!
//! `PROOF_LENGTH_ONE`, `PROOF_LENGTH_TWO`, `PROOF_CASES`, `PROOF_RECORDS` and `PROOF_ROUNDS` set how many cases are run.

#[path = "../steps/driver.rs"]
mod driver;
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
mod late_swap;
mod limits;
mod failing_operations;
mod golden_records;
mod damaged_records;
mod interleaving_cases;
mod interleaved;
mod write_checks;
mod host_action;
mod instances;
mod open_request;
mod open_requests;
mod interleaved_in_steps;
mod mix;
mod simulator;
mod simulator_disturbances;
mod record_change;
mod simulator_records;
mod simulator_leases;
mod simulator_checks;
mod simulator_end;
mod clock_jumps;
