//! `cargo xtask model`: the model checker run. Its crate is outside the workspace, so that it changes no feature of what ships.

use crate::{Failure, run};
use std::process::Command;

const MANIFEST: [&str; 2] = ["--manifest-path", "model/Cargo.toml"];
const TARGET: [&str; 2] = ["--target-dir", "target/model"];

/// Explores all configurations, or those that are named. `--list` prints them.
///
/// # Errors
/// When a promise does not hold, or not every state was visited.
pub fn task(arguments: &[String]) -> Result<(), Failure> {
    let mut cargo = cargo("run");
    cargo.arg("--").args(arguments);
    run::stream(&mut cargo, "the actions above lead to the violation: make a test of the engine from them")
}

/// Explores the small configurations.
pub(crate) fn test() -> Result<(), Failure> {
    run::stream(&mut cargo("test"), "the actions above lead to the violation: make a test of the engine from them")
}

/// Checks the format and the lints of the model.
pub(crate) fn lint() -> Result<(), Failure> {
    run::stream(run::cargo().arg("fmt").args(MANIFEST).arg("--check"), "run `cargo fmt --manifest-path model/Cargo.toml`")?;
    let mut clippy = cargo("clippy");
    run::stream(clippy.args(["--all-targets", "--", "-D", "warnings"]), "fix the warnings above: they are errors here")
}

fn cargo(command: &str) -> Command {
    let mut cargo = run::cargo();
    cargo.arg(command).args(MANIFEST).args(TARGET);
    cargo
}
