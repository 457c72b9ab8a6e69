//! `cargo xtask torture`: kills and stops processes that share a store, more often than `cargo xtask test` does.

use crate::{Failure, debian, figures, run};

/// The figures of this task, which stay when `cargo xtask test` removes the others.
pub(crate) const FIGURES: [&str; 2] = ["torture_on_one_file", "torture_on_one_redis"];
/// Rounds with each store.
const ROUNDS: &str = "1000";

/// Plays the rounds of `process-test` with a SQLite file and with a Redis server.
///
/// # Errors
/// If a promise is broken, or the server cannot be installed.
pub fn task() -> Result<(), Failure> {
    debian::install_redis_if_missing()?;
    let mut rounds = run::cargo();
    rounds.args(["test", "--package", "process-test", "--test", "rounds", "--", "--nocapture"]).env("TORTURE_ROUNDS", ROUNDS);
    run::stream(&mut rounds, "the output above has the seed, the round and what was counted")?;
    println!("the figures are in {}; `cargo xtask reliability` writes them into docs/reliability.md", figures::folder().display());
    Ok(())
}
