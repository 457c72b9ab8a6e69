//! `cargo xtask mutants`: changes each line of the machine in small ways, and tells which change no test notices.

use crate::{Failure, run};

/// Seconds that the tests may take under one change: more is an endless loop.
const SECONDS_MAX: &str = "120";

/// Runs cargo-mutants on `src/machine`, with the tests that need no wasmtime.
///
/// # Errors
/// When cargo-mutants is not installed, or a change survives.
pub fn task() -> Result<(), Failure> {
    if run::read(run::cargo().args(["mutants", "--version"])).is_none() {
        return Err(Failure::new("cargo-mutants is not installed", "`cargo install --locked cargo-mutants`, then again"));
    }
    let mut mutants = run::cargo();
    mutants.args(["mutants", "--package", "fuseboard", "--file", "src/machine/*.rs", "--jobs", "1", "--timeout", SECONDS_MAX]);
    mutants.args(["--test-package", "fuseboard,host-test", "--no-default-features", "--output", "target/mutants"]);
    let remedy = "target/mutants/mutants.out/missed.txt lists what no test notices: write the test, or the reason into docs/reliability.md";
    run::stream(&mut mutants, remedy)
}
