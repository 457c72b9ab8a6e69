//! The engine's promises, proven natively: nobody has to take them on trust. Each test writes its figures to `target/proof/NAME.json`.
//!
//! `PROOF_LENGTH_ONE`, `PROOF_LENGTH_TWO` and `PROOF_CASES` set how much is gone through.

mod figures;
mod settings;
mod stored;
mod watch;
mod observer;
mod world;
mod reference;
mod oracle;
mod sequences;
mod agreement;
