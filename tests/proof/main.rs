//! The engine's promises, proven natively: nobody has to take them on trust. Each test writes its figures to `target/proof/NAME.json`.
//!
//! `PROOF_LENGTH_ONE`, `PROOF_LENGTH_TWO`, `PROOF_CASES` and `PROOF_RECORDS` set how much is gone through.

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
mod anomaly;
mod golden;
mod evil;
mod interleaved;
mod jumped;
