//! Tests of the promises in DESIGN.md, on the native engine. Each test writes its figures to `target/proof/NAME.json`.
//!
//! `PROOF_LENGTH_ONE`, `PROOF_LENGTH_TWO`, `PROOF_CASES` and `PROOF_RECORDS` set how many cases are run.

mod figures;
mod settings;
mod stored;
mod watch;
mod observer;
mod world;
mod reference;
mod oracle;
mod sequences;
mod alphabet;
mod agreement;
mod random;
mod limits;
mod anomaly;
mod golden;
mod evil;
mod interleaved;
mod jumped;
